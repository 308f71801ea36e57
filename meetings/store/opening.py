"""Opens the meetings database: to work in it (the daemon alone), or only to read (`show`, `list`, `week`, `doctor`).

A SQLite file has one writing process, the daemon, which holds the lock `daemon` as long as it lives. Readers disturb
nobody and need no lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from foundation.errors import StorageError
from foundation.language import Text
from foundation.storage import Database, open_database, pending_migrations
from foundation.storage import readonly as foundation_readonly
from foundation.storage.readonly import ReadOnlyDatabase

if TYPE_CHECKING:
    from foundation.config.sections import Configuration

TOOL: Final = "meetings"


def database_migrations() -> list[str]:
    """The packages that make up the tables."""
    from foundation import journal

    return [journal.MIGRATIONS, "meetings.migrations"]


def open_meetings_database(configuration: Configuration) -> Database:
    """Open the tables to work in them, up to date. Raises StorageError, ConfigError."""
    return open_database(
        configuration.storage.url, TOOL, database_migrations(), password=storage_password(configuration)
    )


def open_readonly(configuration: Configuration) -> ReadOnlyDatabase:
    """Open the tables for reading. Raises StorageError when there are none yet, or not those of this version."""
    url, password = configuration.storage.url, storage_password(configuration)
    if pending_migrations(url, TOOL, database_migrations(), password=password):
        raise StorageError(
            Text(
                "dịch vụ họp chưa có dữ liệu ở {url}, hoặc dữ liệu còn của phiên bản trước",
                "the meetings server has no data in {url} yet, or those of an earlier version",
            ).format(url=url),
            Text("khởi động (lại) meetings serve", "start meetings serve, or start it again"),
        )
    return foundation_readonly.open_readonly(url, TOOL, password)


def storage_password(configuration: Configuration) -> str | None:
    """The password of the database, if the configuration names one."""
    return configuration.storage.password.read() if configuration.storage.password else None
