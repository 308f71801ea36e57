"""A row as an edition stores it, and back; rows and differences as scripts read them. Pure.

`read_row(stored_row(row)) == row` (a test). What is empty is left out of the stored form and stays in that for scripts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from foundation.language import Text
from meetings.week import wording
from meetings.week.changes import Difference
from meetings.week.table import LeaderShown, Row

_TEXTS = ("content", "number", "urgency")
_LISTS = ("places", "participants", "followed_by")


def stored_row(row: Row) -> dict[str, Any]:
    """Everything but the key, which stands in columns."""
    facts: dict[str, Any] = {
        "sequence": row.sequence,
        "start": row.start.isoformat(),
        "end": row.end.isoformat(),
        **{name: getattr(row, name) for name in _TEXTS},
        **{name: list(getattr(row, name)) for name in _LISTS},
        "leaders": [[each.name, each.address, each.chairs, each.known] for each in row.leaders],
        "online": row.online,
        "secret": row.secret,
        "standing": row.standing,
    }
    return {name: value for name, value in facts.items() if value}


def read_row(uid: str, recurrence_id: int, facts: Mapping[str, Any], timezone: str) -> Row:
    """The row again, its times in this zone."""
    zone = ZoneInfo(timezone)
    words: dict[str, Any] = {name: facts.get(name, "") for name in _TEXTS}
    words |= {name: tuple(facts.get(name, ())) for name in _LISTS}
    return Row(
        uid=uid,
        recurrence_id=recurrence_id,
        sequence=facts.get("sequence", 0),
        start=datetime.fromisoformat(facts["start"]).astimezone(zone),
        end=datetime.fromisoformat(facts["end"]).astimezone(zone),
        leaders=tuple(LeaderShown(*each) for each in facts.get("leaders", ())),
        online=facts.get("online", False),
        secret=facts.get("secret", False),
        standing=facts.get("standing", "on"),
        **words,
    )


def row_fields(row: Row) -> dict[str, Any]:
    """A row of the answer of `meetings week --json`; a secret one has its day alone."""
    return {
        "uid": "" if row.secret else row.uid,
        "day": row.day.isoformat(),
        "start": None if row.secret else row.start.isoformat(),
        "end": None if row.secret else row.end.isoformat(),
        "content": str(wording.content(row)),
        "leaders": [{"name": each.name, "address": each.address, "chairs": each.chairs} for each in row.leaders],
        "places": list(row.places),
        "participants": list(row.participants),
        "followed_by": list(row.followed_by),
        "number": row.number,
        "urgency": row.urgency,
        "online": row.online,
        "secret": row.secret,
        "sequence": row.sequence,
    }


def difference_fields(found: Iterable[Difference]) -> list[dict[str, Any]]:
    """Differences of an answer: what was, what is, and each column that differs."""
    return [
        {
            "change": one.kind,
            "day": one.row.day.isoformat(),
            "before": str(wording.summary(one.before)) if one.before else None,
            "after": str(wording.summary(one.after)) if one.after else None,
            "why": str(one.why),
            "fields": [
                {"name": each.name, "before": str(each.before), "after": str(each.after)} for each in one.fields
            ],
        }
        for one in found
    ]


def told_rows(found: Iterable[Difference], of: int) -> list[dict[str, str]]:
    """The rows of a mail about the week (`of`: 0 Vietnamese, 1 English): one line before and one after. The UID stands
    in it so that the line can be taken away when the meeting becomes secret."""
    return [
        {
            "change": one.kind,
            "before": _with_why(one, of) if one.before else "",
            "after": wording.summary(one.after)[of] if one.after else "",
            "uid": one.row.uid,
        }
        for one in found
    ]


def _with_why(one: Difference, of: int) -> str:
    said = wording.summary(one.before)[of] if one.before else ""
    return f"{said}: {one.why[of]}" if one.why[of] else said


BLANKED_LINE = Text("(đã rút)", "(withdrawn)")
"""What stands in a mail that waits instead of a line about a meeting that has become secret."""
