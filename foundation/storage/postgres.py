"""PostgreSQL through psycopg 3: one schema per tool, the same group commit as on SQLite, on one writing connection.

A lost connection fails the group that was on its way and the next group connects anew. Nothing is repeated by itself:
when the connection breaks during COMMIT, only the tables know (`TemporaryFailure.may_be_stored`).

Savepoints cost a round trip each, so their statements travel together: the release of one with the setting of the next,
BEGIN with the first.
"""

from __future__ import annotations

import hashlib
import select
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from foundation.errors import StorageError
from foundation.language import Text
from foundation.storage import failures
from foundation.storage.database import GroupCommitDatabase
from foundation.storage.location import PostgresLocation
from foundation.storage.locks import busy, holder
from foundation.storage.migrate import Migration, apply_migrations, pending
from foundation.storage.postgres_connection import Place
from foundation.storage.protocol import Dialect, Parameters, Row
from foundation.storage.statement import for_psycopg

_REFUSALS = (psycopg.Error, TypeError, ValueError, OverflowError)
_HOLDER = """
SELECT activity.application_name, to_char(activity.backend_start, 'YYYY-MM-DD"T"HH24:MI:SSOF')
FROM pg_locks JOIN pg_stat_activity AS activity USING (pid)
WHERE locktype = 'advisory' AND granted AND objsubid = 1
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (classid::bigint << 32 | objid::bigint) = ?"""


