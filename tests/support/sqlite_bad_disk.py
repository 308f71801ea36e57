"""A program for the crash tests: its disk stops keeping what is written (fdatasync fails), and it says what happens.

    python -m tests.support.sqlite_bad_disk FOLDER

Prints one JSON document.
"""

from __future__ import annotations

import errno
import json
import sys
from contextlib import suppress

from foundation.errors import StorageError
from foundation.storage import Database, Transaction, open_database
from tests.support.databases import MIGRATIONS
from tests.support.system_faults import refuse_fdatasync


def add(name: str, database: Database) -> dict[str, object]:
    """Add one item; says how that ended."""
    try:
        database.run(lambda transaction: transaction.execute("INSERT INTO item (name) VALUES (?)", (name,)))
    except StorageError as error:
        return {"error": type(error).__name__, "may_be_stored": getattr(error, "may_be_stored", None)}
    return {"error": None}


def break_disk(_: Transaction) -> None:
    """Runs in the writer's thread, to which the refusal is confined."""
    refuse_fdatasync(errno.EIO)


def main(folder: str) -> None:
    database = open_database(f"sqlite://{folder}", "trial", MIGRATIONS)
    before = add("before", database)
    with suppress(StorageError):  # the commit of this very unit may fail already
        database.run(break_disk)
    during, afterwards = add("during", database), add("afterwards", database)
    names = database.read(lambda transaction: transaction.execute("SELECT name FROM item"))
    database.close()
    print(json.dumps({"before": before, "during": during, "afterwards": afterwards, "names": names}))


if __name__ == "__main__":
    main(*sys.argv[1:])
