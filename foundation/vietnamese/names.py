"""Forms of a name for machines: address parts, keys for comparing and searching, order of a Vietnamese list.

None of these is for display: the name itself is stored exactly as the decision of appointment writes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from unicodedata import category, normalize

from foundation.vietnamese.letters import APOSTROPHES, nfc, without_tone

_STROKES: Final = str.maketrans({"đ": "d", "ð": "d", "ɖ": "d", "ƀ": "b"})
"""Letters that do not decompose; ð (eth) and ɖ are typed by mistake for đ, and their capitals look the same."""

_ONE_FORM: Final = str.maketrans({"ð": "đ", "ɖ": "đ"})

_APOSTROPHE: Final = re.compile(rf"[{APOSTROPHES}]\s*")
_GAP: Final = re.compile(r"[^\w\u0300-\u036f]+|_+")

_LETTER_ORDER: Final = "aăâbcčdđeĕêfghiĭjklmnñoŏôơpqrstuŭưvwxyz"
_RANKS: Final = {
    ord(letter): chr(0x4E00 + rank) for rank, letter in enumerate("0123456789" + _LETTER_ORDER.replace("b", "bƀ", 1))
}

SyllableOrder = tuple[str, tuple[int, ...]]
"""Letters as ranks of the alphabet, then tones: how two syllables of a list compare."""


def slug(text: str) -> str:
    """Only a-z and 0-9: for addresses and file names. Letters of other scripts are spelt out; may be empty."""
    lower = nfc(text).lower().translate(_STROKES)
    plain = lower if lower.isascii() else _without_marks(lower)
    if not plain.isascii():
        plain = _spelt_out(plain)
    return "".join(letter for letter in plain if "a" <= letter <= "z" or "0" <= letter <= "9")


def _without_marks(text: str) -> str:
    return "".join(letter for letter in normalize("NFD", text) if category(letter) != "Mn")


def _spelt_out(text: str) -> str:
    from anyascii import anyascii

    return "".join(anyascii(letter).lower() if letter.isalnum() else letter for letter in text)


def syllables(name: str) -> list[str]:
    """The parts of a name in lower case NFC; H'Bliă, H’ Bliă and HʼBliă are one part, Y-Blum is two."""
    joined = _APOSTROPHE.sub("", nfc(name).lower())
    return [part for part in _GAP.split(joined) if part]


def equality_key(name: str) -> str:
    """Equal for two spellings of one legal name: "Hòa" and "Hoà", "H'Jŭ" and "H’ Jŭ"; "Mỹ" and "Mĩ" differ.

    Per syllable the letters without their tone, and the tone as a number (domain rule: names are kept as written, so
    nothing else is folded).
    """
    return " ".join(map(_equality_syllable, syllables(name)))


@lru_cache(maxsize=4096)
def _equality_syllable(part: str) -> str:
    letters, tones = without_tone(part.translate(_ONE_FORM))
    return letters + "".join(str(tone) for _, tone in tones)


def search_key(name: str) -> str:
    """Without any mark, words apart by one space ("nguyen van an"): what people type into a search box."""
    return " ".join(filter(None, map(_search_syllable, syllables(name))))


@lru_cache(maxsize=4096)
def _search_syllable(part: str) -> str:
    return slug(part)


def initials(words: str | Iterable[str]) -> str:
    """The first letter of every word, as in a slug: "Nguyễn Văn" -> "nv", "Đặng Thị H'Bliă" -> "dth"."""
    text = words if isinstance(words, str) else " ".join(words)
    return "".join(plain[0] for plain in map(_search_syllable, syllables(text)) if plain)


def sort_key(given: str, rest: str) -> tuple[tuple[SyllableOrder, ...], tuple[SyllableOrder, ...], str]:
    """Order of a Vietnamese list: by given name, then by "họ đệm", syllable by syllable, letters before tones.

    Tones in the order ngang, huyền, hỏi, ngã, sắc, nặng. The last item makes the order total for different spellings.
    """
    return (
        tuple(map(_syllable_order, syllables(given))),
        tuple(map(_syllable_order, syllables(rest))),
        nfc(f"{given}\n{rest}"),
    )


@lru_cache(maxsize=4096)
def _syllable_order(part: str) -> SyllableOrder:
    letters, tones = without_tone(part.translate(_ONE_FORM))
    return letters.translate(_RANKS), tuple(tone for _, tone in tones)
