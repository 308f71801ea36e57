"""The writer thread: drains the queue of units, runs each in its own savepoint, commits them together.

One commit costs one fsync whatever it carries, so while one group commits the next one gathers: 512 units at most (the
largest batch that still gained in the measurements), no timer. A future resolves after the commit that
carries its unit. When the commit fails, every unit of the group fails with that error.

A thread that is busy itself, such as an event loop, may have its unit run in its own time (`submit_here`): then only
the commit changes threads. Otherwise the two threads hand the interpreter lock to and fro at every statement.

It knows nothing of SQLite or PostgreSQL: it asks `open_session` for a connection whenever the last one became unusable,
and lets its error fail the group. It never runs a work twice.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
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


class _Begun(NamedTuple):
    """A unit that has run in its caller's thread, in a transaction of its own that waits for its commit."""

    outcome: _Outcome
    future: Future[Any]


_Item = _Submitted | _Begun | None  # None: nothing more will come


class GroupWriter:
    """Owns the one writing connection of a database and the thread that uses it.

    The connection belongs to the thread while `_serving`, to a caller and then to its commit while `_begun`.
    """

    def __init__(self, first: Session, open_session: Callable[[], Session], description: str) -> None:
        self._open_session = open_session
        self._description = description
        self._session: Session | None = first
        self._queue: SimpleQueue[_Item] = SimpleQueue()
        self._door = threading.Lock()
        self._closing = False
        self._serving = False
        self._begun = False
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

    def submit_here(self, work: Work[T]) -> Future[T]:
        """As `submit`; if nothing else is being written, the work runs before this returns, in the calling thread.

        That thread never waits for another process that holds the database: then the writer's thread does."""
        with self._door:
            is_free = not (self._closing or self._serving or self._begun) and self._queue.empty()
            self._begun = self._begun or is_free
        if not is_free:
            return self.submit(work)
        future: Future[T] = Future()
        try:
            session = self._usable_session()
            session.begin_write(wait=False)
        except BaseException:  # waiting, connecting again and telling what failed are for the writer's thread
            with self._door:
                self._begun = False
                self._queue.put(_Submitted(work, future))
            return future
        future.set_running_or_notify_cancel()
        try:
            outcome = _run(session, work)
        except BaseException as error:  # the writer must hear of it in any case: it waits for this transaction
            outcome = _Outcome(None, error)
        self._queue.put(_Begun(outcome, future))
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
        group, is_last = self._next_group([])
        while (group or is_last) and not self._claim():
            group, ended = self._next_group(group)  # a caller's transaction is open: its commit is on its way
            is_last = is_last or ended
        running = [unit for unit in group if unit.future.set_running_or_notify_cancel()]
        if running:
            self._serve(running)
        else:
            self._serving = False
        return not is_last

    def _claim(self) -> bool:
        with self._door:
            self._serving = not self._begun
            return self._serving

    def _next_group(self, group: list[_Submitted]) -> tuple[list[_Submitted], bool]:
        """Wait for one unit, take what else is there; commit what a caller has begun. The flag: nothing more comes."""
        item = self._queue.get()
        while item is not None:
            if isinstance(item, _Begun):
                self._complete(item)
                if not group:
                    return group, False
            else:
                group.append(item)
            if len(group) >= GROUP_LIMIT:
                return group, False
            try:
                item = self._queue.get_nowait()
            except Empty:
                return group, False
        return group, True

    def _complete(self, begun: _Begun) -> None:
        """Commit what a caller has begun, and give the connection back."""
        outcome, session = begun.outcome, self._session
        try:
            if session is not None and outcome.error is None:
                session.commit()
        except BaseException as error:
            outcome = _Outcome(None, error)
        finally:
            if session is not None:
                session.rollback()
        self._hand_back(session, [(begun.future, outcome)])

    def _serve(self, group: list[_Submitted]) -> None:
        outcomes: list[_Outcome] = []
        session: Session | None = None
        try:
            session = self._usable_session()
            try:
                self._transact(session, group, outcomes)
            finally:
                session.rollback()
        except BaseException as error:  # whatever happens here, nobody may wait for ever
            outcomes = _failed(group, outcomes, error)
        self._hand_back(session, [(unit.future, outcome) for unit, outcome in zip(group, outcomes, strict=True)])

    def _hand_back(self, session: Session | None, settled: Iterable[tuple[Future[Any], _Outcome]]) -> None:
        """Let callers have the connection again, then tell how units ended: whoever is told may want it at once. Only
        when it needs housekeeping they are told first, and what they submit meanwhile is the writer's."""
        needs_rest = session is not None and session.usable and session.needs_rest
        if not needs_rest:
            self._serving = self._begun = False
        for future, outcome in settled:
            _resolve(future, outcome)
        if needs_rest and session is not None:
            session.rest()
            self._serving = self._begun = False

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


def _failed(group: Sequence[_Submitted], outcomes: Sequence[_Outcome], error: BaseException) -> list[_Outcome]:
    """Every unit fails with the group's error, except those that had already failed with one of their own."""
    own = [outcome.error for outcome in outcomes] + [None] * (len(group) - len(outcomes))
    return [_Outcome(None, each or error) for each in own]
