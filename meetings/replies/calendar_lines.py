"""Finds the calendar objects in a part: their METHOD, the lines of each VEVENT that matter for an answer, timezones.

Only lines that are asked for are kept, before anything is parsed: alarms, recurrence rules and whatever else a calendar
may hold to burn our time are never looked at. Folds are undone in bytes, because some clients fold inside a letter.
Values stay as they are written; `calendar_values` reads them. Nothing raises but TooLarge.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from meetings.replies.header_fields import decoded
from meetings.replies.mime import TooLarge
from meetings.replies.values import Limits

LINE_LIMIT: Final = 4096
"""Characters of one unfolded line that are kept: an ATTENDEE of ours has some 200; what is longer is a COMMENT into
which a client put a whole mail."""
_WORD_LIMIT: Final = 40
_DEPTH: Final = 16
_ZONES: Final = 32
_ZONE_LINES: Final = 200
_EVENT_LINES: Final = 2000
_UTF16: Final = re.compile(r"utf-?16", re.IGNORECASE)

_FOLD: Final = re.compile(rb"(?<!\n)\n+[ \t]")
_LINE: Final = re.compile(
    r"[ \t]*(BEGIN|END|METHOD|UID|SEQUENCE|DTSTAMP|RECURRENCE-ID|ATTENDEE|COMMENT|X-MICROSOFT-CDO-APPT-SEQUENCE"
    r"|DTSTART|DTEND|DURATION|TZID|TZOFFSETTO|TZOFFSETFROM|RRULE|RDATE)[ \t]*[;:]",
    re.IGNORECASE,
)
_STRUCTURE: Final = frozenset({"BEGIN", "END", "METHOD"})
_OF_ZONES: Final = frozenset({"TZID", "TZOFFSETTO", "TZOFFSETFROM", "DTSTART", "RRULE", "RDATE"})
_NOT_OF_EVENTS: Final = frozenset({"TZID", "TZOFFSETTO", "TZOFFSETFROM", "RRULE", "RDATE", "METHOD"})


@dataclass(slots=True)
class Block:
    """The lines of one component that matter: upper case name and the whole line. `parts` are blocks inside (of a
    VTIMEZONE: STANDARD and DAYLIGHT)."""

    kind: str
    lines: list[tuple[str, str]] = field(default_factory=list)
    parts: list[Block] = field(default_factory=list)

    def first(self, name: str) -> str:
        """The first line of that name, or empty."""
        return next((line for each, line in self.lines if each == name), "")

    def all(self, name: str) -> list[str]:
        """All lines of that name."""
        return [line for each, line in self.lines if each == name]


@dataclass(slots=True)
class Found:
    """One VCALENDAR: `method` in upper case or empty, its VEVENTs and its VTIMEZONEs; `others` says that it holds
    components of another kind (VTODO, VFREEBUSY). `uid` is the first UID line of a VEVENT, also of one that is not
    closed: by it a mail that is cut off is known to be about a meeting."""

    method: str = ""
    events: list[Block] = field(default_factory=list)
    zones: list[Block] = field(default_factory=list)
    others: bool = False
    uid: str = ""


def calendars(data: bytes, charset: str, limits: Limits) -> list[Found]:
    """The calendar objects in the decoded body of a part. What is not closed does not count, except a VCALENDAR.

    Raises TooLarge.
    """
    reader = _Reader(limits)
    for line in _lines(data, charset, limits):
        match = _LINE.match(line)
        if match:
            reader.take(match[1].upper(), line)
    return reader.found


def _lines(data: bytes, charset: str, limits: Limits) -> list[str]:
    if _UTF16.match(charset) or data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = decoded(data, "utf-16" if data[:1] in (b"\xff", b"\xfe") else charset).encode("utf-8", "replace")
        charset = "utf-8"
    data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if data.count(b"\n") > limits.lines:
        raise TooLarge
    text = decoded(_FOLD.sub(b"", data.removeprefix(b"\xef\xbb\xbf")), charset)
    return [line[:LINE_LIMIT] for line in text.split("\n")]


class _Reader:
    """Where we are in the nesting, and what was found."""

    def __init__(self, limits: Limits) -> None:
        self.found: list[Found] = []
        self._limits = limits
        self._open: list[str] = []
        self._block: Block | None = None
        self._count = 0

    def take(self, name: str, line: str) -> None:
        """The next line that has a name that matters."""
        word = line.rpartition(":")[2].strip().upper()[:_WORD_LIMIT] if name in _STRUCTURE else ""
        if name == "BEGIN":
            self._begin(word)
        elif name == "END":
            self._end(word)
        elif self._open == ["VCALENDAR"] and name == "METHOD":
            self.found[-1].method = self.found[-1].method or word
        elif self._open == ["VCALENDAR", "VEVENT"]:
            if name == "UID" and not self.found[-1].uid:
                self.found[-1].uid = line
            if name not in _NOT_OF_EVENTS:
                self._keep(self._block, name, line, _EVENT_LINES)
        elif self._open[:2] == ["VCALENDAR", "VTIMEZONE"] and name in _OF_ZONES and len(self._open) <= 3:
            inside = self._block.parts[-1] if self._block and len(self._open) == 3 else self._block
            self._keep(inside, name, line, _ZONE_LINES)

    def _keep(self, block: Block | None, name: str, line: str, limit: int) -> None:
        if block is None:
            return
        if len(block.lines) >= limit:
            raise TooLarge
        block.lines.append((name, line))

    def _begin(self, kind: str) -> None:
        if len(self._open) >= _DEPTH:
            raise TooLarge
        self._open.append(kind)
        if self._open == ["VCALENDAR"]:
            if len(self.found) >= self._limits.calendars:
                raise TooLarge
            self.found.append(Found())
        elif len(self._open) == 2 and self._open[0] == "VCALENDAR":
            self._block = Block(kind)
        elif len(self._open) == 3 and self._block is not None:
            if len(self._block.parts) >= _ZONE_LINES and self._block.kind == "VTIMEZONE":
                raise TooLarge
            if self._block.kind == "VTIMEZONE":
                self._block.parts.append(Block(kind))

    def _end(self, kind: str) -> None:
        """Closes the innermost component of that kind, and with it what was left open inside."""
        if kind not in self._open:
            return
        while self._open:
            last = self._open.pop()
            if last == kind:
                break
        if len(self._open) == 1 and self._block is not None and self._block.kind == kind:
            self._close(self._block)
        if len(self._open) <= 1:
            self._block = None

    def _close(self, block: Block) -> None:
        calendar = self.found[-1]
        if block.kind == "VEVENT":
            self._count += 1
            if self._count > self._limits.answers:
                raise TooLarge
            calendar.events.append(block)
        elif block.kind == "VTIMEZONE":
            if len(calendar.zones) >= _ZONES:
                raise TooLarge
            calendar.zones.append(block)
        else:
            calendar.others = True
