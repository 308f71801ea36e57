"""What stays of a meeting when it is secret: when, who, whom to ask; no room, no papers, no word of what it is about.

The gate stands behind the form's own checks, in front of every row: whatever brings an edition here, what is stored of
a secret meeting has passed `closed`. Nobody can override it, and a secret meeting never becomes an ordinary one: what
it was about is not known here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from foundation.errors import InputError
from foundation.language import Text
from meetings.form.checks import NEUTRAL_SUMMARY
from meetings.meeting import Meeting, Place

_OPENING: Final = Text(
    "cuộc họp mật không thể đổi thành cuộc họp thường",
    "a secret meeting cannot become an ordinary one",
)
_OPENING_HINT: Final = Text(
    "hủy cuộc họp này rồi lập giấy mời mới; nội dung không hề được lưu ở đây",
    "cancel it and create a new one: what it is about was never stored here",
)


def closed(meeting: Meeting) -> Meeting:
    """The edition as it may be stored: itself, or of a secret one what may be known."""
    if not meeting.secret:
        return meeting
    return replace(
        meeting,
        summary=NEUTRAL_SUMMARY,
        content="",
        requirements="",
        urgent_reason="",
        papers=(),
        places=tuple(Place(place.name, place.groups) for place in meeting.places),
        full_list=False,
    )


def refuse_opening(before: Meeting, after: Meeting) -> None:
    """Raise InputError for a secret meeting that is to become ordinary."""
    if before.secret and not after.secret:
        raise InputError(_OPENING, _OPENING_HINT)
