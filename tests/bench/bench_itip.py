"""One personal invitation as an iTIP object: a filled skeleton against the library, and what judging it costs.

PYTHONPATH=. python tests/bench/bench_itip.py
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from meetings.itip.calendar import calendar
from meetings.itip.objects import Personal
from meetings.itip.restrictions import personal_violations, violations
from meetings.itip.skeleton import Skeleton, for_person
from tests.support.itip_events import AN, CHAIR, CONFERENCES, ORGANIZER, event

RECIPIENTS = 2_000
CONTENT = "Nội dung: kế hoạch năm 2027, đầu tư công.\n" * 34


def main() -> None:
    """Microseconds of CPU for each, with a description of about 1,500 letters."""
    people = [
        Personal(
            dtstamp=event().dtstamp,
            organizer=replace(ORGANIZER, address=f"hop+{number:010}@tinh.test"),
            attendees=(CHAIR, replace(AN, address=f"can.bo.{number}@tinh.test")),
            description=f"Vào họp: https://hop.tinh.test/j/{number:020}\n" + CONTENT,
            location="Hội trường A, UBND tỉnh (hoặc trực tuyến)",
            url=f"https://hop.tinh.test/j/{number:020}",
            conferences=CONFERENCES,
        )
        for number in range(RECIPIENTS)
    ]
    skeleton = Skeleton("REQUEST", [event()])
    fewer = people[: RECIPIENTS // 10]
    filled = [skeleton.fill(person) for person in fewer]
    assert filled == [calendar("REQUEST", [for_person(event(), person)]) for person in fewer]
    told("a filled skeleton", people, skeleton.fill)
    told("the library", fewer, lambda person: calendar("REQUEST", [for_person(event(), person)]))
    told("all rules of the validator", filled, violations)
    told("the rules for personal lines", people, personal_violations)


def told(what: str, items: Sequence[Any], work: Callable[[Any], object]) -> None:
    """One line: what, and microseconds each."""
    begun = time.process_time()
    for item in items:
        work(item)
    print(f"{what:30} {(time.process_time() - begun) / len(items) * 1e6:8.1f} µs")


if __name__ == "__main__":
    main()
