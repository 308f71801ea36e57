"""A sheet of an XLSX, XLS or ODS workbook as rows of cells, with the limits applied before the reader loads anything.

The sheet is the visible one that holds a complete header; two of them are an error, because reading only one would
turn the people of the other into leavers. Merged cells are filled downwards: one id over two rows means two posts of
one person.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING

from foundation.language import Text
from provisioner.roster import sizes
from provisioner.roster.ods_scan import ods_facts
from provisioner.roster.sheet_facts import SheetFacts
from provisioner.roster.tables import COMPLETE, BadCell, Cell, FileBytes, HeaderScore, Row, Table, refuse
from provisioner.roster.xls_scan import BadCompoundFile, EncryptedWorkbook, xls_facts
from provisioner.roster.xlsx_scan import xlsx_facts
from provisioner.roster.xml_stream import BadXml
from provisioner.roster.zip_parts import BROKEN, ENCRYPTED, NO_PASSWORD, SAVE_AGAIN, ZipParts

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

NO_SHEETS = Text("tệp không có trang tính nào", "the workbook has no sheet")
NO_SUCH_SHEET = Text("không có trang tính {wanted}; tệp có: {names}", "there is no sheet {wanted}; it has: {names}")
SEVERAL_SHEETS = Text("nhiều trang tính giống danh sách: {names}", "several sheets look like the list: {names}")
ONE_SHEET = Text(
    "chỉ để lại một trang, chuyển các trang khác sang tệp riêng",
    "keep one sheet, move the others into files of their own",
)
TOO_LARGE = Text("trang tính {sheet} quá lớn", "the sheet {sheet} is too large")
CLEAR_REST = Text(
    "xóa các dòng và cột trống ngoài bảng, hoặc lưu thành CSV",
    "delete the empty rows and columns around the table, or save as CSV",
)
NOT_A_WORKBOOK = Text("tệp nén này không phải XLSX hay ODS", "this archive is neither XLSX nor ODS")


def open_sheet(file: FileBytes, score: HeaderScore, wanted: str) -> Table:
    """The sheet that holds the table. Raises InputError for what cannot be read, is too large, or is ambiguous."""
    facts = _scan(file)
    _refuse_too_large(file, facts)
    with _reading(file):
        from python_calamine import CalamineWorkbook

        workbook = CalamineWorkbook.from_filelike(io.BytesIO(file.content))
        names = _readable_sheets(file, workbook, wanted)
        by_name = facts if isinstance(facts, dict) else dict(zip(workbook.sheet_names, facts, strict=False))
        tables = {name: _table(file, workbook, name, by_name.get(name, SheetFacts())) for name in names}
    heads = {name: list(islice(table.rows(), sizes.HEADER_SEARCH_ROWS + 5)) for name, table in tables.items()}
    scores = {name: score(head, tables[name].widths) for name, head in heads.items()}
    complete = [name for name in names if scores[name] >= COMPLETE]
    if len(complete) > 1:
        raise refuse(file.name, SEVERAL_SHEETS.format(names=", ".join(complete)), ONE_SHEET)
    return tables[max(names, key=lambda name: scores[name])]


@contextmanager
def _reading(file: FileBytes) -> Iterator[None]:
    """Turns what the sheet reader raises into a problem of the file; a panic of its Rust code is no Exception."""
    from python_calamine import CalamineError

    try:
        yield
    except BaseException as error:
        if isinstance(error, CalamineError) or type(error).__name__ == "PanicException":
            raise refuse(file.name, BROKEN.format(error=str(error)[:200]), SAVE_AGAIN) from None
        raise


def _scan(file: FileBytes) -> dict[str, SheetFacts] | list[SheetFacts]:
    """The facts of the sheets by name; those of XLS in the order of the workbook."""
    try:
        if file.content.startswith(b"\xd0\xcf"):
            return xls_facts(file.content)
        parts = ZipParts(file)
        if "xl/workbook.xml" in parts.names:
            return xlsx_facts(parts)
        if parts.read("mimetype").startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
            return ods_facts(parts)
    except EncryptedWorkbook:
        raise refuse(file.name, ENCRYPTED, NO_PASSWORD) from None
    except (BadXml, BadCompoundFile) as error:
        raise refuse(file.name, BROKEN.format(error=str(error)[:200]), SAVE_AGAIN) from None
    raise refuse(file.name, NOT_A_WORKBOOK, SAVE_AGAIN)


def _refuse_too_large(file: FileBytes, facts: dict[str, SheetFacts] | list[SheetFacts]) -> None:
    """Before the reader opens the file: for XLS and ODS opening loads every sheet."""
    named = facts.items() if isinstance(facts, dict) else enumerate(facts, 1)
    cells = 0
    for name, sheet in named:
        cells += sheet.grid_cells
        if sheet.too_large or cells > sizes.GRID_CELLS:
            raise refuse(file.name, TOO_LARGE.format(sheet=name), CLEAR_REST)


def _readable_sheets(file: FileBytes, workbook: CalamineWorkbook, wanted: str) -> list[str]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    sheets = [meta for meta in workbook.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]
    names = [meta.name for meta in sheets if meta.visible == SheetVisibleEnum.Visible or meta.name == wanted]
    if wanted:
        if wanted not in names:
            raise refuse(file.name, NO_SUCH_SHEET.format(wanted=wanted, names=", ".join(names)))
        return [wanted]
    if not names:
        raise refuse(file.name, NO_SHEETS, SAVE_AGAIN)
    return names


def _table(file: FileBytes, workbook: CalamineWorkbook, name: str, facts: SheetFacts) -> Table:
    sheet = workbook.get_sheet_by_name(name)
    merges = sheet.merged_cell_ranges or facts.merges
    widths = {(row + 1, column): last[1] - column + 1 for (row, column), last in merges if last[1] > column}
    downwards: dict[int, list[tuple[int, int]]] = {}
    for (row, column), (last_row, _) in merges:
        if last_row > row:
            downwards.setdefault(row, []).append((column, last_row))
    return Table(file.name, lambda: _rows(file, sheet, facts, downwards), widths)


def _rows(
    file: FileBytes, sheet: CalamineSheet, facts: SheetFacts, downwards: Mapping[int, Sequence[tuple[int, int]]]
) -> Iterator[Row]:
    """The rows from the first of the sheet on; the reader starts at the first used column, so the others are put
    back."""
    left: list[Cell] = [""] * (sheet.start[1] if sheet.start else 0)
    bad: dict[int, list[tuple[int, BadCell]]] = {}
    for (row, column), cell in facts.bad.items():
        bad.setdefault(row, []).append((column, cell))
    filling: dict[int, tuple[int, Cell]] = {}
    with _reading(file):
        for row, cells in enumerate(sheet.iter_rows()):
            whole: list[Cell] = [*left, *cells] if left else cells  # type: ignore[assignment]
            if row in bad:
                for column, cell in bad[row]:
                    _put(whole, column, cell)
            if filling:
                filling = {column: fill for column, fill in filling.items() if fill[0] >= row}
                for column, (_, value) in filling.items():
                    _put(whole, column, value)
            for column, last_row in downwards.get(row, ()):
                filling[column] = (last_row, whole[column] if column < len(whole) else "")
            yield row + 1, whole


def _put(cells: list[Cell], column: int, value: Cell) -> None:
    """Set a cell, unless a merged cell would hide what is written; the reader leaves out blank cells at the end."""
    if column >= len(cells):
        cells.extend([""] * (column + 1 - len(cells)))
    if cells[column] == "" or isinstance(value, BadCell):
        cells[column] = value
