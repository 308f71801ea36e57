"""What `protocol.Database` promises, on SQLite and on PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from foundation.errors import Busy, StorageError
from foundation.storage import (
    ConstraintViolated,
    Database,
    StatementRefused,
    Transaction,
)
from tests.support.databases import Open, Place

HOLDER = """
import sys
from foundation.storage import open_database
from tests.support.databases import MIGRATIONS
with open_database(sys.argv[1], sys.argv[2], MIGRATIONS) as database, database.lock("sync"):
    print("held", flush=True)
    sys.stdin.read()
"""
ADD = "INSERT INTO item (name, amount) VALUES (?, ?) RETURNING id"


def adding(name: str, amount: int = 1) -> Callable[[Transaction], int]:
    """A work that stores one item and returns its id."""
    return lambda transaction: int(transaction.execute(ADD, (name, amount))[0][0])


def names(database: Database) -> list[str]:
    return database.read(
        lambda transaction: [row[0] for row in transaction.execute("SELECT name FROM item ORDER BY name")]
    )


def in_one_group(database: Database, *works: Callable[[Transaction], object]) -> list[Future[object]]:
    """Submit works while the writer is busy, so that they share one commit."""
    started, go = threading.Event(), threading.Event()

    def hold(transaction: Transaction) -> None:
        started.set()
        assert go.wait(30)

    held = database.submit(hold)
    assert started.wait(30)
    futures = [database.submit(work) for work in works]
    go.set()
    held.result(30)
    return futures


# ---------------------------------------------------------------- values and statements


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("amount", 0),
        ("amount", 2**63 - 1),
        ("amount", None),
        ("share", 0.1),
        ("share", -1e300),
        ("content", b""),
        ("content", bytes(range(256))),
        ("name", "Nguyễn Thị Ánh Tuyết"),
        ("name", "H'Hen Niê 𠀋 '\"\\%s%%?;--"),
    ],
)
def test_a_value_comes_back_as_it_went_in(database: Database, column: str, value: object) -> None:
    row = {"name": "one", column: value}
    sql = f"INSERT INTO item ({', '.join(row)}) VALUES ({', '.join('?' * len(row))}) RETURNING {column}"  # noqa: S608
    returned = database.run(lambda transaction: transaction.execute(sql, tuple(row.values())))  # type: ignore[arg-type]
    stored = database.read(lambda transaction: transaction.execute(f"SELECT {column} FROM item"))  # noqa: S608
    assert returned == stored == [(value,)]
    assert type(stored[0][0]) is type(value)


def test_placeholders_inside_literals_names_and_comments_are_left_alone(database: Database) -> None:
    sql = """SELECT '?' || ?, 'it''s 100%' AS "why?", 7 % 4 -- ? and %s
             /* ? */ WHERE 'a' LIKE '%a%' AND ? = 1;"""
    assert database.read(lambda transaction: transaction.execute(sql, ("x", 1))) == [("?x", "it's 100%", 3)]


def test_numbers_and_truths_have_the_same_types_everywhere(database: Database) -> None:
    database.run(lambda transaction: transaction.execute_many(ADD.removesuffix(" RETURNING id"), [("a", 1), ("b", 2)]))
    rows = database.read(
        lambda transaction: transaction.execute(
            "SELECT sum(amount), avg(amount), count(*), max(amount) > 1, min(amount) > 1 FROM item"
        )
    )
    assert rows == [(3, 1.5, 2, 1, 0)]
    assert [type(value) for value in rows[0]] == [int, float, int, int, int]


def test_a_truth_is_stored_as_a_number(database: Database) -> None:
    database.run(adding("yes", True))
    assert database.read(lambda transaction: transaction.execute("SELECT amount FROM item")) == [(1,)]


def test_text_is_ordered_by_code_point(database: Database) -> None:
    words = ["b", "a", "B", "Đ", "đ", "á", "z", "_"]
    database.run(
        lambda transaction: transaction.execute_many("INSERT INTO item (name) VALUES (?)", [(word,) for word in words])
    )
    assert names(database) == sorted(words)


def test_conflicts_that_are_expected_are_part_of_the_statement(database: Database) -> None:
    upsert = """INSERT INTO item (name, amount) VALUES (?, ?)
                ON CONFLICT (name) DO UPDATE SET amount = item.amount + excluded.amount RETURNING amount"""
    database.run(lambda transaction: transaction.execute(upsert, ("one", 2)))
    assert database.run(lambda transaction: transaction.execute(upsert, ("one", 3))) == [(5,)]


def test_ids_are_never_given_twice(database: Database) -> None:
    first = database.run(adding("one"))
    database.run(lambda transaction: transaction.execute("DELETE FROM item"))
    assert database.run(adding("two")) > first


@pytest.mark.parametrize("statement", ["UPDATE fact SET number = 2", "DELETE FROM fact"])
def test_an_append_only_table_refuses_changes(database: Database, statement: str) -> None:
    database.run(lambda transaction: transaction.execute("INSERT INTO fact (number) VALUES (1)"))
    with pytest.raises(ConstraintViolated):
        database.run(lambda transaction: transaction.execute(statement))
    assert database.read(lambda transaction: transaction.execute("SELECT number FROM fact")) == [(1,)]


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO item (name) VALUES ('taken')",
        "INSERT INTO item (name) VALUES (NULL)",
        "INSERT INTO item (name, amount) VALUES ('new', -1)",
        "INSERT INTO part (item_id, position) VALUES (999999, 1)",
    ],
)
def test_a_broken_rule_is_named_so(database: Database, statement: str) -> None:
    database.run(adding("taken"))
    with pytest.raises(ConstraintViolated):
        database.run(lambda transaction: transaction.execute(statement))


@pytest.mark.parametrize(
    ("statement", "parameters"),
    [
        ("SELEC 1", ()),
        ("SELECT nothing FROM nowhere", ()),
        ("SELECT ?", ()),
        ("SELECT 1", (1,)),
        ("INSERT INTO item (name, amount) VALUES ('x', ?)", (2**63,)),
        ("INSERT INTO item (name, amount) VALUES ('x', ?)", (object(),)),
        ("INSERT INTO item (name, amount) VALUES ('x', ?)", ("word",)),
        ("INSERT INTO item (name) VALUES (?)", ("lone surrogate \ud800",)),
        ("SELECT 1; SELECT 2", ()),
        ("SELECT 'open", ()),
        ("-- nothing", ()),
        ("COMMIT", ()),
        ("rollback", ()),
        ("/* x */ PRAGMA foreign_keys = OFF", ()),
        ("SAVEPOINT mine", ()),
    ],
)
def test_a_statement_that_makes_no_sense_is_our_bug(
    database: Database, statement: str, parameters: tuple[int, ...]
) -> None:
    with pytest.raises(StorageError) as caught:
        database.run(lambda transaction: transaction.execute(statement, parameters))
    assert isinstance(caught.value, (StatementRefused, ConstraintViolated))
    assert database.run(adding("afterwards")) > 0


def test_the_works_own_exception_reaches_its_caller(database: Database) -> None:
    def fail(transaction: Transaction) -> None:
        transaction.execute(ADD, ("half", 1))
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        database.run(fail)
    assert names(database) == []


def test_an_error_of_the_rows_themselves_stays_itself(database: Database) -> None:
    rows = ((str(10 // number),) for number in (2, 1, 0))
    with pytest.raises(ZeroDivisionError):
        database.run(lambda transaction: transaction.execute_many("INSERT INTO item (name) VALUES (?)", rows))
    assert names(database) == []


def test_a_unit_is_lost_after_a_failed_statement_even_if_the_work_goes_on(database: Database) -> None:
    def go_on(transaction: Transaction) -> str:
        transaction.execute(ADD, ("first", 1))
        with pytest.raises(ConstraintViolated):
            transaction.execute(ADD, ("second", -1))
        with pytest.raises(ConstraintViolated):
            transaction.execute(ADD, ("third", 1))
        return "done"

    with pytest.raises(ConstraintViolated):
        database.run(go_on)
    assert names(database) == []


def test_a_transaction_is_useless_after_its_work(database: Database) -> None:
    kept: list[Transaction] = []
    database.run(kept.append)
    database.read(kept.append)
    for transaction in kept:
        with pytest.raises(StatementRefused):
            transaction.execute("SELECT 1")


# ---------------------------------------------------------------- group commit


def test_one_failure_never_fails_its_neighbours(database: Database) -> None:
    def fail(transaction: Transaction) -> None:
        transaction.execute(ADD, ("undone", 1))
        raise ValueError

    futures = in_one_group(
        database,
        adding("one"),
        adding("one"),
        fail,
        adding("two"),
        lambda transaction: transaction.execute("SELEC"),
        adding("bad", -1),
        adding("three"),
    )
    errors = [type(future.exception(30)) for future in futures]
    nothing = type(None)
    assert errors == [nothing, ConstraintViolated, ValueError, nothing, StatementRefused, ConstraintViolated, nothing]
    assert names(database) == ["one", "three", "two"]


def test_a_unit_sees_what_the_units_before_it_wrote(database: Database) -> None:
    count: Callable[[Transaction], int] = lambda transaction: transaction.execute("SELECT count(*) FROM item")[0][0]  # noqa: E731
    futures = in_one_group(database, adding("one"), count, adding("two"), count)
    assert [futures[1].result(30), futures[3].result(30)] == [1, 2]


def test_many_threads_are_all_served(database: Database) -> None:
    with ThreadPoolExecutor(8) as threads:
        ids = list(threads.map(lambda number: database.run(adding(f"item {number}")), range(400)))
    assert len(set(ids)) == 400
    assert len(names(database)) == 400


def test_more_units_than_one_group_holds(database: Database) -> None:
    futures = in_one_group(database, *(adding(f"item {number}") for number in range(1100)))
    assert len({future.result(30) for future in futures}) == 1100


def test_a_unit_cancelled_before_its_turn_does_not_run(database: Database) -> None:
    started, go = threading.Event(), threading.Event()

    def hold(transaction: Transaction) -> None:
        started.set()
        assert go.wait(30)

    held = database.submit(hold)
    assert started.wait(30)
    cancelled = database.submit(adding("never"))
    assert cancelled.cancel()
    go.set()
    held.result(30)
    database.run(adding("after"))
    assert names(database) == ["after"]


def test_waiting_for_a_unit_inside_a_unit_is_refused(database: Database) -> None:
    with pytest.raises(RuntimeError):
        database.run(lambda transaction: database.run(adding("inner")))


# ---------------------------------------------------------------- reading


def test_reading_sees_one_snapshot(database: Database) -> None:
    database.run(adding("before"))

    def read_twice(transaction: Transaction) -> tuple[int, int]:
        first = transaction.execute("SELECT count(*) FROM item")[0][0]
        database.run(adding("meanwhile"))
        return first, transaction.execute("SELECT count(*) FROM item")[0][0]

    assert database.read(read_twice) == (1, 1)
    assert names(database) == ["before", "meanwhile"]


def test_reading_does_not_wait_for_a_slow_unit(database: Database) -> None:
    started, go = threading.Event(), threading.Event()

    def hold(transaction: Transaction) -> None:
        transaction.execute(ADD, ("not yet", 1))
        started.set()
        assert go.wait(30)

    held = database.submit(hold)
    assert started.wait(30)
    assert names(database) == []
    go.set()
    held.result(30)
    assert names(database) == ["not yet"]


def test_reading_cannot_write(database: Database) -> None:
    with pytest.raises(StatementRefused):
        database.read(adding("never"))
    assert names(database) == []


def test_more_readers_at_once_than_connections_are_kept(database: Database) -> None:
    meet = threading.Barrier(12, timeout=30)

    def read(transaction: Transaction) -> int:
        meet.wait()
        return int(transaction.execute("SELECT 1")[0][0])

    with ThreadPoolExecutor(12) as threads:
        assert list(threads.map(lambda _: database.read(read), range(12))) == [1] * 12


# ---------------------------------------------------------------- life and neighbours


def test_closing_finishes_what_was_submitted(open_tool: Open) -> None:
    database = open_tool()
    futures = [database.submit(adding(f"item {number}")) for number in range(50)]
    database.close()
    assert all(future.result(0) for future in futures)
    assert len(names(open_tool())) == 50


def test_a_closed_database_says_so(open_tool: Open) -> None:
    database = open_tool()
    database.close()
    database.close()
    assert isinstance(database.submit(adding("late")).exception(0), StorageError)
    with pytest.raises(StorageError):
        database.read(lambda transaction: transaction.execute("SELECT 1"))


def test_a_database_is_a_context(open_tool: Open) -> None:
    with open_tool() as database:
        database.run(adding("one"))
    assert isinstance(database.submit(adding("late")).exception(0), StorageError)


def test_two_tools_do_not_see_each_other(open_tool: Open) -> None:
    one, two = open_tool("one"), open_tool("two")
    one.run(adding("only here"))
    assert names(two) == []


def test_two_openers_see_each_other(open_tool: Open) -> None:
    one, two = open_tool(), open_tool()
    one.run(adding("from one"))
    two.run(adding("from two"))
    assert names(one) == names(two) == ["from one", "from two"]


def test_only_one_unit_at_a_time_is_exclusive(open_tool: Open) -> None:
    one, two = open_tool(), open_tool()
    assert one.run(lambda transaction: transaction.try_exclusive("work")) is True
    if one.dialect == "postgresql":  # on SQLite the other writer would simply wait

        def try_beside(transaction: Transaction) -> tuple[bool, bool, bool]:
            first = transaction.try_exclusive("work")
            beside = two.run(lambda other: other.try_exclusive("work"))
            return first, beside, two.run(lambda other: other.try_exclusive("other work"))

        assert one.run(try_beside) == (True, False, True)
    assert two.run(lambda transaction: transaction.try_exclusive("work")) is True


# ---------------------------------------------------------------- locks


def test_a_lock_is_held_by_one(open_tool: Open) -> None:
    one, two = open_tool(), open_tool()
    with one.lock("sync") as held:
        held.check()
        for other in (one, two):
            with pytest.raises(Busy) as caught, other.lock("sync"):
                pass
            assert "sync" in caught.value.message.vi
            assert " pid " in caught.value.message.en or " process " in caught.value.message.en
        with two.lock("sequencer"):
            pass
    with two.lock("sync"):
        pass


def test_tools_have_locks_of_their_own(open_tool: Open) -> None:
    with open_tool("one").lock("sync"), open_tool("two").lock("sync"):
        pass


def test_a_lock_is_free_again_after_an_error(database: Database) -> None:
    with pytest.raises(KeyError), database.lock("sync"):
        raise KeyError
    with database.lock("sync"):
        pass


def test_a_lock_is_free_again_when_its_holder_is_killed(place: Place, open_tool: Open) -> None:
    database = open_tool()
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, place.url, "trial" + place.suffix],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    with holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Busy) as caught, database.lock("sync"):
            pass
        assert str(holder.pid) in caught.value.message.vi
        holder.kill()
    deadline = time.monotonic() + 30
    while True:  # a server may take a moment to notice
        try:
            with database.lock("sync"):
                return
        except Busy:
            assert time.monotonic() < deadline
