"""`meetings show --json` of one meeting with ten thousand attendees: milliseconds of `took_ms`, asked many times.

Every third attendee has answered from the page, so that answers, deliveries and people are all joined; every letter and
every answer has its own instant, as in life. One side only: the target is a time (docs/answers.md), and each question
is a command of its own. Beside it the processor's time of the same work here, which a busy machine changes less.

    PYTHONPATH=. python tests/bench/bench_meetings_show.py [ATTENDEES]
"""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from foundation.storage import Database, open_database
from meetings.desk import answers
from meetings.desk.showing import show
from meetings.meeting import Guest
from meetings.store import outbox
from meetings.store.outbox import HandedOver
from meetings.store.values import StoredMeeting
from tests.support.meeting_book import AT, CHAIR, MIGRATIONS, MINUTE, context, create, stored_of

ATTENDEES = 10_000
QUESTIONS = 20
LIMIT_MILLISECONDS = 200


def main(count: int) -> None:
    """Make the meeting, answer, ask many times; print medians."""
    guests = [CHAIR, *(Guest(f"can.bo{n}@tinh.test", f"Nguyễn Văn {n}", agency="sxd") for n in range(count - 1))]
    with (
        tempfile.TemporaryDirectory(prefix="congvu-bench-") as folder,
        open_database(f"sqlite://{folder}", "meetings", MIGRATIONS) as database,
    ):
        started = time.perf_counter()
        created = create(database, guests=guests)
        print(f"{count} attendees, made in {time.perf_counter() - started:.2f} s")
        mails = database.read(lambda unit: outbox.of_meeting(unit, created.id))
        taken = [HandedOver(mail.id, AT + number * 1999) for number, mail in enumerate(mails)]
        database.run(lambda unit: outbox.handed_over(unit, taken))
        for number, one in enumerate(created.attendees[1::3]):
            database.run(
                lambda unit, one=one, at=AT + MINUTE + number * 7001: answers.answer_from_page(
                    unit, one.public_id, one.link_serial, "ACCEPTED", "", None, context(at)
                )
            )
        stored = stored_of(database, created)
        took = [_took_milliseconds(Path(folder), created.uid) for _ in range(QUESTIONS)]
        spent = [_spent_milliseconds(database, stored) for _ in range(QUESTIONS)]
        worst = f"worst of {QUESTIONS} {max(took):.0f} ms (limit {LIMIT_MILLISECONDS} ms)"
        print(f"took_ms: median {statistics.median(took):.0f} ms, {worst}")
        print(f"processor: median {statistics.median(spent):.0f} ms, worst {max(spent):.0f} ms")


def _took_milliseconds(folder: Path, uid: str) -> float:
    """What the command says, of the people whom it shows."""
    config = folder / "config.toml"
    config.write_text(
        f'[organisation]\nname = "UBND tỉnh"\ndomain = "tinh.test"\n[storage]\nurl = "sqlite://{folder}"\n'
    )
    command = [sys.executable, "-m", "meetings.cli", "--config", config, "--json", "show", uid]
    answer = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert sum(one["partstat"] == "ACCEPTED" for one in answer["attendees"]) == len(answer["attendees"]) // 3
    return float(answer["took_ms"])


def _spent_milliseconds(database: Database, stored: StoredMeeting) -> float:
    gc.disable()  # as the command does
    started = time.process_time()
    database.read(lambda unit: show(unit, stored))
    return (time.process_time() - started) * 1000


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ATTENDEES)
