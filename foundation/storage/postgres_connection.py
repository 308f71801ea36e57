"""How we connect to PostgreSQL: parameters, session settings, and the words for a failure.

A connection that hangs is worse than one that breaks, so both ends get keepalives and timeouts: a dead host's locks are
free again after about a minute instead of two hours. A server elsewhere is verified (sslmode=verify-full) unless the
URL or PGSSLMODE says otherwise; libpq's own default would accept any certificate, and none.

Poolers that change the server session between transactions (pgbouncer in transaction mode) do not work with this.
"""

# ruff: noqa: TID253 (only postgres.py imports this module, and only an opened database imports that)

from __future__ import annotations

import os
import socket
from typing import Any

import psycopg
from psycopg import sql
from psycopg.adapt import Loader
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.numeric import Int8Dumper

from foundation.errors import StorageError
from foundation.language import Text
from foundation.storage import failures
from foundation.storage.location import PostgresLocation

OLDEST_SERVER = 140000  # PostgreSQL 14: idle_session_timeout
STATEMENT_TIMEOUT_SECONDS = 60
_IDLE_IN_TRANSACTION_SECONDS = 60  # a stalled client of ours must not freeze the others
_CONNECT_TIMEOUT_SECONDS = 5
_LIBPQ_DEFAULTS: dict[str, int | str] = {
    "connect_timeout": _CONNECT_TIMEOUT_SECONDS,
    "target_session_attrs": "read-write",  # of several hosts, the primary
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds
}
_SERVER_SETTINGS = {
    "statement_timeout": f"{STATEMENT_TIMEOUT_SECONDS}s",
    "idle_in_transaction_session_timeout": f"{_IDLE_IN_TRANSACTION_SECONDS}s",
    "idle_session_timeout": "0",
    "tcp_keepalives_idle": "20",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "client_min_messages": "warning",
}


class Place:
    """One tool's schema on one server: everything needed to connect again."""

    def __init__(self, location: PostgresLocation, tool: str, password: str | None) -> None:
        self.schema = tool
        self.description = f"{location.shown} schema {tool}"
        try:
            self._parameters: dict[str, Any] = {**_LIBPQ_DEFAULTS, **conninfo_to_dict(location.url)}
        except psycopg.Error as error:
            raise failures.cannot_connect(self.description, _first_line(error)) from error
        if not _is_local(self._parameters) and "PGSSLMODE" not in os.environ:
            self._parameters.setdefault("sslmode", "verify-full")
        if password is not None:
            self._parameters["password"] = password
        self._parameters["client_encoding"] = "utf8"
        self._parameters["application_name"] = f"{tool} pid {os.getpid()} on {socket.gethostname()}"[:63]

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection in our schema, which need not exist yet. Raises TemporaryFailure or StorageError."""
        try:
            connection = psycopg.connect(**self._parameters, autocommit=True)
        except psycopg.Error as error:
            raise failures.cannot_connect(self.description, _first_line(error)) from error
        try:
            self._check(connection)
            self._configure(connection)
        except BaseException as error:
            connection.close()
            if isinstance(error, psycopg.Error):
                raise failures.cannot_connect(self.description, _first_line(error)) from error
            raise
        return connection

    def translated(self, connection: psycopg.Connection[Any], error: Exception, statement: str) -> StorageError:
        """Our error for the driver's. Details of the row (DETAIL:) are left out: they may be personal data."""
        if connection.closed:
            lost_at_commit = statement == "COMMIT"
            return failures.connection_lost(self.description, _first_line(error), may_be_stored=lost_at_commit)
        if isinstance(error, psycopg.IntegrityError):
            return failures.violated(_first_line(error))
        state = (error.sqlstate or "") if isinstance(error, psycopg.Error) else ""
        if state == "53100":
            return failures.disk_full(self.description)
        if state in _TEMPORARY_STATES or state[:2] in _TEMPORARY_CLASSES:
            return failures.server_gave_up(self.description, _first_line(error))
        return failures.refused(_first_line(error), statement)

    def _check(self, connection: psycopg.Connection[Any]) -> None:
        encoding = connection.info.parameter_status("server_encoding")
        if connection.info.server_version < OLDEST_SERVER or encoding != "UTF8":
            raise StorageError(
                Text(
                    "cơ sở dữ liệu {database} cần PostgreSQL 14 trở lên, mã UTF8 (đang là {version}, {encoding})",
                    "the database {database} needs PostgreSQL 14 or later and UTF8 (it has {version}, {encoding})",
                ).format(database=self.description, version=connection.info.server_version // 10000, encoding=encoding),
                Text("tạo cơ sở dữ liệu với ENCODING 'UTF8'", "create the database with ENCODING 'UTF8'"),
            )

    def _configure(self, connection: psycopg.Connection[Any]) -> None:
        connection.adapters.register_dumper(bool, _TruthDumper)
        connection.adapters.register_loader("bool", _TruthLoader)
        connection.adapters.register_loader("numeric", _NumberLoader)
        settings = {**_SERVER_SETTINGS, "search_path": sql.Identifier(self.schema).as_string(connection)}
        query = "SELECT " + ", ".join(["set_config(%s, %s, false)"] * len(settings))
        connection.execute(query, [word for pair in settings.items() for word in pair])
        (durable,) = connection.execute("SELECT current_setting('synchronous_commit') <> 'off'").fetchone() or (0,)
        if not durable:  # a commit answered is a commit kept; any other choice is the administrator's
            connection.execute("SET synchronous_commit = on")


# Class 08 connection, 53 resources, 57 operator intervention, 58 system; deadlock, serialisation, lock not available,
# and 25006: the server became a standby under us.
_TEMPORARY_CLASSES = frozenset({"08", "53", "57", "58"})
_TEMPORARY_STATES = frozenset({"40001", "40P01", "55P03"})


class _TruthDumper(Int8Dumper):
    """A bool goes in as 0 or 1, as on SQLite."""

    def dump(self, obj: bool) -> bytes:
        return b"1" if obj else b"0"


class _TruthLoader(Loader):
    """A comparison comes out as 0 or 1, as on SQLite."""

    def load(self, data: bytes | bytearray | memoryview) -> int:
        return int(bytes(data) == b"t")


class _NumberLoader(Loader):
    """`sum` and `avg` come out as int or float, as on SQLite, not as Decimal."""

    def load(self, data: bytes | bytearray | memoryview) -> int | float:
        text = bytes(data).decode("ascii")
        return int(text) if text.lstrip("-").isdigit() else float(text)


def _is_local(parameters: dict[str, Any]) -> bool:
    hosts = str(parameters.get("hostaddr") or parameters.get("host") or os.environ.get("PGHOST") or "/")
    return all(host in ("", "localhost", "::1") or host.startswith(("/", "@", "127.")) for host in hosts.split(","))


def _first_line(error: Exception) -> str:
    """The message without DETAIL and HINT, in one line."""
    primary = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    return primary or (str(error).strip().splitlines() or [type(error).__name__])[0]
