"""A program for the crash tests: writes intents and their outcomes into a journal until somebody kills it.

    python -m tests.support.journal_writer URL TOOL SEED [stall]

Says one line per durable record: `intent ID` or `outcome ID`. With `stall` it first stops itself (SIGSTOP) inside a
transaction that has already written an intent, and goes on when continued.
"""

from __future__ import annotations

import random
import signal
import sys
import threading

from foundation import journal
from foundation.storage import Transaction, open_database

INTENT = journal.RecordType(
    "trial.intended",
    1,
    "Something is about to be done.",
    public={"padding": "Any text."},
    private={"who": "Whose it is."},
)
OUTCOME = journal.RecordType(
    "trial.done", 1, "An intent was carried out.", public={"intent": "The intent's record id."}
)
VOCABULARY = journal.Vocabulary(INTENT, OUTCOME)


def intend(transaction: Transaction, count: int = 1, padding: str = "") -> list[int]:
    return journal.append_many(
        transaction, [journal.Entry(INTENT, {"padding": padding}, {"who": "Nguyễn Văn An"})] * count
    )


def conclude(transaction: Transaction, intents: list[int]) -> list[int]:
    return journal.append_many(transaction, [journal.Entry(OUTCOME, {"intent": intent}) for intent in intents])


def _stall(transaction: Transaction) -> list[int]:
    ids = intend(transaction)
    signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)  # at once: os.kill may stop us only after the commit
    return ids


def main(url: str, tool: str, seed: str, *words: str) -> None:
    chance = random.Random(int(seed))
    with open_database(url, tool, journal.MIGRATIONS) as database:
        if "stall" in words:
            _say("intent", database.run(_stall))
        while True:
            count, padding = chance.choice([1, 1, 1, 7, 300]), "x" * chance.choice([0, 10, 3000])
            intents = database.run(lambda transaction: intend(transaction, count, padding))  # noqa: B023 (runs at once)
            _say("intent", intents)
            _say("outcome", database.run(lambda transaction: conclude(transaction, intents)))  # noqa: B023 (runs at once)


def _say(kind: str, ids: list[int]) -> None:
    sys.stdout.write("".join(f"{kind} {record_id}\n" for record_id in ids))
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
