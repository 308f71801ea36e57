"""The secretary's page as plain values: one row per person, and everything that waits for a decision. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from foundation.clock import from_microseconds
from foundation.delivery_reasons import explain
from foundation.language import Language, Text
from meetings.desk.for_whom import says_it_itself
from meetings.invitations.wording import local
from meetings.store.mail_values import Incoming
from meetings.store.values import CounterProposal, DeputyProposal, StoredOccurrence
from meetings.store.view_values import Apart, PersonLine, SecretaryView
from meetings.terms import DELIVERIES, PARTSTATS, REASONS, ROLES, TRUSTS
from meetings.web.meeting_words import Line, moment, named_by_its_hour, say, stamp, telephone_line
from meetings.web.secretary_list import REACHED

_TONE_OF_ANSWER: Final = {"ACCEPTED": "good", "DECLINED": "bad", "NEEDS-ACTION": "warn", "TENTATIVE": "warn"}
_TONE_OF_DELIVERY: Final = {"delivered": "good", "relayed": "good", "failed": "bad", "expired": "bad", "refused": "bad"}

SAID: Final = {
    "accepted": Text("Đã chấp nhận.", "Accepted."),
    "rejected": Text("Đã bỏ qua.", "Set aside."),
    "consented": Text(
        "Đã đồng ý người đi thay; giấy mời đã được gửi.", "The deputy is consented to; the letters are on their way."
    ),
    "refused": Text("Không đồng ý người đi thay; đã báo lại.", "The deputy is refused; the proposer is told."),
    "moved": Text(
        "Đã đổi thời gian họp; thông báo thay đổi đã được gửi.", "The meeting is moved; the notices are on their way."
    ),
    "kept": Text("Giữ nguyên thời gian; đã báo lại người đề xuất.", "The time stays; the proposer is told."),
    "resent": Text("Đã gửi lại giấy mời.", "The letter is sent again."),
}
"""What is said after an order, by the word in the address."""


@dataclass(frozen=True, slots=True)
class PersonWords:
    """One row. `tone` words are those of the stylesheet: good, warn, bad or none."""

    id: int
    name: str
    title: str
    agency: str
    address: str
    telephone: Line
    role: str
    answer: str
    answer_tone: str
    answered_from: str
    comment: str
    answered_at: str
    old_time: bool
    delivery: str
    delivery_tone: str
    delivery_reason: str
    delivery_text: str
    reached: bool
    may_be_twice: bool
    deputy: str
    stands_in_for: str
    joined_at: str
    removed: bool
    unreachable: bool
    exceptions: tuple[str, ...] = ()
    """Of a series: where they answered otherwise, such as “trừ buổi 14/12: không dự”."""


@dataclass(frozen=True, slots=True)
class HeldWords:
    """A mail that waits."""

    id: int
    sender: str
    subject: str
    received_at: str
    reason: str
    answer: str
    comment: str
    whose: str
    account: str
    trust: str
    says_it_itself: bool
    """It can be accepted as it is; else the secretary says as what it counts, `whose` is the address it came to."""
    address: str


@dataclass(frozen=True, slots=True)
class CounterWords:
    """A proposed time; `readable`: it names a time to which the meeting can be moved."""

    id: int
    who: str
    was: str
    proposed: str
    comment: str
    at: str
    readable: bool


@dataclass(frozen=True, slots=True)
class DeputyWords:
    """A deputy who waits for consent. `other_agency`: consent must say that another agency will do."""

    id: int
    other_agency: bool
    delegator: str
    deputy: str
    agency: str
    comment: str
    at: str


def person_words(line: PersonLine, timezone: str, language: Language) -> PersonWords:
    """One row of the list. Why a letter did not arrive is said in words, then as the server said it."""
    text = line.delivery_text if line.delivery not in REACHED else ""
    reason = say(explain(0, "", text), language) if text else ""
    return PersonWords(
        id=line.id,
        name=line.name or line.address,
        title=line.title,
        agency=line.agency_name or line.agency,
        address=line.address,
        telephone=telephone_line(line.telephone, language),
        role=say(ROLES[line.role], language),
        answer=say(PARTSTATS[line.partstat], language),
        answer_tone=_TONE_OF_ANSWER.get(line.partstat, ""),
        answered_from=line.answered_from if line.answered_from != line.address else "",
        comment=line.comment,
        answered_at=stamp(line.answered_at, timezone),
        old_time=line.answered_old_time,
        delivery=say(DELIVERIES[line.delivery], language),
        delivery_tone=_TONE_OF_DELIVERY.get(line.delivery, "warn"),
        delivery_reason=reason,
        delivery_text=text if text not in reason else "",
        reached=line.delivery in REACHED,
        may_be_twice=line.possible_duplicate,
        deputy=line.delegated_to,
        stands_in_for=line.delegated_from,
        joined_at=stamp(line.joined_at, timezone),
        removed=line.removed,
        unreachable=line.unreachable,
        exceptions=tuple(_exception(one, timezone, language) for one in line.apart),
    )


def _exception(one: Apart, timezone: str, language: Language) -> str:
    day = f"{local(from_microseconds(one.recurrence_id), timezone):%d/%m}"
    told = Text("trừ buổi {day}: {answer}", "except {day}: {answer}").format(day=day, answer=PARTSTATS[one.partstat])
    return say(told, language) + (f" – “{one.comment}”" if one.comment else "")


def held_words(mail: Incoming, timezone: str, language: Language) -> HeldWords:
    """A held mail."""
    answer = PARTSTATS.get(mail.partstat)
    return HeldWords(
        mail.id,
        mail.sender,
        mail.subject,
        stamp(mail.received_at, timezone),
        say(REASONS.get(mail.reason, Text(mail.reason, mail.reason)), language),
        say(answer, language) if answer else "",
        mail.comment,
        _whose(mail, language),
        mail.account if mail.account != mail.sender else "",
        say(TRUSTS.get(mail.trust, Text("", "")), language),
        says_it_itself(mail),
        mail.attendee if mail.invited else "",
    )


def _whose(mail: Incoming, language: Language) -> str:
    """Whose answer it would be; empty when it names nobody."""
    shown = f"{mail.attendee_name} <{mail.attendee}>" if mail.attendee_name else mail.attendee
    if not shown or mail.invited:
        return shown
    return f"{shown} ({say(Text('chưa được mời', 'not invited'), language)})"


def said_of(word: str, who: str, view: SecretaryView) -> Text | None:
    """What is said after an order: the word in the address, and whose answer changed by it."""
    said = SAID.get(word)
    person = next((one for one in view.people if str(one.id) == who), None)
    if said is None or person is None:
        return said
    told = Text("{said} Đã tính là trả lời của {who}.", "{said} It counts as the answer of {who}.")
    return told.format(said=said, who=f"{person.name} ({person.address})" if person.name else person.address)


def counter_words(
    counter: CounterProposal, occurrences: Iterable[StoredOccurrence], timezone: str, language: Language
) -> CounterWords:
    """A proposed time, for the meeting or one of its `occurrences`."""
    start = moment(counter.proposed_start_at, timezone, language)
    end = moment(counter.proposed_end_at, timezone, language)
    return CounterWords(
        counter.id,
        counter.name or counter.address,
        named_by_its_hour(counter.recurrence_id, occurrences, timezone, language),
        f"{start} – {end}" if start and end else start,
        counter.comment,
        stamp(counter.at, timezone),
        counter.proposed_start_at is not None and counter.proposed_end_at is not None,
    )


def deputy_words(proposal: DeputyProposal, agency: str, timezone: str) -> DeputyWords:
    """A proposed deputy; `agency` is that of whoever proposed them."""
    deputy = proposal.deputy
    return DeputyWords(
        proposal.id,
        not deputy.agency or deputy.agency != agency,
        proposal.delegator_name or proposal.delegator_address,
        ", ".join(part for part in (deputy.name, deputy.title, deputy.address) if part),
        deputy.agency_name or deputy.agency,
        proposal.comment,
        stamp(proposal.at, timezone),
    )


def waiting(view: SecretaryView, language: Language) -> tuple[list[HeldWords], list[CounterWords], list[DeputyWords]]:
    """Everything that waits for a decision: held mails, proposed times, deputies."""
    timezone = view.stored.meeting.timezone
    agencies = {line.id: line.agency for line in view.people}
    return (
        [held_words(mail, timezone, language) for mail in view.held if not mail.decided],
        [counter_words(one, view.occurrences, timezone, language) for one in view.counters if one.state == "open"],
        [
            deputy_words(one, agencies.get(one.delegator_id, ""), timezone)
            for one in view.deputies
            if one.state == "open"
        ],
    )


def ends_at(view: SecretaryView) -> int:
    """When the last occurrence ends, in microseconds."""
    return max((one.end_at for one in view.occurrences), default=0)
