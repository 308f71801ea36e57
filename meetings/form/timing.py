"""When: beginning, end, series and the day by which to answer, from the form and what was before; all rules of time.

At least `Rules.working_days` whole working days lie between today and the day of the meeting (Decision 45/2018/QĐ-TTg,
article 10), unless the form gives a reason for the urgency. A meeting that keeps its time is not asked again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from foundation.dates import weekday
from foundation.errors import Problem
from foundation.language import Text
from meetings.form.texts import Reporter
from meetings.form.values import Instance, Rules, Values
from meetings.itip import series
from meetings.meeting import Meeting

DEFAULT_DURATION: Final = timedelta(hours=2)
LONGEST: Final = timedelta(days=31)
"""A session of a council lasts days; a month is a mistake in the date."""
FURTHEST: Final = timedelta(days=5 * 366)
"""A term of office, as for series."""
_UNKNOWN: Final = timedelta(minutes=1)
"""How long a meeting lasts whose end is wrong: whatever it clashes with then, it clashes with."""
_UNUSUAL_BEFORE_HOUR, _UNUSUAL_FROM_HOUR = 6, 22


@dataclass(frozen=True, slots=True)
class When:
    """The time of a meeting; `moved` when it is new or other than before."""

    start: datetime
    end: datetime
    timezone: str
    rrule: str
    moved: bool


def when(values: Values, before: Meeting | None, rules: Rules, report: Reporter) -> When | None:
    """Beginning, end and series; what does not fit together is reported. None without a beginning. So that the rest of
    the form is looked at too, an end that is wrong stands a minute after the beginning, and a wrong rule is none."""
    timezone = values.timezone or (before.timezone if before else rules.timezone)
    start = _start(values, before, report)
    rrule = values.rrule if values.has("rrule") else before.rrule if before else ""
    if start is None:
        _report(series.check_wording(values.rrule), report)
        return None
    zone = ZoneInfo(timezone)
    start = start.astimezone(zone)
    end = _end(values, before, start, report).astimezone(zone)
    same = before is not None and (before.start, before.end, before.timezone) == (start, end, timezone)
    held = before.rrule if before is not None and same else None
    if rrule and rrule != held:
        problems = series.check_rrule(rrule, start, end)
        _report(problems, report)
        rrule = "" if any(problem.stops for problem in problems) else series.normal_rrule(rrule, start)
    return When(start, end, timezone, rrule, moved=rrule != held)


def check_when(
    time: When, values: Values, before: Meeting | None, now: datetime, rules: Rules, report: Reporter
) -> None:
    """The past, the far future, enough working days, and hours that look like a mistake."""
    if not time.moved:
        if before is not None and _last_end(time) <= now:
            report.error("", Text("cuộc họp đã kết thúc, không đổi được nữa", "the meeting is over and cannot change"))
        return
    if before is not None and before.start == time.start and _last_end(time) > now:
        return  # only its end or its rule is other: everybody knows the day
    if time.start <= now:
        message = Text("thời gian họp đã qua ({time})", "the time of the meeting has passed ({time})")
        hint = Text("xem lại ngày và giờ", "check date and time")
        if before is not None and before.rrule:
            hint = Text("đổi từng buổi sắp tới: --instance", "change each occurrence to come: --instance")
        report.error("start", message.format(time=told(time.start)), hint=hint)
        return
    if time.start - now > FURTHEST:
        message = Text("còn hơn 5 năm nữa mới đến: {time}", "more than five years away: {time}")
        report.error("start", message.format(time=told(time.start)), hint=Text("xem lại năm", "check the year"))
        return
    _check_notice(time, values, before, now, rules, report)
    _say_unusual(time, rules, report)


def answer_by(
    values: Values, before: Meeting | None, time: When | None, now: datetime, report: Reporter
) -> datetime | None:
    """When answers are wanted: after now, before the beginning."""
    if not values.has("answer_by"):
        held = before.answer_by if before else None
        if held is not None and time is not None and held >= time.start:
            message = Text(
                "hạn trả lời cũ ở sau giờ họp mới, bỏ hạn này", "the old day to answer is after the new time"
            )
            report.warning("answer_by", message, str(told(held)))
            return None
        if held is not None and time is not None and time.moved and held <= now:
            message = Text("hạn trả lời cũ đã qua, bỏ hạn này", "the old day to answer has passed, and is dropped")
            hint = Text("đặt hạn mới bằng answer_by", "give a new one with answer_by")
            report.warning("answer_by", message, str(told(held)), hint)
            return None
        return held
    if values.answer_by is not None and values.answer_by <= now:
        message = Text("hạn trả lời đã qua ({time})", "the day to answer has passed ({time})")
        report.error("answer_by", message.format(time=told(values.answer_by)))
    elif values.answer_by is not None and time is not None and values.answer_by >= time.start:
        message = Text("hạn trả lời phải trước giờ họp", "answers are wanted before the meeting begins")
        report.error("answer_by", message, str(told(values.answer_by)))
    return values.answer_by


def check_instance(instance: Instance, time: When, report: Reporter) -> None:
    """A moved occurrence does not run into another one of its own series."""
    moved = {override.recurrence_id: override.meeting for override in instance.overrides}
    master = instance.series
    for start, end in series.occurrences(master.rrule, master.start, master.end):
        other = moved.get(start)
        if start == instance.recurrence_id or (other is not None and other.status == "CANCELLED"):
            continue
        begins, ends = (other.start, other.end) if other else (start, end)
        if begins < time.end and time.start < ends:
            message = Text(
                "trùng với buổi khác của chính chuỗi họp này: {time}", "overlaps another one of its own: {time}"
            )
            report.error("start", message.format(time=told(begins)))
            return


def told(moment: datetime) -> Text:
    """A moment as people read it: "08:00 thứ Ba 01/12/2026"."""
    day = Text("{time} {weekday} {date}", "{time} {weekday} {date}")
    return day.format(time=f"{moment:%H:%M}", weekday=weekday(moment.date()), date=f"{moment:%d/%m/%Y}")


def _start(values: Values, before: Meeting | None, report: Reporter) -> datetime | None:
    start = values.start if values.has("start") else before.start if before and "start" not in values.given else None
    if start is None and "start" not in values.unread:
        report.error("start", Text("thiếu thời gian họp", "the time of the meeting is missing"))
    return start


def _end(values: Values, before: Meeting | None, start: datetime, report: Reporter) -> datetime:
    """The end of the form, or what stands for a wrong one."""
    if "end" in values.unread or "duration" in values.unread:
        return start + _UNKNOWN
    end = _end_of_form(values, before, start, report)
    if end <= start:
        message = Text(
            "giờ kết thúc ({end}) không sau giờ bắt đầu ({start})",
            "the end ({end}) is not after the beginning ({start})",
        )
        report.error("end", message.format(start=told(start), end=told(end.astimezone(start.tzinfo))))
        return start + _UNKNOWN
    if end - start > LONGEST:
        message = Text("họp dài hơn {days} ngày", "the meeting lasts more than {days} days").format(days=LONGEST.days)
        shown = str(told(end.astimezone(start.tzinfo)))
        report.error("end", message, shown, Text("xem lại ngày kết thúc", "check the day of its end"))
        return start + _UNKNOWN
    return end


def _end_of_form(values: Values, before: Meeting | None, start: datetime, report: Reporter) -> datetime:
    if values.has("end") and values.end is not None:
        if values.has("duration") and values.duration is not None and start + values.duration != values.end:
            message = Text("thời lượng không khớp giờ kết thúc", "the duration does not agree with the end")
            report.error("duration", message, hint=Text("chỉ ghi một trong hai", "give only one of them"))
        return values.end
    if values.has("duration") and values.duration is not None:
        return start + values.duration
    if before is not None:
        return start + (before.end - before.start)
    message = Text("không ghi giờ kết thúc: lấy 2 giờ", "no end is given: two hours are assumed")
    report.warning("end", message, hint=Text("ghi end hoặc duration", "give end or duration"))
    return start + DEFAULT_DURATION


def _report(problems: Iterable[Problem], report: Reporter) -> None:
    for problem in problems:
        add = report.error if problem.stops else report.warning
        add("rrule", problem.message, problem.value, problem.hint)


def _last_end(time: When) -> datetime:
    return series.occurrences(time.rrule, time.start, time.end)[-1][1] if time.rrule else time.end


def _check_notice(
    time: When, values: Values, before: Meeting | None, now: datetime, rules: Rules, report: Reporter
) -> None:
    today = now.astimezone(ZoneInfo(time.timezone)).date()
    day = time.start.date()
    between = max(0, rules.calendar.between(today, day - timedelta(days=1)))
    reason = values.urgent_reason if "urgent_reason" in values.given else before.urgent_reason if before else ""
    if between >= rules.working_days or reason or "urgent_reason" in values.unread:
        return
    earliest = rules.calendar.add(today, rules.working_days) + timedelta(days=1)
    report.error(
        "start",
        Text(
            "chỉ còn {count} ngày làm việc trước ngày họp, phải có ít nhất {least}{not_counted}",
            "only {count} working days before the day of the meeting, at least {least} are needed{not_counted}",
        ).format(count=between, least=rules.working_days, not_counted=_not_counted(today, day, rules)),
        str(told(time.start)),
        Text(
            "họp từ ngày {day} trở đi, hoặc nêu lý do gấp trong urgent_reason (Quyết định 45/2018/QĐ-TTg)",
            "meet on {day} or later, or give the reason for the urgency in urgent_reason (Decision 45/2018/QĐ-TTg)",
        ).format(day=f"{rules.calendar.on_or_after(earliest):%d/%m/%Y}"),
    )


def _not_counted(today: date, day: date, rules: Rules) -> Text:
    """Which days until then do not count: today and the day itself, and those on which nobody works."""
    between = (today + timedelta(days=number) for number in range(1, (day - today).days))
    off = ", ".join(f"{each:%d/%m}" for each in between if not rules.calendar.is_working_day(each))
    ends = " và ".join(dict.fromkeys(f"{each:%d/%m}" for each in (today, day)))
    vi = f" (không tính ngày hôm nay và ngày họp: {ends}" + (f"; ngày nghỉ: {off})" if off else ")")
    en = f" (today and the day itself do not count: {ends}" + (f"; days off: {off})" if off else ")")
    return Text(vi, en.replace(" và ", " and "))


def _say_unusual(time: When, rules: Rules, report: Reporter) -> None:
    if not rules.calendar.is_working_day(time.start.date()):
        message = Text("{day} không phải ngày làm việc", "{day} is no working day")
        report.warning("start", message.format(day=f"{time.start:%d/%m/%Y}"), str(told(time.start)))
    if not _UNUSUAL_BEFORE_HOUR <= time.start.hour < _UNUSUAL_FROM_HOUR:
        message = Text("giờ họp khác thường: {time}", "an unusual hour: {time}").format(time=f"{time.start:%H:%M}")
        report.warning("start", message, str(told(time.start)), Text("2 giờ chiều viết 14h00", "2 p.m. is 14h00"))
