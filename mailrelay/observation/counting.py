"""Counts what the ledger does while it does it: attempts by how they ended, how long they took, how long commits took.

Plain integers and lists: this stands on the hot path. `metrics` turns them into what Prometheus reads. No label names a
person, an address or a host.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Final

from foundation import clock
from foundation.storage import Database, Work
from foundation.storage.protocol import T
from mailrelay.spool.ledger import Ledger, Outcome

SECONDS_BUCKETS: Final = (
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
    30.0,
    60.0,
    300.0,
)
"""Prometheus' own defaults, longer at the end: a slow host may take its five minutes (RFC 5321 4.5.3.2)."""


class Durations:
    """A histogram: how many observations fell into each bucket, and their sum."""

    __slots__ = ("counts", "sum_seconds")

    def __init__(self) -> None:
        self.counts = [0] * (len(SECONDS_BUCKETS) + 1)
        self.sum_seconds = 0.0

    def observe(self, seconds: float) -> None:
        self.counts[bisect_left(SECONDS_BUCKETS, seconds)] += 1
        self.sum_seconds += seconds

    def cumulative(self) -> list[tuple[str, float]]:
        """The buckets as the exposition format wants them: upper bound as text, count up to it."""
        total, found = 0, []
        for bound, count in zip((*SECONDS_BUCKETS, float("inf")), self.counts, strict=True):
            total += count
            found.append((str(bound) if bound != float("inf") else "+Inf", float(total)))
        return found


class Counts:
    """Everything that is counted here, since the daemon started."""

    __slots__ = ("attempt_seconds", "attempts", "commit_seconds", "own_bytes", "own_messages")

    def __init__(self) -> None:
        self.own_messages = {"operator": 0, "report": 0}
        self.own_bytes = {"operator": 0, "report": 0}
        self.attempts: dict[str, int] = {}
        self.attempt_seconds = Durations()
        self.commit_seconds = Durations()

    def made(self, origin: str, size_bytes: int) -> None:
        """One more message that no session brought: an operator issued it (`send`), or it is a report of ours."""
        self.own_messages[origin] = self.own_messages.get(origin, 0) + 1
        self.own_bytes[origin] = self.own_bytes.get(origin, 0) + size_bytes


class CountingLedger(Ledger):
    """The ledger, counting outcomes as they are handed to it."""

    counts: Counts

    def finish(self, outcomes: Sequence[Outcome], done: Callable[[Exception | None], None]) -> None:
        attempts = self.counts.attempts
        for outcome in outcomes:
            attempts[outcome.state] = attempts.get(outcome.state, 0) + 1
            if outcome.attempt_started_at:
                self.counts.attempt_seconds.observe(max(outcome.at - outcome.attempt_started_at, 0) / 1e6)
        super().finish(outcomes, done)


class TimedDatabase:
    """A database whose units of work are timed from submission to durability; everything else passes through."""

    def __init__(self, database: Database, durations: Durations) -> None:
        self._database = database
        self._durations = durations
        self.description = database.description
        self.dialect = database.dialect
        self.read = database.read
        self.lock = database.lock
        self.close = database.close

    def submit(self, work: Work[T]) -> Future[T]:
        return self._timed(self._database.submit, work)

    def submit_here(self, work: Work[T]) -> Future[T]:
        return self._timed(self._database.submit_here, work)

    def _timed(self, submit: Callable[[Work[T]], Future[T]], work: Work[T]) -> Future[T]:
        started = clock.monotonic()
        future = submit(work)
        future.add_done_callback(lambda _: self._durations.observe(clock.monotonic() - started))
        return future

    def run(self, work: Work[T]) -> T:
        return self.submit(work).result()

    def __enter__(self) -> TimedDatabase:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
