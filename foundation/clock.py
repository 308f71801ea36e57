"""The only reader of the time of day.

Everything that asks "what time is it" asks here, so that expiry and retention can be tried: when `CONGVU_CLOCK_FILE`
(or `use_clock_file`) names a file, its content is an offset that is added to the real time. An offset is a number of
seconds or a number with a unit: `86400`, `-3600`, `+7d`, `-2h`, `30m`. An empty or missing file means no offset; so
does one that cannot be read, which the log says once. Durations are measured with `monotonic`, which no offset moves.
"""

from __future__ import annotations

import logging
import os
import re
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from foundation.errors import ConfigError
from foundation.language import Text

_OFFSET = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s*([smhdw]?)\s*\Z")
_UNIT_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}

_FURTHEST_SECONDS = 100 * 366 * 86400
"""Further away than a century nothing can be tried, and dates end in the year 9999."""

_clock_file: Path | None = None
_told: str | None = None
"""What was last told to be wrong with the file, so that it is told once and not with every line of the log."""


def use_clock_file(path: Path | None) -> None:
    """Read the offset from this file from now on (the configuration's word; the environment variable wins)."""
    global _clock_file
    _clock_file = path


def parse_offset(text: str) -> timedelta:
    """Parse an offset as the module docstring describes; empty text is no offset. Raises ConfigError."""
    if not text.strip():
        return timedelta()
    match = _OFFSET.match(text)
    seconds = float(match[1]) * _UNIT_SECONDS[match[2]] if match else _FURTHEST_SECONDS + 1
    if abs(seconds) > _FURTHEST_SECONDS:
        raise ConfigError(
            Text("độ lệch đồng hồ không đọc được: {value}", "cannot read the clock offset: {value}").format(
                value=repr(text[:40])
            ),
            Text("viết số giây, hoặc số kèm đơn vị như +7d, -2h", "write seconds, or a number with a unit: +7d, -2h"),
        )
    return timedelta(seconds=seconds)


def offset() -> timedelta:
    """How far our clock is set from the machine's. Raises nothing: everything that happens asks for the time."""
    global _told
    try:
        found = read_offset()
    except (OSError, ConfigError) as error:
        reason = error.message.en if isinstance(error, ConfigError) else str(error)
        if reason != _told:
            _told = reason  # before the log is written, which asks for the time too
            _tell(reason)
        return _NO_OFFSET
    _told = None
    return found


def read_offset() -> timedelta:
    """The offset as the file has it. Raises ConfigError and OSError for a file that cannot be read."""
    named = os.environ.get("CONGVU_CLOCK_FILE")
    path = Path(named) if named else _clock_file
    if path is None:
        return _NO_OFFSET
    try:
        return parse_offset(path.read_text(encoding="utf-8", errors="replace"))
    except FileNotFoundError:
        return timedelta()


def _tell(reason: str) -> None:
    """As `logs.event` does, which stands above us: it asks us for the time of every line."""
    sentence = "the clock file is not used: the time is the machine's"
    logging.getLogger("congvu.clock").error("%s", sentence, extra={"fields": {"reason": reason}})


def now() -> datetime:
    """The time now, aware, in UTC."""
    return datetime.now(UTC) + offset()


def now_microseconds() -> int:
    """The time now as integer microseconds since 1970-01-01 UTC: how our tables store instants."""
    return time.time_ns() // 1000 + offset() // _MICROSECOND


def microseconds(instant: datetime) -> int:
    """An aware instant as integer microseconds since 1970-01-01 UTC."""
    return (instant - _EPOCH) // _MICROSECOND


def from_microseconds(value: int) -> datetime:
    """The inverse of `microseconds`."""
    return _EPOCH + timedelta(microseconds=value)


def today(timezone: str) -> date:
    """The date now in an IANA timezone such as Asia/Ho_Chi_Minh."""
    return now().astimezone(ZoneInfo(timezone)).date()


def monotonic() -> float:
    """Seconds for measuring durations; unrelated to the time of day."""
    return time.monotonic()


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_OFFSET = timedelta()
_MICROSECOND = timedelta(microseconds=1)
