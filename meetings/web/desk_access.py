"""The desk behind the pages: each question one snapshot, each order one unit of work, every refusal a sentence.

`Workplace` is what it needs of the daemon: the database, the directory, who acts. What the desk refuses (InputError)
becomes `Told(False, ...)`; the hints of the desk name commands and stay away from pages. It decides nothing itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from foundation import clock
from foundation.clock import from_microseconds
from foundation.control.server import Question
from foundation.errors import Busy, CongvuError, InputError, Unreachable
from foundation.language import Text
from foundation.rendering import Renderer
from foundation.storage import Transaction
from foundation.vietnamese.names import search_key
from meetings.desk import answers, counters, deputies, joining, meetings_desk, refusals, views
from meetings.desk.context import Context, Door
from meetings.invitations.letter_pdf import make_pdf
from meetings.meeting import Contact, Guest, Meeting, Occurrence
from meetings.store import attendees, meetings, occurrences
from meetings.store.values import WHOLE, FeedView, PersonalView, SecretaryView, StoredAttendee, StoredMeeting
from meetings.terms import REASONS
from meetings.web.asked import Gone, PageAnswer, Told

if TYPE_CHECKING:
    from meetings.people.lookup import People
    from meetings.settings import MeetingsSettings

T = TypeVar("T")

COLLEAGUES_SHOWN: Final = 50
"""More than a screen of names is searched, not read."""

MoveMeeting = Callable[[Question], Awaitable[dict[str, Any]]]
"""The verb counter_accept of the control socket: a proposed time is taken over by a change that is checked as any."""

_REFUSALS: Final = (1, InputError.exit_code, Busy.exit_code)
"""Settled meanwhile, not as it must be, or being changed by somebody else: said, not logged."""

_DONE: Final = Told(True, Text("xong", "done"))
_NOBODY: Final = Text(
    "Không có ai mang địa chỉ thư này, hoặc tài khoản đã tạm khóa.",
    "Nobody has this mail address, or the account is suspended.",
)
_NOTHING_COUNTED: Final = Text("Đã chấp nhận, nhưng không thay đổi gì: {why}.", "Accepted, but nothing changed: {why}.")
_BY_COMMAND: Final = Text(
    "Máy chủ này không đổi giờ được từ trang web; xin dùng lệnh `meetings counter accept`.",
    "This server cannot move a meeting from the page; please use `meetings counter accept`.",
)
_AWAY: Final = Text(
    "Danh bạ tạm thời không tra được; xin thử lại sau ít phút.",
    "The directory cannot be asked for the moment; please try again in a few minutes.",
)


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


class DeskPages:
    """Implements `asked.DeskAccess`. Without `move_meeting` a proposed time can only be declined here."""

    def __init__(self, place: Workplace, move_meeting: MoveMeeting | None = None) -> None:
        self._place = place
        self._move_meeting = move_meeting
        self._renderer = Renderer(place.settings().templates)
        self._one_letter = asyncio.Lock()

    async def personal(self, public_id: str, serial: int) -> PersonalView | Gone:
        def work(transaction: Transaction) -> PersonalView | Gone:
            view = views.personal_view(transaction, public_id, serial)
            return view or self._gone(views.stored_of(transaction, public_id))

        return await self._place.read(work)

    async def letter(self, public_id: str, serial: int) -> bytes | None:
        """The same bytes as the one that was mailed, as long as the templates are; made one at a time."""

        def work(transaction: Transaction) -> tuple[Meeting, tuple[Occurrence, ...], int] | None:
            view = views.personal_view(transaction, public_id, serial)
            return _printed(transaction, view.stored) if view else None

        found = await self._place.read(work)
        if found is None:
            return None
        meeting, changed, made_at = found
        settings = self._place.settings()

        def make() -> bytes:
            return make_pdf(
                meeting,
                settings.organisation,
                at=from_microseconds(made_at),
                renderer=self._renderer,
                occurrences=changed,
                language=settings.language,
            )

        async with self._one_letter:
            return await asyncio.to_thread(make)

    async def answer(self, public_id: str, serial: int, answer: PageAnswer, comment: str, recurrence_id: int) -> Told:
        context = self._place.context("page")
        occurrence = from_microseconds(recurrence_id) if recurrence_id != WHOLE else None
        return await self._told(
            lambda transaction: answers.answer_from_page(
                transaction, public_id, serial, answer, comment, occurrence, context
            )
        )

    async def colleagues(self, public_id: str, serial: int, words: str) -> tuple[Guest, ...]:
        view = await self._place.read(lambda transaction: views.personal_view(transaction, public_id, serial))
        if view is None or not view.attendee.guest.agency:
            return ()
        found = await self._place.ask_people(lambda people: people.colleagues(view.attendee.guest.agency))
        wanted = search_key(words).split()
        return tuple(guest for guest in found if _has(guest, wanted))[:COLLEAGUES_SHOWN]

    async def propose_deputy(self, public_id: str, serial: int, address: str, reason: str) -> Told:
        """Whom the directory does not know may be proposed only by somebody whom it does not know either."""
        view = await self._place.read(lambda transaction: views.personal_view(transaction, public_id, serial))
        if view is None:
            return _refused(refusals.link_revoked())
        guest = await self._place.ask_people(lambda people: people.find(address))
        stranger = not view.attendee.guest.agency
        if guest is None and not stranger:
            return Told(False, _NOBODY)
        deputy = guest or Guest(address, "")
        context = self._place.context("page", [deputy])

        def work(transaction: Transaction) -> None:
            stored, person = answers.page_of(transaction, public_id, serial)
            deputies.propose(
                transaction, stored.id, person.attendee.id, deputy, reason, "page", context, unknown=stranger
            )

        return await self._told(work)

    async def door(self, public_id: str, serial: int, enter: bool) -> Door:
        """Looks first, so that only who comes in while it is open costs a durable write."""
        now, opens = clock.now_microseconds(), self._place.settings().room.opens_minutes

        def work(transaction: Transaction) -> Door:
            found = joining.door(transaction, public_id, serial, now, opens_minutes=opens)
            if found.state != "revoked":
                return found
            stored = views.stored_of(transaction, public_id)
            return replace(found, meeting=stored.meeting) if stored else found

        def come_in(transaction: Transaction) -> Door:
            return joining.door(transaction, public_id, serial, now, enter=True, opens_minutes=opens)

        door = await self._place.read(work)
        return await self._place.run(come_in) if enter and door.state == "open" else door

    async def feed(self, public_id: str, serial: int) -> FeedView | None:
        now = clock.now_microseconds()
        return await self._place.read(lambda transaction: views.feed_view(transaction, public_id, serial, now))

    async def revoke_feed(self, public_id: str, serial: int) -> Told:
        context = self._place.context("page")

        def work(transaction: Transaction) -> None:
            _, person = answers.page_of(transaction, public_id, serial)
            meetings_desk.revoke_feed(transaction, person.attendee.guest.address, context)

        return await self._told(work)

    async def secretary(self, public_id: str, serial: int, recurrence_id: int) -> SecretaryView | Gone:
        def work(transaction: Transaction) -> SecretaryView | Gone:
            stored = meetings.by_public_id(transaction, public_id)
            if stored is None or stored.link_serial != serial:
                return self._gone(stored)
            return views.view_of(transaction, stored, recurrence_id)

        return await self._place.read(work)

    async def decide_held(self, public_id: str, serial: int, held: int, accept: bool) -> Told:
        def work(transaction: Transaction, stored: StoredMeeting, context: Context) -> Told:
            outcome = answers.decide_held(transaction, held, accept, context, stored.id)
            if not accept or outcome.verdict == "counted":
                return _DONE
            why = REASONS.get(outcome.reason, Text(outcome.reason, outcome.reason))
            return Told(False, _NOTHING_COUNTED.format(why=why))

        return await self._decided(public_id, serial, work)

    async def decide_counter(self, public_id: str, serial: int, counter: int, accept: bool, urgent_reason: str) -> Told:
        if accept:
            return await self._move(public_id, serial, counter, urgent_reason)

        def work(transaction: Transaction, stored: StoredMeeting, context: Context) -> Told:
            counters.decline(transaction, counter, "", context, stored.id)
            return _DONE

        return await self._decided(public_id, serial, work)

    async def decide_deputy(self, public_id: str, serial: int, proposal: int, accept: bool, other_agency: bool) -> Told:
        guest = await self._deputy_of_today(public_id, serial, proposal) if accept else None

        def work(transaction: Transaction, stored: StoredMeeting, context: Context) -> Told:
            if accept:
                deputies.consent(
                    transaction, proposal, context, guest=guest, other_agency=other_agency, meeting_id=stored.id
                )
            else:
                deputies.refuse(transaction, proposal, "", context, meeting_id=stored.id)
            return _DONE

        return await self._decided(public_id, serial, work)

    async def resend(self, public_id: str, serial: int, attendee: int) -> Told:
        def work(transaction: Transaction, stored: StoredMeeting, context: Context) -> Told:
            person = _of(transaction, stored, attendee)
            meetings_desk.resend(transaction, stored.id, [person.attendee.guest.address], context)
            return _DONE

        return await self._decided(public_id, serial, work)

    # ---- how orders are carried out ----------------------------------------------------------------------------------

    async def _told(self, work: Callable[[Transaction], object]) -> Told:
        try:
            await self._place.run(work)
        except InputError as error:
            return _refused(error)
        return _DONE

    async def _decided(
        self, public_id: str, serial: int, work: Callable[[Transaction, StoredMeeting, Context], Told]
    ) -> Told:
        """An order of the secretary whose link this is, in one unit of work with the look at the link."""

        def checked(transaction: Transaction) -> Told:
            stored = _listed(transaction, public_id, serial)
            return work(transaction, stored, context)

        context = self._place.context("page")
        try:
            return await self._place.run(checked)
        except InputError as error:
            return _refused(error)

    async def _move(self, public_id: str, serial: int, counter: int, urgent_reason: str) -> Told:
        """A change of time as any other: drafted, checked, mailed to those whom it concerns."""
        if self._move_meeting is None:
            return Told(False, _BY_COMMAND)
        try:
            stored = await self._place.read(lambda transaction: _proposed(transaction, public_id, serial, counter))
            fields = {"meeting": stored.uid, "who": str(counter), "urgent_reason": urgent_reason}
            await self._move_meeting(Question("counter_accept", fields, "page", 0, asyncio.StreamReader()))
        except Unreachable:
            return Told(False, _AWAY)
        except CongvuError as error:
            if error.exit_code in _REFUSALS:
                return _refused(error)
            raise
        return _DONE

    async def _deputy_of_today(self, public_id: str, serial: int, proposal: int) -> Guest | None:
        """The proposed deputy as the directory knows them now; None when it does not, or cannot be asked."""

        def work(transaction: Transaction) -> str:
            stored = meetings.by_public_id(transaction, public_id)
            view = views.view_of(transaction, stored) if stored and stored.link_serial == serial else None
            return next((one.deputy.address for one in view.deputies if one.id == proposal), "") if view else ""

        address = await self._place.read(work)
        try:
            return await self._place.ask_people(lambda people: people.find(address)) if address else None
        except Unreachable:
            return None

    def _gone(self, stored: StoredMeeting | None) -> Gone:
        """Why a link opens nothing, and whom to ask: the contact of the meeting, else its secretary's mailbox."""
        secretary = self._place.settings().secretary
        if stored is None:
            return Gone("unknown", Contact(address=secretary))
        contact = stored.meeting.contact
        known = contact.name or contact.telephone or contact.address
        return Gone("revoked", contact if known else Contact(address=stored.meeting.secretary or secretary))


