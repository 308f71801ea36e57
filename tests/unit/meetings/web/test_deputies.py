"""Sending somebody else: colleagues to choose from, an address to write, and only a proposal."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from foundation.errors import Unreachable
from foundation.language import Text
from meetings.meeting import Guest
from tests.support.meeting_pages import (
    ATTENDEE,
    GUEST,
    ID,
    LIST,
    MEETING,
    PAGE,
    FakeDesk,
    browser,
    personal_view,
    post,
    secretary_view,
    series,
)

FORM = f"{PAGE}/deputy"
SEARCH = f"{FORM}/tim"
COLLEAGUES = (
    Guest("cuongnv.sxd@tinh.test", "Nguyễn Văn Cường", title="Phó Giám đốc"),
    Guest("dungpt.sxd@tinh.test", "Phạm Thị Dung", title="Chánh Văn phòng"),
    GUEST,
)


def test_colleagues_are_offered_and_not_oneself() -> None:
    text = browser(FakeDesk(people=COLLEAGUES)).get(FORM).text
    assert "tại Sở Xây dựng" in text
    assert "Phó Giám đốc" in text
    assert text.count('type="radio"') == 2
    assert GUEST.address not in text


def test_a_deputy_for_a_series_is_said_to_go_to_all_of_it() -> None:
    meeting, sittings = series()
    page = personal_view(meeting, occurrences=sittings)
    for text in (browser(FakeDesk(page)).get(FORM).text, browser(FakeDesk(page)).get(PAGE).text):
        assert "tất cả các buổi" in text
        assert "hằng tuần" in text
        assert "xin liên hệ thư ký" in text
    assert "<strong>all meetings</strong>" in browser(FakeDesk(page)).get(f"{FORM}?lang=en").text
    asked = browser(FakeDesk(sheet=secretary_view(meeting=meeting, occurrences=sittings))).get(LIST).text
    assert "Đi thay ở <strong>tất cả các buổi</strong>" in asked
    for text in (browser(FakeDesk()).get(FORM).text, browser(FakeDesk()).get(LIST).text):
        assert "tất cả các buổi" not in text


def test_colleagues_are_searched() -> None:
    client = browser(FakeDesk(people=COLLEAGUES))
    text = post(client, FORM, SEARCH, words="dung").text
    assert text.count('type="radio"') == 1
    assert 'value="dung"' in text
    assert "Không tìm thấy ai" in post(client, FORM, SEARCH, words="zzz").text


def test_what_is_searched_stands_in_no_address() -> None:
    client = browser(FakeDesk(people=COLLEAGUES))
    assert 'method="get"' not in client.get(FORM).text
    assert 'value="dung"' not in client.get(f"{FORM}?words=dung").text
    assert client.get(f"{SEARCH}?words=dung").status_code == 405


def test_searching_needs_a_form_of_ours() -> None:
    client = browser(FakeDesk(people=COLLEAGUES))
    refused = client.post(SEARCH, data={"words": "dung"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert refused.status_code == 403


def test_searching_keeps_the_language() -> None:
    client = browser(FakeDesk(people=COLLEAGUES))
    assert f'action="{SEARCH}?lang=en"' in client.get(f"{FORM}?lang=en").text
    assert '<html lang="en">' in post(client, FORM, f"{SEARCH}?lang=en", words="dung").text


def test_a_colleague_is_proposed() -> None:
    desk = FakeDesk(people=COLLEAGUES)
    client = browser(desk)
    done = post(client, FORM, FORM, colleague="cuongnv.sxd@tinh.test", comment="Bận họp Bộ")
    assert done.headers["location"] == f"{PAGE}?said=proposed"
    assert desk.orders == [("propose_deputy", ID, "cuongnv.sxd@tinh.test", "Bận họp Bộ")]
    assert "Đã gửi đề nghị cử người đi thay" in client.get(done.headers["location"]).text


def test_a_written_address_wins() -> None:
    desk = FakeDesk(people=COLLEAGUES)
    post(browser(desk), FORM, FORM, colleague="cuongnv.sxd@tinh.test", address=" DungPT.sxd@tinh.test ")
    assert desk.orders == [("propose_deputy", ID, "dungpt.sxd@tinh.test", "")]


@pytest.mark.parametrize("fields", [{}, {"address": "không phải"}, {"address": "a@b@c"}, {"address": "a@tinh.test\nb"}])
def test_without_an_address_the_form_is_shown_again(fields: dict[str, str]) -> None:
    desk = FakeDesk(people=COLLEAGUES)
    again = post(browser(desk), FORM, FORM, **fields, comment="Ốm")
    assert again.status_code == 422
    assert "Ốm" in again.text
    assert desk.orders == []


def test_what_the_desk_refuses_is_told() -> None:
    desk = FakeDesk(people=COLLEAGUES, refusal=Text("Người này đã được mời.", "They are invited already."))
    refused = post(browser(desk), FORM, FORM, address="x@tinh.test")
    assert refused.status_code == 409
    assert "Người này đã được mời." in refused.text


@pytest.mark.parametrize("closed", ["cancelled", "deputy"])
def test_who_may_not_send_anybody_gets_no_form(closed: str) -> None:
    view = (
        personal_view(replace(MEETING, status="CANCELLED"))
        if closed == "cancelled"
        else personal_view(attendee=replace(ATTENDEE, delegated_from=1))
    )
    answer = browser(FakeDesk(view)).get(FORM)
    assert answer.status_code == 409
    assert 'method="post"' not in answer.text


@dataclass
class WithoutDirectory(FakeDesk):
    async def colleagues(self, public_id: str, serial: int, words: str) -> tuple[Guest, ...]:
        raise Unreachable(Text("ldap.noi-bo.test không trả lời", "ldap.noi-bo.test does not answer"))


def test_without_the_directory_an_address_can_still_be_written() -> None:
    desk = WithoutDirectory()
    client = browser(desk)
    text = client.get(FORM).text
    assert "Danh bạ tạm thời không tra được" in text
    assert "noi-bo" not in text
    post(client, FORM, FORM, address="cuongnv.sxd@tinh.test")
    assert desk.orders == [("propose_deputy", ID, "cuongnv.sxd@tinh.test", "")]
