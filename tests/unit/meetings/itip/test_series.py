"""Rules that every client repeats, refusals that say what to write instead, and occurrences in local time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from meetings.itip.recurrence_rule import MOST_OCCURRENCES
from meetings.itip.series import check_rrule, normal_rrule, occurrences
from tests.support.itip_events import EARLY, HERE, HOURS, START

GOOD = {
    "FREQ=WEEKLY;BYDAY=TU;COUNT=8": "FREQ=WEEKLY;COUNT=8;BYDAY=TU",
    "RRULE:freq=weekly;count=8": "FREQ=WEEKLY;COUNT=8;BYDAY=TU",
    " FREQ=WEEKLY ; BYDAY=TH, TU ; COUNT=8; ": "FREQ=WEEKLY;COUNT=8;BYDAY=TU,TH",
    "FREQ=WEEKLY;INTERVAL=2;WKST=MO;BYDAY=TU;UNTIL=20270131": (
        "FREQ=WEEKLY;UNTIL=20270131T165959Z;INTERVAL=2;BYDAY=TU;WKST=MO"
    ),
    "FREQ=DAILY;UNTIL=2026-12-05": "FREQ=DAILY;UNTIL=20261205T165959Z",
    "FREQ=DAILY;UNTIL=20261205T080000": "FREQ=DAILY;UNTIL=20261205T010000Z",
    "FREQ=DAILY;UNTIL=20261205T010000Z": "FREQ=DAILY;UNTIL=20261205T010000Z",
    "FREQ=DAILY;UNTIL=2026-12-05 08:00": "FREQ=DAILY;UNTIL=20261205T010000Z",
    "FREQ=DAILY;COUNT=366;INTERVAL=1": "FREQ=DAILY;COUNT=366",
    "FREQ=MONTHLY;COUNT=3": "FREQ=MONTHLY;COUNT=3;BYMONTHDAY=1",
    "FREQ=MONTHLY;BYDAY=+1TU;COUNT=3": "FREQ=MONTHLY;COUNT=3;BYDAY=1TU",
    "FREQ=MONTHLY;BYMONTHDAY=1;COUNT=3": "FREQ=MONTHLY;COUNT=3;BYMONTHDAY=1",
}


@pytest.mark.parametrize("text", GOOD)
def test_a_rule_is_kept_in_one_form(text: str) -> None:
    assert check_rrule(text, START, START + HOURS) == ()
    assert normal_rrule(text, START) == GOOD[text]
    assert normal_rrule(GOOD[text], START) == GOOD[text]


REFUSED = {
    "WEEKLY": "cannot read the part",
    "FREQ": "cannot read the part",
    "FREQ=;COUNT=2": "cannot read the part",
    "FREQ=DAILY;;COUNT=2": "cannot read the part",
    "FREQ=DAILY;COUNT=2;COUNT=3": "COUNT stands there twice",
    "COUNT=2": "only days, weeks or months",
    "FREQ=SECONDLY;COUNT=1000000000": "only days, weeks or months",
    "FREQ=MINUTELY;UNTIL=99991231": "only days, weeks or months",
    "FREQ=HOURLY;COUNT=5": "only days, weeks or months",
    "FREQ=YEARLY;COUNT=5": "only days, weeks or months",
    "FREQ=DAILY": "when the series ends",
    "FREQ=DAILY;COUNT=2;UNTIL=20261205": "only one of COUNT and UNTIL",
    "FREQ=DAILY;COUNT=0": "COUNT must be from 1",
    "FREQ=DAILY;COUNT=-5": "COUNT must be from 1",
    "FREQ=DAILY;COUNT=367": "COUNT must be from 1",
    "FREQ=DAILY;COUNT=1000000000": "COUNT must be from 1",
    "FREQ=DAILY;COUNT=9999999999999999999999": "COUNT must be from 1",
    "FREQ=DAILY;COUNT=٣": "COUNT must be from 1",
    "FREQ=DAILY;COUNT=2;INTERVAL=0": "INTERVAL must be from 1",
    "FREQ=DAILY;COUNT=2;INTERVAL=100": "INTERVAL must be from 1",
    "FREQ=DAILY;UNTIL=99991231": "cannot read UNTIL",
    "FREQ=DAILY;UNTIL=99980101": "longer than 5 years",
    "FREQ=DAILY;UNTIL=00010101": "cannot read UNTIL",
    "FREQ=DAILY;UNTIL=20270229": "cannot read UNTIL",
    "FREQ=DAILY;UNTIL=20261205T250000": "cannot read UNTIL",
    "FREQ=DAILY;UNTIL=mai": "cannot read UNTIL",
    "FREQ=DAILY;UNTIL=20261130": "UNTIL is before the first meeting",
    "FREQ=DAILY;UNTIL=20280601": "more than 366 meetings",
    "FREQ=MONTHLY;COUNT=366": "longer than 5 years",
    "FREQ=DAILY;BYDAY=MO,TU;COUNT=5": "BYDAY does not go with FREQ=DAILY",
    "FREQ=WEEKLY;BYMONTHDAY=1;COUNT=5": "BYMONTHDAY does not go with FREQ=WEEKLY",
    "FREQ=WEEKLY;BYDAY=2TU;COUNT=5": "a weekly BYDAY has days",
    "FREQ=WEEKLY;BYDAY=TU,TU;COUNT=5": "a weekly BYDAY has days",
    "FREQ=WEEKLY;BYDAY=T3;COUNT=5": "a weekly BYDAY has days",
    "FREQ=WEEKLY;BYDAY=WE;COUNT=5": "does not follow the rule",
    "FREQ=WEEKLY;BYDAY=TU;COUNT=5;WKST=XX": "WKST must be a day",
    "FREQ=MONTHLY;BYDAY=2TU,4TU;COUNT=5": "a monthly BYDAY is one day",
    "FREQ=MONTHLY;BYDAY=TU;COUNT=5": "a monthly BYDAY is one day",
    "FREQ=MONTHLY;BYDAY=5TU;COUNT=5": "a monthly BYDAY is one day",
    "FREQ=MONTHLY;BYDAY=-2TU;COUNT=5": "a monthly BYDAY is one day",
    "FREQ=MONTHLY;BYDAY=1TU;BYMONTHDAY=1;COUNT=5": "only one of BYDAY and BYMONTHDAY",
    "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=5": "every month must have the day",
    "FREQ=MONTHLY;BYMONTHDAY=29;COUNT=5": "every month must have the day",
    "FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=5": "every month must have the day",
    "FREQ=MONTHLY;BYMONTHDAY=0;COUNT=5": "every month must have the day",
    "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2;COUNT=5": "BYSETPOS cannot be used",
    "FREQ=DAILY;BYHOUR=8,9;COUNT=5": "BYHOUR cannot be used",
    "FREQ=DAILY;COUNT=5;X=1": "X cannot be used",
    "FREQ=DAILY;COUNT=5;" + "A" * 500: "longer than 200 characters",
}


@pytest.mark.parametrize("text", REFUSED)
def test_refused_with_the_column_and_in_both_languages(text: str) -> None:
    (problem,) = check_rrule(text, START, START + HOURS)
    assert problem.stops
    assert problem.column == "rrule"
    assert problem.message.en.startswith("recurrence rule: ")
    assert REFUSED[text] in problem.message.en
    assert problem.message.vi.startswith("quy tắc lặp: ")
    assert len(problem.value) <= 200


def test_no_rule_is_no_problem() -> None:
    assert check_rrule("", START, START + HOURS) == ()
    assert check_rrule("  ", START, START + HOURS) == ()
    assert normal_rrule("", START) == ""


def test_a_missing_end_says_how_to_write_one() -> None:
    (problem,) = check_rrule("FREQ=WEEKLY;BYDAY=TU", START, START + HOURS)
    assert problem.hint
    assert "COUNT=10" in problem.hint.en
    assert "UNTIL=" in problem.hint.vi


def test_the_29th_of_february_says_why() -> None:
    leap = datetime(2028, 2, 29, 8, tzinfo=HERE)
    for text in ("FREQ=YEARLY;COUNT=4", "FREQ=MONTHLY;COUNT=4", "FREQ=MONTHLY;BYMONTHDAY=29;COUNT=4"):
        (problem,) = check_rrule(text, leap, leap + HOURS)
        assert problem.hint
        assert "February" in problem.hint.en
        assert "tháng 2" in problem.hint.vi
    assert check_rrule("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=4", leap, leap + HOURS) == ()


def test_a_meeting_that_lasts_until_the_next_one() -> None:
    assert not check_rrule("FREQ=DAILY;COUNT=3", START, START + timedelta(hours=23, minutes=59))
    for lasts in (timedelta(hours=24), timedelta(days=3)):
        (problem,) = check_rrule("FREQ=DAILY;COUNT=3", START, START + lasts)
        assert "overlaps itself" in problem.message.en
    (problem,) = check_rrule("FREQ=WEEKLY;BYDAY=TU,WE;COUNT=3", START, START + timedelta(hours=30))
    assert "overlaps itself" in problem.message.en


def test_a_series_of_one_is_a_warning() -> None:
    (problem,) = check_rrule("FREQ=DAILY;COUNT=1", START, START + HOURS)
    assert not problem.stops


@pytest.mark.parametrize(
    "text",
    ["FREQ=SECONDLY;COUNT=1000000000", "FREQ=DAILY;UNTIL=99980101", "FREQ=DAILY;COUNT=1000000000", "A" * 10_000_000],
)
def test_no_bomb_keeps_us_busy(text: str) -> None:
    """Each would take minutes or never end; the suite's timeout watches."""
    assert check_rrule(text, START, START + HOURS)


