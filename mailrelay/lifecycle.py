"""The life of one recipient of one message: every state and every transition, in one table. Pure.

                     hold                 release
          queued ───────────► held ──────────────────┐
            │ ▲                                      │
    attempt │ │ the attempt's end is unknown         ▼
            ▼ │ (crash; possible duplicate)        queued
        delivering ──► delivered   our own mailbox server took it
            │     ├──► relayed     the next host took it
            │     ├──► failed      refused for good, or no way leads there
            │     ├──► deferred ── attempt ──► delivering
            │     └──► expired     too old when the last attempt failed
            └ remove (from queued, deferred, held) ──► removed

Delivered, relayed, failed, expired and removed are ends: nothing leaves them. A returned report (RFC 3464) that speaks
of a relayed recipient is an event of its trail and no more: anybody can write one.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

State = Literal["queued", "delivering", "deferred", "held", "delivered", "relayed", "failed", "expired", "removed"]

STATES: Final[tuple[State, ...]] = get_args(State)
ENDS: Final[frozenset[State]] = frozenset({"delivered", "relayed", "failed", "expired", "removed"})
WAITING: Final[frozenset[State]] = frozenset({"queued", "deferred"})
"""What the scheduler may attempt."""

TRANSITIONS: Final[dict[State, frozenset[State]]] = {
    "queued": frozenset({"delivering", "held", "removed", "failed", "expired"}),
    "delivering": frozenset({"delivered", "relayed", "failed", "deferred", "expired", "queued"}),
    "deferred": frozenset({"delivering", "held", "removed", "expired", "queued", "failed"}),
    "held": frozenset({"queued", "removed", "expired"}),
    "delivered": frozenset(),
    "relayed": frozenset(),
    "failed": frozenset(),
    "expired": frozenset(),
    "removed": frozenset(),
}


def may_become(before: State, after: State) -> bool:
    """Whether the table has this transition."""
    return after in TRANSITIONS[before]
