"""Opens the relay's database: to work in it (the daemon alone), or only to read (`trace`, `queue list`, `doctor`).

A SQLite file has one writing process, the daemon, which holds the lock `daemon` as long as it lives. Readers open the
file without the right to write, so they disturb nobody and need no lock.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from foundation.errors import StorageError
from foundation.language import Text
from foundation.storage import Database, HeldLock, Work, open_database, pending_migrations
from foundation.storage.location import SqliteLocation, parse_url
from foundation.storage.protocol import T
from foundation.storage.readers import Readers

if TYPE_CHECKING:
    from foundation.config.sections import Configuration

TOOL = "mailrelay"


def database_migrations() -> list[str]:
    """The packages that make up the relay's tables."""
    from foundation import journal

    return [journal.MIGRATIONS, "mailrelay.migrations"]


class ReadOnlyDatabase:
    """The relay's tables for reading, beside a daemon that may be writing."""

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


def open_relay_database(configuration: Configuration) -> Database:
    """Open the tables to work in them, up to date. Raises StorageError, ConfigError."""
    return open_database(
        configuration.storage.url, TOOL, database_migrations(), password=storage_password(configuration)
    )


def daemon_lock(database: Database) -> AbstractContextManager[HeldLock]:
    """What a daemon holds as long as it lives; entering raises Busy when another one has it."""
    return database.lock("daemon")


def open_readonly(configuration: Configuration) -> ReadOnlyDatabase:
    """Open the tables for reading. Raises StorageError when there are none yet, or not those of this version."""
    url, password = configuration.storage.url, storage_password(configuration)
    if pending_migrations(url, TOOL, database_migrations(), password=password):
        raise StorageError(
            Text("máy chuyển thư chưa có dữ liệu ở {url}", "the relay has no data in {url} yet").format(url=url),
            Text("khởi động mailrelay serve một lần", "start mailrelay serve once"),
        )
    return ReadOnlyDatabase(_readers(url, password))


def storage_password(configuration: Configuration) -> str | None:
    """The password of the database, if the configuration names one."""
    return configuration.storage.password.read() if configuration.storage.password else None


def _readers(url: str, password: str | None) -> Readers:
    location = parse_url(url)
    if isinstance(location, SqliteLocation):
        from foundation.storage.sqlite import BUSY_TIMEOUT_SECONDS
        from foundation.storage.sqlite_session import Health, SqliteSession

        health = Health(location.file(TOOL))
        return Readers(lambda: SqliteSession(health, BUSY_TIMEOUT_SECONDS, read_only=True), health.description)
    from foundation.storage.postgres import PostgresSession
    from foundation.storage.postgres_connection import Place

    place = Place(location, TOOL, password)
    return Readers(lambda: PostgresSession(place), place.description)
