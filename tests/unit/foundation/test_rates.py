"""Counting over a sliding window, in bounded memory."""

from __future__ import annotations

import pytest

from foundation import clock
from foundation.rates import Window, site_of


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [60_000.0]
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])
    return now


def test_a_window_fills_and_empties(moment: list[float]) -> None:
    window = Window(3, 60)
    assert [window.take("a") for _ in range(4)] == [True, True, True, False]
    assert window.take("b")
    assert window.full("a")
    assert not window.full("c")
    moment[0] += 60
    assert not window.take("a")  # all three were a moment ago
    moment[0] += 30
    assert window.count("a") == pytest.approx(1.5)
    assert window.take("a")
    assert not window.take("a")
    moment[0] += 120
    assert window.count("a") == 0


def test_what_is_refused_is_not_counted(moment: list[float]) -> None:
    window = Window(10, 60)
    assert not window.take("a", 11)
    assert window.count("a") == 0
    assert window.take("a", 10)
    assert window.add("a", 5) == 15


def test_the_longest_untouched_is_forgotten_first(moment: list[float]) -> None:
    window = Window(1, 60, remembered=3)
    for key in ("a", "b", "c", "a", "d"):
        window.add(key)
    assert len(window) == 3
    assert window.count("b") == 0
    assert window.count("a") == 2


def test_a_key_can_start_afresh(moment: list[float]) -> None:
    window = Window(1, 60)
    assert window.take("a")
    window.forget("a")
    window.forget("never seen")
    assert window.take("a")
    window.limit_to(2)
    assert window.take("a")


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix", "unix"),
        ("", ""),
    ],
)
def test_an_ipv6_customer_is_counted_once(address: str, site: str) -> None:
    assert site_of(address) == site
