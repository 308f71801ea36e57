"""A filled skeleton is what the library writes, byte for byte."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from meetings.itip.calendar import calendar
from meetings.itip.objects import Conference, Party, Personal
from meetings.itip.skeleton import Skeleton, for_person
from tests.support.itip_events import AN, CHAIR, ORGANIZER, Sent, event, everything_sent

PERSON = Personal(
    dtstamp=datetime(2026, 11, 21, 5, 6, 7, 890, tzinfo=UTC),
    organizer=replace(ORGANIZER, address="hop+zzz999@tinh.test"),
    attendees=(CHAIR, replace(AN, name='Đặng "Út" ^ Hai, Trưởng phòng 😀 ' + "rất dài " * 20)),
    description="Vào họp: https://hop.tinh.test/j/zzz\r\n" + "Nội dung có ế ễ ệ; \\New, và\ttab\n" * 30,
    location="Điểm cầu huyện;\nphòng 2",
    url="https://hop.tinh.test/j/" + "z" * 90,
    conferences=(Conference("sip:1@x.test;transport=tls", ("AUDIO", "VIDEO"), 'Mã "PIN": 1, 2’'),),
)
NOBODY = Personal(datetime(2026, 11, 21, tzinfo=UTC), Party("hop@tinh.test"), (Party("an@tinh.test"),))


@pytest.mark.parametrize("sent", everything_sent(), ids=lambda sent: sent.name)
@pytest.mark.parametrize("person", [PERSON, NOBODY], ids=["full", "empty"])
def test_each_object_of_ours_is_filled_as_the_library_writes_it(sent: Sent, person: Personal) -> None:
    skeleton = Skeleton(sent.method, sent.events)
    assert skeleton.fill(person) == calendar(sent.method, [for_person(event, person) for event in sent.events])


def test_each_event_may_have_its_own_values() -> None:
    sent = next(sent for sent in everything_sent() if len(sent.events) == 3)
    people = (PERSON, NOBODY, replace(PERSON, location="Nơi khác", attendees=()))
    written = calendar(sent.method, [for_person(one, person) for one, person in zip(sent.events, people, strict=True)])
    assert Skeleton(sent.method, sent.events).fill(*people) == written


def test_one_person_leaves_nothing_for_the_next() -> None:
    skeleton = Skeleton("REQUEST", [event()])
    before = skeleton.fill(NOBODY)
    skeleton.fill(PERSON)
    assert skeleton.fill(NOBODY) == before


def test_a_told_last_modified_is_the_same_for_all() -> None:
    told = event(modified=datetime(2026, 11, 19, tzinfo=UTC))
    assert b"LAST-MODIFIED:20261119T000000Z" in Skeleton("REQUEST", [told]).fill(PERSON)


def test_a_feed_keeps_its_name() -> None:
    filled = Skeleton("PUBLISH", [event()], name="Lịch").fill(PERSON)
    assert filled == calendar("PUBLISH", [for_person(event(), PERSON)], name="Lịch")


def test_too_few_people_for_the_events_is_refused() -> None:
    sent = next(sent for sent in everything_sent() if len(sent.events) == 3)
    with pytest.raises(ValueError, match="3 events, 2 personal values"):
        Skeleton(sent.method, sent.events).fill(PERSON, NOBODY)


def test_a_line_break_in_an_address_does_not_become_a_line() -> None:
    with pytest.raises(ValueError, match="CR or LF"):
        Skeleton("REQUEST", [event()]).fill(replace(PERSON, attendees=(Party("an@tinh.test\r\nX:1"),)))
