"""The journal on SQLite and PostgreSQL: records, erasure, and a tree that stalled or killed writers cannot harm."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from foundation import journal
from foundation.journal import merkle
from foundation.journal.canonical import canonical_json
from foundation.journal.records import BODY_LIMIT_BYTES
from foundation.journal.sequencer import sequence
from foundation.storage import ConstraintViolated, Database, TemporaryFailure, Transaction, open_database
from tests.support.databases import Open, Place
from tests.support.journal_checks import check_journal
from tests.support.journal_writer import INTENT, OUTCOME, conclude, intend

ROOT = Path(__file__).parents[2]
Program = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def database(open_tool: Open) -> Database:
    return open_tool(migrations=journal.MIGRATIONS)


@pytest.fixture
def sequencer(database: Database) -> journal.Sequencer:
    return journal.Sequencer(database, "tinh.test/trial")


@pytest.fixture
def start_writer(place: Place) -> Iterator[Program]:
    """Starts `tests.support.journal_writer` at the same place and kills it after the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.support.journal_writer", place.url, "trial" + place.suffix, *words]
        started.append(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for writer in started:
        writer.kill()
        writer.communicate(timeout=30)


def test_bodies_are_canonical_json(database: Database) -> None:
    """They are put together from parts; the whole must be what the documentation of the format says."""
    named = {"b": "the second", "a": "the first"}
    several = journal.RecordType("trial.several", 3, "Two private fields.", {"count": "a number"}, named)
    none = journal.RecordType("trial.none", 1, "Nothing private.", {"word": "a word"})
    local = datetime(2026, 11, 22, 8, 2, 3, tzinfo=timezone(timedelta(hours=7)))
    entries = [
        journal.Entry(several, {"count": 7}, {"b": "Trường", "a": ['"', {"d": 1, "c": None}]}, local),
        journal.Entry(none, {"word": "quoted \\ and\ttabbed"}, {}, datetime(2026, 11, 22, 1, 2, 3, 4, UTC)),
    ]
    ids = database.run(lambda transaction: journal.append_many(transaction, entries))
    first, second = database.read(lambda transaction: journal.read_records(transaction, ids[0] - 1))
    for record in (first, second):
        assert record.body == canonical_json(json.loads(record.body))
        assert journal.verify_private(record) == []
    assert (first.time, second.time) == (local, entries[1].at)
    assert b'"time":"2026-11-22T01:02:03.000000Z","type":"trial.several","version":3}' in first.body


def intend_many(database: Database, count: int) -> list[int]:
    return database.run(lambda transaction: intend(transaction, count))


# ---------------------------------------------------------------- records


def test_a_record_says_what_its_type_declares(database: Database) -> None:
    at = datetime(2026, 11, 22, 8, 0, tzinfo=timezone(timedelta(hours=7)))
    record_id = database.run(
        lambda transaction: journal.append(transaction, INTENT, {"padding": "Đắk Lắk"}, {"who": "H'Hen Niê"}, at)
    )
    record = database.read(lambda transaction: journal.read_record(transaction, record_id))
    assert record is not None
    digest = record.digests["who"]
    assert record.body.decode() == (
        f'{{"digests":{{"who":"{digest}"}},"fields":{{"padding":"Đắk Lắk"}},'
        '"time":"2026-11-22T01:00:00.000000Z","type":"trial.intended","version":1}'
    )
    assert record.leaf == merkle.leaf_hash(record.body)
    assert (record.type, record.version, record.time) == ("trial.intended", 1, at.astimezone(UTC))
    assert record.private["who"].value == "H'Hen Niê"
    assert len(record.private["who"].salt) == 16
    assert "Niê" not in record.body.decode()
    assert journal.verify_private(record) == []


def test_the_same_value_has_another_digest_in_every_record(database: Database) -> None:
    first, second = intend_many(database, 2)
    records = database.read(lambda transaction: journal.read_records(transaction))
    assert [record.id for record in records] == [first, second]
    assert records[0].digests["who"] != records[1].digests["who"]


def test_erasing_leaves_record_and_tree_valid(database: Database, sequencer: journal.Sequencer) -> None:
    ids = intend_many(database, 3)
    sequencer.catch_up()
    before = check_journal(database)
    assert database.run(lambda transaction: journal.erase(transaction, ids[1])) == ["who"]
    assert database.run(lambda transaction: journal.erase(transaction, ids[1])) == []
    assert check_journal(database) == before
    records = database.read(lambda transaction: journal.read_records(transaction))
    assert [sorted(record.private) for record in records] == [["who"], [], ["who"]]
    assert "who" in records[1].digests


def test_only_the_named_fields_are_erased(database: Database) -> None:
    pair = journal.RecordType("trial.pair", 1, "Two names.", private={"a": "One.", "b": "Two.", "c": "Three."})
    record_id = database.run(
        lambda transaction: journal.append(transaction, pair, {}, {"a": 1, "b": [2], "c": {"d": 3}})
    )
    erased = database.run(lambda transaction: journal.erase(transaction, record_id, ["b", "c", "unknown"]))
    assert erased == ["b", "c"]
    record = database.read(lambda transaction: journal.read_record(transaction, record_id))
    assert record is not None
    assert list(record.private) == ["a"]


def test_changed_clear_text_is_found(database: Database) -> None:
    (record_id,) = intend_many(database, 1)
    database.run(
        lambda transaction: transaction.execute("UPDATE private SET value = ? WHERE record_id = ?", ('"Ai"', record_id))
    )
    record = database.read(lambda transaction: journal.read_record(transaction, record_id))
    assert record is not None
    assert journal.verify_private(record) == ["who"]


@pytest.mark.parametrize("statement", ["UPDATE record SET leaf = leaf", "DELETE FROM record", "DELETE FROM tree"])
def test_records_and_tree_are_append_only(database: Database, sequencer: journal.Sequencer, statement: str) -> None:
    intend_many(database, 1)
    sequencer.catch_up()
    with pytest.raises(ConstraintViolated):
        database.run(lambda transaction: transaction.execute(statement))
    check_journal(database)


def test_undeclared_fields_store_nothing(database: Database) -> None:
    with pytest.raises(ValueError):
        database.run(lambda transaction: journal.append(transaction, OUTCOME, {"intent": 1, "colour": "red"}))
    assert database.read(lambda transaction: journal.read_records(transaction)) == []


def test_a_body_has_the_greatest_length_of_a_tlog_entry(database: Database) -> None:
    def with_padding(length: int) -> int:
        return database.run(
            lambda transaction: journal.append(transaction, INTENT, {"padding": "x" * length}, {"who": None})
        )

    empty = database.read(lambda transaction: journal.read_record(transaction, with_padding(0)))
    assert empty is not None
    room = BODY_LIMIT_BYTES - len(empty.body)
    assert with_padding(room)
    with pytest.raises(ValueError, match="65535"):
        with_padding(room + 1)


def test_private_values_may_be_large(database: Database) -> None:
    before: dict[str, Any] = {"mail": ["x" * 1000] * 200}
    record_id = database.run(lambda transaction: journal.append(transaction, INTENT, {"padding": ""}, {"who": before}))
    record = database.read(lambda transaction: journal.read_record(transaction, record_id))
    assert record is not None
    assert record.private["who"].value == before


def test_many_records_have_their_ids_in_order(database: Database) -> None:
    entries = [journal.Entry(OUTCOME, {"intent": number}) for number in range(1000)]
    ids = database.run(lambda transaction: journal.append_many(transaction, entries))
    records = database.read(lambda transaction: journal.read_records(transaction, limit=2000))
    assert {record.id: record.public["intent"] for record in records} == dict(zip(ids, range(1000), strict=True))
    assert ids == sorted(ids)


def test_equal_records_are_all_kept(database: Database, sequencer: journal.Sequencer) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    entries = [journal.Entry(OUTCOME, {"intent": 0}, at=at)] * 3
    first = intend_many(database, 1)[0]
    entries = [journal.Entry(OUTCOME, {"intent": first}, at=at)] * 3
    assert len(set(database.run(lambda transaction: journal.append_many(transaction, entries)))) == 3
    sequencer.catch_up()
    assert len(check_journal(database)) == 4


def test_nothing_to_append_is_fine(database: Database) -> None:
    assert database.run(lambda transaction: journal.append_many(transaction, [])) == []


def test_reading_goes_on_after_an_id(database: Database) -> None:
    ids = intend_many(database, 5)

    def read(after: int) -> list[journal.Record]:
        return database.read(lambda transaction: journal.read_records(transaction, after, 2))

    assert [record.id for record in read(0)] == ids[:2]
    assert [record.id for record in read(ids[3])] == ids[4:]
    assert read(ids[4]) == []
    assert database.read(lambda transaction: journal.read_record(transaction, ids[4] + 1)) is None


def test_a_body_is_plain_json_for_anybody(database: Database) -> None:
    (record_id,) = intend_many(database, 1)
    record = database.read(lambda transaction: journal.read_record(transaction, record_id))
    assert record is not None
    assert set(json.loads(record.body)) == {"digests", "fields", "time", "type", "version"}


# ---------------------------------------------------------------- the sequencer


def test_an_empty_journal(database: Database, sequencer: journal.Sequencer) -> None:
    assert sequencer.run_once() == 0
    assert check_journal(database) == []
    assert database.read(lambda transaction: journal.StoredTree(transaction).root()) == merkle.EMPTY_ROOT


def test_a_limit_is_kept_and_the_rest_follows(database: Database, sequencer: journal.Sequencer) -> None:
    ids = intend_many(database, 25)
    assert [sequencer.run_once(10), sequencer.run_once(10), sequencer.run_once(10), sequencer.run_once(10)] == [
        10,
        10,
        5,
        0,
    ]
    assert check_journal(database) == ids


@pytest.mark.parametrize("sizes", [[255, 1, 1], [256, 256], [1000, 24, 1], [100, 300, 500, 1000, 3]])
def test_tiles_fill_up_over_many_runs(database: Database, sequencer: journal.Sequencer, sizes: list[int]) -> None:
    for size in sizes:
        intend_many(database, size)
        assert sequencer.catch_up() == size
        check_journal(database)


def test_a_second_level_of_tiles(tmp_path: Path) -> None:
    """65,536 leaves fill the first tile of level 1. On SQLite only: it needs no statement of its own."""
    database = open_database(f"sqlite://{tmp_path}", "trial", journal.MIGRATIONS)
    total = 65_536 + 300
    leaves = [merkle.leaf_hash(b"%d" % number) for number in range(total)]

    def fill(transaction: Transaction) -> None:
        transaction.execute_many("INSERT INTO record (body, leaf) VALUES (?, ?)", [(leaf, leaf) for leaf in leaves])
        transaction.execute("INSERT INTO unsequenced (id) SELECT id FROM record")

    database.run(fill)
    assert journal.Sequencer(database, "tinh.test/trial").catch_up(40_000) == total

    def check(transaction: Transaction) -> None:
        tree = journal.StoredTree(transaction)
        assert transaction.execute("SELECT count(*), max(level) FROM tile") == [(257 + 1, 1)]
        for size in (1, 65_535, 65_536, 65_537, total):
            assert tree.root(size) == merkle.root_of(leaves[:size])
        path = tree.inclusion_path(65_000)
        assert merkle.verify_inclusion(leaves[65_000], 65_000, total, path, tree.root())
        with pytest.raises(ValueError):
            tree.root(total + 1)

    with database:
        database.read(check)


def test_two_sequencers_beside_busy_writers(open_tool: Open) -> None:
    databases = [open_tool(migrations=journal.MIGRATIONS) for _ in range(2)]
    finished = threading.Event()

    def write(number: int) -> None:
        database = databases[number % 2]
        for _ in range(25):
            intents = database.run(lambda transaction: intend(transaction, 3))
            database.run(lambda transaction, intents=intents: conclude(transaction, intents))  # type: ignore[misc]

    def run_sequencer(database: Database) -> int:
        total = 0
        while not finished.is_set():
            total += journal.Sequencer(database, "tinh.test/trial").run_once(50)
        return total

    with ThreadPoolExecutor(6) as threads:
        totals = [threads.submit(run_sequencer, database) for database in databases]
        list(threads.map(write, range(4)))
        finished.set()
        placed = sum(total.result(30) for total in totals)
    rest = journal.Sequencer(databases[0], "tinh.test/trial").catch_up()
    assert placed + rest == len(check_journal(databases[0])) == 4 * 25 * 6


# ---------------------------------------------------------------- stalled and killed writers


def test_a_stalled_transaction_is_placed_when_it_commits(open_tool: Open) -> None:
    one, two = (open_tool(migrations=journal.MIGRATIONS, busy_timeout_seconds=0.1) for _ in range(2))
    sequencer = journal.Sequencer(one, "tinh.test/trial")
    started, go = threading.Event(), threading.Event()

    def stall(transaction: Transaction) -> list[int]:
        ids = intend(transaction, 2)
        started.set()
        assert go.wait(30)
        return ids

    stalled = two.submit(stall)
    assert started.wait(30)
    if one.dialect == "postgresql":  # others commit, and are placed without waiting
        others = intend_many(one, 300)
        assert sequencer.catch_up() == 300
        assert one.read(lambda transaction: journal.StoredTree(transaction).size) == 300
        go.set()
        late = stalled.result(30)
        assert max(late) < min(others)
        assert sequencer.catch_up() == 2
        assert check_journal(one) == others + late
    else:  # SQLite has one writer: the others are told to come back, and lose nothing
        with pytest.raises(TemporaryFailure):
            intend_many(one, 1)
        with pytest.raises(TemporaryFailure):
            sequencer.run_once()
        go.set()
        late = stalled.result(30)
        assert sequencer.catch_up() == 2
        assert check_journal(one) == late


def test_a_stalled_sequencer_stops_no_writer(open_tool: Open) -> None:
    one, two = (open_tool(migrations=journal.MIGRATIONS, busy_timeout_seconds=0.1) for _ in range(2))
    first = intend_many(one, 5)
    started, go = threading.Event(), threading.Event()

    def stall(transaction: Transaction) -> int:
        placed = sequence(transaction, 100)
        started.set()
        assert go.wait(30)
        return placed

    stalled = two.submit(stall)
    assert started.wait(30)
    later: list[int] = []
    if one.dialect == "postgresql":
        later = intend_many(one, 5)
        assert journal.Sequencer(one, "tinh.test/trial").run_once() == 0
    go.set()
    assert stalled.result(30) == 5
    assert journal.Sequencer(one, "tinh.test/trial").catch_up() == len(later)
    assert check_journal(one) == first + later


@pytest.mark.parametrize("fate", ["continues", "is killed"])
def test_a_stopped_process_in_mid_transaction(open_tool: Open, start_writer: Program, fate: str) -> None:
    database = open_tool(migrations=journal.MIGRATIONS, busy_timeout_seconds=0.1)
    sequencer = journal.Sequencer(database, "tinh.test/trial")
    writer = start_writer("1", "stall")
    os.waitpid(writer.pid, os.WUNTRACED)
    others = 0
    if database.dialect == "postgresql":
        others = len(intend_many(database, 10))
        assert sequencer.catch_up() == others
    else:
        with pytest.raises(TemporaryFailure):
            intend_many(database, 10)
    if fate == "continues":
        writer.send_signal(signal.SIGCONT)
    acknowledged = _killed_after(writer, 5 if fate == "continues" else 0)
    _catch_up_after_kill(database, writer.pid)
    placed = check_journal(database)
    assert acknowledged <= set(placed)
    if fate == "is killed":
        assert len(placed) == others


@pytest.mark.parametrize("lines", [1, 40, 700])
def test_killed_writers_lose_nothing_that_was_acknowledged(open_tool: Open, start_writer: Program, lines: int) -> None:
    database = open_tool(migrations=journal.MIGRATIONS)
    writers = [start_writer(str(lines * 10 + number)) for number in range(2)]
    acknowledged: set[int] = set()
    for number, writer in enumerate(writers):
        acknowledged |= _killed_after(writer, lines + number)
        journal.Sequencer(database, "tinh.test/trial").run_once()
    _catch_up_after_kill(database, *(writer.pid for writer in writers))
    assert len(acknowledged) > lines
    assert acknowledged <= set(check_journal(database))


def _killed_after(writer: subprocess.Popen[str], lines: int) -> set[int]:
    """Kill the writer when it has acknowledged so many records; returns the ids of all that it acknowledged."""
    assert writer.stdout is not None
    said = "".join(writer.stdout.readline() for _ in range(lines))
    writer.kill()
    said += writer.stdout.read()
    complete = said[: said.rfind("\n") + 1]  # the last line may have been cut short
    return {int(line.split()[1]) for line in complete.splitlines()}


def _catch_up_after_kill(database: Database, *pids: int) -> None:
    """Wait until the server has noticed that these clients are gone: it may still commit what they sent last."""
    deadline = time.monotonic() + 30
    while database.dialect == "postgresql" and any(database.read(_connected(pid)) for pid in pids):
        assert time.monotonic() < deadline
    journal.Sequencer(database, "tinh.test/trial").catch_up()


def _connected(pid: int) -> Callable[[Transaction], bool]:
    statement = "SELECT 1 FROM pg_stat_activity WHERE application_name LIKE ?"
    return lambda transaction: bool(transaction.execute(statement, (f"%pid {pid} on %",)))
