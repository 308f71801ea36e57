"""The form as flags: the same keys as the file, which they override."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from foundation.errors import InputError
from meetings.commands.form_flags import form_fields, source_of


def fields(**flags: Any) -> dict[str, Any]:
    return form_fields(None, flags)


def test_only_what_was_given_is_said() -> None:
    assert fields(summary="Họp", content=None, places=(), required=(), secret=False, full_list=True) == {
        "summary": "Họp",
        "full_list": True,
    }


def test_an_empty_flag_says_that_there_is_nothing() -> None:
    assert fields(content="", papers=("",)) == {"content": "", "papers": []}


def test_flags_win_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "hop.toml"
    path.write_text('summary = "cũ"\nchair = "chutich@tinh.test"\n', encoding="utf-8")
    assert form_fields(path, {"summary": "mới"}) == {"summary": "mới", "chair": "chutich@tinh.test"}
    assert source_of(path) == str(path)


def test_flags_of_the_command_itself_are_left_to_it() -> None:
    flags = {"summary": "Họp", "reason": "bão"}
    form_fields(None, flags)
    assert flags == {"reason": "bão"}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Phòng họp số 1, UBND tỉnh", "Phòng họp số 1, UBND tỉnh"),
        (
            "Điểm cầu Sở Xây dựng; for=sxd, stc ;url=https://hop.tinh.test/r?a=b;pin=0123",
            {
                "name": "Điểm cầu Sở Xây dựng",
                "for": ["sxd", "stc"],
                "url": "https://hop.tinh.test/r?a=b",
                "pin": "0123",
            },
        ),
        (
            "Phòng MCU;sip=sip:77@mcu.tinh.test;transport=tls;h323=h323:77@mcu.tinh.test",
            {
                "name": "Phòng MCU",
                "sip": "sip:77@mcu.tinh.test;transport=tls",
                "h323": "h323:77@mcu.tinh.test",
            },
        ),
    ],
)
def test_a_place_has_a_name_and_perhaps_more(text: str, place: Any) -> None:
    assert fields(places=(text,)) == {"places": [place]}


def test_what_is_no_part_of_a_place_is_told_all_at_once() -> None:
    with pytest.raises(InputError) as told:
        fields(places=("Phòng 1;phong=2", "Phòng 2;xyz"), papers=("không có địa chỉ",))
    assert [problem.value for problem in told.value.problems] == ["phong=2", "xyz", "không có địa chỉ"]
    assert told.value.exit_code == 65


@pytest.mark.parametrize(
    ("text", "paper"),
    [
        ("Báo cáo=https://tinh.test/a?b=c", {"title": "Báo cáo", "url": "https://tinh.test/a?b=c"}),
        ("Quý 4 = tốt=https://tinh.test/a", {"title": "Quý 4 = tốt", "url": "https://tinh.test/a"}),
        ("Phụ lục=ftp://tinh.test/a", {"title": "Phụ lục", "url": "ftp://tinh.test/a"}),
    ],
)
def test_a_paper_is_a_title_and_an_address(text: str, paper: dict[str, str]) -> None:
    assert fields(papers=(text,)) == {"papers": [paper]}


def test_a_contact_is_read_in_any_order() -> None:
    wanted = {"name": "Nguyễn Văn A", "telephone": "0233 3 123 456", "address": "a@tinh.test"}
    assert fields(contact="Nguyễn Văn A;0233 3 123 456;a@tinh.test") == {"contact": wanted}
    assert fields(contact="Nguyễn Văn A; a@tinh.test; 0233 3 123 456") == {"contact": wanted}
