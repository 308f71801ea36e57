"""The Vietnamese letters: composed form, letter without its tone, tone, and what proves that text is Unicode.

Everything here is a table or a lookup; no guessing. `SPLIT` knows the 134 accented letters of the alphabet only: ñ or ŭ
of Êđê and Jrai names are letters of their own and keep their marks.
"""

from __future__ import annotations

import re
from typing import Final
from unicodedata import normalize

VOWELS: Final = "aăâeêioôơuưy"

TONES: Final = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
"""Combining marks in Vietnamese order: ngang, huyền, hỏi, ngã, sắc, nặng; the index is the tone number."""

LEVEL, GRAVE, HOOK, TILDE, ACUTE, DOT = range(6)


def _split_table() -> dict[str, tuple[str, int]]:
    table = {"đ": ("đ", LEVEL), "Đ": ("Đ", LEVEL)}
    for vowel in VOWELS + VOWELS.upper():
        for tone, mark in enumerate(TONES):
            table[normalize("NFC", vowel + mark)] = (vowel, tone)
    return table


SPLIT: Final = _split_table()
"""Each vowel of the alphabet, with any tone and in both cases, and đ: (letter without its tone, tone number)."""

DEFINITE: Final = re.compile("[ăĂđĐĩĨũŨơƠưƯ\u1ea0-\u1ef9]")
"""One of these letters proves Unicode: no legacy encoding that is read as latin-1 or cp1252 can show it."""

MINORITY_LETTERS: Final = "ŭčĕĭŏƀñ"
"""Letters of Êđê, Jrai, Ba Na and Mnông names outside the alphabet (ơ̆ ư̆ ê̆ ô̆ are a letter and U+0306)."""

EXTRA_LETTERS: Final = frozenset(MINORITY_LETTERS + MINORITY_LETTERS.upper() + "\u0306ðÐ")
"""Letters that a Unicode name may hold beside the alphabet: the minority letters, and ð Ð, typed by mistake for đ Đ."""

APOSTROPHES: Final = "'`´‘’‛ʹʻʼ′＇"
"""What people type between H or K and a name (H'Bliă, H’Bliă, HʼBliă): all mean the same."""


def nfc(text: str) -> str:
    """The composed form (Unicode NFC), the only form that we store, hash, compare or send."""
    return text if text.isascii() else normalize("NFC", text)


def without_tone(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Composed text without tone marks (ă â ê ô ơ ư đ stay), and (position, tone number) of each mark taken away."""
    tones: list[tuple[int, int]] = []
    letters: list[str] = []
    for position, character in enumerate(text):
        letter, tone = SPLIT.get(character, (character, LEVEL))
        letters.append(letter)
        if tone:
            tones.append((position, tone))
    return "".join(letters), tones
