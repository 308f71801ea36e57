"""The spool under kill -9 and on failing disks: what was answered is there, whole, and in one known state."""

from __future__ import annotations

import asyncio
import errno
import subprocess
import sys
from pathlib import Path

import pytest

from foundation.storage import Database, TemporaryFailure, open_database
from mailrelay.spool import invariants
from mailrelay.spool.bodies import BodyStore
from mailrelay.spool.ledger import Ledger, NewMessage
from mailrelay.spool.recovery import recover
from mailrelay.store import acceptance, listing, queue
from tests.support.relay_life import SEGMENT_BYTES
from tests.support.relay_messages import MIGRATIONS, message, outcome
from tests.support.system_faults import Writes, watched_writes

ROOT = Path(__file__).parents[2]
LIVES = 8


class Spool:
    """A folder, and everything that lives in it have said was durable."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.accepted: dict[int, str] = {}
        self.ended: dict[tuple[int, int], str] = {}

    def live(self, seed: int, lines: int) -> None:
        """One life, killed after so many lines."""
        with self._start(seed) as life:
            assert life.stdout is not None
            said = "".join(life.stdout.readline() for _ in range(lines))
            life.kill()
            self.hear(said + life.stdout.read())

    def live_until_poisoned(self, seed: int, error: int) -> bool:
        with self._start(seed, str(error)) as life:
            said, _ = life.communicate(timeout=60)
            self.hear(said)
            return "poisoned" in said and life.returncode == 0

    def hear(self, said: str) -> None:
        for line in said[: said.rfind("\n") + 1].splitlines():
            match line.split():
                case ["accepted", number, sha256]:
                    self.accepted[int(number)] = sha256
                case ["ended", number, ordinal, state]:
                    self.ended[int(number), int(ordinal)] = state

    def check(self) -> int:
        """Recover, then hold every promise against what was said; returns how many attempts were unknown."""
        loop = asyncio.new_event_loop()
        database = open_database(f"sqlite://{self.folder}", "mailrelay", MIGRATIONS)
        bodies = BodyStore(self.folder / "bodies", loop, segment_bytes=SEGMENT_BYTES)
        unknown = recover(database, bodies).unknown_attempts
        bodies.close()
        loop.close()
        faults = invariants.check(database, self.folder / "bodies", hashes=True, at_rest=True)
        assert faults == []
        self._check_promises(database)
        database.close()
        return unknown

    def _check_promises(self, database: Database) -> None:
        numbers = list(self.accepted)
        assert database.read(lambda transaction: acceptance.stored_numbers(transaction, numbers)) == set(numbers)
        for (number, ordinal), state in self.ended.items():
            entry = database.read(lambda transaction: listing.show(transaction, number))  # noqa: B023
            assert entry is not None
            now = entry.recipients[ordinal]
            if state == "deferred":
                assert now.attempts >= 1
            else:
                assert now.state == state
        waiting = database.read(lambda transaction: dict(queue.stored_bodies(transaction)))
        for number, body in waiting.items():
            assert number not in self.accepted or self.accepted[number] == body.sha256.hex()

    def _start(self, *words: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.support.relay_life", str(self.folder), *map(str, words)]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


def test_killed_at_any_moment_nothing_acknowledged_is_lost(spool: Spool) -> None:
    unknown = 0
    for seed in range(LIVES):
        spool.live(seed, lines=15 + 37 * seed)
        unknown += spool.check()
    assert len(spool.accepted) > 100
    assert unknown > 0, "no life was killed in the middle of an attempt"


def test_a_failed_sync_ends_the_life_and_loses_nothing(spool: Spool) -> None:
    assert spool.live_until_poisoned(1, errno.EIO)
    assert spool.accepted
    spool.check()
    spool.live(2, lines=50)
    spool.check()


def test_a_full_disk_is_answered_and_the_spool_goes_on_when_there_is_room(tmp_path: Path) -> None:
    with watched_writes() as writes:
        asyncio.run(_live_on_a_full_disk(tmp_path, writes))


async def _live_on_a_full_disk(folder: Path, writes: Writes) -> None:
    loop = asyncio.get_running_loop()
    bodies = BodyStore(folder / "bodies", loop, segment_bytes=SEGMENT_BYTES)
    with open_database(f"sqlite://{folder}", "mailrelay", MIGRATIONS) as database:
        poisons: list[Exception] = []
        ledger = Ledger(database, loop, bodies, poisons.append)
        known, lost, later = message(), message(), message()
        assert await _accepted(ledger, known) is None
        writes.error = errno.ENOSPC
        told: asyncio.Future[Exception | None] = loop.create_future()
        ledger.finish([outcome(known)], told.set_result)
        error = await _accepted(ledger, lost)
        assert isinstance(error, TemporaryFailure)
        assert not told.done()
        writes.error = 0
        assert await _accepted(ledger, later) is None
        assert await asyncio.wait_for(told, 30) is None
        stored = await ledger.read(
            lambda transaction: acceptance.stored_numbers(transaction, [known.number, lost.number, later.number])
        )
        assert stored == {known.number, later.number}
        assert not poisons
        ledger.close()
        assert invariants.check(database, folder / "bodies", hashes=True) == []
    bodies.close()


async def _accepted(ledger: Ledger, new: NewMessage) -> Exception | None:
    answer: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
    ledger.accept(new, lambda _, error: answer.set_result(error))
    return await asyncio.wait_for(answer, 30)
