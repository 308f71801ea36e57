"""UTF-8 that somebody read as cp1252 or latin-1 ("Nguyá»…n"), also both in one text, also twice over.

`decode_mojibake` turns every UTF-8 sequence it finds back into its letter and says whether anything was lost on the
way: readers drop the bytes 81 8D 8F 90 9D, and trimmed or collapsed spaces eat the second byte of "à" (C3 A0). What was
lost is filled in only where one letter is possible; the caller treats such a reading as a guess.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from foundation.vietnamese.letters import nfc
from foundation.vietnamese.syllables import syllable_is_valid

_CP1252_SPECIALS: Final = {
    ord(bytes([byte]).decode("cp1252")): byte
    for byte in range(0x80, 0xA0)
    if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
_SPECIALS: Final = "".join(map(chr, _CP1252_SPECIALS))
_NEXT: Final = f"[\x80-\xbf{_SPECIALS}]"
_SEQUENCE: Final = re.compile(f"[\xf0-\xf4]{_NEXT}{{3}}|[\xe0-\xef]{_NEXT}{{2}}|[\xc2-\xdf]{_NEXT}")

_SUSPECT: Final = re.compile(f"[\xc2-\xf4]{_NEXT}|Ä|Ã|á»")

_PUNCTUATION: Final = "‘’“”…–—•"
_LETTER: Final = "A-Za-z\xc0-\xf4"
_NO_COINCIDENCE: Final = re.compile(
    f"[ÃÄÅÆ](?![{_PUNCTUATION}]){_NEXT}|[ÃÄÅÆ][{_PUNCTUATION}](?=[{_LETTER}])|á[º»]{_NEXT}"
)
_TWICE: Final = re.compile(f"[ÃÄÆ](?![{_PUNCTUATION}]){_NEXT}|á[º»]{_NEXT}")

_LOST_BYTE: Final = re.compile(f"(?P<one>Ä)(?:[?\ufffd]|(?!{_NEXT}))|(?P<two>á»)(?:[?\ufffd]|(?!{_NEXT}))")
_LOST_LETTERS: Final = "ềọỏờỐ"
"""E1 BB followed by 81, 8D, 8F, 9D, 90; C4 followed by 90 is Đ."""

_LONGEST_SYLLABLE: Final = 7
"""Letters of "nghiêng"."""

_EATEN_SPACE: Final = re.compile(r"Ã(?: ([a-z]{1,2})\b| (?= )|(?=[ \t]|$))")
_CODAS: Final = frozenset(("c", "ch", "i", "m", "n", "ng", "nh", "o", "p", "t", "u", "y"))


class Mojibake(NamedTuple):
    """The text behind the mojibake; `guessed` when a lost byte had to be filled in.

    `sequences` counts the byte sequences that are no coincidence: that ordinary text hardly ever holds.
    """

    text: str
    guessed: bool
    sequences: int


def decode_mojibake(text: str) -> Mojibake | None:
    """The text behind; None when the text holds no UTF-8 sequence."""
    if not _SUSPECT.search(text):
        return None
    spaced = _EATEN_SPACE.sub(_restore_a, text)
    decoded = _SEQUENCE.sub(_decode_sequence, spaced)
    while _TWICE.search(decoded):  # a file may have gone through the wrong reader more than once
        decoded = _SEQUENCE.sub(_decode_sequence, decoded)
    filled = _LOST_BYTE.sub(_fill, decoded)
    if filled == text:
        return None
    return Mojibake(nfc(filled), spaced != text or filled != decoded, len(_NO_COINCIDENCE.findall(text)))


def _decode_sequence(found: re.Match[str]) -> str:
    sequence = bytes(_CP1252_SPECIALS.get(ord(character), ord(character)) for character in found[0])
    try:
        return sequence.decode("utf-8")
    except UnicodeDecodeError:
        return found[0]


def _restore_a(found: re.Match[str]) -> str:
    coda = found[1]
    if coda is None:
        return "à"
    return f"à{coda}" if coda in _CODAS else f"à {coda}"


def _fill(found: re.Match[str]) -> str:
    if found["one"]:
        return "Đ"
    before = re.search(r"[^\W\d_]*$", found.string[max(0, found.start() - _LONGEST_SYLLABLE) : found.start()])
    after = re.match(r"[^\W\d_]*", found.string[found.end() : found.end() + _LONGEST_SYLLABLE])
    head, tail = before[0] if before else "", after[0] if after else ""
    small = (head + tail).lower() == head + tail or head.istitle()
    possible = [
        letter
        for letter in _LOST_LETTERS
        if syllable_is_valid(head + letter + tail) and not (small and head and letter.isupper())
    ]
    return possible[0] if len(possible) == 1 else found[0]
