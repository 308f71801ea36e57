"""The ledger: makes acceptance, the start of attempts and their outcomes durable, gathered into groups.

What is asked while one unit of work is on its way becomes the next one, so that a commit and the change of threads are
shared by many messages. Every method is called on the loop's thread, which also gets every `done`.

Promises: `done` of an acceptance is called without error only when message, recipients and journal record are durable;
an outcome that the database cannot take now is offered again until it can (it is known, so it must not be lost); one
member of a group that breaks a rule fails alone. When the connection broke during a commit the tables are read, and the
answer is what they say. A failed disk poisons the ledger: everybody gets that error, `on_poison` is called once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from foundation import clock
from foundation.storage import Database, DatabasePoisoned, TemporaryFailure, Work
from foundation.storage.protocol import T
from mailrelay.spool.bodies import BodyStore
from mailrelay.spool.group import Accepting, Done, Finishing, Group, Result, Starting, call, is_member_at_fault
from mailrelay.store import acceptance, attempts, endings
from mailrelay.store.values import (
    Accepted,
    AttemptStart,
    NewMessage,
    NoticeKind,
    Outcome,
    RepeatedIdentifier,
    StoredBody,
)

__all__ = ["Accepted", "AttemptStart", "Ledger", "NewMessage", "NoticeKind", "Outcome", "RepeatedIdentifier"]

AcceptDone = Callable[[Accepted | None, Exception | None], None]

_AGAIN_SECONDS = (0.1, 0.5, 2.0, 5.0)  # until an outcome is offered again, or the tables are read again
_ANSWER_WITHIN_SECONDS = 60.0  # a client waits 10 minutes for its 250 (RFC 5321 4.5.3.2.6), a load balancer less
_SWEEP_SECONDS = 60.0
_ROUNDS = 8  # of the loop that a group may gather before it is submitted

_log = logging.getLogger(__name__)


class Ledger:
    """Sits between the loop and the database's writer thread."""

    def __init__(
        self,
        database: Database,
        loop: asyncio.AbstractEventLoop,
        bodies: BodyStore,
        on_poison: Callable[[Exception], None],
        *,
        keep_body_seconds: float = 0,
    ) -> None:
        self._database = database
        self._loop = loop
        self._bodies = bodies
        self._on_poison = on_poison
        self._keep_body_seconds = keep_body_seconds
        self._gathering = Group()
        self._armed = False
        self._seen = 0
        self._rounds = 0
        self._in_flight = 0
        self._failures = 0
        self._poison: Exception | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._readers = ThreadPoolExecutor(2, thread_name_prefix="ledger reader")
        bodies.on_poison = self.poison
        if keep_body_seconds > 0:
            self._spawn(self._sweep())

    def accept(self, message: NewMessage, done: AcceptDone) -> None:
        """Store a message. `done` gets TemporaryFailure (say 451 or 452), RepeatedIdentifier, DatabasePoisoned ...

        The body's space is given back unless the message is stored under its own number."""
        self._gathering.accepting.append(Accepting(message, done))
        self._arm()

    def start_attempts(self, starts: Sequence[AttemptStart], done: Done) -> None:
        """Note that attempts begin. Recipients that do not wait any more are passed over in silence."""
        self._gathering.starting.append(Starting(starts, done))
        self._arm()

    def finish(self, outcomes: Sequence[Outcome], done: Done) -> None:
        """Note outcomes, and give back what the last recipient of a message leaves. Calls `done` late rather than with
        a TemporaryFailure."""
        self._gathering.finishing.append(Finishing(outcomes, done))
        self._arm()

    async def run(self, work: Work[T]) -> T:
        """One unit of work of the caller's. Raises StorageError."""
        return await self._result(self._database.submit(work))

    async def run_releasing(self, work: Work[tuple[T, Sequence[StoredBody]]]) -> T:
        """`run` a unit that also returns bodies whose rows it deleted; their space is given back after its commit."""
        value, released = await self.run(work)
        self._release(released)
        return value

    async def read(self, work: Work[T]) -> T:
        """Reading statements on one snapshot, in a thread. Raises StorageError."""
        return await self._loop.run_in_executor(self._readers, self._database.read, work)

    async def drain(self) -> None:
        """Wait until nothing asked before is on its way; outcomes that the database does not take are not waited for
        any longer than the caller does."""
        while self._in_flight or self._gathering or self._tasks_settling():
            answered = self._loop.create_future()
            self._loop.call_later(0.005, answered.set_result, None)
            await answered

    def close(self) -> None:
        """End what only this object owns; the database and the bodies are closed by whoever opened them."""
        for task in self._tasks:
            task.cancel()
        self._readers.shutdown(wait=False)

    def poison(self, error: Exception) -> None:
        """The disk has failed: nothing is promised any more."""
        if self._poison is None:
            self._poison = error
            _log.critical("the spool stops: %s", error)
            self._on_poison(error)
        self._fail_gathered()

    def _arm(self) -> None:
        if not self._armed and not self._in_flight:
            self._armed = True
            self._loop.call_soon(self._submit_gathered)

    def _submit_gathered(self) -> None:
        """Submit what has gathered, once the loop has gone round without anything more: a commit for ten costs little
        more than one for one. Somebody alone waits for one empty round."""
        if len(self._gathering) > self._seen and self._rounds < _ROUNDS:
            self._seen = len(self._gathering)
            self._rounds += 1
            self._loop.call_soon(self._submit_gathered)
            return
        self._armed = False
        self._seen = self._rounds = 0
        if self._poison is not None:
            self._fail_gathered()
        elif not self._in_flight and self._gathering:
            group, self._gathering = self._gathering.divided()
            self._submit(group)

    def _submit(self, group: Group) -> None:
        self._in_flight += 1
        seconds = self._keep_body_seconds
        future = self._database.submit_here(lambda transaction: group.store(transaction, seconds))

        def resolved(future: Future[Result]) -> None:
            try:
                self._loop.call_soon_threadsafe(self._resolved, group, future)
            except RuntimeError:
                _log.debug("the loop has ended before a unit was answered")

        future.add_done_callback(resolved)

    def _resolved(self, group: Group, future: Future[Result]) -> None:
        self._in_flight -= 1
        error = future.exception()
        if error is None:
            self._failures = 0
            self._answer(group, future.result())
        elif isinstance(error, DatabasePoisoned):
            self.poison(error)
            group.fail(error)
        elif is_member_at_fault(error):
            self._redo(group, error)
        elif isinstance(error, TemporaryFailure) and error.may_be_stored:
            self._spawn(self._settle(group, error))
        else:
            self._put_off(group, error)
        if self._gathering:
            self._arm()

    def _answer(self, group: Group, result: Result) -> None:
        answers, released = result
        for accepting, answer in zip(group.accepting, answers, strict=True):
            if isinstance(answer, RepeatedIdentifier):
                self._bodies.release(accepting.message.body)
                call(accepting.done, None, answer)
            else:
                if answer.repeated:
                    self._bodies.release(accepting.message.body)
                call(accepting.done, answer, None)
        for done in group.plain_answers():
            call(done, None)
        self._release(released)

    def _redo(self, group: Group, error: BaseException) -> None:
        """One member has spoilt the unit of all: each gets a unit of its own."""
        members = group.members()
        if len(members) == 1:
            _log.error("the ledger could not store something: %s", error)
            self._fail(group, error)
        else:
            for member in members:
                self._submit(member)

    def _put_off(self, group: Group, error: BaseException) -> None:
        """Nothing is stored: whoever can come back is told so, outcomes are kept and offered again."""
        outcomes, group.finishing = group.finishing, []
        self._fail(group, error)
        if outcomes and not isinstance(error, TemporaryFailure):
            _log.error("outcomes of attempts could not be stored: %s", error)
            self._fail(Group(finishing=outcomes), error)
        elif outcomes:
            self._loop.call_later(self._pause(), self._offer_again, outcomes)

    def _offer_again(self, outcomes: list[Finishing]) -> None:
        self._gathering.finishing[:0] = outcomes
        self._arm()

    def _fail(self, group: Group, error: BaseException) -> None:
        for accepting in group.accepting:
            self._bodies.release(accepting.message.body)
        group.fail(error)

    def _fail_gathered(self) -> None:
        group, self._gathering = self._gathering, Group()
        group.fail(self._poison or RuntimeError("the ledger is not poisoned"))

    async def _settle(self, group: Group, error: TemporaryFailure) -> None:
        """The connection broke while a commit was being answered: ask the tables whether it was stored."""
        numbers = [accepting.message.number for accepting in group.accepting]
        outcomes = [outcome for finishing in group.finishing for outcome in finishing.outcomes]
        deadline = clock.monotonic() + _ANSWER_WITHIN_SECONDS
        while True:
            try:
                stored = await self.read(lambda transaction: acceptance.stored_numbers(transaction, numbers))
                finished = await self.read(lambda transaction: attempts.is_stored(transaction, outcomes))
                break
            except DatabasePoisoned as poison:
                self.poison(poison)
                group.fail(poison)
                return
            except Exception as failure:
                _log.warning("cannot find out yet whether a commit was stored: %s", failure)
                if clock.monotonic() > deadline:
                    waiting, group.accepting = group.accepting, []
                    Group(accepting=waiting).fail(error)
                await asyncio.sleep(self._pause())
        self._settled(group, error, stored, finished)

    def _settled(self, group: Group, error: TemporaryFailure, stored: set[int], finished: bool) -> None:
        whole = bool(stored) or finished  # a unit is stored whole or not at all
        for accepting in group.accepting:
            if accepting.message.number in stored:
                call(accepting.done, Accepted(accepting.message.number, False), None)
            else:  # not stored, or a repetition: being asked again answers that
                self._bodies.release(accepting.message.body)
                call(accepting.done, None, error)
        for finishing in group.finishing:
            if whole:
                call(finishing.done, None)
            else:
                self._gathering.finishing.append(finishing)
        self._gathering.starting += group.starting  # to begin twice is to begin
        self._arm()

    def _pause(self) -> float:
        pause = _AGAIN_SECONDS[min(self._failures, len(_AGAIN_SECONDS) - 1)]
        self._failures += 1
        return pause

    async def _result(self, future: Future[T]) -> T:
        try:
            return await asyncio.wrap_future(future, loop=self._loop)
        except DatabasePoisoned as error:
            self.poison(error)
            raise

    def _release(self, bodies: Sequence[StoredBody]) -> None:
        for body in bodies:
            self._bodies.release(body)

    async def _sweep(self) -> None:
        """Forget the bodies that were kept long enough, for as long as we live."""
        while True:
            try:
                await self.forget_overdue_bodies()
            except Exception as error:
                _log.warning("kept bodies could not be forgotten: %s", error)
            await asyncio.sleep(_SWEEP_SECONDS)

    async def forget_overdue_bodies(self) -> None:
        """Forget all bodies that were kept long enough."""
        now = clock.now_microseconds()
        while await self.run_releasing(lambda transaction: endings.forget_overdue_bodies(transaction, now)):
            await asyncio.sleep(0)

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _tasks_settling(self) -> bool:
        return len(self._tasks) > (1 if self._keep_body_seconds > 0 else 0)
