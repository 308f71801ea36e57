"""Applying a plan so that it may be killed at any moment.

For each window of changes: the intents with their before-images become durable, then the requests go out, then the
answers come in, then outcomes and journal records become durable. Two windows overlap, so the server never waits for
our disk. A run that dies leaves intents without outcomes; `settle` asks the directory what became of them before the
next run plans anything. Nothing is decided here: what to write is the plan's, what an answer means the writer's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import islice

from foundation import clock
from foundation.directory.lookup import Directory
from foundation.journal import Sequencer
from foundation.language import Text
from foundation.storage import Database, Transaction
from provisioner import records, store
from provisioner.changes import Change
from provisioner.ldap_writer import WINDOW, LdapWriter, Outcome
from provisioner.planning.attributes import holds
from provisioner.store import RunStart, StoredChange

CHUNK = WINDOW // 2
"""Two chunks may be under way at once, which keeps the requests without an answer at or below the window."""

_EXISTS = Text("đã có một mục khác ở chỗ này", "another entry stands there already")


@dataclass(slots=True)
class Failure:
    """One change that was not made, and why."""

    change: Change
    status: str
    detail: Text


@dataclass(slots=True)
class Result:
    """What a run did: changes made by kind and action, and the ones that failed."""

    run: int
    applied: Counter[tuple[str, str]] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)


@dataclass(slots=True)
class Applier:
    """One run against one directory; `advance` is told how many changes are settled.

    `check_lock` is asked before every chunk, so that a run whose lock is gone with its connection writes no further.
    """

    database: Database
    writer: LdapWriter
    directory: Directory
    origin: str
    advance: Callable[[int], None] = lambda count: None
    check_lock: Callable[[], None] = lambda: None
    _positions: dict[int, int] = field(default_factory=dict)
    _exists: list[Change] = field(default_factory=list)
    _outcomes: list[Future[None]] = field(default_factory=list)

    def apply(self, start: RunStart, changes: Sequence[Change]) -> Result:
        """Make these changes in this order. Raises Unreachable or StorageError; what was done until then stays done."""
        self.check_lock()
        result = Result(self.database.run(lambda transaction: records.begin(transaction, start, _now())))
        intents = self._intents(result.run, start.source, changes)
        previous = 0
        for chunk, durable in intents:
            durable.result()
            self.check_lock()
            self.writer.send(chunk)
            self._receive(result, previous)
            previous = len(chunk)
        self._receive(result, previous)
        self._settle_existing(result)
        for outcome in self._outcomes:
            outcome.result()
        state = "incomplete" if result.failures else "finished"
        self.database.run(lambda transaction: records.end(transaction, result.run, state, result.applied, _now()))
        Sequencer(self.database, self.origin).catch_up()
        return result

    def _intents(self, run: int, source: str, changes: Sequence[Change]) -> Iterator[tuple[list[Change], Future[None]]]:
        """Chunks with the future of their intents; the next chunk's intents are always one ahead."""
        ahead: tuple[list[Change], Future[None]] | None = None
        position = 0
        rest = iter(changes)
        while chunk := list(islice(rest, CHUNK)):
            self._positions.update((id(change), number) for number, change in enumerate(chunk, position))
            submitted = self.database.submit(_write_intents(run, source, position, chunk))
            position += len(chunk)
            if ahead is not None:
                yield ahead
            ahead = (chunk, submitted)
        if ahead is not None:
            yield ahead

    def _receive(self, result: Result, count: int) -> None:
        """Take in this many answers and make their outcomes durable, even when the server goes away in between."""
        answers: list[tuple[Change, Outcome]] = []
        try:
            for change, outcome in self.writer.receive(count):
                if outcome.status == "exists":
                    self._exists.append(change)
                else:
                    answers.append((change, outcome))
        finally:
            self._record(result, answers)

    def _record(self, result: Result, answers: list[tuple[Change, Outcome]]) -> None:
        if not answers:
            return
        for change, outcome in answers:
            if outcome.status == "done":
                result.applied[change.kind, change.action] += 1
            else:
                result.failures.append(Failure(change, outcome.status, outcome.detail))
        positions = [self._positions.pop(id(change)) for change, _ in answers]
        self._outcomes.append(self.database.submit(_write_outcomes(result.run, positions, answers)))
        self._outcomes = [future for future in self._outcomes if not _checked(future)]
        self.advance(len(answers))

    def _settle_existing(self, result: Result) -> None:
        """A create that met an entry is done if the entry is what we wanted: an earlier run may have made it."""
        answers = []
        for change in self._exists:
            after = change.after
            entry = self.directory.read(change.dn, tuple(after))
            same = entry is not None and holds(entry.attributes, after)
            answers.append((change, Outcome("done") if same else Outcome("failed", _EXISTS)))
        self._exists = []
        self._record(result, answers)


def settle(database: Database, directory: Directory) -> int:
    """Find out what became of changes without an outcome, and close the runs that never ended. Returns how many."""
    open_changes = database.read(store.unsettled)
    found = [(change, *_became(directory, change)) for change in open_changes]

    def write(transaction: Transaction) -> None:
        for change, outcome, detail in found:
            store.add_outcomes(transaction, change.run_id, [(change.position, outcome, detail)], _now())
            records.settled(transaction, change, outcome)
        for run in store.close_abandoned_runs(transaction, _now()):
            records.interrupted(transaction, run, store.done_counts(transaction, run))

    database.run(write)
    return len(found)


def _became(directory: Directory, change: StoredChange) -> tuple[str, str]:
    after = {name: tuple(values) for name, values in change.after.items()}
    before = {name: tuple(values) for name, values in change.before.items()}
    entry = directory.read(change.dn, tuple(after))
    if entry is None:
        return ("failed", "not written: interrupted") if change.action == "create" else ("moved", "the entry is gone")
    if holds(entry.attributes, after):
        return "done", "found written after an interruption"
    if holds(entry.attributes, {name: before.get(name, ()) for name in after}):
        return "failed", "not written: interrupted"
    return "moved", "found changed after an interruption"


def _write_intents(run: int, source: str, position: int, chunk: list[Change]) -> Callable[[Transaction], None]:
    def work(transaction: Transaction) -> None:
        store.add_intents(transaction, run, position, chunk, _now())
        store.remember_issued(transaction, records.issued(chunk, source))

    return work


def _write_outcomes(
    run: int, positions: list[int], answers: list[tuple[Change, Outcome]]
) -> Callable[[Transaction], None]:
    rows = [
        (position, outcome.status, outcome.detail.en) for position, (_, outcome) in zip(positions, answers, strict=True)
    ]
    done = [change for change, outcome in answers if outcome.status == "done"]

    def work(transaction: Transaction) -> None:
        store.add_outcomes(transaction, run, rows, _now())
        records.changed(transaction, run, done)

    return work


def _checked(future: Future[None]) -> bool:
    """Whether a future has ended well; one that failed raises here, at the latest at the end of the run."""
    if not future.done():
        return False
    future.result()
    return True


def _now() -> int:
    return clock.now_microseconds()
