"""The form as a table: every key typed, every problem told with its key, nothing dangerous let through."""

from __future__ import annotations

import json
import tomllib
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import Problem
from meetings.form.reading import KEYS, read_form
from meetings.form.values import FormReading
from meetings.meeting import Contact, Meeting, Paper, Place
from tests.support.meeting_forms import GOOD, ZONE, at, form, shown


def problem_of(reading: FormReading, column: str) -> Problem:
    found = [problem for problem in reading.problems if problem.column == column]
    assert found, shown(reading.problems)
    return found[0]


def columns(reading: FormReading) -> list[str]:
    return [problem.column for problem in reading.problems]


def test_a_good_form_is_read_without_a_problem() -> None:
    reading = read_form(GOOD)
    assert reading.problems == ()
    values = reading.values
    assert values.given == {*GOOD, "end"}, "the range of `start` gives the end"
    assert (values.start, values.end) == (at(1, 7, 30), at(1, 9))
    assert values.places == (Place("Hội trường UBND tỉnh"),)
    assert values.contact == Contact("Lê Thị Lan", "0255 3822 000")


TOML = """
number = "  Số: 15/GM-UBND "
summary = "Họp   giao ban"
chair = "Ông Trần Văn Hùng, Phó Chủ tịch <HUNG.ubnd@tinh.test>"
start = 2026-12-01T13:30:00
end = 17:00:00
answer_by = 2026-11-27
content = \"\"\"
1. Đánh giá.\t


2. Nhiệm vụ.
\"\"\"
required = ["sxd", "Nguyễn An <an@ngoai.test>"]
full_list = true
urgency = "Hoả tốc"
papers = [{title = "Báo cáo", url = "https://tailieu.tinh.test/bc.pdf"}]
contact = {name = "Lê Thị Lan", telephone = "0255 3822 000", address = "LAN@tinh.test"}

[[places]]
name = "Hội trường"
for = ["sxd"]

[[places]]
name = "Điểm cầu"
groups = "stc, x.an"
url = "https://hop.tinh.test/giao-ban"
sip = "9001@mcu.tinh.test"
h323 = "10.1.2.3##9001"
tel = "+84 255 3822 001"
pin = "0123"
"""


def test_a_toml_file_and_its_json_say_the_same() -> None:
    fields = tomllib.loads(TOML)
    as_json = json.loads(json.dumps(fields, default=lambda value: value.isoformat()))
    reading = read_form(fields)
    assert reading.problems == (), shown(reading.problems)
    assert read_form(as_json) == reading
    values = reading.values
    assert values.summary == "Họp giao ban"
    assert values.content == "1. Đánh giá.\n\n2. Nhiệm vụ."
    assert values.chair_name == "Ông Trần Văn Hùng, Phó Chủ tịch"
    assert (values.start, values.end) == (at(1, 13, 30), at(1, 17))
    assert values.answer_by == datetime(2026, 11, 27, 17, tzinfo=ZONE), "a day alone ends with its office hours"
    assert values.urgency == "hỏa tốc"
    assert values.papers == (Paper("Báo cáo", "https://tailieu.tinh.test/bc.pdf"),)
    assert values.contact == Contact("Lê Thị Lan", "0255 3822 000", "lan@tinh.test")
    assert values.places == (
        Place("Hội trường", ("sxd",)),
        Place(
            "Điểm cầu",
            ("stc", "x.an"),
            "https://hop.tinh.test/giao-ban",
            "sip:9001@mcu.tinh.test",
            "10.1.2.3##9001",
            "+84 255 3822 001",
            "0123",
        ),
    )


def test_a_contact_says_what_is_neither_telephone_nor_address() -> None:
    reading = read_form({"contact": "Lê Thị Lan, Phó phòng; 0255 3822 000; khong-phai-thu"})
    (problem,) = reading.problems
    assert (problem.column, problem.value, problem.stops) == ("contact", "khong-phai-thu", True)
    assert reading.values.contact.name == "Lê Thị Lan, Phó phòng"
    for contact in (
        "Lan, Phó phòng <lan@tinh.test>; 0255 3822 000",
        "0255 3822 000; Lan <lan@tinh.test>",
        "a@b.test; Lan",
    ):
        assert not read_form({"contact": contact}).problems


