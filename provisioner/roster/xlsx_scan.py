"""Scans the sheets of an XLSX workbook for what the reader hides (ECMA-376 part 1, 18.3.1).

Most sheets hold neither formulas nor errors; a search over the bytes tells, and only the others are parsed cell by
cell.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator

from provisioner.roster import sizes
from provisioner.roster.sheet_facts import SheetFacts
from provisioner.roster.xml_stream import BadXml, attribute, parse_xml
from provisioner.roster.zip_parts import ZipParts

_SUSPECT = re.compile(rb"""<f[\s/>]|\st=["']e["']|<c\s(?![^>]*\br=")[^>]*>|<c[/>]|<!|<\w+:(?:row|c)\b""")
"""A formula, an error, a cell that does not say where it is, a declaration, or prefixed names: look cell by cell."""
_ROW = re.compile(rb'<row\s[^>]*?\br="(\d{1,9})"')
_COLUMN = re.compile(rb'\sr="([A-Z]{1,3})\d')
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,9})\Z")
_TAIL_BYTES = 512
"""Bytes carried from one chunk to the next, so that no tag is cut in two; a cell's tag has under a hundred."""


def xlsx_facts(parts: ZipParts) -> dict[str, SheetFacts]:
    """The facts of each sheet by its name. Raises BadXml and InputError."""
    facts = {}
    for name, part in _sheet_parts(parts).items():
        found = _quick_facts(parts.chunks(part))
        facts[name] = found if found and not found.too_large else _exact_facts(parts.chunks(part))
    return facts


def _sheet_parts(parts: ZipParts) -> dict[str, str]:
    """Sheet name -> part name, in the order of the workbook."""
    targets: dict[str, str] = {}
    sheets: dict[str, str] = {}

    def relation(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            target = attribute(attributes, "Target")
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))
            targets[attribute(attributes, "Id")] = path

    def sheet(name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            sheets[attributes.get("name", "")] = targets.get(_relation_id(attributes), "")

    parse_xml(parts.chunks("xl/_rels/workbook.xml.rels"), relation, _nothing, _nothing)
    parse_xml(parts.chunks("xl/workbook.xml"), sheet, _nothing, _nothing)
    return sheets


def _relation_id(attributes: dict[str, str]) -> str:
    return next((value for key, value in attributes.items() if key.endswith(":id")), "")


def _nothing(_: str) -> None:
    """For elements and texts that do not matter."""


def _quick_facts(chunks: Iterable[bytes]) -> SheetFacts | None:
    """The size of a sheet that has nothing to hide, None when it must be looked at cell by cell."""
    facts = SheetFacts()
    columns: set[bytes] = set()
    tail = b""
    seen = 0
    for chunk in chunks:
        window = tail + chunk
        body = window if seen else window.partition(b"?>")[2] or window
        seen += len(chunk)
        if _SUSPECT.search(body) or b"\x00" in chunk:
            return None
        if rows := _ROW.findall(body):
            facts.last_row = max(facts.last_row, int(rows[-1]) - 1)
        columns.update(_COLUMN.findall(body))
        tail = window[-_TAIL_BYTES:]
    facts.last_column = max((_column_index(letters.decode()) for letters in columns), default=-1)
    return None if facts.last_row < 0 and seen > _TAIL_BYTES * 4 else facts


def _exact_facts(chunks: Iterator[bytes]) -> SheetFacts:
    scan = _CellScan()
    parse_xml(chunks, scan.start, scan.end, scan.text)
    return scan.facts


class _CellScan:
    """Follows rows and cells; a cell without a reference stands right of the one before."""

    def __init__(self) -> None:
        self.facts = SheetFacts()
        self._row = -1
        self._column = -1
        self._type = ""
        self._formula = False
        self._value: list[str] = []
        self._in_value = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if name == "c":
            self._begin_cell(attributes)
        elif name == "row":
            number = attributes.get("r", "")
            self._row = int(number) - 1 if number.isascii() and number.isdigit() else self._row + 1
            self._column = -1
            if self._row > sizes.ROWS:
                raise BadXml("row beyond the limit")
        elif name == "f":
            self._formula = True
        elif name in ("v", "t"):
            self._in_value = True

    def end(self, name: str) -> None:
        """An element ends."""
        if name in ("v", "t"):
            self._in_value = False
        elif name == "c":
            value = "".join(self._value)
            if self._type == "e":
                self.facts.saw_bad(self._row, self._column, value or "#?", formula=False)
            elif self._formula and not value and self._type != "str":
                self.facts.saw_bad(self._row, self._column, "=", formula=True)
            elif value:
                self.facts.saw(self._row, self._column)

    def text(self, text: str) -> None:
        """Text inside an element."""
        if self._in_value and len(self._value) < 4:
            self._value.append(text[:80])

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        self._type = attributes.get("t", "")
        self._formula, self._value = False, []
        if match := _REFERENCE.match(attributes.get("r", "")):
            self._column, self._row = _column_index(match[1]), int(match[2]) - 1
        else:
            self._column += 1


def _column_index(letters: str) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1
