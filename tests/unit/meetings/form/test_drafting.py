"""From form to draft: what must be there, what fits together, what a change keeps, what a secret meeting never says."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from foundation.workdays import WorkCalendar
from meetings.form.drafting import Draft
from meetings.form.values import Rules
from meetings.meeting import NEUTRAL_SUMMARY, Occurrence, Place
from tests.support.meeting_forms import CHAIR, GOOD, NOW, RULES, SXD, UID, ZONE, at, drafted, form

WEEKLY = "FREQ=WEEKLY;COUNT=5"


@pytest.fixture
def before() -> Draft:
    result = drafted(GOOD)
    assert result.draft is not None
    return result.draft


@pytest.fixture
def weekly() -> Draft:
    result = drafted(form(rrule=WEEKLY))
    assert result.draft is not None
    return result.draft


# -- what must be there ----------------------------------------------------------------------------------------------


def test_a_good_form_becomes_a_draft_without_a_word() -> None:
    result = drafted(GOOD)
    assert result.problems == ()
    meeting = result.meeting
    assert (meeting.uid, meeting.number, meeting.kind) == (UID, "15/GM-UBND", "Giấy mời")
    assert (meeting.chair, meeting.chair_name) == (CHAIR.address, "Trần Văn Hùng, Phó Chủ tịch")
    assert meeting.secretary == RULES.secretary


def test_an_empty_form_hears_everything_at_once() -> None:
    result = drafted({})
    assert result.errors() == ["chair", "places", "required", "start", "summary"]
    assert result.warnings() == ["contact", "content", "number", "requirements"]


@pytest.mark.parametrize("key", ["content", "requirements", "contact", "number"])
def test_some_contents_may_follow(key: str) -> None:
    result = drafted(form(key))
    assert (result.errors(), result.warnings()) == ([], [key])


def test_a_configured_room_stands_for_a_place() -> None:
    assert drafted(form("places")).errors() == ["places"]
    online = drafted(form("places"), rules=replace(RULES, has_room=True))
    assert (online.errors(), online.warnings()) == ([], ["places"])


def test_mistakes_of_time_rule_and_answers_are_told_together() -> None:
    wrong = form(rrule="FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3", answer_by="17h00 ngày 02/12/2026", sumary="x")
    assert drafted(wrong).errors() == ["answer_by", "rrule", "sumary"]
    start = "13h30, ngày 01/12/2026"
    for end in ({"end": "12h00"}, {"end": "hôm nào"}, {"duration": "lâu"}):
        assert drafted({**wrong, "start": start, **end}).errors() == ["answer_by", next(iter(end)), "rrule", "sumary"]
    for start in ("hôm nào", None):
        assert drafted({**form("start", rrule="FREQ=YEARLY"), **({"start": start} if start else {})}).errors() == [
            "rrule",
            "start",
        ]
    soon = drafted(form(start="8h00 - 9h00, ngày 17/11/2026", rrule="FREQ=YEARLY"))
    assert soon.errors() == ["rrule", "start"], "the working days too"


def test_a_change_of_a_series_keeps_its_rule_though_its_end_is_wrong() -> None:
    series = drafted(form(rrule="FREQ=WEEKLY;COUNT=4")).draft
    assert series is not None
    assert drafted({"end": "7h00"}, series).errors() == ["end"]


def test_who_comes_and_goes_has_no_place_in_a_new_form() -> None:
    result = drafted(form(add=["hanh.sxd@tinh.test"], remove=["stc"]))
    assert "add" in result.errors()
    assert "remove" in result.errors()
    assert drafted(form(add=[])).errors() == []


def test_the_reason_of_a_change_is_of_no_use_to_a_new_meeting(before: Draft) -> None:
    result = drafted(form(reason="Chủ tịch đi công tác"))
    assert (result.errors(), result.warnings()) == ([], ["reason"])
    changed = drafted({"requirements": "Mang theo báo cáo", "reason": "Bổ sung"}, before)
    assert (changed.warnings(), changed.draft and changed.draft.reason) == ([], "Bổ sung")
    assert drafted(form(places=["Hội trường A"], reason="Nội dung Tối Mật")).meeting.secret


def test_a_chair_alone_is_no_meeting() -> None:
    assert drafted(form("required")).errors() == ["required"]


def test_what_could_not_be_read_is_not_told_as_missing() -> None:
    result = drafted(form(summary="a\rb", start="hôm nào", chair=5, required=7, places=8))
    assert result.errors() == ["chair", "places", "required", "start", "summary"]
    assert result.draft is None


def test_our_own_addresses_cannot_be_invited(monkeypatch: pytest.MonkeyPatch) -> None:
    own = replace(SXD, address="hop+abc@tinh.test")
    monkeypatch.setitem(__import__("tests.support.meeting_forms", fromlist=["KNOWN"]).KNOWN, "sxd", (own,))
    assert drafted(GOOD).errors() == ["required"]


# -- number and kind -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "kind", "written", "named"),
    [
        ("15/GM-UBND", "GM", "15/GM-UBND", "Giấy mời"),
        ("Số: 7 / GM – UBND", "giấy mời", "07/GM-UBND", "Giấy mời"),
        ("36/TB-UBND", None, "36/TB-UBND", "Thông báo"),
        ("12/UBND-VX", None, "12/UBND-VX", "Công văn"),
        ("12/UBND-VX", "Công văn", "12/UBND-VX", "Công văn"),
        ("449/CV-BDH", "CV", "449/CV-BDH", "Công văn"),
    ],
)
def test_number_and_kind_agree(number: str, kind: str | None, written: str, named: str) -> None:
    result = drafted(form(number=number, **({"kind": kind} if kind else {})))
    assert (result.meeting.number, result.meeting.kind) == (written, named)


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"number": "15/GM-UBND", "kind": "Thông báo"}, "kind"),
        ({"number": "12/UBND-VX", "kind": "GM"}, "kind"),
        ({"kind": "Giấy gì đó"}, "kind"),
        ({"number": "mười lăm"}, "number"),
        ({"number": "15/GM-UBND và 16/GM-UBND"}, "number"),
        ({"number": "15/GM-UBNDTINHPHUTHOVANPHONGTONGHOP"}, "number"),
    ],
)
def test_number_and_kind_that_do_not_fit(changes: dict[str, Any], column: str) -> None:
    assert drafted(form(**changes)).errors() == [column]


@pytest.mark.parametrize("number", ["    /GM-UBND", "Số:      /GM-UBND", ""])
def test_a_draft_number_is_no_number(number: str) -> None:
    result = drafted(form(number=number))
    assert result.meeting.number == ""
    assert result.warnings() == ["number"]


def test_a_notice_that_says_so_stands_for_the_letter() -> None:
    content = "Nội dung. Thông báo này thay cho giấy mời."
    assert drafted(form(number="36/TB-UBND", content=content)).meeting.replaces_letter
    assert drafted(form(number="36/TB-UBND", replaces_letter=True)).meeting.replaces_letter
    result = drafted(form(replaces_letter=True))
    assert not result.meeting.replaces_letter
    assert result.warnings() == ["replaces_letter"]


def test_a_number_given_later_must_fit_the_kind(before: Draft) -> None:
    assert drafted({"number": "20/GM-UBND"}, before).meeting.number == "20/GM-UBND"
    assert drafted({"kind": "TB"}, before).errors() == ["kind"]


# -- time ------------------------------------------------------------------------------------------------------------


def test_without_an_end_it_takes_two_hours() -> None:
    result = drafted(form(start="8h00 1/12/2026"))
    assert (result.meeting.end, result.warnings()) == (at(1, 10), ["end"])
    assert drafted(form(start="8h00 1/12/2026", duration="90 phút")).meeting.end == at(1, 9, 30)


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"start": "9h00 1/12/2026", "end": "8h00"}, "end"),
        ({"start": "9h00 1/12/2026", "end": "9h00"}, "end"),
        ({"start": "9h00 1/12/2026", "end": "9h00 1/2/2027"}, "end"),
        ({"start": "9h00 1/12/2026", "end": "11h00", "duration": "1h"}, "duration"),
        ({"start": "8h00 2/11/2026"}, "start"),
        ({"start": "8h30 16/11/2026"}, "start"),
        ({"start": "8h00 1/12/2035"}, "start"),
        ({"answer_by": "1/12/2026"}, "answer_by"),
        ({"answer_by": "1/11/2026"}, "answer_by"),
    ],
)
def test_times_that_cannot_be(changes: dict[str, Any], column: str) -> None:
    assert drafted(form(**changes)).errors() == [column]


@pytest.mark.parametrize(
    ("start", "enough"),
    [
        ("8h 17/11/2026", False),
        ("8h 18/11/2026", False),
        ("8h 19/11/2026", False),
        ("8h 20/11/2026", True),  # 17, 18 and 19 lie between
        ("8h 22/11/2026", True),
    ],
)
def test_three_working_days_lie_between(start: str, enough: bool) -> None:
    result = drafted(form(start=start, duration="2h"))
    assert result.errors() == ([] if enough else ["start"])


def test_weekends_holidays_and_make_up_days_count_as_they_are() -> None:
    friday = datetime(2026, 11, 27, 9, tzinfo=ZONE)
    assert drafted(form(start="8h 2/12/2026", duration="2h"), now=friday).errors() == ["start"]
    assert drafted(form(start="8h 3/12/2026", duration="2h"), now=friday).errors() == []
    own = WorkCalendar.of(extra_holidays=[at(1, 8).date()])
    assert drafted(form(start="8h 3/12/2026", duration="2h"), now=friday, rules=replace(RULES, calendar=own)).errors()
    made_up = WorkCalendar.of(makeup_days=[datetime(2026, 11, 28, tzinfo=ZONE).date()])
    rules = replace(RULES, calendar=made_up)
    assert drafted(form(start="8h 2/12/2026", duration="2h"), now=friday, rules=rules).errors() == []


def test_the_refusal_names_the_first_day_that_would_do() -> None:
    problem = drafted(form(start="8h 18/11/2026")).about("start")
    hint = drafted(form(start="8h 18/11/2026", duration="2h")).about("start").hint
    assert "chỉ còn 1 ngày" in problem.message.vi
    assert hint is not None
    assert "20/11/2026" in hint.vi


def test_the_refusal_names_the_days_that_do_not_count() -> None:
    friday = datetime(2026, 11, 27, 9, tzinfo=ZONE)
    told = drafted(form(start="8h 2/12/2026", duration="2h"), now=friday).about("start").message
    assert told.vi.endswith("(không tính ngày hôm nay và ngày họp: 27/11 và 02/12; ngày nghỉ: 28/11, 29/11)")
    assert told.en.endswith("(today and the day itself do not count: 27/11 and 02/12; days off: 28/11, 29/11)")


def test_an_urgent_meeting_gives_its_reason() -> None:
    result = drafted(form(start="14h 16/11/2026", duration="1h", urgent_reason="ứng phó bão số 12"))
    assert (result.errors(), result.meeting.urgency) == ([], "khẩn")
    result = drafted(form(start="14h 16/11/2026", duration="1h", urgent_reason="bão", urgency="hỏa tốc"))
    assert result.meeting.urgency == "hỏa tốc"
    assert drafted(form(start="14h 16/11/2026", duration="1h", urgency="khẩn")).errors() == ["start"]


def test_the_number_of_days_is_a_rule() -> None:
    assert drafted(form(start="8h 17/11/2026", duration="2h"), rules=Rules(working_days=0)).errors() == []


def test_days_and_hours_that_look_wrong_are_told() -> None:
    assert drafted(form(start="8h - 9h 5/12/2026")).warnings() == ["start"], "a Saturday"
    assert drafted(form(start="2h - 3h 2/12/2026")).warnings() == ["start"], "two in the night"


# -- series ----------------------------------------------------------------------------------------------------------


def test_a_series_is_kept_in_the_spelling_of_every_client(weekly: Draft) -> None:
    assert weekly.meeting.rrule == "FREQ=WEEKLY;COUNT=5;BYDAY=TU"


@pytest.mark.parametrize(
    "changes",
    [
        {"rrule": "FREQ=WEEKLY"},
        {"rrule": "FREQ=SECONDLY;COUNT=5"},
        {"rrule": "FREQ=DAILY;COUNT=1000000000"},
        {"rrule": "FREQ=DAILY;UNTIL=99991231"},
        {"rrule": "FREQ=DAILY;COUNT=5", "end": "8h00 3/12/2026", "start": "7h30 1/12/2026"},
        {"rrule": "FREQ=MONTHLY;COUNT=5", "start": "8h 31/12/2026", "duration": "1h"},
        {"rrule": "FREQ=YEARLY;COUNT=5", "start": "8h 29/2/2028", "duration": "1h"},
        {"rrule": "FREQ=WEEKLY;BYDAY=WE;COUNT=5"},
        {"rrule": "không phải"},
    ],
)
def test_series_that_cannot_be_are_told_with_a_way_out(changes: dict[str, Any]) -> None:
    result = drafted(form(**changes))
    assert result.errors() == ["rrule"]


def test_one_occurrence_is_changed_alone(weekly: Draft) -> None:
    result = drafted({"start": "14h00", "summary": "Họp mở rộng"}, weekly, instance="8/12/2026")
    assert result.problems == ()
    assert result.draft is not None
    assert result.draft.recurrence_id == at(8, 7, 30)
    meeting = result.meeting
    assert (meeting.start, meeting.end, meeting.rrule) == (at(8, 14), at(8, 15, 30), "")
    assert (meeting.summary, meeting.number) == ("Họp mở rộng", "15/GM-UBND")
    assert result.draft.guests == weekly.guests


def test_a_new_place_of_one_occurrence_keeps_the_only_way_in(weekly: Draft) -> None:
    room = Place("Phòng A", url="https://hop.tinh.test/7", pin="2468")
    series = replace(weekly, meeting=replace(weekly.meeting, places=(room, Place("Phòng B"))))
    result = drafted({"places": ["Phòng khác"]}, series, instance="8/12/2026")
    assert result.meeting.places == (replace(room, name="Phòng khác"),)
    assert "vẫn vào họp trực tuyến như Phòng A" in result.about("places").message.vi
    own = drafted({"places": [{"name": "C", "url": "https://hop.tinh.test/8"}]}, series, instance="8/12/2026")
    assert own.meeting.places == (Place("C", url="https://hop.tinh.test/8"),)
    two = replace(series.meeting, places=(room, Place("Phòng B", url="https://hop.tinh.test/9")))
    lost = drafted({"places": ["Phòng khác"]}, replace(series, meeting=two), instance="8/12/2026")
    assert not lost.meeting.places[0].can_be_entered
    assert "không còn đường vào" in lost.about("places").message.vi
    whole = drafted({"places": ["Phòng khác"]}, series)
    assert whole.meeting.places == (Place("Phòng khác"),)


def test_a_changed_occurrence_is_found_by_either_time_and_changed_again(weekly: Draft) -> None:
    moved = drafted({"start": "14h00"}, weekly, instance="8/12/2026").meeting
    overrides = (Occurrence(at(8, 7, 30), moved),)
    for text in ("8/12/2026", "7h30 8/12/2026", "14h00 8/12/2026", "2026-12-08T14:00"):
        result = drafted({"summary": "Khác"}, weekly, instance=text, overrides=overrides)
        assert result.meeting.start == at(8, 14)
        assert result.meeting.summary == "Khác"


def test_what_an_occurrence_cannot_have_for_itself(weekly: Draft) -> None:
    result = drafted(
        {"number": "20/GM-UBND", "chair": "hanh.sxd@tinh.test", "add": ["hanh.sxd@tinh.test"], "rrule": ""},
        weekly,
        instance="8/12/2026",
    )
    assert result.errors() == ["add", "chair", "number", "rrule"]


def test_an_occurrence_does_not_run_into_its_neighbour(weekly: Draft) -> None:
    assert drafted({"start": "8h00 15/12/2026"}, weekly, instance="8/12/2026").errors() == ["start"]
    cancelled = replace(weekly.meeting, start=at(15, 7, 30), end=at(15, 9), rrule="", status="CANCELLED")
    overrides = (Occurrence(at(15, 7, 30), cancelled),)
    result = drafted({"start": "8h00 15/12/2026"}, weekly, instance="8/12/2026", overrides=overrides)
    assert result.errors() == []


def test_marks_of_secrecy_in_one_occurrence_stop(weekly: Draft) -> None:
    assert "secret" in drafted({"content": "Độ mật: Mật"}, weekly, instance="8/12/2026").errors()


# -- a change --------------------------------------------------------------------------------------------------------


def test_what_is_absent_stays(before: Draft) -> None:
    result = drafted({"summary": "Họp giao ban mở rộng"}, before)
    assert result.problems == ()
    assert result.meeting == replace(before.meeting, summary="Họp giao ban mở rộng")


def test_a_moved_meeting_keeps_its_length(before: Draft) -> None:
    result = drafted({"start": "14h00"}, before)
    assert (result.meeting.start, result.meeting.end) == (at(1, 14), at(1, 15, 30))
    assert drafted({"end": "10h00"}, before).meeting.end == at(1, 10)
    assert drafted({"duration": "3h"}, before).meeting.end == at(1, 10, 30)


def test_a_new_day_needs_its_working_days_and_another_hall_does_not(before: Draft) -> None:
    late = at(30, 9, month=11)
    assert drafted({"start": "14h00"}, before, now=late).errors() == ["start"]
    assert drafted({"start": "14h00", "urgent_reason": "bão"}, before, now=late).errors() == []
    assert drafted({"places": ["Hội trường B"], "end": "10h00"}, before, now=late).errors() == []


def test_what_is_over_does_not_change(before: Draft, weekly: Draft) -> None:
    assert drafted({"summary": "x"}, before, now=at(2, 9)).errors() == [""]
    assert drafted({"summary": "x"}, weekly, now=at(2, 9)).errors() == []
    assert drafted({"summary": "x"}, weekly, now=at(30, 9)).errors() == [""]


def test_a_new_time_drops_a_day_to_answer_that_has_passed_and_says_so() -> None:
    first = drafted(form(answer_by="17h 27/11/2026")).draft
    late = datetime(2026, 11, 28, 8, tzinfo=ZONE)
    result = drafted({"start": "15h00 1/12/2026", "urgent_reason": "bão"}, first, now=late)
    assert (result.meeting.answer_by, result.warnings()) == (None, ["answer_by"])
    same = drafted({"summary": "Họp khác"}, first, now=late)
    assert (same.meeting.answer_by == first.meeting.answer_by, same.warnings()) == (True, [])


def test_an_old_day_to_answer_does_not_outlive_an_earlier_meeting() -> None:
    first = drafted(form(answer_by="17h 30/11/2026")).draft
    result = drafted({"start": "7h30 30/11/2026"}, first)
    assert (result.meeting.answer_by, result.warnings()) == (None, ["answer_by"])


def test_keys_are_emptied(before: Draft) -> None:
    assert drafted({"content": ""}, before).meeting.content == ""
    assert drafted({"summary": ""}, before).errors() == ["summary"]
    assert drafted({"places": []}, before).errors() == ["places"]
    assert drafted({"chair": ""}, before).errors() == ["chair"]


# -- places ----------------------------------------------------------------------------------------------------------


def test_groups_are_written_as_the_guests_have_them() -> None:
    places = ["Hội trường;for=hung.UBND@tinh.test", "Điểm cầu;for=sxd,agency:STC;url=https://hop.tinh.test/x"]
    meeting = drafted(form(places=places)).meeting
    assert [place.groups for place in meeting.places] == [("hung.ubnd@tinh.test",), ("SXD", "STC")]


def test_a_place_for_nobody_is_an_error_and_an_emptied_one_a_warning() -> None:
    places = ["Hội trường", "Điểm cầu;for=sxd"]
    assert drafted(form(required=["stc"], places=places)).errors() == ["places"]
    first = drafted(form(places=places)).draft
    result = drafted({"remove": ["sxd"]}, first)
    assert (result.errors(), result.warnings()) == ([], ["places"])


# -- secrecy ---------------------------------------------------------------------------------------------------------


def test_a_secret_meeting_says_nothing_of_itself() -> None:
    result = drafted(form(secret=True, full_list=True))
    meeting = result.meeting
    assert meeting.secret
    assert (meeting.summary, meeting.content, meeting.requirements) == (NEUTRAL_SUMMARY, "", "")
    assert not meeting.full_list
    assert result.warnings() == ["content", "requirements", "secret", "summary"]
    assert "vẫn được lưu" in result.about("secret").message.vi
    assert GOOD["summary"] not in repr(result.draft)
    assert GOOD["content"] not in repr(result.draft)


def test_what_may_be_a_mark_is_a_warning_until_somebody_says_that_they_have_looked() -> None:
    marked = form(summary="Họp về tài liệu MẬT quốc phòng", number="2/GM-UBND(M)")
    result = drafted(marked)
    assert {"number", "summary"} <= set(result.warnings())
    assert not result.meeting.secret
    assert "summary" not in drafted({**marked, "secret": False}).warnings()


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"papers": ["Báo cáo=https://x.test/"]}, "papers"),
        ({"places": ["A;url=https://hop.tinh.test/x"]}, "places[1].url"),
        ({"places": ["A", {"name": "B", "sip": "sip:b@mcu.tinh.test"}]}, "places[2].sip"),
        ({"places": ["A;h323=10.0.0.1##9"]}, "places[1].h323"),
        ({"places": ["A;telephone=0255 3822 000"]}, "places[1].telephone"),
        ({"places": ["A;pin=1234"]}, "places[1].pin"),
    ],
)
@pytest.mark.parametrize("why", [{"secret": True}, {"content": "Độ mật: Tối mật"}, {"summary": "[MẬT] Họp"}])
def test_a_secret_meeting_has_no_room_and_no_papers(changes: dict[str, Any], column: str, why: dict[str, Any]) -> None:
    assert drafted(form(**why, **changes)).errors() == [column]


def test_a_mark_makes_the_meeting_secret() -> None:
    result = drafted(form(content="TỐI MẬT\nphương án phòng thủ"))
    assert result.meeting.secret
    assert "phòng thủ" not in repr(result.draft)


def test_a_mark_cannot_be_talked_away() -> None:
    assert drafted(form(content="TỐI MẬT", secret=False)).errors() == ["content"]
    assert drafted(form(content="TỐI MẬT", secret=False, urgent_reason="x", full_list=True)).errors() == ["content"]


def test_a_secret_meeting_needs_a_real_place_and_somebody_to_ask() -> None:
    rules = replace(RULES, has_room=True, secretary="")
    assert drafted(form("places", "contact", secret=True), rules=rules).errors() == ["contact", "places"]


def test_an_ordinary_meeting_becomes_secret_and_loses_room_and_papers() -> None:
    first = drafted(form(places=["A;url=https://hop.tinh.test/x;pin=1"], papers=["B=https://x.test/"])).draft
    meeting = drafted({"secret": True}, first).meeting
    assert meeting.places == (Place("A"),)
    assert (meeting.papers, meeting.content, meeting.secret) == ((), "", True)
    assert drafted({"content": "Độ mật: Mật"}, first).meeting.secret


def test_a_secret_meeting_never_becomes_ordinary() -> None:
    secret = drafted(form(secret=True)).draft
    assert drafted({"secret": False}, secret).errors() == ["secret"]
    changed = drafted({"summary": "Họp thường", "content": "Nội dung"}, secret)
    assert changed.meeting.summary == NEUTRAL_SUMMARY
    assert drafted({"papers": ["B=https://x.test/"]}, secret).errors() == ["papers"]
    assert drafted({"places": ["A;url=https://hop.tinh.test/x"]}, secret).errors() == ["places[1].url"]


def test_ordinary_words_do_not_make_a_meeting_secret() -> None:
    content = "Tập huấn bảo mật thông tin, đổi mật khẩu; bảo vệ bí mật kinh doanh."
    assert not drafted(form(content=content)).meeting.secret


def test_problems_name_the_file() -> None:
    assert {problem.file for problem in drafted({"sumary": "x"}).problems} == {"phieu.toml"}
    assert drafted(GOOD, now=NOW).draft is not None
