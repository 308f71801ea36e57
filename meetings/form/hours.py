"""Times of day and durations in Vietnamese: 13h30’, 14 giờ 00, 8 giờ rưỡi, 2h chiều, 7h30 -9h00. Pure.

`take` finds them in folded text (lower case, one apostrophe) and says what is left. Which part of the day belongs to
which time is settled by their order; one part before or after a range is for both ends if both can mean it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Final

from foundation.language import Text

_CLOCK: Final = re.compile(
    r"(?<![\d:/])(?P<hour>\d{1,2})\s*(?:(?P<sign>h|g|giờ)(?![a-zà-ỹđ])|:(?=\d\d))"
    r"(?:\s*(?P<minute>\d{1,2})(?!\d|[/.]\d|\s*(?:h\b|g\b|giờ|:\d))|\s*(?P<half>rưỡi))?"
    r"(?:\s*(?:phút|ph?)\b)?\s*'{0,2}"
)
_PART: Final = re.compile(r"\b(?P<part>sáng|trưa|chiều|tối|đêm)\b")

_AS_IS: Final = {
    "sáng": range(0, 12),
    "trưa": range(10, 15),
    "chiều": range(12, 19),
    "tối": range(17, 24),
    "đêm": (0, 1, 2, 3, 4, 21, 22, 23),
}
_TWELVE_LATER: Final = {"sáng": (), "trưa": (1, 2), "chiều": range(1, 7), "tối": range(5, 12), "đêm": range(9, 12)}
"""Hours of the twelve-hour clock that a part of the day moves to the second half: 2 giờ chiều is 14:00."""

_NUMBER: Final = r"(?P<{0}>\d{{1,4}}(?:[.,]\d{{1,2}})?)"
_HOURS: Final = _NUMBER.format("hours") + r"\s*(?:h|g|giờ|tiếng)"
_MINUTES: Final = _NUMBER.format("minutes") + r"\s*(?:phút|ph?|')"
_DURATION: Final = re.compile(
    rf"(?:khoảng\s*)?(?:{_HOURS}\s*(?:(?P<half>rưỡi)|(?P<bare>\d{{1,2}})\s*(?:phút|ph?|')?|{_MINUTES})?"
    rf"|{_MINUTES.replace('minutes', 'only')})"
)


class NoHour(Exception):
    """A time of day that cannot be."""

    def __init__(self, message: Text) -> None:
        super().__init__(message.en)
        self.message = message


@dataclass(frozen=True, slots=True)
class Clock:
    """Hour and minute as written, and the part of the day beside them (or nothing)."""

    hour: int
    minute: int
    part: str = ""

    def settled(self) -> time:
        """On the clock of 24 hours. Raises NoHour."""
        hour = self.hour
        if self.part:
            if hour in _TWELVE_LATER[self.part]:
                hour += 12
            elif hour not in _AS_IS[self.part]:
                raise NoHour(
                    Text(
                        "{hour} giờ không thể là buổi {part}", "{hour}h cannot be in the part of the day “{part}”"
                    ).format(hour=hour, part=self.part)
                )
        if hour > 23 or self.minute > 59:
            raise NoHour(
                Text("không có {hour} giờ {minute:02d} phút", "there is no {hour}:{minute:02d}").format(
                    hour=hour, minute=self.minute
                )
            )
        return time(hour, self.minute)

    def can_be(self, part: str) -> bool:
        """Whether this hour may be meant by that part of the day."""
        return self.hour in _TWELVE_LATER[part] or self.hour in _AS_IS[part]


def take(words: str) -> tuple[str, list[Clock]]:
    """(what is left of the text, the times of day in their order). Raises NoHour."""
    parts: list[tuple[int, str]] = [(match.start(), match["part"]) for match in _PART.finditer(words)]
    words = _PART.sub(lambda match: " " * len(match[0]), words)
    clocks: list[tuple[int, Clock]] = []
    for match in _CLOCK.finditer(words):
        minute = 30 if match["half"] else int(match["minute"] or 0)
        clocks.append((match.start(), Clock(int(match["hour"]), minute)))
    words = _CLOCK.sub(" ", words)
    return words, _with_parts([clock for _, clock in clocks], [part for _, part in parts])


def _with_parts(clocks: list[Clock], parts: list[str]) -> list[Clock]:
    if not parts:
        return clocks
    if len(parts) > len(clocks):
        raise NoHour(
            Text("có buổi “{part}” nhưng thiếu giờ", "there is a part of the day (“{part}”) without an hour").format(
                part=parts[-1]
            )
        )
    first = parts[0]
    named = [Clock(clocks[0].hour, clocks[0].minute, first)]
    for index, clock in enumerate(clocks[1:], 1):
        part = parts[index] if index < len(parts) else first if len(parts) == 1 and clock.can_be(first) else ""
        named.append(Clock(clock.hour, clock.minute, part))
    return named


def duration(words: str) -> timedelta | None:
    """How long a folded text says; None when it is no duration."""
    match = _DURATION.fullmatch(words)
    if match is None:
        return None
    hours = float((match["hours"] or "0").replace(",", "."))
    minutes = float((match["minutes"] or match["only"] or match["bare"] or "0").replace(",", "."))
    return timedelta(minutes=round(hours * 60 + minutes + (30 if match["half"] else 0)))
