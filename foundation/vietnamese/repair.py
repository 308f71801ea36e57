"""Repair of TCVN3, VNI-Windows, decomposed Unicode and mojibake: lines, texts, columns, and the cells of a person.

Promises: text comes out in NFC; a definite Unicode text is never changed otherwise; the original stays beside the
result with a confidence, and below `CONFIDENT` the result is a question for a person, not a fact. It does not trim,
title-case or otherwise tidy, and it does not read VISCII, VPS or the VN1 capitals of TCVN.

Own cells decide first, then the column (or the nearest lines): see `decision`.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Final

from foundation.vietnamese.decision import (
    NO_EVIDENCE,
    Look,
    decide_row,
    estimate_mixture,
    mixture_of,
    row_is_in_capitals,
)
from foundation.vietnamese.evidence import Slot, best_slot
from foundation.vietnamese.readings import CHOICES, CONFIDENT, Encoding, Open, Repaired, Role, Vector, look

_LINE_END: Final = re.compile("\r\n|\n|\r")
"""Not `str.splitlines`, which also breaks at U+0085: in mojibake that is a part of a letter."""

_SAMPLE_ROWS: Final = 4000
"""Rows from which the mixture of a column is estimated: its error is then below one percent of all rows."""

_SAMPLE_WORDS: Final = 400

_NEAREST_LINE_SHARE: Final = 0.9
"""How often a line without evidence is written like the nearest line with evidence."""


def repair_line(line: str) -> Repaired:
    """One line of text on its own."""
    return decide_row((look(line, "words"),), mixture_of(None))[0]


def repair_text(text: str) -> list[Repaired]:
    """A text line by line; lines with little evidence follow the nearest line with evidence."""
    looks = [look(line, "words") for line in _LINE_END.split(text)]
    mixture = estimate_mixture((cell,) for cell in looks)
    first = [decide_row((cell,), mixture)[0] for cell in looks]
    strong = [index for index, line in enumerate(first) if line.encoding in CHOICES and line.confidence >= CONFIDENT]
    return [
        line
        if line.confidence >= CONFIDENT or not strong
        else _like_the_nearest(index, looks[index], first, strong, mixture)
        for index, line in enumerate(first)
    ]


def _like_the_nearest(
    index: int, cell: Look, first: Sequence[Repaired], strong: Sequence[int], mixture: Vector
) -> Repaired:
    after = bisect(strong, index)
    nearest = min(strong[max(0, after - 1) : after + 1], key=lambda other: (abs(other - index), other))
    encoding = first[nearest].encoding
    prior = [(1 - _NEAREST_LINE_SHARE) * share for share in mixture]
    prior[CHOICES.index(encoding)] += _NEAREST_LINE_SHARE
    return decide_row((cell,), (prior[0], prior[1], prior[2], prior[3]))[0]


def repair_cells(
    cells: Sequence[str], *, prior: Encoding | Mapping[Encoding, float] | None = None, role: Role | None = None
) -> list[Repaired]:
    """The cells of one column, each row on its own against the mixture of the column.

    `prior` is what is known of the column beforehand; `role` says what it holds, else its own words tell.
    """
    return [row[0] for row in repair_name_rows([(cell,) for cell in cells], (role,) if role else None, prior=prior)]


def repair_name_cells(
    cells: Sequence[str],
    column_hint: Encoding | Mapping[Encoding, float] | None = None,
    roles: Sequence[Role] | None = None,
) -> list[Repaired]:
    """The cells of one person: their own evidence first, then the hint (see `column_mixture`).

    Without roles one cell is a full name, two are "họ đệm" and given name, three are family, middle and given name;
    further cells are ordinary text (title, agency).
    """
    roles = roles or _usual_roles(len(cells))
    return decide_row([look(cell, role) for cell, role in zip(cells, roles, strict=True)], mixture_of(column_hint))


def repair_name_rows(
    rows: Sequence[Sequence[str]],
    roles: Sequence[Role] | None = None,
    *,
    prior: Encoding | Mapping[Encoding, float] | None = None,
) -> list[list[Repaired]]:
    """Whole rows of one table: every row by its own cells first, then by the mixture of all rows.

    All rows have as many cells as the first; `roles` says what each column holds, else the columns' own words tell.
    """
    if not rows:
        return []
    roles = roles or guess_roles(rows)
    sample = _sample(rows, roles)
    mixture = estimate_mixture(sample, mixture_of(prior))
    capitals = sum(row_is_in_capitals(row, otherwise=False) for row in sample) * 2 > len(sample)
    return [decide_row(list(map(look, row, roles)), mixture, capitals=capitals) for row in rows]


def column_mixture(rows: Sequence[Sequence[str]], roles: Sequence[Role] | None = None) -> dict[Encoding, float]:
    """The share of each encoding among rows of cells: a hint for `repair_name_cells` when rows come one by one."""
    if not rows:
        return {}
    return dict(zip(CHOICES, estimate_mixture(_sample(rows, roles or guess_roles(rows))), strict=True))


def _sample(rows: Sequence[Sequence[str]], roles: Sequence[Role]) -> list[list[Look]]:
    step = max(1, len(rows) // _SAMPLE_ROWS)
    return [list(map(look, row, roles)) for row in rows[::step]]


def guess_roles(rows: Sequence[Sequence[str]]) -> tuple[Role, ...]:
    """What each column holds, from its settled words; columns that say nothing count as ordinary text."""
    return tuple(_guess_role([row[column] for row in islice(rows, _SAMPLE_WORDS)]) for column in range(len(rows[0])))


def _guess_role(cells: Iterable[str]) -> Role:
    words = [cell.text.split() for cell in (look(cell, "words") for cell in cells) if isinstance(cell, Repaired)]
    words = [parts for parts in words if parts]
    several = sum(len(parts) > 1 for parts in words)
    places: tuple[Slot, ...] = ("family", "middle", "given", "words")
    if several * 2 <= len(words):
        single: Slot = best_slot((parts[0] for parts in words), places)
        return "words" if single == "any" else single
    first = best_slot((parts[0] for parts in words), ("family", "words"))
    last = best_slot((parts[-1] for parts in words), ("middle", "given", "words"))
    if first == "words" or last == "words":
        return "words"
    return "full" if last == "given" else "family_middle"


def _usual_roles(count: int) -> tuple[Role, ...]:
    names: tuple[Role, ...] = {1: ("full",), 2: ("family_middle", "given")}.get(count, ("family", "middle", "given"))  # type: ignore[assignment]
    return (*names[:count], *["words"] * (count - len(names)))  # type: ignore[arg-type]


def candidates(cell: str, role: Role = "full") -> tuple[str, ...]:
    """The different texts a cell may stand for, likeliest first by its own evidence: what a question offers."""
    found = look(cell, role)
    if not isinstance(found, Open):
        return (found.text,)
    ranked = sorted(range(4), key=lambda choice: -found.likelihoods[choice] * NO_EVIDENCE[choice])
    texts = dict.fromkeys(found.read_as(choice) for choice in ranked if found.readable[choice])
    return tuple(texts) or (cell,)
