"""What a form says, what a draft is, and the rules it is checked by: frozen values, no decisions.

`Values` holds what was given and nothing else: `given` tells a key that is absent from one that is empty, so that a
change leaves absent keys as they were. A key that could not be read stands in `unread`, so that nobody reports it
again as missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from foundation.errors import Problem
from foundation.workdays import WorkCalendar
from meetings.meeting import Contact, Guest, Meeting, Occurrence, Paper, Place, Urgency

ClashRule = Literal["refuse", "warn"]


@dataclass(frozen=True, slots=True)
class Values:
    """The form, typed. Times are aware datetimes in `timezone`; lists of people are the names as written."""

    given: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()
    source: str = ""
    number: str = ""
    kind: str = ""
    replaces_letter: bool = False
    summary: str = ""
    content: str = ""
    requirements: str = ""
    chair: str = ""
    chair_name: str = ""
    start: datetime | None = None
    end: datetime | None = None
    duration: timedelta | None = None
    timezone: str = ""
    rrule: str = ""
    places: tuple[Place, ...] = ()
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    add_optional: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    reason: str = ""
    papers: tuple[Paper, ...] = ()
    urgency: Urgency = ""
    urgent_reason: str = ""
    contact: Contact = Contact()  # noqa: RUF009 a frozen value
    secretary: str = ""
    answer_by: datetime | None = None
    full_list: bool = False
    secret: bool = False

    def has(self, key: str) -> bool:
        """Whether the form has this key and it could be read."""
        return key in self.given and key not in self.unread


@dataclass(frozen=True, slots=True)
class FormReading:
    """Everything that could be read of a form, and everything that is wrong with it."""

    values: Values
    problems: tuple[Problem, ...] = ()

    @property
    def stops(self) -> bool:
        """Whether a problem forbids to go on."""
        return any(problem.stops for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the organisation demands of a meeting.

    `working_days`: how many whole working days lie between today and the day of the meeting (Decision
    45/2018/QĐ-TTg, article 10). `has_room`: a room is configured for meetings that name none. `organiser` and
    `bounce_address` are our own addresses, which nobody can invite.
    """

    organiser: str = ""
    bounce_address: str = ""
    secretary: str = ""
    timezone: str = "Asia/Ho_Chi_Minh"
    calendar: WorkCalendar = field(default_factory=WorkCalendar)
    working_days: int = 3
    clash: ClashRule = "refuse"
    has_room: bool = False


@dataclass(frozen=True, slots=True)
class Busy:
    """One interval in which a person or a place is taken; `uid` and `summary` are of the meeting that takes it."""

    start: datetime
    end: datetime
    uid: str
    summary: str = ""


Calendars = Mapping[str, Sequence[Busy]]
"""{address, or key of a place: its busy intervals}. Keys are those of `clashes.clash_keys`."""


@dataclass(frozen=True, slots=True)
class BusyQuestion:
    """What to ask the store before drafting: whose intervals that touch [start, end)."""

    keys: tuple[str, ...]
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Instance:
    """One occurrence of a series that is to be changed: when it was to begin, the series, and its changed ones."""

    recurrence_id: datetime
    series: Meeting
    overrides: tuple[Occurrence, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A meeting fit to be stored: one edition, everybody invited, and what the secretary should know.

    `recurrence_id` is set when `meeting` is one occurrence of a series; `reason` says why it is changed. Times and
    texts are final; a secret meeting carries neutral words only.
    """

    meeting: Meeting
    guests: tuple[Guest, ...]
    warnings: tuple[Problem, ...] = ()
    recurrence_id: datetime | None = None
    reason: str = ""
