"""What one mail answers, as JSON and back: a held answer is counted later as if it came then. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any, Final

from meetings.replies.values import Answered

_INSTANTS: Final = ("dtstamp", "recurrence_id", "proposed_start", "proposed_end")
_NAMES: Final = frozenset(field.name for field in fields(Answered))


def as_json(answered: Answered) -> dict[str, Any]:
    """Without what is empty; instants as RFC 3339 in UTC."""
    kept = {name: value for name, value in asdict(answered).items() if value not in ("", None)}
    for name in _INSTANTS:
        if name in kept:
            kept[name] = kept[name].astimezone(UTC).isoformat()
    return kept


def from_json(kept: Mapping[str, Any]) -> Answered:
    given = {name: value for name, value in kept.items() if name in _NAMES}
    for name in _INSTANTS:
        if name in given:
            given[name] = datetime.fromisoformat(given[name])
    return Answered(**given)
