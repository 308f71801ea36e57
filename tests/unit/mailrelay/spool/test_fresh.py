"""Fresh bodies in memory: never more than the budget, counted until the last holder is gone; old ones make room."""

from __future__ import annotations

import pytest

from mailrelay.spool import fresh
from mailrelay.spool.fresh import FreshBodies


class Clock:
    seconds = 100.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture(autouse=True)
def a_quarter_for_one_body(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fresh, "LARGEST_SHARE", 4)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(fresh, "clock", clock)
    return clock


def kept(bodies: FreshBodies, key: bytes, *pieces: bytes) -> bool:
    body = bodies.begin()
    assert body is not None
    if not all(body.add(piece) for piece in pieces):
        return False
    bodies.keep(key, body)
    return True


def test_pieces_lie_where_they_begin() -> None:
    bodies = FreshBodies(1000)
    assert kept(bodies, b"k", b"abc", b"de")
    body = bodies.get(b"k")
    assert body is not None
    assert (body.pieces, body.whole, bodies.used_bytes) == ({0: b"abc", 3: b"de"}, None, 5)
    assert kept(bodies, b"w", b"one")
    whole = bodies.get(b"w")
    assert whole is not None
    assert whole.whole == b"one"
    assert bodies.get(b"?") is None


def test_the_first_keep_their_place(clock: Clock) -> None:
    """They are sent first; those that found no room are read from the disk."""
    bodies = FreshBodies(400)
    assert all(kept(bodies, bytes([key]), bytes(100)) for key in range(4))
    assert not kept(bodies, b"x", b"y")
    assert bodies.used_bytes == 400
    bodies.forget(b"\0")
    assert kept(bodies, b"x", bytes(100))


def test_what_nobody_sent_makes_room(clock: Clock) -> None:
    bodies = FreshBodies(400)
    for key in range(4):
        kept(bodies, bytes([key]), bytes(100))
        clock.seconds += 1
    clock.seconds = 100.0 + fresh.KEPT_SECONDS + 1.5
    assert kept(bodies, b"x", bytes(100))
    assert [bodies.get(bytes([key])) is None for key in range(4)] == [True, True, False, False]


def test_what_is_being_sent_counts_until_it_is_sent(clock: Clock) -> None:
    bodies = FreshBodies(400)
    kept(bodies, b"a", bytes(100))
    sending = bodies.get(b"a")
    bodies.forget(b"a")
    assert bodies.used_bytes == 100
    assert sending is not None
    del sending
    assert bodies.used_bytes == 0


def test_a_huge_body_is_not_kept_and_leaves_nothing(clock: Clock) -> None:
    bodies = FreshBodies(400)
    assert not kept(bodies, b"h", bytes(60), bytes(60))
    assert bodies.used_bytes == 0


def test_a_body_that_is_declared_huge_is_not_begun() -> None:
    assert FreshBodies(400).begin(101) is None
    assert FreshBodies(400).begin(100) is not None
