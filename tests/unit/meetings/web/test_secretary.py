"""The secretary's page: who was reached, who comes, what waits for a decision, and each decision as a form."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from foundation.clock import microseconds
from foundation.language import Text
from meetings.meeting import Guest
from meetings.store.mail_values import Incoming
from meetings.store.values import CounterProposal, DeputyProposal
from meetings.store.view_values import Apart
from tests.support.meeting_pages import (
    LINKS,
    LIST,
    MEETING,
    START,
    FakeDesk,
    browser,
    line,
    path,
    post,
    secretary_view,
    series,
)


def test_the_list_says_who_comes_who_was_reached_and_whom_to_call() -> None:
    text = browser(FakeDesk()).get(LIST).text
    for said in (
        "Trần Thị Bình",
        "tham dự",
        "không dự",
        "Đi công tác",
        "không phát được",
        "550 5.1.1 no such user",
        'href="tel:0912345678"',
        "Tải danh sách (CSV)",
    ):
        assert said in text, said
    assert "<li><b>3</b>Tất cả</li>" in text
    assert "<li><b>1</b>Chưa nhận được</li>" in text
    assert text.count("<h1") == 1


def test_everything_that_waits_is_shown() -> None:
    text = browser(FakeDesk()).get(LIST).text
    assert "Nguyễn Văn Cường" in text
    assert "Bận họp Bộ" in text
    assert "người trả lời không có trong thành phần mời" in text
    assert "Đề xuất thời gian khác: Lê Đức" in text


@pytest.mark.parametrize(
    ("action", "decision", "order", "said"),
    [
        ("held", "yes", ("decide_held", 5, True), "accepted"),
        ("held", "no", ("decide_held", 5, False), "rejected"),
        ("counter", "yes", ("decide_counter", 5, True, ""), "moved"),
        ("counter", "no", ("decide_counter", 5, False, ""), "kept"),
        ("deputy", "yes", ("decide_deputy", 5, True, False), "consented"),
        ("deputy", "no", ("decide_deputy", 5, False, False), "refused"),
        ("resend", "", ("resend", 5), "resent"),
    ],
)
def test_a_decision_is_an_order(action: str, decision: str, order: tuple[object, ...], said: str) -> None:
    desk = FakeDesk()
    client = browser(desk)
    done = post(client, LIST, f"{LIST}/{action}", id="5", decision=decision)
    assert (done.status_code, done.headers["location"]) == (303, f"{LIST}?said={said}")
    assert desk.orders == [order]
    assert 'role="status"' in client.get(done.headers["location"]).text


@pytest.mark.parametrize(
    "fields",
    [{"id": "", "decision": "yes"}, {"id": "-1", "decision": "yes"}, {"id": "٣", "decision": "yes"},
     {"id": "9" * 30, "decision": "yes"}, {"id": "5", "decision": "perhaps"}, {"id": "5"}],
)  # fmt: skip
def test_what_is_no_decision_is_refused(fields: dict[str, str]) -> None:
    desk = FakeDesk()
    assert post(browser(desk), LIST, f"{LIST}/held", **fields).status_code == 400
    assert desk.orders == []


def test_there_are_no_other_orders() -> None:
    assert post(browser(FakeDesk()), LIST, f"{LIST}/delete", id="5", decision="yes").status_code == 404


def test_what_the_desk_refuses_is_told() -> None:
    desk = FakeDesk(refusal=Text("Đã được quyết định.", "It was decided."))
    refused = post(browser(desk), LIST, f"{LIST}/held", id="5", decision="yes")
    assert refused.status_code == 409
    assert "Đã được quyết định." in refused.text


def test_an_order_that_our_page_did_not_send_is_not_obeyed() -> None:
    desk = FakeDesk()
    refused = browser(desk).post(f"{LIST}/held", data={"id": "5", "decision": "yes"})
    assert refused.status_code == 403
    assert desk.orders == []


def names(text: str) -> list[str]:
    return [part.partition("<")[0] for part in text.split('<th scope="row">')[1:]]


def test_the_list_is_sorted_without_a_script() -> None:
    client = browser(FakeDesk())
    assert names(client.get(LIST).text) == ["Nguyễn Văn Ánh", "Trần Thị Bình", "Lê Đức"]
    assert names(client.get(f"{LIST}?sort=name&dir=desc").text) == ["Lê Đức", "Trần Thị Bình", "Nguyễn Văn Ánh"]
    assert names(client.get(f"{LIST}?sort=delivery").text)[0] == "Lê Đức"
    assert names(client.get(f"{LIST}?sort=answer").text)[0] == "Lê Đức"
    assert 'aria-sort="descending"' in client.get(f"{LIST}?sort=name&dir=desc").text


def test_the_list_is_filtered() -> None:
    client = browser(FakeDesk())
    assert names(client.get(f"{LIST}?show=unreached").text) == ["Lê Đức"]
    assert names(client.get(f"{LIST}?show=declined").text) == ["Nguyễn Văn Ánh"]
    assert names(client.get(f"{LIST}?show=joined").text) == ["Nguyễn Văn Ánh"]


@pytest.mark.parametrize("query", ["sort=<script>", "show=x", "page=0", "page=99999999999", "page=٣", "dir=up"])
def test_an_address_without_sense_means_the_whole_list(query: str) -> None:
    answer = browser(FakeDesk()).get(f"{LIST}?{query}")
    assert answer.status_code == 200
    assert len(names(answer.text)) == 3
    assert "<script" not in answer.text


def test_a_long_list_has_pages() -> None:
    people = tuple(line(number, f"Nguyễn Văn Số{number:04}") for number in range(450))
    client = browser(FakeDesk(sheet=secretary_view(*people)))
    assert len(names(client.get(LIST).text)) == 200
    assert names(client.get(f"{LIST}?page=3").text)[-1] == "Nguyễn Văn Số0449"
    assert names(client.get(f"{LIST}?page=77").text)[-1] == "Nguyễn Văn Số0449"
    assert "450 người, trang 3/3" in client.get(f"{LIST}?page=3").text


def test_the_list_comes_as_csv() -> None:
    answer = browser(FakeDesk()).get(f"{LIST}/danh-sach.csv?show=declined")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith('"Họ và tên","Chức vụ"')
    assert len(lines) == 2
    assert '"Nguyễn Văn Ánh"' in lines[1]


def test_a_series_is_shown() -> None:
    meeting, sittings = series()
    desk = FakeDesk(sheet=secretary_view(meeting=meeting, occurrences=sittings))
    client = browser(desk)
    text = client.get(LIST).text
    assert "hằng tuần" in text
    assert "Cả chuỗi họp" in text
    assert text.count("of=1") == 3, "a cancelled sitting is not looked at"
    client.get(f"{LIST}?of={sittings[1].recurrence_id}")
    assert desk.occurrence == sittings[1].recurrence_id


def test_a_time_at_short_notice_is_taken_over_with_its_reason() -> None:
    desk = FakeDesk()
    post(browser(desk), LIST, f"{LIST}/counter", id="21", decision="yes", urgent_reason="Họp khẩn")
    assert desk.orders == [("decide_counter", 21, True, "Họp khẩn")]


def test_a_deputy_of_another_agency_needs_a_word_more() -> None:
    deputy = Guest("x.stc@tinh.test", "Người khác", agency="stc")
    proposal = DeputyProposal(31, 3, 1, deputy, "", "mail", 1, "open")
    desk = FakeDesk(sheet=secretary_view(deputies=(proposal,)))
    assert 'name="other_agency"' in browser(desk).get(LIST).text
    post(browser(desk), LIST, f"{LIST}/deputy", id="31", decision="yes", other_agency="yes")
    assert desk.orders == [("decide_deputy", 31, True, True)]
    own = FakeDesk(sheet=secretary_view(deputies=(replace(proposal, deputy=replace(deputy, agency="sxd")),)))
    assert 'name="other_agency"' not in browser(own).get(LIST).text


def test_removed_people_stand_at_the_end_and_get_no_letter() -> None:
    people = (line(1, "Trần Thị Bình", removed=True), line(2, "Lê Đức"))
    text = browser(FakeDesk(sheet=secretary_view(*people))).get(LIST).text
    assert text.index("Lê Đức</th>" if "Lê Đức</th>" in text else "Lê Đức") < text.index("<del>Trần Thị Bình</del>")
    assert text.count(f"{LIST}/resend") == 1


def test_who_is_no_longer_invited_is_counted_apart() -> None:
    people = (line(1, "Trần Thị Bình", removed=True), line(2, "Lê Đức"))
    client = browser(FakeDesk(sheet=secretary_view(*people)))
    assert "<li><b>1</b>Tất cả</li>" in client.get(LIST).text
    assert "<caption>1 người, ngoài ra 1 người không còn trong thành phần mời</caption>" in client.get(LIST).text
    assert "<caption>1 people, and 1 no longer invited</caption>" in client.get(f"{LIST}?lang=en").text


def test_a_letter_on_its_way_is_not_one_that_did_not_arrive() -> None:
    people = (line(1, "A", delivery="queued"), line(2, "B", delivery="deferred"), line(3, "C", delivery="failed"))
    text = browser(FakeDesk(sheet=secretary_view(*people))).get(LIST).text
    assert "<li><b>1</b>Đang gửi</li>" in text
    assert "<li><b>2</b>Chưa nhận được</li>" in text


def test_why_a_letter_did_not_arrive_is_said_in_words_before_the_servers_own() -> None:
    said = "5.1.2 550 5.1.2 the domain khong.test does not exist"
    people = (line(1, "A", delivery="failed", delivery_text=said), line(2, "B", delivery="failed", delivery_text="xyz"))
    client = browser(FakeDesk(sheet=secretary_view(*people)))
    text = client.get(LIST).text
    assert f'không tìm thấy tên miền (phần sau dấu @) của địa chỉ này<br><span class="hint">{said}</span>' in text
    assert "the domain of this address (the part after @) does not exist" in client.get(f"{LIST}?lang=en").text
    assert text.count("xyz") == 1, "what nobody understands is said once"


def test_a_deputy_is_counted_once() -> None:
    sends = line(1, "A", partstat="DELEGATED", delegated_to="nguoi2.sxd@tinh.test")
    deputy = line(2, "B", delegated_from="nguoi1.sxd@tinh.test")
    client = browser(FakeDesk(sheet=secretary_view(sends, deputy)))
    text = client.get(LIST).text
    assert "<li><b>1</b>Cử người đi thay</li>" in text
    assert "<li><b>1</b>Chưa trả lời</li>" in text
    assert names(client.get(f"{LIST}?show=delegated").text) == ["A"]


def test_a_secret_meeting_shows_nothing_of_its_content() -> None:
    secret = replace(MEETING, secret=True, summary="Phương án đặc biệt", content="Chi tiết đặc biệt")
    text = browser(FakeDesk(sheet=secretary_view(meeting=secret))).get(LIST).text
    assert "đặc biệt" not in text
    assert "Phòng họp số 1" not in text


def test_a_link_that_holds_no_more_is_gone() -> None:
    gone = browser(FakeDesk()).get(path(LINKS.secretary("m" * 16, 1)))
    assert gone.status_code == 410
    assert "không còn giữ thông tin" in gone.text


def test_who_answered_one_sitting_otherwise_is_marked_in_the_list() -> None:
    meeting, sittings = series()
    away_once = line(1, "Lê Tiến Phong", partstat="ACCEPTED", apart=(Apart(sittings[1].recurrence_id, "DECLINED"),))
    view = secretary_view(away_once, meeting=meeting, occurrences=sittings)
    day = f"{meeting.start + timedelta(days=7):%d/%m}"
    assert f"trừ buổi {day}: không dự" in browser(FakeDesk(sheet=view)).get(LIST).text


def test_who_is_not_sure_yet_is_counted() -> None:
    view = secretary_view(line(1, "A", partstat="TENTATIVE"), line(2, "B"))
    text = browser(FakeDesk(sheet=view)).get(LIST).text
    assert "<li><b>1</b>Chưa chắc chắn</li>" in text


def test_a_held_mail_says_whose_answer_it_would_be() -> None:
    one = Incoming(
        11, "m1@x.test", "la@khac.test", "hop@tinh.test", "Re", microseconds(START), "held", "other_person", 3,
        partstat="DECLINED", attendee="chu.tich@tinh.test", attendee_name="Nguyễn Văn Chủ", invited=True,
        account="binh@tinh.test", trust="auth", named=("chu.tich@tinh.test",),
    )  # fmt: skip
    shown = browser(FakeDesk(sheet=secretary_view(held=(one,)))).get(LIST).text
    assert "Nguyễn Văn Chủ &lt;chu.tich@tinh.test&gt;</strong>: <strong>không dự" in shown
    assert "la@khac.test (đăng nhập: binh@tinh.test)" in shown


def test_as_what_an_unreadable_mail_counts_is_for_the_secretary_to_say() -> None:
    one = Incoming(
        11, "m1@x.test", "la@khac.test", "hop+k7q2m9x4c1d8v5zt@tinh.test", "Re: họp", microseconds(START), "held",
        "unreadable", 3, attendee="binh@tinh.test", attendee_name="Trần Thị Bình", invited=True, trust="token",
    )  # fmt: skip
    desk = FakeDesk(sheet=secretary_view(held=(one,)))
    client = browser(desk)
    shown = client.get(LIST).text
    assert "gửi tới địa chỉ trả lời riêng của <strong>Trần Thị Bình &lt;binh@tinh.test&gt;" in shown
    assert 'name="for" value="binh@tinh.test"' in shown
    assert "Chấp nhận</button>" not in shown
    done = post(client, LIST, f"{LIST}/held", id="11", decision="yes", **{"as": "declined", "for": " binh@tinh.test "})
    assert done.status_code == 303
    assert desk.orders == [("decide_held", 11, True, "DECLINED", "binh@tinh.test")]


def test_a_held_mail_is_downloaded_and_never_shown() -> None:
    client = browser(FakeDesk())
    (address,) = re.findall(r'href="([^"]*\.eml)"', client.get(LIST).text)
    mail = client.get(address)
    assert (mail.status_code, mail.headers["content-type"]) == (200, "application/octet-stream")
    assert mail.headers["content-disposition"] == 'attachment; filename="thu-11.eml"'
    assert mail.content.startswith(b"From: la@khac.test")
    assert client.get(address.replace("11.eml", "12.eml")).status_code == 404
    assert client.get(address.replace("11.eml", f"{10**30}.eml")).status_code == 404


def test_a_number_too_long_to_be_one_is_no_page_whoever_asks() -> None:
    """Python reads no number of more than 4300 digits."""
    client = browser(FakeDesk())
    for page in (path(LIST), "/s/x"):
        assert client.get(f"{page}/thu/{'9' * 5000}.eml").status_code == 404


def test_an_answer_from_elsewhere_says_from_where() -> None:
    people = (line(1, "Bình", partstat="ACCEPTED", answered_from="rieng@thu.example"),)
    shown = browser(FakeDesk(sheet=secretary_view(*people))).get(LIST).text
    assert "từ rieng@thu.example" in shown
    own = (line(1, "Bình", partstat="ACCEPTED", answered_from="nguoi1.sxd@tinh.test"),)
    assert "từ nguoi1" not in browser(FakeDesk(sheet=secretary_view(*own))).get(LIST).text


def test_accepting_says_whose_answer_changed() -> None:
    shown = browser(FakeDesk()).get(f"{LIST}?said=accepted&who=2").text
    assert "Đã tính là trả lời của Nguyễn Văn Ánh" in shown
    assert "Đã tính" not in browser(FakeDesk()).get(f"{LIST}?said=accepted&who=999").text


def test_a_time_proposed_for_a_moved_occurrence_names_the_hour_that_it_has_now() -> None:
    meeting, sittings = series()
    at = sittings[0].start_at
    proposal = CounterProposal(21, 1, sittings[1].recurrence_id, at + 10**11, at + 11**11, "", at, "open", "Lê Đức")
    view = secretary_view(meeting=meeting, occurrences=sittings, counters=(proposal,))
    text = browser(FakeDesk(sheet=view)).get(LIST).text
    assert "Buổi 15 giờ 00, " in text
    assert "Buổi 14 giờ 00, " not in text
