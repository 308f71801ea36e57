"""The feed of a person: a PUBLISH calendar, the same bytes for the same state, gone once revoked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from meetings.itip.restrictions import violations
from meetings.meeting import Place
from tests.support.meeting_pages import (
    ATTENDEE,
    FEED,
    LINKS,
    MEETING,
    PAGE,
    FakeDesk,
    answered,
    browser,
    path,
    personal_view,
    series,
)


def text_of(content: bytes) -> str:
    return content.replace(b"\r\n ", b"").decode()


def test_the_feed_is_a_published_calendar() -> None:
    answer = browser(FakeDesk()).get(FEED)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert violations(answer.content) == ()
    text = text_of(answer.content)
    assert "METHOD:PUBLISH" in text
    assert "SUMMARY:Họp giao ban công tác quý IV" in text


def test_an_unchanged_feed_is_not_sent_again() -> None:
    client = browser(FakeDesk())
    first = client.get(FEED)
    again = client.get(FEED, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert client.get(FEED, headers={"If-None-Match": f'"x", W/{first.headers["etag"]}'}).status_code == 304
    assert client.get(FEED, headers={"If-None-Match": '"x"'}).content == first.content


def test_a_changed_meeting_changes_the_tag() -> None:
    before = browser(FakeDesk()).get(FEED).headers["etag"]
    moved = FakeDesk(personal_view(replace(MEETING, summary="Họp khác")))
    assert browser(moved).get(FEED).headers["etag"] != before


def test_a_series_keeps_its_exceptions() -> None:
    meeting, sittings = series()
    answer = browser(FakeDesk(personal_view(meeting, occurrences=sittings))).get(FEED)
    assert violations(answer.content) == ()
    text = text_of(answer.content)
    assert text.count("BEGIN:VEVENT") == 2
    assert "RRULE:FREQ=WEEKLY;COUNT=4" in text
    assert text.count("EXDATE") == 1
    assert text.count("RECURRENCE-ID") == 1


def test_a_cancelled_meeting_is_published_as_cancelled() -> None:
    cancelled = replace(MEETING, status="CANCELLED")
    text = text_of(browser(FakeDesk(personal_view(cancelled))).get(FEED).content)
    assert "STATUS:CANCELLED" in text
    assert "/j/" not in text


def test_a_secret_meeting_is_not_in_a_feed() -> None:
    secret = replace(MEETING, secret=True, summary="Nội dung mật")
    answer = browser(FakeDesk(personal_view(secret))).get(FEED)
    assert answer.status_code == 200
    assert "VEVENT" not in text_of(answer.content)
    assert "mật" not in text_of(answer.content)


def test_a_revoked_feed_is_gone() -> None:
    assert browser(FakeDesk()).get(path(LINKS.feed("feedfeedfeedfeed", 1))).status_code == 410


@pytest.mark.parametrize("broken", ["", ".ics", "x.ics", "a/b.ics"])
def test_a_feed_that_is_none_of_ours_is_not_there(broken: str) -> None:
    assert browser(FakeDesk()).get(f"/f/{broken}").status_code == 404


def test_nobody_writes_into_a_feed() -> None:
    assert browser(FakeDesk()).put(FEED).status_code == 405


def test_a_feed_opens_nothing() -> None:
    answer = browser(FakeDesk()).get(FEED)
    text = text_of(answer.content)
    assert [one for one in ("/m/", "/j/", "https://", "2468", "giaoban@mcu") if one in text] == []
    assert "URL" not in text
    assert "CONFERENCE" not in text
    assert "LOCATION:Điểm cầu Sở Xây dựng" in text
    assert "Cách vào họp có trong giấy mời" in text
    assert "Chủ trì: Đồng chí Lê Văn An" in text


def test_a_feed_names_no_letter_with_a_way_in_to_whoever_meets_around_a_table() -> None:
    hall = replace(MEETING, places=(Place("Phòng họp số 1"), Place("Điểm cầu xã", ("xa",), url="https://phong.test/1")))
    text = text_of(browser(FakeDesk(personal_view(hall))).get(FEED).content)
    assert "LOCATION:Phòng họp số 1" in text
    assert "Cách vào họp" not in text
    sender = replace(ATTENDEE, delegated_to=8)
    assert "Cách vào họp" not in text_of(browser(FakeDesk(personal_view(attendee=sender))).get(FEED).content)


def test_the_file_of_the_personal_page_has_its_links() -> None:
    text = text_of(browser(FakeDesk()).get(f"{PAGE}/lich-hop.ics").content)
    assert "/m/" in text
    assert "/j/" in text


def test_whoever_declined_is_not_busy() -> None:
    text = text_of(browser(FakeDesk(personal_view(answers=(answered("DECLINED"),)))).get(FEED).content)
    assert "TRANSP:TRANSPARENT" in text
    assert "STATUS:CONFIRMED" in text
    assert "TRANSP:OPAQUE" in text_of(browser(FakeDesk()).get(FEED).content)


def test_a_declined_occurrence_is_free_and_the_series_is_not() -> None:
    meeting, sittings = series()
    only_last = answered("DECLINED", recurrence_id=sittings[3].recurrence_id)
    answer = browser(FakeDesk(personal_view(meeting, occurrences=sittings, answers=(only_last,)))).get(FEED)
    assert violations(answer.content) == ()
    events = text_of(answer.content).split("BEGIN:VEVENT")[1:]
    assert ["TRANSP:TRANSPARENT" in event for event in events] == [False, False, True]
    assert "RRULE" not in events[2]


def test_an_accepted_occurrence_of_a_declined_series_is_busy() -> None:
    meeting, sittings = series()
    given = (answered("DECLINED"), answered("ACCEPTED", recurrence_id=sittings[3].recurrence_id))
    answer = browser(FakeDesk(personal_view(meeting, occurrences=sittings, answers=given))).get(FEED)
    events = text_of(answer.content).split("BEGIN:VEVENT")[1:]
    assert ["TRANSP:TRANSPARENT" in event for event in events] == [True, True, False]
