"""Employee ids as text: what a sheet made of them is undone where it can be known, refused where digits are lost.

Ids are compared exactly as they stand (they are the person key); nothing is padded or re-cased on a guess.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date, time, timedelta

from foundation.language import Text
from provisioner.roster.sizes import EMPLOYEE_ID_CHARACTERS
from provisioner.roster.tables import BadCell, Cell
from provisioner.roster.texts import has_control, raw_text, tidy

_SCIENTIFIC = re.compile(r"\d(?:[.,]\d+[eE]\+?|[eE]\+)\d+\Z")
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/\-]{0,63}\Z")

SCIENTIFIC = Text(
    "mã đã thành số dạng khoa học, mất chữ số", "the id became a number in scientific notation and lost digits"
)
FRACTION = Text("mã là số lẻ", "the id is a number with a fraction")
BECAME_DATE = Text("mã đã thành ngày tháng", "the id became a date")
TOO_LONG = Text("mã dài quá {limit} ký tự", "the id has more than {limit} characters")
CONTROL = Text("mã có ký tự điều khiển", "the id holds control characters")
FORMAT_AS_TEXT = Text(
    "đặt cột mã thành kiểu Văn bản (Text) trong Excel rồi nhập lại mã",
    "format the id column as Text in Excel and enter the id again",
)


class BadId(ValueError):
    """Why a cell is no employee id."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.en)
        self.reason = reason


def parse_employee_id(cell: Cell) -> str:
    """The id in a cell, "" when blank. Raises BadId."""
    if isinstance(cell, str) and _PLAIN.match(cell) and not _SCIENTIFIC.match(cell):
        return cell
    if isinstance(cell, float) and not cell.is_integer():
        raise BadId(FRACTION)
    if isinstance(cell, int | float) and abs(cell) >= 1e15:  # Excel keeps 15 significant digits
        raise BadId(SCIENTIFIC)
    if isinstance(cell, date | time | timedelta | bool | BadCell):
        raise BadId(BECAME_DATE)
    text = tidy(raw_text(cell)).lstrip("'’")  # Excel's mark for "this is text", when it was typed into a CSV
    if _SCIENTIFIC.match(text):
        raise BadId(SCIENTIFIC)
    if len(text) > EMPLOYEE_ID_CHARACTERS:
        raise BadId(TOO_LONG.format(limit=EMPLOYEE_ID_CHARACTERS))
    if has_control(text):
        raise BadId(CONTROL)
    return text


def with_lost_zeros(ids: Iterable[str]) -> dict[str, str]:
    """Ids that have probably lost leading zeros, with what they were: most ids have one width, some of those start
    with 0.

    Where no id of the usual width starts with 0 the ids are simply numbers that grow (98, 99, 100) and nothing is
    asked.
    """
    digits = [one for one in ids if one.isascii() and one.isdigit()]
    if not digits:
        return {}
    width, count = Counter(map(len, digits)).most_common(1)[0]
    if count * 2 <= len(digits) or not any(one[0] == "0" and len(one) == width for one in digits):
        return {}
    return {one: one.zfill(width) for one in digits if len(one) < width and one[0] != "0"}
