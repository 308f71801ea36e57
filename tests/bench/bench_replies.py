"""CPU of reading one answer, program by program, against icalendar's parse of the calendar in it (target: <= 5 ms).

PYTHONPATH=. python tests/bench/bench_replies.py
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from icalendar import Calendar

from meetings.replies.calendar_lines import calendars
from meetings.replies.mime import Mail
from meetings.replies.reading import Limits, read
from tests.bench.province import row
from tests.support.reply_mails import OURS, fixture, fixtures

RUNS = 200
LIMITS = Limits()


def cpu_milliseconds(work: Callable[[], object]) -> float:
    """Processor time of one call, on average."""
    work()
    begun = time.process_time()
    for _ in range(RUNS):
        work()
    return (time.process_time() - begun) / RUNS * 1000


def calendar_in(mail: bytes) -> bytes:
    """The first calendar in a mail, or nothing."""
    opened = Mail(mail, LIMITS)
    for leaf in opened.leaves():
        if leaf.kind == "text/calendar":
            data = leaf.body(mail, LIMITS.calendar_bytes)
            if calendars(data, "", LIMITS):
                return data
    return b""


def main() -> None:
    """Both, for every mail in tests/data/replies."""
    for name in fixtures():
        mail = fixture(name)
        ours = cpu_milliseconds(partial(read, mail, LIMITS, OURS))
        calendar = calendar_in(mail)
        theirs = cpu_milliseconds(partial(Calendar.from_ical, calendar)) if calendar else 0.0
        other = f"{theirs:.2f} ms (icalendar, the calendar alone)" if calendar else "no calendar"
        row(f"read {name}", f"{ours:.2f} ms", other, ours / theirs if theirs else 0.0, "pass 5 ms")


if __name__ == "__main__":
    main()
