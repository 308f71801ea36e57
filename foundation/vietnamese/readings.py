"""One cell or line in every encoding it may be written in, each reading with its likelihood.

`look` sorts a text into settled (ASCII, definite Unicode, decomposed: nothing to decide) and open; an open text carries
four readings. Deciding between them needs the neighbours and happens in `decision`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import exp
from typing import Final, Literal, NamedTuple
from unicodedata import normalize

from foundation.vietnamese.encodings import decode_tcvn3, decode_vni, stands_in_capitals, with_capitals
from foundation.vietnamese.evidence import (
    FOREIGN,
    IMPOSSIBLE,
    PRONOUNCEABLE,
    SYMBOL_BESIDE,
    UNLISTED,
    Slot,
    log_likelihood,
)
from foundation.vietnamese.letters import DEFINITE
from foundation.vietnamese.mojibake import decode_mojibake
from foundation.vietnamese.syllables import syllable_is_valid

Encoding = Literal["unicode", "ascii", "tcvn3", "vni", "decomposed", "mojibake", "unknown"]

CHOICES: Final[tuple[Encoding, ...]] = ("unicode", "tcvn3", "vni", "mojibake")
"""What an open text may be, in the order of every vector of this package."""

Role = Literal["full", "family", "family_middle", "middle", "given", "words"]
"""What a cell holds: a full name, a part of a name, or ordinary text (a title, the name of an agency, a sentence)."""

CONFIDENT: Final = 0.99
"""Below this confidence a name is a question to a person. Confidence is the probability that the text is right."""

DOUBTED: Final = 0.5
"""Confidence of text that holds something nobody can read, or that mixes two encodings in one cell."""

GUESSED: Final = 0.9
"""Highest confidence of a reading in which a lost letter was filled in."""

Vector = tuple[float, float, float, float]

_WORD: Final = re.compile("[A-Za-z\x80-\x9f\xa1-\xb3\xb5-\u024f\u0300-\u036f\u1e00-\u1eff]+")
_LATIN1: Final = re.compile("[\x80-\x9f\xa1-\xff\ufffd]")
_LOST: Final = re.compile(r"[A-Za-z]\?+[A-Za-z]")
"""Letters that a narrow encoding replaced for good: "Nguy?n"."""
_LOST_HORN: Final = str.maketrans({"ơ": "ươ", "ờ": "ườ", "ở": "ưở", "ỡ": "ưỡ", "ớ": "ướ", "ợ": "ượ"})
_FLOOR: Final = 1e-60
_FAR_BELOW: Final = -1e6
_CACHED_LETTERS: Final = 120
"""Longer texts are not remembered, so that a hostile file cannot fill the memory; every name is shorter."""
_LONGEST_WORD: Final = 60
"""No word of any reading is longer, not even a syllable that was misread twice."""


class Repaired(NamedTuple):
    """A text in Unicode NFC beside what was found, how that was encoded, and how sure that is (0 to 1)."""

    text: str
    original: str
    encoding: Encoding
    confidence: float


class Open(NamedTuple):
    """A text that may be read in several ways, in the order of `CHOICES`; the highest likelihood is 1.

    `guessed`: a lost letter was filled in; `readable`: every word is made of Vietnamese or minority letters;
    `plausible`: as it stands, every word is a Vietnamese syllable or a known name: nothing in it tells of an encoding.
    """

    original: str
    role: Role
    likelihoods: Vector
    guessed: tuple[bool, bool, bool, bool]
    readable: tuple[bool, bool, bool, bool]
    plausible: bool

    def read_as(self, choice: int, *, heading: bool = False) -> str:
        """The text in this encoding; `heading` when the text around stands in capitals."""
        read = _read if len(self.original) <= _CACHED_LETTERS else _read.__wrapped__
        return read(self.original, self.role, choice, heading)


def look(original: str, role: Role) -> Repaired | Open:
    """What the text is, when that needs no neighbour, or all its readings."""
    return _look(original, role) if len(original) <= _CACHED_LETTERS else _look.__wrapped__(original, role)


@lru_cache(maxsize=16384)
def _look(original: str, role: Role) -> Repaired | Open:
    if original.isascii():
        lost = role != "words" and _LOST.search(original)
        return Repaired(original, original, "unknown", 0.0) if lost else Repaired(original, original, "ascii", 1.0)
    text = normalize("NFC", original)
    if "\ufffd" in text and not decode_mojibake(text):
        return Repaired(text, original, "unknown", 0.0)
    if text != original:
        return Repaired(text, original, "decomposed", 1.0)
    if not _LATIN1.search(text):
        return Repaired(text, original, "unicode", 1.0)
    if DEFINITE.search(text):
        return Repaired(text, original, "unicode", DOUBTED if _mixes_encodings(text) else 1.0)
    return _open(text, role)


def _mixes_encodings(text: str) -> bool:
    """Whether a definite Unicode text holds a word that only a legacy encoding explains ("Nguyễn V¨n")."""
    for word in _WORD.findall(text):
        if word.isascii() or len(word) > _LONGEST_WORD or DEFINITE.search(word):
            continue
        raw = log_likelihood(word, "any")
        if raw <= FOREIGN or (raw <= PRONOUNCEABLE and any(map(_is_syllable, (decode_tcvn3(word), decode_vni(word))))):
            return True
    return False


def _is_syllable(word: str | None) -> bool:
    return word is not None and syllable_is_valid(word)


def _open(text: str, role: Role) -> Open:
    raw = tcvn3 = vni = worst_raw = worst_tcvn3 = worst_vni = 0.0
    lost_horn = False
    for word, slot in _slots(text, role):
        if word.isascii():
            continue
        if len(word) > _LONGEST_WORD:
            raw, tcvn3, vni = raw + FOREIGN, tcvn3 + FOREIGN, vni + FOREIGN
            worst_raw = worst_tcvn3 = worst_vni = FOREIGN
            continue
        as_raw, as_tcvn3, as_vni, lost = _word_likelihoods(word, slot)
        raw, tcvn3, vni = raw + as_raw, tcvn3 + as_tcvn3, vni + as_vni
        worst_raw, worst_tcvn3, worst_vni = min(worst_raw, as_raw), min(worst_tcvn3, as_tcvn3), min(worst_vni, as_vni)
        lost_horn = lost_horn or lost
    behind = decode_mojibake(text)
    mojibake, worst_mojibake = _likelihood(behind.text, role) if behind else (_FAR_BELOW, IMPOSSIBLE)
    coincidence = behind.sequences * SYMBOL_BESIDE if behind else 0.0
    raw, tcvn3, vni = raw + coincidence, tcvn3 + coincidence, vni + coincidence
    best = max(raw, tcvn3, vni, mojibake)
    return Open(
        text,
        role,
        (_relative(raw, best), _relative(tcvn3, best), _relative(vni, best), _relative(mojibake, best)),
        (False, lost_horn, False, behind is not None and behind.guessed),
        (worst_raw > FOREIGN, worst_tcvn3 > FOREIGN, worst_vni > FOREIGN, worst_mojibake > FOREIGN),
        worst_raw >= UNLISTED,
    )


def _relative(likelihood: float, best: float) -> float:
    return max(_FLOOR, exp(likelihood - best))


@lru_cache(maxsize=16384)
def _word_likelihoods(word: str, slot: Slot) -> tuple[float, float, float, bool]:
    """(raw, TCVN3, VNI) of one surface word, and whether the TCVN3 reading needs a lost ư filled in."""
    tcvn3, vni = decode_tcvn3(word), decode_vni(word)
    filled = _with_horn(tcvn3) if tcvn3 else None
    as_tcvn3 = IMPOSSIBLE
    if filled is not None:
        as_tcvn3 = log_likelihood(filled, slot) + PRONOUNCEABLE / 4
    elif tcvn3 is not None:
        as_tcvn3 = log_likelihood(with_capitals(tcvn3, heading=False, name=False), slot)
    as_vni = IMPOSSIBLE if vni is None else log_likelihood(vni, slot)
    raw = log_likelihood(word, slot)
    if raw == FOREIGN and max(as_tcvn3, as_vni) <= PRONOUNCEABLE and _is_western(word):
        raw = PRONOUNCEABLE
    return raw, as_tcvn3, as_vni, filled is not None


def _is_western(word: str) -> bool:
    """Letters only: a foreign name (Müller) when no reading makes Vietnamese of it."""
    return word.isalpha() and not any(letter in "ªµº" for letter in word)


def _with_horn(word: str) -> str | None:
    """The word with a lost ư (U+00AD, which many programs delete), if that makes it a syllable: Phơng -> Phương."""
    if syllable_is_valid(word):
        return None
    filled = word.translate(_LOST_HORN)
    return filled if filled != word and syllable_is_valid(filled) else None


@lru_cache(maxsize=16384)
def _read(surface: str, role: Role, choice: int, heading: bool) -> str:
    encoding = CHOICES[choice]
    if encoding == "tcvn3" and (decoded := decode_tcvn3(surface)) is not None:
        filled = _WORD.sub(lambda found: _with_horn(found[0]) or found[0], decoded)
        return with_capitals(filled, heading=heading, name=role != "words")
    if encoding == "vni":
        return decode_vni(surface) or surface
    if encoding == "mojibake" and (behind := decode_mojibake(surface)) is not None:
        return behind.text
    return surface


def in_capitals(surface: str, role: Role) -> bool | None:
    """Whether a cell, read as TCVN3, proves that its row was typed in capitals; None when it does not say."""
    return _in_capitals(surface[:_CACHED_LETTERS], role != "words")


@lru_cache(maxsize=8192)
def _in_capitals(surface: str, name: bool) -> bool | None:
    return stands_in_capitals(decode_tcvn3(surface) or surface, name=name)


def _likelihood(text: str, role: Role) -> tuple[float, float]:
    """(log likelihood, that of the worst word) of text that is Unicode."""
    likelihoods = [
        log_likelihood(word, slot) if len(word) <= _LONGEST_WORD else FOREIGN for word, slot in _slots(text, role)
    ]
    return sum(likelihoods), min(likelihoods, default=0.0)


def _slots(text: str, role: Role) -> list[tuple[str, Slot]]:
    """The words of a text, each with the place it has in a name."""
    words = _WORD.findall(text)
    if role == "words":
        return [(word, "words") for word in words]
    if role == "full" or len(words) > 2:
        last = len(words) - 1
        places: list[Slot] = ["family", *["middle"] * (last - 1), "given"]  # type: ignore[list-item]
        return list(zip(words, places if last > 0 else ["any"], strict=False))
    if role == "family_middle":
        return [(word, "middle" if position else "family") for position, word in enumerate(words)]
    return [(word, role) for word in words]
