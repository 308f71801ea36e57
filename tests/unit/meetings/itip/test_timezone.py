"""One rule of a kind, however many the zone has had."""

from __future__ import annotations

import pytest

from meetings.itip.timezone import is_utc, timezone_component


def vtimezone(name: str) -> bytes:
    return bytes(timezone_component(name).to_ical(sorted=False))


def test_viet_nam_has_one_standard_and_nothing_else() -> None:
    assert vtimezone("Asia/Ho_Chi_Minh").decode().split("\r\n") == [
        "BEGIN:VTIMEZONE",
        "TZID:Asia/Ho_Chi_Minh",
        "BEGIN:STANDARD",
        "DTSTART:19700101T000000",
        "TZOFFSETFROM:+0700",
        "TZOFFSETTO:+0700",
        "TZNAME:+07",
        "END:STANDARD",
        "END:VTIMEZONE",
        "",
    ]


def test_it_is_built_once() -> None:
    assert timezone_component("Asia/Ho_Chi_Minh") is timezone_component("Asia/Ho_Chi_Minh")


@pytest.mark.parametrize("name", ["Europe/Berlin", "America/New_York", "Australia/Sydney"])
def test_summer_time_is_two_yearly_rules(name: str) -> None:
    text = vtimezone(name).decode()
    assert text.count("BEGIN:STANDARD") == text.count("BEGIN:DAYLIGHT") == 1
    assert text.count("RRULE:FREQ=YEARLY") == 2
    assert "COMMENT" not in text
    assert "RDATE" not in text


def test_summer_time_without_a_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="no yearly rule"):
        vtimezone("Africa/Casablanca")


@pytest.mark.parametrize("name", ["Asia/Sai_Gon", "", "../etc/passwd", "Asia", "a\0b"])
def test_a_zone_that_nobody_knows_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no such timezone"):
        vtimezone(name)


def test_utc_needs_none() -> None:
    assert is_utc("UTC")
    assert not is_utc("Asia/Ho_Chi_Minh")
