"""What a database is to everybody else: units of work in, futures out; the same on SQLite and PostgreSQL.

Promises, each kept by the contract suite on both databases:
- A unit of work is stored whole or not at all, and its future resolves only after it is durable.
- One unit's failure never fails its neighbours of the same group commit. After a failed statement the unit is lost,
  even when the work catches the error: use ON CONFLICT where a conflict is expected.
- `read` sees one snapshot, and everything that was submitted and resolved before.
- Statements use `?` for parameters, 64-bit integers, instants as integer microseconds, RETURNING and ON CONFLICT.

Deliberately absent: an ORM, asynchronous calls (wrap the future), transactions that span calls, retries (only the
caller knows what may be done twice).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Any, Literal, Protocol, TypeVar

Parameter = int | str | bytes | float | None
Parameters = Sequence[Parameter]
Row = tuple[Any, ...]
Dialect = Literal["sqlite", "postgresql"]
T = TypeVar("T")


class Transaction(Protocol):
    """One unit of work while it runs; useless (every call raises) once the work has returned."""

    @property
    def dialect(self) -> Dialect:
        """For the few statements that have no common text (claims with SKIP LOCKED)."""

    def execute(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """Run one statement and return all its rows (of a SELECT or a RETURNING, else none). Raises StorageError."""

    def execute_many(self, sql: str, rows: Iterable[Parameters]) -> None:
        """Run one statement for each row of parameters, returning nothing. Raises StorageError."""

    def leave_no_copy(self) -> None:
        """What this unit overwrites or deletes must not stay readable in a copy of ours.

        On SQLite the write-ahead log is emptied after the commit, as soon as no reader needs it. PostgreSQL's files,
        and when it cleans them up, are its administrator's business.
        """

    def try_exclusive(self, name: str) -> bool:
        """Be the only unit of work under `name`, across all processes and hosts, until the commit; False if another is.

        Never waits. On SQLite it is always true: there the writer is alone anyway.
        """


Work = Callable[[Transaction], T]


class HeldLock(Protocol):
    """A lock that we hold; long runs ask from time to time whether it is still ours."""

    def check(self) -> None:
        """Raise StorageError if the lock was lost (its connection broke), in which case another run may have begun."""


class Database(Protocol):
    """One tool's database. Every method may be called from any thread."""

    @property
    def description(self) -> str:
        """What and where it is, for messages and logs; never holds a password."""

    @property
    def dialect(self) -> Dialect: ...

    def submit(self, work: Work[T]) -> Future[T]:
        """Queue a unit of work for the writer thread; the future resolves when the unit is durable, or failed.

        Keep the work short and free of waiting: everybody queues behind it. It must not have effects outside the
        transaction, because the group's commit may still fail after it has returned.
        """

    def submit_here(self, work: Work[T]) -> Future[T]:
        """As `submit`, for a thread that is busy all the time (an event loop) and whose process alone writes.

        On SQLite the work may run in the calling thread before this returns, so that only the commit is left to the
        writer: two threads that share the interpreter lock pass a unit on more slowly than one runs it.
        """

    def run(self, work: Work[T]) -> T:
        """`submit` and wait. Not from inside a unit of work (that would wait for itself for ever)."""

    def read(self, work: Work[T]) -> T:
        """Run reading statements on one consistent snapshot, in the calling thread, beside any writing."""

    def lock(self, name: str) -> AbstractContextManager[HeldLock]:
        """Hold a named lock across transactions (a run of sync); raises Busy, saying who holds it, and never waits."""

    def close(self) -> None:
        """Finish what was submitted, then close. Later submits fail; closing twice is harmless."""

    def __enter__(self) -> Database: ...

    def __exit__(self, *_: object) -> None: ...
