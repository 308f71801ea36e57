"""Dates, ids, phones and texts as cells hold them."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path

import pytest
import xlsxwriter

from provisioner.roster import RosterSettings
from provisioner.roster.dates import NotADate, parse_birth, parse_date
from provisioner.roster.employee_ids import BadId, parse_employee_id, with_lost_zeros
from provisioner.roster.phones import looks_like_phone, parse_phone
from provisioner.roster.texts import has_control, raw_text, tidy
from tests.support.roster_files import read_path, read_rows, said, stopping, with_header

FIFTH = date(2020, 1, 5)


@pytest.mark.parametrize(
    "cell",
    [
        "05/01/2020", "5/1/2020", "5-1-2020", "05.01.2020", " 05 / 01 / 2020 ", "05/01/2020 00:00:00", "2020-01-05",
        "2020/1/5", "2020-01-05T00:00:00", "ngày 05 tháng 01 năm 2020", "Ngày 5 tháng 1 năm 2020.",
        "05 tháng 01 năm 2020", "Đồng Xoài, ngày 05 tháng 01 năm 2020", "43835", 43835.0, 43835, FIFTH,
        datetime.fromisoformat("2020-01-05"), datetime.fromisoformat("2020-01-05T13:05"), "05/01/2020\xa0",
    ],
)  # fmt: skip
def test_one_day_in_every_style(cell: object) -> None:
    assert parse_date(cell) == FIFTH  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("31/02/2020", "no such day"),
        ("00/01/2020", "no such day"),
        ("12/25/2020", "month is above 12"),
        ("05/01/20", "two digits"),
        ("5-1-20", "two digits"),
        ("01/2020", "missing"),
        ("2020", "missing"),
        (1985.0, "missing"),
        ("05/01/1850", "not plausible"),
        ("05/01/2999", "not plausible"),
        ("999999", "not plausible"),
        ("20200105", "not a date"),
        ("hôm qua", "not a date"),
        ("05/01/2020 hoặc 06/01/2020", "not a date"),
        (True, "not a date"),
        (time(13, 5), "not a date"),
        (1e300, "not a date"),
        (float("nan"), "not a date"),
    ],
)
def test_what_is_no_date_is_told_why(cell: object, reason: str) -> None:
    with pytest.raises(NotADate, match=reason):
        parse_date(cell)  # type: ignore[arg-type]


def test_blank_cells_are_no_date() -> None:
    for blank in ("", "  ", "-", "…", "\xa0"):
        assert parse_date(blank) is None


def test_birth_may_be_a_year_alone_but_not_in_the_future() -> None:
    today = date(2026, 11, 22)
    for cell in ("1980", 1980.0, "năm 1980", "05/1980", "05/01/1980", "", date(1980, 1, 5)):
        parse_birth(cell, today)
    for cell in ("2027", "1850", "05/01/80", "Nam", "31/02/1980"):
        with pytest.raises(NotADate):
            parse_birth(cell, today)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("00123", "00123"), ("CB-01/2020", "CB-01/2020"), (123.0, "123"), (123, "123"), ("'00123", "00123"),
        ("  123 ", "123"), ("", ""), ("12E3", "12E3"), ("Mã 01", "Mã 01"), ("12e", "12e"),
    ],
)  # fmt: skip
def test_ids_are_text(cell: object, expected: str) -> None:
    assert parse_employee_id(cell) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("1,23E+11", "scientific"), ("1.23e+11", "scientific"), ("1E+11", "scientific"), (1.5, "fraction"),
        (1e15, "scientific"), (date(2020, 1, 5), "date"), ("x" * 65, "64"), ("12\u202e3", "control"), (True, "date"),
        (float("inf"), "fraction"),
    ],
)  # fmt: skip
def test_ids_that_lost_something_are_refused(cell: object, reason: str) -> None:
    with pytest.raises(BadId, match=reason):
        parse_employee_id(cell)  # type: ignore[arg-type]


def test_lost_zeros_are_asked_only_where_zeros_are_used() -> None:
    assert with_lost_zeros(["00001", "00002", "12345", "77"]) == {"77": "00077"}
    assert with_lost_zeros([str(number) for number in range(1, 1001)]) == {}
    assert with_lost_zeros(["CB1", "CB02"]) == {}
    assert with_lost_zeros([]) == {}


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("0912345678", "0912345678"), ("0912 345 678", "0912345678"), ("0912.345.678", "0912345678"),
        ("+84 912 345 678", "0912345678"), ("(+84) 0912345678", "0912345678"), ("0084912345678", "0912345678"),
        ("84912345678", "0912345678"), ("912345678", "0912345678"), ("024 3825 0000", "02438250000"),
        ("0262.385.1234 (máy lẻ 12)", "02623851234"), ("0912345678 / 0987654321", "0912345678"),
        ("091", None), ("không có", None), ("412345678", None), ("٠٩١٢٣٤٥٦٧٨", None),
    ],
)  # fmt: skip
def test_phones_take_the_national_form(cell: str, expected: str | None) -> None:
    assert parse_phone(cell) == expected


def test_a_plus_before_digits_is_a_phone_not_a_formula(tmp_path: Path) -> None:
    assert looks_like_phone("+84 912 345 678")
    assert not looks_like_phone("+SUM(A1)")
    header = ["Mã CBCC", "Họ và tên", "Mã đơn vị", "Điện thoại", "Ghi chú"]
    rows = [header, ["1", "Lê An", "SXD", "+84912345678", "- ghi chú"], ["2", "Lê An", "SXD", "=1+1", ""]]
    roster = read_rows(tmp_path, rows)
    assert roster.people[0].phone == "0912345678"
    assert said(stopping(roster)) == [("error", 3, "Điện thoại", "the cell begins like a formula ( = + - @ )")]


def test_a_phone_that_lost_its_zero_gets_it_back_and_a_bad_one_is_a_warning(tmp_path: Path) -> None:
    header = ["Mã CBCC", "Họ và tên", "Mã đơn vị", "Điện thoại"]
    roster = read_rows(tmp_path, [header, ["1", "Lê An", "SXD", "912345678"], ["2", "Lê An", "SXD", "12"]])
    assert [person.phone for person in roster.people] == ["0912345678", ""]
    assert said(roster.problems) == [("warning", 3, "Điện thoại", "cannot read the phone number, left empty")]


@pytest.mark.parametrize("sign", ["=1+1", "+1", "-2", "@SUM(A1)", '=HYPERLINK("http://example.test")'])
@pytest.mark.parametrize("column", range(4))
def test_formulas_in_csv_are_errors_in_every_used_column(sign: str, column: int, tmp_path: Path) -> None:
    row = ["1", "Lê An", "SXD", "Kế toán"]
    row[column] = sign
    roster = read_rows(tmp_path, with_header(row, ["2", "Võ Ý", "SXD", "-"]))
    assert ("error", 2, with_header()[0][column], "the cell begins like a formula ( = + - @ )") in said(roster.problems)


def test_lost_zeros_become_a_question_with_the_answer_in_the_hint(tmp_path: Path) -> None:
    rows = [[number, "Lê An", "SXD", ""] for number in ("00001", "00002", "00003", "17")]
    roster = read_rows(tmp_path, with_header(*rows))
    assert said(stopping(roster)) == [("question", 5, "Mã CBCC", "the id may have lost its leading zeros: 00017?")]
    assert "17, Mã CBCC" in str(stopping(roster)[0].hint)


def test_ids_that_differ_only_in_capitals_are_an_error(tmp_path: Path) -> None:
    roster = read_rows(tmp_path, with_header(["cb1", "Lê An", "SXD", ""], ["CB1", "Lê An", "SXD", ""]))
    assert said(stopping(roster)) == [("error", 3, "Mã CBCC", "two ids differ only in capitals: cb1")]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [(123.0, "123"), (12.5, "12.5"), (True, "TRUE"), (" a ", "a"), ("–", ""), (date(2020, 1, 5), "2020-01-05"),
     (datetime.fromisoformat("2020-01-05"), "2020-01-05"),
     (datetime.fromisoformat("2020-01-05T07"), "2020-01-05 07:00:00"),
     ("H\xc3\xa0", "H\xc3\xa0")],
)  # fmt: skip
def test_cells_as_text(cell: object, expected: str) -> None:
    assert raw_text(cell) == expected  # type: ignore[arg-type]


def test_tidy_text_is_composed_and_single_spaced() -> None:
    assert tidy("Nguye\u0302\u0303n\xa0\xa0Va\u0306n\nAn\ufeff ") == "Nguyễn Văn An"
    assert not has_control("Nguyễn ơ̆n")
    assert has_control("a\u202eb")
    assert has_control("a\x07b")


STATUSES = [
    ("Đang làm việc", "working"), ("ĐANG CÔNG TÁC", "working"), ("thai sản", "working"), ("Đi học", "working"),
    ("tập sự", "working"), ("", "working"), ("Tạm đình chỉ", "suspended"), ("nghỉ hưu", "left"), ("Thôi việc", "left"),
    ("Nghỉ việc", "left"), ("chuyển công tác", "left"), ("Buộc thôi việc", "left"), ("từ trần", "left"),
]  # fmt: skip


@pytest.mark.parametrize(("word", "standing"), STATUSES)
def test_built_in_statuses(word: str, standing: str, tmp_path: Path) -> None:
    header = ["Mã CBCC", "Họ và tên", "Mã đơn vị", "Trạng thái"]
    roster = read_rows(tmp_path, [header, ["1", "Lê An", "SXD", word]])
    assert roster.people[0].standing == standing
    assert roster.problems == []


def test_an_unknown_status_is_a_question_until_the_settings_answer_it(tmp_path: Path) -> None:
    rows = [["Mã CBCC", "Họ và tên", "Mã đơn vị", "Tình trạng"], ["1", "Lê An", "SXD", "Nghỉ"]]
    assert said(read_rows(tmp_path, rows).problems) == [("question", 2, "Tình trạng", "unknown status")]
    roster = read_rows(tmp_path, rows, RosterSettings(status={"nghỉ": "left", "Đang làm việc": "left"}))
    assert roster.people[0].standing == "left"
    assert roster.problems == []


def test_texts_beyond_reason_are_errors(tmp_path: Path) -> None:
    rows = [["1", "Lê An", "SXD", "x" * 501], ["2", "Lê An", "SXD", "x" * 40_000], ["3", "Lê An", "SXD", "a\u202eb"]]
    roster = read_rows(tmp_path, with_header(*rows))
    assert [problem.row for problem in stopping(roster)] == [2, 3, 4]
    assert "32767" in stopping(roster)[1].message.en


def test_what_is_stored_nowhere_is_only_worth_a_warning(tmp_path: Path) -> None:
    header = ["Mã CBCC", "Họ và tên", "Ngày sinh", "Giới tính", "Dân tộc", "Mã đơn vị"]
    rows = [
        ["1", "Lê An", "31/02/1980", "", "", "SXD"],
        ["2", "Võ Ý", "=A1", "=B1", "=C1", "SXD"],
        ["3", "Lý Hà", "", "", "Ki\u202enh", "SXD"],
    ]
    roster = read_rows(tmp_path, [header, *rows])
    assert len(roster.people) == 3
    assert {(problem.severity, problem.row, problem.column) for problem in roster.problems} == {
        ("warning", 2, "Ngày sinh"),
        ("warning", 3, "Ngày sinh"),
        ("warning", 3, "Dân tộc"),
        ("warning", 4, "Dân tộc"),
    }


def test_a_broken_cell_of_a_sheet_is_a_warning_where_nothing_is_stored(tmp_path: Path) -> None:
    path = tmp_path / "roster.xlsx"
    with xlsxwriter.Workbook(str(path)) as workbook:
        page = workbook.add_worksheet("DS")
        page.write_row(0, 0, ["Mã CBCC", "Họ và tên", "Ngày sinh", "Giới tính", "Mã đơn vị"])
        page.write_row(1, 0, ["1", "Lê An", "", "", "SXD"])
        page.write_formula(1, 2, "=NA()", None, "#N/A")
        page.write_formula(1, 3, "=NA()", None, "#N/A")
    roster = read_path(path)
    assert [person.employee_id for person in roster.people] == ["1"]
    assert said(roster.problems) == [("warning", 2, "Ngày sinh", "an error value of the sheet")]
