"""A program for the crash tests: a spool at work, until it is killed.

    python -m tests.support.relay_life FOLDER SEED [ERRNO]

Accepts, attempts and ends messages of all sizes in groups, and prints a line for whatever was answered as durable:
`accepted NUMBER SHA256` or `ended NUMBER STATE`. With ERRNO the disk fails in the middle: fdatasync is refused, and the
program prints `poisoned` and ends.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from foundation import clock
from foundation.journal import Sequencer
from foundation.storage import DatabasePoisoned, Transaction, open_database
from mailrelay.lifecycle import State
from mailrelay.spool.bodies import BodyStore, StoredBody
from mailrelay.spool.ledger import Accepted, AttemptStart, Ledger, NewMessage, Outcome
from mailrelay.spool.recovery import recover
from mailrelay.store import queue
from tests.support.relay_messages import MIGRATIONS, message
from tests.support.system_faults import refuse_fdatasync

SEGMENT_BYTES = 1 << 20
AT_WORK = 20
_SIZES = (10, 4_000, 33_000, 120_000, 600_000)
_ENDS: tuple[State, ...] = ("delivered", "relayed", "failed", "deferred", "deferred")


class Life:
    """Messages on their way; each answer leads to the next step, none waits for another."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._random = random.Random(seed)
        self._loop = asyncio.get_running_loop()
        self.database = open_database(f"sqlite://{folder}", "mailrelay", MIGRATIONS)
        self.bodies = BodyStore(folder / "bodies", self._loop, segment_bytes=SEGMENT_BYTES, free_disk_percent=0)
        recover(self.database, self.bodies)
        self.poisoned: asyncio.Future[Exception] = self._loop.create_future()
        self.ledger = Ledger(self.database, self._loop, self.bodies, self.poisoned.set_result)

    async def run(self) -> None:
        """Work until the disk fails, or for ever."""
        for _ in range(AT_WORK):
            self.write()
        await self.retry()
        sequencer = Sequencer(self.database, "tinh.test/mailrelay")
        while not self.poisoned.done():
            await self._loop.run_in_executor(None, self._place, sequencer)
            await asyncio.wait([self.poisoned], timeout=0.02)
        say("poisoned")

    def write(self) -> None:
        size = self._random.choice(_SIZES)
        writer = self.bodies.open(size)
        for at in range(0, size, 50_000):
            writer.write(self._random.randbytes(min(50_000, size - at)))
        if self._random.random() < 0.1:
            writer.abandon()
            self._loop.call_soon(self.write)
        else:
            writer.finish(self.accept)

    def accept(self, body: StoredBody | None, error: Exception | None) -> None:
        if body is not None:
            addresses = [f"u{number}@tinh.test" for number in range(self._random.choice((1, 1, 3)))]
            new = message(*addresses, body=body, at=clock.now_microseconds())
            self.ledger.accept(new, partial(self.accepted, new))
        self.goes_on(error)

    def accepted(self, new: NewMessage, answer: Accepted | None, error: Exception | None) -> None:
        if answer is not None:
            say(f"accepted {new.number} {new.body.sha256.hex()}")
            self.attempt(new.number, tuple(range(len(new.deliveries))))
        self.goes_on(error)
        if error is None:
            self.write()

    def attempt(self, number: int, ordinals: tuple[int, ...]) -> None:
        begins = AttemptStart(number, ordinals, "127.0.0.1:24", clock.now_microseconds())
        self.ledger.start_attempts([begins], partial(self.finish, begins))

    def finish(self, begins: AttemptStart, error: Exception | None) -> None:
        if error is not None:
            return self.goes_on(error)
        at = clock.now_microseconds()
        outcomes = [
            Outcome(
                begins.number, ordinal, self._random.choice(_ENDS), begins.at, at, "250 so it is", next_attempt_at=None
            )
            for ordinal in begins.ordinals
        ]
        self.ledger.finish(outcomes, partial(self.finished, outcomes))
        return None

    def finished(self, outcomes: list[Outcome], error: Exception | None) -> None:
        self.goes_on(error)
        if error is None:
            for outcome in outcomes:
                say(f"ended {outcome.number} {outcome.ordinal} {outcome.state}")

    async def retry(self) -> None:
        """What an earlier life left is attempted again, as after a restart."""
        waiting = await self.ledger.read(
            lambda transaction: queue.due(transaction, "local", clock.now_microseconds(), 200)
        )
        for one in waiting:
            self.attempt(one.number, (one.ordinal,))

    def goes_on(self, error: Exception | None) -> None:
        if error is not None and not self.poisoned.done():
            raise error

    def _place(self, sequencer: Sequencer) -> None:
        with suppress(DatabasePoisoned):
            sequencer.run_once()


def say(line: str) -> None:
    """One line, at once: the next moment we may be dead."""
    os.write(1, f"{line}\n".encode())


async def live(folder: Path, seed: int, error: int) -> None:
    life = Life(folder, seed)
    if error:
        _break_later(life, error)
    await life.run()


def _break_later(life: Life, error: int) -> None:
    def break_disk(_: Transaction) -> None:
        refuse_fdatasync(error)

    asyncio.get_running_loop().call_later(0.3, _submit, life, break_disk)


def _submit(life: Life, work: Callable[[Transaction], None]) -> None:
    life.database.submit(work)


def main(folder: str, seed: str, error: str = "0") -> None:
    asyncio.run(live(Path(folder), int(seed), int(error)))


if __name__ == "__main__":
    main(*sys.argv[1:])
