"""Writes small roster files in every format and reads them as the provisioner does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from foundation.errors import Problem
from provisioner.people import Agency
from provisioner.roster import Roster, RosterSettings, read_roster

TODAY = date(2026, 11, 22)
HEADER = ["Mã CBCC", "Họ và tên", "Mã đơn vị", "Chức vụ"]
AGENCIES = {
    "SXD": Agency("SXD", "Sở Xây dựng", "sxd"),
    "SNV": Agency("SNV", "Sở Nội vụ", "snv"),
    "SKHCN": Agency("SKHCN", "Sở Khoa học và Công nghệ", "skhcn"),
    "STTTT": Agency(
        "STTTT", "Sở Thông tin và Truyền thông", "stttt", valid_to=date(2025, 2, 28), successors=("SKHCN",)
    ),
}


def read_bytes(
    folder: Path,
    content: bytes,
    name: str = "roster.csv",
    settings: RosterSettings | None = None,
    agencies: Mapping[str, Agency] | None = AGENCIES,
) -> Roster:
    """Write a file and read it."""
    path = folder / name
    path.write_bytes(content)
    return read_roster(path, settings or RosterSettings(), agencies, TODAY)


def read_rows(
    folder: Path,
    rows: Sequence[Sequence[str]],
    settings: RosterSettings | None = None,
    agencies: Mapping[str, Agency] | None = AGENCIES,
) -> Roster:
    """Write rows as CSV and read them."""
    text = "\n".join(",".join(_quoted(cell) for cell in row) for row in rows) + "\n"
    return read_bytes(folder, text.encode(), settings=settings, agencies=agencies)


def with_header(*rows: Sequence[str]) -> list[Sequence[str]]:
    """Rows under the smallest useful header."""
    return [HEADER, *rows]


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(letter in cell for letter in ',"\n') else cell


def write_xlsx(path: Path, rows: Sequence[Sequence[Any]], merges: Sequence[str] = (), sheet: str = "DS") -> Path:
    """An XLSX file; strings stay strings, dates become date cells."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as workbook:
        day = workbook.add_format({"num_format": "dd/mm/yyyy"})
        page = workbook.add_worksheet(sheet)
        for cells in merges:
            page.merge_range(cells, "")
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    page.write_datetime(number, column, cell, day)
                elif cell != "":
                    page.write(number, column, cell)
    return path


def write_xls(path: Path, rows: Sequence[Sequence[Any]]) -> Path:
    """An XLS file of the 1997 format."""
    import xlwt

    workbook = xlwt.Workbook()
    page = workbook.add_sheet("DS")
    day = xlwt.easyxf(num_format_str="dd/mm/yyyy")
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, date):
                page.write(number, column, cell, day)
            elif cell != "":
                page.write(number, column, cell)
    workbook.save(str(path))
    return path


def write_ods(path: Path, rows: Sequence[Sequence[Any]]) -> Path:
    """An ODS file."""
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table, TableCell, TableRow
    from odf.text import P

    document = OpenDocumentSpreadsheet()
    table = Table(name="DS")
    document.spreadsheet.addElement(table)
    for row in rows:
        line = TableRow()
        for cell in row:
            if isinstance(cell, date):
                made = TableCell(valuetype="date", datevalue=cell.isoformat())
            elif isinstance(cell, int | float):
                made = TableCell(valuetype="float", value=str(cell))
            elif cell == "":
                made = TableCell()
            else:
                made = TableCell(valuetype="string")
            if cell != "":
                made.addElement(P(text=str(cell)))
            line.addElement(made)
        table.addElement(line)
    document.save(str(path))
    return path


def read_path(path: Path, settings: RosterSettings | None = None) -> Roster:
    """Read a file that a writer above made."""
    return read_roster(path, settings or RosterSettings(), AGENCIES, TODAY)


def stopping(roster: Roster) -> list[Problem]:
    """The problems that stop a run."""
    return [problem for problem in roster.problems if problem.stops]


def said(problems: Sequence[Problem]) -> list[tuple[str, int | None, str, str]]:
    """Severity, row, column and English message of each problem: what most tests compare."""
    return [(problem.severity, problem.row, problem.column, problem.message.en) for problem in problems]
