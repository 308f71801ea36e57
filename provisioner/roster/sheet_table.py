"""A sheet of an XLSX, XLS or ODS workbook as rows of cells."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import islice

from foundation.language import Text
from provisioner.roster import sizes
from provisioner.roster.tables import FileBytes, HeaderScore, Row, Table, refuse


def open_sheet(file: FileBytes, score: HeaderScore, wanted: str) -> Table:
    """The sheet that holds the best header, or the one called `wanted`."""
    import python_calamine

    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(file.content))
        names = [meta.name for meta in workbook.sheets_metadata]
        scores = {}
        for name in names:
            head = list(islice(_rows(workbook.get_sheet_by_name(name)), sizes.HEADER_SEARCH_ROWS))
            scores[name] = score(head, {})
        best = max(names, key=lambda name: scores[name])
        return Table(file.name, lambda: _rows(workbook.get_sheet_by_name(best)))
    except (python_calamine.CalamineError, ValueError) as error:
        raise refuse(
            file.name, Text("bảng tính hỏng: {error}", "broken workbook: {error}").format(error=error)
        ) from None


def _rows(sheet: object) -> Iterator[Row]:
    yield from enumerate(sheet.iter_rows(), 1)  # type: ignore[attr-defined]
