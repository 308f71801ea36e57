"""The Subject of each mail: "[CƠ QUAN] Giấy mời 15/GM-UBND V/v họp giao ban".

The style is that of the offices' own mail (bracketed agency, document, "V/v" and the abstract), so that people find the
mail where they look for letters. What is about one occurrence of a series names its day. Of a secret meeting the
subject says neither number nor abstract nor day.
"""

from __future__ import annotations

import re
from typing import Final

from foundation.language import Text
from meetings.invitations.letters import Letter
from meetings.invitations.marks import clean_line
from meetings.invitations.wording import local
from meetings.meeting import Meeting
from meetings.terms import Purpose

_ABOUT: Final = re.compile(r"(?:v/v|về việc)\b[:.]?\s*", re.IGNORECASE)

_LEADS: Final[dict[Purpose, Text]] = {
    "request": Text("", ""),
    "delegation": Text("Cử người đi thay", "Deputy"),
    "cancel": Text("Hủy họp", "Cancelled"),
    "declinecounter": Text("Giữ nguyên thời gian", "Time unchanged"),
    "reminder": Text("Nhắc lịch họp", "Reminder"),
    "alarm": Text("Cảnh báo trước giờ họp", "Before the meeting"),
    "consent": Text("Xin ý kiến cử người đi thay", "Consent wanted for a deputy"),
    "waiting": Text("Chờ thư ký quyết định", "Waiting for your decision"),
    "refusal": Text("Không đồng ý cử người đi thay", "Deputy refused"),
}
_CHANGED: Final = Text("Thay đổi", "Changed")
_WITHDRAWN: Final = Text("Thu hồi", "Withdrawn")
"""The mailed letter of a meeting that became secret; whether it takes place is not said."""
_REMOVED: Final = Text("Thôi mời dự họp", "No longer invited")
_NEUTRAL: Final = {
    "new": Text("Mời nhận giấy mời trực tiếp", "Please fetch an invitation in person"),
    "replaced": Text("Mời nhận lại giấy mời trực tiếp (thay giấy mời cũ)", "Please fetch a new invitation in person"),
    "withdrawn": Text("Thu hồi giấy mời nhận trực tiếp", "The invitation to be fetched is withdrawn"),
}
_OCCURRENCE: Final = Text("buổi {day}", "meeting of {day}")
_NAMELESS: Final = Text("Giấy mời họp", "An invitation")
_WEEK: Final = Text("Lịch công tác tuần", "Weekly schedule")


def subject(letter: Letter) -> str:
    """The subject in the letter's language, on one line; not encoded."""
    agency = clean_line(letter.organisation or letter.organiser_name)
    return f"[{agency}] {_title(letter)}" if agency else _title(letter)


def what_of_neutral(letter: Letter) -> str:
    """new, replaced or withdrawn: what becomes of the letter that somebody is to fetch."""
    what = str(letter.details.get("what") or "")
    return what if what in _NEUTRAL else "new"


def document_name(meeting: Meeting) -> str:
    """`Giấy mời 15/GM-UBND`; without the number when there is none yet."""
    return clean_line(f"{meeting.kind} {meeting.number}")


def about(meeting: Meeting) -> str:
    """`Giấy mời 15/GM-UBND V/v họp giao ban`."""
    summary = _ABOUT.sub("", clean_line(meeting.summary), count=1)
    return clean_line(f"{document_name(meeting)} V/v {summary}" if summary else document_name(meeting))


def _title(letter: Letter) -> str:
    if letter.purpose == "neutral":
        return _NEUTRAL[what_of_neutral(letter)].of(letter.language)
    if letter.purpose == "week":
        return _week(letter)
    meeting = letter.occurrences[0].meeting if letter.lone and letter.occurrences else letter.meeting
    named = _NAMELESS.of(letter.language) if meeting.secret else about(meeting)
    lead = ", ".join(part.of(letter.language) for part in (_lead(letter), _which(letter)) if part.vi)
    return f"{lead[0].upper()}{lead[1:]}: {named}" if lead else named


def _lead(letter: Letter) -> Text:
    if letter.purpose == "cancel" and letter.meeting.secret:
        return _WITHDRAWN
    if letter.purpose == "cancel" and letter.details.get("removed"):
        return _REMOVED
    if letter.purpose == "request" and letter.previous is not None and not letter.details.get("again"):
        return _CHANGED
    return _LEADS[letter.purpose]


def _which(letter: Letter) -> Text:
    """The day of the occurrence that the letter is about, as its recipient knows it; empty for the whole."""
    if not letter.lone or not letter.occurrences or letter.meeting.secret:
        return Text("", "")
    known, shown = letter.previous, letter.occurrences[0].meeting
    start = known.start if known is not None and not known.rrule and not known.secret else shown.start
    day = local(start, letter.meeting.timezone)
    return _OCCURRENCE.format(day=Text(f"{day:%d/%m/%Y}", f"{day:%Y-%m-%d}"))


def _week(letter: Letter) -> str:
    title = clean_line(str(letter.details.get("title") or "")) or _WEEK.of(letter.language)
    edition = int(letter.details.get("edition") or 0)
    return f"{_CHANGED.of(letter.language)}: {title}" if edition else title
