"""Headers: Vietnamese and English, one row or two, under title lines, and what may be wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from foundation.errors import ConfigError
from provisioner.roster import RosterSettings
from provisioner.roster.columns import Vocabulary, find_header
from provisioner.roster.words import AGENCY_HEADERS, ROSTER_HEADERS
from tests.support.roster_files import read_rows, said, stopping

WORDS = Vocabulary(ROSTER_HEADERS)


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Mã CBCC", "employee_id"), ("MÃ CÁN BỘ", "employee_id"), ("mã nhân viên", "employee_id"),
        ("Số hiệu\nCBCC", "employee_id"), ("Employee ID", "employee_id"), ("Họ và tên", "full_name"),
        ("HỌ TÊN", "full_name"), ("Full  name", "full_name"), ("Họ", "family"), ("Đệm", "middle"),
        ("Chữ đệm", "middle"),
        ("Tên đệm", "middle"), ("Tên", "given"), ("Họ đệm", "family_middle"), ("Họ và đệm", "family_middle"),
        ("Ngày sinh", "birth"), ("Ngày, tháng, năm sinh", "birth"), ("Giới tính", "sex"), ("Dân tộc", "ethnic_group"),
        ("Mã đơn vị", "agency_code"), ("Đơn vị", "agency_name"), ("Tên đơn vị (*)", "agency_name"),
        ("Chức vụ", "title"),
        ("Chức danh", "title"), ("Ngạch/bậc", "rank"), ("Ngạch", "rank"), ("Bậc", "step"), ("Số điện thoại", "phone"),
        ("Di động", "phone"), ("Số quyết định", "decision"), ("Quyết định", "decision"),
        ("Ngày quyết định", "decision_date"), ("Ngày hiệu lực", "effective_on"), ("Ngày tuyển dụng", "hired_on"),
        ("Ngày vào ngành", "hired_on"), ("Trạng thái", "standing"), ("Tình trạng", "standing"),
        ("Hình thức", "post_kind"), ("Loại vị trí", "post_kind"), ("Ghi chú", "note"), ("STT", "ordinal"),
        ("Màu áo", None),
    ],
)  # fmt: skip
def test_headers_are_known_whatever_their_case_and_punctuation(header: str, field: str | None) -> None:
    assert WORDS.field_of(header) == field


@pytest.mark.parametrize("words", [ROSTER_HEADERS, AGENCY_HEADERS])
def test_no_header_names_two_fields(words: dict[str, tuple[str, ...]]) -> None:
    vocabulary = Vocabulary(words)
    for name, headers in words.items():
        assert {vocabulary.field_of(header) for header in headers} == {name}


def test_settings_come_before_the_built_in_words(tmp_path: Path) -> None:
    rows = [["Số thẻ", "Họ và tên", "Mã đơn vị", "Chức vụ", "Mã CBCC"], ["1", "Lê An", "SXD", "Kế toán", "x"]]
    settings = RosterSettings(columns={"SỐ THẺ": "employee_id", "Mã CBCC": "ignore"})
    roster = read_rows(tmp_path, rows, settings)
    assert roster.people[0].employee_id == "1"
    assert roster.problems == []


def test_settings_that_name_no_field_are_a_configuration_error() -> None:
    with pytest.raises(ConfigError) as refused:
        Vocabulary(ROSTER_HEADERS, {"Số thẻ": "employe_id"})
    assert refused.value.hint
    assert "employee_id" in refused.value.hint.en


def test_unknown_columns_are_warnings_and_doubled_ones_errors(tmp_path: Path) -> None:
    rows = [["Mã CBCC", "Họ và tên", "Mã đơn vị", "Màu áo", "Mã cán bộ"], ["1", "Lê An", "SXD", "đỏ", "2"]]
    assert said(read_rows(tmp_path, rows).problems) == [
        ("warning", 1, "Màu áo", "unknown column, ignored"),
        ("error", 1, "Mã cán bộ", "two columns for one field: Mã CBCC and Mã cán bộ"),
    ]


def test_two_header_rows_are_read_as_one(tmp_path: Path) -> None:
    rows = [
        ["DANH SÁCH CÁN BỘ", "", "", "", "", "", "", "", "", "", ""],
        ["STT", "Mã", "Họ và tên", "", "", "Quyết định", "", "Đơn vị", "", "Ngày sinh", ""],
        ["", "", "Họ", "Đệm", "Tên", "Số", "Ngày", "Mã", "Tên", "Nam", "Nữ"],
        ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)", "(8)", "(9)", "(10)", "(11)"],
        ["1", "A1", "Nguyễn", "Văn", "An", "12/QĐ-SNV", "05/01/2020", "SXD", "Sở Xây dựng", "1980", ""],
        ["2", "A2", "Trần", "Thị", "Bình", "13/QĐ-SNV", "05/01/2020", "SXD", "Sở Xây dựng", "", "02/03/1981"],
    ]
    roster = read_rows(tmp_path, rows)
    assert roster.problems == []
    assert roster.people[0].name.full == "Nguyễn Văn An"
    assert roster.people[0].decision == "12/QĐ-SNV ngày 05/01/2020"
    assert roster.columns["given"] == "Họ và tên / Tên"


@pytest.mark.parametrize(
    ("header", "cells", "parts"),
    [
        (["Họ và tên", ""], ["Nguyễn Văn", "An"], ("Nguyễn", "Văn", "An")),
        (["Họ và tên", "", ""], ["Nguyễn", "Văn", "An"], ("Nguyễn", "Văn", "An")),
        (["Họ đệm", "Tên"], ["Tôn Nữ Thị", "An"], ("Tôn Nữ", "Thị", "An")),
        (["Họ", "Tên"], ["Nguyễn Văn", "An"], ("Nguyễn", "Văn", "An")),
        (["Họ", "Tên"], ["Âu Dương", "An"], ("Âu Dương", "", "An")),
        (["Họ", "Đệm", "Tên"], ["Nguyễn", "", "An"], ("Nguyễn", "", "An")),
        (["Tên"], ["Nguyễn Văn An"], ("Nguyễn", "Văn", "An")),
    ],
)
def test_names_in_one_two_or_three_columns(
    header: list[str], cells: list[str], parts: tuple[str, str, str], tmp_path: Path
) -> None:
    roster = read_rows(tmp_path, [["Mã CBCC", *header, "Mã đơn vị"], ["1", *cells, "SXD"]])
    name = roster.people[0].name
    assert (name.family, name.middle, name.given) == parts
    assert name.full == " ".join(part for part in parts if part)
    assert stopping(roster) == []


def test_the_header_is_searched_in_the_first_thirty_rows_only() -> None:
    header = (31, ["Mã CBCC", "Họ và tên", "Mã đơn vị"])
    blank = [(number, [""]) for number in range(1, 31)]
    assert find_header([*blank[:29], (30, header[1])], WORDS) is not None
    assert find_header([*blank, header], WORDS) is None


def test_a_missing_name_column_lists_the_headers_found(tmp_path: Path) -> None:
    roster = read_rows(tmp_path, [["Mã CBCC", "Mã đơn vị", "Chức vụ"], ["1", "SXD", "Kế toán"]])
    assert said(roster.problems) == [("error", 1, "", "the column Họ và tên / Tên is missing")]
    assert roster.problems[0].value == "Mã CBCC, Mã đơn vị, Chức vụ"
    assert roster.people == []
