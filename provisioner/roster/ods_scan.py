"""Scans the sheets of an ODS workbook for what the reader hides (OpenDocument 1.3 part 3, 9.1): errors, merges,
repeats."""

from __future__ import annotations

from provisioner.roster import sizes
from provisioner.roster.sheet_facts import SheetFacts
from provisioner.roster.xml_stream import BadXml, attribute, parse_xml
from provisioner.roster.zip_parts import ZipParts


def ods_facts(parts: ZipParts) -> dict[str, SheetFacts]:
    """The facts of each sheet by its name. Raises BadXml and InputError."""
    scan = _TableScan()
    parse_xml(parts.chunks("content.xml"), scan.start, scan.end, scan.text)
    return scan.facts


class _TableScan:
    """Follows tables, rows and cells; repeated rows and cells count as often as they say."""

    def __init__(self) -> None:
        self.facts: dict[str, SheetFacts] = {}
        self._sheet = SheetFacts()
        self._depth = 0
        self._row = 0
        self._row_repeat = 1
        self._column = 0
        self._cell_repeat = 1
        self._type = ""
        self._error = False
        self._formula = False
        self._text: list[str] = []
        self._in_cell = False
        self._silent = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if name == "table":
            self._depth += 1
            if self._depth == 1:
                self._sheet = self.facts.setdefault(attribute(attributes, "name"), SheetFacts())
                self._row = 0
        elif self._depth != 1:
            return
        elif name == "table-row":
            self._row_repeat = _count(attribute(attributes, "number-rows-repeated"))
            self._column = 0
        elif name in ("table-cell", "covered-table-cell"):
            self._begin_cell(attributes)
        elif name == "annotation":
            self._silent += 1

    def end(self, name: str) -> None:
        """An element ends."""
        if name == "table":
            self._depth -= 1
        elif self._depth != 1:
            return
        elif name == "table-row":
            self._row += self._row_repeat
        elif name in ("table-cell", "covered-table-cell"):
            self._end_cell()
        elif name == "annotation":
            self._silent -= 1

    def text(self, text: str) -> None:
        """Text inside an element."""
        if self._in_cell and not self._silent and len(self._text) < 4:
            self._text.append(text[:80])

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        self._cell_repeat = _count(attribute(attributes, "number-columns-repeated"))
        # calcext:value-type and office:value-type share a local name; an error is only in the former
        types = [value for key, value in attributes.items() if key.rpartition(":")[2] == "value-type"]
        self._type = types[0] if types else ""
        self._error = "error" in types
        self._formula = bool(attribute(attributes, "formula"))
        self._text = []
        self._in_cell = True
        rows, columns = (_count(attribute(attributes, f"number-{axis}-spanned")) for axis in ("rows", "columns"))
        self._sheet.saw_merge((self._row, self._column), (self._row + rows - 1, self._column + columns - 1))

    def _end_cell(self) -> None:
        self._in_cell = False
        text = "".join(self._text).strip()
        last_column = self._column + self._cell_repeat - 1
        if self._error or (self._formula and text.startswith(("Err:", "#")) and self._type in ("", "string")):
            self._sheet.saw_bad(self._row, self._column, text or "#?", formula=False)
        elif self._formula and not self._type:
            self._sheet.saw_bad(self._row, self._column, "=", formula=True)
        elif self._type or text:
            self._sheet.saw(self._row + self._row_repeat - 1, last_column)
        self._column += self._cell_repeat
        if self._column > 10 * sizes.COLUMNS * 16 or self._row > 10 * sizes.ROWS:
            raise BadXml("a table beyond all limits")


def _count(text: str) -> int:
    """A repeat or span count; 1 when absent or no number."""
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else 1
