"""Attempts under way: made durable, handed to the sender, judged, their outcomes made durable.

Promises: an attempt's start is durable before its transaction reaches the sender, an outcome that came is never lost
while the database can be written at all, and everything of one tick of the loop is one batch. When the database
fails, what is open waits and is tried again a second later. No coroutine and no timer per message.

It does not choose what is attempted and keeps no windows: that is the dispatcher's.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from foundation import clock
from foundation.logs import event
from foundation.storage import TemporaryFailure
from mailrelay.dispatch import outcomes
from mailrelay.dispatch.parcels import Errand
from mailrelay.dispatch.prefixes import prefix_of
from mailrelay.queue_ids import spell
from mailrelay.sending.pool import Sender
from mailrelay.sending.transactions import OutgoingTransaction, RecipientResult, Reply, Result
from mailrelay.settings import RelaySettings
from mailrelay.spool.bodies import BodyStore
from mailrelay.spool.ledger import AttemptStart, Ledger, Outcome

RETRY_SECONDS: Final = 1.0
"""How long a batch waits that the database did not take: as the recovery from a full disk is waited for elsewhere."""

_OUR_TROUBLE: Final = RecipientResult("temporary", Reply(451, "4.3.0", "error in processing", ours=True), "check")

Ended = Callable[[Errand, Result], None]
Settled = Callable[[Sequence[Errand], Sequence[Outcome]], None]


class Attempts:
    """All attempts of this process. `ended` is called when the sender answered (its connection is free again),
    `settled` when the outcomes are durable. Everything runs on the loop's thread."""

    def __init__(
        self, settings: RelaySettings, ledger: Ledger, bodies: BodyStore, sender: Sender, ended: Ended, settled: Settled
    ) -> None:
        self.settings = settings
        self.on_the_wire = 0
        self.stopping = False
        self._ledger = ledger
        self._bodies = bodies
        self._sender = sender
        self._ended = ended
        self._settled = settled
        self._loop = asyncio.get_running_loop()
        self._starting: list[Errand] = []
        self._results: list[tuple[Errand, Result]] = []
        self._unsettled: list[tuple[list[Errand], list[Outcome]]] = []
        self._flush_is_due = False
        self._batches_open = 0
        self._starts_open = 0
        self._promised = 0
        self._waiting_again = 0
        self.random: Callable[[], float] = random.random

    @property
    def nothing_starts(self) -> bool:
        """Whether no attempt is between being begun and being handed to the sender."""
        return not (self._starting or self._starts_open or self._promised or self._waiting_again)

    @property
    def quiet(self) -> bool:
        """Whether nothing is under way: nothing on the wire, nothing being written."""
        open_work = self.on_the_wire or self._batches_open or self._results or self._unsettled
        return self.nothing_starts and not open_work

    def begin(self, errand: Errand) -> None:
        """Attempt an errand whose hop is set: its start goes into this tick's batch."""
        self._starting.append(errand)
        self._schedule()

    def promise(self, errand: Errand, at: int) -> None:
        """The start of this attempt is on its way to the disk with its message: `hand_over` or `withdraw` follows."""
        errand.started_at, errand.began_seconds = at, clock.monotonic()
        self._promised += 1

    def hand_over(self, errand: Errand) -> None:
        """The start that was promised is durable."""
        self._promised -= 1
        if self.stopping:
            self._give_back([errand])
        else:
            self._hand_over_or_fail(errand)

    def withdraw(self, errand: Errand, may_be_stored: bool) -> None:
        """There is no message after all; or nobody knows whether there is, then the recipient is to wait in it."""
        self._promised -= 1
        if may_be_stored:
            self._give_back([errand])

    def conclude(self, errands: Sequence[Errand], found: list[Outcome]) -> None:
        """Make outcomes durable that no attempt gave (refused members, expiry); `settled` is called as for others."""
        self._unsettled.append((list(errands), found))
        self._schedule()

    def _schedule(self) -> None:
        if not self._flush_is_due:
            self._flush_is_due = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flush_is_due = False
        if self._results:
            self._judge()
        if self._unsettled:
            batches, self._unsettled = self._unsettled, []
            errands = [errand for batch, _ in batches for errand in batch]
            self._finish(errands, [outcome for _, found in batches for outcome in found])
        if self._starting:
            batch, self._starting = self._starting, []
            self._start(batch)

    # ---- starting -------------------------------------------------------------------------------------------------

    def _start(self, batch: list[Errand]) -> None:
        at, began = clock.now_microseconds(), clock.monotonic()
        starts = []
        for errand in batch:
            errand.started_at, errand.began_seconds = at, began
            ordinals = tuple([key[1] for key in errand.keys])
            starts.append(AttemptStart(errand.parcel.number, ordinals, errand.hop.host, at))
        self._starts_open += 1
        self._ledger.start_attempts(starts, partial(self._started, batch))

    def _started(self, batch: list[Errand], error: Exception | None) -> None:
        self._starts_open -= 1
        if error is not None:
            self._not_written("an attempt cannot be begun", error, batch, self._begin_again)
        elif self.stopping:
            self._give_back(batch)
        else:
            for errand in batch:
                self._hand_over_or_fail(errand)

    def _begin_again(self, batch: list[Errand]) -> None:
        self._starting += batch
        self._schedule()

    def _give_back(self, batch: list[Errand]) -> None:
        now = clock.now_microseconds()
        found = [outcomes.given_back(errand, waiting, now) for errand in batch for waiting in errand.copy.everyone()]
        self._unsettled.append((batch, found))
        self._schedule()

    def _hand_over_or_fail(self, errand: Errand) -> None:
        """One message that cannot be put together does not keep the others of its batch back."""
        try:
            transaction = self._transaction(errand)
        except Exception as error:
            event(
                logging.ERROR, "relay.dispatch", "a message cannot be put together",
                queue_id=spell(errand.parcel.number), error=repr(error),
            )  # fmt: skip
            result = Result((_OUR_TROUBLE,) * len(errand.copy.recipients))
            self.on_the_wire += 1
            self._loop.call_soon(self._answered, errand, result)
        else:
            self.on_the_wire += 1
            self._sender.submit(errand.hop, errand.domain, transaction)

    def _transaction(self, errand: Errand) -> OutgoingTransaction:
        parcel = errand.parcel
        prefix = prefix_of(errand)
        return OutgoingTransaction(
            parcel.sender,
            errand.copy.recipients,
            prefix,
            self._bodies.reader(parcel.body),
            len(prefix) + parcel.body.size,
            parcel.eight_bit,
            parcel.smtputf8,
            parcel.returned,
            parcel.identifier,
            partial(self._answered, errand),
            bool(errand.copy.original_to),
        )

    # ---- ending ---------------------------------------------------------------------------------------------------

    def _answered(self, errand: Errand, result: Result) -> None:
        self.on_the_wire -= 1
        self._results.append((errand, result))
        self._schedule()
        self._ended(errand, result)

    def _judge(self) -> None:
        now = clock.now_microseconds()
        results, self._results = self._results, []
        errands: list[Errand] = []
        found: list[Outcome] = []
        for errand, result in results:
            moment = outcomes.Moment(now, self.settings.retry[errand.parcel.urgency], self.random)
            errands.append(errand)
            found.extend(outcomes.of_result(errand, result, errand.final, moment))
        self._unsettled.append((errands, found))

    def _finish(self, errands: list[Errand], found: list[Outcome]) -> None:
        self._batches_open += 1
        self._ledger.finish(found, partial(self._finished, errands, found))

    def _finished(self, errands: list[Errand], found: list[Outcome], error: Exception | None) -> None:
        self._batches_open -= 1
        if error is None:
            self._settled(errands, found)
            return
        of_errand: dict[int, list[Outcome]] = {id(errand): [] for errand in errands}
        home = {key: id(errand) for errand in errands for key in errand.keys}
        for outcome in found:
            of_errand[home[outcome.number, outcome.ordinal]].append(outcome)
        self._not_written(
            "the outcome of an attempt cannot be written",
            error,
            errands,
            lambda batch: self.conclude(batch, [each for errand in batch for each in of_errand[id(errand)]]),
        )

    def _not_written(
        self, sentence: str, error: Exception, batch: list[Errand], again: Callable[[list[Errand]], None]
    ) -> None:
        """Wait and repeat; if something in the batch is at fault, each on its own, and the one at fault no more.

        That one stays in memory as it is and is not touched again; the next start finds it `delivering`.
        """
        event(logging.ERROR, "relay.dispatch", sentence, error=error)
        if isinstance(error, TemporaryFailure):
            self._later(partial(again, batch))
        elif len(batch) > 1:
            for errand in batch:
                self._later(partial(self._alone, again, errand))

    def _alone(self, again: Callable[[list[Errand]], None], errand: Errand) -> None:
        again([errand])
        self._flush()

    def _later(self, action: Callable[[], None]) -> None:
        self._waiting_again += 1
        self._loop.call_later(RETRY_SECONDS, self._do, action)

    def _do(self, action: Callable[[], None]) -> None:
        self._waiting_again -= 1
        action()
