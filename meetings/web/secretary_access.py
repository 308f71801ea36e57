"""The desk behind the secretary's page: an order is one unit of work with the look at the link. It decides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final

from foundation.control.server import Question
from foundation.errors import Busy, CongvuError, InputError, Unreachable
from foundation.language import Text
from foundation.storage import Transaction
from meetings.desk import counters, deciding, deputies, for_whom, meetings_desk, refusals, views
from meetings.desk.context import Context
from meetings.meeting import Guest
from meetings.store import attendees, incoming, meetings
from meetings.store.values import StoredAttendee, StoredMeeting
from meetings.store.view_values import SecretaryView
from meetings.terms import REASONS
from meetings.web.asked import Gone, PageAnswer, Told
from meetings.web.workplace import DONE, Access, Workplace, refused

MoveMeeting = Callable[[Question], Awaitable[dict[str, Any]]]
"""The verb counter_accept of the control socket: a proposed time is taken over by a change that is checked as any."""

_REFUSALS: Final = (1, InputError.exit_code, Busy.exit_code)
"""Settled meanwhile, not as it must be, or being changed by somebody else: said, not logged."""

_NOTHING_COUNTED: Final = Text("Đã chấp nhận, nhưng không thay đổi gì: {why}.", "Accepted, but nothing changed: {why}.")
_BY_COMMAND: Final = Text(
    "Máy chủ này không đổi giờ được từ trang web; xin dùng lệnh `meetings counter accept`.",
    "This server cannot move a meeting from the page; please use `meetings counter accept`.",
)
_AWAY: Final = Text(
    "Danh bạ tạm thời không tra được; xin thử lại sau ít phút.",
    "The directory cannot be asked for the moment; please try again in a few minutes.",
)


class SecretaryAccess(Access):
    """Answers what the secretary of a meeting asks. Without `move_meeting` a proposed time can only be declined."""

    def __init__(self, place: Workplace, move_meeting: MoveMeeting | None) -> None:
        Access.__init__(self, place)
        self._move_meeting = move_meeting

    async def secretary(self, public_id: str, serial: int, recurrence_id: int) -> SecretaryView | Gone:
        def work(transaction: Transaction) -> SecretaryView | Gone:
            stored = meetings.by_public_id(transaction, public_id)
            if stored is None or stored.link_serial != serial:
                return self._gone(stored)
            return views.view_of(transaction, stored, recurrence_id)

        return await self._place.read(work)

    async def decide_held(
        self,
        public_id: str,
        serial: int,
        held: int,
        accept: bool,
        counts_as: PageAnswer | None = None,
        attendee: str = "",
    ) -> Told:
        def work(transaction: Transaction, stored: StoredMeeting, context: Context) -> Told:
            outcome = deciding.decide_held(
                transaction, held, accept, context, stored.id, counts_as=counts_as, attendee=attendee
            )
            if not accept or outcome.verdict == "counted":
                whose = for_whom.person_of(transaction, stored.id, [guest.address for guest in outcome.whose])
                return replace(DONE, attendee=whose.attendee.id if whose is not None else 0)
            why = REASONS.get(outcome.reason, Text(outcome.reason, outcome.reason))
            return Told(False, _NOTHING_COUNTED.format(why=why))

        return await self._decided(public_id, serial, work)

    async def held_mail(self, public_id: str, serial: int, held: int, most_bytes: int) -> bytes | None:
        def work(transaction: Transaction) -> bytes | None:
            stored = _listed(transaction, public_id, serial)
            return incoming.beginning_of(transaction, held, stored.id, most_bytes)

        try:
            return await self._place.read(work)
        except InputError:
            return None

    async def decide_counter(self, public_id: str, serial: int, counter: int, accept: bool, urgent_reason: str) -> Told:
        if accept:
            return await self._move(public_id, serial, counter, urgent_reason)

        def work(transaction: Transaction, stored: StoredMeeting, context: Context) -> Told:
            counters.decline(transaction, counter, "", context, stored.id)
            return DONE

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
            return DONE

        return await self._decided(public_id, serial, work)

    async def resend(self, public_id: str, serial: int, attendee: int) -> Told:
        def work(transaction: Transaction, stored: StoredMeeting, context: Context) -> Told:
            person = _of(transaction, stored, attendee)
            meetings_desk.resend(transaction, stored.id, [person.attendee.guest.address], context)
            return DONE

        return await self._decided(public_id, serial, work)

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
            return refused(error)

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
                return refused(error)
            raise
        return DONE

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
