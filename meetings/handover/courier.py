"""Hands letters over: claims what is due, makes the bytes, gives them to the relay over several connections, records.

    feeder ── claims, letters ──► jobs ──► senders (a connection each) ── what became of it ──► recorder ── one unit

Promises: what is promised leaves as long as we run and the relay takes it; what ended is recorded in batches, and only
then forgotten here; a claim without an end, after a crash, is tried again with the same bytes, which the relay takes
once. At any time a few hundred letters are in memory, however many are promised. Threads, because the client is
synchronous; every thread ends with `stop`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from queue import Empty, SimpleQueue
from typing import Final

from foundation import clock, logs
from foundation.errors import CongvuError, StorageError
from foundation.failures import report_bug
from foundation.storage import Database, DatabasePoisoned, Transaction
from meetings.handover.door import Door
from meetings.handover.gate import AREA, Gate
from meetings.handover.replies import DoorShut, Ended, means, put_off
from meetings.settings import MeetingsSettings
from meetings.store import outbox
from meetings.store.mail_values import Claimed
from meetings.store.outbox import HandedOver, PutOff, Refused

HOLDER: Final = "handover"
"""There is one daemon to a database, so what this name claimed before was claimed by a dead one."""
BATCH: Final = 100
IN_HAND: Final = 400
"""Letters claimed and not recorded yet: a few batches, so that no thread waits for another; some 20 MB."""
RECORDED_AT_ONCE: Final = 200
GATHERING_SECONDS: Final = 0.05
"""How long the recorder sleeps for company: a unit of work costs a flush of the disk, and waking for each letter takes
the interpreter from the senders."""
LEASE_SECONDS: Final = 600.0
IDLE_SECONDS: Final = 1.0
"""How often we look for what became due without anybody telling us."""
RESTING_SECONDS: Final = 10.0
"""A connection without work is closed after this long."""
OUR_BUG_SECONDS: Final = 300.0
"""A letter that cannot be made is tried again so late: a new version may be able to."""
STOP_SECONDS: Final = 15.0

Make = Callable[[], bytes]
Prepare = Callable[[Transaction, Sequence[Claimed]], Mapping[int, Make]]
"""What makes the bytes of each claimed letter; reads the tables. A letter that is left out needs not leave any more."""


class Courier:
    """Runs from `start` to `stop`."""

    def __init__(
        self,
        database: Database,
        settings: Callable[[], MeetingsSettings],
        prepare: Prepare,
        on_poison: Callable[[Exception], None],
        *,
        gate: Gate | None = None,
    ) -> None:
        self._database = database
        self._settings = settings
        self._prepare = prepare
        self._on_poison = on_poison
        self.gate = gate or Gate()
        self._jobs: SimpleQueue[tuple[Claimed, Make, int] | None] = SimpleQueue()
        self._ended: SimpleQueue[Ended | None] = SimpleQueue()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._counting = threading.Lock()
        self._in_hand = 0
        self._changes = 0
        self._doors: dict[int, Door] = {}
        self._threads: list[threading.Thread] = []
        self._recorder = threading.Thread(target=self._record, name="handover-record", daemon=True)
        self.handed_over = 0
        """Letters that the relay took since the start."""

    def start(self) -> None:
        """Begin; what a dead daemon had claimed is due at once. Raises StorageError."""
        now = clock.now_microseconds()
        found = self._database.run(lambda unit: outbox.release(unit, HOLDER, now))
        if found:
            logs.event(logging.INFO, AREA, "letters of unknown fate are handed over again", letters=found)
        senders = self._settings().submission.connections
        self._threads = [
            threading.Thread(target=self._feed, name="handover-feed", daemon=True),
            *(
                threading.Thread(target=self._send, args=(n,), name=f"handover-{n}", daemon=True)
                for n in range(senders)
            ),
        ]
        for thread in (*self._threads, self._recorder):
            thread.start()

    def wake(self) -> None:
        """Something may be due, or must not leave any more. From any thread, after the change is durable."""
        self._changes += 1
        self._wake.set()

    @property
    def in_hand(self) -> int:
        """Letters claimed, and not recorded yet."""
        return self._in_hand

    def stop(self) -> None:
        """Finish the letters on the wire, record what became of them, give the rest back. Blocks."""
        deadline = clock.monotonic() + STOP_SECONDS
        self._stopping.set()
        self._wake.set()
        for _ in self._threads:
            self._jobs.put(None)
        self._join(self._threads, deadline)
        for door in list(self._doors.values()):
            door.break_off()
        self._join(self._threads, deadline + STOP_SECONDS / 3)
        self._ended.put(None)
        self._join([self._recorder], deadline + STOP_SECONDS)
        try:
            self._database.run(lambda unit: outbox.release(unit, HOLDER, clock.now_microseconds()))
        except StorageError as error:
            logs.trouble(logging.WARNING, AREA, "claims are given back at the next start", error)

    @staticmethod
    def _join(threads: Iterable[threading.Thread], deadline: float) -> None:
        for thread in threads:
            if thread.ident is not None:
                thread.join(max(deadline - clock.monotonic(), 0.01))

    # ---- claims -----------------------------------------------------------------------------------------------------

    def _feed(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                fed = self._claimed()
            except StorageError as error:
                self._trouble("no letters can be claimed", error)
                fed = False
            except Exception as error:
                report_bug(error, "meetings")
                fed = False
            if not fed:
                self._wake.wait(max(IDLE_SECONDS, min(self.gate.shut_seconds(), 5.0)))

    def _claimed(self) -> bool:
        """Claim the next batch, if there is room and the door is not known to be shut; whether there was any."""
        room = min(IN_HAND - self._in_hand, BATCH)
        if room < BATCH // 2 or self.gate.shut_seconds():
            return False
        now = clock.now_microseconds()
        lease, changes = now + int(LEASE_SECONDS * 1e6), self._changes
        claimed = self._database.run(lambda unit: outbox.claim_due(unit, now, room, lease, HOLDER))
        if not claimed:
            return False
        self._count(len(claimed))
        self._prepared(claimed, changes)
        return True

    def _prepared(self, claimed: Sequence[Claimed], changes: int) -> None:
        """Put what can be made in line. One letter that cannot be must not hold up those that came with it."""
        try:
            ways = self._database.read(lambda unit: self._prepare(unit, claimed))
        except StorageError as error:
            self._trouble("letters cannot be read", error)
            for each in claimed:
                self._end(self._unread(each, error))
            return
        except Exception as error:
            if len(claimed) > 1:
                for each in claimed:
                    self._prepared([each], changes)
            else:
                report_bug(error, "meetings")
                self._end(self._unmade(claimed[0], error))
            return
        for each in claimed:
            if each.id in ways:
                self._jobs.put((each, ways[each.id], changes))
            else:
                self._end(_nothing_to_say(each))

    def _unread(self, claimed: Claimed, error: StorageError) -> Ended:
        """No fault of the letter's: it leaves as soon as the database answers."""
        expire = self._settings().limits.handover_expire_hours * 3600
        return put_off(claimed, clock.now_microseconds(), expire, error.message.en, IDLE_SECONDS)

    def _unmade(self, claimed: Claimed, error: Exception) -> Ended:
        told = error.message.en if isinstance(error, CongvuError) else repr(error)
        expire = self._settings().limits.handover_expire_hours * 3600
        why = f"the letter cannot be made: {told}"
        return put_off(claimed, clock.now_microseconds(), expire, why, OUR_BUG_SECONDS)

    # ---- the wire ---------------------------------------------------------------------------------------------------

    def _send(self, number: int) -> None:
        """One sender: takes jobs until it is told to end."""
        while True:
            try:
                job = self._jobs.get(timeout=RESTING_SECONDS)
            except Empty:
                self._close_door(number)
                continue
            if job is None:
                self._close_door(number)
                return
            if not self._stopping.is_set():
                self._end(self._attempt(number, *job))

    def _attempt(self, number: int, claimed: Claimed, make: Make, changes: int) -> Ended:
        settings = self._settings()
        expire = settings.limits.handover_expire_hours * 3600
        shut = self.gate.shut_seconds()
        if shut:
            return put_off(claimed, clock.now_microseconds(), expire, self.gate.why_shut, shut)
        try:
            # Something changed while it stood in line: the meeting may have become secret, and its letters withdrawn.
            if changes != self._changes and not self._database.read(partial(outbox.is_waiting, own=claimed.id)):
                return _nothing_to_say(claimed)
            mail = make()
        except StorageError as error:
            self._trouble("letters cannot be read", error)
            return self._unread(claimed, error)
        except Exception as error:
            report_bug(error, "meetings")
            return self._unmade(claimed, error)
        used = number in self._doors
        try:
            return self._handed(number, claimed, mail, expire)
        except DoorShut as error:
            self._doors.pop(number, None)
            if not used:
                return self._shut(claimed, expire, error)
        try:  # the relay may only have closed a connection that rested; it takes a repeat once
            return self._handed(number, replace(claimed, unfinished=True), mail, expire)
        except DoorShut as error:
            self._doors.pop(number, None)
            return self._shut(claimed, expire, error)

    def _handed(self, number: int, claimed: Claimed, mail: bytes, expire_seconds: float) -> Ended:
        sender = bounce(self._settings(), claimed.token)
        reply = self._door(number).send(sender, claimed.address, claimed.token, mail)
        ended = means(reply, claimed, clock.now_microseconds(), expire_seconds)
        self.gate.opened()
        return ended

    def _shut(self, claimed: Claimed, expire_seconds: float, error: DoorShut) -> Ended:
        seconds = self.gate.failed(str(error))
        return put_off(claimed, clock.now_microseconds(), expire_seconds, str(error), seconds)

    def _door(self, number: int) -> Door:
        found = self._doors.get(number)
        if found is None:
            settings = self._settings()
            found = self._doors[number] = Door(settings.submission, settings.authserv_id)
        return found

    def _close_door(self, number: int) -> None:
        door = self._doors.pop(number, None)
        if door is not None:
            door.close()

    # ---- what became of them ----------------------------------------------------------------------------------------

    def _end(self, ended: Ended) -> None:
        self._ended.put(ended)

    def _record(self) -> None:
        while True:
            first = self._ended.get()
            if first is None:
                return
            ended, last = self._company(first)
            self._stored(ended)
            self.handed_over += sum(isinstance(each, HandedOver) for each in ended)
            self._count(-len(ended))
            self._wake.set()
            if last:
                return

    def _company(self, first: Ended) -> tuple[list[Ended], bool]:
        """What ended together with this one; and whether that was all there will ever be."""
        self._stopping.wait(GATHERING_SECONDS)
        found = [first]
        while len(found) < RECORDED_AT_ONCE:
            try:
                another = self._ended.get_nowait()
            except Empty:
                break
            if another is None:
                return found, True
            found.append(another)
        return found, False

    def _stored(self, ended: list[Ended]) -> None:
        """Durable, however long it takes; when we stop before, the claims are simply tried again."""
        while True:
            try:
                self._database.run(partial(_store, ended=ended))
                return
            except StorageError as error:
                self._trouble("what became of letters cannot be recorded yet", error)
            except Exception as error:
                report_bug(error, "meetings")
                return
            if self._stopping.wait(1.0):
                return

    def _trouble(self, what: str, error: StorageError) -> None:
        logs.trouble(logging.ERROR, AREA, what, error)
        if isinstance(error, DatabasePoisoned):
            self._on_poison(error)

    def _count(self, letters: int) -> None:
        with self._counting:
            self._in_hand += letters


def bounce(settings: MeetingsSettings, token: str) -> str:
    """The envelope sender, to which reports on this letter return."""
    local, _, domain = settings.bounce_address.rpartition("@")
    return f"{local}+{token}@{domain}" if token else settings.bounce_address


def _nothing_to_say(claimed: Claimed) -> Ended:
    return Refused(claimed.id, clock.now_microseconds(), "it has nothing to say any more", expired=True)


def _store(transaction: Transaction, ended: Sequence[Ended]) -> None:
    outbox.handed_over(transaction, [each for each in ended if isinstance(each, HandedOver)])
    outbox.put_off(transaction, [each for each in ended if isinstance(each, PutOff)])
    outbox.refused(transaction, [each for each in ended if isinstance(each, Refused)])
