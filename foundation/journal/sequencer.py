"""Gives every committed record its place in the tree: the only writer of `tree` and `tile`.

Neither id nor time is the tree index, because transactions commit in another order than they take their ids; a record
that appears late is simply placed later. One run takes the records that are committed now, in the order of their ids,
and appends them in one transaction, so the index is dense and nothing is placed twice. An outcome stands after its
intent: it was written after the intent had been committed, so whoever sees it sees the intent too, with a smaller id.

Any number of sequencers may run; a run that finds another one at work does nothing. Even if two ran at once, the keys
of `tree` would undo one of them whole.
"""

from __future__ import annotations

from foundation.journal.tiles import extend
from foundation.storage import Database, Transaction

RUN_LIMIT = 4096  # sixteen tiles: some 30 ms of the writer's time on SQLite

_TAKE = """
DELETE FROM unsequenced WHERE id IN (SELECT id FROM unsequenced ORDER BY id LIMIT ?)
RETURNING id, (SELECT leaf FROM record WHERE record.id = unsequenced.id)"""


class Sequencer:
    """The sequencer of one tool's journal; `origin` names the log ("tinh.test/provisioner") in its checkpoints."""

    def __init__(self, database: Database, origin: str) -> None:
        self.origin = origin
        self._database = database

    def run_once(self, limit: int = RUN_LIMIT) -> int:
        """Place up to `limit` records; returns how many. Raises StorageError."""
        return self._database.run(lambda transaction: sequence(transaction, limit))

    def catch_up(self, limit: int = RUN_LIMIT) -> int:
        """Place all that is waiting, in several runs if need be, so that other units get their turn between them."""
        total = 0
        while placed := self.run_once(limit):
            total += placed
        return total


def sequence(transaction: Transaction, limit: int) -> int:
    """One run inside a unit of work."""
    if not transaction.try_exclusive("sequencer"):
        return 0
    taken = sorted(transaction.execute(_TAKE, (limit,)))
    if taken:
        extend(transaction, [(record_id, leaf) for record_id, leaf in taken])
    return len(taken)
