"""A cell as clean text: what Excel and copying from web pages leave behind is removed, what a person wrote is kept.

Two steps, because a legacy name must be repaired between them: `raw_text` changes nothing that could be a byte of a
legacy letter (a no-break space is half of a mis-decoded "à"), `tidy` cleans text that is known to be Unicode.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time

from foundation.vietnamese import nfc
from provisioner.roster.tables import BadCell, Cell

_SPACES = re.compile(r"[\s\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_INVISIBLE = re.compile("[\u200b\u2060\ufeff]")  # zero-width space, word joiner, byte order mark: left by web pages
_BLANKS = frozenset({"", "-", "--", "---", "–", "—", ".", "…", "..."})
_DEFINITE = re.compile("[ăđĩũơưĂĐĨŨƠƯ\u1ea0-\u1ef9]")


def raw_text(cell: Cell) -> str:
    """The cell as text, outer ASCII white space removed; integral floats as integers, dates as yyyy-mm-dd."""
    if isinstance(cell, str):
        text = cell.strip(" \t\r\n\v\f")
    elif isinstance(cell, bool):
        text = "TRUE" if cell else "FALSE"
    elif isinstance(cell, float):
        text = str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    elif isinstance(cell, datetime):
        text = cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    elif isinstance(cell, date | time):
        text = cell.isoformat()
    elif isinstance(cell, BadCell):
        text = cell.text
    else:
        text = str(cell)
    return "" if text in _BLANKS else text


def tidy(text: str) -> str:
    """NFC, single ordinary spaces, no zero-width leftovers; for text that is Unicode already."""
    text = nfc(text)
    if text.isprintable() and "  " not in text:  # of all that is searched for below, only the ordinary space prints
        return text.strip()
    return _SPACES.sub(" ", _INVISIBLE.sub("", text)).strip()


def is_definite_unicode(text: str) -> bool:
    """Whether the text has a letter that only Unicode has: such a cell is never repaired (research: 100 % kept)."""
    return _DEFINITE.search(text) is not None


def has_control(text: str) -> bool:
    """Whether tidy text still holds control, bidirectional or other format characters."""
    return not text.isprintable() and any(
        unicodedata.category(letter) in ("Cc", "Cf", "Co", "Cn", "Cs") for letter in text
    )
