"""The dispatcher: decides what is attempted when, and keeps only a window of the queue in memory.

    promise(message)  its attempt begins with its commit ────────────────────────────► offer ─► sender ...
    offer(message)  fresh from its commit ──┐                       ┌─► full or closed: left to the database
                                            ▼                       │
                          lanes (one per destination) ── room? ─────┴─► attempts ─► sender ─► outcomes
                                            ▲
    refill: once a second, what is due ─────┘  (read in a thread, a chunk at a time)

Promises: memory is bounded whatever waits in the database; a destination that is slow or dead takes a share and never
the whole; nothing is sent before the start of its attempt is durable; held recipients are never touched. Everything
here runs on the loop's thread.

It deliberately does not compose reports (notices.py), and it knows neither sockets nor SQL.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from foundation import clock
from foundation.logs import event
from foundation.storage import Work
from mailrelay.dispatch import outcomes
from mailrelay.dispatch.attempts import Attempts
from mailrelay.dispatch.copies import Copy, Waiting
from mailrelay.dispatch.lanes import Lane
from mailrelay.dispatch.parcels import Errand, Key, Parcel, parcel_of
from mailrelay.dispatch.placing import by_lane, copies_for, fresh, line_up, may_be_stored_in_part
from mailrelay.dispatch.refill import Refill
from mailrelay.dispatch.signing import Signer, Signing
from mailrelay.dispatch.window import FILTER, LOCAL, REFUSED, Window
from mailrelay.sending.pool import Sender
from mailrelay.sending.routing import next_hop
from mailrelay.sending.transactions import Result
from mailrelay.settings import NextHop, RelaySettings
from mailrelay.spool.bodies import BodyStore
from mailrelay.spool.ledger import Ledger, NewMessage, Outcome

T = TypeVar("T")

STARTED_PER_CONNECTION: Final = 8
"""Transactions begun ahead of each connection, so that the next ones are durable while it is at work: a commit takes
as long as several small messages."""
_POLL_SECONDS: Final = 0.02


@dataclass(frozen=True, slots=True)
class Statistics:
    """What is in memory: recipients, transactions handed to the sender, destinations known and those closed."""

    recipients: int
    on_the_wire: int
    destinations: int
    closed: tuple[str, ...]


class Dispatcher:
    """See the module.

    `wake_notices` is called when a sender is owed a report, `consider_report` with every accepted message that may be
    one itself.
    """

    def __init__(
        self,
        settings: RelaySettings,
        ledger: Ledger,
        bodies: BodyStore,
        sender: Sender,
        *,
        executor: Executor | None = None,
        signer: Signer | None = None,
        wake_notices: Callable[[], None] = lambda: None,
        consider_report: Callable[[NewMessage], None] = lambda message: None,
    ) -> None:
        self._settings = settings
        self._ledger = ledger
        self._bodies = bodies
        self._executor = executor
        self._wake_notices = wake_notices
        self._consider_report = consider_report
        self._loop = asyncio.get_running_loop()
        self._window = Window(settings.concurrency.in_flight)
        self._attempts = Attempts(settings, ledger, bodies, sender, self._ended, self._settled)
        self._refill = Refill(self._window, ledger, settings.retry, self._take_read, self._write, wake_notices)
        self._signing = Signing(signer, settings.dkim_domains, bodies, executor)
        self._stopping = False
        self._pauses = 0
        self._promised: dict[int, Errand] = {}

    # ---- what others call -----------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Look at what waits in the database and begin with it."""
        await self._refill.start()

    def promise(self, message: NewMessage) -> None:
        """Before a message is accepted: if its only recipient can be attempted at once, set its `attempt_host`, so that
        one commit makes both durable. `offer` or `withdraw` must follow."""
        if len(message.deliveries) != 1 or message.held or self._settings.filter or self._pauses or self._stopping:
            return
        waiting = fresh(message)
        lane = self._window.lane(waiting[0].destination)
        parcel = parcel_of(message)
        if not self._begins_at_once(lane, parcel):
            return
        errand = self._window.take(lane, parcel, copies_for(lane.destination, waiting)[0])
        lane.started += 1
        _address(errand)
        self._promised[message.number] = errand
        self._attempts.promise(errand, message.accepted_at)
        message.attempt_host = errand.hop.host

    def withdraw(self, message: NewMessage, may_be_stored: bool = False) -> None:
        """A message was not accepted after all (or perhaps it was): nothing is promised any more."""
        errand = self._promised.pop(message.number, None)
        if errand is not None:
            errand.lane.started -= 1
            self._attempts.withdraw(errand, may_be_stored)
            if not may_be_stored:
                self._window.forget(errand)
            self._pump(errand.lane)

    def offer(self, message: NewMessage) -> None:
        """Take a message whose acceptance is durable, as far as there is room; the rest stays in the database."""
        if message.headers.automatic or not message.envelope.sender:
            self._consider_report(message)
        errand = self._promised.pop(message.number, None)
        if errand is not None:
            self._attempts.hand_over(errand)
            return
        if message.held or self._stopping:
            return
        if may_be_stored_in_part(message):
            self._look_for(message)
            return
        waiting = fresh(message)
        parcel = parcel_of(message)
        if len(waiting) == 1 and self._settings.filter is None:
            self._offer_to(self._window.lane(waiting[0].destination), parcel, waiting)
            return
        for key, group in by_lane(parcel, waiting, self._settings.filter is not None).items():
            self._offer_to(self._window.lane(key), parcel, group)

    def kick(self, destination: str | None = None) -> None:
        """Try a destination (or all) now, whatever was known of it: an operator asked, or it is known to be back."""
        lanes = list(self._window.lanes.values()) if destination is None else [self._window.lane(destination)]
        for lane in lanes:
            lane.open()
            self._pump(lane)
        self._refill.scan_soon()

    async def change_queue(self, work: Work[T]) -> T:
        """Run an operator's change (hold, release, remove, retry) while nothing is being begun.

        What was in memory without having begun is given back first, so that the change finds every recipient either
        waiting in the database or on the wire. Raises what the work raises.
        """
        self._pauses += 1
        self._refill.suspended += 1
        try:
            while not self._attempts.nothing_starts:
                await asyncio.sleep(_POLL_SECONDS)
            self._give_up_all()
            return await self._ledger.run(work)
        finally:
            self._pauses -= 1
            self._refill.suspended -= 1
            self.kick()

    async def stop(self, timeout_seconds: float) -> None:
        """Begin nothing more, wait for the answers that are due, give back what was begun but not sent.

        What has no answer by then stays `delivering`; the next start records its end as unknown.
        """
        self._stopping = self._attempts.stopping = True
        await self._refill.stop()
        self._give_up_all()
        deadline = clock.monotonic() + timeout_seconds
        while not self._attempts.quiet and clock.monotonic() < deadline:
            await asyncio.sleep(_POLL_SECONDS)

    def reload(self, settings: RelaySettings, signer: Signer | None = None) -> None:
        """Use these settings (and this signer) from now on."""
        self._settings = self._attempts.settings = settings
        self._refill.schedules = settings.retry
        self._window.limit = settings.concurrency.in_flight
        self._signing = Signing(signer, settings.dkim_domains, self._bodies, self._executor)
        for lane in self._window.lanes.values():
            lane.hop = None
        self.kick()

    def statistics(self) -> Statistics:
        """What is in memory now."""
        now = clock.now_microseconds()
        closed = tuple(lane.destination for lane in self._window.lanes.values() if lane.is_closed(now))
        return Statistics(self._window.recipients, self._attempts.on_the_wire, len(self._window.lanes), closed)

    # ---- taking into memory ---------------------------------------------------------------------------------------

    def _offer_to(self, lane: Lane, parcel: Parcel, waiting: Sequence[Waiting]) -> None:
        self._take(lane, parcel, waiting, self._room(lane))

    def _room(self, lane: Lane) -> int:
        room = self._window.room(lane)
        if lane.next_due is not None and lane.busy:
            room //= 2  # older ones wait in the database: the other half is theirs
        return room

    def _begins_at_once(self, lane: Lane, parcel: Parcel) -> bool:
        """Whether a single transaction would be begun as soon as it is offered, and its hop is known."""
        if lane.ready or lane.failures or lane.destination == REFUSED or self._allowed(lane) <= 0:
            return False
        if lane.destination != LOCAL and self._signing.is_wanted(parcel):
            return False
        return self._room(lane) > 0 and self._has_hop(lane)

    def _look_for(self, message: NewMessage) -> None:
        """Have the database read for a message that was just stored."""
        for destination in {delivery.destination for delivery in message.deliveries}:
            lane = self._window.lane(destination)
            lane.expect(message.accepted_at)
            self._refill.look_at(lane)

    def _take_read(self, parcel: Parcel, waiting: Sequence[Waiting]) -> None:
        """Take what was read from the database; room for it was promised when the read began."""
        for key, group in by_lane(parcel, waiting, self._settings.filter is not None).items():
            self._take(self._window.lane(key), parcel, group, 0 if self._pauses or self._stopping else len(group))

    def _take(self, lane: Lane, parcel: Parcel, waiting: Sequence[Waiting], room: int) -> None:
        """Make errands while there is room, and leave the other recipients to the database."""
        if lane.closed_until and lane.is_closed(clock.now_microseconds()):
            room = 0
        if room <= 0:
            self._leave(waiting, parcel.accepted_at)
        elif lane.destination == REFUSED:
            self._refuse(lane, parcel, waiting)
        else:
            for copy in copies_for(lane.destination, waiting):
                if room > 0:
                    errand = self._window.take(lane, parcel, copy)
                    room -= len(errand.keys)
                    line_up(lane, errand)
                else:
                    self._leave(copy.everyone(), parcel.accepted_at)
            self._pump(lane)

    def _refuse(self, lane: Lane, parcel: Parcel, waiting: Sequence[Waiting]) -> None:
        now = clock.now_microseconds()
        errand = self._window.take(lane, parcel, Copy((), (tuple(waiting),)))
        self._attempts.conclude([errand], [outcomes.refused(parcel, each, now) for each in waiting])

    def _leave(self, waiting: Sequence[Waiting], due: int) -> None:
        for each in waiting:
            self._window.lane(each.destination).expect(due)

    def _give_up_all(self) -> None:
        for lane in list(self._window.lanes.values()):
            self._give_up_ready(lane)

    def _give_up_ready(self, lane: Lane) -> None:
        while lane.ready:
            self._give_up(lane.ready.popleft())

    def _give_up(self, errand: Errand) -> None:
        """Leave to the database what has not begun."""
        self._window.forget(errand)
        self._leave(errand.copy.everyone(), errand.parcel.accepted_at)

    # ---- attempting -----------------------------------------------------------------------------------------------

    def _pump(self, lane: Lane) -> None:
        """Begin what may begin."""
        if self._pauses or self._stopping:
            return
        allowed = self._allowed(lane)
        while allowed > 0 and lane.ready:
            errand = lane.ready.popleft()
            lane.started += 1
            allowed -= 1
            if lane.destination != LOCAL and self._signing.is_wanted(errand.parcel):
                self._signing.sign(errand.parcel, partial(self._signed, errand))
            else:
                self._begin(errand)

    def _allowed(self, lane: Lane) -> int:
        limit = STARTED_PER_CONNECTION * self._settings.concurrency.connections_per_destination
        return lane.transactions_allowed(limit)

    def _signed(self, errand: Errand) -> None:
        if self._pauses or self._stopping:
            errand.lane.started -= 1
            self._give_up(errand)
        else:
            self._begin(errand)

    def _begin(self, errand: Errand) -> None:
        if self._has_hop(errand.lane):
            _address(errand)
            self._attempts.begin(errand)
        else:
            self._unroutable(errand)

    def _has_hop(self, lane: Lane) -> bool:
        if lane.hop is None:
            with suppress(ValueError):
                lane.hop = self._route(lane)
        return lane.hop is not None

    def _route(self, lane: Lane) -> NextHop:
        if lane.destination == FILTER and self._settings.filter is not None:
            return self._settings.filter
        return next_hop(lane.destination, self._settings)

    def _unroutable(self, errand: Errand) -> None:
        errand.lane.started -= 1
        now, everyone = clock.now_microseconds(), errand.copy.everyone()
        self._attempts.conclude([errand], [outcomes.unroutable(errand.parcel, each, now) for each in everyone])

    def _ended(self, errand: Errand, result: Result) -> None:
        lane = errand.lane
        lane.started -= 1
        if result.unreachable and any(each.kind == "temporary" for each in result.recipients):
            self._nobody_answers(errand, result)
        elif lane.failures:
            lane.open()
        self._pump(lane)

    def _nobody_answers(self, errand: Errand, result: Result) -> None:
        lane = errand.lane
        if lane.destination == FILTER or errand.began_seconds < lane.closed_at_seconds:
            return  # what waits for the filter is not known to the database as such: each message keeps its own time
        times = self._settings.retry[errand.parcel.urgency]
        lane.close(clock.now_microseconds(), clock.monotonic(), times, self._attempts.random)
        lane.last_reply = str(result.recipients[0].reply)
        event(
            logging.WARNING, "relay.dispatch", "nobody answers",
            destination=lane.destination, failures=lane.failures, reply=lane.last_reply,
        )  # fmt: skip
        self._give_up_ready(lane)
        self._refill.age_soon(lane)

    def _settled(self, errands: Sequence[Errand], found: Sequence[Outcome]) -> None:
        lanes: dict[str, Lane] = {}
        for errand in errands:
            self._window.forget(errand)
            lanes[errand.lane.destination] = errand.lane
        if FILTER in lanes:
            origins = {each.destination for errand in errands for each in errand.copy.everyone()}
            lanes |= {origin: self._window.lane(origin) for origin in origins}
        again = {
            (each.number, each.ordinal): each.next_attempt_at for each in found if each.next_attempt_at is not None
        }
        if again:
            self._expect_again(errands, again)
        if any(each.notices for each in found):
            self._wake_notices()
        now = clock.now_microseconds()
        for lane in lanes.values():
            self._refill.look_at(lane)
            self._window.drop_if_idle(lane, now)
        self._refill.feed()

    def _expect_again(self, errands: Sequence[Errand], again: Mapping[Key, int]) -> None:
        for errand in errands:
            for waiting in errand.copy.everyone():
                due = again.get((errand.parcel.number, waiting.ordinal))
                if due is not None:
                    self._window.lane(waiting.destination).expect(due)

    async def _write(self, found: Sequence[Outcome]) -> None:
        """Make outcomes durable that no attempt gave."""
        written: asyncio.Future[None] = self._loop.create_future()
        self._ledger.finish(found, partial(_resolve, written))
        await written
        if any(each.notices for each in found):
            self._wake_notices()


def _address(errand: Errand) -> None:
    """Say where it goes: to its lane's hop, as routed now."""
    lane = errand.lane
    errand.hop, errand.domain = lane.hop or errand.hop, lane.domain
    errand.final = errand.hop.protocol == "lmtp" and lane.destination != FILTER


def _resolve(future: asyncio.Future[None], error: Exception | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)
