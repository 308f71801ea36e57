"""The name cells of a row become one name: repaired on the evidence of row and column, checked, split into parts.

Which encodings a column mixes is estimated from a sample of all rows first (`mixture_of_columns`); then every row is
read by its own cells against that mixture. A reading below `CONFIDENT` becomes a question with the candidates, never a
guess.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from foundation.language import Text
from foundation.vietnamese import (
    CONFIDENT,
    Encoding,
    Repaired,
    Role,
    candidates,
    column_mixture,
    equality_key,
    repair_name_cells,
)
from foundation.vietnamese.readings import Open, look
from provisioner.people import Name
from provisioner.roster import name_checks
from provisioner.roster.columns import Header
from provisioner.roster.names import is_compound_family, join_name, split_family_middle, split_name
from provisioner.roster.problem_list import ProblemList
from provisioner.roster.tables import Cell, Row
from provisioner.roster.texts import raw_text, tidy

NAME_ROLES: dict[str, Role] = {
    "full_name": "full",
    "family": "family",
    "middle": "middle",
    "given": "given",
    "family_middle": "family_middle",
}
"""Our name fields, and what the repair of Vietnamese text calls them."""
_CONTEXT_FIELDS = ("title", "agency_name", "rank", "standing", "ethnic_group")
_SAMPLE_ROWS = 4_000
"""Rows in the sample: the share of an encoding is then known to one percent, as `foundation.vietnamese` assumes."""

NO_NAME = Text("dòng không có họ tên", "a row without a name")
FILL_IN = Text("điền ô còn thiếu, hoặc xóa dòng", "fill in the cell, or delete the row")
NAMES_DIFFER = Text(
    "họ tên đầy đủ khác với các cột họ, đệm, tên: {parts}", "the full name differs from its parts: {parts}"
)
ONE_SPELLING = Text("ghi thống nhất một cách", "write the same in both")
ORDER_GUESSED = Text(
    "không chắc phần nào là tên gọi: hiểu là {given}, họ {family}",
    "not certain which part is the given name: taken as {given}, family {family}",
)
SAY_ORDER = Text("thêm cột Dân tộc, hoặc các cột Họ, Đệm, Tên", "add the column Dân tộc, or the columns Họ, Đệm, Tên")
UNSURE = Text("không chắc tên này viết bằng bảng mã nào", "not certain in which encoding this name is written")
ANSWER = Text(
    "có thể là: {read}. Trả lời trong tệp khai ở [roster] answers một dòng: {id}, {header}, tên đúng",
    "it may be: {read}. Answer in the file that [roster] answers names with the line: {id}, {header}, the right name",
)

ANSWER_UNREAD = Text(
    "tên đã mất chữ. Trả lời trong tệp khai ở [roster] answers một dòng: {id}, {header}, tên đúng",
    "letters are lost. Answer in the file that [roster] answers names with the line: {id}, {header}, the right name",
)


@dataclass(frozen=True, slots=True)
class RepairedName:
    """A name that stood in the file in another encoding: what stood there and what we read."""

    employee_id: str
    row: int
    original: str
    text: str
    encoding: str
    confidence: float


def mixture_of_columns(rows: Iterable[Row], header: Header, roles: Mapping[str, Role]) -> dict[Encoding, float]:
    """The share of each encoding in some columns (field -> role), from an even sample of the rows that say anything."""
    fields = [name for name in roles if name in header.fields]
    columns = [header.fields[name] for name in fields]
    sample: list[list[str]] = []
    step = 1
    seen = 0
    for _, cells in rows:
        texts = [cells[index] if index < len(cells) else "" for index in columns]
        if all(not isinstance(text, str) or text.isascii() for text in texts):
            continue
        if seen % step == 0:
            sample.append([raw_text(text) for text in texts])
            if len(sample) >= 2 * _SAMPLE_ROWS:
                del sample[1::2]
                step *= 2
        seen += 1
    return column_mixture(sample, [roles[name] for name in fields]) if sample else {}


class NameReader:
    """Reads the names of one table; keeps what it repaired and counts the encodings."""

    def __init__(self, header: Header, problems: ProblemList, mixture: Mapping[Encoding, float]) -> None:
        self._problems = problems
        self._mixture = mixture
        self._fields = [name for name in NAME_ROLES if name in header.fields]
        self._labels = {name: header.label(name) for name in self._fields}
        self._indexes = [header.fields[name] for name in self._fields]
        self._context_indexes = [header.fields[name] for name in _CONTEXT_FIELDS if name in header.fields]
        self._has_middle = "middle" in header.fields
        self.encodings: Counter[str] = Counter()
        self.repaired: list[RepairedName] = []
        self.recased = 0

    @property
    def fields(self) -> Sequence[str]:
        """The name fields that the table has."""
        return self._fields

    def read(self, number: int, employee_id: str, repaired: Sequence[Repaired], ethnic_group: str) -> Name | None:
        """The name in the repaired cells of a row (in the order of `fields`); None after a problem."""
        encoding = encoding_of(repaired) or "ascii"
        self.encodings[encoding] += 1
        self._ask_when_unsure(number, employee_id, repaired)
        texts = {name: self._cased(tidy(cell.text)) for name, cell in zip(self._fields, repaired, strict=True)}
        name = self._compose(number, texts, ethnic_group)
        if name and encoding not in ("ascii", "unicode"):
            original = " ".join(cell.original for cell in repaired if cell.original)
            confidence = min(cell.confidence for cell in repaired)
            self.repaired.append(RepairedName(employee_id, number, original, name.full, encoding, confidence))
        return name

    def repair(self, raw: Sequence[str], cells: Sequence[Cell], answered: Mapping[str, str]) -> list[Repaired]:
        """Each cell as it is when nothing is doubtful, else on the evidence of its row; answers letter by letter."""
        settled: list[Repaired | Open] = []
        for name, text in zip(self._fields, raw, strict=True):
            settled.append(Repaired(text, text, "unicode", 1.0) if name in answered else look(text, NAME_ROLES[name]))
        if not any(isinstance(cell, Open) for cell in settled):
            return [cell for cell in settled if isinstance(cell, Repaired)]
        context = [text for index in self._context_indexes if not (text := raw_text(cells[index])).isascii()]
        roles: list[Role] = [NAME_ROLES[name] for name in self._fields]
        roles.extend(["words"] * len(context))
        found = repair_name_cells([*raw, *context], self._mixture, roles)
        return [cell if isinstance(cell, Repaired) else read for cell, read in zip(settled, found, strict=False)]

    def _ask_when_unsure(self, number: int, employee_id: str, repaired: Sequence[Repaired]) -> None:
        for name, cell in zip(self._fields, repaired, strict=True):
            if cell.confidence < CONFIDENT:
                read = [
                    text for text in candidates(cell.original, NAME_ROLES[name]) if name_checks.is_whole(tidy(text))
                ]
                hint = (ANSWER if read else ANSWER_UNREAD).format(
                    read=" | ".join(read), id=employee_id, header=self._labels[name]
                )
                self._problems.question(UNSURE, row=number, column=self._labels[name], value=cell.original, hint=hint)

    def _compose(self, number: int, texts: Mapping[str, str], ethnic_group: str) -> Name | None:
        full = texts.get("full_name", "")
        name, guessed = self._split(full, texts, ethnic_group)
        column = self._labels[self._fields[0]]
        if name is None:
            self._problems.error(NO_NAME, row=number, column=column, hint=FILL_IN)
            return None
        if fault := name_checks.name_fault(full or name.full):
            self._problems.error(
                fault.message,
                row=number,
                column=column,
                value=full or name.full,
                hint=name_checks.WRITE_IT,
                **fault.values,
            )
            return None
        if full and full != name.full:
            if _word_keys(full) != _word_keys(name.full):
                self._problems.error(
                    NAMES_DIFFER, row=number, column=column, value=full, hint=ONE_SPELLING, parts=name.full
                )
            name = Name(full, name.family, name.middle, name.given)
        if guessed:
            values = {"given": name.given, "family": name.family or "–"}
            self._problems.warning(ORDER_GUESSED, row=number, column=column, value=name.full, hint=SAY_ORDER, **values)
        return name

    def _split(self, full: str, texts: Mapping[str, str], ethnic_group: str) -> tuple[Name | None, bool]:
        """The name and whether its order was a guess: explicit parts win over splitting the full name."""
        if len(texts) == 1:
            return split_name(full, ethnic_group) if full else (None, False)
        family, middle, given = texts.get("family", ""), texts.get("middle", ""), texts.get("given", "")
        before = texts.get("family_middle", "")
        if not before and not self._has_middle and " " in family and not is_compound_family(family):
            before, family = family, ""  # a column "Họ" beside "Tên" alone holds the middle name too
        if given and before:
            return split_family_middle(before, given, ethnic_group)
        if given and (family or middle):
            return join_name(family, middle, given, ethnic_group), False
        whole = full or " ".join(part for part in (before, family, middle, given) if part)
        return split_name(whole, ethnic_group) if whole else (None, False)

    def _cased(self, text: str) -> str:
        cased = name_checks.ordinary_case(text)
        if cased != text:
            self.recased += 1
        return cased


def encoding_of(repaired: Sequence[Repaired]) -> Encoding | None:
    """The encoding of a row: that of its name cells which have one, a legacy one before Unicode; None when all are
    ASCII."""
    found: Encoding | None = None
    for cell in repaired:
        if cell.encoding not in ("ascii", "unknown") and (found is None or cell.encoding != "unicode"):
            found = cell.encoding
    return found


def _word_keys(name: str) -> list[str]:
    return sorted(equality_key(word) for word in re.split(r"[ '’‘ʼ\-]+", name) if word)