def test_places_papers_and_contact_may_be_single_texts() -> None:
    reading = read_form(
        {
            "places": ["Hội trường", "Điểm cầu;for=sxd,stc;sip=sip:9001@mcu.tinh.test;transport=tls;pin=12"],
            "papers": ["Báo cáo=https://tailieu.tinh.test/?a=b", "https://tailieu.tinh.test/ke-hoach.pdf"],
            "contact": "Lê Thị Lan, Phó phòng, ĐT: 0255 3822 000 <lan@tinh.test>",
        }
    )
    assert reading.problems == (), shown(reading.problems)
    assert reading.values.places[1] == Place(
        "Điểm cầu", ("sxd", "stc"), sip="sip:9001@mcu.tinh.test;transport=tls", pin="12"
    )
    assert reading.values.papers == (
        Paper("Báo cáo", "https://tailieu.tinh.test/?a=b"),
        Paper("ke-hoach.pdf", "https://tailieu.tinh.test/ke-hoach.pdf"),
    )
    assert reading.values.contact.address == "lan@tinh.test"
    assert reading.values.contact.name == "Lê Thị Lan, Phó phòng"


def test_an_unknown_key_names_the_nearest() -> None:
    problem = problem_of(read_form({"sumary": "x"}, "phieu.toml"), "sumary")
    assert problem.file == "phieu.toml"
    assert problem.hint is not None
    assert "summary" in problem.hint.vi
    inside = problem_of(read_form({"places": [{"name": "A", "ulr": "x"}]}), "places[1].ulr")
    assert inside.hint is not None
    assert "url" in inside.hint.vi


@pytest.mark.parametrize(
    ("key", "value", "column"),
    [
        ("summary", "Họp\r\nBcc: ai@khac.test", "summary"),
        ("summary", "Họp\nhai dòng", "summary"),
        ("summary", "Họp\x00", "summary"),
        ("summary", "Họp\u202etxet", "summary"),
        ("summary", "Họp\u200b", "summary"),
        ("summary", "Họp\u2028khác", "summary"),
        ("content", "một\rhai", "content"),
        ("content", "một\x07", "content"),
        ("number", "15/GM\r\n-UBND", "number"),
        ("chair", "A\n<a@tinh.test>", "chair"),
        ("required", ["A\r\n <a@tinh.test>"], "required"),
        ("optional", ["ok", "\x1b[31m"], "optional"),
        ("urgent_reason", "vì\nbão", "urgent_reason"),
        ("secretary", "a@tinh.test\r\nx", "secretary"),
        ("rrule", "FREQ=DAILY\r\nATTACH:x", "rrule"),
        ("start", "8h\r\n1/12/2026", "start"),
        ("places", [{"name": "A\r\nB"}], "places[1].name"),
        ("places", [{"name": "A", "url": "https://hop.tinh.test/\r\nx"}], "places[1].url"),
        ("places", [{"name": "A", "pin": "12\n34"}], "places[1].pin"),
        ("papers", [{"title": "A\nB", "url": "https://x.test/"}], "papers[1].title"),
        ("contact", {"name": "A\r\nB"}, "contact.name"),
        ("contact", "A\r\nB", "contact"),
    ],
)
def test_control_characters_are_errors_of_their_field(key: str, value: Any, column: str) -> None:
    reading = read_form(form(**{key: value}))
    problem = problem_of(reading, column)
    assert problem.stops
    assert problem.value.isprintable()
    assert key in reading.values.unread


def test_content_keeps_its_lines() -> None:
    reading = read_form({"content": "một\r\n\r\n\r\n  hai \n", "requirements": "\nba\n"})
    assert (reading.values.content, reading.values.requirements) == ("một\n\nhai", "ba")


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://hop.tinh.test/m?x=1#y", "https://hop.tinh.test/m?x=1#y"),
        ("https://hop.tinh.test/họp", "https://hop.tinh.test/h%E1%BB%8Dp"),
        ("http://hop.tinh.test/", ""),
        ("javascript:alert(1)", ""),
        ("https://an:mk@hop.tinh.test/", ""),
        ("https:///khong-co-may", ""),
        ("https://hop.tinh.test:0/", ""),
        ("https://hop.tinh.test:99999/", ""),
        ("https://hop.tinh.test/<x>", ""),
        ('https://hop.tinh.test/"x', ""),
        ("https://hop.tinh.test/a b", ""),
        ("ftp://hop.tinh.test/", ""),
        ("hop.tinh.test", ""),
        ("https://[::1/", ""),
    ],
)
def test_only_proper_https_is_a_link(url: str, good: str) -> None:
    reading = read_form({"places": [{"name": "A", "url": url}]})
    assert reading.values.places[0].url == good
    assert reading.stops == (not good)


