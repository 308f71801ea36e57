"""Verbs about single people and mails: answer, held_decide, counter_decline, remind, resend, links_show, links_revoke.

Each is one unit of work of the desk; nothing here asks the directory.
"""

from __future__ import annotations

from typing import Any, Final

from foundation.control.server import Handler, Question
from foundation.errors import UsageError
from foundation.language import Text
from foundation.storage import Transaction
from meetings.control_orders import finding
from meetings.control_orders.finding import text_of
from meetings.control_orders.nothing_found import NothingFound
from meetings.control_orders.workplace import Workplace
from meetings.desk import answers, counters, deciding, meetings_desk, reminding
from meetings.meeting import PartStat
from meetings.store import attendees, incoming
from meetings.store.values import StoredAttendee, StoredMeeting

MOST_NAMED: Final = 500
"""Addresses in one order, as queue ids in one of the relay's."""
_ANSWERS: Final[dict[str, PartStat]] = {
    "accepted": "ACCEPTED",
    "declined": "DECLINED",
    "tentative": "TENTATIVE",
}


class Decisions:
    """Handles the verbs about single people and mails."""

    def __init__(self, place: Workplace) -> None:
        self._place = place

    def handlers(self) -> dict[str, Handler]:
        """By verb, for the control socket."""
        return {
            "answer": self.answer,
            "held_decide": self.decide_held,
            "counter_decline": self.decline_time,
            "remind": self.remind,
            "resend": self.resend,
            "links_show": self.show_links,
            "links_revoke": self.revoke_links,
        }

    async def answer(self, question: Question) -> dict[str, Any]:
        """Fields: meeting, who, answer (accepted, declined, tentative), reason, instance. As if they had answered."""
        fields = question.fields
        who, named, reason, instance = (text_of(fields, name) for name in ("meeting", "who", "reason", "instance"))
        partstat = _ANSWERS.get(text_of(fields, "answer"))
        if partstat is None:
            raise UsageError(Text("không phải một câu trả lời", "this is no answer"))
        person = await self._place.address_of(named)
        context = self._place.context(question.operator)

        def work(transaction: Transaction) -> dict[str, Any]:
            stored = finding.one_meeting(transaction, who)
            address = finding.one_person(transaction, stored, person).attendee.guest.address
            found = finding.one_instance(transaction, stored, instance)
            at = found.recurrence_id if found else None
            answers.answer_by_command(transaction, stored.id, address, partstat, reason, at, context)
            return {"uid": stored.uid, "address": address, "partstat": partstat}

        return await self._place.run(work)

    async def decide_held(self, question: Question) -> dict[str, Any]:
        """Fields: id, accept, as (accepted, declined, tentative; empty: what the mail says) and for whom."""
        number, accept = question.fields.get("id"), question.fields.get("accept") is True
        said, attendee = text_of(question.fields, "as"), text_of(question.fields, "for")
        counts_as = _ANSWERS.get(said)
        if (said and counts_as is None) or (attendee and counts_as is None):
            raise UsageError(Text("nêu --as cùng với --for", "name --as with --for"))
        attendee = await self._place.address_of(attendee)
        context = self._place.context(question.operator)

        def work(transaction: Transaction) -> dict[str, Any]:
            if not isinstance(number, int) or incoming.load(transaction, number) is None:
                raise NothingFound(
                    Text("không có thư {id}", "there is no mail {id}").format(id=str(number)[:20]),
                    Text("xem: meetings held list", "see: meetings held list"),
                )
            outcome = deciding.decide_held(transaction, number, accept, context, counts_as=counts_as, attendee=attendee)
            whose = [{"address": guest.address, "name": guest.name} for guest in outcome.whose]
            return {"id": number, "verdict": outcome.verdict, "reason": outcome.reason, "attendees": whose}

        return await self._place.run(work)

    async def decline_time(self, question: Question) -> dict[str, Any]:
        """Fields: meeting, who (address or id), reason."""
        fields = question.fields
        who, named, reason = (text_of(fields, name) for name in ("meeting", "who", "reason"))
        context = self._place.context(question.operator)

        def work(transaction: Transaction) -> dict[str, Any]:
            stored = finding.one_meeting(transaction, who)
            proposal = finding.open_counter(transaction, stored, named)
            counters.decline(transaction, proposal.id, reason, context, stored.id)
            return {"uid": stored.uid, "id": proposal.id, "address": proposal.address}

        return await self._place.run(work)

    async def remind(self, question: Question) -> dict[str, Any]:
        """Fields: meeting, everybody, check. Those reminded within the hour are named and left in peace."""
        who, everybody = text_of(question.fields, "meeting"), question.fields.get("everybody") is True
        context = self._place.context(question.operator)

        def work(transaction: Transaction) -> dict[str, Any]:
            stored = finding.one_meeting(transaction, who)
            done = reminding.remind_now(transaction, stored.id, context, everybody=everybody)
            told = {"number": stored.meeting.number, "summary": stored.meeting.summary}
            return {"uid": stored.uid, **told, "reminded": list(done.reminded), "already": list(done.already)}

        return await self._place.run_or_try(work, question.fields.get("check") is True)

    async def resend(self, question: Question) -> dict[str, Any]:
        """Fields: meeting, addresses."""
        who, named = text_of(question.fields, "meeting"), question.fields.get("addresses")
        if (
            not isinstance(named, list)
            or not 0 < len(named) <= MOST_NAMED
            or not all(isinstance(a, str) for a in named)
        ):
            raise UsageError(Text("nêu từ 1 đến {most} địa chỉ", "name 1 to {most} addresses").format(most=MOST_NAMED))
        people = [await self._place.address_of(name) for name in named]
        context = self._place.context(question.operator)

        def work(transaction: Transaction) -> dict[str, Any]:
            stored = finding.one_meeting(transaction, who)
            found = [finding.one_person(transaction, stored, address).attendee.guest.address for address in people]
            change = meetings_desk.resend(transaction, stored.id, tuple(dict.fromkeys(found)), context)
            (purpose, sent), *_ = change.mailed.items()
            return {"uid": stored.uid, "sent": list(sent), "purpose": purpose}

        return await self._place.run(work)

    async def show_links(self, question: Question) -> dict[str, Any]:
        """Fields: meeting, address (empty: the secretary's)."""
        who, address = text_of(question.fields, "meeting"), text_of(question.fields, "address")
        address = await self._place.address_of(address)
        return await self._place.read(lambda transaction: self._links(transaction, who, address))

    async def revoke_links(self, question: Question) -> dict[str, Any]:
        """Fields: meeting, address, feed. The old links end, that of the feed too, and the person gets the invitation
        with the new ones; `feed`: that of the feed alone, without a mail."""
        who, address = text_of(question.fields, "meeting"), text_of(question.fields, "address")
        address = await self._place.address_of(address)
        only_feed = question.fields.get("feed") is True
        context = self._place.context(question.operator)

        def work(transaction: Transaction) -> dict[str, Any]:
            stored = finding.one_meeting(transaction, who)
            if not address:
                meetings_desk.revoke_links(transaction, stored.id, "", context)
                return {**self._links(transaction, stored.uid, ""), "revoked": ["secretary"]}
            person = finding.one_person(transaction, stored, address).attendee.guest.address
            meetings_desk.revoke_feed(transaction, person, context)
            if only_feed:
                feed = self._feed_link(transaction, person)
                return {"uid": stored.uid, "address": person, "feed": feed, "revoked": ["feed"]}
            self._links(transaction, stored.uid, person)
            meetings_desk.revoke_links(transaction, stored.id, person, context)
            meetings_desk.resend(transaction, stored.id, [person], context)
            new = self._links(transaction, stored.uid, person)
            return {**new, "revoked": ["page", "join", "feed"]}

        return await self._place.run(work)

    def _links(self, transaction: Transaction, who: str, address: str) -> dict[str, Any]:
        stored = finding.one_meeting(transaction, who)
        if not address:
            return {"uid": stored.uid, "secretary": self._secretary_link(stored)}
        return self._personal_links(transaction, stored, finding.one_person(transaction, stored, address))

    def _secretary_link(self, stored: StoredMeeting) -> str:
        return self._place.links().secretary(stored.public_id, stored.link_serial)

    def _personal_links(
        self, transaction: Transaction, stored: StoredMeeting, person: StoredAttendee
    ) -> dict[str, Any]:
        """Raises NothingFound for a secret meeting, and for whoever sent a deputy: their links open nothing."""
        attendee, links = person.attendee, self._place.links()
        if stored.meeting.secret:
            raise NothingFound(
                Text("họp mật không có liên kết riêng", "a secret meeting has no personal links"),
                Text("giấy mời nhận trực tiếp tại đầu mối liên hệ", "the letter is fetched from the contact in person"),
            )
        if attendee.delegated_to is not None:
            raise NothingFound(
                Text(
                    "{who} đã cử người đi thay: liên kết riêng không còn hiệu lực",
                    "{who} sends a deputy: their own links hold no more",
                ).format(who=attendee.guest.address),
                Text("xem: meetings show", "see: meetings show"),
            )
        address = attendee.guest.address
        return {
            "uid": stored.uid,
            "address": address,
            "page": links.page(attendee),
            "join": links.join(attendee),
            "feed": self._feed_link(transaction, address),
        }

    def _feed_link(self, transaction: Transaction, address: str) -> str:
        feed = attendees.feeds_of(transaction, [address]).get(address)
        return self._place.links().feed(*feed) if feed else ""
