"""What an edition shows one person, and whether two editions ask the same of them. Pure.

Only those who would read something else than before are mailed, and only those who would come at another time or to
another place are asked again. Who else is invited counts for nobody: adding one person mails one person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, Final

from meetings.meeting import Guest, Meeting, place_of

TO_EVERYBODY: Final = tuple(field.name for field in fields(Meeting) if field.name not in ("uid", "places", "secretary"))
"""All that the letter says to everybody: places are each one's own, the secretary's mailbox is not shown."""

_SHOWN_OF_SECRET: Final = ("start", "end", "rrule", "timezone", "contact", "secret", "status")
"""Of a secret meeting no letter goes out: when its own letter is another, and who hands it out."""

_TIME: Final = ("start", "end", "rrule", "timezone")
_SECOND_MICROSECONDS: Final = 1_000_000


def shown_to(meeting: Meeting, guest: Guest) -> tuple[Any, ...]:
    """Everything that this edition says to this guest; of a secret one, what makes the letter that they fetch another
    one. A new number alone does not call anybody back."""
    if meeting.secret:
        return (*(getattr(meeting, name) for name in _SHOWN_OF_SECRET), _names(meeting, guest))
    return (*(getattr(meeting, name) for name in TO_EVERYBODY), guest.role, place_of(meeting, guest))


def time_changed(before: Meeting, after: Meeting) -> bool:
    return any(getattr(before, name) != getattr(after, name) for name in _TIME)


def must_ask_again(before: Meeting, after: Meeting, guest: Guest) -> bool:
    """Whether an answer to `before` says nothing of `after`: another time, or another place for this guest. Another
    link or PIN of the same place is told, but nobody decides anew because of it."""
    return time_changed(before, after) or _names(before, guest) != _names(after, guest)


def places_changed(before: Meeting, after: Meeting) -> bool:
    return [place.name for place in before.places] != [place.name for place in after.places]


def differences(before: Meeting, after: Meeting) -> dict[str, list[str]]:
    """{field: [before, after]} of what differs, as text for the journal."""
    return {
        field.name: [_text(getattr(before, field.name)), _text(getattr(after, field.name))]
        for field in fields(Meeting)
        if getattr(before, field.name) != getattr(after, field.name)
    }


def carried_over(own: Meeting, before: Meeting, after: Meeting) -> Meeting:
    """A changed occurrence after its series was changed: what it said as the series did, it says as the series does
    now; its own words, time and place stay."""
    fresh: Mapping[str, Any] = {
        field.name: getattr(after, field.name)
        for field in fields(Meeting)
        if field.name not in (*_TIME, "uid", "status") and getattr(own, field.name) == getattr(before, field.name)
    }
    return replace(own, **fresh)


def next_dtstamp(at: int, last: int) -> int:
    """DTSTAMP of the next mails of a meeting: whole seconds (RFC 5545 3.3.5), and later than any before, so that no
    client takes two mails of one second for one."""
    return max(at - at % _SECOND_MICROSECONDS, last + _SECOND_MICROSECONDS)


def _names(meeting: Meeting, guest: Guest) -> list[str]:
    return [place.name for place in place_of(meeting, guest)]


def _text(value: Any) -> str:
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return value if isinstance(value, str) else repr(value)
