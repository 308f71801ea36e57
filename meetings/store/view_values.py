"""What people are shown of meetings, as frozen values: lists, pages, feeds, the week. No rules.

Instants and recurrence ids are those of `values`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from meetings.meeting import Attendee, Meeting, PartStat, Place, Role, Status
from meetings.store.mail_values import Incoming
from meetings.store.values import (
    Answer,
    CounterProposal,
    DeputyProposal,
    PastAnswer,
    StoredMeeting,
    StoredOccurrence,
)
from meetings.terms import DeliveryState


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


class PersonLine(NamedTuple):
    """One line of the secretary's list. A tuple, because ten thousand dataclasses cost more than reading them.
    `answered_from`: who really sent the answer that counts, if it came by mail; `trusted_by`: how we know
    (`replies.trust`). `apart`, of a series as a whole: where they answered otherwise."""

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
    answered_via: str
    answered_from: str
    trusted_by: str
    delivery: DeliveryState
    delivery_text: str
    handed_over_at: int | None
    delegated_to: str
    delegated_from: str
    joined_at: int | None
    possible_duplicate: bool
    removed: bool
    unreachable: bool
    answered_old_time: bool
    apart: tuple[Apart, ...] = ()


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
