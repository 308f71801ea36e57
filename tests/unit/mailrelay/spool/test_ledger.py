"""The ledger: what is answered is stored, one bad member fails alone, outcomes survive trouble, poison stops all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from foundation.language import Text
from foundation.storage import Database, DatabasePoisoned, TemporaryFailure, Transaction, Work, open_database
from foundation.storage.protocol import T
from mailrelay.messages.headers import Headers
from mailrelay.spool.bodies import BodyStore, StoredBody
from mailrelay.spool.ledger import Accepted, Ledger, NewMessage, Outcome, RepeatedIdentifier
from mailrelay.spool.recovery import recover
from mailrelay.store import listing, orders, queue
from tests.support.relay_messages import AT, CLERK, MIGRATIONS, begun, inline_body, message, outcome

LOST = TemporaryFailure(Text("mất kết nối", "the connection broke"), may_be_stored=True)
FULL = TemporaryFailure(Text("đĩa đầy", "the disk is full"))
BROKEN = DatabasePoisoned(Text("đĩa hỏng", "the disk has failed"))


class Faulty:
    """The database, but its next units fail as told: `(error, after)` fails with `error`, stored before if `after`."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.faults: list[tuple[Exception, bool]] = []
        self.reading_faults: list[Exception] = []
        self.units = 0

    def submit(self, work: Work[T]) -> Future[T]:
        self.units += 1
        if not self.faults:
            return self.database.submit(work)
        error, stored = self.faults.pop(0)
        if stored:
            self.database.run(work)
        failed: Future[T] = Future()
        failed.set_exception(error)
        return failed

    submit_here = submit

    def read(self, work: Work[T]) -> T:
        if self.reading_faults:
            raise self.reading_faults.pop(0)
        return self.database.read(work)


class Bodies:
    """Remembers what was released."""

    def __init__(self) -> None:
        self.released: list[StoredBody] = []
        self.on_poison: Callable[[Exception], None] | None = None

    def release(self, body: StoredBody) -> None:
        self.released.append(body)


class Desk:
    """A ledger on a loop of the test's own."""

    def __init__(self, database: Database, **settings: Any) -> None:
        self.loop = asyncio.new_event_loop()
        self.database = Faulty(database)
        self.bodies = Bodies()
        self.poisons: list[Exception] = []
        bodies: Any = self.bodies
        faulty: Any = self.database
        self.ledger = Ledger(faulty, self.loop, bodies, self.poisons.append, **settings)
        self.answers: list[tuple[Accepted | None, Exception | None]] = []
        self.told: list[Exception | None] = []

    def accept(self, *messages: NewMessage) -> None:
        for new in messages:
            self.ledger.accept(new, lambda answer, error: self.answers.append((answer, error)))

    def finish(self, *outcomes: Outcome) -> None:
        self.ledger.finish(outcomes, self.told.append)

    def until(self, done: Callable[[], object]) -> None:
        async def wait() -> None:
            while not done():
                await asyncio.sleep(0.001)

        self.loop.run_until_complete(asyncio.wait_for(wait(), 30))

    def settle(self) -> None:
        self.loop.run_until_complete(asyncio.wait_for(self.ledger.drain(), 30))

    def accepted(self, *addresses: str, **facts: Any) -> NewMessage:
        new = message(*addresses, **facts)
        before = len(self.answers)
        self.accept(new)
        self.until(lambda: len(self.answers) > before)
        assert self.answers.pop() == (Accepted(new.number, False), None)
        return new

    def states(self, new: NewMessage) -> list[str]:
        entry = self.database.database.read(lambda transaction: listing.show(transaction, new.number))
        return [recipient.state for recipient in entry.recipients] if entry else []


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(f"sqlite://{tmp_path}", "mailrelay", MIGRATIONS) as opened:
        yield opened


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    opened = Desk(database)
    yield opened
    opened.ledger.close()
    opened.loop.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailrelay.spool.ledger._AGAIN_SECONDS", (0.001,))


def test_what_is_asked_in_one_turn_is_one_unit_of_work(desk: Desk) -> None:
    messages = [message() for _ in range(50)]
    desk.accept(*messages)
    desk.until(lambda: len(desk.answers) == 50)
    assert desk.answers == [(Accepted(new.number, False), None) for new in messages]
    assert desk.database.units == 1


def test_what_is_asked_meanwhile_is_the_next_one(desk: Desk) -> None:
    first = message()
    others = [message() for _ in range(20)]
    desk.accept(first)
    desk.loop.call_soon(lambda: [desk.loop.call_soon(desk.accept, other) for other in others])
    desk.until(lambda: len(desk.answers) == 21)
    assert desk.database.units == 2


