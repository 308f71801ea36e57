"""The cells of one row at a time: text repaired and tidy, dates, phones; each faulty cell is one problem with its
place.

Knows what a cell may hold, not what a row means. Offices repeat the same titles, agencies and dates thousands of
times, so answers are remembered, within a bound.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from sys import intern
from typing import Final

from foundation.errors import Severity
from foundation.language import Text
from foundation.vietnamese import CONFIDENT, Encoding, repair_name_cells
from provisioner.roster.columns import Header
from provisioner.roster.dates import HOW_TO_WRITE, NotADate, parse_birth, parse_date
from provisioner.roster.phones import looks_like_phone, parse_phone
from provisioner.roster.problem_list import ProblemList
from provisioner.roster.sizes import CELL_CHARACTERS, TEXT_CHARACTERS
from provisioner.roster.tables import BadCell, Cell
from provisioner.roster.texts import has_control, is_definite_unicode, raw_text, tidy

_REMEMBERED: Final = 20_000
"""Distinct texts remembered of each kind: more than the titles and agencies of any province."""

_KEPT_NOWHERE: Final = frozenset({"birth", "sex", "ethnic_group"})
"""Fields that are stored nowhere: what is wrong with them is a warning, and a doubt about letters not even that."""
_UNIQUE: Final = frozenset({"decision"})
"""Fields whose texts hardly repeat: remembering them would only take room."""
_FORMULA_SIGNS: Final = ("=", "+", "-", "@")
"""What a spreadsheet takes for the beginning of a formula when it opens a CSV (OWASP, "CSV injection")."""

FORMULA = Text("ô bắt đầu bằng dấu công thức ( = + - @ )", "the cell begins like a formula ( = + - @ )")
FORMULA_HINT = Text("thay công thức bằng giá trị của nó", "replace the formula by its value")
NEVER_CALCULATED = Text("ô công thức chưa có giá trị", "a formula that was never calculated")
ERROR_CELL = Text("ô lỗi của bảng tính", "an error value of the sheet")
RECALCULATE = Text(
    "mở tệp bằng Excel, tính lại, sửa lỗi rồi dán dạng giá trị",
    "open the file in Excel, recalculate, correct and paste as values",
)
TOO_LONG = Text("ô dài {count} ký tự, tối đa {limit}", "the cell has {count} characters, at most {limit}")
WRONG_COLUMN = Text("có thể nội dung bị lệch cột", "the content may be in the wrong column")
CONTROL = Text("ô có ký tự điều khiển", "the cell holds control characters")
RETYPE = Text("gõ lại ô này", "type the cell again")
UNSURE = Text("không chắc ô này viết bằng bảng mã nào, đọc là: {read}", "not certain of the encoding, read as: {read}")
BAD_DATE = Text("ngày không đọc được: {reason}", "cannot read the date: {reason}")
BAD_PHONE = Text("số điện thoại không đọc được, bỏ trống", "cannot read the phone number, left empty")
PHONE_HINT = Text("viết dạng 0912345678", "write it as 0912345678")


class CellReader:
    """Reads cells of the current row by field; `start` makes a row the current one."""

    def __init__(
        self, header: Header, problems: ProblemList, mixture: Mapping[Encoding, float], *, is_csv: bool
    ) -> None:
        self.labels = {name: header.label(name) for name in header.fields}
        self._columns = dict(header.fields)
        self._width = max(header.fields.values(), default=0) + 1
        self._problems = problems
        self._mixture = mixture
        self._is_csv = is_csv
        self._texts: dict[Encoding | None, dict[Cell, str]] = defaultdict(dict)
        self._dates: dict[Cell, date | None] = {}
        self._births: set[str] = set()
        self.number = 0
        self.cells: Sequence[Cell] = ()

    def start(self, number: int, cells: Sequence[Cell]) -> None:
        """Make this row the current one."""
        self.number = number
        self.cells = cells if len(cells) >= self._width else [*cells, *[""] * (self._width - len(cells))]

    def replace(self, texts: Mapping[str, str]) -> list[str]:
        """Put other texts in the place of cells of the current row; gives the fields that the table has."""
        changed = list(self.cells)
        replaced = [name for name in texts if name in self._columns]
        for name in replaced:
            changed[self._columns[name]] = texts[name]
        self.cells = changed
        return replaced

    def cell(self, name: str) -> Cell:
        """The cell of a field as the file holds it, "" when the table has no such column."""
        index = self._columns.get(name)
        return "" if index is None else self.cells[index]

    def raw(self, name: str) -> str:
        """The text of a cell before any repair; "" and a problem when the cell cannot be used."""
        cell = self.cell(name)
        if isinstance(cell, BadCell):
            message = NEVER_CALCULATED if cell.formula else ERROR_CELL
            self.error(name, message, value=cell.text, hint=RECALCULATE)
            return ""
        text = raw_text(cell)
        if self._is_csv and text.startswith(_FORMULA_SIGNS) and not (name == "phone" and looks_like_phone(text)):
            self.error(name, FORMULA, value=text, hint=FORMULA_HINT)
            return ""
        if len(text) > CELL_CHARACTERS:
            return self._too_long(name, text, CELL_CHARACTERS)
        return text

    def text(self, name: str, encoding: Encoding | None) -> str:
        """The text of a cell, repaired with the encoding of the row's name as evidence, and tidy."""
        index = self._columns.get(name)
        if index is None or not (cell := self.cells[index]):
            return ""
        known = self._texts[encoding]
        if (text := known.get(cell)) is not None:
            return text
        raw = self.raw(name)
        text = tidy(self._repaired(name, raw, encoding)) if raw else ""
        if len(text) > TEXT_CHARACTERS:
            return self._too_long(name, text, TEXT_CHARACTERS)
        if has_control(text):
            self.error(name, CONTROL, value=repr(text), hint=RETYPE)
            return ""
        if text and isinstance(cell, str) and name not in _UNIQUE:
            if len(known) >= _REMEMBERED:
                known.clear()
            text = known[cell] = intern(text)
        return text

    def day(self, name: str) -> date | None:
        """The date in a cell; None when it is blank, or with a problem."""
        index = self._columns.get(name)
        if index is None or not (cell := self.cells[index]):
            return None
        if cell in self._dates:
            return self._dates[cell]
        if isinstance(cell, BadCell):
            self.raw(name)
            return None
        try:
            found = parse_date(cell)
        except NotADate as bad:
            self.error(name, BAD_DATE, value=raw_text(cell), hint=HOW_TO_WRITE, reason=bad.reason)
            return None
        if isinstance(cell, str):
            if len(self._dates) >= _REMEMBERED:
                self._dates.clear()
            self._dates[cell] = found
        return found

    def check_birth(self, today: date) -> None:
        """Report a birth date that cannot be one; the date itself is kept nowhere."""
        cell = self.cell("birth")
        if not cell or (isinstance(cell, str) and cell in self._births):
            return
        if isinstance(cell, BadCell):
            self.raw("birth")
            return
        try:
            parse_birth(cell, today)
        except NotADate as bad:
            self.error("birth", BAD_DATE, value=raw_text(cell), hint=HOW_TO_WRITE, reason=bad.reason)
            return
        if isinstance(cell, str) and len(self._births) < _REMEMBERED:
            self._births.add(cell)

    def phone(self) -> str:
        """The phone in national form; "" when there is none, or with a warning."""
        if not self.cell("phone"):
            return ""
        text = self.raw("phone")
        found = parse_phone(text) if text else ""
        if found is None:
            self._problems.warning(BAD_PHONE, row=self.number, column=self.labels["phone"], value=text, hint=PHONE_HINT)
        return found or ""

    def error(self, name: str, message: Text, *, value: object, hint: Text, **values: object) -> None:
        """Add an error of a field of the current row; a warning when the field is stored nowhere."""
        severity: Severity = "warning" if name in _KEPT_NOWHERE else "error"
        self._problems.add(
            severity, message, row=self.number, column=self.labels[name], value=value, hint=hint, **values
        )

    def question(self, name: str, message: Text, *, value: object, hint: Text) -> None:
        """Add a question about a field of the current row."""
        self._problems.question(message, row=self.number, column=self.labels[name], value=value, hint=hint)

    def _repaired(self, name: str, raw: str, encoding: Encoding | None) -> str:
        if raw.isascii() or is_definite_unicode(raw):
            return raw
        found = repair_name_cells([raw], encoding or self._mixture, ["words"])[0]
        if found.confidence < CONFIDENT and name not in _KEPT_NOWHERE:
            self._problems.warning(
                UNSURE, row=self.number, column=self.labels[name], value=raw, hint=RETYPE, read=found.text
            )
        return found.text

    def _too_long(self, name: str, text: str, limit: int) -> str:
        self.error(name, TOO_LONG, value=text[:80], hint=WRONG_COLUMN, count=len(text), limit=limit)
        return ""