class PostgresSession:
    """One connection; implements `session.Session` and `migrate.MigratableSession`."""

    dialect: Dialect = "postgresql"

    def __init__(self, place: Place) -> None:
        self._place = place
        self._connection = place.connect()
        self._unsent = ""  # a BEGIN, or the release of a savepoint, that travels with the next statement

    @property
    def usable(self) -> bool:
        """Also sees, without waiting, that the server has said something to the resting connection: that is its
        farewell, or something so rare that a new connection does no harm."""
        if self._connection.closed:
            return False
        spoken = select.poll()
        spoken.register(self._connection.fileno(), select.POLLIN)
        return not spoken.poll(0)

    @property
    def in_transaction(self) -> bool:
        status = self._connection.pgconn.transaction_status
        return status in (TransactionStatus.INTRANS, TransactionStatus.INERROR)

    def begin_write(self, *, wait: bool = True) -> None:
        # Writers do not exclude each other here, so there is nothing to wait for.
        self._unsent = "BEGIN; "

    def begin_read(self) -> None:
        self._control("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def savepoint(self) -> None:
        self._control("SAVEPOINT unit")
        self._unsent = "RELEASE unit; "

    def rollback_to_savepoint(self) -> None:
        self._unsent = ""
        self._control("ROLLBACK TO unit")
        self._unsent = "RELEASE unit; "

    def commit(self) -> None:
        self._unsent = ""
        if self._control("COMMIT") != "COMMIT":  # a failed transaction answers ROLLBACK, and no error
            raise failures.server_gave_up(self._place.description, "COMMIT was answered by ROLLBACK")

    def rollback(self) -> None:
        self._unsent = ""
        if not self._connection.closed and self._connection.pgconn.transaction_status != TransactionStatus.IDLE:
            try:
                self._control("ROLLBACK")
            except StorageError:
                self._connection.close()

    def execute(self, sql: str, parameters: Parameters) -> list[Row]:
        try:
            cursor = self._connection.execute(for_psycopg(sql).encode(), parameters)
            return cursor.fetchall() if cursor.description else []
        except _REFUSALS as error:
            raise self._place.translated(self._connection, error, sql) from error

    def execute_many(self, sql: str, rows: Iterable[Parameters]) -> None:
        try:
            self._connection.cursor().executemany(for_psycopg(sql).encode(), rows)
        except _REFUSALS as error:
            raise self._place.translated(self._connection, error, sql) from error

    def leave_no_copy(self) -> None:
        """Nothing of ours has one."""

    def try_exclusive(self, name: str) -> bool:
        key = _lock_key(self._place.schema, f"exclusive {name}")
        return bool(self.execute("SELECT pg_try_advisory_xact_lock(?)", (key,))[0][0])

    def begin_migration(self) -> None:
        self._control("BEGIN")
        self.execute("SELECT pg_advisory_xact_lock(?)", (_lock_key(self._place.schema, "migrate"),))
        self._control("SET LOCAL statement_timeout = 0")  # a migration of a big table may take its time

    def run_script(self, sql: str) -> None:
        """Run several statements, of a migration."""
        self._control(sql)

    def has_table(self, name: str) -> bool:
        return bool(
            self.execute("SELECT 1 FROM pg_tables WHERE schemaname = ? AND tablename = ?", (self._place.schema, name))
        )

    @property
    def needs_rest(self) -> bool:
        return False

    def rest(self) -> None:
        """PostgreSQL keeps house itself."""

    def close(self) -> None:
        self._connection.close()

    def create_schema(self) -> None:
        """Create our schema if it is missing; raises StorageError, saying what an administrator has to run."""
        if self.execute("SELECT 1 FROM pg_namespace WHERE nspname = ?", (self._place.schema,)):
            return
        try:
            self._connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{self._place.schema}"'.encode())
        except psycopg.errors.UniqueViolation:
            return  # another process was faster
        except psycopg.errors.InsufficientPrivilege as error:
            raise _no_schema(self._place, self._connection.info.user) from error
        except psycopg.Error as error:
            raise self._place.translated(self._connection, error, "CREATE SCHEMA") from error

    def _control(self, sql: str) -> str:
        """Run statements without parameters, after what is unsent; returns the last one's command tag."""
        unsent, self._unsent = self._unsent, ""
        try:
            return self._connection.execute((unsent + sql).encode()).statusmessage or ""
        except psycopg.Error as error:
            raise self._place.translated(self._connection, error, sql) from error


class AdvisoryLock:
    """A lock held by a connection of its own; lost when that connection breaks."""

    def __init__(self, session: PostgresSession) -> None:
        self._session = session

    def check(self) -> None:
        """Raise StorageError if the connection, and the lock with it, is gone."""
        self._session.execute("SELECT 1", ())


def open_postgres(
    location: PostgresLocation, tool: str, migrations: list[Migration], password: str | None = None
) -> GroupCommitDatabase:
    """Connect, create the tool's schema if we may, and bring its tables up to date."""
    place = Place(location, tool, password)

    def open_session() -> PostgresSession:
        return PostgresSession(place)

    @contextmanager
    def hold_lock(name: str) -> Iterator[AdvisoryLock]:
        session = open_session()
        try:
            _take(session, _lock_key(place.schema, f"lock {name}"), name)
            yield AdvisoryLock(session)
        finally:
            session.close()

    first = open_session()
    try:
        first.create_schema()
        apply_migrations(first, migrations)
    except BaseException:
        first.close()
        raise
    return GroupCommitDatabase(place.description, first, open_session, open_session, hold_lock)


def pending_in_postgres(
    location: PostgresLocation, tool: str, migrations: list[Migration], password: str | None = None
) -> list[Migration]:
    """Which migrations `open_postgres` would apply; changes nothing."""
    session = PostgresSession(Place(location, tool, password))
    try:
        return pending(session, migrations)
    finally:
        session.close()


def _take(session: PostgresSession, key: int, name: str) -> None:
    if session.execute("SELECT pg_try_advisory_lock(?)", (key,))[0][0]:
        return
    rows: list[tuple[Any, ...]] = session.execute(_HOLDER, (key,))
    raise busy(name, holder(rows[0][0], rows[0][1]) if rows else None)


def _lock_key(schema: str, name: str) -> int:
    """PostgreSQL names advisory locks by a signed 64-bit number, per database: ours is made from schema and name."""
    return int.from_bytes(hashlib.sha256(f"congvu {schema} {name}".encode()).digest()[:8], "big", signed=True)


def _no_schema(place: Place, user: str) -> StorageError:
    command = f'CREATE SCHEMA "{place.schema}" AUTHORIZATION "{user}"'
    return StorageError(
        Text(
            "chưa có schema {schema} trong {database} và tài khoản này không được tạo",
            "the schema {schema} is missing in {database}, and this account may not create it",
        ).format(schema=place.schema, database=place.description),
        Text("người quản trị PostgreSQL chạy: {command}", "the administrator of PostgreSQL runs: {command}").format(
            command=command
        ),
    )
