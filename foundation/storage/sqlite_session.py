"""One connection to a SQLite file, through apsw: settings, transactions, checkpoints, and the meaning of its errors.

The settings follow one rule, that a commit answered is a commit kept: synchronous=FULL (WAL with NORMAL may lose the
last commits at a power failure), checkpoints by the writer only, TRUNCATE at the end. Deleted content is overwritten
(secure_delete), because erasing personal data must erase it; a copy stays in the WAL until that is written over, or is
emptied at once for a unit that asked for it (`leave_no_copy`); of a process that was killed, by the next that opens it.

A full disk is temporary. Any other failed write or fsync, and a damaged file, poison the database: see `Health`.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterable
from pathlib import Path

import apsw

from foundation.errors import StorageError
from foundation.language import Text
from foundation.storage import failures
from foundation.storage.protocol import Dialect, Parameters, Row
from foundation.storage.statement import checked

CHECKPOINT_COMMITS = 200  # measured: the WAL stayed below 22 MB at 4,000 messages a second
CHECKPOINT_PAGES = 4000  # 16 MiB, for few but large commits (SQLite's own habit is 1000 pages)
_CACHE_KIBIBYTES = 16 * 1024
_PREPARED_STATEMENTS = 512  # the relay's dozen statements over many rows have some twenty texts each

_INDEX_CANNOT_GROW = frozenset({apsw.SQLITE_IOERR_SHMSIZE, apsw.SQLITE_IOERR_SHMMAP})  # the WAL's index, in memory
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})
_NO_WRITE_AHEAD_LOG = Text(
    "hệ thống tệp không cho dùng nhật ký ghi trước (WAL)", "the file system does not allow a write-ahead log"
)
_REFUSALS = (apsw.Error, TypeError, ValueError, OverflowError)

_log = logging.getLogger(__name__)


class Health:
    """What the sessions of one database know together: whether its disk has failed."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.description = f"sqlite:{file}"
        self.poison: StorageError | None = None
        self.abandoned: apsw.Connection | None = None

    def check(self) -> None:
        if self.poison is not None:
            raise self.poison


