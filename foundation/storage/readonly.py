"""A tool's tables for reading only, beside the daemon that writes them: for commands that look (`trace`, `show`).

Nothing is created or migrated: whoever opens asks `pending_migrations` first. Readers open a SQLite file without the
right to write, so they disturb nobody and need no lock.
"""

from __future__ import annotations

from foundation.storage.location import SqliteLocation, check_tool_name, parse_url
from foundation.storage.protocol import T, Work
from foundation.storage.readers import Readers


class ReadOnlyDatabase:
    """One tool's tables, to read."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def read(self, work: Work[T]) -> T:
        """Run reading statements on one consistent snapshot. Raises StorageError."""
        return self._readers.read(work)

    def close(self) -> None:
        self._readers.close()

    def __enter__(self) -> ReadOnlyDatabase:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_readonly(url: str, tool: str, password: str | None = None) -> ReadOnlyDatabase:
    """The tables of this tool as they are. Raises ConfigError for the URL; StorageError when something is read."""
    location, name = parse_url(url), check_tool_name(tool)
    if isinstance(location, SqliteLocation):
        from foundation.storage.sqlite import BUSY_TIMEOUT_SECONDS
        from foundation.storage.sqlite_session import Health, SqliteSession

        health = Health(location.file(name))
        sqlite = Readers(lambda: SqliteSession(health, BUSY_TIMEOUT_SECONDS, read_only=True), health.description)
        return ReadOnlyDatabase(sqlite)
    from foundation.storage.postgres import PostgresSession
    from foundation.storage.postgres_connection import Place

    place = Place(location, name, password)
    return ReadOnlyDatabase(Readers(lambda: PostgresSession(place), place.description))
