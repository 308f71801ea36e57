"""What the pages ask of the desk, and the values that they are answered with.

Each question carries the public id and the serial of a link whose signature was checked; the answer is a view, or why
there is none (`Gone`). Each order is one durable unit of work that answers with a sentence for the person (`Told`).
Nothing here knows HTTP or tables; the adapter over the desk is `desk_access`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from foundation.language import Text
from meetings.meeting import Attendee, Contact, Guest, Meeting, Occurrence, PartStat, Role
from meetings.terms import DeliveryState

PageAnswer = Literal["ACCEPTED", "TENTATIVE", "DECLINED"]
"""What a person may answer on a page; delegating is an order of its own."""


@dataclass(frozen=True, slots=True)
class Gone:
    """A link that holds no more. revoked: a newer link exists, a deputy goes, or the person is no longer invited.
    unknown: we know nothing of it. `contact` is whom to ask, as far as it may be told."""

    why: Literal["revoked", "unknown"]
    contact: Contact = Contact()


@dataclass(frozen=True, slots=True)
class Told:
    """What became of an order, said to the person."""

    done: bool
    sentence: Text


@dataclass(frozen=True, slots=True)
class Sitting:
    """One time at which a meeting takes place; `recurrence_id` is None for a meeting that is no series."""

    recurrence_id: datetime | None
    meeting: Meeting
    """What this occurrence is: its own start, end, place and status."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody answered, for the whole (`recurrence_id` None) or one occurrence."""

    recurrence_id: datetime | None
    partstat: PartStat
    comment: str
    at: datetime
    via: Literal["page", "mail", "secretary"]


@dataclass(frozen=True, slots=True)
class Deputy:
    """A proposal to send somebody else, and how far it is."""

    id: int
    name: str
    address: str
    agency_name: str
    reason: str
    state: Literal["proposed", "consented", "refused", "withdrawn"]
    at: datetime
    other_agency: bool = False
    delegator_name: str = ""


@dataclass(frozen=True, slots=True)
class PersonalView:
    """Everything that the personal page shows. `previous` is the edition that this person was shown before, when the
    last change touched them. `sittings` are the occurrences to come (one for a single meeting), soonest first.
    `feed` is (public id, serial) of the person's feed, None when there is none."""

    attendee: Attendee
    meeting: Meeting
    sequence: int
    sittings: tuple[Sitting, ...]
    occurrences: tuple[Occurrence, ...] = ()
    previous: Meeting | None = None
    answers: tuple[Answer, ...] = ()
    deputy: Deputy | None = None
    stands_in_for: str = ""
    feed: tuple[str, int] | None = None
    joined_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """The meetings of one address as one PUBLISH calendar; `tag` changes whenever the bytes would."""

    content: bytes
    tag: str


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One invited person on the secretary's page."""

    id: int
    name: str
    title: str
    agency_name: str
    address: str
    telephone: str
    role: Role
    partstat: PartStat
    comment: str = ""
    answered_at: datetime | None = None
    answered_old_time: bool = False
    delivery: DeliveryState | Literal[""] = ""
    delivery_text: str = ""
    deputy_name: str = ""
    stands_in_for: str = ""
    joined_at: datetime | None = None
    by_occurrence: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldMail:
    """A mail that waits for the secretary; `reason` is a key of `terms.REASONS`."""

    id: int
    sender: str
    received_at: datetime
    reason: str
    attendee: str = ""
    partstat: PartStat | Literal[""] = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class ProposedTime:
    """A time that somebody proposes instead (RFC 5546 3.2.7)."""

    id: int
    name: str
    address: str
    recurrence_id: datetime | None
    start: datetime
    end: datetime
    comment: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SecretaryView:
    """Everything that the secretary's page shows; only what waits for a decision stands in the last three."""

    meeting: Meeting
    sequence: int
    people: tuple[PersonRow, ...]
    sittings: tuple[Sitting, ...] = ()
    held: tuple[HeldMail, ...] = ()
    proposed_times: tuple[ProposedTime, ...] = ()
    deputies: tuple[Deputy, ...] = ()


class DeskAccess(Protocol):
    """The desk as the pages see it. Every method may wait for the database, none for the network, except `colleagues`
    and `propose_deputy`, which ask the directory. All raise StorageError when the database is away."""

    async def personal(self, public_id: str, serial: int) -> PersonalView | Gone:
        """The page of one attendee."""

    async def letter(self, public_id: str, serial: int) -> bytes | None:
        """The giấy mời as PDF, None when there is none (a secret meeting)."""

    async def calendar(self, public_id: str, serial: int) -> bytes | None:
        """The meeting as a PUBLISH calendar for this person, None for a secret one."""

    async def answer(
        self, public_id: str, serial: int, answer: PageAnswer, comment: str, occurrence: datetime | None
    ) -> Told:
        """Count an answer, for the whole or for the occurrence of this recurrence id."""

    async def colleagues(self, public_id: str, serial: int, words: str) -> tuple[Guest, ...]:
        """Whom this person may send: people of the own agency whose name or address has these words, by name, at most
        50; empty `words`: the first of all."""

    async def propose_deputy(self, public_id: str, serial: int, address: str, reason: str) -> Told:
        """Propose this address; chair and secretary are asked for their consent."""

    async def joined(self, public_id: str, serial: int, occurrence: datetime | None) -> None:
        """Record, once, that this person went into the room."""

    async def feed(self, public_id: str, serial: int) -> Feed | None:
        """The feed of one address; None when its link is revoked or unknown."""

    async def revoke_feed(self, public_id: str, serial: int) -> Told:
        """Make a new feed link for the person of this personal page; the old one stops."""

    async def secretary(self, public_id: str, serial: int) -> SecretaryView | Gone:
        """The secretary's page of one meeting."""

    async def decide_held(self, public_id: str, serial: int, held: int, accept: bool) -> Told:
        """Count a held mail after all, or set it aside."""

    async def decide_time(self, public_id: str, serial: int, proposal: int, accept: bool) -> Told:
        """Decline a proposed time plainly (DECLINECOUNTER), or move the meeting to it."""

    async def decide_deputy(self, public_id: str, serial: int, proposal: int, accept: bool) -> Told:
        """Consent to a deputy, or refuse."""

    async def resend(self, public_id: str, serial: int, attendee: int) -> Told:
        """Send the invitation to one person again."""


class WeekPages(Protocol):
    """The weekly schedule for the web; `week` is an ISO week such as 2026-W48, checked."""

    async def public_page(self, week: str, language: Literal["vi", "en"]) -> str | None:
        """The inside of `main` as HTML, escaped; None when there is no such week to show."""

    async def public_file(self, week: str, kind: Literal["pdf", "ics"]) -> bytes | None:
        """The same cut as a file."""