class SqliteSession:
    """One connection; implements `session.Session` and `migrate.MigratableSession`."""

    dialect: Dialect = "sqlite"

    def __init__(self, health: Health, busy_timeout_seconds: float, *, read_only: bool = False) -> None:
        self._health = health
        self._read_only = read_only
        self._busy_timeout_milliseconds = int(busy_timeout_seconds * 1000)
        self._marked = False
        self._wal_pages = 0
        self._commits = 0
        self._empties = False
        self._checkpoint_at_pages = CHECKPOINT_PAGES
        flags = apsw.SQLITE_OPEN_READONLY if read_only else apsw.SQLITE_OPEN_READWRITE
        try:
            self._connection = apsw.Connection(str(health.file), flags=flags, statementcachesize=_PREPARED_STATEMENTS)
        except apsw.Error as error:
            raise failures.cannot_open(str(health.file), str(error)) from error
        try:
            self._connection.set_busy_timeout(self._busy_timeout_milliseconds)
            self._configure()
        except apsw.Error as error:
            raise self._translated(error, "PRAGMA") from error

    def _configure(self) -> None:
        for setting in ("temp_store = MEMORY", f"cache_size = -{_CACHE_KIBIBYTES}", "trusted_schema = OFF"):
            self._connection.execute(f"PRAGMA {setting}")
        if self._read_only:
            self._connection.execute("PRAGMA query_only = ON")
            return
        if self._connection.execute("PRAGMA journal_mode = WAL").fetchall() != [("wal",)]:
            raise failures.cannot_open(str(self._health.file), _NO_WRITE_AHEAD_LOG)
        for setting in ("synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
            self._connection.execute(f"PRAGMA {setting}").fetchall()
        self._connection.set_wal_hook(self._after_commit)  # takes the place of automatic checkpoints
        if self._health.poison is None:
            self._empties = not self._emptied()

    @property
    def usable(self) -> bool:
        return self._health.poison is None

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def begin_write(self, *, wait: bool = True) -> None:
        self._health.check()
        if wait:
            self._control("BEGIN IMMEDIATE")
            return
        self._connection.set_busy_timeout(0)
        try:
            self._control("BEGIN IMMEDIATE")
        finally:
            self._connection.set_busy_timeout(self._busy_timeout_milliseconds)

    def begin_read(self) -> None:
        self._control("BEGIN")

    def savepoint(self) -> None:
        if self._marked:
            self._control("RELEASE unit")
        self._control("SAVEPOINT unit")
        self._marked = True

    def rollback_to_savepoint(self) -> None:
        self._control("ROLLBACK TO unit")

    def commit(self) -> None:
        self._marked = False
        self._control("COMMIT")

    def rollback(self) -> None:
        self._marked = False
        if self._connection.in_transaction:
            try:
                self._control("ROLLBACK")
            except StorageError as error:
                self._health.poison = self._health.poison or error

    def execute(self, sql: str, parameters: Parameters) -> list[Row]:
        try:
            return self._connection.execute(checked(sql), parameters).fetchall()
        except _REFUSALS as error:
            raise self._translated(error, sql) from error

    def execute_many(self, sql: str, rows: Iterable[Parameters]) -> None:
        try:
            self._connection.executemany(checked(sql), rows)
        except _REFUSALS as error:
            raise self._translated(error, sql) from error

    def leave_no_copy(self) -> None:
        self._empties = True

    def try_exclusive(self, name: str) -> bool:
        return True

    def begin_migration(self) -> None:
        self.begin_write()

    def run_script(self, sql: str) -> None:
        """Run several statements, of a migration."""
        self._control(sql)

    def has_table(self, name: str) -> bool:
        return bool(self.execute("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", (name,)))

    @property
    def needs_rest(self) -> bool:
        return self._empties or self._commits >= CHECKPOINT_COMMITS or self._wal_pages >= self._checkpoint_at_pages

    def rest(self) -> None:
        self._commits = 0
        self._checkpoint(apsw.SQLITE_CHECKPOINT_PASSIVE)
        if self._empties:
            self._empties = not self._emptied()

    def close(self) -> None:
        try:
            if self._health.poison is not None and not self._read_only:
                self._abandon()
                return
            if not self._read_only:
                self._checkpoint(apsw.SQLITE_CHECKPOINT_TRUNCATE)
            self._connection.close(True)
        except apsw.Error as error:
            _log.warning("closing %s: %s", self._health.description, error)

    def _abandon(self) -> None:
        """Leave a poisoned connection open: closing it would copy pages that the disk may have lost, and the next
        reader would take a commit that failed for one that did not. Another process may find either."""
        self._connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        self._health.abandoned = self._connection

    def _after_commit(self, _connection: apsw.Connection, _database: str, pages: int) -> int:
        self._commits += 1
        self._wal_pages = pages
        return apsw.SQLITE_OK

    def _checkpoint(self, mode: int) -> None:
        """Copy committed pages into the database file; a reader or a full disk in the way only postpones it."""
        try:
            pages, copied = self._connection.wal_checkpoint(mode=mode)
        except apsw.Error as error:
            _log.warning("checkpoint of %s: %s", self._health.description, self._translated(error, "checkpoint"))
            return
        self._checkpoint_at_pages = CHECKPOINT_PAGES if copied == pages else pages + CHECKPOINT_PAGES

    def _emptied(self) -> bool:
        """Cut the WAL to nothing; False while a reader needs it: then the next commit tries again. Never waits."""
        self._connection.set_busy_timeout(0)
        try:
            self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        except apsw.Error as error:
            if not isinstance(error, (apsw.BusyError, apsw.LockedError)):
                reason = self._translated(error, "checkpoint")
                _log.warning("the log of %s is not emptied: %s", self._health.description, reason)
            return False
        finally:
            self._connection.set_busy_timeout(self._busy_timeout_milliseconds)
        return True

    def _control(self, sql: str) -> None:
        try:
            self._connection.execute(sql)
        except apsw.Error as error:
            raise self._translated(error, sql) from error

    def _translated(self, error: Exception, sql: str) -> StorageError:
        name = self._health.description
        code = getattr(error, "extendedresult", 0)
        if isinstance(error, apsw.FullError) or self._lacks_space(code):
            return failures.disk_full(name)
        if isinstance(error, apsw.NoMemError) or code == apsw.SQLITE_IOERR_NOMEM:
            return failures.out_of_memory(name)
        if isinstance(error, (apsw.BusyError, apsw.LockedError)):
            return failures.in_use(name)
        if isinstance(error, apsw.ConstraintError):
            return failures.violated(str(error))
        if isinstance(error, (apsw.IOError, apsw.CorruptError, apsw.NotADBError)):
            self._health.poison = failures.poisoned(name, str(error), may_be_stored=sql == "COMMIT")
            return self._health.poison
        if isinstance(error, apsw.CantOpenError) or (isinstance(error, apsw.ReadOnlyError) and not self._read_only):
            return failures.cannot_open(str(self._health.file), str(error))
        return failures.refused(str(error), sql)

    def _lacks_space(self, code: int) -> bool:
        """Input/output errors that only say that the disk or the quota is full: no written byte is in doubt."""
        if code == apsw.SQLITE_IOERR_WRITE:
            return self._connection.system_errno in _NO_SPACE
        return code in _INDEX_CANNOT_GROW
