"""Phone numbers as rosters hold them, in the national form that people dial: `0` and nine or ten digits.

Excel takes a phone for a number and drops its leading zero; a nine-digit number that starts like a mobile gets it back
(numbering plan of Circular 22/2014/TT-BTTTT as converted in 2018: mobiles start 03, 05, 07, 08, 09). Nothing is
dialled or verified.
"""

from __future__ import annotations

import re

_PARTS = re.compile(r"\s*(?:[/;,\n]|\bhoặc\b|\bor\b)\s*", re.IGNORECASE)
_EXTENSION = re.compile(r"\s*(?:\(?\s*(?:máy lẻ|số lẻ|lẻ|ext\.?|x)\s*:?\s*\d+\s*\)?)\s*\Z", re.IGNORECASE)
_DECORATION = re.compile(r"[\s.\-()\u00a0\u2010-\u2015]+")
_NATIONAL = re.compile(r"0[0-9]{9,10}\Z")
_LOST_ZERO = re.compile(r"[35789]\d{8}\Z")


def looks_like_phone(text: str) -> bool:
    """Whether text that starts with + or - is a phone rather than a formula: only digits and decoration follow."""
    digits = _DECORATION.sub("", text.lstrip("+"))
    return digits.isascii() and digits.isdigit() and 8 <= len(digits) <= 15


def parse_phone(text: str) -> str | None:
    """The first phone of a cell in national form, None when it holds none that can be dialled."""
    if _NATIONAL.match(text):
        return text
    for part in _PARTS.split(text):
        if number := _national(part):
            return number
    return None


def _national(text: str) -> str | None:
    digits = _DECORATION.sub("", _EXTENSION.sub("", text))
    if digits.startswith("+84"):
        digits = "0" + digits[3:].removeprefix("0")
    elif digits.startswith("0084"):
        digits = "0" + digits[4:].removeprefix("0")
    elif digits.startswith("84") and len(digits) in (11, 12):
        digits = "0" + digits[2:]
    if digits.isascii() and _LOST_ZERO.match(digits):
        digits = "0" + digits
    return digits if digits.isascii() and _NATIONAL.match(digits) else None
