"""Migrations on SQLite and PostgreSQL: applied once, whole, in order, and recorded."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from foundation import journal
from foundation.errors import StorageError
from foundation.storage import Database, SchemaMismatch, open_database, pending_migrations
from tests.support.databases import Open, Place


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of one migration."""
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "0001_first.sql").write_text(
        "CREATE TABLE first (id {identity}) {strict}; CREATE TABLE more (id {integer});"
    )
    return folder


def applied(database: Database) -> list[tuple[object, ...]]:
    return database.read(
        lambda transaction: transaction.execute("SELECT folder, number, name FROM migration ORDER BY folder, number")
    )


def waiting(place: Place, *folders: str | Path) -> list[str]:
    return pending_migrations(place.url, "trial" + place.suffix, folders)


def test_what_is_pending_can_be_asked_without_creating_anything(place: Place, open_tool: Open, folder: Path) -> None:
    assert waiting(place, journal.MIGRATIONS, folder) == ["journal 0001_journal", "tables 0001_first"]
    assert waiting(place, journal.MIGRATIONS, folder) == ["journal 0001_journal", "tables 0001_first"]
    open_tool(migrations=[journal.MIGRATIONS, folder])
    assert waiting(place, journal.MIGRATIONS, folder) == []


def test_they_record_themselves_and_run_once(open_tool: Open, folder: Path) -> None:
    for _ in range(2):
        database = open_tool(migrations=[journal.MIGRATIONS, folder])
        assert applied(database) == [("journal", 1, "journal"), ("tables", 1, "first")]


def test_a_later_one_is_applied_to_what_is_there(place: Place, open_tool: Open, folder: Path) -> None:
    open_tool(migrations=folder).run(lambda transaction: transaction.execute("INSERT INTO more (id) VALUES (7)"))
    (folder / "0002_second.sql").write_text("ALTER TABLE more ADD COLUMN name {text}; UPDATE more SET name = 'kept';")
    assert waiting(place, folder) == ["tables 0002_second"]
    database = open_tool(migrations=folder)
    assert database.read(lambda transaction: transaction.execute("SELECT id, name FROM more")) == [(7, "kept")]


def test_a_failing_one_leaves_nothing_of_itself(place: Place, open_tool: Open, folder: Path) -> None:
    (folder / "0002_second.sql").write_text("CREATE TABLE half (id {integer}); INSERT INTO nowhere VALUES (1);")
    with pytest.raises(StorageError):
        open_tool(migrations=folder)
    assert waiting(place, folder) == ["tables 0002_second"]
    (folder / "0002_second.sql").write_text("CREATE TABLE half (id {integer});")
    database = open_tool(migrations=folder)
    assert database.read(lambda transaction: transaction.execute("SELECT id FROM half")) == []


def test_an_edited_one_is_refused(place: Place, open_tool: Open, folder: Path) -> None:
    open_tool(migrations=folder)
    (folder / "0001_first.sql").write_text("CREATE TABLE first (id {identity}, added {text});")
    with pytest.raises(SchemaMismatch, match="0001_first"):
        open_tool(migrations=folder)
    with pytest.raises(SchemaMismatch):
        waiting(place, folder)


def test_a_database_of_a_newer_program_is_refused(open_tool: Open, folder: Path) -> None:
    (folder / "0002_second.sql").write_text("CREATE TABLE second (id {integer});")
    open_tool(migrations=folder)
    (folder / "0002_second.sql").unlink()
    with pytest.raises(SchemaMismatch, match="0002_second"):
        open_tool(migrations=folder)


def test_programs_that_start_together_apply_each_once(place: Place, folder: Path) -> None:
    for number in range(2, 8):
        (folder / f"{number:04}_more.sql").write_text(f"CREATE TABLE t{number} (id {{integer}});")

    def start(_: int) -> int:
        with open_database(place.url, "trial" + place.suffix, [journal.MIGRATIONS, folder]) as database:
            return len(applied(database))

    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(start, range(6))) == [8] * 6
