"""What every meeting must say, and what a secret one must not. Pure; each function reports into a `Reporter`.

The contents of an invitation are those of Decision 45/2018/QĐ-TTg, article 10: chair, participants, content, time,
place and requirements. A secret meeting gets no online room, no papers and no words about what it is for (law
117/2025/QH15, article 5): a hard stop that nothing in a form can lift.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from foundation.addresses import without_detail
from foundation.language import Text
from meetings.form.secrecy import secrecy_doubt, secrecy_mark
from meetings.form.texts import Reporter
from meetings.form.values import Rules, Values
from meetings.meeting import Guest, Meeting

INSTANCE_KEYS: Final = frozenset(
    {"summary", "content", "requirements", "start", "end", "duration", "places", "papers", "timezone"}
    | {"reason", "urgent_reason"}
)
"""What one occurrence of a series may have for itself; `urgent_reason` answers the rule of working days."""

_ONLY_IN_CHANGES: Final = {
    "add": Text("ghi vào required", "write it into required"),
    "add_optional": Text("ghi vào optional", "write it into optional"),
    "remove": Text("bỏ khóa này", "leave it out"),
}
"""People who come and go, and where they are written in a new form."""

_NEVER_SECRET: Final = Text(
    "họp có nội dung mật không dùng phòng họp trực tuyến, không gửi tài liệu qua mạng",
    "a secret meeting has no online room and sends no papers",
)
_SECRET_HINT: Final = Text(
    "bỏ mục này; giấy mời và tài liệu mật giao trực tiếp", "leave it out; letter and papers are handed over in person"
)


INVITE_HINT: Final = Text(
    "mời người khác bằng required hoặc optional; không họp nữa thì: meetings cancel",
    "invite others with required or optional; if it is not to take place: meetings cancel",
)


def check_contents(values: Values, meeting: Meeting, guests: Iterable[Guest], rules: Rules, report: Reporter) -> None:
    """The mandatory contents: errors."""
    guests = tuple(guests)
    if not meeting.summary and "summary" not in values.unread:
        report.error("summary", Text("thiếu trích yếu", "the summary is missing"))
    if not values.chair and (values.has("chair") or not meeting.chair) and "chair" not in values.unread:
        hint = Text("ghi địa chỉ thư của người chủ trì", "give the mail address of the chair")
        report.error("chair", Text("thiếu người chủ trì", "the chair is missing"), hint=hint)
    named = values.required or values.optional or values.add or values.add_optional
    if all(guest.role == "CHAIR" for guest in guests) and not named and not {"required", "optional"} & values.unread:
        report.error("required", Text("thiếu thành phần mời", "nobody is invited"), hint=INVITE_HINT)
    _check_place(values, meeting, rules, report)


def say_what_is_left_out(values: Values, meeting: Meeting, report: Reporter) -> None:
    """For a new meeting, what it has no use for, and unless it is secret what the decision wants said too: warnings."""
    if values.reason:
        message = Text("chỉ dùng khi đổi cuộc họp: không ghi vào giấy mời", "is for changes: not in the invitation")
        report.warning("reason", message)
    if meeting.secret:
        return
    if not meeting.content and "content" not in values.unread:
        message = Text("không có nội dung: trích yếu đứng thay", "there is no content: the summary stands for it")
        report.warning("content", message)
    if not meeting.requirements and "requirements" not in values.unread:
        message = Text("không ghi yêu cầu đối với người dự", "nothing is asked of the participants")
        report.warning("requirements", message)
    if not meeting.places and not {"places"} & (values.unread | report.failed):
        message = Text("không ghi địa điểm: chỉ họp trực tuyến", "no place is named: the meeting is online only")
        report.warning("places", message)
    contact = meeting.contact
    if not (contact.name or contact.telephone or contact.address) and "contact" not in values.unread:
        report.warning("contact", Text("không ghi người liên hệ", "nobody is named whom to ask"))


def check_own_addresses(guests: Iterable[Guest], rules: Rules, report: Reporter) -> None:
    """Our own addresses invite and take answers: mail to them would come back to us for ever."""
    own = {address.lower() for address in (rules.organiser, rules.bounce_address) if address}
    for guest in guests:
        if any(without_detail(address.lower()) in own for address in (guest.address, *guest.aliases)):
            message = Text("địa chỉ gửi giấy mời không thể là người dự", "the inviting address cannot be invited")
            report.error("chair" if guest.role == "CHAIR" else "required", message, guest.address)


def check_instance_keys(values: Values, report: Reporter) -> None:
    """Only some keys may differ for one occurrence."""
    for key in sorted(values.given - INSTANCE_KEYS):
        message = Text("không đổi riêng cho một buổi được", "cannot differ for one occurrence")
        report.error(
            key, message, hint=Text("đổi cho cả chuỗi: bỏ --instance", "change the whole series: no --instance")
        )


def is_secret(values: Values, before: Meeting | None, report: Reporter) -> bool:
    """Whether this meeting is secret: the form says so, a mark says so, or it was. Nothing makes it ordinary again."""
    marks = {column: mark for column, text in _texts(values) if (mark := secrecy_mark(text))}
    if before is not None and before.secret:
        if values.has("secret") and not values.secret:
            message = Text("cuộc họp mật không đổi thành họp thường được", "a secret meeting cannot become ordinary")
            report.error("secret", message, hint=Text("hủy và tạo cuộc họp mới", "cancel it and create a new one"))
        return True
    if values.has("secret") and values.secret:
        return True
    for column, mark in marks.items():
        message = Text("có dấu chỉ độ mật “{mark}”", "has the mark of secrecy “{mark}”").format(mark=mark)
        if values.has("secret"):
            hint = Text("bỏ dấu này, hoặc ghi secret = true", "remove the mark, or write secret = true")
            report.error(column, message, hint=hint)
        else:
            now_secret = Text("{message}: coi là họp mật", "{message}: taken for a secret meeting")
            report.warning(column, now_secret.format(message=message), hint=Text("xem lại mục này", "look at it again"))
    if not marks and not values.has("secret"):
        _ask_to_look(values, report)
    return bool(marks)


def _ask_to_look(values: Values, report: Reporter) -> None:
    """What may be a mark and may be none: a warning; `secret = false` in the form says that somebody has looked."""
    for column, text in _texts(values):
        if doubt := secrecy_doubt(text):
            message = Text("có “{doubt}”: xem lại họp này có mật không", "has “{doubt}”: look whether this is secret")
            hint = Text(
                "nếu mật: secret = true (--secret); nếu không: secret = false",
                "if so: secret = true (--secret); if not: secret = false",
            )
            report.warning(column, message.format(doubt=doubt), hint=hint)


def check_no_change(values: Values, report: Reporter) -> None:
    """Who comes and goes has no place in the form of a new meeting."""
    for key, hint in _ONLY_IN_CHANGES.items():
        if getattr(values, key):
            report.error(key, Text("chỉ dùng khi thay đổi cuộc họp", "is only for changing a meeting"), hint=hint)


def check_secret(values: Values, before: Meeting | None, report: Reporter) -> None:
    """The gate: rooms and papers given for a secret meeting stop it; words given are not kept. When, where and who are:
    without them nobody could be told, and no clash found."""
    if before is None or not before.secret:
        message = Text(
            "họp mật: thời gian, địa điểm và thành phần vẫn được lưu",
            "a secret meeting: its time, places and people are kept",
        )
        report.warning("secret", message, hint=Text("không ghi điều mật ở đó", "write nothing secret there"))
    if values.papers:
        report.error("papers", _NEVER_SECRET, hint=_SECRET_HINT)
    for index, place in enumerate(values.places, 1):
        for key in ("url", "sip", "h323", "telephone", "pin"):
            if getattr(place, key):
                report.error(f"places[{index}].{key}", _NEVER_SECRET, hint=_SECRET_HINT)
    for key in ("summary", "content", "requirements", "urgent_reason"):
        if getattr(values, key):
            message = Text("không lưu, không gửi: họp mật", "is neither kept nor sent: the meeting is secret")
            report.warning(key, message)


def check_secret_contact(meeting: Meeting, report: Reporter) -> None:
    """A neutral letter says whom to ask for the real one."""
    contact = meeting.contact
    if not (contact.name or contact.telephone or contact.address or meeting.secretary):
        message = Text(
            "họp mật phải có người liên hệ để nhận giấy mời", "a secret meeting needs somebody to ask for letters"
        )
        report.error("contact", message)


def _check_place(values: Values, meeting: Meeting, rules: Rules, report: Reporter) -> None:
    if meeting.places or "places" in values.unread or (rules.has_room and not meeting.secret):
        return
    message = Text("thiếu địa điểm hoặc phòng họp trực tuyến", "a place or an online room is missing")
    report.error("places", message, hint=Text('ví dụ: places = ["Hội trường A"]', 'such as: places = ["Hall A"]'))


def _texts(values: Values) -> Iterable[tuple[str, str]]:
    """Every text of a form that may carry a mark, by key."""
    for key in ("number", "kind", "summary", "content", "requirements", "reason", "urgent_reason"):
        yield key, getattr(values, key)
    for paper in values.papers:
        yield "papers", f"{paper.title}\n{paper.url.rpartition('/')[2]}"
    for place in values.places:
        yield "places", place.name
