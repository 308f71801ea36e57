"""XLSX, XLS and ODS as offices send them, and the workbooks that must be refused before anything large is loaded."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from foundation.errors import InputError
from foundation.vietnamese import encode_tcvn3
from provisioner.roster import RosterSettings, read_roster
from provisioner.roster.xlsx_scan import _quick_facts
from tests.support.roster_files import (
    AGENCIES,
    HEADER,
    TODAY,
    read_path,
    said,
    stopping,
    write_ods,
    write_xls,
    write_xlsx,
)

Writer = Callable[[Path, list[list[Any]]], Path]
WRITERS: dict[str, Writer] = {"xlsx": write_xlsx, "xls": write_xls, "ods": write_ods}


@pytest.mark.parametrize("kind", WRITERS)
def test_every_format_reads_the_same(kind: str, tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["DANH SÁCH CÁN BỘ"],
        ["", "tính đến ngày 30/6/2026"],
        [],
        ["STT", "Mã CBCC", "Họ và tên", "Ngày sinh", "Mã đơn vị", "Chức vụ", "Điện thoại", "Ngày hiệu lực"],
        [1, "00012", "Nguyễn Văn An", 1980, "SXD", "Giám đốc", 912345678, date(2020, 1, 5)],
        [2, 123, encode_tcvn3("Lê Thị Bích Hường"), date(1981, 2, 3), "SNV", encode_tcvn3("Kế toán"), "", 43835],
        ["", "", "", "", "", "", "", ""],
    ]
    roster = read_path(WRITERS[kind](tmp_path / f"roster.{kind}", rows))
    assert stopping(roster) == []
    assert [(one.employee_id, one.name.full, one.title, one.phone) for one in roster.people] == [
        ("00012", "Nguyễn Văn An", "Giám đốc", "0912345678"),
        ("123", "Lê Thị Bích Hường", "Kế toán", ""),
    ]
    assert [one.effective_on for one in roster.people] == [date(2020, 1, 5)] * 2
    assert [one.row for one in roster.people] == [5, 6]
    assert roster.as_of == date(2026, 6, 30)


@pytest.mark.parametrize("kind", WRITERS)
def test_the_name_of_a_file_does_not_matter(kind: str, tmp_path: Path) -> None:
    path = WRITERS[kind](tmp_path / f"roster.{kind}", [HEADER, ["1", "Lê An", "SXD", ""]])
    path.rename(tmp_path / "roster.csv")
    assert len(read_path(tmp_path / "roster.csv").people) == 1


def test_a_table_may_begin_anywhere_in_the_sheet(tmp_path: Path) -> None:
    rows = [[], [], ["", "", *HEADER], ["", "", "1", "Lê An", "SXDD", ""]]
    roster = read_path(write_xlsx(tmp_path / "roster.xlsx", rows))
    assert said(stopping(roster)) == [("error", 4, "Mã đơn vị", "no agency has this code")]


def test_merged_headers_and_ids(tmp_path: Path) -> None:
    rows = [
        ["Mã CBCC", "Họ và tên", "", "", "Đơn vị", "", "Hình thức"],
        ["", "Họ", "Đệm", "Tên", "Mã", "Tên", ""],
        ["1", "Lê", "Thị", "An", "SXD", "Sở Xây dựng", "Chính"],
        ["", "", "", "", "SNV", "Sở Nội vụ", "Kiêm nhiệm"],
        ["2", "Võ", "", "Ý", "SNV", "Sở Nội vụ", "Chính"],
    ]
    merges = ["A1:A2", "B1:D1", "E1:F1", "G1:G2", "A3:A4", "B3:B4", "C3:C4", "D3:D4"]
    roster = read_path(write_xlsx(tmp_path / "roster.xlsx", rows, merges))
    assert roster.problems == []
    assert [post.agency for post in roster.people[0].posts] == ["SXD", "SNV"]
    assert [one.name.full for one in roster.people] == ["Lê Thị An", "Võ Ý"]


def test_a_name_merged_over_two_columns(tmp_path: Path) -> None:
    rows = [["Mã CBCC", "Họ và tên", "", "Mã đơn vị"], ["1", "Lê Thị", "An", "SXD"], ["2", "Võ", "Ý", "SXD"]]
    roster = read_path(write_xlsx(tmp_path / "roster.xlsx", rows, ["B1:C1"]))
    assert [(one.name.middle, one.name.given) for one in roster.people] == [("Thị", "An"), ("", "Ý")]


def ods_with_merge(path: Path) -> Path:
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import CoveredTableCell, Table, TableCell, TableRow
    from odf.text import P

    document = OpenDocumentSpreadsheet()
    table = Table(name="DS")
    document.spreadsheet.addElement(table)
    for number, row in enumerate(
        [HEADER, ["1", "Lê An", "SXD", "A"], [None, None, "SNV", "B"], ["2", "Võ Ý", "SNV", "#"]]
    ):
        line = TableRow()
        for column, text in enumerate(row):
            if text is None:
                line.addElement(CoveredTableCell())
                continue
            span = {"numberrowsspanned": 2, "numbercolumnsspanned": 1} if number == 1 and column < 2 else {}
            cell = TableCell(valuetype="string", **span)
            cell.addElement(P(text=text))
            line.addElement(cell)
        table.addElement(line)
    blank = TableRow(numberrowsrepeated=1_048_000)
    blank.addElement(TableCell(numbercolumnsrepeated=16_000))
    table.addElement(blank)
    document.save(str(path))
    return path


def test_ods_merges_are_filled_and_its_million_blank_rows_cost_nothing(tmp_path: Path) -> None:
    roster = read_path(ods_with_merge(tmp_path / "roster.ods"))
    assert [post.agency for post in roster.people[0].posts] == ["SXD", "SNV"]
    assert [one.employee_id for one in roster.people] == ["1", "2"]


def rewritten(path: Path, part: str, change: Callable[[bytes], bytes]) -> Path:
    """The workbook with one of its parts changed."""
    content = path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return path


SHEET = "xl/worksheets/sheet1.xml"


def with_cell(cell: bytes) -> Callable[[bytes], bytes]:
    """Put other XML in the place of cell D2."""

    def change(xml: bytes) -> bytes:
        changed, count = re.subn(rb'<c r="D2".*?</c>', cell, xml)
        assert count == 1
        return changed

    return change


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (b'<c r="D2"><f>A1</f></c>', "a formula that was never calculated"),
        (b'<c r="D2"><f>A1</f><v></v></c>', "a formula that was never calculated"),
        (b'<c r="D2"><f>A1</f><v/></c>', "a formula that was never calculated"),
        (b'<c r="D2" t="e"><v>#REF!</v></c>', "an error value of the sheet"),
        (b'<c t="e" r="D2"><f>1/0</f><v>#DIV/0!</v></c>', "an error value of the sheet"),
        (b"<c t='e' r='D2'><v>#N/A</v></c>", "an error value of the sheet"),
    ],
)
def test_formulas_without_a_value_and_error_cells_are_errors(cell: bytes, message: str, tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "roster.xlsx", [HEADER, ["1", "Lê An", "SXD", "x"], ["2", "Võ Ý", "SXD", ""]])
    roster = read_path(rewritten(path, SHEET, with_cell(cell)))
    assert said(roster.problems) == [("error", 2, "Chức vụ", message)]
    assert len(roster.people) == 2


@pytest.mark.parametrize(
    "cell", [b'<c r="D2" t="str"><f>IF(1,"","")</f><v></v></c>', b'<c r="D2"><f>1+1</f><v>2</v></c>']
)
def test_formulas_with_a_value_are_values(cell: bytes, tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "roster.xlsx", [HEADER, ["1", "Lê An", "SXD", "x"]])
    assert read_path(rewritten(path, SHEET, with_cell(cell))).problems == []


def test_prefixed_names_and_cells_without_references_are_read(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "roster.xlsx", [HEADER, ["1", "Lê An", "SXD", "x"]])
    rewritten(path, SHEET, lambda xml: re.sub(rb'(<c) r="[A-Z]+\d+"', rb"\1", xml))
    assert [one.employee_id for one in read_path(path).people] == ["1"]


@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_error_cells_of_the_other_formats(kind: str, tmp_path: Path) -> None:
    path = WRITERS[kind](tmp_path / f"roster.{kind}", [HEADER, ["1", "Lê An", "SXD", "x"]])
    if kind == "xls":
        import xlwt

        workbook = xlwt.Workbook()
        page = workbook.add_sheet("DS")
        for row, cells in enumerate([HEADER, ["1", "Lê An", "SXD"]]):
            for column, text in enumerate(cells):
                page.write(row, column, text)
        page.row(1).set_cell_error(3, 42)
        workbook.save(str(path))
    else:
        error = b'office:value-type="string" calcext:value-type="error" xmlns:calcext="urn:x"><text:p>#N/A</text:p>'
        old = re.compile(rb'office:value-type="string"><text:p>x</text:p>')
        rewritten(path, "content.xml", lambda xml: old.sub(error, xml))
    assert said(read_path(path).problems) == [("error", 2, "Chức vụ", "an error value of the sheet")]


def two_sheets(path: Path, second: list[list[str]], *, hidden: bool = False) -> Path:
    import xlsxwriter

    with xlsxwriter.Workbook(str(path)) as workbook:
        for name, rows in (("Tháng 6", [HEADER, ["1", "Lê An", "SXD", ""]]), ("Tháng 7", second)):
            page = workbook.add_worksheet(name)
            for number, row in enumerate(rows):
                page.write_row(number, 0, row)
        if hidden:
            page.hide()
    return path


def test_two_rosters_in_one_workbook_are_refused_until_one_is_named(tmp_path: Path) -> None:
    path = two_sheets(tmp_path / "roster.xlsx", [HEADER, ["2", "Võ Ý", "SXD", ""]])
    with pytest.raises(InputError, match="several sheets look like the list: Tháng 6, Tháng 7"):
        read_path(path)
    assert [one.employee_id for one in read_path(path, RosterSettings(sheet="Tháng 7")).people] == ["2"]
    with pytest.raises(InputError, match="there is no sheet Tháng 8; it has: Tháng 6, Tháng 7"):
        read_path(path, RosterSettings(sheet="Tháng 8"))


def test_other_sheets_do_not_disturb(tmp_path: Path) -> None:
    path = two_sheets(tmp_path / "roster.xlsx", [["Mã đơn vị", "Tên đơn vị"], ["SXD", "Sở Xây dựng"]])
    assert len(read_path(path).people) == 1
    path = two_sheets(tmp_path / "roster.xlsx", [HEADER, ["2", "Võ Ý", "SXD", ""]], hidden=True)
    assert [one.employee_id for one in read_path(path).people] == ["1"]


def refused(path: Path) -> str:
    with pytest.raises(InputError) as error:
        read_roster(path, RosterSettings(), AGENCIES, TODAY)
    return error.value.message.en


def small(tmp_path: Path) -> Path:
    return write_xlsx(tmp_path / "roster.xlsx", [HEADER, ["1", "Lê An", "SXD", "x"]])


def test_a_zip_bomb_ends_before_it_is_unzipped(tmp_path: Path) -> None:
    path = rewritten(small(tmp_path), SHEET, lambda xml: xml + b" " * 50_000_000)
    assert "zip bomb" in refused(path)


def test_a_bomb_that_lies_about_its_size_ends_too(tmp_path: Path) -> None:
    path = rewritten(small(tmp_path), SHEET, lambda xml: xml + b" " * 50_000_000)
    content = path.read_bytes()
    size = struct.pack("<I", 50_000_000 + len(zipfile.ZipFile(small(tmp_path)).read(SHEET)))
    assert size in content
    path.write_bytes(content.replace(size, struct.pack("<I", 1000)))
    assert refused(path)


def test_far_apart_cells_do_not_fill_the_memory(tmp_path: Path) -> None:
    path = rewritten(small(tmp_path), SHEET, with_cell(b'<c r="D2"><v>1</v></c><c r="XFD2"><v>1</v></c>'))
    assert "too large" in refused(path)
    far = b'<c r="D2"><v>1</v></c></row><row r="1048576"><c r="ZZ1048576"><v>1</v></c>'
    assert "too large" in refused(rewritten(small(tmp_path), SHEET, with_cell(far)))
    styled = b'<c r="D2"><v>1</v></c><c r="XFD2" s="1"/></row><row r="1048576" ht="12"><c r="A1048576" s="1"/>'
    assert len(read_path(rewritten(small(tmp_path), SHEET, with_cell(styled))).people) == 1


def test_repeated_cells_of_ods_do_not_fill_the_memory(tmp_path: Path) -> None:
    path = write_ods(tmp_path / "roster.ods", [HEADER, ["1", "Lê An", "SXD", "x"]])
    many = b'table:number-columns-repeated="16000" office:value-type="string"><text:p>x</text:p>'
    rewritten(path, "content.xml", lambda xml: xml.replace(b'office:value-type="string"><text:p>x</text:p>', many))
    assert "too large" in refused(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda xml: b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + xml.partition(b"?>")[2], "broken workbook"),
        (lambda xml: xml[: len(xml) // 2], "broken workbook"),
        (lambda xml: b"<a>" * 300 + b"</a>" * 300, "broken workbook"),
    ],
)
def test_hostile_xml_is_refused(change: Callable[[bytes], bytes], message: str, tmp_path: Path) -> None:
    # a formula makes the scan look at the sheet element by element
    path = rewritten(small(tmp_path), SHEET, with_cell(b'<c r="D2"><f>1+1</f><v>2</v></c>'))
    assert message in refused(rewritten(path, SHEET, change))


def test_workbooks_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "roster.xlsx"
    path.write_bytes(small(tmp_path).read_bytes()[:500])
    assert "broken workbook" in refused(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    assert "neither XLSX nor ODS" in refused(path)
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(1001):
            archive.writestr(f"{number}.xml", "")
    assert "zip bomb" in refused(path)
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 2000)
    assert "broken workbook" in refused(path)


def test_a_password_is_named(tmp_path: Path) -> None:
    path = small(tmp_path)
    content = bytearray(path.read_bytes())
    at = content.find(b"PK\x01\x02")
    content[at + 8] |= 1
    path.write_bytes(bytes(content))
    assert "password" in refused(path)
    # an encrypted XLSX is a compound file that holds "EncryptedPackage"
    from tests.support.compound_file import compound_file

    path.write_bytes(compound_file({"EncryptedPackage": b"x" * 5000}))
    assert "password" in refused(path)


@pytest.mark.parametrize("size", [600, 601, 777, 4096, 100_000])
def test_a_plain_sheet_needs_no_slow_look_wherever_it_is_cut(size: int, tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "roster.xlsx", [HEADER, *([str(number), "Lê An", "SXD", 1.5] for number in range(200))]
    )
    xml = zipfile.ZipFile(path).read(SHEET)
    quick = _quick_facts(xml[at : at + size] for at in range(0, len(xml), size))
    assert quick is not None
    assert (quick.last_row, quick.last_column) == (200, 3)
