"""One connection as the writer thread and the readers use it, and the guard that hands it to units of work.

`Session` is what sqlite.py and postgres.py implement: transactions with one savepoint level and translated errors. It
decides nothing about grouping (`group_commit`) or pooling (`readers`). `Unit` is the `Transaction` that a work gets.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from foundation.errors import StorageError
from foundation.storage.failures import StatementRefused, refused
from foundation.storage.protocol import Dialect, Parameters, Row


class Session(Protocol):
    """A connection to the database, used by one thread at a time; raises StorageError, never a driver's error."""

    @property
    def dialect(self) -> Dialect: ...

    @property
    def usable(self) -> bool:
        """Whether the connection may serve another transaction; if not, close it and ask for a new one."""

    @property
    def in_transaction(self) -> bool:
        """Whether the transaction begun is still there; some failures (a full disk, a lost connection) end it."""

    def begin_write(self, *, wait: bool = True) -> None:
        """Begin a transaction that writes; without `wait` it fails at once while another process is writing."""

    def begin_read(self) -> None:
        """Begin a read-only transaction that sees one snapshot."""

    def savepoint(self) -> None:
        """Mark the state to which `rollback_to_savepoint` returns; replaces an earlier mark."""

    def rollback_to_savepoint(self) -> None: ...

    def commit(self) -> None:
        """Make the transaction durable; an error that leaves this open says so (`may_be_stored`)."""

    def rollback(self) -> None:
        """Give the transaction up, if there is one; never raises: a connection that cannot is no longer usable."""

    def execute(self, sql: str, parameters: Parameters) -> list[Row]: ...

    def execute_many(self, sql: str, rows: Iterable[Parameters]) -> None: ...

    def leave_no_copy(self) -> None: ...

    def try_exclusive(self, name: str) -> bool: ...

    @property
    def needs_rest(self) -> bool:
        """Whether `rest` has something to do, which may take a while."""

    def rest(self) -> None:
        """Housekeeping between transactions, when nobody waits for this one any more; never raises."""

    def close(self) -> None:
        """Never raises."""


class Unit:
    """The transaction of one unit of work, valid until the work returns; remembers the first failed statement."""

    __slots__ = ("_over", "_session", "failure")

    def __init__(self, session: Session) -> None:
        self._session = session
        self._over = False
        self.failure: StorageError | None = None

    @property
    def dialect(self) -> Dialect:
        return self._session.dialect

    def execute(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        self._check(sql)
        try:
            return self._session.execute(sql, parameters)
        except StorageError as error:
            self.failure = error
            raise

    def execute_many(self, sql: str, rows: Iterable[Parameters]) -> None:
        self._check(sql)
        listed = list(rows)  # before the statement, so that an error of the caller's own generator stays itself
        try:
            self._session.execute_many(sql, listed)
        except StorageError as error:
            self.failure = error
            raise

    def leave_no_copy(self) -> None:
        self._check("")
        self._session.leave_no_copy()

    def try_exclusive(self, name: str) -> bool:
        self._check(name)
        return self._session.try_exclusive(name)

    def end(self) -> None:
        """No statement after this one."""
        self._over = True

    def _check(self, sql: str) -> None:
        if self._over:
            raise _used_after_its_end(sql)
        if self.failure is not None:
            raise self.failure


def _used_after_its_end(sql: str) -> StatementRefused:
    return refused("the transaction has ended: a work must not keep it", sql)
