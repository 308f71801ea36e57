"""The personal page: what it says, that reading changes nothing, and that an answer is counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from foundation.clock import microseconds, now
from foundation.language import Text
from meetings.meeting import Contact, Guest, Place
from meetings.store.values import DeputyProposal
from tests.support.meeting_pages import (
    ATTENDEE,
    CHAIR,
    GUEST,
    ID,
    LINKS,
    MEETING,
    PAGE,
    START,
    FakeDesk,
    answered,
    away,
    browser,
    form_token,
    occurrence,
    path,
    personal_view,
    post,
    series,
)


def test_the_letter_is_shown() -> None:
    text = browser(FakeDesk()).get(PAGE).text
    for said in (
        "Giấy mời số 15/GM-UBND",
        "Họp giao ban công tác quý IV",
        "Trần Thị Bình",
        "từ 14 giờ 00 đến 16 giờ 00, thứ ",
        "Điểm cầu Sở Xây dựng",
        "Đồng chí Lê Văn An, Chủ tịch",
        "Phương hướng quý IV.",
        "Chuẩn bị báo cáo bằng văn bản.",
        'href="https://vanban.tinh.test/bao-cao.pdf"',
        'href="tel:02033836001"',
        "giaoban@mcu.tinh.test",
        "2468",
        LINKS.join(ATTENDEE),
        LINKS.feed("feedfeedfeedfeed", 1),
    ):
        assert said in text, said
    assert "Phòng họp số 1" not in text, "the place of other people"
    assert text.count("<h1") == 1


def test_the_page_speaks_english_when_asked() -> None:
    text = browser(FakeDesk()).get(f"{PAGE}?lang=en").text
    assert '<html lang="en">' in text
    assert "14:00 to 16:00" in text
    assert "Will you attend?" in text
    assert "lang=en" in text.partition("<form")[2], "the form keeps the language"


@pytest.mark.parametrize("query", ["", "?answer=accepted", "?answer=declined&comment=x", "?said=answered"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reading_changes_nothing(method: str, query: str) -> None:
    desk = FakeDesk()
    assert browser(desk).request(method, PAGE + query).status_code == 200
    assert desk.orders == []


@pytest.mark.parametrize("word", ["accepted", "tentative", "declined"])
def test_the_link_in_the_mail_only_preselects(word: str) -> None:
    text = browser(FakeDesk()).get(f"{PAGE}?answer={word}").text
    assert f'value="{word}" required checked' in text
    assert text.count(" checked") == 1
    assert " checked" not in browser(FakeDesk()).get(f"{PAGE}?answer=nonsense").text


def test_the_link_to_send_a_deputy_leads_to_the_form_for_one() -> None:
    led = browser(FakeDesk()).get(f"{PAGE}?answer=delegated&lang=en")
    assert (led.status_code, led.headers["location"]) == (303, f"{PAGE}/deputy?lang=en")
    cancelled = FakeDesk(view=personal_view(replace(MEETING, status="CANCELLED")))
    assert browser(cancelled).get(f"{PAGE}?answer=delegated").status_code == 200


@pytest.mark.parametrize(
    ("word", "partstat"), [("accepted", "ACCEPTED"), ("tentative", "TENTATIVE"), ("declined", "DECLINED")]
)
def test_an_answer_is_counted(word: str, partstat: str) -> None:
    desk = FakeDesk()
    client = browser(desk)
    done = post(client, PAGE, f"{PAGE}/answer", answer=word, comment="Đi công tác\r\nHà Nội")
    assert done.status_code == 303
    assert desk.orders == [("answer", ID, partstat, "Đi công tác\nHà Nội", 0)]
    assert done.headers["location"] == f"{PAGE}?said=answered"
    assert "Đã ghi nhận trả lời" in client.get(done.headers["location"]).text


def test_what_was_answered_is_shown_and_chosen() -> None:
    view = personal_view(answers=(answered("DECLINED", comment="Bận họp Bộ", via="mail"),))
    text = browser(FakeDesk(view)).get(PAGE).text
    assert "không dự" in text
    assert "Bận họp Bộ" in text
    assert "bằng thư" in text
    assert 'value="declined" required checked' in text
    assert "Đổi câu trả lời" in text


def test_one_sitting_of_a_series_is_answered() -> None:
    meeting, sittings = series()
    desk = FakeDesk(personal_view(meeting, occurrences=sittings))
    client = browser(desk)
    text = client.get(PAGE).text
    assert "hằng tuần" in text
    assert text.count("<option") == 4, "all, and three that are not cancelled"
    assert "(hủy)" in text
    assert "(đổi giờ)" in text
    post(client, PAGE, f"{PAGE}/answer", answer="declined", occurrence=str(sittings[1].recurrence_id))
    assert desk.orders == [("answer", ID, "DECLINED", "", sittings[1].recurrence_id)]


@pytest.mark.parametrize("fields", [{"answer": "maybe"}, {}, {"answer": "accepted", "occurrence": "12345"}])
def test_a_form_without_an_answer_is_shown_again(fields: dict[str, str]) -> None:
    desk = FakeDesk()
    again = post(browser(desk), PAGE, f"{PAGE}/answer", **fields, comment="Lý do của tôi")
    assert again.status_code == 422
    assert desk.orders == []
    assert "Lý do của tôi" in again.text, "nothing has to be typed twice"
    assert 'role="alert"' in again.text


def test_a_long_reason_is_cut() -> None:
    desk = FakeDesk()
    post(browser(desk), PAGE, f"{PAGE}/answer", answer="declined", comment="ơ" * 5000)
    assert desk.orders[0][3] == "ơ" * 1000


def test_what_the_desk_refuses_is_told() -> None:
    desk = FakeDesk(refusal=Text("Cuộc họp đã hủy.", "The meeting is cancelled."))
    refused = post(browser(desk), PAGE, f"{PAGE}/answer", answer="accepted")
    assert refused.status_code == 409
    assert "Cuộc họp đã hủy." in refused.text


def test_changes_are_told() -> None:
    before = replace(MEETING, start=START - timedelta(hours=5), end=START - timedelta(hours=3))
    text = browser(FakeDesk(personal_view(previous=before))).get(PAGE).text
    assert "Có thay đổi so với giấy mời trước" in text
    assert "<del>từ 09 giờ 00 đến 11 giờ 00" in text
    assert "<ins>từ 14 giờ 00 đến 16 giờ 00" in text


def test_a_cancelled_meeting_says_so_and_takes_no_answer() -> None:
    cancelled = replace(MEETING, status="CANCELLED")
    text = browser(FakeDesk(personal_view(cancelled))).get(PAGE).text
    assert "Cuộc họp đã hủy" in text
    assert "/answer" not in text
    assert "/j/" not in text


def test_a_meeting_that_is_over_says_so_and_takes_no_answer() -> None:
    over = replace(MEETING, start=now() - timedelta(days=3), end=now() - timedelta(days=3, hours=-2))
    text = browser(FakeDesk(personal_view(over))).get(PAGE).text
    assert "Cuộc họp đã kết thúc" in text
    assert "/answer" not in text
    assert "/j/" not in text


def test_a_month_after_the_end_the_page_is_gone_and_says_whom_to_ask() -> None:
    long_over = replace(MEETING, start=now() - timedelta(days=31), end=now() - timedelta(days=30, hours=1))
    gone = browser(FakeDesk(personal_view(long_over))).get(PAGE)
    assert gone.status_code == 410
    assert "hơn 30 ngày" in gone.text
    assert "0203 3 836 001" in gone.text
    assert "Phương hướng" not in gone.text


def test_without_a_contact_the_secretary_is_asked() -> None:
    long_over = replace(MEETING, start=now() - timedelta(days=32), end=now() - timedelta(days=31), contact=Contact())
    assert "thuky@tinh.test" in browser(FakeDesk(personal_view(long_over))).get(PAGE).text


def test_a_revoked_link_is_gone_and_says_whom_to_ask() -> None:
    old = path(LINKS.page(replace(ATTENDEE, link_serial=1)))
    gone = browser(FakeDesk()).get(old)
    assert gone.status_code == 410
    assert "đã được thay bằng liên kết mới" in gone.text
    assert "haptt.vpub@tinh.test" in gone.text
    assert "Họp giao ban" not in gone.text


def test_a_deputy_sees_for_whom_and_sends_nobody() -> None:
    view = personal_view(attendee=replace(ATTENDEE, delegated_from=1), counterpart=CHAIR)
    text = browser(FakeDesk(view)).get(PAGE).text
    assert "(đi thay Lê Văn An)" in text
    assert f"{PAGE}/deputy" not in text


def test_the_state_of_a_proposed_deputy_is_shown() -> None:
    deputy = Guest("cuongnv.sxd@tinh.test", "Nguyễn Văn Cường", agency_name="Sở Xây dựng")
    proposal = DeputyProposal(1, 3, 7, deputy, "", "page", microseconds(START), "open")
    text = browser(FakeDesk(personal_view(proposal=proposal))).get(PAGE).text
    assert "Nguyễn Văn Cường" in text
    assert "đang chờ chủ trì hoặc thư ký đồng ý" in text


def test_the_letter_comes_as_pdf() -> None:
    answer = browser(FakeDesk()).get(f"{PAGE}/giay-moi.pdf")
    assert answer.content.startswith(b"%PDF")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"


def test_the_meeting_comes_as_a_calendar() -> None:
    answer = browser(FakeDesk()).get(f"{PAGE}/lich-hop.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    unfolded = answer.content.replace(b"\r\n ", b"").decode()
    assert "METHOD:PUBLISH" in unfolded
    assert f"UID:{MEETING.uid}" in unfolded
    assert "ATTENDEE" not in unfolded
    assert LINKS.join(ATTENDEE) in unfolded
    assert "phonghop.tinh.test" not in unfolded, "the room's own address stays behind the personal link"


def test_the_feed_link_can_be_replaced() -> None:
    desk = FakeDesk()
    done = post(browser(desk), PAGE, f"{PAGE}/feed")
    assert done.headers["location"] == f"{PAGE}?said=feed"
    assert desk.orders == [("revoke_feed", ID)]


def test_when_the_database_is_away_the_page_says_try_again() -> None:
    answer = browser(FakeDesk(broken=away())).get(PAGE)
    assert answer.status_code == 503
    assert "noi-bo" not in answer.text


def test_a_room_by_device_alone_is_shown_with_its_pin() -> None:
    places = (Place("Điểm cầu xã", telephone="+84 203 3836 002", pin="77"),)
    meeting = replace(MEETING, places=places)
    text = browser(FakeDesk(personal_view(meeting, occurrences=(occurrence(meeting),)))).get(PAGE).text
    assert 'href="tel:+842033836002"' in text
    assert ">77<" in text


def test_a_paper_that_no_browser_should_open_is_only_named() -> None:
    from meetings.meeting import Paper

    meeting = replace(MEETING, papers=(Paper("Tài liệu <b>", "javascript:alert(1)"),))
    text = browser(FakeDesk(personal_view(meeting))).get(PAGE).text
    assert "javascript:" not in text
    assert "Tài liệu &lt;b&gt;" in text


def test_an_old_page_keeps_what_was_typed() -> None:
    desk = FakeDesk()
    client = browser(desk)
    form_token(client.get(PAGE).text)
    again = client.post(f"{PAGE}/answer", data={"token": "1.x", "answer": "declined", "comment": "Ốm"})
    assert again.status_code == 403
    assert "Ốm" in again.text
    assert 'value="declined" required checked' in again.text
    assert desk.orders == []


def test_a_series_leads_with_the_sitting_that_takes_place_next_and_says_where_one_differs() -> None:
    meeting, sittings = series()
    first, second, *rest = sittings
    elsewhere = replace(meeting, places=(Place("Hội trường B"),))
    moved = replace(second, override=elsewhere)
    view = personal_view(meeting, occurrences=(replace(first, status="CANCELLED"), moved, *rest))
    text = browser(FakeDesk(view)).get(PAGE).text
    assert "Buổi tới: " in text
    assert f"ngày {meeting.start + timedelta(days=7):%d}" in text.split("Buổi tới: ")[1].split("</span>")[0]
    assert "tại <strong>Hội trường B</strong>" in text


def test_an_answer_to_a_moved_sitting_names_the_hour_that_it_has_now() -> None:
    meeting, sittings = series()
    view = personal_view(
        meeting, occurrences=sittings, answers=(answered("DECLINED", recurrence_id=sittings[1].recurrence_id),)
    )
    text = browser(FakeDesk(view)).get(PAGE).text
    assert "Buổi 15 giờ 00, " in text
    assert "Buổi 14 giờ 00, " not in text


def test_an_answer_from_another_address_is_shown_with_it() -> None:
    given = answered("DECLINED", via="mail", sender="la@noi.khac.example")
    assert "từ địa chỉ la@noi.khac.example" in browser(FakeDesk(personal_view(answers=(given,)))).get(PAGE).text
    own = answered("DECLINED", via="mail", sender=GUEST.address)
    assert "từ địa chỉ" not in browser(FakeDesk(personal_view(answers=(own,)))).get(PAGE).text
