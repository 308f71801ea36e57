"""What differs from the edition that a person was shown before: "thời gian cũ → mới".

It compares what the letter says to this person (their places, not all places) and words each difference in both
languages. Who is mailed at all is decided by the desk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from foundation.language import Text
from meetings.invitations.joining import PIN_LABEL, Way, names, places_for, ways
from meetings.invitations.marks import clean_line
from meetings.invitations.wording import contact_line, kind_text, moment_text, period, same, series, urgency_text
from meetings.meeting import Guest, Meeting, Place

OLD_TEXT_LIMIT: Final = 300
"""Characters of an old or new text that are repeated in the list of changes: ours, about four lines of a page."""

_NOTHING: Final = Text("(không có)", "(none)")
_ALTERED: Final = (
    Text("như trước", "as before"),
    Text("đã thay đổi, xem nội dung mới trong thư này", "changed; see what is new in this letter"),
)
"""For what looks the same where it is shown: beyond the limit."""

_ENTRANCE: Final = Text("Cách vào họp", "How to join")
_LINK: Final = Text("liên kết vào họp riêng", "the personal join link")
_OTHER_ROOM: Final = (
    Text("phòng trực tuyến trước đây", "the online room before"),
    Text("phòng trực tuyến khác; vẫn dùng liên kết vào họp riêng", "another online room, by the same personal link"),
)
_SEE_HERE: Final = Text("không có đường vào riêng, xem mục vào họp của thư này", "as this letter says")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: what, how it was, how it is."""

    label: Text
    old: Text
    new: Text


def changes(previous: Meeting | None, current: Meeting, guest: Guest | None) -> tuple[Change, ...]:
    """Every difference, time and place first; none when there is no previous edition, or either is secret."""
    if previous is None or previous.secret or current.secret:
        return ()
    before, after = _said(previous, guest), _said(current, guest)
    found = [
        Change(old.label, old.shown or _NOTHING, new.shown or (_SEE_HERE if new.label == _ENTRANCE else _NOTHING))
        for old, new in zip(before, after, strict=True)
        if old.compared != new.compared
    ]
    return tuple(_altered(each) if each.old == each.new else each for each in found)


def _altered(change: Change) -> Change:
    return Change(change.label, *(_OTHER_ROOM if change.label == _ENTRANCE else _ALTERED))


class _Fact(NamedTuple):
    """One thing that a letter says: what is compared (all of it), and what is shown of it."""

    label: Text
    compared: object
    shown: Text | None


def _said(meeting: Meeting, guest: Guest | None) -> tuple[_Fact, ...]:
    places, timezone = places_for(meeting, guest), meeting.timezone
    papers = "; ".join(paper.title or paper.url for paper in meeting.papers)
    chair = meeting.chair_name or meeting.chair
    answer_by = moment_text(meeting.answer_by, timezone) if meeting.answer_by else None
    return (
        _fact(Text("Thời gian", "Time"), period(meeting.start, meeting.end, timezone)),
        _fact(Text("Lặp lại", "Repeats"), series(meeting.rrule, timezone)),
        _text(Text("Địa điểm", "Place"), names(places)),
        _join(meeting, places),
        _text(Text("Chủ trì", "Chair"), chair),
        _text(Text("Trích yếu", "Subject"), meeting.summary),
        _text(Text("Số, ký hiệu", "Number"), meeting.number),
        _text(Text("Nội dung", "Content"), meeting.content),
        _text(Text("Yêu cầu", "Requirements"), meeting.requirements),
        _Fact(Text("Tài liệu", "Papers"), meeting.papers, _text(Text("", ""), papers).shown),
        _fact(Text("Hạn trả lời", "Answer by"), answer_by),
        _text(Text("Liên hệ", "Contact"), contact_line(meeting.contact)),
        _fact(Text("Độ khẩn", "Urgency"), urgency_text(meeting)),
        _text(Text("Lý do mời gấp", "Reason for the short notice"), meeting.urgent_reason),
        _fact(Text("Loại văn bản", "Kind of document"), kind_text(meeting)),
    )


def _join(meeting: Meeting, places: tuple[Place, ...]) -> _Fact:
    """SIP, H.323 and telephone are shown; an https address stands behind the personal link, and does not go out."""
    devices = [_device(way) for way in ways(meeting, places, None, "")]
    links = [place.url for place in places if place.url]
    told = [_LINK, *devices] if links else devices
    shown = Text(*(_shortened("; ".join(each)) for each in zip(*told, strict=True))) if told else None
    return _Fact(_ENTRANCE, (devices, links), shown)


def _device(way: Way) -> Text:
    """`Điện thoại 0255 3822 000, mã PIN 1234`."""
    pin = Text(", {label} {pin}", ", {label} {pin}").format(label=PIN_LABEL, pin=way.pin) if way.pin else Text("", "")
    return Text("{label} {shown}{pin}", "{label} {shown}{pin}").format(label=way.label, shown=way.shown, pin=pin)


def _text(label: Text, value: str) -> _Fact:
    whole = clean_line(value)
    shown = _shortened(whole)
    return _Fact(label, whole, same(shown) if shown else None)


def _shortened(text: str) -> str:
    return text if len(text) <= OLD_TEXT_LIMIT else f"{text[:OLD_TEXT_LIMIT].rstrip()}…"


def _fact(label: Text, text: Text | None) -> _Fact:
    return _Fact(label, text, text if text and text.vi else None)
