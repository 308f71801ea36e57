"""Dates as Vietnamese offices write them: day first, in digits or in words, or a real date cell of a sheet.

Nothing is guessed: a two-digit year, a month above twelve and a day that does not exist are refused with a reason.
05/06/2020 is 5 June here: Decree 30/2020/NĐ-CP (appendix I) writes day, month, year, in this order.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta

from foundation.language import Text
from provisioner.roster.tables import Cell
from provisioner.roster.texts import raw_text

_DAY_FIRST = re.compile(r"(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{4})(?:[ T]+[\d:.]+)?\Z")
_YEAR_FIRST = re.compile(r"(\d{4})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{1,2})(?:[ T]+[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?\Z")
_IN_WORDS = re.compile(r"(?:.*,\s*)?(?:ngày\s+)?(\d{1,2})\s+tháng\s+(\d{1,2})\s+năm\s+(\d{4})\.?\Z", re.IGNORECASE)
_SHORT_YEAR = re.compile(r"\d{1,2}\s*[/.\-]\s*\d{1,2}\s*[/.\-]\s*\d{2}\Z")
_SERIAL = re.compile(r"\d{4,6}(?:\.\d+)?\Z")
_YEAR = re.compile(r"(?:năm\s+)?(\d{4})\Z", re.IGNORECASE)
_MONTH_YEAR = re.compile(r"\d{1,2}\s*[/.\-]\s*\d{4}\Z")

EARLIEST = date(1930, 1, 1)
"""No serving civil servant was appointed before; a serial number below it is a year or a mistake."""
LATEST = date(2100, 12, 31)
_EXCEL_EPOCH = date(1899, 12, 30)
"""Day 0 of Excel's serial numbers, off by one before 1 March 1900 (Excel counts a 29 February 1900), which we
refuse."""

NOT_A_DATE = Text("không phải ngày tháng", "not a date")
SHORT_YEAR = Text("năm chỉ có hai chữ số", "the year has only two digits")
NO_SUCH_DAY = Text("không có ngày này", "no such day exists")
MONTH_FIRST = Text(
    "tháng lớn hơn 12: có thể tháng đã đứng trước ngày",
    "the month is above 12: perhaps the month was written before the day",
)
INCOMPLETE = Text("thiếu ngày hoặc tháng", "the day or the month is missing")
OUT_OF_RANGE = Text("năm không hợp lý", "the year is not plausible")
HOW_TO_WRITE = Text(
    "viết dạng ngày/tháng/năm đủ bốn chữ số năm, ví dụ 05/01/2020",
    "write it as day/month/year with a four-digit year, such as 05/01/2020",
)


class NotADate(ValueError):
    """Why a cell is no date we can trust."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.en)
        self.reason = reason


def parse_date(cell: Cell) -> date | None:
    """The date in a cell, None when it is blank. Raises NotADate."""
    if isinstance(cell, datetime):
        return _plausible(cell.date())
    if isinstance(cell, date):
        return _plausible(cell)
    text = unicodedata.normalize("NFC", raw_text(cell).replace("\u00a0", " ")).strip()
    if not text:
        return None
    if match := _DAY_FIRST.match(text):
        return _make(int(match[3]), int(match[2]), int(match[1]))
    if match := _YEAR_FIRST.match(text):
        return _make(int(match[1]), int(match[2]), int(match[3]))
    if match := _IN_WORDS.match(text):
        return _make(int(match[3]), int(match[2]), int(match[1]))
    return _from_serial(text)


def parse_birth(cell: Cell, today: date) -> None:
    """Check a birth date, of which the year alone may be given. Raises NotADate. Keeps nothing: it is personal data."""
    text = unicodedata.normalize("NFC", raw_text(cell))
    year = int(match[1]) if (match := _YEAR.match(text)) else None
    if year is None and _MONTH_YEAR.match(text):
        year = int(text[-4:])
    if year is None:
        born = parse_date(cell)
        year = born.year if born else None
    if year is not None and not 1900 <= year <= today.year:
        raise NotADate(OUT_OF_RANGE)


def _make(year: int, month: int, day: int) -> date:
    if month > 12 and day <= 12:
        raise NotADate(MONTH_FIRST)
    try:
        return _plausible(date(year, month, day))
    except ValueError as error:
        if isinstance(error, NotADate):
            raise
        raise NotADate(NO_SUCH_DAY) from None


def _plausible(day: date) -> date:
    if not date(1900, 3, 1) <= day <= LATEST:
        raise NotADate(OUT_OF_RANGE)
    return day


def _from_serial(text: str) -> date:
    if _SHORT_YEAR.match(text):
        raise NotADate(SHORT_YEAR)
    if _MONTH_YEAR.match(text) or (_YEAR.match(text) and 1900 <= int(text[-4:]) <= 2100):
        raise NotADate(INCOMPLETE)
    if _SERIAL.match(text):
        days = int(text.partition(".")[0])
        if EARLIEST <= _EXCEL_EPOCH + timedelta(days=days) <= LATEST:
            return _EXCEL_EPOCH + timedelta(days=days)
        raise NotADate(OUT_OF_RANGE)
    raise NotADate(NOT_A_DATE)
