"""Entries of the directory as guests: name, title, agency, telephone, and every address that may answer for them.

An office answers through its own mailbox or through whoever holds it, so the addresses of its holders are among its
aliases. A holder who is suspended answers for nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from foundation.directory import Entry, schema
from foundation.vietnamese import sort_key
from meetings.meeting import Guest, Role
from meetings.people.agencies import Agencies
from meetings.people.questions import Questions, normalised_name

_LIVE: Final = (schema.STATE_ACTIVE, schema.STATE_INVITED)
"""Who is invited receives mail already; they cannot log in yet."""


def order_of(entry: Entry) -> tuple[str, Any]:
    """The order of lists: by agency, then by name as Vietnamese lists have it, the given name first."""
    rest, _, given = entry.first(schema.COMMON_NAME).rpartition(" ")
    return (entry.first(schema.DEPARTMENT_NUMBER).lower(), sort_key(given, rest))


class Guests:
    """Makes guests from entries; the holders of all offices are asked for once."""

    def __init__(self, questions: Questions, agencies: Agencies, offices: Iterable[Entry]) -> None:
        self._questions = questions
        self._agencies = agencies
        names = {name for office in offices for name in office.values(schema.ROLE_OCCUPANT)}
        holders = questions.members(names).people if names else []
        self._holders = {normalised_name(entry.dn): entry for entry in holders}

    @staticmethod
    def is_live(entry: Entry) -> bool:
        """Whether mail to this person or office arrives; a state that we do not know allows nothing."""
        return entry.first(schema.STATE) in _LIVE

    def guest(self, entry: Entry, role: Role, groups: Iterable[str]) -> Guest:
        """One person or office; without any address its address is empty."""
        addresses = self._questions.addresses(entry)
        agency = self._agencies.known(entry.first(schema.DEPARTMENT_NUMBER))
        answering = (*addresses[1:], *self._of_holders(entry))
        return Guest(
            address=addresses[0] if addresses else "",
            name=self._name(entry, agency.name),
            role=role,
            title=entry.first(schema.TITLE),
            agency=agency.code,
            agency_name=agency.name,
            telephone=entry.first(schema.TELEPHONE_NUMBER) or entry.first(schema.MOBILE),
            aliases=tuple(dict.fromkeys(address for address in answering if address not in addresses[:1])),
            groups=tuple(dict.fromkeys(groups)),
        )

    @staticmethod
    def _name(entry: Entry, agency_name: str) -> str:
        """As a letter says it: an agency's own mailbox is the agency."""
        if entry.first(schema.ROLE) == "agency" and agency_name:
            return agency_name
        return entry.first(schema.DISPLAY_NAME) or entry.first(schema.COMMON_NAME)

    def _of_holders(self, office: Entry) -> list[str]:
        holders = (self._holders.get(normalised_name(name)) for name in office.values(schema.ROLE_OCCUPANT))
        return [
            address
            for holder in holders
            if holder is not None and self.is_live(holder)
            for address in self._questions.addresses(holder)
        ]
