"""A row as an edition stores it, and back; rows and differences as scripts read them. Pure.

`read_row(stored_row(row)) == row` (a test). What is empty is left out of the stored form and stays in that for scripts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from foundation.language import Text
from meetings.week import wording
from meetings.week.changes import Difference, lines
from meetings.week.table import LeaderShown, Row

_TEXTS = ("content", "number", "urgency", "reason")
_SAID = ("before", "after", "why")
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
    """Differences of an answer: what was, what is, and each column that differs. Texts are in both languages, for
    `spoken` at the end that shows them."""
    return [
        {
            "change": one.kind,
            "day": one.row.day.isoformat(),
            "before": lines(replace(one, why=_NO_REASON))[0] if one.before else None,
            "after": lines(one)[1] if one.after else None,
            "why": one.why,
            "fields": [{"name": each.name, "before": each.before, "after": each.after} for each in one.fields],
        }
        for one in found
    ]


def spoken(value: Any) -> Any:
    """The fields of differences with each text in the language of now; they may have come over the control socket,
    where a `Text` is a list of two."""
    if isinstance(value, dict):
        return {name: str(Text(*found)) if name in _SAID and found else spoken(found) for name, found in value.items()}
    return [spoken(each) for each in value] if isinstance(value, list) else value


def told_rows(found: Iterable[Difference]) -> list[dict[str, str]]:
    """The rows of a mail about the week, in both languages: one line before and one after. The UID stands in it so that
    the line can be taken away when the meeting becomes secret."""
    rows = []
    for one in found:
        before, after = lines(one)
        said = {"before": before.vi, "after": after.vi, "before_en": before.en, "after_en": after.en}
        rows.append({"change": one.kind, "uid": one.row.uid, **said})
    return rows


_NO_REASON: Final = Text("", "")
"""Scripts have the reason in a key of its own."""

BLANKED_LINE: Final = Text("(đã rút)", "(withdrawn)")
"""What stands in a mail that waits instead of a line about a meeting that has become secret."""
