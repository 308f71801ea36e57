"""What is particular to SQLite: files and their modes, settings, a foreign writer."""

from __future__ import annotations

import shutil
import stat
import threading
from pathlib import Path

import apsw
import pytest

from foundation.errors import StorageError
from foundation.storage import Database, DatabasePoisoned, TemporaryFailure, Transaction, open_database
from foundation.storage.sqlite_session import Health, SqliteSession
from tests.support.databases import MIGRATIONS


def opened(folder: Path, **options: float) -> Database:
    return open_database(f"sqlite://{folder}", "trial", MIGRATIONS, **options)  # type: ignore[arg-type]


def insert(transaction: Transaction) -> None:
    transaction.execute("INSERT INTO item (amount, name) VALUES (1, 'x' || (SELECT count(*) FROM item))")


def test_folder_and_files_are_ours_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    with opened(folder) as database:
        database.run(insert)
        with database.lock("sync"):
            modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in folder.iterdir()}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert modes == dict.fromkeys(("trial.sqlite3", "trial.sqlite3-wal", "trial.sqlite3-shm", "trial.sync.lock"), 0o600)


def test_an_existing_folder_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    opened(tmp_path).close()
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o750


def test_closing_empties_the_write_ahead_log(tmp_path: Path) -> None:
    database = opened(tmp_path)
    beside = apsw.Connection(str(tmp_path / "trial.sqlite3"))  # keeps the file from being removed by the last close
    beside.execute("SELECT count(*) FROM item").fetchall()
    database.run(insert)
    assert (tmp_path / "trial.sqlite3-wal").stat().st_size > 0
    database.close()
    assert (tmp_path / "trial.sqlite3-wal").stat().st_size == 0
    beside.close()


def test_the_write_ahead_log_does_not_grow_for_ever(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        sizes = []
        for _ in range(3):
            for _ in range(210):
                database.run(insert)
            sizes.append((tmp_path / "trial.sqlite3-wal").stat().st_size)
    assert sizes[2] <= sizes[0] * 1.2


def test_the_settings_that_keep_commits(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        read = "SELECT * FROM pragma_{}"
        settings = {
            name: database.run(lambda transaction, name=name: transaction.execute(read.format(name))[0][0])  # type: ignore[misc]
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}


def test_a_foreign_writer_is_waited_for_and_then_named(tmp_path: Path) -> None:
    with opened(tmp_path, busy_timeout_seconds=0.05) as database:
        foreign = apsw.Connection(str(tmp_path / "trial.sqlite3"))
        foreign.execute("BEGIN IMMEDIATE")
        with pytest.raises(TemporaryFailure) as caught:
            database.run(insert)
        assert not caught.value.may_be_stored
        foreign.execute("COMMIT")
        foreign.close()
        database.run(insert)


def test_a_unit_run_here_leaves_waiting_for_a_foreign_writer_to_the_writers_thread(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        foreign = apsw.Connection(str(tmp_path / "trial.sqlite3"))
        foreign.execute("BEGIN IMMEDIATE")
        threads: list[str] = []

        def work(transaction: Transaction) -> None:
            threads.append(threading.current_thread().name)
            insert(transaction)

        waiting = database.submit_here(work)
        assert not waiting.done()
        foreign.execute("COMMIT")
        waiting.result(timeout=30)
        database.submit_here(work).result(timeout=30)
        foreign.close()
    assert threads == [f"writer of {database.description}", threading.current_thread().name]


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "trial.sqlite3").write_bytes(b"This is a letter, not a database. " * 200)
    with pytest.raises(DatabasePoisoned):
        opened(tmp_path)


def test_a_place_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError) as caught:
        opened(tmp_path / "file" / "data")
    assert str(tmp_path) in caught.value.message.en
    assert caught.value.hint is not None


def test_erased_content_is_overwritten_in_the_file(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        database.run(
            lambda transaction: transaction.execute("INSERT INTO item (name) VALUES (?)", ("Lò Thị Mẩy" * 20,))
        )
        database.run(lambda transaction: transaction.execute("DELETE FROM item"))
    assert "Lò Thị Mẩy".encode() not in (tmp_path / "trial.sqlite3").read_bytes()


def test_a_unit_that_leaves_no_copy_leaves_none_in_the_log_either(tmp_path: Path) -> None:
    def erase(transaction: Transaction) -> None:
        transaction.execute("DELETE FROM item")
        transaction.leave_no_copy()

    def files_with_it() -> list[str]:
        return [path.name for path in tmp_path.iterdir() if "Lò Thị Mẩy".encode() in path.read_bytes()]

    with opened(tmp_path) as database:
        database.run(
            lambda transaction: transaction.execute("INSERT INTO item (name) VALUES (?)", ("Lò Thị Mẩy" * 20,))
        )
        reader = apsw.Connection(str(tmp_path / "trial.sqlite3"))
        reader.execute("BEGIN; SELECT count(*) FROM item").fetchall()
        database.run(erase)
        database.run(insert)
        assert files_with_it() == ["trial.sqlite3-wal"], "a reader that began before it still needs it"
        reader.close()
        database.run(insert)
        database.run(insert)
        assert files_with_it() == []


def test_whoever_opens_what_a_killed_process_left_leaves_no_copy_in_the_log(tmp_path: Path) -> None:
    def erase(transaction: Transaction) -> None:
        transaction.execute("DELETE FROM item")
        transaction.leave_no_copy()

    def copies(folder: Path) -> list[str]:
        return [path.name for path in folder.iterdir() if "Lò Thị Mẩy".encode() in path.read_bytes()]

    running, left = tmp_path / "running", tmp_path / "left"
    with opened(running) as database:
        database.run(
            lambda transaction: transaction.execute("INSERT INTO item (name) VALUES (?)", ("Lò Thị Mẩy" * 20,))
        )
        reader = apsw.Connection(str(running / "trial.sqlite3"))
        reader.execute("BEGIN; SELECT count(*) FROM item").fetchall()
        database.run(erase)
        shutil.copytree(running, left)  # as a kill at this instant leaves it
        reader.close()
    assert copies(left) == ["trial.sqlite3-wal"]
    with opened(left) as database:
        assert database.read(lambda transaction: transaction.execute("SELECT count(*) FROM item")) == [(0,)]
        assert copies(left) == []


def test_a_disk_that_fails_while_the_log_is_emptied_poisons_the_database(tmp_path: Path) -> None:
    opened(tmp_path).close()
    health = Health(tmp_path / "trial.sqlite3")
    session = SqliteSession(health, 1.0)
    connection = session._connection
    session._connection = Failing(connection)  # type: ignore[assignment]
    session.leave_no_copy()
    session.rest()
    assert isinstance(health.poison, DatabasePoisoned)
    with pytest.raises(DatabasePoisoned):
        session.begin_write()
    connection.close()


class Failing:
    """A connection whose disk fails when the log is cut."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def set_busy_timeout(self, milliseconds: int) -> None:
        self._connection.set_busy_timeout(milliseconds)

    def wal_checkpoint(self, mode: int) -> tuple[int, int]:
        if mode == apsw.SQLITE_CHECKPOINT_TRUNCATE:
            raise apsw.IOError("disk I/O error")
        return self._connection.wal_checkpoint(mode=mode)
