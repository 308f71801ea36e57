"""CSV as HR software writes it: encodings, separators, title rows, and the mistakes that end with a clear error."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from foundation.errors import InputError, UsageError
from foundation.vietnamese import encode_tcvn3, encode_vni
from provisioner.roster import RosterSettings, read_roster
from tests.support.roster_files import TODAY, read_bytes, read_rows, said, stopping, with_header

TEXT = "Mã CBCC,Họ và tên,Mã đơn vị,Chức vụ\n00001,Nguyễn Văn An,SXD,Chuyên viên\n00002,Lê Thị Hà,SNV,Văn thư\n"
NAMES = ["Nguyễn Văn An", "Lê Thị Hà"]
SAMPLES = Path(__file__).parents[2] / "data" / "rosters"


def names(content: bytes, tmp_path: Path, **options: str) -> list[str]:
    roster = read_bytes(tmp_path, content, settings=RosterSettings(**options))
    assert stopping(roster) == []
    return [person.name.full for person in roster.people]


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        b"\xef\xbb\xbf" + TEXT.encode(),
        TEXT.encode("utf-16"),
        TEXT.replace(",", "\t").encode("utf-16-le"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.replace(",", ";").encode(),
        TEXT.replace(",", "\t").encode(),
        TEXT.replace(",", "|").encode(),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
        ("sep=;\n" + TEXT.replace(",", ";")).encode(),
        ("\n\n" + TEXT + "\n,,,\n , , ,\n").encode(),
    ],
)
def test_every_ordinary_form_of_csv_reads_the_same(content: bytes, tmp_path: Path) -> None:
    assert names(content, tmp_path) == NAMES


@pytest.mark.parametrize("encode", [encode_tcvn3, encode_vni])
def test_a_whole_legacy_file_is_repaired_header_included(encode: object, tmp_path: Path) -> None:
    surface = "\n".join(",".join(encode(cell) for cell in line.split(",")) for line in TEXT.splitlines())  # type: ignore[operator]
    for content in (surface.encode("latin-1"), surface.encode("utf-8")):
        roster = read_bytes(tmp_path, content)
        assert [person.name.full for person in roster.people] == NAMES
        assert roster.people[1].title == "Văn thư"
        assert stopping(roster) == []


def test_a_column_may_mix_encodings_row_by_row(tmp_path: Path) -> None:
    lines = TEXT.encode().splitlines()
    lines.append(encode_tcvn3("00003,Trần Đức Hòa,SXD,Trưởng phòng").encode("latin-1"))
    lines.append(encode_vni("00004,Phạm Thị Hồng,SXD,Kế toán").encode("latin-1"))
    roster = read_bytes(tmp_path, b"\n".join(lines))
    assert [person.name.full for person in roster.people] == [*NAMES, "Trần Đức Hòa", "Phạm Thị Hồng"]
    assert roster.encodings == {"tcvn3": 1, "unicode": 2, "vni": 1}
    assert [(name.row, name.encoding) for name in roster.repaired] == [(4, "tcvn3"), (5, "vni")]
    assert roster.repaired[0].original == encode_tcvn3("Trần Đức Hòa")


def test_utf8_read_as_latin1_keeps_its_no_break_space(tmp_path: Path) -> None:
    wrong = "Lê Thị Hà".encode().decode("latin-1")  # ends in U+00A0, which careless trimming would delete
    assert wrong.endswith("\xa0")
    roster = read_rows(tmp_path, with_header(["1", wrong, "SXD", "Kế toán"]))
    assert roster.people[0].name.full == "Lê Thị Hà"


def test_rows_are_lines_of_the_file_even_after_quoted_line_breaks(tmp_path: Path) -> None:
    roster = read_bytes(
        tmp_path, 'Mã CBCC,Họ và tên,Mã đơn vị,"Chức\nvụ"\n1,"Lê\nAn",SXD,"Chuyên\nviên"\n2,Võ Ý,XXX,Kế toán\n'.encode()
    )
    assert roster.people[0].name.full == "Lê An"
    assert roster.people[0].title == "Chuyên viên"
    assert said(stopping(roster)) == [("error", 6, "Mã đơn vị", "no agency has this code")]


def test_title_rows_give_the_date_of_the_list(tmp_path: Path) -> None:
    roster = read_bytes(tmp_path, (SAMPLES / "title_rows.csv").read_bytes())
    assert roster.as_of == date(2026, 6, 30)
    assert [person.employee_id for person in roster.people] == ["00001", "00002", "00003"]
    assert stopping(roster) == []
    assert roster.columns["agency_code"] == "Mã đơn vị"


def test_the_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    from hashlib import sha256

    assert read_bytes(tmp_path, TEXT.encode()).sha256 == sha256(TEXT.encode()).hexdigest()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf\r\n\r\n", "the file is empty"),
        (b"\x00" * 100, "the file is empty"),
        (b"a,b\n1,\x00\n", "NUL"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "an HTML page"),
        (b"<?xml version='1.0'?><Workbook/>", "an XML file"),
        (b"%PDF-1.7\n", "a PDF file"),
        ('Mã CBCC,Họ và tên,Mã đơn vị\n1,"An,SXD\n'.encode() + b"2,B,SXD,x\n3,C,SXD,y\n" * 3, "several rows"),
        ('Mã CBCC,Họ và tên,Mã đơn vị\n1,"'.encode() + b"x" * 200_000, "broken CSV"),
        (b"a," * 3000, "columns"),
        (b"x" * 2_000_000, "longer than"),
        (b'"' + b"x\n" * 900_000, "field larger"),
        (b'"a","\n' * 900_000, "longer than"),
    ],
)
def test_what_is_no_table_is_refused_with_one_clear_error(content: bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        read_bytes(tmp_path, content)
    assert message in refused.value.message.en
    assert len(refused.value.problems) == 1


def test_wrong_encodings_in_the_settings_are_named(tmp_path: Path) -> None:
    for encoding, message in (("klingon", "klingon"), ("hex", "hex"), ("ascii", "not ascii"), ("utf-8", "not utf-8")):
        with pytest.raises(InputError, match=message):
            read_bytes(
                tmp_path, TEXT.encode("cp1258", "replace") + b"\xff\n", settings=RosterSettings(encoding=encoding)
            )
    assert names(TEXT.encode("utf-8-sig"), tmp_path, encoding="utf-8") == NAMES


def test_missing_files_and_folders_are_usage_errors(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path, tmp_path / "none" / "x.csv", Path("/dev/null"), Path("a\0b")):
        with pytest.raises(UsageError):
            read_roster(path, RosterSettings(), None, TODAY)


def test_a_header_without_people_is_an_error(tmp_path: Path) -> None:
    roster = read_rows(tmp_path, with_header())
    assert said(roster.problems) == [("error", None, "", "the file has a header but no people")]


def test_another_table_is_an_error_that_lists_its_columns(tmp_path: Path) -> None:
    roster = read_rows(tmp_path, [["Sản phẩm", "Giá", "Số lượng"], ["Bút", "5000", "3"]])
    assert said(roster.problems) == [("error", None, "", "no header row found")]
    assert roster.problems[0].value == "Sản phẩm, Giá, Số lượng"
    roster = read_rows(tmp_path, [["Mã CBCC", "Họ và tên", "Giá"], ["1", "Lê An", "3"]])
    assert [problem.message.en for problem in stopping(roster)] == ["the column Mã đơn vị / Tên đơn vị is missing"]
    assert "Mã CBCC, Họ và tên, Giá" in str(stopping(roster)[0].hint)


def test_many_problems_of_one_kind_are_counted(tmp_path: Path) -> None:
    roster = read_rows(tmp_path, with_header(*([str(number), "Lê An", "NONE", ""] for number in range(250))))
    unknown = [problem for problem in roster.problems if problem.message.en == "no agency has this code"]
    assert len(unknown) == 100
    assert roster.problems[-1].message.en == "and 150 more rows like: no agency has this code"
    assert roster.problems[-1].stops


def test_all_problems_of_all_rows_come_at_once_in_row_order(tmp_path: Path) -> None:
    roster = read_bytes(tmp_path, (SAMPLES / "broken.csv").read_bytes())
    found = stopping(roster)
    assert [problem.row for problem in found] == sorted(problem.row or 0 for problem in found)
    assert {problem.row for problem in found} == {3, 4, 5, 6, 7, 8, 9, 10}
    assert all(problem.file == "roster.csv" and problem.hint for problem in found)
