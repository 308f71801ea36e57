"""Statements over many rows at once: one step of the database instead of one per row.

Between two steps the writer thread gives the interpreter lock away and, beside a busy loop, waits for it: a statement
per row was measured ten times slower there. Up to `_EXACT` rows travel in one statement, more in powers of two, so that
few texts serve all sizes and stay prepared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from foundation.storage.protocol import Parameter, Row, Transaction

_EXACT = 16
_LARGEST = 64
_VALUES_LIMIT = 2048  # parameters in one statement: apsw keeps no statement longer than 16 KiB prepared
_TEXTS = 1024


def insert_rows(transaction: Transaction, statement: str, rows: Sequence[Sequence[Parameter]], tail: str = "") -> None:
    """Run `INSERT INTO table (columns)` for these rows; `tail` follows the VALUES (ON CONFLICT)."""
    for part in _parts(rows):
        transaction.execute(_insertion(statement, tail, len(part[0]), len(part)), _flat(part))


def change_rows(
    transaction: Transaction, statement: str, columns: str, rows: Sequence[Sequence[Parameter]]
) -> list[Row]:
    """Run a statement that reads the table `given`, made of these rows; returns what it returns.

    `columns` names and types them ("number bigint, state text"): PostgreSQL must be told the types.
    """
    found: list[Row] = []
    for part in _parts(rows):
        found += transaction.execute(_with_given(statement, columns, len(part)), _flat(part))
    return found


def rows_among(
    transaction: Transaction, statement: str, values: Sequence[Parameter], trailing: Sequence[Parameter] = ()
) -> list[Row]:
    """Run a statement with `IN {values}` for these values; `trailing` parameters stand behind them."""
    found: list[Row] = []
    for part in _parts([(value,) for value in values]):
        found += transaction.execute(_among(statement, len(part)), [*_flat(part), *trailing])
    return found


def _flat(rows: Sequence[Sequence[Parameter]]) -> list[Parameter]:
    return [value for row in rows for value in row]


def _parts(rows: Sequence[Sequence[Parameter]]) -> Iterator[Sequence[Sequence[Parameter]]]:
    if not rows:
        return
    largest = _LARGEST
    while largest > 1 and largest * len(rows[0]) > _VALUES_LIMIT:
        largest //= 2
    start, total = 0, len(rows)
    while start < total:
        left = total - start
        size = min(largest, left if left <= _EXACT else 1 << (left.bit_length() - 1))
        yield rows[start : start + size] if size < total else rows
        start += size


@lru_cache(maxsize=_TEXTS)
def _insertion(statement: str, tail: str, width: int, count: int) -> str:
    row = f"({', '.join('?' * width)})"
    return f"{statement} VALUES {', '.join([row] * count)} {tail}"


@lru_cache(maxsize=_TEXTS)
def _with_given(statement: str, columns: str, count: int) -> str:
    named = [column.split() for column in columns.split(", ")]
    names = ", ".join(name for name, _ in named)
    first = ", ".join(f"CAST(? AS {kind})" for _, kind in named)
    other = f", ({', '.join('?' * len(named))})"
    return f"WITH given ({names}) AS (VALUES ({first}){other * (count - 1)}) {statement}"


@lru_cache(maxsize=_TEXTS)
def _among(statement: str, count: int) -> str:
    return statement.replace("{values}", f"({', '.join('?' * count)})")
