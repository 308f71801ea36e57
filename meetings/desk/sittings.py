"""When a meeting sits: its rule expanded into one row for each occurrence. Pure; `itip.series` knows the rules."""

from __future__ import annotations

from dataclasses import replace

from foundation.clock import microseconds
from foundation.errors import InputError
from foundation.language import Text
from meetings.itip.series import occurrences
from meetings.meeting import Meeting
from meetings.store.occurrences import single
from meetings.store.values import StoredOccurrence


def sittings_of(meeting: Meeting, sequence: int) -> list[StoredOccurrence]:
    """All occurrences of this edition, in order; one with the recurrence id 0 when it is no series. Raises InputError
    for a rule that gives none (the form refuses such rules before)."""
    if not meeting.rrule:
        return [single(meeting, sequence)]
    try:
        expanded = occurrences(meeting.rrule, meeting.start, meeting.end)
    except ValueError as error:
        raise _no_series(str(error)) from error
    if not expanded:
        raise _no_series("")
    return [
        StoredOccurrence(microseconds(start), microseconds(start), microseconds(end), meeting.status, sequence)
        for start, end in expanded
    ]


def kept_overrides(fresh: list[StoredOccurrence], before: list[StoredOccurrence]) -> list[StoredOccurrence]:
    """The fresh rows, with those of before where they were changed or cancelled."""
    own = {one.recurrence_id: one for one in before if one.override is not None or one.status == "CANCELLED"}
    return [replace(own.get(one.recurrence_id, one)) for one in fresh]


def _no_series(reason: str) -> InputError:
    return InputError(
        Text("quy tắc lặp không cho buổi họp nào {reason}", "the recurrence rule gives no meeting {reason}").format(
            reason=reason
        ),
        Text("sửa rrule", "mend rrule"),
    )
