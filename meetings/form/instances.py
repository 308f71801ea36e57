"""One occurrence of a series: which one a text means, and what it is now. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time

from foundation.errors import Problem
from foundation.language import Text
from meetings.form.times import parse_time
from meetings.form.timing import told
from meetings.form.values import Instance
from meetings.itip import series
from meetings.meeting import Meeting, Occurrence

_CANDIDATES_TOLD = 5


def as_is(instance: Instance) -> Meeting:
    """The occurrence as it is now: changed already, or the series at that time. It has no RRULE."""
    for override in instance.overrides:
        if override.recurrence_id == instance.recurrence_id:
            return override.meeting
    master = instance.series
    start = instance.recurrence_id.astimezone(master.start.tzinfo)
    return replace(master, start=start, end=start + (master.end - master.start), rrule="")


def find_instance(
    text: str, master: Meeting, overrides: Sequence[Occurrence] = (), *, cancelled: bool = False
) -> Instance | Problem:
    """The occurrence that a text means, by when it was to begin or by when it begins now; a day alone means the
    occurrence of that day. A Problem (column "instance") when there is none, or when it is cancelled and not
    `cancelled` (to look at it)."""
    if not master.rrule:
        return _problem(Text("cuộc họp này không định kỳ", "this meeting is no series"), text)
    moment = parse_time(text, master.timezone, alone=time())
    if isinstance(moment, Problem):
        return replace(moment, column="instance")
    whole_day = not re.search(r"\d\s*(?:h|g|giờ|:\d)", text.lower())
    starts = [start for start, _ in series.occurrences(master.rrule, master.start, master.end)]
    now = {override.recurrence_id: override.meeting for override in overrides}
    found = [start for start in starts if _same(start, moment.start, whole_day)]
    found = found or [start for start in starts if start in now and _same(now[start].start, moment.start, whole_day)]
    if not found:
        return _no_such(starts, moment.start, text)
    if not cancelled and found[0] in now and now[found[0]].status == "CANCELLED":
        return _problem(Text("buổi này đã hủy", "this occurrence is cancelled"), text)
    return Instance(found[0], master, tuple(overrides))


def _same(start: datetime, wanted: datetime, whole_day: bool) -> bool:
    return start.date() == wanted.date() if whole_day else start == wanted


def _no_such(starts: Sequence[datetime], wanted: datetime, text: str) -> Problem:
    nearest = sorted(sorted(starts, key=lambda start: abs(start - wanted))[:_CANDIDATES_TOLD])
    candidates = Text(", ".join(told(start).vi for start in nearest), ", ".join(told(start).en for start in nearest))
    hint = Text("các buổi gần đó: {times}", "those near it: {times}").format(times=candidates)
    return _problem(Text("chuỗi họp không có buổi này", "the series has no such occurrence"), text, hint)


def _problem(message: Text, text: str, hint: Text | None = None) -> Problem:
    return Problem("error", message, column="instance", value=text, hint=hint)
