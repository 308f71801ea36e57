"""The desk behind the personal page, the way into the room and the feed. It decides nothing itself."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import asdict, replace
from typing import Final

from foundation import clock
from foundation.clock import from_microseconds
from foundation.language import Text
from foundation.rendering import Renderer
from foundation.storage import Transaction
from foundation.vietnamese import nfc
from foundation.vietnamese.names import search_key
from meetings.desk import answers, deputies, joining, meetings_desk, refusals, views
from meetings.desk.context import Door
from meetings.invitations.letter_pdf import make_pdf
from meetings.meeting import Guest, Meeting, Occurrence
from meetings.store import meetings, occurrences
from meetings.store.values import WHOLE, StoredMeeting
from meetings.store.view_values import FeedView, PersonalView
from meetings.web.asked import Gone, PageAnswer, Told
from meetings.web.workplace import Access, Workplace, refused

COLLEAGUES_SHOWN: Final = 50
"""More than a screen of names is searched, not read."""

_NOBODY: Final = Text(
    "Không có ai mang địa chỉ thư này, hoặc tài khoản đã tạm khóa.",
    "Nobody has this mail address, or the account is suspended.",
)


class PersonalAccess(Access):
    """Answers what one person asks."""

    def __init__(self, place: Workplace) -> None:
        Access.__init__(self, place)
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
                **asdict(settings.letterhead),
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
        def work(transaction: Transaction) -> tuple[PersonalView | None, frozenset[str]]:
            view = views.personal_view(transaction, public_id, serial)
            return view, (views.invited_addresses(transaction, view.stored.id) if view else frozenset())

        view, invited = await self._place.read(work)
        if view is None or not view.attendee.guest.agency:
            return ()
        found = await self._place.ask_people(lambda people: people.colleagues(view.attendee.guest.agency))
        free = (guest for guest in found if guest.address not in invited)
        return tuple(guest for guest in free if _has(guest, words.split()))[:COLLEAGUES_SHOWN]

    async def propose_deputy(self, public_id: str, serial: int, address: str, reason: str) -> Told:
        """Whom the directory does not know may be proposed only by somebody whom it does not know either."""
        view = await self._place.read(lambda transaction: views.personal_view(transaction, public_id, serial))
        if view is None:
            return refused(refusals.link_revoked())
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
        """Only who comes in costs a durable write."""
        now, opens = clock.now_microseconds(), self._place.settings().room_opens_minutes

        def work(transaction: Transaction) -> Door:
            found = joining.door(transaction, public_id, serial, now, opens_minutes=opens)
            if found.state != "revoked":
                return found
            stored = views.stored_of(transaction, public_id)
            return replace(found, meeting=stored.meeting) if stored else found

        def come_in(transaction: Transaction) -> Door:
            return joining.door(transaction, public_id, serial, now, enter=True, opens_minutes=opens)

        return await (self._place.run(come_in) if enter else self._place.read(work))

    async def feed(self, public_id: str, serial: int) -> FeedView | None:
        now = clock.now_microseconds()
        return await self._place.read(lambda transaction: views.feed_view(transaction, public_id, serial, now))

    async def revoke_feed(self, public_id: str, serial: int) -> Told:
        context = self._place.context("page")

        def work(transaction: Transaction) -> None:
            _, person = answers.page_of(transaction, public_id, serial)
            meetings_desk.revoke_feed(transaction, person.attendee.guest.address, context)

        return await self._told(work)


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
    """Whether every word stands in the name, the title or the address: one typed without marks finds all spellings, one
    typed with marks ("Hộ") only its own."""
    spelled = nfc(f"{guest.name} {guest.title} {guest.address}").casefold()
    plain = f"{search_key(guest.name)} {search_key(guest.title)} {guest.address}"
    return all((word in plain) if word.isascii() else (nfc(word).casefold() in spelled) for word in map(_key, wanted))


def _key(word: str) -> str:
    """Words without marks are compared without regard to case."""
    return search_key(word) if word.isascii() else word
