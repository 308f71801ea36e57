"""Letters from the outbox to the relay: each once, in bounded memory, through outages, faults and restarts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from foundation import clock, journal
from foundation.language import Text
from foundation.storage import Database, TemporaryFailure, Transaction, open_database
from meetings.handover import courier as courier_module
from meetings.handover import gate as gate_module
from meetings.handover.courier import HOLDER, IN_HAND, Courier, Make
from meetings.handover.replies import DoorShut, Reply
from meetings.settings import Limits, Submission
from meetings.store import outbox
from meetings.store.mail_values import Claimed, Promise
from tests.support.meetings_settings import meetings_settings

DEADLINE_SECONDS = 20


class Relay:
    """A relay that remembers what it took, by token; a repeat is taken once."""

    def __init__(self) -> None:
        self.taken: dict[str, list[bytes]] = {}
        self.senders: set[str] = set()
        self.attempts = 0
        self.open_doors = 0
        self.down = ""
        self.answer: Callable[[str, str], Reply | None] = lambda token, recipient: None
        self.after: Callable[[str], None] = lambda token: None
        self._lock = threading.Lock()

    def take(self, sender: str, recipient: str, token: str, mail: bytes) -> Reply:
        with self._lock:
            self.attempts += 1
            if self.down:
                raise DoorShut(self.down)
            refused = self.answer(token, recipient)
            if refused is not None:
                return refused
            self.taken.setdefault(token, []).append(mail)
            self.senders.add(sender)
        self.after(token)
        return Reply(250, "2.0.0 Queued")


@pytest.fixture
def relay(monkeypatch: pytest.MonkeyPatch) -> Relay:
    found = Relay()

    class FakeDoor:
        def __init__(self, settings: Submission, hostname: str) -> None:
            if found.down:
                raise DoorShut(found.down)
            found.open_doors += 1

        def send(self, sender: str, recipient: str, token: str, mail: bytes) -> Reply:
            return found.take(sender, recipient, token, mail)

        def close(self) -> None:
            found.open_doors -= 1

        def break_off(self) -> None:
            return None

    monkeypatch.setattr(courier_module, "Door", FakeDoor)
    monkeypatch.setattr(gate_module, "backoff_seconds", lambda failures: 0.05)
    monkeypatch.setattr(courier_module, "IDLE_SECONDS", 0.02)
    return found


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(f"sqlite://{tmp_path}", "meetings", [journal.MIGRATIONS, "meetings.migrations"]) as opened:
        yield opened


def promise(database: Database, count: int) -> None:
    now = clock.now_microseconds()
    promises = [Promise("week", f"nguoi{n}@tinh.test", now, now, token=f"token{n:05}") for n in range(count)]
    database.run(lambda unit: outbox.promise(unit, promises))


def mails(_: Transaction, claimed: Sequence[Claimed]) -> dict[int, Make]:
    return {each.id: lambda token=each.token: b"Message-ID: <" + token.encode() + b">\r\n\r\n" for each in claimed}


def poisoned(error: Exception) -> None:
    raise AssertionError(error)


def states(database: Database) -> dict[str, int]:
    found: dict[str, int] = {}
    for (state, _), count in database.read(outbox.counts).items():
        found[state] = found.get(state, 0) + count
    return found


def await_true(condition: Callable[[], bool], what: str) -> None:
    deadline = clock.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert clock.monotonic() < deadline, f"never came true: {what}"
        time.sleep(0.005)


class Running:
    """A courier that is stopped at the end of the block."""

    def __init__(self, database: Database, prepare: Any = mails, **changes: Any) -> None:
        settings = meetings_settings(**changes)
        self.courier = Courier(database, lambda: settings, prepare, poisoned)

    def __enter__(self) -> Courier:
        self.courier.start()
        return self.courier

    def __exit__(self, *_: object) -> None:
        self.courier.stop()


def test_everything_that_is_due_leaves_once(database: Database, relay: Relay) -> None:
    promise(database, 250)
    with Running(database) as courier:
        await_true(lambda: states(database) == {"handed_over": 250}, "all handed over")
        await_true(lambda: courier.in_hand == 0, "nothing in hand")
        assert courier.handed_over == 250
    assert {len(copies) for copies in relay.taken.values()} == {1}
    assert len(relay.taken) == 250
    assert "hop-bao-phat+token00007@tinh.test" in relay.senders
    assert relay.open_doors == 0


def test_what_becomes_due_later_leaves_without_being_told(database: Database, relay: Relay) -> None:
    with Running(database):
        promise(database, 3)
        await_true(lambda: len(relay.taken) == 3, "it was found")


def test_an_outage_costs_time_and_no_letter(database: Database, relay: Relay) -> None:
    relay.down = "Connection refused"
    promise(database, 120)
    with Running(database) as courier:
        await_true(lambda: bool(courier.gate.why_shut), "the door is known to be shut")
        (deferred,) = {delivery for (_, delivery), _ in database.read(outbox.counts).items()} - {"queued"} or {""}
        assert deferred in ("deferred", "")
        relay.down = ""
        await_true(lambda: states(database) == {"handed_over": 120}, "all handed over")
        assert courier.gate.why_shut == ""
    assert {len(copies) for copies in relay.taken.values()} == {1}


def test_during_an_outage_the_relay_is_asked_now_and_then_and_not_for_every_letter(
    database: Database, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate_module, "backoff_seconds", lambda failures: 1000.0)
    relay.down = "Connection refused"
    promise(database, 300)
    with Running(database) as courier:
        await_true(lambda: bool(courier.gate.why_shut) and courier.in_hand == 0, "the claimed ones were put off")
        assert relay.attempts == 0
        assert relay.open_doors == 0
    assert states(database) == {"waiting": 300}


def test_a_letter_that_is_refused_holds_nobody_else_up(database: Database, relay: Relay) -> None:
    relay.answer = lambda token, _: Reply(550, "5.1.1 No such mailbox", "recipient") if token == "token00002" else None
    promise(database, 5)
    with Running(database):
        await_true(lambda: states(database) == {"handed_over": 4, "refused": 1}, "four left")


def test_one_that_waited_too_long_is_given_up(database: Database, relay: Relay) -> None:
    relay.answer = lambda *_: Reply(451, "4.3.0 later", "recipient")
    promise(database, 1)
    with Running(database, limits=Limits(handover_expire_hours=0.0)):
        await_true(lambda: states(database) == {"expired": 1}, "it was given up")


def test_a_letter_that_cannot_be_made_waits_for_a_better_version(
    database: Database,
    relay: Relay,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def broken() -> bytes:
        raise ZeroDivisionError("by design")

    def prepare(unit: Transaction, claimed: Sequence[Claimed]) -> dict[int, Make]:
        return mails(unit, claimed) | {each.id: broken for each in claimed if each.token == "token00001"}

    promise(database, 3)
    with Running(database, prepare):
        await_true(lambda: states(database).get("handed_over") == 2, "the others left")
    assert states(database) == {"handed_over": 2, "waiting": 1}
    mail = database.read(lambda unit: outbox.load(unit, [2]))[2]
    assert "by design" in mail.delivery_text


def test_a_letter_with_nothing_to_say_any_more_does_not_leave(database: Database, relay: Relay) -> None:
    promise(database, 2)
    with Running(database, lambda *_: {}):
        await_true(lambda: states(database) == {"expired": 2}, "they ended")
    assert not relay.taken


def test_a_batch_with_one_letter_that_upsets_the_reading_loses_only_that_one(
    database: Database,
    relay: Relay,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def prepare(unit: Transaction, claimed: Sequence[Claimed]) -> dict[int, Make]:
        if any(each.token == "token00001" for each in claimed):
            raise ZeroDivisionError("by design")
        return mails(unit, claimed)

    promise(database, 3)
    with Running(database, prepare):
        await_true(lambda: states(database).get("handed_over") == 2, "the others left")
    assert states(database) == {"handed_over": 2, "waiting": 1}


def test_what_is_withdrawn_while_it_stands_in_line_does_not_leave(database: Database, relay: Relay) -> None:
    go_on = threading.Event()
    relay.after = lambda _: go_on.wait(DEADLINE_SECONDS) and None
    promise(database, 5)
    with Running(database, submission=Submission(connections=1)) as courier:
        await_true(lambda: relay.attempts == 1, "one is on the wire, the others stand behind it")
        database.run(lambda unit: outbox.withdraw_all(unit, 0))
        courier.wake()
        go_on.set()
        await_true(lambda: courier.in_hand == 0, "all came to an end")
    assert list(relay.taken) == ["token00000"]


def test_what_a_dead_daemon_had_claimed_is_handed_over_again(database: Database, relay: Relay) -> None:
    promise(database, 4)
    now = clock.now_microseconds()
    database.run(lambda unit: outbox.claim_due(unit, now, 10, now + 10**12, HOLDER))
    with Running(database):
        await_true(lambda: states(database) == {"handed_over": 4}, "all handed over")


def test_a_connection_that_was_closed_while_it_rested_is_no_outage(database: Database, relay: Relay) -> None:
    closed = {"token00001"}

    def answer(token: str, _: str) -> Reply | None:
        if token in closed:
            closed.clear()
            raise DoorShut("Connection unexpectedly closed")
        return None

    relay.answer = answer
    with Running(database, submission=Submission(connections=1)) as courier:
        promise(database, 1)
        await_true(lambda: states(database) == {"handed_over": 1}, "the first left")
        promises = [Promise("week", "ai@tinh.test", 1, clock.now_microseconds(), token="token00001")]
        database.run(lambda unit: outbox.promise(unit, promises))
        await_true(lambda: states(database) == {"handed_over": 2}, "the second left too")
        assert not courier.gate.why_shut


def test_a_database_in_trouble_is_no_fault_of_the_letters(database: Database, relay: Relay) -> None:
    failures = [1, 1, 1]

    def prepare(unit: Transaction, claimed: Sequence[Claimed]) -> dict[int, Make]:
        if failures:
            failures.pop()
            raise TemporaryFailure(Text("mất kết nối", "connection lost"))
        return mails(unit, claimed)

    promise(database, 5)
    with Running(database, prepare):
        await_true(lambda: states(database) == {"handed_over": 5}, "all left soon")
    assert failures == []


def test_outcomes_wait_for_a_database_in_trouble(
    database: Database, relay: Relay, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failures = [1, 1]
    stored = courier_module._store

    def store(transaction: Transaction, ended: Any) -> None:
        if failures:
            failures.pop()
            raise TemporaryFailure(Text("đầy", "full"))
        stored(transaction, ended)

    monkeypatch.setattr(courier_module, "_store", store)
    promise(database, 2)
    with Running(database):
        await_true(lambda: states(database) == {"handed_over": 2}, "recorded at last")
    assert {len(copies) for copies in relay.taken.values()} == {1}


def test_memory_is_bounded_however_many_are_promised(database: Database, relay: Relay) -> None:
    seen: list[int] = []
    promise(database, 1000)
    running = Running(database)
    relay.after = lambda _: seen.append(running.courier.in_hand)
    with running:
        await_true(lambda: states(database) == {"handed_over": 1000}, "all handed over")
    assert max(seen) <= IN_HAND


def test_a_stop_gives_back_what_did_not_leave(database: Database, relay: Relay) -> None:
    go_on = threading.Event()
    relay.after = lambda _: go_on.wait(DEADLINE_SECONDS) and None
    promise(database, 50)
    running = Running(database, submission=Submission(connections=1))
    running.courier.start()
    await_true(lambda: relay.attempts == 1, "one is on the wire")
    stopping = threading.Thread(target=running.courier.stop)
    stopping.start()
    await_true(running.courier._stopping.is_set, "it stops")
    go_on.set()
    stopping.join()
    assert states(database) == {"handed_over": 1, "waiting": 49}
    due, waiting = database.read(outbox.next_due)
    assert waiting == 49
    assert due is not None
    assert due <= clock.now_microseconds()
