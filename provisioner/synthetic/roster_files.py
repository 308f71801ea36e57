"""Writes invented rosters and agencies as the files that offices exchange: CSV or XLSX, in one encoding or several.

Legacy rows carry what a program shows that knows no TCVN3 or VNI: the surface form. CSV bytes are the same on every
machine; XLSX content is, its compression is the platform's own.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from random import Random

from foundation.vietnamese import encode_tcvn3, encode_vni
from provisioner.people import Agency
from provisioner.synthetic.dice import Weighted
from provisioner.synthetic.staff import StaffRow

ROSTER_HEADER = (
    "STT",
    "Mã CBCC",
    "Họ và tên",
    "Ngày sinh",
    "Giới tính",
    "Dân tộc",
    "Mã đơn vị",
    "Tên đơn vị",
    "Chức vụ",
    "Ngạch/bậc",
    "Hình thức",
    "Điện thoại",
    "Số quyết định",
    "Ngày quyết định",
    "Ngày hiệu lực",
    "Ngày tuyển dụng",
    "Trạng thái",
)
AGENCY_HEADER = (
    "Mã đơn vị",
    "Tên đơn vị",
    "Cấp",
    "Đơn vị cấp trên",
    "Nhãn thư",
    "Tên miền",
    "Kênh",
    "Hiệu lực từ",
    "Hiệu lực đến",
    "Đơn vị tiền nhiệm",
    "Đơn vị kế thừa",
)
_CHANNELS = {"mail": "Thư điện tử", "edxml": "Trục liên thông", "both": "Cả hai"}
_TEXT_COLUMNS = (2, 4, 5, 7, 8, 9, 10, 16)
"""Columns that a clerk types with an input method, so that they carry the encoding of the row."""

ONLY_UNICODE: Mapping[str, float] = {"unicode": 1.0}
THREE_ENCODINGS: Mapping[str, float] = {"unicode": 60.0, "tcvn3": 25.0, "vni": 15.0}


def roster_table(rows: Sequence[StaffRow], encodings: Mapping[str, float], random_seed: int) -> Iterable[list[str]]:
    """The cells of the roster, header first; `encodings` gives the share of rows in unicode, tcvn3 and vni."""
    dice = Random(random_seed)  # noqa: S311  (no secret: invented data)
    choice = Weighted(dict(encodings))
    yield list(ROSTER_HEADER)
    for number, row in enumerate(rows, 1):
        encoding = choice.pick(dice)
        cells = _cells(number, row)
        if encoding != "unicode":
            for column in _TEXT_COLUMNS:
                cells[column] = _encoded(cells[column], encoding)
        yield cells


def agency_table(agencies: Iterable[Agency]) -> Iterable[list[str]]:
    """The cells of the agencies file, header first."""
    yield list(AGENCY_HEADER)
    for agency in agencies:
        yield [
            agency.code,
            agency.name,
            agency.level,
            agency.parent,
            agency.label,
            agency.domain,
            _CHANNELS[agency.channel],
            _date(agency.valid_from),
            _date(agency.valid_to),
            ", ".join(agency.predecessors),
            ", ".join(agency.successors),
        ]


def write_table(path: Path, table: Iterable[Sequence[str]]) -> None:
    """Write the cells as CSV (UTF-8 with the byte order mark that Excel needs) or, when the name says so, as XLSX."""
    if path.suffix.lower() == ".xlsx":
        _write_xlsx(path, table)
        return
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(table)
    path.write_bytes(b"\xef\xbb\xbf" + text.getvalue().encode("utf-8"))


def _write_xlsx(path: Path, table: Iterable[Sequence[str]]) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"strings_to_numbers": False, "strings_to_formulas": False}) as workbook:
        workbook.set_properties({"created": datetime(2026, 1, 1)})  # noqa: DTZ001  (a fixed stamp: same content every run)
        sheet = workbook.add_worksheet("Danh sách")
        sheet.freeze_panes(1, 0)
        for number, cells in enumerate(table):
            for column, cell in enumerate(cells):
                if cell:
                    sheet.write_string(number, column, cell)


def _cells(number: int, row: StaffRow) -> list[str]:
    return [
        str(number),
        row.employee_id,
        row.name.full,
        _date(row.birth),
        "Nam" if row.sex == "male" else "Nữ",
        row.name.ethnic_group,
        row.agency,
        row.agency_name,
        row.title,
        row.rank,
        row.kind,
        row.phone,
        row.decision,
        _date(row.decision_date),
        _date(row.effective_on),
        _date(row.hired_on),
        row.status,
    ]


def _encoded(text: str, encoding: str) -> str:
    """The surface form, or the text itself where the encoding lacks a letter (ŭ, ƀ): then the clerk typed Unicode."""
    try:
        return encode_tcvn3(text, capital_font=True) if encoding == "tcvn3" else encode_vni(text)
    except ValueError:
        return text


def _date(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""
