"""One event of a trail, from a journal record and what is left of its clear text. Pure.

An event is `altered` when the record is not the one that was hashed, or speaks of somebody else, or when the clear text
beside it is not what its digest attests. It is shown all the same: what was made of it is a finding too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from foundation.journal import is_attested, is_leaf
from foundation.storage import Row
from mailrelay import queue_ids

_SHOWN = (
    "attempt",
    "status",
    "host",
    "tls",
    "address",
    "action",
    "kind",
    "report",
    "operator",
    "reason",
    "listener",
    "account",
    "login",
)
"""Fields that a detail shows, in this order; the reply stands apart."""
_TOLD = ("code", "next_attempt_at", "possible_duplicate")
"""What scripts are told besides."""


@dataclass(frozen=True, slots=True)
class TracedEvent:
    """What happened when; `detail` is `name=value` pairs for people, `reply` the raw words of the other side."""

    at: datetime
    type: str
    detail: str
    reply: str
    facts: Mapping[str, Any]
    altered: bool = False

    def told_facts(self) -> dict[str, Any]:
        """The facts of `detail` one by one, for scripts."""
        return {name: self.facts[name] for name in (*_SHOWN, *_TOLD) if self.facts.get(name)}


def event(number: int, ordinal: int, row: Row) -> TracedEvent:
    """The event of (body, leaf, name, salt, value): a record, and its private field, which is None if it was erased.

    `number` and `ordinal`: whom it was found for."""
    body, leaf, name, salt, value = row
    record, whole = _parsed(body), is_leaf(leaf, body)
    public, digests = _mapping(record, "fields"), _mapping(record, "digests")
    clear = _parsed(value) if value is not None else {}
    whole = whole and _speaks_of(public, number, ordinal)
    whole = whole and (value is None or is_attested(digests.get(name), salt, value))
    facts = {**public, **_flat(clear)}
    detail = ", ".join(f"{name}={facts[name]}" for name in _SHOWN if facts.get(name))
    return TracedEvent(_time(record), str(record.get("type", "")), detail, _reply(facts), facts, not whole)


def merged(whole: Sequence[TracedEvent], own: Sequence[TracedEvent]) -> tuple[TracedEvent, ...]:
    """The events of a recipient and those of its message, in order of time."""
    return tuple(sorted([*whole, *own], key=lambda traced: traced.at))


def _parsed(text: bytes | str) -> dict[str, Any]:
    """The JSON object, empty if it is none: whoever alters a record need not keep to its shape."""
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _mapping(record: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = record.get(name)
    return value if isinstance(value, dict) else {}


def _speaks_of(public: Mapping[str, Any], number: int, ordinal: int) -> bool:
    return public.get("queue_id") == queue_ids.spell(number) and public.get("recipient", ordinal) == ordinal


def _time(record: Mapping[str, Any]) -> datetime:
    try:
        instant = datetime.fromisoformat(str(record.get("time")))
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _flat(clear: Mapping[str, Any]) -> dict[str, Any]:
    """Who handed a message over becomes plain facts: its address is where the message came from."""
    flat = {name: value for name, value in clear.items() if name != "client"}
    client = clear.get("client")
    if isinstance(client, dict):
        flat |= {"host" if name == "address" else str(name): value for name, value in client.items()}
    return flat


def _reply(facts: Mapping[str, Any]) -> str:
    """The reply word by word, with its code in front if the text does not begin with it."""
    text, code = str(facts.get("reply") or ""), str(facts.get("code") or "")
    return text if not code or text.startswith(code) else f"{code} {text}".strip()
