"""When a recipient, or a whole destination, is tried again, and when we give up. Pure.

Waits grow by a factor from the first to the longest and are spread by jitter, so that what failed together does not
come back together. A recipient's age is measured by the time of day (which expiry is about); a clock that jumps back
makes nothing expire and nothing wait longer than `longest_wait_microseconds`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from mailrelay.settings import RetrySettings, Urgency

_MICROSECONDS: Final = 1_000_000
_EXPONENT_LIMIT: Final = 64
"""Beyond this every schedule has long reached its longest wait; keeps the power from overflowing."""


def next_attempt(
    attempts: int, accepted_at: int, now: int, settings: RetrySettings, random: Callable[[], float]
) -> int | None:
    """When to try again after `attempts` failures (1 or more); None when the recipient is too old (expired).

    Instants are microseconds; `random` gives numbers in [0, 1). The last attempt is not later than the expiry.
    """
    end = accepted_at + expire_microseconds(settings)
    if now >= end:
        return None
    return min(now + wait_microseconds(attempts, settings, random), end)


def wait_microseconds(failures: int, settings: RetrySettings, random: Callable[[], float]) -> int:
    """How long to wait after this many failures in a row: `first * factor ** (failures - 1)`, capped, with jitter."""
    exponent = min(max(failures, 1) - 1, _EXPONENT_LIMIT)
    seconds = min(settings.first_seconds * settings.factor**exponent, settings.longest_seconds)
    return round(seconds * (1 + settings.jitter * (2 * random() - 1)) * _MICROSECONDS)


def expire_microseconds(settings: RetrySettings) -> int:
    """How old a recipient may become."""
    return round(settings.expire_seconds * _MICROSECONDS)


def delay_notice_due(accepted_at: int, now: int, settings: RetrySettings) -> bool:
    """Whether the sender has waited long enough to be told of the delay (told once; the caller remembers)."""
    return now - accepted_at >= delay_notice_microseconds(settings)


def delay_notice_microseconds(settings: RetrySettings) -> int:
    """How old a recipient is when its sender is told of the delay."""
    return round(settings.delay_notice_seconds * _MICROSECONDS)


def longest_wait_microseconds(schedules: Mapping[Urgency, RetrySettings]) -> int:
    """The longest that any schedule ever waits: a time of day further ahead than this was written by another clock."""
    return max(round(each.longest_seconds * (1 + each.jitter) * _MICROSECONDS) for each in schedules.values())