@pytest.mark.parametrize(
    ("key", "value"),
    [("sip", "khong phai"), ("sip", "9001"), ("telephone", "gọi tôi"), ("h323", "a b"), ("pin", "12 é")],
)
def test_ways_into_a_room_that_are_none(key: str, value: str) -> None:
    assert columns(read_form({"places": [{"name": "A", key: value}]})) == [f"places[1].{key}"]


def test_a_pin_without_quotes_would_lose_its_zeros() -> None:
    assert columns(read_form({"places": [{"name": "A", "pin": 123}]})) == ["places[1].pin"]


def test_every_problem_is_told_at_once() -> None:
    reading = read_form(
        {
            "number": 5,
            "start": "14h thứ 2 ngày 01/12/2026",
            "end": "17h00",
            "timezone": "Hà Nội",
            "secret": "yes",
            "full_list": 1,
            "places": [{"url": "https://x.test/"}, 3],
            "papers": [{"title": "x"}],
            "required": "sxd",
            "optional": 7,
            "urgency": "gấp",
            "duration": "lâu",
            "secretary": "không phải@địa chỉ",
            "answer_by": "hôm nào đó",
            "contact": 5,
        }
    )
    assert set(columns(reading)) == {
        "number",
        "start",
        "timezone",
        "secret",
        "full_list",
        "places[1].name",
        "places[2]",
        "papers[1].url",
        "optional",
        "urgency",
        "duration",
        "secretary",
        "answer_by",
        "contact",
    }
    assert reading.values.required == ("sxd",)
    assert "end" in reading.values.unread, "its day is that of a start that cannot be read: not told a second time"


def test_lengths_have_limits() -> None:
    reading = read_form(
        {"summary": "a" * 501, "content": "b" * 20_001, "required": ["x@y.test"] * 10_001, "places": ["P"] * 501}
    )
    assert sorted(columns(reading)) == ["content", "places", "required", "summary"]
    assert len(problem_of(reading, "summary").value) <= 200


def test_two_ends_that_differ_are_a_problem() -> None:
    assert columns(read_form({"start": "7h30 - 9h, 1/12/2026", "end": "10h00"})) == ["end"]
    assert columns(read_form({"start": "7h30 - 9h, 1/12/2026", "end": "9h00"})) == []
    assert columns(read_form({"start": "7h30, 1/12/2026", "end": "9h - 10h"})) == ["end"]


def test_an_hour_alone_is_of_the_day_of_what_is_changed() -> None:
    before = Meeting("u@tinh.test", "Họp", at(1, 7, 30), at(1, 9))
    values = read_form({"start": "14h00"}, before=before).values
    assert values.start == at(1, 14)
    assert read_form({"end": time(11)}, before=before).values.end == at(1, 11)
    assert columns(read_form({"start": "14h00"})) == ["start"]


def test_times_of_toml_and_of_other_zones() -> None:
    values = read_form({"start": datetime(2026, 12, 1, 8, tzinfo=ZONE), "duration": "90 phút"}).values
    assert (values.start, values.duration) == (at(1, 8), timedelta(minutes=90))
    values = read_form({"timezone": "UTC", "start": "2026-12-01T01:00:00"}).values
    assert values.start == at(1, 8)
    assert columns(read_form({"start": date(2026, 12, 1)})) == ["start"]


def test_keys_may_be_emptied() -> None:
    reading = read_form({"rrule": "", "answer_by": "", "content": "", "secretary": "", "urgency": ""})
    assert reading.problems == ()
    assert reading.values.answer_by is None
    assert reading.values.has("answer_by")


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=8), _VALUES, max_size=8))
def test_whatever_the_table_holds_it_is_read_or_told(fields: dict[str, Any]) -> None:
    reading = read_form(fields)
    assert reading.values.unread <= set(KEYS)
    for problem in reading.problems:
        assert problem.column.partition(".")[0].partition("[")[0] in fields or problem.column in fields
        assert problem.value.isprintable()
