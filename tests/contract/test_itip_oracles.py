"""Every kind of object that we send means to libical, ical.js and icalendar what we meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from meetings.itip.calendar import calendar
from meetings.itip.objects import Conference, Personal
from meetings.itip.restrictions import violations
from meetings.itip.skeleton import Skeleton, for_person
from tests.support.ical_oracles import (
    Facts,
    by_ical_js,
    by_icalendar,
    by_libical,
    expected,
    libical_accepts,
)
from tests.support.itip_events import AN, CHAIR, ORGANIZER, Sent, everything_sent, series

SENT = everything_sent()
each = pytest.mark.parametrize("sent", SENT, ids=[sent.name for sent in SENT])


@pytest.fixture(scope="module")
def read_by_ical_js(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Facts]:
    objects = [calendar(sent.method, sent.events) for sent in SENT]
    facts = by_ical_js(objects, tmp_path_factory.mktemp("ics"))
    return dict(zip([sent.name for sent in SENT], facts, strict=True))


@each
def test_we_find_nothing_wrong_with_it(sent: Sent) -> None:
    assert violations(calendar(sent.method, sent.events)) == ()


@each
def test_libical_reads_what_we_meant(sent: Sent) -> None:
    assert by_libical(calendar(sent.method, sent.events)) == expected(sent.method, sent.events, sent.starts)


@each
def test_ical_js_reads_what_we_meant(sent: Sent, read_by_ical_js: dict[str, Facts]) -> None:
    assert read_by_ical_js[sent.name] == expected(sent.method, sent.events, sent.starts)


@each
def test_icalendar_reads_what_we_meant(sent: Sent) -> None:
    assert by_icalendar(calendar(sent.method, sent.events)) == expected(sent.method, sent.events, sent.starts)


@pytest.mark.parametrize("sent", [sent for sent in SENT if sent.method != "DECLINECOUNTER"], ids=lambda sent: sent.name)
def test_the_restriction_tables_of_libical_are_content(sent: Sent) -> None:
    """Those of DECLINECOUNTER are RFC 2446's, which knew no ATTENDEE and no SEQUENCE there; RFC 5546 wants them."""
    assert libical_accepts(calendar(sent.method, sent.events))


def test_a_filled_skeleton_reads_as_the_same_facts(tmp_path: Path) -> None:
    master = series()
    skeleton = Skeleton("REQUEST", [master])
    people = [
        Personal(
            dtstamp=master.dtstamp,
            organizer=ORGANIZER,
            attendees=(CHAIR, AN),
            description=f"Vào họp: https://hop.tinh.test/j/{number}\nđồng chí thứ {number}",
            location="Điểm cầu huyện Quảng Trạch, phòng họp số 2",
            url=f"https://hop.tinh.test/j/{number}",
            conferences=(Conference(f"https://hop.tinh.test/j/{number}", ("VIDEO",), "Vào họp"),),
        )
        for number in range(3)
    ]
    filled = [skeleton.fill(person) for person in people]
    meant = [for_person(master, person) for person in people]
    for data, facts, event in zip(filled, by_ical_js(filled, tmp_path), meant, strict=True):
        assert facts.events == expected("REQUEST", [event], ()).events
        assert by_libical(data) == facts
        assert by_icalendar(data) == facts
        assert len(facts.occurrences) == 8
