"""Reading beside the writer: a small pool of read-only connections, one per reading thread at a time.

A pooled connection may have died while it rested (a restarted server): that shows when its transaction begins, before
any work has run, so a fresh one takes its place. An error later is the caller's to see.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from foundation.errors import StorageError
from foundation.storage.failures import closed
from foundation.storage.protocol import T, Work
from foundation.storage.session import Session, Unit

RESTING_LIMIT = 8  # connections kept open; more threads than this open and close their own


class Readers:
    """Serves `Database.read`."""

    def __init__(self, open_session: Callable[[], Session], description: str) -> None:
        self._open_session = open_session
        self._description = description
        self._resting: list[Session] = []
        self._door = threading.Lock()
        self._closed = False

    def read(self, work: Work[T]) -> T:
        """Run the work on one snapshot; whatever it tries to write is refused."""
        session = self._begun()
        transaction = Unit(session)
        try:
            value = work(transaction)
            if transaction.failure is not None:
                raise transaction.failure
            return value
        finally:
            transaction.end()
            session.rollback()
            self._give_back(session)

    def close(self) -> None:
        """Close the resting connections; those at work close when they come back."""
        with self._door:
            self._closed = True
            resting, self._resting = self._resting, []
        for session in resting:
            session.close()

    def _begun(self) -> Session:
        while (rested := self._rested()) is not None:
            try:
                rested.begin_read()
                return rested
            except StorageError:
                rested.close()
        fresh = self._open_session()
        try:
            fresh.begin_read()
        except StorageError:
            fresh.close()
            raise
        return fresh

    def _rested(self) -> Session | None:
        with self._door:
            if self._closed:
                raise closed(self._description)
            return self._resting.pop() if self._resting else None

    def _give_back(self, session: Session) -> None:
        with self._door:
            if session.usable and not self._closed and len(self._resting) < RESTING_LIMIT:
                self._resting.append(session)
                return
        session.close()
