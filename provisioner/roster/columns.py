"""Finds the header of a table and tells which column holds which field.

The header may stand below title lines, be two rows deep with merged cells, or be written in TCVN3 or VNI. A column
that we do not know is a warning, two columns for one field are an error, a field that we cannot do without and do not
find is an error that lists what the file has instead. Reads nothing beyond the first rows that it is given.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from foundation.errors import ConfigError
from foundation.language import Text
from foundation.vietnamese import repair_cells, slug
from provisioner.roster.problem_list import ProblemList
from provisioner.roster.sizes import HEADER_SEARCH_ROWS
from provisioner.roster.tables import COMPLETE, HeaderScore, Row
from provisioner.roster.texts import raw_text, tidy

IGNORE = "ignore"
_PARENTHESES = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_COLUMN_NUMBER = re.compile(r"[(\[]?\s*(\d{1,2}|[A-E])\s*[)\]]?\Z")
_REPEATABLE = frozenset({"birth", "sex", "note", "ordinal", IGNORE})
"""Fields whose values are kept nowhere: a second column of them (birth dates of men | of women) does no harm."""

Widths = Mapping[tuple[int, int], int]


class Vocabulary:
    """The headers known for one kind of file: built-in words, and before them those of the configuration."""

    def __init__(self, words: Mapping[str, Sequence[str]], own: Mapping[str, str] | None = None) -> None:
        self.words = words
        self._fields = {slug(word): name for name, headers in words.items() for word in headers}
        for header, name in (own or {}).items():
            if name != IGNORE and name not in words:
                near = difflib.get_close_matches(name, list(words), 1)
                raise ConfigError(
                    Text(
                        "[roster] columns: không có trường {name} (cột {header})",
                        "[roster] columns: there is no field {name} (column {header})",
                    ).format(name=repr(name), header=repr(header)),
                    Text("trường gần nhất: {near}", "the nearest field: {near}").format(near=", ".join(near or words)),
                )
            self._fields[slug(header)] = name

    def field_of(self, label: str) -> str | None:
        """The field that a header names; words in parentheses are set aside when the whole is unknown."""
        return self._fields.get(slug(label)) or self._fields.get(slug(_PARENTHESES.sub(" ", label)) or "?")


@dataclass(slots=True)
class Header:
    """Where the header stands and which column holds which field. `data_start` is an index into the rows searched."""

    row: int = 0
    data_start: int = 0
    labels: list[str] = field(default_factory=list)
    fields: dict[str, int] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    doubled: list[tuple[str, str]] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)

    def label(self, name: str) -> str:
        """The header of a field as the file spells it."""
        index = self.fields.get(name)
        return self.labels[index] if index is not None else ""


def find_header(rows: Sequence[Row], vocabulary: Vocabulary, widths: Widths | None = None) -> Header | None:
    """The row (or pair of rows) among the first ones that names the most fields; None when no row names two."""
    labels = [_labels(row) for row in rows[: HEADER_SEARCH_ROWS + 2]]
    heights = range(min(len(labels), HEADER_SEARCH_ROWS))
    candidates = [_single(rows, labels, index, vocabulary) for index in heights]
    # two rows are a header only when together they name more than any row alone: hence after the single rows
    candidates += [
        _double(rows, labels, index, vocabulary, widths or {}) for index in heights if index + 1 < len(labels)
    ]
    best = max(candidates, key=lambda header: len(header.fields), default=None)
    if best is None or len(best.fields) < 2:
        return None
    index = next(index for index, row in enumerate(rows) if row[0] == best.row)
    best.titles = [label for row in labels[:index] for label in row if label]
    best.data_start += _column_number_rows(labels[best.data_start :])
    _name_in_several_columns(
        best, labels[best.data_start :], (widths or {}).get((best.row, best.fields.get("full_name", -1)), 1)
    )
    return best


def scorer(vocabulary: Vocabulary, needed: Sequence[tuple[str, ...]]) -> HeaderScore:
    """How many fields the best header among the first rows names, and whether it has all that are needed."""

    def score(rows: Sequence[Row], widths: Widths) -> int:
        header = find_header(rows, vocabulary, widths)
        if header is None:
            return 0
        complete = all(any(name in header.fields for name in group) for group in needed)
        return len(header.fields) + (COMPLETE if complete else 0)

    return score


def require(
    header: Header | None,
    rows: Sequence[Row],
    needed: Sequence[tuple[str, ...]],
    words: Vocabulary,
    problems: ProblemList,
) -> bool:
    """Report what is wrong with the header; False when a needed field (one of each group) is missing."""
    if header is None:
        found = max((_labels(row) for row in rows), key=lambda labels: sum(map(bool, labels)), default=[])
        problems.error(
            Text("không tìm thấy dòng tiêu đề", "no header row found"),
            row=None,
            value=", ".join(label for label in found if label),
            hint=_needed_hint(needed, words),
        )
        return False
    for label in header.unknown:
        problems.warning(
            Text("cột không nhận ra, bỏ qua", "unknown column, ignored"),
            row=header.row,
            column=label,
            hint=Text(
                'khai trong [roster] columns: "{label}" = "ignore" hoặc tên trường',
                'say in [roster] columns: "{label}" = "ignore" or the name of a field',
            ),
            label=label,
        )
    for first, second in header.doubled:
        problems.error(
            Text("hai cột cho cùng một trường: {first} và {second}", "two columns for one field: {first} and {second}"),
            row=header.row,
            column=second,
            hint=Text(
                'đổi tên hoặc xóa một cột, hoặc khai "{second}" = "ignore" trong [roster] columns',
                'rename or delete one of them, or say "{second}" = "ignore" in [roster] columns',
            ),
            first=first,
            second=second,
        )
    missing = [group for group in needed if not any(name in header.fields for name in group)]
    for group in missing:
        problems.error(
            Text("thiếu cột {wanted}", "the column {wanted} is missing"),
            row=header.row,
            value=", ".join(label for label in header.labels if label),
            hint=Text("các cột có trong tệp: {found}", "the file has the columns: {found}"),
            wanted=" / ".join(words.words[name][0] for name in group),
            found=", ".join(label for label in header.labels if label),
        )
    return not missing


def _needed_hint(needed: Sequence[tuple[str, ...]], words: Vocabulary) -> Text:
    names = "; ".join(" / ".join(words.words[name][0] for name in group) for group in needed)
    return Text(
        "cần một dòng tiêu đề trong {count} dòng đầu, có ít nhất các cột: {names}",
        "one of the first {count} rows must be a header with at least the columns: {names}",
    ).format(count=HEADER_SEARCH_ROWS, names=names)


def _labels(row: Row) -> list[str]:
    raw = [raw_text(cell) for cell in row[1]]
    if not all(label.isascii() for label in raw):
        filled = [label for label in raw if label]
        repaired = dict(zip(filled, (cell.text for cell in repair_cells(filled)), strict=True))
        raw = [repaired.get(label, label) for label in raw]
    return [tidy(label) for label in raw]


def _single(rows: Sequence[Row], labels: Sequence[list[str]], index: int, words: Vocabulary) -> Header:
    top = labels[index]
    return _assign(top, [words.field_of(label) if label else None for label in top], rows[index][0], index + 1)


def _double(rows: Sequence[Row], labels: Sequence[list[str]], index: int, words: Vocabulary, widths: Widths) -> Header:
    """Two rows read as one header: "Họ và tên" over "Họ | Đệm | Tên", "Quyết định" over "Số | Ngày"."""
    number = rows[index][0]
    below = labels[index + 1]
    if not any(labels[index]) or any(letter.isdigit() for label in below for letter in label):  # data, not a header
        return Header(row=number)
    both, fields = [], []
    for column, over in enumerate(_spread(number, labels[index], below, widths)):
        under = below[column] if column < len(below) else ""
        both.append(" / ".join(dict.fromkeys(label for label in (over, under) if label)))
        fields.append(_field_of_pair(over, under, words))
    return _assign(both, fields, number, index + 2)


def _field_of_pair(over: str, under: str, words: Vocabulary) -> str | None:
    if not over or not under:
        return words.field_of(over or under) if over or under else None
    group, own = words.field_of(over), words.field_of(under)
    together = words.field_of(f"{under} {over}") or words.field_of(f"{over} {under}")
    if group in ("full_name", "family_middle"):
        return own
    if together and together != group:
        return together
    return group or own


def _spread(number: int, top: list[str], below: list[str], widths: Widths) -> list[str]:
    """The upper labels, each repeated over the columns that it spans: by merged cells, else until the next label."""
    spread: list[str] = []
    left = 0
    for column in range(max(len(top), len(below))):
        label = top[column] if column < len(top) else ""
        under = below[column] if column < len(below) else ""
        if label:
            left = widths.get((number, column), 1) if widths else len(below)
        spread.append(label or (spread[-1] if left > 0 and under and spread else ""))
        left -= 1
    return spread


def _assign(labels: list[str], fields: Sequence[str | None], row: int, data_start: int) -> Header:
    header = Header(row=row, data_start=data_start, labels=labels)
    for index, (label, name) in enumerate(zip(labels, fields, strict=True)):
        if label and name is None:
            header.unknown.append(label)
        elif name and name not in header.fields:
            header.fields[name] = index
        elif name and name not in _REPEATABLE:
            header.doubled.append((labels[header.fields[name]], label))
    header.fields.pop(IGNORE, None)
    return header


def _name_in_several_columns(header: Header, below: Sequence[list[str]], width: int) -> None:
    """One "Họ và tên" over two or three columns without own headers holds "họ đệm | tên" or "họ | đệm | tên"."""
    first = header.fields.get("full_name")
    if first is None or {"family", "given", "family_middle"} & set(header.fields):
        return
    filled = [row for row in below if first < len(row) and row[first]]
    columns = [first]
    for column in (first + 1, first + 2):
        beside = sum(1 for row in filled if column < len(row) and row[column])
        unnamed = column >= len(header.labels) or not header.labels[column]
        if not (unnamed and filled and (beside * 2 >= len(filled)) and (width == 1 or column < first + width)):
            break
        columns.append(column)
    if len(columns) == 1:
        return
    header.labels.extend([""] * (columns[-1] + 1 - len(header.labels)))
    names = ("family_middle", "given") if len(columns) == 2 else ("family", "middle", "given")
    del header.fields["full_name"]
    for number, (name, column) in enumerate(zip(names, columns, strict=True), 1):
        header.fields[name] = column
        if number > 1:
            header.labels[column] = f"{header.labels[first]} ({number})"


def _column_number_rows(following: Sequence[list[str]]) -> int:
    """1 when the row below the header numbers the columns: (1) (2) (3) ..., as office tables do."""
    if not following:
        return 0
    filled = [label for label in following[0] if label]
    if len(filled) < 3 or not all(_COLUMN_NUMBER.match(label) for label in filled):
        return 0
    digits = [int(match[1]) for label in filled if (match := _COLUMN_NUMBER.match(label)) and match[1].isdigit()]
    return int(all(later == earlier + 1 for earlier, later in itertools.pairwise(digits)))
