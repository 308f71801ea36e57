"""What a scan of a sheet finds that the sheet reader hides: cells without a usable value, merged cells, the size.

The library that reads the sheets gives "" for #REF! and for formulas that were never calculated, and holds the whole
rectangle from the first to the last cell in memory. So every sheet is scanned first, as a stream, with the limits
applied.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from provisioner.roster import sizes
from provisioner.roster.tables import BadCell

_BAD_CELLS_KEPT: Final = 10_000
"""Beyond this many faulty cells the first ones are enough to say what is wrong with the file."""
_MERGES_KEPT: Final = 200_000

Range = tuple[tuple[int, int], tuple[int, int]]
"""(first row, first column), (last row, last column), counted from 0."""


@dataclass(slots=True)
class SheetFacts:
    """Places are (row, column) from 0. `last_row` and `last_column` are -1 for a sheet without values."""

    bad: dict[tuple[int, int], BadCell] = field(default_factory=dict)
    merges: list[Range] = field(default_factory=list)
    last_row: int = -1
    last_column: int = -1

    def saw(self, row: int, column: int) -> None:
        """Note that a cell holds a value."""
        if row > self.last_row:
            self.last_row = row
        if column > self.last_column:
            self.last_column = column

    def saw_bad(self, row: int, column: int, text: str, *, formula: bool) -> None:
        """Note a cell without a usable value."""
        self.saw(row, column)
        if len(self.bad) < _BAD_CELLS_KEPT:
            self.bad[row, column] = BadCell(text[:80], formula)

    def saw_merge(self, first: tuple[int, int], last: tuple[int, int]) -> None:
        """Note a merged range."""
        if first != last and len(self.merges) < _MERGES_KEPT:
            self.merges.append((first, last))

    @property
    def grid_cells(self) -> int:
        """The cells of the rectangle that the reader will hold in memory."""
        return (self.last_row + 1) * (self.last_column + 1)

    @property
    def too_large(self) -> bool:
        """Whether the rectangle of the sheet is beyond the limits."""
        return self.last_row >= sizes.ROWS or self.last_column >= sizes.COLUMNS or self.grid_cells > sizes.GRID_CELLS
