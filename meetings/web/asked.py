"""What the pages ask of the desk, and how they are answered.

Each question carries the public id and the serial of a link whose signature was checked; the answer is a view of the
store, or why there is none (`Gone`). Each order is one durable unit of work, answered with a sentence for the person
(`Told`). Nothing here knows HTTP or tables; the adapter over the desk is `desk_access`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from foundation.language import Language, Text
from meetings.desk.context import Door
from meetings.meeting import Contact, Guest
from meetings.store.view_values import FeedView, PersonalView, SecretaryView

PageAnswer = Literal["ACCEPTED", "TENTATIVE", "DECLINED"]
"""What a person may answer on a page; delegating is an order of its own."""


@dataclass(frozen=True, slots=True)
class Gone:
    """A link that holds no more. revoked: a newer link exists, a deputy goes instead, or the person is no longer
    invited. unknown: we know nothing of it (any more). `contact` is whom to ask."""

    why: Literal["revoked", "unknown"]
    contact: Contact = field(default_factory=Contact)


@dataclass(frozen=True, slots=True)
class Told:
    """What became of an order, said to the person. `attendee` is the number of whoever it concerned, 0: nobody's."""

    done: bool
    sentence: Text
    attendee: int = 0


class DeskAccess(Protocol):
    """The desk as the pages see it. Every method may wait for the database; `colleagues` and `propose_deputy` for the
    directory too. All raise StorageError when the database is away, the latter two also Unreachable."""

    async def personal(self, public_id: str, serial: int) -> PersonalView | Gone:
        """The page of one attendee."""

    async def letter(self, public_id: str, serial: int) -> bytes | None:
        """The giấy mời as PDF; None when there is none (a secret meeting, a link that holds no more)."""

    async def answer(self, public_id: str, serial: int, answer: PageAnswer, comment: str, recurrence_id: int) -> Told:
        """Count an answer, for the whole (0) or for the occurrence of this recurrence id."""

    async def colleagues(self, public_id: str, serial: int, words: str) -> tuple[Guest, ...]:
        """Whom this person may send: people of the own agency whose name, title or address has these words, by name,
        at most 50, without those who are invited themselves; empty `words`: the first of all."""

    async def propose_deputy(self, public_id: str, serial: int, address: str, reason: str) -> Told:
        """Propose this address; chair and secretary are asked for their consent."""

    async def door(self, public_id: str, serial: int, enter: bool) -> Door:
        """What a join link opens now; with `enter` the person comes in, which is recorded once."""

    async def feed(self, public_id: str, serial: int) -> FeedView | None:
        """The feed of one address; None when its link is revoked or unknown."""

    async def revoke_feed(self, public_id: str, serial: int) -> Told:
        """Make a new feed link for the person of this personal page; the old one stops."""

    async def secretary(self, public_id: str, serial: int, recurrence_id: int) -> SecretaryView | Gone:
        """The secretary's page of one meeting; people stand in it as they do about this occurrence (0: the whole)."""

    async def decide_held(
        self,
        public_id: str,
        serial: int,
        held: int,
        accept: bool,
        counts_as: PageAnswer | None = None,
        attendee: str = "",
    ) -> Told:
        """Count a held mail after all, or set it aside. `counts_as`: as the secretary says that it answers, for whoever
        has the address `attendee` (empty: for whom it came)."""

    async def held_mail(self, public_id: str, serial: int, held: int, most_bytes: int) -> bytes | None:
        """The beginning of a held mail, word by word; None when there is none, or it is not kept."""

    async def decide_counter(self, public_id: str, serial: int, counter: int, accept: bool, urgent_reason: str) -> Told:
        """Decline a proposed time plainly (DECLINECOUNTER), or move the meeting to it; with an urgent reason also at
        short notice."""

    async def decide_deputy(self, public_id: str, serial: int, proposal: int, accept: bool, other_agency: bool) -> Told:
        """Consent to a deputy, even of another agency if that is said, or refuse."""

    async def resend(self, public_id: str, serial: int, attendee: int) -> Told:
        """Send the invitation to one person again."""


class WeekPages(Protocol):
    """The weekly schedule for the web; `week` is an ISO week such as 2026-W48, checked. `leader` is the address of a
    leader whose own schedule is meant, empty for the public cut."""

    async def page(self, week: str, leader: str, language: Language) -> str | None:
        """The inside of `main` as HTML, escaped; None when there is nothing to show: no such week, no such leader."""

    async def is_there(self, week: str, leader: str) -> bool:
        """Whether there is such a page."""

    async def file(self, week: str, leader: str, kind: Literal["pdf", "ics"]) -> bytes | None:
        """The same as a file."""
