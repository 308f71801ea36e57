"""Tells rows that are no people (headings, totals, signatures, the header again) from people whose id is missing.

The former are ignored and counted; the latter are errors. It errs on the side of the error: a row that has a name and
anything else is a person, unless a signature has been seen above it; a row that has a name and an agency that we know
is a person wherever it stands and whatever its title.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from foundation.vietnamese import repair_cells, slug
from provisioner.roster.columns import Header
from provisioner.roster.name_cells import NAME_ROLES
from provisioner.roster.tables import Cell
from provisioner.roster.texts import raw_text, tidy
from provisioner.roster.words import SIGNATURES, TOTAL_WORDS, TOTALS

_AFTER_TOTAL = re.compile(r"[\s:.\d]+\Z")
_NUMBER = re.compile(r"\d+\.?\Z")
_DIGIT = re.compile("[0-9]")
_SILENT = frozenset({"ordinal", "note", "sex"})


class OtherRows:
    """Judges rows of one table; remembers whether the end of the list has been passed.

    `is_agency` tells whether a text is the code or the name of an agency.
    """

    def __init__(self, header: Header, is_agency: Callable[[str], bool]) -> None:
        self._columns = header.fields
        self._is_agency = is_agency
        self._header_keys = frozenset(slug(label) for label in header.labels if label)
        self._end_seen = False
        self.ignored: list[int] = []

    def is_no_person(self, number: int, cells: Sequence[Cell], employee_id: str) -> bool:
        """Whether the "id" of a row is the header again, or a heading or total written across the columns."""
        if " " not in employee_id and _DIGIT.search(employee_id):
            return False  # an ordinary id: almost all rows end here
        filled = [text for text in map(raw_text, cells) if text]
        texts = _repaired(filled)
        is_header = self._is_header(texts)
        is_end = len(filled) <= 2 and any(_is_total(text) or _is_signature(text) for text in texts)
        self._end_seen = self._end_seen or (is_end and any(map(_is_signature, texts)))
        ordinal = raw_text(cells[self._columns["ordinal"]]) if "ordinal" in self._columns else ""
        alone = [text for text in filled if text != ordinal] == [employee_id] and not _NUMBER.match(ordinal)
        if is_header or is_end or (alone and " " in employee_id):
            self.ignored.append(number)
            return True
        return False

    def misses_its_id(self, number: int, cells: Sequence[Cell]) -> bool:
        """Whether a row without an id is a person all the same."""
        filled = [text for text in map(raw_text, cells) if text]
        by_field = {name: raw_text(cells[index]) for name, index in self._columns.items()}
        telling = [text for name, text in by_field.items() if text and name not in _SILENT]
        ordinal = by_field.get("ordinal", "")
        if not filled or (not telling and _NUMBER.match(ordinal)):
            return False  # blank, or a row numbered in advance
        if self._is_somebody(by_field):
            return True
        texts = _repaired(filled)
        self._end_seen = self._end_seen or any(map(_is_signature, texts))
        is_heading = len(telling) <= 1 and not _NUMBER.match(ordinal)
        if self._end_seen or is_heading or any(map(_is_total, texts)) or self._is_header(texts):
            self.ignored.append(number)
            return False
        return True

    def _is_somebody(self, by_field: Mapping[str, str]) -> bool:
        """Whether there is a name, which is no total or signature, beside a known agency."""
        names = _repaired([by_field.get(name, "") for name in NAME_ROLES])
        if not any(names) or any(_is_total(name) or _is_signature(name) for name in names):
            return False
        agencies = _repaired([by_field.get("agency_code", ""), by_field.get("agency_name", "")])
        return any(map(self._is_agency, agencies))

    def _is_header(self, texts: Sequence[str]) -> bool:
        return sum(1 for text in texts if slug(text) in self._header_keys) * 2 > len(texts)


def _repaired(cells: Sequence[str]) -> list[str]:
    return [tidy(cell.text) for cell in repair_cells(cells)]


def _is_total(text: str) -> bool:
    text = text.lower()
    return text.startswith(TOTALS) or _AFTER_TOTAL.sub("", text) in TOTAL_WORDS


def _is_signature(text: str) -> bool:
    return text.lower().startswith(SIGNATURES)