def _listed(transaction: Transaction, public_id: str, serial: int) -> StoredMeeting:
    """The meeting whose secretary's link this is. Raises InputError for one that holds no more."""
    stored = meetings.by_public_id(transaction, public_id)
    if stored is None or stored.link_serial != serial:
        raise refusals.link_revoked()
    return stored


def _proposed(transaction: Transaction, public_id: str, serial: int, counter: int) -> StoredMeeting:
    """The meeting for which this time is proposed. Raises InputError when it is settled or cannot be read."""
    stored = _listed(transaction, public_id, serial)
    counters.proposed_meeting(transaction, counter, stored.id)
    return stored


def _of(transaction: Transaction, stored: StoredMeeting, attendee_id: int) -> StoredAttendee:
    person = attendees.load(transaction, attendee_id)
    if person is None or person.meeting_id != stored.id:
        raise refusals.unknown_attendee()
    return person


def _printed(transaction: Transaction, stored: StoredMeeting) -> tuple[Meeting, tuple[Occurrence, ...], int]:
    """What the letter of the present edition says, and when that edition was made."""
    made = [at for _, which, _, at, _, _ in meetings.editions(transaction, stored.id) if which == WHOLE]
    if not stored.meeting.rrule or stored.status == "CANCELLED":
        return stored.meeting, (), made[-1] if made else stored.created_at
    zone = stored.meeting.start.tzinfo
    changed = tuple(
        Occurrence(from_microseconds(one.recurrence_id).astimezone(zone), occurrences.said_by(stored.meeting, one))
        for one in occurrences.changed_of(transaction, stored.id)
    )
    return stored.meeting, changed, made[-1] if made else stored.created_at


def _has(guest: Guest, wanted: Collection[str]) -> bool:
    """Whether every word stands in the name, the title or the address, marks or not."""
    known = f"{search_key(guest.name)} {search_key(guest.title)} {guest.address}"
    return all(word in known for word in wanted)


def _refused(error: CongvuError) -> Told:
    """What was refused, as sentences."""
    said = [error.message, *(problem.message for problem in error.problems if problem.severity != "warning")]
    return Told(False, Text(" ".join(_sentence(one.vi) for one in said), " ".join(_sentence(one.en) for one in said)))


def _sentence(text: str) -> str:
    shown = text.strip()
    return shown[:1].upper() + shown[1:] + ("" if shown.endswith((".", "!", "?")) else ".")
