"""Which instant a wall clock with a TZID means."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from meetings.replies.calendar_lines import Block, calendars
from meetings.replies.values import Limits
from meetings.replies.zones import zone_of

AT = datetime(2026, 11, 30, 8, 0)  # noqa: DTZ001 (a wall clock)
JULY = datetime(2026, 7, 1, 8, 0)  # noqa: DTZ001


def blocks(*observances: str, tzid: str = "Own") -> list[Block]:
    """A calendar's VTIMEZONEs; each observance is `KIND FROM TO [RRULE]`."""
    lines = [f"BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:{tzid}"]
    for each in observances:
        kind, start, offset_from, offset_to, *rule = each.split()
        lines.append(f"BEGIN:{kind}\nDTSTART:{start}\nTZOFFSETFROM:{offset_from}\nTZOFFSETTO:{offset_to}")
        lines += [*rule, f"END:{kind}"]
    text = "\n".join([*lines, "END:VTIMEZONE", "END:VCALENDAR"])
    return calendars(text.encode(), "", Limits())[0].zones


def hour(tzid: str, own: list[Block] | None = None, at: datetime = AT) -> int | None:
    """The hour in UTC of 08:00 there."""
    zone = zone_of(tzid, own or [], at)
    return None if zone is None else at.replace(tzinfo=zone).astimezone(UTC).hour


BERLIN = blocks(
    "STANDARD 16011028T030000 +0200 +0100 RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
    "DAYLIGHT 16010325T020000 +0100 +0200 RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
)


@pytest.mark.parametrize(
    "tzid",
    [
        "Asia/Ho_Chi_Minh",
        "asia/ho_chi_minh",
        '"Asia/Saigon"',
        "SE Asia Standard Time",
        "/freeassociation.sourceforge.net/Asia/Ho_Chi_Minh",
        "/mozilla.org/20050126_1/Asia/Ho_Chi_Minh",
    ],
)
def test_names_that_are_known(tzid: str) -> None:
    assert hour(tzid) == 1


@pytest.mark.parametrize(
    "tzid", ["", "Nowhere", "/", "//", "..", "../../etc/passwd", "America", "a" * 10_000, "\0", "zone.tab"]
)
def test_names_that_are_not(tzid: str) -> None:
    assert hour(tzid) is None


def test_the_name_goes_before_a_wrong_description() -> None:
    assert hour("Asia/Ho_Chi_Minh", blocks("STANDARD 19700101T000000 +0800 +0800", tzid="Asia/Ho_Chi_Minh")) == 1


def test_outlooks_own_name_with_one_offset() -> None:
    own = blocks(
        "STANDARD 16010101T000000 +0700 +0700",
        "DAYLIGHT 16010101T000000 +0700 +0700 RRULE:FREQ=SECONDLY",
        tzid="(UTC+07:00) Bangkok, Hanoi, Jakarta",
    )
    assert hour("(UTC+07:00) Bangkok, Hanoi, Jakarta", own) == 1


def test_summer_time_by_rule() -> None:
    assert (hour("Own", BERLIN), hour("Own", BERLIN, JULY)) == (7, 6)


def test_an_observance_without_a_rule_begins_once() -> None:
    own = blocks("STANDARD 19700101T000000 +0800 +0800", "STANDARD 20200101T000000 +0800 +0700")
    assert hour("Own", own) == 1
    assert hour("Own", own, datetime(2019, 1, 1, 8, 0)) == 0  # noqa: DTZ001
    assert hour("Own", own, datetime(1969, 1, 1, 8, 0)) is None  # noqa: DTZ001


@pytest.mark.parametrize(
    "observance",
    [
        "STANDARD 20000101T000000 +0700 +0800 RRULE:FREQ=SECONDLY",
        "STANDARD 20000101T000000 +0700 +0800 RRULE:FREQ=YEARLY;BYMONTH=13;BYDAY=1SU",
        "STANDARD 20000101T000000 +0700 +0800 RRULE:FREQ=YEARLY;BYMONTH=2;BYDAY=5XX",
        "STANDARD 20000101T000000 +0700 +0800 RRULE:FREQ=YEARLY;BYMONTH=2;BYDAY=5SU",
        "STANDARD 20000101T000000 +0700 +0800 RRULE:FREQ=YEARLY;BYMONTH=2",
        "STANDARD 20000101T000000 +0700 +0800 RDATE:20010101T000000",
        "STANDARD 20009901T000000 +0700 +0800",
        "STANDARD x +0700 +0800",
        "STANDARD 20000101T000000 +0700 +9900",
        "STANDARD 20000101T000000 +0700 seven",
    ],
)
def test_a_description_that_is_too_rich_or_wrong_says_nothing(observance: str) -> None:
    assert hour("Own", blocks(observance, "DAYLIGHT 20000101T000000 +0700 +0700")) is None


def test_without_observances_and_with_too_many_it_says_nothing() -> None:
    assert hour("Own", blocks()) is None
    assert hour("Own", blocks(*["STANDARD 20000101T000000 +0700 +0700"] * 9)) is None


@pytest.mark.parametrize("year", [1, 9999])
def test_the_ends_of_time(year: int) -> None:
    zone_of("Own", BERLIN, datetime(year, 1, 1))  # noqa: DTZ001