def test_more_than_a_unit_holds_is_divided(desk: Desk) -> None:
    desk.accept(*(message() for _ in range(600)))
    desk.accept(*(message(body=inline_body(bytes(32_000))) for _ in range(600)))
    desk.until(lambda: len(desk.answers) == 1200)
    assert all(error is None for _, error in desk.answers)


def test_the_whole_life_of_a_message(desk: Desk) -> None:
    new = desk.accepted("a@tinh.test", "b@tinh.test")
    desk.ledger.start_attempts([begun(new)], desk.told.append)
    desk.until(lambda: desk.told)
    assert desk.states(new) == ["delivering", "delivering"]
    desk.finish(outcome(new, 0), outcome(new, 1, "failed"))
    desk.until(lambda: len(desk.told) == 2)
    assert desk.told == [None, None]
    assert desk.states(new) == ["delivered", "failed"]


def test_the_body_is_released_when_the_last_recipient_ends(desk: Desk) -> None:
    body = StoredBody(5, b"s" * 32, None, b"k" * 32, ((1, 0, 5),))
    new = desk.accepted("a@tinh.test", "b@tinh.test", body=body)
    desk.finish(outcome(new, 0))
    desk.settle()
    assert desk.bodies.released == []
    desk.finish(outcome(new, 1))
    desk.settle()
    assert desk.bodies.released == [body]


def test_a_kept_body_is_released_later(database: Database) -> None:
    desk = Desk(database, keep_body_seconds=0.001)
    body = StoredBody(5, b"s" * 32, None, b"k" * 32, ((1, 0, 5),))
    new = desk.accepted(body=body)
    desk.finish(outcome(new, at=AT))
    desk.until(lambda: desk.told)
    desk.loop.run_until_complete(desk.ledger.forget_overdue_bodies())
    assert desk.bodies.released == [body]
    desk.ledger.close()
    desk.loop.run_until_complete(asyncio.sleep(0))
    desk.loop.close()


def test_repeated_submissions_are_told_apart(desk: Desk) -> None:
    headers = Headers(message_id="<1@tinh.test>")
    body = StoredBody(5, b"s" * 32, None, b"k" * 32, ((1, 0, 5),))
    first = desk.accepted(client=CLERK, headers=headers, body=body)
    again, other = (message(client=CLERK, headers=headers, body=one) for one in (body, inline_body(b"other")))
    desk.accept(again, other)
    desk.until(lambda: len(desk.answers) == 2)
    assert desk.answers[0] == (Accepted(first.number, True), None)
    assert desk.answers[1][0] is None
    assert isinstance(desk.answers[1][1], RepeatedIdentifier)
    assert desk.bodies.released == [body, other.body]


def test_one_bad_member_fails_alone(desk: Desk) -> None:
    good, bad, empty = message(), desk.accepted(), message()
    empty.deliveries = ()
    finished = desk.accepted()
    desk.accept(good, bad, empty)
    desk.finish(outcome(finished))
    desk.until(lambda: len(desk.answers) == 3 and desk.told)
    answers = dict(zip(("first", "second", "third"), desk.answers, strict=True))
    assert [answer for answer, error in answers.values() if error is None] == [Accepted(good.number, False)]
    assert sum(isinstance(error, Exception) for _, error in answers.values()) == 2
    assert desk.told == [None]
    assert desk.states(finished) == ["delivered"]
    assert desk.states(good) == ["queued"]


def test_a_full_disk_is_answered_and_outcomes_are_offered_again(desk: Desk) -> None:
    known = desk.accepted()
    body = StoredBody(5, b"s" * 32, None, b"k" * 32, ((1, 0, 5),))
    desk.database.faults = [(FULL, False)] * 3
    desk.accept(message(body=body))
    desk.ledger.start_attempts([begun(message())], desk.told.append)
    desk.finish(outcome(known))
    desk.until(lambda: desk.answers and len(desk.told) == 2)
    assert desk.answers == [(None, FULL)]
    assert desk.told == [FULL, None]
    assert desk.bodies.released == [body]
    assert desk.states(known) == ["delivered"]


@pytest.mark.parametrize("stored", [True, False])
def test_a_commit_in_doubt_is_settled_by_reading(desk: Desk, stored: bool) -> None:
    known, begins = desk.accepted(), desk.accepted()
    new = message()
    desk.database.faults = [(LOST, stored)]
    desk.database.reading_faults = [FULL, FULL]
    desk.accept(new)
    desk.finish(outcome(known))
    desk.ledger.start_attempts([begun(begins)], desk.told.append)
    desk.until(lambda: desk.answers and len(desk.told) == 2)
    assert desk.answers == [(Accepted(new.number, False), None) if stored else (None, LOST)]
    assert desk.told == [None, None]
    assert desk.states(known) == ["delivered"]
    assert desk.states(begins) == ["delivering"]
    assert bool(desk.states(new)) == stored
    records = database_records(desk, "recipient.delivered")
    assert records == 1, "an outcome was recorded twice"


