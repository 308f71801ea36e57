"""Brings what is due from the database into memory, a chunk at a time, and minds the clock.

Once a second every lane is looked at; the database is read in threads, a few destinations at a time and in turn, so
that nobody waits for the one that has most. What became too old while nobody answered is given up here too.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, Final

from foundation import clock
from foundation.errors import StorageError
from foundation.logs import event
from mailrelay.dispatch import claims, outcomes
from mailrelay.dispatch.copies import Waiting
from mailrelay.dispatch.lanes import Lane
from mailrelay.dispatch.parcels import Key, Parcel, parcel_of
from mailrelay.dispatch.retry import delay_notice_microseconds, expire_microseconds, longest_wait_microseconds
from mailrelay.dispatch.window import Window
from mailrelay.queue_ids import spell
from mailrelay.settings import RetrySettings, Urgency
from mailrelay.spool.ledger import Ledger, Outcome
from mailrelay.store import queue, schedule
from mailrelay.store.notices import add_notices

CHUNK: Final = 200
"""Recipients read from the database at a time: 200 inline bodies of 32 KiB are 6 MiB."""
READS_AT_ONCE: Final = 4
"""Threads that read the queue at once; more would only contend for the interpreter."""
TRIES: Final = 64
"""How many hungry lanes are looked at in one go, so that thousands of them do not hold the loop."""
LOW_WATER: Final = 64
"""With fewer errands than this waiting for their turn, the database is read again."""
TICK_SECONDS: Final = 1.0
"""How often what is due is looked for; a clock file that moves is noticed within this time."""
RESCAN_SECONDS: Final = 60.0
"""How often the database is asked which destinations wait, in case a due time was missed."""
JUMP_MICROSECONDS: Final = 2_000_000
"""A clock that goes back by more than this has jumped; less is NTP at work."""

Schedules = Mapping[Urgency, RetrySettings]


class Refill:
    """See the module. `write` makes outcomes durable that no attempt gave.

    While `suspended` is not 0, nothing is read.
    """

    def __init__(
        self,
        window: Window,
        ledger: Ledger,
        schedules: Schedules,
        intake: Callable[[Parcel, Sequence[Waiting]], None],
        write: Callable[[Sequence[Outcome]], Coroutine[Any, Any, None]],
        wake_notices: Callable[[], None],
    ) -> None:
        self.schedules = schedules
        self.suspended = 0
        self._window = window
        self._ledger = ledger
        self._intake = intake
        self._write = write
        self._wake_notices = wake_notices
        self._loop = asyncio.get_running_loop()
        self._hungry: dict[str, Lane] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._last_now = clock.now_microseconds()
        self._last_scan_seconds = float("-inf")
        self._scanning = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Look at what waits, and begin to look every second."""
        await self._bound_waits(self._last_now)
        await self._scan()
        self._tick()

    async def stop(self) -> None:
        """Read nothing more."""
        self.suspended += 1
        if self._timer is not None:
            self._timer.cancel()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def scan_soon(self) -> None:
        """Ask the database anew which destinations wait."""
        self._spawn(self._scan())

    def look_at(self, lane: Lane) -> None:
        """Have the database read for a lane when something is due there and memory is running low."""
        if lane.next_due is None or lane.fetching or self.suspended or len(lane.ready) >= LOW_WATER:
            return
        now = clock.now_microseconds()
        if lane.next_due <= now and not lane.is_closed(now):
            self._hungry[lane.destination] = lane
            self.feed()

    def age_soon(self, lane: Lane) -> None:
        """Give up what is too old for a lane that was just closed, and tell the senders of what has waited long."""
        self._spawn(self._age(lane))

    # ---- the clock ------------------------------------------------------------------------------------------------

    def _tick(self) -> None:
        self._timer = self._loop.call_later(TICK_SECONDS, self._tick)
        now, before = clock.now_microseconds(), self._last_now
        self._last_now = now
        if now < before - JUMP_MICROSECONDS:
            self._spawn(self._clock_went_back(now))
        elif clock.monotonic() - self._last_scan_seconds > RESCAN_SECONDS:
            self.scan_soon()
        for lane in list(self._window.lanes.values()):
            self.look_at(lane)
            self._window.drop_if_idle(lane, now)

    async def _clock_went_back(self, now: int) -> None:
        event(logging.WARNING, "relay.dispatch", "the clock has jumped back")
        await self._bound_waits(now)
        await self._scan()

    async def _bound_waits(self, now: int) -> None:
        """Whatever lies further ahead than any schedule waits was written by another clock: it is brought nearer."""
        longest = longest_wait_microseconds(self.schedules)
        for lane in self._window.lanes.values():
            lane.bound(now, longest)
        try:
            await self._ledger.run(lambda transaction: schedule.bring_nearer(transaction, now, longest))
        except StorageError as error:
            event(logging.ERROR, "relay.dispatch", "waits cannot be bounded", error=error)

    # ---- reading --------------------------------------------------------------------------------------------------

    async def _scan(self) -> None:
        """Ask which destinations wait at all."""
        if self._scanning:
            return
        self._scanning = True
        try:
            for destination, _, next_due in await self._ledger.read(queue.waiting_destinations):
                lane = self._window.lane(destination)
                lane.expect(next_due)
                self.look_at(lane)
            self._last_scan_seconds = clock.monotonic()
        except StorageError as error:
            event(logging.ERROR, "relay.dispatch", "the queue cannot be read", error=error)
        finally:
            self._scanning = False

    def feed(self) -> None:
        """Read for the lanes that wait for it, in turn, a few at a time; who finds no room keeps waiting."""
        for _ in range(min(len(self._hungry), TRIES)):
            if self._window.reads >= READS_AT_ONCE:
                return
            lane = self._hungry.pop(next(iter(self._hungry)))
            limit = min(self._window.room(lane), 1 if lane.failures else CHUNK)
            if limit <= 0:
                self._hungry[lane.destination] = lane
            elif not lane.fetching:
                lane.fetching = True
                self._spawn(self._fetch(lane, limit, self._window.begin_read(limit)))

    async def _fetch(self, lane: Lane, limit: int, gone: set[Key]) -> None:
        lane.next_due = None
        try:
            work = partial(
                claims.read,
                destination=lane.destination,
                now=clock.now_microseconds(),
                limit=limit,
                in_memory=self._window.in_memory(lane),
            )
            self._take(lane, await self._ledger.read(work), gone)
        except StorageError as error:
            event(
                logging.ERROR, "relay.dispatch", "the queue cannot be read", destination=lane.destination, error=error
            )
            lane.expect(clock.now_microseconds() + round(TICK_SECONDS * 1_000_000))
        finally:
            self._window.end_read(gone, limit)
            lane.fetching = False
        self.look_at(lane)
        self.feed()

    def _take(self, lane: Lane, claim: claims.Claim, gone: set[Key]) -> None:
        if not claim.exhausted:
            lane.expect(0)
        elif claim.next_due is not None:
            lane.expect(claim.next_due)
        for key in claim.bodiless:
            self._bodiless(lane, key)
        taken = self._window.in_memory(lane) | gone
        for message, found in claim.waiting:
            waiting = [each for each in found if (each.number, each.ordinal) not in taken]
            if waiting:
                self._intake(parcel_of(message), waiting)

    def _bodiless(self, lane: Lane, key: Key) -> None:
        """A waiting recipient without bytes: never attempted, told once, kept for whoever repairs it."""
        if key not in lane.busy:
            lane.busy.add(key)
            event(logging.CRITICAL, "relay.dispatch", "a queued message has lost its bytes", queue_id=spell(key[0]))

    # ---- ageing ---------------------------------------------------------------------------------------------------

    async def _age(self, lane: Lane) -> None:
        """A chunk at a time, until nothing too old and no delay untold is left."""
        while not self.suspended and await self._expire_some(lane):
            pass
        while not self.suspended and await self._owe_some_delays(lane):
            pass

    async def _expire_some(self, lane: Lane) -> bool:
        now = clock.now_microseconds()
        limits = {each: now - expire_microseconds(by) for each, by in self.schedules.items()}
        work = partial(schedule.too_old, destination=lane.destination, accepted=limits, limit=CHUNK)
        old = await self._ledger.read(work)
        in_memory = self._window.in_memory(lane)
        found = {
            (each.number, each.ordinal): outcomes.expired(each.number, sender, each, lane.last_reply, now)
            for each, sender in old
            if (each.number, each.ordinal) not in in_memory
        }
        lane.busy.update(found)
        try:
            await self._write(list(found.values()))
        finally:
            self._window.left(lane, found)
        return bool(found)

    async def _owe_some_delays(self, lane: Lane) -> bool:
        """What was never attempted has no outcome that could say so."""
        now = clock.now_microseconds()
        limits = {each: now - delay_notice_microseconds(by) for each, by in self.schedules.items()}
        work = partial(schedule.untold_delays, destination=lane.destination, accepted=limits, limit=CHUNK)
        owed = await self._ledger.read(work)
        if owed:
            await self._ledger.run(lambda transaction: add_notices(transaction, owed, now))
            self._wake_notices()
        return bool(owed)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            event(logging.ERROR, "relay.dispatch", "a part of the dispatcher failed", error=repr(error))
