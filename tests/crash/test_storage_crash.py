"""Storage when processes are killed, disks fill up or fail, and servers crash: what was acknowledged is there."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from foundation.storage import Database, DatabasePoisoned, TemporaryFailure, Transaction, open_database
from tests.support.databases import MIGRATIONS
from tests.support.postgres_server import PostgresServer
from tests.support.sqlite_kills import PARTS, UNITS
from tests.support.system_faults import watched_writes

ROOT = Path(__file__).parents[2]
ADD = "INSERT INTO item (name, content) VALUES (?, ?)"


def run_program(name: str, *words: str) -> str:
    command = [sys.executable, "-m", f"tests.support.{name}", *words]
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, timeout=240).stdout


def add(database: Database, name: str, size: int = 10) -> Future[Any]:
    return database.submit(lambda transaction: transaction.execute(ADD, (name, b"x" * size)))


def names(database: Database) -> list[str]:
    return database.read(
        lambda transaction: [row[0] for row in transaction.execute("SELECT name FROM item ORDER BY name")]
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def database(folder: Path) -> Database:
    return open_database(f"sqlite://{folder}", "trial", MIGRATIONS)


def test_killed_at_any_write_units_are_whole_and_the_acknowledged_ones_are_there(tmp_path: Path) -> None:
    """From the creation of the file over migrations, units, the sequencer and checkpoints to the close."""
    lives = [json.loads(line) for line in run_program("sqlite_kills", str(tmp_path), "1", "11").splitlines()]
    assert len(lives) > 15
    assert [life["lived"] for life in lives] == [False] * (len(lives) - 1) + [True]
    for life in lives:
        assert life["integrity"] == [["ok"]]
        assert life["acknowledged"] <= len(life["items"]) <= life["acknowledged"] + 1
        assert life["items"] == [[f"item {number}", PARTS] for number in range(len(life["items"]))]
        assert life["records"] == len(life["items"])
    assert lives[-1]["acknowledged"] == UNITS


def test_a_full_disk_fails_the_group_and_the_database_goes_on_when_there_is_room(database: Database) -> None:
    with watched_writes() as writes:
        add(database, "before").result(30)
        for reason in (errno.ENOSPC, errno.EDQUOT):
            writes.error = reason
            futures = [add(database, f"lost {number}") for number in range(20)]
            for future in futures:
                error = future.exception(30)
                assert isinstance(error, TemporaryFailure)
                assert not error.may_be_stored
                assert "full" in error.message.en
            writes.error = 0
            add(database, f"after {reason}").result(30)
        database.close()
    with open_database(
        database.description.replace("sqlite:", "sqlite://").rpartition("/")[0], "trial", MIGRATIONS
    ) as again:
        assert names(again) == sorted(["before", f"after {errno.ENOSPC}", f"after {errno.EDQUOT}"])


def test_a_disk_that_fills_up_inside_a_unit_harms_only_its_group(database: Database) -> None:
    """A unit larger than the page cache writes before its commit, and meets the full disk there."""
    with watched_writes() as writes:
        add(database, "before").result(30)
        writes.error = errno.ENOSPC
        future = add(database, "too much", 40_000_000)
        assert isinstance(future.exception(60), TemporaryFailure)
        writes.error = 0
        add(database, "after").result(30)
    assert names(database) == ["after", "before"]
    database.close()


def test_a_failing_disk_poisons_the_database(database: Database, folder: Path) -> None:
    with watched_writes() as writes:
        add(database, "before").result(30)
        writes.error = errno.EIO
        assert isinstance(add(database, "lost").exception(30), DatabasePoisoned)
        writes.error = 0
        for _ in range(2):
            assert isinstance(add(database, "later").exception(30), DatabasePoisoned)
        assert names(database) == ["before"]
        database.close()
    with open_database(f"sqlite://{folder}", "trial", MIGRATIONS) as again:
        assert "before" in names(again)
        add(again, "a new process writes again").result(30)


def test_a_failed_fsync_is_never_tried_again(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    told = json.loads(run_program("sqlite_bad_disk", str(folder)))
    assert told["before"] == {"error": None}
    assert told["during"]["error"] == told["afterwards"]["error"] == "DatabasePoisoned"
    assert told["names"] == [["before"]]
    with open_database(f"sqlite://{folder}", "trial", MIGRATIONS) as again:
        assert "before" in names(again)
        assert "afterwards" not in names(again)


@pytest.mark.server
def test_a_crashed_postgresql_keeps_what_was_acknowledged(postgres_server: PostgresServer) -> None:
    url = postgres_server.url(postgres_server.create_database())
    acknowledged: list[str] = []
    absent: list[str] = []
    with open_database(url, "trial", MIGRATIONS) as database:
        enough, finished = threading.Event(), threading.Event()

        def write(writer: int) -> None:
            number = 0
            while not finished.is_set():
                number += 1
                name = f"{writer} {number}"
                try:
                    add(database, name).result(60)
                except TemporaryFailure as error:
                    if not error.may_be_stored:
                        absent.append(name)
                else:
                    acknowledged.append(name)
                    if number == 60:
                        enough.set()

        writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
        for writer in writers:
            writer.start()
        assert enough.wait(60)
        before = len(acknowledged)
        postgres_server.stop()
        postgres_server.start()
        add(database, "after the crash").result(60)
        finished.set()
        for writer in writers:
            writer.join()
        stored = set(names(database))
    assert before >= 60
    assert set(acknowledged) <= stored
    assert not set(absent) & stored


def test_a_unit_killed_with_its_thread_leaves_no_one_waiting(database: Database) -> None:
    """Even SystemExit inside a work is only that unit's failure."""

    def leave(_: Transaction) -> None:
        raise SystemExit(1)

    assert isinstance(database.submit(leave).exception(30), SystemExit)
    add(database, "after").result(30)
    assert names(database) == ["after"]
    database.close()
