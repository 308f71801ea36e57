"""What the store gives and takes, as frozen values: meetings as stored, promised mail, incoming mail, views. No rules.

Instants are microseconds since 1970 (`foundation.clock`). A `recurrence_id` is the instant at which an occurrence was
to begin by the series' rule; 0 is the meeting as a whole, and the only occurrence of a meeting that is no series.
Rooms above import these; what a value means for the office stands in `meetings.meeting` and `meetings.terms`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from meetings.meeting import Attendee, Guest, Meeting, PartStat, Place, Role, Status
from meetings.terms import DeliveryState, Purpose, Verdict

WHOLE = 0
"""The recurrence id of a meeting as a whole."""

Via = Literal["mail", "page", "held", "command"]
"""How an answer came: a reply by mail, the personal page, a held reply that was let through, a command."""

OutboxState = Literal["waiting", "handed_over", "refused", "expired", "withdrawn"]
"""waiting: to be handed to our relay (again). withdrawn: a newer mail says it all, or it must not be said any more."""

ProposalState = Literal["open", "accepted", "refused", "withdrawn"]
"""Of a deputy or another time: open waits for chair or secretary; withdrawn: whoever proposed it thought again."""


@dataclass(frozen=True, slots=True)
class StoredMeeting:
    """A meeting and its current edition. `public_id` and `link_serial` stand in the secretary's link. `time_sequence`
    is the SEQUENCE of the last change of time, place or rule; `last_dtstamp` the newest DTSTAMP given to a mail."""

    id: int
    uid: str
    status: Status
    sequence: int
    time_sequence: int
    last_dtstamp: int
    public_id: str
    link_serial: int
    created_at: int
    created_by: str
    meeting: Meeting


@dataclass(frozen=True, slots=True)
class StoredOccurrence:
    """One time at which a meeting sits. `override` is what it says when it differs from the series."""

    recurrence_id: int
    start_at: int
    end_at: int
    status: Status
    sequence: int
    override: Meeting | None = None


@dataclass(frozen=True, slots=True)
class StoredAttendee:
    """An attendee with what only the desk needs. `unreachable`: the directory no longer knows them, no mail goes out.
    `last_mail` is the id of the last mail promised to them, or None; `joined_at` when they first entered the room."""

    attendee: Attendee
    meeting_id: int
    invited_at: int
    unreachable: bool = False
    last_mail: int | None = None
    joined_at: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Where one person stands for one occurrence (or the whole). `asked_sequence`: the SEQUENCE at which they were last
    asked; `sequence`, `dtstamp` and `digest` are those of the answer that counts, by which answers are ordered."""

    attendee_id: int
    recurrence_id: int = WHOLE
    partstat: PartStat = "NEEDS-ACTION"
    comment: str = ""
    asked_sequence: int = 0
    sequence: int = -1
    dtstamp: int = 0
    digest: str = ""
    answered_at: int | None = None
    via: str = ""
    message_id: str = ""
    asked_again: int = -1
    """The `asked_sequence` for which an answer to the old time had them asked again; -1: never."""
    sender: str = ""
    """From whom a mail really came: the login at our relay, else From; empty for other ways."""
    trust: str = ""
    """How we know that it may speak for them (`replies.trust`)."""


@dataclass(frozen=True, slots=True)
class PastAnswer:
    """One line of the history: what somebody answered, when, and how; whether it counted."""

    at: int
    recurrence_id: int
    partstat: str
    comment: str
    via: str
    sequence: int
    reason: str = ""
    sender: str = ""
    trust: str = ""


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


