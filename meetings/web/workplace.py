"""What the pages need of the daemon, and how their orders are carried out: one unit of work, refusals as sentences.

What the desk refuses (InputError) becomes `Told(False, ...)`; its hints name commands and stay away from pages.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from foundation.errors import CongvuError, InputError
from foundation.language import Text
from foundation.storage import Transaction
from meetings.desk.context import Context
from meetings.meeting import Contact, Guest
from meetings.store.values import StoredMeeting
from meetings.web.asked import Gone, Told

if TYPE_CHECKING:
    from meetings.people.lookup import People
    from meetings.settings import MeetingsSettings

T = TypeVar("T")

DONE: Final = Told(True, Text("xong", "done"))


class Workplace(Protocol):
    """What the pages need of the daemon."""

    @property
    def settings(self) -> Callable[[], MeetingsSettings]:
        """The settings of now."""

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """What the work finds in one snapshot."""

    async def run(self, work: Callable[[Transaction], T]) -> T:
        """What the work did, once it is durable."""

    async def ask_people(self, question: Callable[[People], T]) -> T:
        """What the directory answers. Raises Unreachable."""

    def context(
        self, operator: str, guests: Collection[Guest] = (), unreachable: frozenset[str] | None = None
    ) -> Context:
        """Who acts, now."""


class Access:
    """What the questions of all pages share."""

    def __init__(self, place: Workplace) -> None:
        self._place = place

    async def _told(self, work: Callable[[Transaction], object]) -> Told:
        try:
            await self._place.run(work)
        except InputError as error:
            return refused(error)
        return DONE

    def _gone(self, stored: StoredMeeting | None) -> Gone:
        """Why a link opens nothing, and whom to ask: the contact of the meeting, else its secretary's mailbox."""
        secretary = self._place.settings().secretary
        if stored is None:
            return Gone("unknown", Contact(address=secretary))
        contact = stored.meeting.contact
        known = contact.name or contact.telephone or contact.address
        return Gone("revoked", contact if known else Contact(address=stored.meeting.secretary or secretary))


def refused(error: CongvuError) -> Told:
    """What was refused, as sentences."""
    said = [error.message, *(problem.message for problem in error.problems if problem.severity != "warning")]
    return Told(False, Text(" ".join(_sentence(one.vi) for one in said), " ".join(_sentence(one.en) for one in said)))


def _sentence(text: str) -> str:
    shown = text.strip()
    return shown[:1].upper() + shown[1:] + ("" if shown.endswith((".", "!", "?")) else ".")
