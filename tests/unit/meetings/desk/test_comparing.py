"""What an edition shows one person, and when an answer no longer says anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from meetings.desk.comparing import (
    carried_over,
    differences,
    must_ask_again,
    next_dtstamp,
    shown_to,
    time_changed,
)
from meetings.meeting import Place
from tests.support.meeting_book import BINH, DUNG, SECOND, START, a_meeting, a_series


def test_the_secretarys_mailbox_is_shown_to_nobody() -> None:
    assert shown_to(a_meeting(), BINH) == shown_to(a_meeting(secretary="khac@tinh.test"), BINH)


def test_another_place_touches_those_who_meet_there() -> None:
    before = a_meeting()
    after = replace(before, places=(before.places[0], replace(before.places[1], name="Hội trường")))
    assert shown_to(before, BINH) == shown_to(after, BINH)
    assert shown_to(before, DUNG) != shown_to(after, DUNG)
    assert (must_ask_again(before, after, BINH), must_ask_again(before, after, DUNG)) == (False, True)


def test_another_pin_is_told_and_asks_nobody_anew() -> None:
    before = a_meeting(places=(Place("Phòng họp", pin="1"),))
    after = a_meeting(places=(Place("Phòng họp", pin="2"),))
    assert shown_to(before, BINH) != shown_to(after, BINH)
    assert not must_ask_again(before, after, BINH)


def test_time_rule_and_timezone_are_time() -> None:
    before = a_series()
    assert time_changed(before, replace(before, start=START + timedelta(minutes=1)))
    assert time_changed(before, replace(before, rrule="FREQ=WEEKLY;COUNT=5"))
    assert time_changed(before, replace(before, timezone="Asia/Bangkok"))
    assert not time_changed(before, replace(before, summary="Khác"))


def test_another_role_is_shown() -> None:
    assert shown_to(a_meeting(), BINH) != shown_to(a_meeting(), replace(BINH, role="OPT-PARTICIPANT"))
    assert shown_to(a_meeting(), BINH) == shown_to(a_meeting(), replace(BINH, telephone="0999"))


def test_a_changed_occurrence_keeps_its_own_words_and_takes_the_rest_from_the_series() -> None:
    before = a_series()
    own = replace(before, rrule="", start=START + timedelta(days=7, hours=1), summary="Riêng lần này")
    after = replace(before, summary="Tên mới", content="Nội dung mới")
    carried = carried_over(own, before, after)
    assert (carried.summary, carried.content, carried.start) == ("Riêng lần này", "Nội dung mới", own.start)
    assert carried.rrule == ""


def test_dtstamp_grows_by_whole_seconds() -> None:
    assert next_dtstamp(5 * SECOND + 7, 0) == 5 * SECOND
    assert next_dtstamp(5 * SECOND + 7, 5 * SECOND) == 6 * SECOND
    assert next_dtstamp(5 * SECOND, 9 * SECOND) == 10 * SECOND


def test_differences_name_both_sides() -> None:
    before = a_meeting()
    assert differences(before, replace(before, summary="Mới")) == {"summary": [before.summary, "Mới"]}
    assert list(differences(before, replace(before, start=START + timedelta(hours=1)))) == ["start"]
