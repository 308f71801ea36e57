"""The database that callers hold: a group writer, readers beside it, and named locks.

Everything particular to SQLite or PostgreSQL comes in as functions that open sessions and hold locks, so the rules of
`protocol.Database` are written once.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager

from foundation.storage.group_commit import GroupWriter
from foundation.storage.locks import check_lock_name
from foundation.storage.protocol import Dialect, HeldLock, T, Work
from foundation.storage.readers import Readers
from foundation.storage.session import Session


class GroupCommitDatabase:
    """Implements `protocol.Database`; `first` is an open session that the writer starts with."""

    def __init__(
        self,
        description: str,
        first: Session,
        open_writer: Callable[[], Session],
        open_reader: Callable[[], Session],
        hold_lock: Callable[[str], AbstractContextManager[HeldLock]],
    ) -> None:
        self.description = description
        self.dialect: Dialect = first.dialect
        self._writer = GroupWriter(first, open_writer, description)
        self._readers = Readers(open_reader, description)
        self._hold_lock = hold_lock

    def submit(self, work: Work[T]) -> Future[T]:
        return self._writer.submit(work)

    def submit_here(self, work: Work[T]) -> Future[T]:
        # On PostgreSQL every statement waits for the network: never in the caller's thread.
        return self._writer.submit_here(work) if self.dialect == "sqlite" else self._writer.submit(work)

    def run(self, work: Work[T]) -> T:
        return self._writer.run(work)

    def read(self, work: Work[T]) -> T:
        return self._readers.read(work)

    def lock(self, name: str) -> AbstractContextManager[HeldLock]:
        return self._hold_lock(check_lock_name(name))

    def close(self) -> None:
        self._readers.close()
        self._writer.close()

    def __enter__(self) -> GroupCommitDatabase:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