def database_records(desk: Desk, kind: str) -> int:
    def count(transaction: Transaction) -> int:
        return sum(kind.encode() in row[0] for row in transaction.execute("SELECT body FROM record"))

    return desk.database.database.read(count)


def test_a_repetition_in_a_commit_in_doubt_is_asked_again(desk: Desk) -> None:
    headers = Headers(message_id="<1@tinh.test>")
    desk.accepted(client=CLERK, headers=headers)
    desk.database.faults = [(LOST, True)]
    desk.accept(message(client=CLERK, headers=headers))
    desk.until(lambda: desk.answers)
    assert desk.answers == [(None, LOST)]


def test_a_failed_disk_poisons_the_ledger_once(desk: Desk) -> None:
    known = desk.accepted()
    desk.database.faults = [(BROKEN, False)]
    desk.accept(message(), message())
    desk.finish(outcome(known))
    desk.until(lambda: len(desk.answers) == 2 and desk.told)
    desk.accept(message())
    desk.finish(outcome(known))
    desk.until(lambda: len(desk.answers) == 3 and len(desk.told) == 2)
    assert desk.answers == [(None, BROKEN)] * 3
    assert desk.told == [BROKEN] * 2
    assert desk.poisons == [BROKEN]


def test_a_poisoned_spool_poisons_the_ledger(desk: Desk) -> None:
    assert desk.bodies.on_poison is not None
    desk.accept(message())
    desk.bodies.on_poison(BROKEN)
    desk.bodies.on_poison(BROKEN)
    assert desk.answers == [(None, BROKEN)]
    assert desk.poisons == [BROKEN]


def test_rare_work_is_run_and_read(desk: Desk) -> None:
    new = desk.accepted()
    body = StoredBody(5, b"s" * 32, None, b"k" * 32, ((1, 0, 5),))
    other = desk.accepted(body=body)

    async def work() -> tuple[orders.Ordered, int]:
        ordered = await desk.ledger.run_releasing(
            lambda transaction: orders.remove(transaction, orders.Selection(numbers=(other.number,)), "root", AT)
        )
        figures = await desk.ledger.read(queue.statistics)
        return ordered, figures.messages

    ordered, messages = desk.loop.run_until_complete(work())
    assert (ordered.recipients, messages) == (1, 1)
    assert desk.bodies.released == [body]
    assert desk.states(new) == ["queued"]
    desk.database.faults = [(BROKEN, False)]
    with pytest.raises(DatabasePoisoned):
        desk.loop.run_until_complete(desk.ledger.run(queue.statistics))
    assert desk.poisons == [BROKEN]


def test_one_caller_that_fails_harms_nobody_else(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the caller is at fault")

    desk.ledger.accept(message(), fail)
    desk.accept(message())
    desk.until(lambda: desk.answers)
    assert desk.answers[0][1] is None
    assert "answer of the ledger" in caplog.text


def test_a_closed_database_answers(tmp_path: Path) -> None:
    database = open_database(f"sqlite://{tmp_path}", "mailrelay", MIGRATIONS)
    desk = Desk(database)
    database.close()
    desk.accept(message())
    desk.finish(outcome(message()))
    desk.until(lambda: desk.answers and desk.told)
    assert desk.answers[0][1] is not None
    assert desk.told[0] is not None
    desk.ledger.close()
    desk.loop.close()


# ---------------------------------------------------------------- recovery


def test_recovery_settles_what_was_interrupted_and_drops_orphans(desk: Desk, tmp_path: Path) -> None:
    bodies = BodyStore(tmp_path / "bodies", desk.loop, segment_bytes=1 << 20, free_disk_percent=0)
    written: list[StoredBody] = []
    for _ in range(3):
        writer = bodies.open()
        writer.write(bytes(900_000))
        writer.finish(lambda body, _: written.append(body) if body else None)
    desk.until(lambda: len(written) == 3)
    new = desk.accepted(body=written[1])
    desk.ledger.start_attempts([begun(new)], desk.told.append)
    desk.until(lambda: desk.told)
    bodies.close()
    bodies = BodyStore(tmp_path / "bodies", desk.loop, segment_bytes=1 << 20)
    report = recover(desk.database.database, bodies)
    assert (report.unknown_attempts, len(report.deleted_segments)) == (1, 2)
    assert desk.states(new) == ["queued"]
    assert recover(desk.database.database, bodies).unknown_attempts == 0
    bodies.close()