def test_occurrences_refuse_what_is_no_rule_of_ours() -> None:
    with pytest.raises(ValueError, match="only days, weeks or months"):
        occurrences("FREQ=SECONDLY;COUNT=1000000000", START, START + HOURS)


def test_occurrences_keep_their_hour_and_weekday() -> None:
    found = occurrences("FREQ=WEEKLY;BYDAY=TU,TH;COUNT=5", EARLY, EARLY + HOURS)
    assert [start.isoformat() for start, _ in found] == [
        "2026-12-01T06:30:00+07:00",
        "2026-12-03T06:30:00+07:00",
        "2026-12-08T06:30:00+07:00",
        "2026-12-10T06:30:00+07:00",
        "2026-12-15T06:30:00+07:00",
    ]
    assert all(end - start == HOURS for start, end in found)


def test_occurrences_keep_their_hour_over_summer_time() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime(2027, 3, 27, 9, tzinfo=berlin)
    found = occurrences("FREQ=DAILY;COUNT=3", start, start + HOURS)
    assert [begin.astimezone(UTC).hour for begin, _ in found] == [8, 7, 7]
    assert [(begin.hour, end.hour) for begin, end in found] == [(9, 11)] * 3


def test_an_until_takes_its_last_day_whole() -> None:
    found = occurrences("FREQ=DAILY;UNTIL=20261203", START, START + HOURS)
    assert [start.day for start, _ in found] == [1, 2, 3]


