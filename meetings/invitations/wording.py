"""Times, series and contacts in the words of the office, Vietnamese and English.

Dates follow Decree 30/2020/NĐ-CP, appendix I (days below 10 and the months 1 and 2 get a zero), hours the invitations
of offices ("14 giờ 00"). It reads no template: what an office may word otherwise stands in the templates.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from foundation.dates import WEEKDAYS, long_date, weekday_and_date
from foundation.language import Text
from meetings.invitations.marks import clean_line
from meetings.meeting import Contact, Meeting

_DAY_CODES: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_UNITS: Final = {
    "DAILY": (Text("hằng ngày", "every day"), Text("{n} ngày một lần", "every {n} days")),
    "WEEKLY": (Text("hằng tuần", "every week"), Text("{n} tuần một lần", "every {n} weeks")),
    "MONTHLY": (Text("hằng tháng", "every month"), Text("{n} tháng một lần", "every {n} months")),
    "YEARLY": (Text("hằng năm", "every year"), Text("{n} năm một lần", "every {n} years")),
}
_ORDINALS: Final = {
    "1": Text("đầu tiên", "first"),
    "2": Text("thứ hai", "second"),
    "3": Text("thứ ba", "third"),
    "4": Text("thứ tư", "fourth"),
    "-1": Text("cuối cùng", "last"),
}


_URGENCIES: Final = {
    "khẩn": Text("khẩn", "urgent"),
    "thượng khẩn": Text("thượng khẩn", "very urgent"),
    "hỏa tốc": Text("hỏa tốc", "express"),
}
_KINDS: Final = {
    "Giấy mời": "Invitation",
    "Thông báo": "Notice",
    "Công văn": "Official letter",
    "Công điện": "Official telegram",
    "Kế hoạch": "Plan",
    "Chương trình": "Programme",
    "Quyết định": "Decision",
    "Chỉ thị": "Directive",
    "Tờ trình": "Submission",
    "Báo cáo": "Report",
    "Hướng dẫn": "Guidance",
}
"""The kinds of document that invite to meetings (Decree 30/2020/NĐ-CP, article 7), in English."""


def local(instant: datetime, timezone: str) -> datetime:
    """The instant in this IANA zone."""
    return instant.astimezone(ZoneInfo(timezone))


def moment_text(instant: datetime, timezone: str) -> Text:
    """`14 giờ 00, thứ Ba, ngày ...`; the offset from UTC as in `period`."""
    shown = local(instant, timezone)
    hour, on, offset = _hour(shown), weekday_and_date(shown), _offset(shown)
    return Text(f"{hour.vi}, {on.vi}{offset.vi}", f"{hour.en}, {on.en}{offset.en}")


def period(start: datetime, end: datetime, timezone: str) -> Text:
    """`từ 14 giờ 00 đến 16 giờ 00, thứ Ba, ngày ...`; with both dates when the meeting ends on another day.

    English says the offset from UTC; Vietnamese does where it is not that of Việt Nam.
    """
    first, last = local(start, timezone), local(end, timezone)
    one, other, offset = _hour(first), _hour(last), _offset(first)
    if first.date() == last.date():
        on = weekday_and_date(first)
        return Text(f"từ {one.vi} đến {other.vi}, {on.vi}{offset.vi}", f"{one.en} to {other.en}, {on.en}{offset.en}")
    since, until = weekday_and_date(first), weekday_and_date(last)
    return Text(
        f"từ {one.vi}, {since.vi} đến {other.vi}, {until.vi}{offset.vi}",
        f"{one.en}, {since.en} to {other.en}, {until.en}{offset.en}",
    )


def until(start: datetime, end: datetime, timezone: str) -> Text:
    """`16 giờ 00`; with its date when that is another day than the beginning."""
    first, last = local(start, timezone), local(end, timezone)
    return _hour(last) if first.date() == last.date() else moment_text(end, timezone)


def series(rrule: str, timezone: str) -> Text:
    """How a meeting comes again, for the rules that we send (research: Outlook reads no more); empty for none."""
    if not rrule:
        return Text("", "")
    parts = dict(part.partition("=")[::2] for part in rrule.upper().split(";"))
    every, several = _UNITS.get(parts.get("FREQ", ""), (Text(rrule, rrule), Text(rrule, rrule)))
    interval = parts.get("INTERVAL", "1")
    pieces = [every if interval == "1" else several.format(n=interval), *_days(parts), *_ending(parts, timezone)]
    return Text(" ".join(piece.vi for piece in pieces), " ".join(piece.en for piece in pieces))


def contact_line(contact: Contact) -> str:
    """`Trần Thị B, 0255 3822 000, b@tinh.test`, as far as known."""
    return ", ".join(word for part in (contact.name, contact.telephone, contact.address) if (word := clean_line(part)))


def urgency_text(meeting: Meeting) -> Text:
    """The degree of urgency; empty for none."""
    return _URGENCIES.get(meeting.urgency, same(clean_line(meeting.urgency)))


def kind_text(meeting: Meeting) -> Text:
    """The kind of document; one that has no English word here keeps its own."""
    kind = clean_line(meeting.kind)
    return Text(kind, _KINDS.get(kind, kind))


def same(text: str) -> Text:
    """A value that has no language: a name, a link."""
    return Text(text, text)


def _days(parts: dict[str, str]) -> list[Text]:
    found: list[Text] = []
    if codes := [code for code in parts.get("BYDAY", "").split(",") if code]:
        days = [_by_day(code) for code in codes]
        found.append(Text("vào " + ", ".join(each.vi for each in days), "on " + ", ".join(each.en for each in days)))
    if number := parts.get("BYMONTHDAY"):
        last = Text("vào ngày cuối tháng", "on the last day")
        found.append(last if number == "-1" else Text(f"vào ngày {int(number):02}", f"on day {number}"))
    return found


def _by_day(code: str) -> Text:
    if code[-2:] not in _DAY_CODES:
        return same(code)
    weekday = WEEKDAYS[_DAY_CODES.index(code[-2:])]
    ordinal = _ORDINALS.get(code[:-2].lstrip("+"))
    return Text(f"{weekday.vi} {ordinal.vi}", f"the {ordinal.en} {weekday.en}") if ordinal else weekday


def _ending(parts: dict[str, str], timezone: str) -> list[Text]:
    if count := parts.get("COUNT"):
        return [Text(f"({count} lần)", f"({count} times)")]
    until = parts.get("UNTIL", "")
    try:
        last = datetime.strptime(until, "%Y%m%dT%H%M%SZ" if until.endswith("Z") else "%Y%m%d")  # noqa: DTZ007 zoned below
    except ValueError:
        return []
    shown = local(last.replace(tzinfo=ZoneInfo("UTC")), timezone) if until.endswith("Z") else last
    return [Text(f"đến hết {long_date(shown).vi}", f"until {long_date(shown).en}")]


def _hour(moment: datetime) -> Text:
    return Text(f"{moment.hour:02} giờ {moment.minute:02}", f"{moment:%H:%M}")


def _offset(moment: datetime) -> Text:
    sign = moment.strftime("%z")
    shown = f" (UTC{sign[:3]}:{sign[3:5]})"
    return Text("" if sign == "+0700" else shown, shown)
