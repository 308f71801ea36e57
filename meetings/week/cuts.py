"""Who may read what of a row. Pure.

full: everything, a secret meeting as a neutral row. A leader: what they chair or attend. public: no secret meeting, no
telephone and no address, whatever somebody wrote into a summary or the name of a place; links and papers stand in no
row at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from meetings.week.table import FULL, PUBLIC, Cut, Row

_LINK: Final = re.compile(r"\b(?:[a-z][a-z0-9+.-]{1,20}://|www\.|(?:sips?|h323|tel|mailto):)\S+", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"\S+@\S+")
_TELEPHONE: Final = re.compile(r"(?<![\w/])(?:\+\s?84|\(?0\d)[\d ().-]{6,14}\d(?![\w/])", re.ASCII)
"""Numbers of Viet Nam: ten or eleven digits from 0, or +84 (Circular 22/2014/TT-BTTTT and its changes); dates and
numbers of documents have slashes."""
_PIN: Final = re.compile(r"\b(?:pin|mã họp|mật khẩu|passcode|meeting id|id)\s*(?:là|:|=)?\s*[\d ]{4,}\d", re.IGNORECASE)
_TIDY: Final = (
    (re.compile(r"\([\s,;:]*\)"), ""),
    (re.compile(r"\s{2,}"), " "),
    (re.compile(r"\s+(?=[,;.)])"), ""),
    (re.compile(r"[\s,;:(-]+\Z"), ""),
)
"""What is left around something that was taken out."""


def cut_rows(rows: Iterable[Row], cut: Cut) -> tuple[Row, ...]:
    """The rows of this cut that are in the week, in the same order."""
    standing = [row for row in rows if row.standing == "on"]
    return cut_any(standing, cut)


def cut_any(rows: Iterable[Row], cut: Cut) -> tuple[Row, ...]:
    """The same, with those that are cancelled or moved away."""
    if cut == FULL:
        return tuple(rows)
    if cut == PUBLIC:
        return tuple(public_row(row) for row in rows if not row.secret)
    return tuple(row for row in rows if row.concerns(cut))


def public_row(row: Row) -> Row:
    """What everybody may read of a row. The addresses of leaders go too, so it concerns nobody any more."""
    return replace(
        row,
        content=public_text(row.content),
        leaders=tuple(replace(leader, name=public_text(leader.name), address="") for leader in row.leaders),
        places=_public(row.places),
        participants=_public(row.participants),
        followed_by=_public(row.followed_by),
        reason="",
    )


def public_text(text: str) -> str:
    """The text without links, mail addresses, telephone numbers, PINs."""
    whole = True
    for pattern in (_LINK, _ADDRESS, _PIN, _TELEPHONE):
        text, taken = pattern.subn("", text)
        whole = whole and not taken
    if not whole:
        for pattern, instead in _TIDY:
            text = pattern.sub(instead, text)
    return text.strip()


def _public(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(shown for text in texts if (shown := public_text(text)))
