"""What a table is, whatever the format of its file: rows of cells, and the error for a file that is no table.

Only values. What the cells mean is decided elsewhere; files are opened by `table_file`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from foundation.errors import InputError, Problem
from foundation.language import Text


@dataclass(frozen=True, slots=True)
class BadCell:
    """A cell of a sheet that has no usable value: a formula never calculated, or an error such as #REF!."""

    text: str
    formula: bool


Cell = str | int | float | bool | date | datetime | time | timedelta | BadCell
Row = tuple[int, Sequence[Cell]]
"""The 1-based line or sheet row, and its cells."""

HeaderScore = Callable[[Sequence[Row], Mapping[tuple[int, int], int]], int]
"""How well the first rows of a table (with the widths of its merged cells) hold a header that we know; 0 = not at
all."""

COMPLETE: Final = 1_000
"""A score from here on means that the header has every column that we cannot do without."""


@dataclass(slots=True)
class Table:
    """Rows in file order, from the start at each call of `rows`; `widths` gives the columns that a merged cell spans.

    The keys of `widths` are (row number, column index).
    """

    name: str
    rows: Callable[[], Iterator[Row]]
    widths: Mapping[tuple[int, int], int] = field(default_factory=dict)
    is_csv: bool = False

    def close(self) -> None:
        """Let go of the content of the file; there are no rows any more."""
        self.rows = lambda: iter(())


@dataclass(frozen=True, slots=True)
class FileBytes:
    """The content of a file with its name for messages and the hash of exactly these bytes."""

    name: str
    content: bytes
    sha256: str


def refuse(name: str, message: Text, hint: Text | None = None, row: int | None = None, value: str = "") -> InputError:
    """The error for a file that cannot be read as a table at all, as one problem."""
    problem = Problem("error", message, name, row, value=value, hint=hint)
    return InputError(
        Text("{name}: {message}", "{name}: {message}").format(name=name, message=message), hint, (problem,)
    )
