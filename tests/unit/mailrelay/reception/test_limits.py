"""Peers that are slow, idle, greedy or many: one sweep a second, and one memory budget."""

from __future__ import annotations

import socket
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from foundation import logs
from mailrelay.reception.connection import BODY, COMMIT, ROUTINE, WRITING
from mailrelay.reception.watch import overdue
from mailrelay.settings import Limits
from tests.support.reception_stage import Stage

LIMITS = Limits(command_timeout_seconds=300, session_seconds=3600, minimum_bytes_per_second=500)
KILOBYTE_LINES = (b"x" * 98 + b"\r\n") * 10


def session(**facts: Any) -> Any:
    usual = {
        "waiting": 0,
        "opened_at": 0.0,
        "moved_at": 0.0,
        "reading": "commands",
        "transaction": None,
        "trusted": False,
        "account": "",
    }
    return SimpleNamespace(**(usual | facts))


def reading(since: float, size: int) -> Any:
    return SimpleNamespace(intake=SimpleNamespace(since=since, size=size))


@pytest.mark.parametrize(
    ("facts", "now", "words"),
    [
        ({}, 300, None),
        ({}, 301, "Nothing came"),
        ({"moved_at": 3500.0}, 3601, "lasted too long"),
        ({"waiting": COMMIT}, 9999, None),
        ({"waiting": ROUTINE}, 9999, None),
        ({"waiting": BODY}, 9999, None),
        ({"waiting": WRITING}, 301, "Nothing came"),
        ({"moved_at": 700.0, "reading": "content", "transaction": reading(0, 250_000)}, 800, None),
        ({"moved_at": 800.0, "reading": "content", "transaction": reading(0, 250_000)}, 801, "too slowly"),
        ({"moved_at": 800.0, "reading": "commands", "transaction": reading(0, 250_000)}, 801, None),
        ({"moved_at": 800.0, "reading": "content", "transaction": SimpleNamespace(intake=None)}, 801, None),
    ],
)
def test_whose_time_is_over(facts: dict[str, Any], now: float, words: str | None) -> None:
    verdict = overdue(session(**facts), now, LIMITS)
    if words is None:
        assert verdict is None
    else:
        assert verdict is not None
        assert words in verdict.text
        assert verdict.code == 421


@pytest.mark.parametrize(
    ("facts", "now", "ends"),
    [
        ({}, 60, False),
        ({}, 61, True),
        ({"trusted": True}, 61, False),
        ({"account": "u1"}, 61, False),
        ({"transaction": reading(0, 0)}, 61, False),
        ({"trusted": True}, 301, True),
    ],
)
def test_in_a_rush_idle_strangers_give_up_their_place(facts: dict[str, Any], now: float, ends: bool) -> None:
    assert (overdue(session(**facts), now, LIMITS, pressed=True) is not None) == ends


def test_strangers_at_port_25_do_not_shut_staff_out(open_stage: Callable[..., Stage]) -> None:
    played = open_stage(limits={"connections": 5, "connections_per_address": 100})
    strangers = [played.connect(greet=False) for _ in range(8)]
    assert [each.reply()[:3] for each in strangers] == ["220"] * 4 + ["421"] * 4
    with played.connect("submissions") as one:
        one.ask("NOOP", "250")
        with socket.create_connection(("127.0.0.1", played.port("submissions")), 20) as two:
            assert two.recv(100) == b""  # where TLS is expected, nothing is said in clear
        assert played.do(lambda: played.desk.counters.refused_connections) == 5
        played.sweep(61)
        one.expect("421 4.4.2")
    for each in strangers:
        each.close()


