"""The personal page as plain values: what this person answered, may still answer, and whom they send. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from foundation.language import Language, Text
from meetings.store.values import WHOLE, Answer, DeputyProposal
from meetings.store.view_values import PersonalView
from meetings.terms import PARTSTATS
from meetings.web.asked import PageAnswer
from meetings.web.meeting_words import Sitting, moment, named_by_its_hour, say, sitting_words

SITTINGS_SHOWN: Final = 60
"""A weekly meeting of a year and some; more do not help anybody to choose."""

_VIA: Final = {
    "mail": Text("bằng thư", "by mail"),
    "page": Text("trên trang này", "on this page"),
    "held": Text("bằng thư, thư ký đã chấp nhận", "by mail, let through by the secretary"),
    "command": Text("do thư ký ghi", "entered by the secretary"),
}

_DEPUTY_STATES: Final = {
    "open": Text("đang chờ chủ trì hoặc thư ký đồng ý", "waiting for the consent of the chair or the secretary"),
    "accepted": Text("đã được đồng ý", "consented"),
    "refused": Text("không được đồng ý", "refused"),
    "withdrawn": Text("đã rút lại", "withdrawn"),
}

CHOICES: Final[dict[str, tuple[PageAnswer, Text]]] = {
    "accepted": ("ACCEPTED", Text("Tham dự", "I will attend")),
    "tentative": ("TENTATIVE", Text("Chưa chắc chắn", "I am not sure yet")),
    "declined": ("DECLINED", Text("Không dự được", "I cannot attend")),
}
"""What the form offers: name in the form, what is stored, what people read."""

SAID: Final = {
    "answered": Text("Đã ghi nhận trả lời của Ông/Bà. Xin cảm ơn.", "Your answer is recorded. Thank you."),
    "proposed": Text(
        "Đã gửi đề nghị cử người đi thay. Khi được đồng ý, người đi thay sẽ nhận giấy mời riêng.",
        "Your deputy is proposed. With consent given, the deputy gets a letter of their own.",
    ),
    "feed": Text(
        "Đã đổi liên kết lịch. Liên kết cũ không dùng được nữa; xin thay liên kết trong chương trình lịch.",
        "Your calendar link is new. The old one stopped; please replace it in your calendar program.",
    ),
}
"""What is said after an order, by the word in the address."""


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that was given: for what (empty: the whole), what, why, when and how."""

    occurrence: str
    answer: str
    comment: str
    at: str
    via: str


@dataclass(frozen=True, slots=True)
class DeputyWords:
    """The last proposal of a deputy."""

    name: str
    agency: str
    state: str
    at: str
    waiting: bool
    comment: str


def given_answers(view: PersonalView, language: Language) -> tuple[Given, ...]:
    """What this person answered, the whole first, then by occurrence, which has the hour that it has now; nothing for
    occurrences without an answer."""
    timezone = view.stored.meeting.timezone
    answered = [answer for answer in view.answers if answer.answered_at is not None]
    return tuple(
        Given(
            named_by_its_hour(answer.recurrence_id, view.occurrences, timezone, language),
            say(PARTSTATS[answer.partstat], language),
            answer.comment,
            moment(answer.answered_at, timezone, language),
            _how(answer, view.attendee.guest.address, language),
        )
        for answer in sorted(answered, key=lambda answer: answer.recurrence_id)
    )


def _how(answer: Answer, own: str, language: Language) -> str:
    """By which way, and from which address when it is not the one that was invited: whoever sees a strange one asks."""
    how = say(_VIA.get(answer.via, Text("", "")), language)
    if answer.sender in ("", own):
        return how
    return f"{how}, {say(Text('từ địa chỉ {sender}', 'from {sender}').format(sender=answer.sender), language)}"


def sittings_to_come(view: PersonalView, now: int, language: Language) -> tuple[Sitting, ...]:
    """The occurrences that are not over, soonest first; of a meeting that is no series none need be chosen."""
    if not view.stored.meeting.rrule:
        return ()
    answers = {answer.recurrence_id: answer.partstat for answer in view.answers}
    coming = sorted((one for one in view.occurrences if one.end_at > now), key=lambda one: one.start_at)
    return tuple(
        sitting_words(
            one,
            view.stored.meeting,
            language,
            _short(answers.get(one.recurrence_id, ""), language),
            view.attendee.guest,
        )
        for one in coming[:SITTINGS_SHOWN]
    )


def deputy_words(proposal: DeputyProposal | None, timezone: str, language: Language) -> DeputyWords | None:
    """How far the proposal of a deputy is, None when there is none."""
    if proposal is None:
        return None
    return DeputyWords(
        proposal.deputy.name or proposal.deputy.address,
        proposal.deputy.agency_name,
        say(_DEPUTY_STATES[proposal.state], language),
        moment(proposal.at, timezone, language),
        proposal.state == "open",
        proposal.comment,
    )


def ends_at(view: PersonalView) -> int:
    """When the last occurrence ends, in microseconds."""
    return max((one.end_at for one in view.occurrences), default=0)


def may_answer(view: PersonalView, now: int) -> bool:
    """Whether an answer still counts: not of a meeting that is over, cancelled or secret."""
    meeting = view.stored.meeting
    return not meeting.secret and view.stored.status != "CANCELLED" and ends_at(view) > now


def may_send_deputy(view: PersonalView, now: int) -> bool:
    """Whether this person may still send a deputy: one hop only, a deputy sends nobody."""
    return may_answer(view, now) and view.attendee.delegated_from is None


def chosen(view: PersonalView, asked: str) -> str:
    """Which choice the form shows: the one that the link in the mail names, else what was answered last."""
    if asked in CHOICES:
        return asked
    whole = next((answer.partstat for answer in view.answers if answer.recurrence_id == WHOLE), "")
    return next((name for name, (partstat, _) in CHOICES.items() if partstat == whole), "")


def _short(partstat: str, language: Language) -> str:
    return say(PARTSTATS[partstat], language) if partstat in PARTSTATS and partstat != "NEEDS-ACTION" else ""
