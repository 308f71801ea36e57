"""`mailrelay trace` at ten million journal records: milliseconds of `took_ms`, by every kind of question.

One message goes through the relay's own store: accepted, begun, delivered. Its rows are then multiplied inside the
database, with numbers, Message-IDs, addresses and document numbers of their own, until the journal has as many records
as asked for; 100,000 people share the messages. Then each question is asked of the store, many times.

    PYTHONPATH=. python tests/bench/bench_trace.py [RECORDS]
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import apsw

from foundation.storage import open_database
from mailrelay.messages.headers import Headers
from mailrelay.queue_ids import spell
from mailrelay.store import acceptance, attempts, search_keys, trace
from mailrelay.store.values import NewMessage
from tests.bench.mail_servers import bench_folder
from tests.support.relay_messages import AT, CLERK, MIGRATIONS, begun, message, outcome

RECORDS = 10_000_000
PEOPLE = 100_000
RECORDS_PER_MESSAGE = 2
QUESTIONS = 200
LIMIT_MILLISECONDS, GOAL_MILLISECONDS = 50, 10
_STEP = 4096  # queue numbers are microseconds times this

_OF_MESSAGE = {
    "number": f"number + n * {_STEP}",
    "accepted_at": "accepted_at + n",
    "message_id": "'<' || n || '@bo.example>'",
    "document_number": "n || '/TB-UBND'",
}
_OF_RECIPIENT = {"number": _OF_MESSAGE["number"], "address": f"'nguoi' || (n % {PEOPLE}) || '@tinh.test'"}


def main(records: int) -> int:
    """Build, ask, print; returns 1 when the slowest median misses the limit."""
    messages = records // RECORDS_PER_MESSAGE
    with bench_folder() as folder:
        started = time.monotonic()
        template = _template(folder)
        _multiply(folder / "mailrelay.sqlite3", messages)
        size = (folder / "mailrelay.sqlite3").stat().st_size / 1e9
        print(f"{records} records, {messages} messages, {size:.1f} GB, built in {time.monotonic() - started:.0f} s")
        slowest = _ask(folder, template, messages)
    return int(slowest > LIMIT_MILLISECONDS)


def _template(folder: Path) -> NewMessage:
    """One message as the relay stores it, from its acceptance to its end."""
    made = message(
        "nguoi0@tinh.test", headers=Headers(message_id="<0@bo.example>", document_number="0/TB-UBND"), client=CLERK
    )
    with open_database(f"sqlite://{folder}", "mailrelay", MIGRATIONS) as database:
        database.run(lambda transaction: acceptance.accept(transaction, [made]))
        database.run(lambda transaction: attempts.start(transaction, [begun(made)]))
        database.run(lambda transaction: attempts.finish(transaction, [outcome(made, state="delivered")]))
    return made


def _multiply(file: Path, messages: int) -> None:
    connection = apsw.Connection(str(file))
    for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -400000", "temp_store = FILE"):
        connection.execute(f"PRAGMA {setting}").fetchall()
    for kind in ("message", "address", "document"):
        connection.create_scalar_function(f"{kind}_key", getattr(search_keys, f"{kind}_key"), 1, deterministic=True)
    connection.execute("DROP TRIGGER IF EXISTS record_is_never_changed")
    connection.execute("BEGIN")
    _clone(connection, "record", {"id": f"id + n * {RECORDS_PER_MESSAGE}"}, messages)
    _clone(connection, "private", {"record_id": f"record_id + n * {RECORDS_PER_MESSAGE}"}, messages)
    _clone(connection, "message", _OF_MESSAGE, messages)
    _clone(connection, "recipient", _OF_RECIPIENT, messages)
    mentioned = {"number": _OF_MESSAGE["number"], "record_id": f"record_id + n * {RECORDS_PER_MESSAGE}"}
    _clone(connection, "mention", mentioned, messages)
    connection.execute(
        """
        INSERT INTO sought (key, number) SELECT key, found FROM (
          SELECT message_key(message_id) AS key, number AS found FROM message
          UNION SELECT document_key(document_number), number FROM message
          UNION SELECT address_key(address), number FROM recipient
        ) WHERE found > (SELECT min(number) FROM message) ORDER BY key, found"""
    )
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.close()


def _clone(connection: apsw.Connection, table: str, changed: dict[str, str], messages: int) -> None:
    """Insert the template's rows of a table again and again; n counts the messages."""
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    values = ", ".join(changed.get(column, column) for column in columns)
    connection.execute(
        f"""
        WITH RECURSIVE template AS MATERIALIZED (SELECT * FROM {table}),
          count(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n + 1 < ?)
        INSERT INTO {table} ({", ".join(columns)}) SELECT {values} FROM count CROSS JOIN template""",  # noqa: S608
        (messages,),
    )


def _ask(folder: Path, template: NewMessage, messages: int) -> float:
    dice = random.Random(1)
    questions: dict[str, Callable[[int], dict[str, Any]]] = {
        "queue id": lambda n: {"query": spell(template.number + n * _STEP)},
        "Message-ID": lambda n: {"query": f"<{n}@bo.example>"},
        "document number": lambda n: {"document": f"{n}/TB-UBND"},
        "address (some 50 messages)": lambda n: {"query": f"nguoi{n % PEOPLE}@tinh.test"},
        "recipient and --since": lambda n: {
            "recipient": f"nguoi{n % PEOPLE}@tinh.test",
            "since": AT + messages // 2,
        },
        "nothing to be found": lambda n: {"query": f"khong.co.{n}@tinh.test"},
    }
    medians = []
    with open_database(f"sqlite://{folder}", "mailrelay", MIGRATIONS) as database:
        for name, question in questions.items():
            taken = []
            for _ in range(QUESTIONS):
                asked = question(dice.randrange(1, messages))
                begin = time.monotonic()
                found = database.read(partial(trace.find, **asked))
                taken.append((time.monotonic() - begin) * 1000)
                if bool(found.messages) == name.startswith("nothing"):
                    raise SystemExit(f"{name}: {asked} found {len(found.messages)} messages")
            median, worst = statistics.median(taken), max(taken)
            medians.append(median)
            print(f"{name:<28} median {median:7.2f} ms, worst of {QUESTIONS} {worst:7.2f} ms")
    print(f"limit {LIMIT_MILLISECONDS} ms, goal {GOAL_MILLISECONDS} ms; slowest median {max(medians):.2f} ms")
    return max(medians)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else RECORDS))
