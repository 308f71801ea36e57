"""Failed logins slow down and lock, but nobody shuts another person out."""

from __future__ import annotations

import pytest

from foundation import clock
from mailrelay.policy.lockout import (
    FREE_FAILURES,
    LONGEST_DELAY_SECONDS,
    PAIR_FAILURES,
    SHORTEST_DELAY_SECONDS,
    WINDOW_SECONDS,
    Failures,
)

HOME, ATTACKER = "192.0.2.1", "198.51.100.1"


@pytest.fixture(autouse=True)
def moment(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [WINDOW_SECONDS * 100]
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])
    return now


def test_ten_failures_lock_this_account_for_this_address_only(moment: list[float]) -> None:
    failures = Failures()
    for _ in range(PAIR_FAILURES):
        assert not failures.locked("u1", ATTACKER)
        failures.failed("u1", ATTACKER)
    assert failures.locked("u1", ATTACKER)
    assert not failures.locked("u1", HOME)
    assert not failures.locked("u2", ATTACKER)
    moment[0] += 2 * WINDOW_SECONDS
    assert not failures.locked("u1", ATTACKER)


def test_an_account_under_attack_is_tried_slowly_except_where_it_is_at_home() -> None:
    failures = Failures()
    failures.succeeded("u1", HOME)
    for number in range(1000):
        failures.failed("u1", f"198.51.100.{number}")
    assert failures.delay_before("u1", HOME) == 0
    assert failures.delay_before("u1", "203.0.113.9") == LONGEST_DELAY_SECONDS
    assert failures.delay_before("u2", "198.51.100.7") == 0
    assert not failures.locked("u1", "203.0.113.9")


def test_three_mistakes_cost_a_right_password_nothing() -> None:
    failures = Failures()
    for _ in range(FREE_FAILURES):
        failures.failed("u1", HOME)
    assert failures.delay_before("u1", HOME) == 0
    failures.failed("u1", HOME)
    assert failures.delay_before("u1", HOME) > 0


def test_wrong_answers_take_longer_and_longer() -> None:
    failures = Failures()
    delays = []
    for _ in range(6):
        failures.failed("u1", HOME)
        delays.append(failures.delay_after("u1", HOME))
    assert delays == [1, 2, 4, 8, 8, 8]
    assert failures.delay_after("u2", "203.0.113.9") == SHORTEST_DELAY_SECONDS


def test_an_address_that_tries_many_accounts_waits_longer() -> None:
    failures = Failures()
    for number in range(40):
        failures.failed(f"u{number}", ATTACKER)
    assert failures.delay_after("u99", ATTACKER) == LONGEST_DELAY_SECONDS
    assert failures.delay_before("u99", ATTACKER) == 0  # the right password of a colleague behind the same address


def test_a_success_clears_the_pair(moment: list[float]) -> None:
    failures = Failures()
    for _ in range(PAIR_FAILURES - 1):
        failures.failed("u1", HOME)
    failures.succeeded("u1", HOME)
    failures.failed("u1", HOME)
    assert not failures.locked("u1", HOME)
    moment[0] += 86401
    for _ in range(5):
        failures.failed("u1", ATTACKER)
    assert failures.delay_before("u1", HOME) > 0  # a day later nobody is at home any more
