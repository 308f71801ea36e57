"""Storage: units of work on SQLite or PostgreSQL behind one synchronous protocol, with group commit.

    sources = [journal.MIGRATIONS, "provisioner.migrations"]
    with open_database("sqlite:///var/lib/congvu", "provisioner", sources) as database:
        database.run(lambda transaction: transaction.execute("INSERT INTO ..."))
        rows = database.read(lambda transaction: transaction.execute("SELECT ..."))

Callers import from here only. The drivers are loaded when a database is opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import cast

from foundation.errors import ConfigError
from foundation.language import Text
from foundation.storage.failures import (
    ConstraintViolated,
    DatabasePoisoned,
    SchemaMismatch,
    StatementRefused,
    TemporaryFailure,
)
from foundation.storage.location import SqliteLocation, check_tool_name, parse_url
from foundation.storage.migrate import read_migrations
from foundation.storage.protocol import Database, Dialect, HeldLock, Parameter, Parameters, Row, Transaction, Work

__all__ = [
    "ConstraintViolated",
    "Database",
    "DatabasePoisoned",
    "Dialect",
    "HeldLock",
    "Parameter",
    "Parameters",
    "Row",
    "SchemaMismatch",
    "StatementRefused",
    "TemporaryFailure",
    "Transaction",
    "Work",
    "open_database",
    "pending_migrations",
]

MigrationSources = str | Path | Sequence[str | Path]


def open_database(
    url: str,
    tool: str,
    migrations: MigrationSources,
    *,
    password: str | None = None,
    busy_timeout_seconds: float = 10.0,
) -> Database:
    """Open one tool's database and bring its tables up to date.

    `url`: see `location`. `tool`: names the SQLite file or the PostgreSQL schema. `migrations`: packages (or folders)
    of numbered SQL files, in order. `password`: for PostgreSQL, if no password file or peer authentication serves.
    `busy_timeout_seconds`: how long a foreign writer on the same SQLite file is waited for.
    Raises ConfigError for the URL, StorageError (SchemaMismatch, TemporaryFailure) for the rest.
    """
    location = parse_url(url)
    files = read_migrations(migrations)
    if isinstance(location, SqliteLocation):
        from foundation.storage.sqlite import open_sqlite

        return open_sqlite(location, check_tool_name(tool), files, busy_timeout_seconds)
    return cast(Database, _postgres().open_postgres(location, check_tool_name(tool), files, password))


def pending_migrations(url: str, tool: str, migrations: MigrationSources, *, password: str | None = None) -> list[str]:
    """The titles of the migrations that `open_database` would apply; changes and creates nothing."""
    location = parse_url(url)
    files = read_migrations(migrations)
    if isinstance(location, SqliteLocation):
        from foundation.storage.sqlite import pending_in_sqlite

        waiting = pending_in_sqlite(location, check_tool_name(tool), files)
    else:
        waiting = _postgres().pending_in_postgres(location, check_tool_name(tool), files, password)
    return [migration.title for migration in waiting]


def _postgres() -> ModuleType:
    """The PostgreSQL half, whose driver is an optional dependency."""
    try:
        from foundation.storage import postgres
    except ImportError as error:
        raise ConfigError(
            Text(
                "[storage] url trỏ tới PostgreSQL nhưng chưa cài trình điều khiển psycopg",
                "[storage] url names PostgreSQL, but its driver psycopg is not installed",
            ),
            Text("cài gói congvu[postgres]", "install congvu[postgres]"),
        ) from error
    return postgres
