"""A program for the crash tests: dies at one write of SQLite after another, and says what was found afterwards.

    python -m tests.support.sqlite_kills FOLDER FIRST STEP

Run number n opens a new database, works, and is killed (as by kill -9, in mid-write) at write FIRST + n * STEP; the
last run lives to its end. After each run the database is opened again and a line of JSON tells what is there.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from foundation import journal
from foundation.storage import Transaction, open_database, sqlite_session
from tests.support.databases import MIGRATIONS
from tests.support.journal_checks import check_journal
from tests.support.journal_writer import intend
from tests.support.system_faults import watched_writes

UNITS = 6
PARTS = 3
_SOURCES: list[str | Path] = [journal.MIGRATIONS, MIGRATIONS]


def unit(transaction: Transaction, name: str) -> None:
    """An item, its parts and a record: all or nothing."""
    ((item,),) = transaction.execute("INSERT INTO item (name, content) VALUES (?, ?) RETURNING id", (name, b"x" * 5000))
    transaction.execute_many("INSERT INTO part (item_id, position) VALUES (?, ?)", [(item, at) for at in range(PARTS)])
    intend(transaction)


def work(url: str, acknowledge: int, kill_at: int) -> None:
    """The child's life; writes a byte for each durable unit."""
    with watched_writes() as writes:
        writes.kill_at = kill_at
        with open_database(url, "trial", _SOURCES) as database:
            for number in range(UNITS):
                database.run(lambda transaction, name=f"item {number}": unit(transaction, name))  # type: ignore[misc]
                os.write(acknowledge, b".")
                if number % 2:
                    journal.Sequencer(database, "tinh.test/trial").run_once()


def run(folder: Path, kill_at: int) -> bool:
    """One life and what is left of it; True if the child came to its natural end."""
    receive, send = os.pipe()
    url = f"sqlite://{folder}"
    child = os.fork()
    if not child:
        os.close(receive)
        work(url, send, kill_at)
        os._exit(0)
    os.close(send)
    with os.fdopen(receive, "rb") as acknowledged:
        count = len(acknowledged.read())
    _, status = os.waitpid(child, 0)
    print(json.dumps({"write": kill_at, "acknowledged": count, "lived": status == 0, **_found(url)}), flush=True)
    return status == 0


def _found(url: str) -> dict[str, object]:
    with open_database(url, "trial", _SOURCES) as database:
        journal.Sequencer(database, "tinh.test/trial").catch_up()
        return {
            "integrity": database.read(lambda transaction: transaction.execute("SELECT * FROM pragma_integrity_check")),
            "items": database.read(
                lambda transaction: transaction.execute(
                    "SELECT name, (SELECT count(*) FROM part WHERE item_id = item.id) FROM item ORDER BY name"
                )
            ),
            "records": len(check_journal(database)),
        }


def main(folder: str, first: str, step: str) -> None:
    sqlite_session.CHECKPOINT_COMMITS = 3  # so that checkpoints are among the writes
    kill_at = int(first)
    while not run(Path(folder) / str(kill_at), kill_at):
        kill_at += int(step)


if __name__ == "__main__":
    main(*sys.argv[1:])