@dataclass(frozen=True, slots=True)
class CounterProposal:
    """Another time that somebody proposed (RFC 5546 3.2.7). `proposed_start_at` None: they named none we could read."""

    id: int
    attendee_id: int
    recurrence_id: int
    proposed_start_at: int | None
    proposed_end_at: int | None
    comment: str
    at: int
    state: ProposalState
    name: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class DeputyProposal:
    """Somebody who is to stand in. `delegator_id` is the attendee who sends `deputy`."""

    id: int
    meeting_id: int
    delegator_id: int
    deputy: Guest
    comment: str
    via: str
    at: int
    state: ProposalState
    decided_at: int | None = None
    decided_by: str = ""
    delegator_name: str = ""
    delegator_address: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of `meetings list`."""

    uid: str
    number: str
    kind: str
    summary: str
    start_at: int
    end_at: int
    timezone: str
    status: Status
    sequence: int
    rrule: str
    secret: bool
    attendees: int
    accepted: int
    declined: int
    unanswered: int
    tentative: int = 0
    delegated: int = 0
    apart: int = 0
    """How many answered otherwise to a single occurrence."""
    next_start_at: int | None = None
    next_end_at: int | None = None
    """The next time at which it sits; None when there is none any more."""
    over: bool = False


@dataclass(frozen=True, slots=True)
class WeekOccurrence:
    """One sitting in a window, for the week: `meeting` is what this occurrence says (its own start and end)."""

    uid: str
    recurrence_id: int
    start_at: int
    end_at: int
    status: Status
    sequence: int
    meeting: Meeting
    attendees: tuple[Attendee, ...]
    series: bool = False


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One meeting of a personal feed. `occurrences` are the changed and cancelled ones of a series, and those that the
    person answered otherwise than the whole. `declined`: they do not attend; `apart` are the recurrence ids for which
    they said the opposite."""

    meeting: Meeting
    status: Status
    sequence: int
    dtstamp: int
    attendee: Attendee
    chair: Attendee | None
    occurrences: tuple[StoredOccurrence, ...]
    declined: bool = False
    apart: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class FeedView:
    """A person's feed over all meetings."""

    address: str
    events: tuple[FeedEvent, ...]
    changed_at: int


@dataclass(frozen=True, slots=True)
class PersonalView:
    """What the personal page shows. `proposal` is the last deputy proposed; `previous` the edition seen before.
    `feed_id` and `feed_serial` make the link of the feed."""

    stored: StoredMeeting
    attendee: Attendee
    places: tuple[Place, ...]
    chair: Attendee | None
    counterpart: Attendee | None
    everybody: tuple[Attendee, ...]
    occurrences: tuple[StoredOccurrence, ...]
    answers: tuple[Answer, ...]
    history: tuple[PastAnswer, ...]
    proposal: DeputyProposal | None
    counters: tuple[CounterProposal, ...]
    previous: Meeting | None
    feed_id: str
    feed_serial: int


@dataclass(frozen=True, slots=True)
class Apart:
    """What somebody answered to one occurrence that takes place, otherwise than to its series."""

    recurrence_id: int
    partstat: PartStat
    comment: str = ""


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One line of the secretary's list. `apart`, of a series as a whole: where they answered otherwise."""

    id: int
    address: str
    name: str
    role: Role
    title: str
    agency: str
    agency_name: str
    telephone: str
    partstat: PartStat
    comment: str
    answered_at: int | None
    delivery: DeliveryState
    delivery_text: str
    handed_over_at: int | None
    possible_duplicate: bool
    delegated_to: str
    delegated_from: str
    joined_at: int | None
    removed: bool
    unreachable: bool
    answered_old_time: bool
    apart: tuple[Apart, ...] = ()
    answered_via: str = ""
    answered_from: str = ""
    """Who really sent the answer that counts, if it came by mail."""
    trusted_by: str = ""


@dataclass(frozen=True, slots=True)
class SecretaryView:
    """What the secretary's page shows of one meeting. `people` leaves out nobody: removed ones stand at the end."""

    stored: StoredMeeting
    people: tuple[PersonLine, ...]
    occurrences: tuple[StoredOccurrence, ...]
    held: tuple[Incoming, ...]
    ignored: tuple[Incoming, ...]
    counters: tuple[CounterProposal, ...]
    deputies: tuple[DeputyProposal, ...]
    totals: Mapping[str, int]
    """By partstat, by delivery, and joined."""