def test_a_full_house_is_logged_once_a_minute(
    open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(logs, "event", lambda level, area, message, **facts: told.append(message))
    played = open_stage(limits={"connections": 1})
    with played.connect() as one:
        for _ in range(5):
            with played.connect(greet=False) as other:
                other.expect("421 4.3.2")
        one.ask("NOOP", "250")
    assert [message for message in told if "too many" in message] == ["connections are refused: too many are open"]
    assert "refused" not in told


def test_an_idle_session_is_told_and_closed(played: Stage) -> None:
    with played.connect() as client:
        client.ask("EHLO may.bo.test", "250-")
        played.sweep(301)
        client.expect("421 4.4.2")
        client.expect_end()


def test_half_a_command_does_not_count_as_movement(played: Stage) -> None:
    with played.connect() as client:
        client.send(b"NOO")
        played.await_true(lambda: any(each._held == b"NOO" for each in played.desk.sessions), "it has come")
        played.sweep(301)
        client.expect("421 4.4.2")


def test_a_session_that_was_sent_away_but_stays_is_cut(played: Stage) -> None:
    with played.connect() as client:
        client.send(b"NOOP\n")
        client.expect("500 5.5.2")
        played.sweep(1)
        assert played.do(lambda: len(played.desk.sessions)) == 1
        played.sweep(10)
        played.await_true(lambda: not played.desk.sessions, "it was cut")


def test_a_peer_that_reads_no_replies_is_not_read_either_and_cut_in_the_end(played: Stage) -> None:
    with played.connect() as client:
        client.ask("EHLO may.bo.test", "250-")
        client.socket.setblocking(False)
        stuck = 0
        while not stuck:
            try:
                client.socket.send(b"HELP\r\n" * 10_000)
            except BlockingIOError:
                stuck = played.do(lambda: next(iter(played.desk.sessions)).waiting & WRITING)
        assert played.desk.memory_bytes < 1 << 20
        played.sweep(301)
        played.await_true(lambda: not played.desk.sessions, "it was cut")
    assert played.desk.memory_bytes == 0


def test_a_slow_disk_stops_the_reading_of_that_message_alone(played: Stage) -> None:
    bodies = played.rooms.bodies
    bodies.slow_disk = True
    content = b"Subject: lon\r\n\r\n" + KILOBYTE_LINES * 8000
    with played.connect() as client, played.connect() as other:
        client.envelope()
        client.ask("DATA", "354")
        client.socket.settimeout(0.2)
        sent = 0
        while not _waits(played, BODY):
            sent += client.socket.send(content[sent : sent + 65536])
        backlog = played.do(lambda: bodies.writers[0].backlog_bytes)
        assert 1 << 20 < backlog < 2 << 20
        played.sweep(9999)  # waiting for our disk costs the peer nothing
        other.expect("421 4.4.2")
        bodies.slow_disk = False
        played.do(bodies.writers[0].drain)
        client.socket.settimeout(20)
        client.send(content[sent:] + b".\r\n")
        client.expect("250 2.0.0 Ok")
    assert played.rooms.ledger.messages[0].body.inline == content


def _waits(played: Stage, reason: int) -> bool:
    return played.do(lambda: any(each.waiting & reason for each in played.desk.sessions))


def test_more_in_memory_than_the_budget_is_452_and_leaves_nothing(open_stage: Callable[..., Stage]) -> None:
    played = open_stage(limits={"memory_bytes": 300_000})
    with played.connect() as one, played.connect() as two:
        one.envelope()
        one.ask("DATA", "354")
        one.send(b"Subject: mot\r\n\r\n" + KILOBYTE_LINES * 200)
        played.await_true(lambda: played.desk.memory_bytes >= 200_000, "the first is in memory")
        two.envelope()
        assert two.hand_over(b"Subject: hai\r\n\r\n" + KILOBYTE_LINES * 200).startswith("452 4.3.1")
        assert played.rooms.bodies.writers[1].abandoned
        one.send(b".\r\n")
        one.expect("250")
        two.envelope(hello=False)
        assert two.hand_over(b"Subject: hai\r\n\r\n" + KILOBYTE_LINES * 200).startswith("250")
    played.await_true(lambda: not played.desk.sessions, "all ended")
    assert played.desk.memory_bytes == 0


def test_no_new_message_while_memory_is_short(open_stage: Callable[..., Stage]) -> None:
    played = open_stage(limits={"memory_bytes": 1000})
    with played.connect() as client:
        client.ask("EHLO may.bo.test", "250-")
        played.do(lambda: setattr(played.desk, "memory_bytes", 2000))
        client.ask("MAIL FROM:<an@bo.test>", "452 4.3.1")
        played.do(lambda: setattr(played.desk, "memory_bytes", 0))
        client.ask("MAIL FROM:<an@bo.test>", "250")


def test_a_body_abandoned_by_its_client_is_abandoned_by_us(played: Stage) -> None:
    with played.connect() as client:
        client.envelope()
        client.ask("DATA", "354")
        client.send(b"Subject: dut\r\n")
        played.await_true(lambda: any(writer.size for writer in played.rooms.bodies.writers), "some has come")
        client.reset()
    played.await_true(lambda: not played.desk.sessions, "the session ended")
    assert played.rooms.bodies.writers[0].abandoned
    assert played.desk.memory_bytes == 0


def test_guessed_recipients_end_the_session_of_a_stranger_alone(open_stage: Callable[..., Stage]) -> None:
    played = open_stage(limits={"errors_per_session": 3})
    with played.connect() as client:
        client.ask("EHLO may.bo.test", "250-")
        client.ask("MAIL FROM:<an@bo.test>", "250")
        for _ in range(4):
            client.ask("RCPT TO:<nobody@tinh.test>", "550 5.1.1")
        client.expect("421 4.7.0")
        client.expect_end()
    played.rooms.policy.trusted_addresses.add("127.0.0.1")
    with played.connect() as client:
        client.ask("EHLO may.bo.test", "250-")
        client.ask("MAIL FROM:<an@bo.test>", "250")
        for _ in range(10):
            client.ask("RCPT TO:<nobody@tinh.test>", "550 5.1.1")
        client.ask("RCPT TO:<binh@tinh.test>", "250")


@pytest.mark.parametrize("end", [b"", b"\r\n"])
def test_a_line_without_end_is_not_swallowed_for_ever(played: Stage, end: bytes) -> None:
    with played.connect() as client:
        client.ask("EHLO may.bo.test", "250-")
        client.send(b"x" * 17_000 + end)
        client.expect("500 5.5.2 Command line too long; closing")
        client.expect_end()


def test_a_long_line_that_comes_in_pieces_ends_the_session_too(played: Stage) -> None:
    with played.connect() as client:
        for count in (13_000, 3_000, 1_000):
            client.send(b"x" * count)
            played.await_true(lambda: not any(each._held for each in played.desk.sessions), "it was taken")
        client.expect("500 5.5.2 Command line too long; closing")
        client.expect_end()


def test_a_line_that_is_merely_too_long_is_forgiven(played: Stage) -> None:
    with played.connect() as client:
        for _ in range(2):
            client.send(b"x" * 13_000)
            played.await_true(lambda: all(each.reading == "rest of line" for each in played.desk.sessions), "taken")
            client.send(b"\r\n")
            client.expect("500 5.5.2 Command line too long")
        client.ask("NOOP", "250")


@pytest.mark.parametrize("trusted", [False, True])
def test_recipients_far_beyond_the_limit_are_errors_of_a_stranger(
    open_stage: Callable[..., Stage], trusted: bool
) -> None:
    played = open_stage(limits={"errors_per_session": 3, "recipients": 1})
    if trusted:
        played.rooms.policy.trusted_addresses.add("127.0.0.1")
    with played.connect() as client:
        client.envelope()
        for _ in range(104):
            client.ask("RCPT TO:<chi@tinh.test>", "452 4.5.3")
        if trusted:
            client.ask("NOOP", "250")
        else:
            client.expect("421 4.7.0")
            client.expect_end()


def test_a_browser_is_shown_the_door(played: Stage) -> None:
    with played.connect() as client:
        client.send(b"POST / HTTP/1.1\r\nHost: relay.tinh.test\r\n\r\nMAIL FROM:<an@bo.test>\r\n")
        client.expect("554 5.5.0")
        client.expect_end()
