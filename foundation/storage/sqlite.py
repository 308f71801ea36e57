"""SQLite: one file per tool in a folder, opened, created, migrated and locked.

apsw carries its own SQLite; Debian's has a race that can corrupt a WAL file (fixed in 3.51.3). Never open these files
through the standard library's sqlite3 in the same process: two copies of SQLite drop each other's locks.
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path

from foundation.atomic_files import fsync_folder
from foundation.storage import failures
from foundation.storage.database import GroupCommitDatabase
from foundation.storage.location import SqliteLocation
from foundation.storage.locks import file_lock
from foundation.storage.migrate import Migration, apply_migrations, pending
from foundation.storage.protocol import HeldLock
from foundation.storage.sqlite_session import Health, SqliteSession
from foundation.system_errors import reason_of

BUSY_TIMEOUT_SECONDS = 10.0  # a foreign writer beside group commit was measured to wait 6 s


def open_sqlite(
    location: SqliteLocation,
    tool: str,
    migrations: list[Migration],
    busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS,
) -> GroupCommitDatabase:
    """Open the tool's file, creating folder (0700) and file (0600) as needed, and bring its tables up to date."""
    health = Health(location.file(tool))
    _create(health.file)

    def open_writer() -> SqliteSession:
        health.check()
        return SqliteSession(health, busy_timeout_seconds)

    def open_reader() -> SqliteSession:
        return SqliteSession(health, busy_timeout_seconds, read_only=True)

    def hold_lock(name: str) -> AbstractContextManager[HeldLock]:
        return file_lock(location.folder / f"{tool}.{name}.lock", name)

    first = open_writer()
    try:
        apply_migrations(first, migrations)
    except BaseException:
        first.close()
        raise
    return GroupCommitDatabase(health.description, first, open_writer, open_reader, hold_lock)


def pending_in_sqlite(location: SqliteLocation, tool: str, migrations: list[Migration]) -> list[Migration]:
    """Which migrations `open_sqlite` would apply; creates nothing."""
    file = location.file(tool)
    if not file.exists() or file.stat().st_size == 0:
        return migrations
    session = SqliteSession(Health(file), BUSY_TIMEOUT_SECONDS, read_only=True)
    try:
        return pending(session, migrations)
    finally:
        session.close()


def _create(file: Path) -> None:
    """SQLite gives its -wal and -shm files the mode of the database file, so that mode is set before it looks."""
    try:
        _create_folder(file.parent)
        try:
            os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            return
        fsync_folder(file.parent)
    except OSError as error:
        raise failures.cannot_open(str(file), reason_of(error)) from error


def _create_folder(folder: Path) -> None:
    """Create what is missing of the folder, durably: a database is lost with the name of its folder."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for place in missing:
        fsync_folder(place.parent)
