"""The desk behind all pages, as `asked.DeskAccess` wants it."""

from __future__ import annotations

from meetings.web.personal_access import PersonalAccess
from meetings.web.secretary_access import MoveMeeting, SecretaryAccess
from meetings.web.workplace import Workplace


class DeskPages(PersonalAccess, SecretaryAccess):
    """Implements `asked.DeskAccess`. Without `move_meeting` a proposed time can only be declined here."""

    def __init__(self, place: Workplace, move_meeting: MoveMeeting | None = None) -> None:
        PersonalAccess.__init__(self, place)
        SecretaryAccess.__init__(self, place, move_meeting)
