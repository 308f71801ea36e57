"""Reads the secretary's form: a TOML table (or its JSON), or flags with the same keys, into typed values.

Everything is read and every problem is told, each with its key; a key that cannot be read stands in `Values.unread`.
What a meeting needs, who the names are and whether all this fits together is not asked here: see `drafting`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final, get_args
from zoneinfo import ZoneInfo

from foundation.errors import Problem
from foundation.language import Text
from foundation.vietnamese import equality_key
from meetings.form import compound
from meetings.form.compound import unknown_key
from meetings.form.texts import Reporter, line, paragraphs, visible
from meetings.form.times import Moment, in_timezone, parse_duration, parse_time
from meetings.form.values import FormReading, Values
from meetings.meeting import Meeting, Urgency
from meetings.names import display_name

ANSWER_BY_HOUR: Final = time(17)
"""A day alone means the end of its office hours."""

_ANY_DAY: Final = date(2000, 1, 1)

KEYS: Final = (
    "number",
    "kind",
    "replaces_letter",
    "summary",
    "content",
    "requirements",
    "chair",
    "timezone",
    "start",
    "end",
    "duration",
    "rrule",
    "places",
    "required",
    "optional",
    "add",
    "add_optional",
    "remove",
    "reason",
    "papers",
    "urgency",
    "urgent_reason",
    "contact",
    "secretary",
    "answer_by",
    "full_list",
    "secret",
)
"""Every key of the form; `add`, `add_optional`, `remove` and `reason` are for changes."""

_URGENCIES: Final[dict[str, Urgency]] = {equality_key(word): word for word in get_args(Urgency)}


def read_form(
    fields: Mapping[str, Any], source: str = "", *, timezone: str = "Asia/Ho_Chi_Minh", before: Meeting | None = None
) -> FormReading:
    """The values of a form and all its problems, which carry `source` as their file and the key as their column.

    Without a key `timezone` times are of `before`, or of `timezone`. `before` is what is changed: "17h00" alone is
    then a time of its day.
    """
    reader = _Reader(Reporter(source), before.timezone if before else timezone, before)
    for key in fields:
        if key not in KEYS:
            reader.report.error(str(key), *unknown_key(str(key), KEYS))
    for key in KEYS:
        if key in fields:
            reader.read(key, fields[key])
    values = Values(
        given=frozenset(reader.given),
        unread=frozenset(reader.report.failed & set(KEYS)),
        source=source,
        **reader.found,
    )
    return FormReading(values, tuple(reader.report.problems))


@dataclass
class _Reader:
    """Reads one key after the other, `timezone` before times and `start` before `end`."""

    report: Reporter
    timezone: str
    before: Meeting | None
    given: set[str] = field(default_factory=set)
    found: dict[str, Any] = field(default_factory=dict)

    def read(self, key: str, value: Any) -> None:
        """One key: its value goes to `found`, its problems to the report."""
        self.given.add(key)
        readers: dict[str, Callable[[Any], None]] = {
            "timezone": self._timezone,
            "start": self._start,
            "end": self._end,
            "duration": self._duration,
            "answer_by": self._answer_by,
            "chair": self._chair,
            "urgency": self._urgency,
        }
        if key in readers:
            readers[key](value)
        elif key in ("content", "requirements"):
            self.found[key] = paragraphs(value, key, key, self.report)
        elif key in ("full_list", "secret", "replaces_letter"):
            self._truth(key, value)
        elif key in ("required", "optional", "add", "add_optional", "remove"):
            self.found[key] = compound.names(value, key, self.report)
        elif key == "places":
            self.found[key] = compound.places(value, self.report)
        elif key == "papers":
            self.found[key] = compound.papers(value, self.report)
        elif key == "contact":
            self.found[key] = compound.contact(value, self.report)
        elif key == "secretary":
            written = line(value, key, "address", self.report)
            self.found[key] = compound.address(value, key, self.report) if "@" in written else written
        else:
            self.found[key] = line(value, key, key, self.report)

    def _truth(self, key: str, value: Any) -> None:
        if isinstance(value, bool):
            self.found[key] = value
        else:
            self.report.error(key, Text("phải là true hoặc false", "must be true or false"), value)

    def _chair(self, value: Any) -> None:
        name, who = display_name(line(value, "chair", "chair", self.report))
        self.found.update(chair=f"{name} <{who}>" if name else who, chair_name=name)

    def _urgency(self, value: Any) -> None:
        text = line(value, "urgency", "urgency", self.report)
        if equality_key(text) in _URGENCIES:
            self.found["urgency"] = _URGENCIES[equality_key(text)]
            return
        words = ", ".join(word for word in get_args(Urgency) if word)
        message = Text("chỉ có các độ khẩn: {words}", "the degrees of urgency are: {words}").format(words=words)
        self.report.error("urgency", message, text)

    def _timezone(self, value: Any) -> None:
        name = line(value, "timezone", "timezone", self.report)
        try:
            ZoneInfo(name)
        except (ValueError, OSError, LookupError):
            hint = Text("ví dụ: Asia/Ho_Chi_Minh", "for example: Asia/Ho_Chi_Minh")
            self.report.error("timezone", Text("không có múi giờ này", "no such timezone"), name, hint)
            return
        self.found["timezone"] = self.timezone = name

    def _start(self, value: Any) -> None:
        moment = self._moment("start", value, self.before.start.date() if self.before else None)
        if moment is not None:
            self.found["start"] = moment.start
            if moment.end is not None:
                self.given.add("end")
                self.found["end"] = moment.end

    def _end(self, value: Any) -> None:
        start: datetime | None = self.found.get("start") or (self.before.start if self.before else None)
        if start is None or "start" in self.report.failed:
            self._end_without_start(value)
            return
        moment = self._moment("end", value, start.date())
        if moment is None:
            return
        if moment.end is not None:
            self.report.error("end", Text("chỉ ghi lúc kết thúc", "only the end belongs here"), value)
            return
        known = self.found.get("end")
        if known is not None and known != moment.start:
            message = Text(
                "khác với giờ kết thúc trong start ({end})", "differs from the end that start names ({end})"
            ).format(end=f"{known:%H:%M %d/%m/%Y}")
            self.report.error("end", message, value)
            return
        self.found["end"] = moment.start

    def _end_without_start(self, value: Any) -> None:
        """An hour alone has no day here, and that start is missing or wrong is told already: only its own faults."""
        moment = self._moment("end", value, _ANY_DAY)
        if moment is not None and moment.start.date() != _ANY_DAY:
            self.found["end"] = moment.start
        elif moment is not None:
            self.report.failed.add("end")

    def _duration(self, value: Any) -> None:
        text = line(value, "duration", "duration", self.report) if isinstance(value, str) else str(value)
        if "duration" in self.report.failed:
            return
        read = parse_duration(text)
        if isinstance(read, timedelta):
            self.found["duration"] = read
        else:
            self._refuse("duration", read, text)

    def _answer_by(self, value: Any) -> None:
        if value == "":
            self.found["answer_by"] = None
            return
        moment = self._moment("answer_by", value, None, ANSWER_BY_HOUR)
        if moment is not None:
            self.found["answer_by"] = moment.start

    def _moment(self, key: str, value: Any, on: date | None, alone: time | None = None) -> Moment | None:
        if isinstance(value, datetime):
            placed = in_timezone(value.replace(microsecond=0), self.timezone)
            if placed is not None:
                return Moment(placed)
            value = value.isoformat()
        if isinstance(value, date | time):
            value = value.isoformat()
        text = line(value, key, "time", self.report)
        if key in self.report.failed:
            return None
        if self._is_time_alone(text):
            text = text[:5]  # the local time of TOML, without its seconds
        read = parse_time(text, self.timezone, on, alone)
        if isinstance(read, Moment):
            return read
        self._refuse(key, read, text)
        return None

    @staticmethod
    def _is_time_alone(value: Any) -> bool:
        return isinstance(value, time) or (
            isinstance(value, str) and bool(re.fullmatch(r"\d\d:\d\d:\d\d(?:\.\d+)?", value.strip()))
        )

    def _refuse(self, key: str, problem: Problem, value: str) -> None:
        self.report.error(key, problem.message, visible(value), problem.hint)
