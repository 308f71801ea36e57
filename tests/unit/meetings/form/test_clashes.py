"""Clashes: people, halls and rooms that are taken, in every occurrence; never with itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from meetings.form.clashes import MOST_TOLD, clash_keys, place_keys
from meetings.form.drafting import Draft, asks
from meetings.form.reading import read_form
from meetings.form.values import Busy
from meetings.meeting import Place
from tests.support.meeting_forms import CHAIR, GOOD, HANH, NOW, RULES, STC, SXD, UID, at, drafted, form

HALL = place_keys(Place("Hội trường UBND tỉnh"))[0]


def taken(start: datetime, uid: str = "khac@tinh.test", minutes: int = 60) -> list[Busy]:
    return [Busy(start, start + timedelta(minutes=minutes), uid, "Họp khác")]


@pytest.fixture
def before() -> Draft:
    result = drafted(GOOD)
    assert result.draft is not None
    return result.draft


def test_who_is_busy_is_named_with_the_other_meeting() -> None:
    busy = {SXD.address: taken(at(1, 8)), STC.address: taken(at(1, 8)), CHAIR.address: taken(at(1, 10))}
    result = drafted(GOOD, busy=busy)
    assert result.errors() == ["required"]
    message = result.about("required").message.vi
    assert "Sở Xây dựng, Sở Tài chính" in message
    assert "Họp khác" in message
    assert "08:00 thứ Ba 01/12/2026" in message


def test_a_hall_and_a_room_are_taken_too() -> None:
    assert drafted(GOOD, busy={HALL: taken(at(1, 8))}).errors() == ["places"]
    place = Place("Điểm cầu", url="https://hop.tinh.test/x", pin="1")
    busy = {place_keys(place)[1]: taken(at(1, 8))}
    assert drafted(form(places=["Tên khác;url=https://hop.tinh.test/x;pin=1"]), busy=busy).errors() == ["places"]
    assert drafted(form(places=["Tên khác;url=https://hop.tinh.test/x;pin=2"]), busy=busy).errors() == []


def test_the_rule_may_be_to_warn() -> None:
    result = drafted(GOOD, busy={SXD.address: taken(at(1, 8))}, rules=replace(RULES, clash="warn"))
    assert (result.errors(), result.warnings()) == ([], ["required"])


def test_who_need_not_come_is_a_warning() -> None:
    result = drafted(form(optional=["hanh.sxd@tinh.test"]), busy={HANH.address: taken(at(1, 8))})
    assert (result.errors(), result.warnings()) == ([], ["required"])


@pytest.mark.parametrize(("hour", "minute", "clash"), [(6, 30, False), (6, 31, True), (8, 59, True), (9, 0, False)])
def test_meetings_that_only_touch_do_not_clash(hour: int, minute: int, clash: bool) -> None:
    result = drafted(GOOD, busy={SXD.address: taken(at(1, hour, minute))})
    assert result.errors() == (["required"] if clash else [])


def test_every_occurrence_is_compared() -> None:
    fields = form(rrule="FREQ=WEEKLY;COUNT=5")
    assert drafted(fields, busy={SXD.address: taken(at(22, 8))}).errors() == ["required"]
    assert drafted(fields, busy={SXD.address: taken(at(23, 8))}).errors() == []


def test_a_meeting_does_not_clash_with_itself(before: Draft) -> None:
    busy = {SXD.address: taken(at(1, 8), UID), STC.address: taken(at(1, 14), UID)}
    assert drafted({"start": "14h00"}, before, busy=busy).errors() == []


def test_a_change_looks_at_what_is_new_only(before: Draft) -> None:
    busy = {SXD.address: taken(at(1, 8)), HANH.address: taken(at(1, 8))}
    assert drafted({"summary": "Khác"}, before, busy=busy).errors() == []
    assert drafted({"add": ["hanh.sxd@tinh.test"]}, before, busy=busy).errors() == ["required"]
    assert drafted({"duration": "2h"}, before, busy=busy).errors() == ["required"], "the time is another one"


def test_one_occurrence_is_compared_alone() -> None:
    weekly = drafted(form(rrule="FREQ=WEEKLY;COUNT=5")).draft
    busy = {SXD.address: [*taken(at(8, 14)), *taken(at(15, 8))]}
    assert drafted({"start": "14h00"}, weekly, busy=busy, instance="8/12/2026").errors() == ["required"]
    assert drafted({"start": "16h00"}, weekly, busy=busy, instance="8/12/2026").errors() == []


def test_many_clashes_are_counted() -> None:
    busy = {SXD.address: [Busy(at(1, 8), at(1, 9), f"{number}@tinh.test", "x") for number in range(MOST_TOLD + 5)]}
    result = drafted(GOOD, busy=busy)
    assert len(result.errors()) == MOST_TOLD
    assert "5" in result.about("start").message.vi


def test_the_same_hall_in_another_spelling_is_the_same() -> None:
    assert place_keys(Place("Hội trường  Hoà Bình")) == place_keys(Place("hội trường Hòa Bình"))
    assert place_keys(Place("Trực tuyến")) == ()
    assert place_keys(Place("Tại đơn vị")) == ()


def test_what_is_asked_of_the_store(before: Draft) -> None:
    values = read_form(form(rrule="FREQ=WEEKLY;COUNT=5")).values
    question = asks(values, None, (CHAIR, SXD), NOW, RULES)
    assert question is not None
    assert set(question.keys) == {CHAIR.address, SXD.address, HALL}
    assert (question.start, question.end) == (at(1, 7, 30), at(29, 9))
    values = read_form({"summary": "x"}, before=before.meeting).values
    assert asks(values, before.meeting, before.guests, NOW, RULES, present=before.guests) is None
    assert asks(read_form({}).values, None, (), NOW, RULES) is None


def test_everybody_and_every_room_has_a_key() -> None:
    meeting = drafted(form(places=["A;url=https://hop.tinh.test/x"])).meeting
    assert clash_keys(meeting, (SXD,)) == {
        SXD.address: "Sở Xây dựng",
        "place:a": "A",
        "room:https://hop.tinh.test/x|": "A",
    }
