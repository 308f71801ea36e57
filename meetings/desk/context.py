"""Who acts, when, and in whose name; what an action at the desk gave. Frozen values without rules.

A `Context` is made by the edge (the control socket, a page, the intake, a timer) and handed to every function of the
desk; so no function of the desk reads a clock, a configuration or a directory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from foundation.errors import Problem
from foundation.language import Language
from meetings.meeting import Attendee, Guest, Meeting
from meetings.settings import Letterhead
from meetings.terms import Verdict


@dataclass(frozen=True, slots=True)
class Office:
    """In whose name invitations go out. `organiser` is the address that invites (hop@tinh.test) and `secretary` the
    mailbox that gets what is no answer, where the meeting names none. `own_domains` and `authserv_id` are for trust in
    incoming mail (RFC 8601)."""

    organiser: str
    organiser_name: str
    organisation: str
    domain: str
    secretary: str = ""
    timezone: str = "Asia/Ho_Chi_Minh"
    language: Language = "vi"
    own_domains: tuple[str, ...] = ()
    authserv_id: str = ""
    letterhead: Letterhead = field(default_factory=Letterhead)

    def is_organiser(self, address: str) -> bool:
        """Whether this is the address that invites, with or without a +detail: it can be nobody's guest (RFC 5546
        3.2.2: organiser and attendee are two)."""
        local, _, domain = address.lower().rpartition("@")
        return f"{local.partition('+')[0]}@{domain}" == self.organiser.lower()


@dataclass(frozen=True, slots=True)
class Context:
    """One action. `at` is its instant in microseconds; `operator` who acts: an address, a login name, "page", "mail" or
    "timer". `template` is the version of the mail templates in use. `guests` are people that the edge looked up in
    the directory beforehand, by address; `unreachable` the addresses that the directory no longer knows (None: nobody
    asked)."""

    at: int
    operator: str
    office: Office
    template: str = ""
    guests: Mapping[str, Guest] = field(default_factory=dict)
    unreachable: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Created:
    """A meeting that exists now; `promised` counts the mails."""

    id: int
    uid: str
    sequence: int
    attendees: tuple[Attendee, ...]
    promised: int
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What a change, a cancellation or another order did. `mailed` are the addresses that get a mail, by purpose;
    `unchanged`: nothing was different, so nothing was stored and nobody is mailed."""

    id: int
    uid: str
    sequence: int
    mailed: Mapping[str, tuple[str, ...]]
    added: tuple[Attendee, ...] = ()
    removed: tuple[Attendee, ...] = ()
    warnings: tuple[Problem, ...] = ()
    unchanged: bool = False

    @property
    def promised(self) -> int:
        return sum(len(addresses) for addresses in self.mailed.values())


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an incoming mail. `forward`: it goes on to `forward_to`, the secretary's mailbox. `whose` are the
    attendees whose answers it is, as far as somebody decided about it."""

    verdict: Verdict
    reason: str = ""
    forward: bool = False
    forward_to: str = ""
    meeting_id: int | None = None
    incoming_id: int = 0
    whose: tuple[Guest, ...] = ()


DoorState = Literal["open", "early", "over", "cancelled", "revoked", "unknown", "no_room"]


@dataclass(frozen=True, slots=True)
class Door:
    """What a join link opens. `meeting` is what the nearest occurrence says; `opens_at` and `closes_at` bound the
    window; `first`: this was the first time that this person came in."""

    state: DoorState
    meeting: Meeting | None = None
    attendee: Attendee | None = None
    recurrence_id: int = 0
    opens_at: int = 0
    closes_at: int = 0
    first: bool = False
