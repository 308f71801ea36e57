"""One event of a trail, from a journal record and what is left of its clear text. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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


@dataclass(frozen=True, slots=True)
class TracedEvent:
    """What happened when; `detail` is `name=value` pairs for people, `reply` the raw words of the other side."""

    at: datetime
    type: str
    detail: str
    reply: str
    facts: Mapping[str, Any]


def event(body: bytes, private: str | None) -> TracedEvent:
    """The event of a record's body and its private field (JSON), None if that was erased."""
    record = json.loads(body)
    facts: dict[str, Any] = dict(record["fields"])
    clear = json.loads(private) if private is not None else {}
    if isinstance(clear, dict):
        facts |= _flat(clear)
    detail = ", ".join(f"{name}={facts[name]}" for name in _SHOWN if facts.get(name))
    return TracedEvent(datetime.fromisoformat(record["time"]), record["type"], detail, _reply(facts), facts)


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
