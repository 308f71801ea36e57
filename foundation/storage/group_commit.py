"""The writer thread: drains the queue of units, runs each in its own savepoint, commits them together.

One commit costs one fsync whatever it carries, so while one group commits the next one gathers: 512 units at most (the
largest batch that still gained in the measurements), no timer. A future resolves after the commit that
carries its unit. When the commit fails, every unit of the group fails with that error.

It knows nothing of SQLite or PostgreSQL: it asks `open_session` for a connection whenever the last one became unusable,
and lets its error fail the group. It never runs a work twice.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from foundation.storage.failures import closed
from foundation.storage.protocol import T, Work
from foundation.storage.session import Session, Unit

GROUP_LIMIT = 512


class _Submitted(NamedTuple):
    work: Work[Any]
    future: Future[Any]


class _Outcome(NamedTuple):
    """What came of one work: its value, or the error that undid it alone."""

    value: Any
    error: BaseException | None


class GroupWriter:
    """Owns the one writing connection of a database and the thread that uses it."""

    def __init__(self, first: Session, open_session: Callable[[], Session], description: str) -> None:
        self._open_session = open_session
        self._description = description
        self._session: Session | None = first
        self._queue: SimpleQueue[_Submitted | None] = SimpleQueue()
        self._door = threading.Lock()
        self._closing = False
        self._thread = threading.Thread(target=self._work_through, name=f"writer of {description}", daemon=True)
        self._thread.start()

    def submit(self, work: Work[T]) -> Future[T]:
        """Queue one unit; a closed writer answers with a failed future."""
        future: Future[T] = Future()
        with self._door:
            if self._closing:
                future.set_exception(closed(self._description))
            else:
                self._queue.put(_Submitted(work, future))
        return future

    def run(self, work: Work[T]) -> T:
        """`submit` and wait for the result."""
        if threading.current_thread() is self._thread:
            raise RuntimeError("a unit of work must not wait for another one: they share a thread")
        return self.submit(work).result()

    def close(self) -> None:
        """Finish what is queued, close the connection, end the thread."""
        with self._door:
            if not self._closing:
                self._closing = True
                self._queue.put(None)
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _work_through(self) -> None:
        while self._serve_next():
            pass
        if self._session is not None:
            self._session.close()

    def _serve_next(self) -> bool:
        """Wait for a group and serve it; False when nothing more will come."""
        group, last = self._next_group()
        running = [unit for unit in group if unit.future.set_running_or_notify_cancel()]
        if running:
            self._serve(running)
        return not last

    def _next_group(self) -> tuple[list[_Submitted], bool]:
        """Wait for one unit, take what else is there; the flag says that nothing more will come."""
        unit = self._queue.get()
        group: list[_Submitted] = []
        while unit is not None:
            group.append(unit)
            if len(group) == GROUP_LIMIT:
                return group, False
            try:
                unit = self._queue.get_nowait()
            except Empty:
                return group, False
        return group, True

    def _serve(self, group: list[_Submitted]) -> None:
        outcomes: list[_Outcome] = []
        try:
            session = self._usable_session()
            try:
                self._transact(session, group, outcomes)
            finally:
                session.rollback()
        except BaseException as error:  # whatever happens here, nobody may wait for ever
            _fail(group, outcomes, error)
        else:
            for unit, outcome in zip(group, outcomes, strict=True):
                _resolve(unit.future, outcome)
            session.rest()

    def _usable_session(self) -> Session:
        if self._session is not None and not self._session.usable:
            self._session.close()
            self._session = None
        if self._session is None:
            self._session = self._open_session()
        return self._session

    def _transact(self, session: Session, group: Iterable[_Submitted], outcomes: list[_Outcome]) -> None:
        session.begin_write()
        for unit in group:
            outcomes.append(_run(session, unit.work))
        session.commit()


def _run(session: Session, work: Work[Any]) -> _Outcome:
    """Run one work in its savepoint; raises only if the whole transaction is gone with it."""
    session.savepoint()
    transaction = Unit(session)
    try:
        value = work(transaction)
        if transaction.failure is None:
            return _Outcome(value, None)
        error: BaseException = transaction.failure
    except BaseException as raised:  # a work may fail in any way without harming its neighbours
        error = raised
    finally:
        transaction.end()
    if not session.in_transaction:
        raise transaction.failure or error
    session.rollback_to_savepoint()
    return _Outcome(None, error)


def _resolve(future: Future[Any], outcome: _Outcome) -> None:
    if outcome.error is None:
        future.set_result(outcome.value)
    else:
        future.set_exception(outcome.error)


def _fail(group: list[_Submitted], outcomes: list[_Outcome], error: BaseException) -> None:
    """Fail every unit with the group's error, except those that had already failed with one of their own."""
    for position, unit in enumerate(group):
        own = outcomes[position].error if position < len(outcomes) else None
        unit.future.set_exception(own or error)
