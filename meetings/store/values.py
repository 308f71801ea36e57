"""What the store gives and takes, as frozen values: meetings, people, answers and proposals as stored. No rules.

Instants are microseconds since 1970 (`foundation.clock`). A `recurrence_id` is the instant at which an occurrence was
to begin by the series' rule; 0 is the meeting as a whole, and the only occurrence of a meeting that is no series.
Rooms above import these; what a value means for the office stands in `meetings.meeting` and `meetings.terms`. Mail has
its values in `mail_values`, what people are shown in `view_values`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from meetings.meeting import Attendee, Guest, Meeting, PartStat, Status

WHOLE = 0
"""The recurrence id of a meeting as a whole."""

Via = Literal["mail", "page", "held", "command"]
"""How an answer came: a reply by mail, the personal page, a held reply that was let through, a command."""

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
