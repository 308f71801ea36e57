"""The agencies file: what it says, and everything that can be wrong with it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from foundation.errors import InputError, UsageError
from provisioner.people import Agency
from provisioner.roster import AgencyFile, RosterSettings, read_agencies
from tests.support.roster_files import said, write_xlsx

HEADER = [
    "Mã đơn vị", "Tên đơn vị", "Cấp", "Đơn vị cấp trên", "Nhãn thư", "Tên miền", "Kênh", "Hiệu lực từ", "Hiệu lực đến",
    "Đơn vị tiền nhiệm", "Đơn vị kế thừa",
]  # fmt: skip


def read(folder: Path, *rows: list[str], header: list[str] = HEADER) -> AgencyFile:
    path = folder / "agencies.csv"
    path.write_text("\n".join(";".join(row) for row in [header, *rows]), encoding="utf-8")
    return read_agencies(path, RosterSettings())


def test_a_full_row_and_one_with_defaults(tmp_path: Path) -> None:
    rows = [
        ["UBND", "Ủy ban nhân dân tỉnh", "", "", "", "", "", "", "", "", ""],
        [
            "SKHCN",
            "Sở Khoa học và Công nghệ",
            "tỉnh",
            "UBND",
            "khcn",
            "KHCN.tinh.test",
            "cả hai",
            "01/03/2025",
            "",
            "",
            "",
        ],
        [
            "STTTT",
            "Sở Thông tin và Truyền thông",
            "tỉnh",
            "UBND",
            "",
            "",
            "Trục liên thông",
            "",
            "28/02/2025",
            "",
            "SKHCN",
        ],
    ]
    found = read(tmp_path, *rows)
    assert found.problems == []
    assert found.agencies == {
        "UBND": Agency("UBND", "Ủy ban nhân dân tỉnh", "ubnd"),
        "SKHCN": Agency(
            "SKHCN",
            "Sở Khoa học và Công nghệ",
            "khcn",
            "tỉnh",
            "UBND",
            "khcn.tinh.test",
            "both",
            date(2025, 3, 1),
            None,
            ("STTTT",),
        ),
        "STTTT": Agency(
            "STTTT",
            "Sở Thông tin và Truyền thông",
            "stttt",
            "tỉnh",
            "UBND",
            "",
            "edxml",
            None,
            date(2025, 2, 28),
            (),
            ("SKHCN",),
        ),
    }
    assert [agency.row for agency in found.agencies.values()] == [2, 3, 4]
    assert len(found.sha256) == 64


@pytest.mark.parametrize(
    ("word", "channel"),
    [
        ("", "mail"),
        ("mail", "mail"),
        ("Thư điện tử", "mail"),
        ("edXML", "edxml"),
        ("trục liên thông", "edxml"),
        ("Cả hai", "both"),
        ("BOTH", "both"),
    ],
)
def test_channels_in_both_languages(word: str, channel: str, tmp_path: Path) -> None:
    found = read(tmp_path, ["A", "Sở A", word], header=["Mã", "Tên", "Kênh"])
    assert found.agencies["A"].channel == channel
    assert found.problems == []


def row(code: str, **cells: str) -> list[str]:
    names = dict(zip(HEADER, [code, f"Sở {code}", *[""] * 9], strict=True)) | {
        key.replace("_", " "): value for key, value in cells.items()
    }
    return [names[column] for column in HEADER]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row("A"), row("A")], [("error", 3, "Mã đơn vị", "this agency code stands in row 2 already")]),
        ([["A", *[""] * 10]], [("error", 2, "Tên đơn vị", "a row without an agency name")]),
        ([["", "Sở A", *[""] * 9]], [("error", 2, "Mã đơn vị", "a row without an agency code")]),
        ([row("A", Đơn_vị_cấp_trên="B")], [("error", 2, "Đơn vị cấp trên", "there is no such parent agency")]),
        ([row("A", Đơn_vị_kế_thừa="B")], [("error", 2, "Đơn vị kế thừa", "no such agency in the file")]),
        (
            [row("A", Đơn_vị_tiền_nhiệm="B, A2"), row("B")],
            [("error", 2, "Đơn vị tiền nhiệm", "no such agency in the file")],
        ),
        ([row("A", Tên_miền="x_y")], [("error", 2, "Tên miền", "not a domain name")]),
        ([row("A", Tên_miền="tinh")], [("error", 2, "Tên miền", "not a domain name")]),
        ([row("A", Tên_miền="a..tinh.test")], [("error", 2, "Tên miền", "not a domain name")]),
        ([row("=A1")], [("error", 2, "Mã đơn vị", "the cell begins like a formula ( = + - @ )")]),
        ([row("A", Kênh="bồ câu")], [("error", 2, "Kênh", "unknown channel")]),
        ([row("A", Nhãn_thư="a_b")], [("error", 2, "Nhãn thư", "not a usable label for addresses")]),
        ([row("A", Nhãn_thư="a..b")], [("error", 2, "Nhãn thư", "not a usable label for addresses")]),
        ([row("A", Nhãn_thư="a" * 41)], [("error", 2, "Nhãn thư", "not a usable label for addresses")]),
        ([row("???")], [("error", 2, "Mã đơn vị", "not a usable label for addresses")]),
        (
            [row("A", Hiệu_lực_từ="31/02/2025")],
            [("error", 2, "Hiệu lực từ", "cannot read the date: no such day exists")],
        ),
        (
            [row("A", Hiệu_lực_từ="02/01/2025", Hiệu_lực_đến="01/01/2025")],
            [("error", 2, "Hiệu lực đến", "the agency ends before it begins")],
        ),
        (
            [row("A", Nhãn_thư="x"), row("B", Nhãn_thư="X")],
            [("error", 3, "Nhãn thư", "the label x is also that of A (row 2) at the same time")],
        ),
        (
            [row("a.b"), row("ab")],
            [("error", 3, "Nhãn thư", "the label ab is also that of a.b (row 2) at the same time")],
        ),
        ([row("A", Đơn_vị_cấp_trên="A")], [("error", 2, "Đơn vị cấp trên", "the parents form a circle: A → A")]),
        (
            [row("A", Đơn_vị_cấp_trên="B"), row("B", Đơn_vị_cấp_trên="C"), row("C", Đơn_vị_cấp_trên="B")],
            [("error", 3, "Đơn vị cấp trên", "the parents form a circle: B → C → B")],
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(
    rows: list[list[str]], expected: list[tuple[str, int, str, str]], tmp_path: Path
) -> None:
    assert said(read(tmp_path, *rows).problems)[: len(expected)] == expected


def test_a_label_may_pass_to_the_successor_and_be_used_in_two_domains(tmp_path: Path) -> None:
    rows = [
        row("X1A", Nhãn_thư="tanlap", Hiệu_lực_đến="30/06/2025"),
        row("X1", Nhãn_thư="tanlap", Hiệu_lực_từ="01/07/2025", Đơn_vị_tiền_nhiệm="X1A"),
        row("X2", Nhãn_thư="tanlap", Tên_miền="khac.test"),
    ]
    assert read(tmp_path, *rows).problems == []


def test_several_predecessors_stand_in_one_cell(tmp_path: Path) -> None:
    rows = [row("A", Đơn_vị_tiền_nhiệm="B, C | D"), row("B"), row("C"), row("D")]
    agencies = read(tmp_path, *rows).agencies
    assert agencies["A"].predecessors == ("B", "C", "D")
    assert agencies["C"].successors == ("A",)


def test_vietnamese_domains_and_labels_take_their_ascii_form(tmp_path: Path) -> None:
    found = read(tmp_path, row("A", Tên_miền="SởXD.test", Nhãn_thư="Sở XD"))
    assert found.agencies["A"].domain == "sởxd.test".encode("idna").decode()
    assert found.agencies["A"].label == "soxd"
    assert found.problems == []


def test_xlsx_and_legacy_text(tmp_path: Path) -> None:
    from foundation.vietnamese import encode_tcvn3

    rows = [[encode_tcvn3("Mã đơn vị"), encode_tcvn3("Tên đơn vị")], [12.0, encode_tcvn3("Sở Xây dựng")]]
    found = read_agencies(write_xlsx(tmp_path / "agencies.xlsx", rows), RosterSettings())
    assert found.agencies == {"12": Agency("12", "Sở Xây dựng", "12")}


def test_files_that_hold_no_agencies(tmp_path: Path) -> None:
    assert said(read(tmp_path).problems) == [("error", None, "", "the file has no agencies")]
    assert said(read(tmp_path, ["Bút", "3"], header=["Sản phẩm", "Giá"]).problems) == [
        ("error", None, "", "no header row found")
    ]
    with pytest.raises(UsageError):
        read_agencies(tmp_path / "none.csv", RosterSettings())
    (tmp_path / "empty.csv").write_bytes(b"")
    with pytest.raises(InputError):
        read_agencies(tmp_path / "empty.csv", RosterSettings())
