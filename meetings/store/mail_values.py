"""Mail as the store gives and takes it, as frozen values: what is promised and leaves, what comes in. No rules.

Instants and recurrence ids are those of `values`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from meetings.store.values import WHOLE
from meetings.terms import DeliveryState, Purpose, Verdict

OutboxState = Literal["waiting", "handed_over", "refused", "expired", "withdrawn"]
"""waiting: to be handed to our relay (again). withdrawn: a newer mail says it all, or it must not be said any more."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A mail about to be promised: inputs only, never bytes. `meeting_id` 0: about no single meeting (the week).
    `attendee_id` None: to a mailbox that is no attendee. `token` stands in Message-ID, ENVID and the bounce address;
    empty: one is made. `due_at` 0: at once."""

    purpose: Purpose
    address: str
    dtstamp: int
    promised_at: int
    meeting_id: int = 0
    attendee_id: int | None = None
    sequence: int = 0
    recurrence_id: int = WHOLE
    template: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    token: str = ""
    due_at: int = 0


@dataclass(frozen=True, slots=True)
class PromisedMail:
    """A promised mail as stored. `delivery` is the relay's word on it as far as we know; `delivery_text` its reply or
    the report's diagnostic. `attempts` counts those begun."""

    id: int
    meeting_id: int
    attendee_id: int | None
    address: str
    purpose: Purpose
    sequence: int
    recurrence_id: int
    dtstamp: int
    template: str
    details: Mapping[str, Any]
    token: str
    state: OutboxState
    attempts: int
    promised_at: int
    next_attempt_at: int
    handed_over_at: int | None
    delivery: DeliveryState
    delivery_text: str
    delivery_at: int | None
    possible_duplicate: bool


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail that a thread of the handover has to itself until the lease ends. `unfinished`: an earlier attempt began
    and its end is unknown; the relay knows the token and takes a repeat once."""

    id: int
    token: str
    address: str
    purpose: Purpose
    attempts: int
    promised_at: int
    unfinished: bool
    meeting_id: int = 0


@dataclass(frozen=True, slots=True)
class Incoming:
    """A mail that came in and what became of it. `decided`: "" while it waits, else accepted or rejected."""

    id: int
    message_id: str
    sender: str
    recipient: str
    subject: str
    received_at: int
    verdict: Verdict
    reason: str
    meeting_id: int | None
    decided: str = ""
    method: str = ""
    partstat: str = ""
    """What it answers, if it is an answer: for whoever decides about it."""
    comment: str = ""
    named: tuple[str, ...] = ()
    """The addresses by which it names whom it answers for, the likeliest first."""
    attendee: str = ""
    attendee_name: str = ""
    """For whom it answers; `invited`: they are an attendee, found by `desk.for_whom`."""
    invited: bool = False
    account: str = ""
    """Who logged in at our relay to send it; empty: nobody."""
    trust: str = ""
    """What was seen of whom it came from (`replies.trust`)."""
