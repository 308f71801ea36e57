"""The verbs about people who stand in: deputy_propose, deputy_consent, deputy_refuse.

The directory says who the deputy is, before the unit of work; the desk says whether they may.
"""

from __future__ import annotations

from typing import Any, Final

from foundation.addresses import normalise
from foundation.control.server import Handler, Question
from foundation.errors import InputError, Problem
from foundation.language import Text
from foundation.storage import Transaction
from meetings.control_orders import finding
from meetings.control_orders.answering import mail_fields
from meetings.control_orders.finding import text_of
from meetings.control_orders.workplace import Workplace
from meetings.desk import deputies
from meetings.desk.context import Change
from meetings.meeting import Guest
from meetings.store import attendees
from meetings.store.values import DeputyProposal, StoredMeeting

_NOBODY: Final = (
    Text("không có ai dùng được mang địa chỉ này", "nobody who can be sent has this address"),
    Text("xem lại chính tả; không rõ thì hỏi đầu mối", "check the spelling, or ask the focal agency"),
)
_ABROAD: Final = (
    Text(
        "địa chỉ này không thuộc hệ thống của tỉnh nên danh bạ không biết người này ở cơ quan nào",
        "this address is none of ours, so the directory cannot tell of which agency they are",
    ),
    Text(
        "mời thẳng người đó thay cho người được mời: meetings change HỌP --add ĐỊA_CHỈ --remove NGƯỜI_ĐƯỢC_MỜI",
        "invite them instead: meetings change MEETING --add ADDRESS --remove WHO",
    ),
)
"""Why nobody can be sent who has this address, and what to do instead."""


class StandingIn:
    """Handles the verbs about deputies."""

    def __init__(self, place: Workplace) -> None:
        self._place = place

    def handlers(self) -> dict[str, Handler]:
        """By verb, for the control socket."""
        return {
            "deputy_propose": self.propose,
            "deputy_consent": self.consent,
            "deputy_refuse": self.refuse,
        }

    async def propose(self, question: Question) -> dict[str, Any]:
        """Fields: meeting, who, deputy (addresses), reason, other_agency."""
        fields = question.fields
        who, named, reason = (text_of(fields, name) for name in ("meeting", "who", "reason"))
        person = await self._place.address_of(named)
        guest = await self._known(await self._place.address_of(text_of(fields, "deputy")))
        context = self._place.context(question.operator, [guest])
        other_agency = fields.get("other_agency") is True

        def work(transaction: Transaction) -> dict[str, Any]:
            stored = finding.one_meeting(transaction, who)
            delegator = finding.one_person(transaction, stored, person)
            proposal = deputies.propose(
                transaction,
                stored.id,
                delegator.attendee.id,
                guest,
                reason,
                "command",
                context,
                other_agency=other_agency,
            )
            return {**_facts(stored, proposal), "sequence": stored.sequence, "mails": []}

        return await self._place.run(work)

    async def consent(self, question: Question) -> dict[str, Any]:
        """Fields: meeting, who (the delegator's address, or the proposal's id), other_agency."""
        fields = question.fields
        who, named = text_of(fields, "meeting"), text_of(fields, "who")

        def find(transaction: Transaction) -> tuple[StoredMeeting, DeputyProposal]:
            stored = finding.one_meeting(transaction, who)
            return stored, finding.open_deputy(transaction, stored, named)

        stored, proposal = await self._place.read(find)
        guest = await self._known(proposal.deputy.address)
        context = self._place.context(question.operator, [guest])
        other_agency = fields.get("other_agency") is True

        def work(transaction: Transaction) -> dict[str, Any]:
            change = deputies.consent(
                transaction,
                proposal.id,
                context,
                guest=guest,
                other_agency=other_agency,
                meeting_id=stored.id,
            )
            return _answer(transaction, stored, proposal, change)

        return await self._place.run(work)

    async def refuse(self, question: Question) -> dict[str, Any]:
        """Fields: meeting, who, reason."""
        fields = question.fields
        who, named, reason = (text_of(fields, name) for name in ("meeting", "who", "reason"))
        context = self._place.context(question.operator)

        def work(transaction: Transaction) -> dict[str, Any]:
            stored = finding.one_meeting(transaction, who)
            proposal = finding.open_deputy(transaction, stored, named)
            change = deputies.refuse(transaction, proposal.id, reason, context, meeting_id=stored.id)
            return _answer(transaction, stored, proposal, change)

        return await self._place.run(work)

    async def _known(self, address: str) -> Guest:
        """Who has this address today. Raises InputError for nobody (also for a word that is none), or somebody
        suspended."""
        wanted = normalise(address) if "@" in address else address
        found = await self._place.ask_people(lambda people: people.find(wanted))
        if found is None:
            abroad = "@" in wanted and wanted.rpartition("@")[2] not in self._place.settings().domains
            message, hint = _ABROAD if abroad else _NOBODY
            problem = Problem("error", message, column="deputy", value=wanted, hint=hint)
            raise InputError(Text("không cử được người đi thay", "this deputy cannot be sent"), None, (problem,))
        return found


def _answer(
    transaction: Transaction, stored: StoredMeeting, proposal: DeputyProposal, change: Change
) -> dict[str, Any]:
    people = attendees.of_meeting(transaction, stored.id)
    return {
        **_facts(stored, proposal),
        "sequence": change.sequence,
        "mails": mail_fields(change.mailed, people),
    }


def _facts(stored: StoredMeeting, proposal: DeputyProposal) -> dict[str, Any]:
    deputy = proposal.deputy
    return {
        "uid": stored.uid,
        "number": stored.meeting.number,
        "id": proposal.id,
        "delegator": {"address": proposal.delegator_address, "name": proposal.delegator_name},
        "deputy": {"address": deputy.address, "name": deputy.name},
    }