def test_the_last_day_of_each_month() -> None:
    start = datetime(2027, 1, 31, 8, tzinfo=HERE)
    found = occurrences("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=4", start, start + HOURS)
    assert [begin.day for begin, _ in found] == [31, 28, 31, 30]


def test_a_meeting_that_is_no_series_occurs_once() -> None:
    assert occurrences("", START, START + HOURS) == ((START, START + HOURS),)


def test_a_window_keeps_what_touches_it() -> None:
    week = (START + timedelta(days=7, hours=1), START + timedelta(days=21))
    found = occurrences("FREQ=WEEKLY;BYDAY=TU;COUNT=8", START, START + HOURS, window=week)
    assert [start for start, _ in found] == [START + timedelta(weeks=1), START + timedelta(weeks=2)]
    assert occurrences("", START, START + HOURS, window=(START + HOURS, START + timedelta(days=9))) == ()


def test_cancelled_ones_are_left_out_by_their_instant() -> None:
    gone = (START + timedelta(weeks=1)).astimezone(UTC)
    found = occurrences("FREQ=WEEKLY;BYDAY=TU;COUNT=3", START, START + HOURS, exdates=(gone,))
    assert [start for start, _ in found] == [START, START + timedelta(weeks=2)]


def test_no_more_than_the_limit() -> None:
    assert len(occurrences("FREQ=DAILY;COUNT=100", START, START + HOURS, limit=7)) == 7
    assert len(occurrences("FREQ=DAILY;COUNT=366", START, START + HOURS)) == MOST_OCCURRENCES
