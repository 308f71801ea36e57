"""The shapes in which orders answer: plain values that JSON carries, problems in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from foundation.clock import from_microseconds
from foundation.errors import Problem
from meetings.invitations.changes import changes
from meetings.invitations.wording import series
from meetings.meeting import Meeting
from meetings.store.values import StoredAttendee, StoredOccurrence


def warning_fields(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Warnings, each once, as the other end makes `Problem`s of them again."""
    return [
        {
            "message": list(problem.message),
            "column": problem.column,
            "value": problem.value,
            "hint": list(problem.hint) if problem.hint else None,
        }
        for problem in dict.fromkeys(problems)
    ]


def mail_fields(mailed: Mapping[str, Sequence[str]], people: Iterable[StoredAttendee]) -> list[dict[str, str]]:
    """Who gets which mail, in the order in which they are promised; nobody's name is asked for twice."""
    known = {one.attendee.guest.address: one.attendee.guest for one in people}
    return [
        {
            "address": address,
            "name": known[address].name if address in known else "",
            "role": known[address].role if address in known else "",
            "purpose": purpose,
        }
        for purpose, addresses in mailed.items()
        for address in addresses
    ]


def meeting_fields(meeting: Meeting, status: str = "") -> dict[str, Any]:
    """What a command says about a meeting in its answer."""
    return {
        "number": meeting.number,
        "summary": meeting.summary,
        "start": meeting.start.isoformat(),
        "end": meeting.end.isoformat(),
        "timezone": meeting.timezone,
        "status": status or meeting.status,
        "secret": meeting.secret,
    }


def series_fields(meeting: Meeting, sittings: Iterable[StoredOccurrence]) -> dict[str, Any]:
    """How it comes again, the rule in words too, and when it sits; nothing of a meeting that is no series."""
    zone = meeting.start.tzinfo
    held = [one for one in sittings if one.status == "CONFIRMED"] if meeting.rrule else []
    return {
        "rrule": meeting.rrule,
        "repeats": list(series(meeting.rrule, meeting.timezone)),
        "occurrences": [
            {name: from_microseconds(at).astimezone(zone).isoformat() for name, at in ends}
            for ends in ((("start", one.start_at), ("end", one.end_at)) for one in held)
        ],
    }


def difference_fields(before: Meeting, after: Meeting) -> list[dict[str, list[str]]]:
    """Old and new of everything that a letter says, each in both languages."""
    return [
        {"label": list(each.label), "before": list(each.old), "after": list(each.new)}
        for each in changes(before, after, None)
    ]
