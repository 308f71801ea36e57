"""`meetings show` of one meeting with ten thousand attendees: milliseconds of `took_ms`, and what making it costs.

Every third attendee has answered from the page, so that answers, deliveries and people are all joined. One side only:
the target is a time (docs/answers.md), and the list is read as the command reads it.

    PYTHONPATH=. python tests/bench/bench_meetings_show.py [ATTENDEES]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time

from foundation.storage import open_database
from meetings.desk import answers
from meetings.desk.showing import show
from meetings.meeting import Guest
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
        for one in created.attendees[1::3]:
            database.run(
                lambda unit, one=one: answers.answer_from_page(
                    unit, one.public_id, one.link_serial, "ACCEPTED", "", None, context(AT + MINUTE)
                )
            )
        stored, times = stored_of(database, created), []
        for _ in range(QUESTIONS):
            started = time.perf_counter()
            found = database.read(lambda unit: show(unit, stored))
            times.append((time.perf_counter() - started) * 1000)
        answered = sum(each["partstat"] == "ACCEPTED" for each in found["attendees"])
        print(f"show: {len(found['attendees'])} people, {answered} accepted")
        median = statistics.median(times)
        print(f"median {median:.0f} ms, worst of {QUESTIONS} {max(times):.0f} ms (limit {LIMIT_MILLISECONDS} ms)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ATTENDEES)
