"""When we try again and when we give up."""

from __future__ import annotations

from mailrelay.dispatch.retry import delay_notice_due, longest_wait_microseconds, next_attempt, wait_microseconds
from mailrelay.settings import RetrySettings

SECOND = 1_000_000
EVEN = RetrySettings(first_seconds=60, factor=2, longest_seconds=600, jitter=0.2, expire_seconds=3600)


def middle() -> float:
    return 0.5


def test_waits_double_up_to_the_longest() -> None:
    waits = [wait_microseconds(failures, EVEN, middle) // SECOND for failures in range(1, 7)]
    assert waits == [60, 120, 240, 480, 600, 600]


def test_jitter_spreads_around_the_wait() -> None:
    assert wait_microseconds(1, EVEN, lambda: 0.0) == 48 * SECOND
    assert wait_microseconds(1, EVEN, lambda: 1.0) == 72 * SECOND


def test_any_number_of_failures_has_a_wait() -> None:
    assert wait_microseconds(10**9, EVEN, middle) == 600 * SECOND


def test_too_old_is_not_tried_again() -> None:
    assert next_attempt(1, 0, 3600 * SECOND, EVEN, middle) is None


def test_the_last_attempt_is_at_the_expiry() -> None:
    assert next_attempt(5, 0, 3500 * SECOND, EVEN, middle) == 3600 * SECOND


def test_a_clock_that_went_back_expires_nothing_and_waits_no_longer() -> None:
    accepted, now = 10_000 * SECOND, 500 * SECOND
    assert next_attempt(3, accepted, now, EVEN, middle) == now + 240 * SECOND


def test_a_delay_is_told_after_its_time() -> None:
    settings = RetrySettings(delay_notice_seconds=100)
    assert not delay_notice_due(0, 99 * SECOND, settings)
    assert delay_notice_due(0, 100 * SECOND, settings)


def test_the_longest_wait_of_all_schedules() -> None:
    other = RetrySettings(longest_seconds=1000, jitter=0.5)
    assert longest_wait_microseconds({"normal": EVEN, "urgent": other}) == 1500 * SECOND
