"""How likely a word is as part of a name or of an office text: the evidence on which readings are compared.

A word is known (frequency tables shipped as data), or a valid syllable that the tables lack, or letters that no
Vietnamese syllable has. The figures below are natural logarithms of rough probabilities; only their distances matter.
Nothing here knows about encodings.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, Literal

from foundation.vietnamese.encodings import table
from foundation.vietnamese.letters import EXTRA_LETTERS, SPLIT, nfc, without_tone
from foundation.vietnamese.syllables import syllable_is_valid

Slot = Literal["family", "middle", "given", "any", "words"]
"""Where a word stands: a part of a name, some part of a name, or ordinary text (titles, agency names, sentences)."""

UNLISTED: Final = math.log(3e-6)
"""A valid syllable that the tables lack: about 3 % of name words, spread over some ten thousand syllables."""
PRONOUNCEABLE: Final = math.log(1e-7)
"""Vietnamese or minority letters, at most one tone, no Vietnamese syllable: "Mlô", "Bkrông"."""
ODD: Final = math.log(1e-10)
"""Vietnamese letters as nobody writes them: two tones, doubled vowels, capitals inside a word."""
SYMBOL_BESIDE: Final = math.log(1e-5)
"""A symbol that touches a word (quotation marks, degree, footnote figure)."""
FOREIGN: Final = math.log(1e-12)
"""Letters or symbols of no Vietnamese word."""
IMPOSSIBLE: Final = math.log(1e-18)
"""The encoding has no such letter."""

_PLAIN_WORD: Final = math.log(1e-3)
_LISTED_ELSEWHERE: Final = 1e-5
"""Weight of the syllables that `known_names.json` lists without a frequency."""

_DOUBLED: Final = re.compile("aa|aâ|aă|aê|ee|eê|eâ|oo(?!ng|c)|oô|oâ|uu|yy|uo")
_OPENING: Final = "«“‘\"'([§©®°·¡¿•"
_CLOSING: Final = "»”’\"')]²³¹ªº°™®©·"
_SYMBOL_INSIDE: Final = re.compile("[\x80-\x9f\xa1-\xa9\xab-\xb4\xb6-\xb9\xbb-\xbf×÷]")


def syllable_key(word: str) -> str:
    """Lower case, tone as a number at the end: the tone's place in the word does not matter."""
    letters, tones = without_tone(word.lower())
    return letters + "".join(str(tone) for _, tone in tones)


@lru_cache(maxsize=1)
def _tables() -> dict[Slot, dict[str, float]]:
    names, words = table("known_names.json"), table("known_words.json")
    by_slot: dict[Slot, dict[str, float]] = {}
    others = {syllable_key(nfc(word)): _LISTED_ELSEWHERE for word in names["other"]}
    for slot in _NAME_SLOTS:
        by_slot[slot] = {**others, **{syllable_key(nfc(word)): count / 1e5 for word, count in names[slot].items()}}
    by_slot["words"] = {syllable_key(nfc(word)): count / words["total"] for word, count in words["count"].items()}
    by_slot["any"] = _mixed(by_slot, {"family": 0.3, "middle": 0.33, "given": 0.36, "words": 0.01})
    for slot in _NAME_SLOTS:
        by_slot[slot] = _mixed(by_slot, {slot: 0.9, "any": 0.1})
    by_slot["words"] = _mixed(by_slot, {"words": 0.9, "any": 0.1})
    return {slot: {word: math.log(share) for word, share in shares.items()} for slot, shares in by_slot.items()}


_NAME_SLOTS: Final[tuple[Literal["family", "middle", "given"], ...]] = ("family", "middle", "given")


def _mixed(by_slot: dict[Slot, dict[str, float]], weights: dict[Slot, float]) -> dict[str, float]:
    mixture: dict[str, float] = {}
    for slot, weight in weights.items():
        for word, share in by_slot[slot].items():
            mixture[word] = mixture.get(word, 0.0) + weight * share
    return mixture


@lru_cache(maxsize=16384)
def log_likelihood(word: str, slot: Slot) -> float:
    """How likely this word (NFC, no spaces) is in this slot; ASCII words are as likely in every encoding and give 0."""
    if word.isascii():
        return 0.0
    if _SYMBOL_INSIDE.search(word):
        bare = word.lstrip(_OPENING).rstrip(_CLOSING)
        if _SYMBOL_INSIDE.search(bare):
            return FOREIGN
        rest = _PLAIN_WORD if bare.isascii() else log_likelihood(bare, slot)
        return (len(word) - len(bare)) * SYMBOL_BESIDE + (rest if bare else 0.0)
    if _capitals_are_odd(word):
        return ODD
    plain = word.replace("Ð", "Đ").replace("ð", "đ")
    share = _tables()[slot].get(syllable_key(plain))
    if share is not None and not _tone_is_misplaced(plain):
        return max(share, UNLISTED)
    return UNLISTED if syllable_is_valid(plain) else _strange(plain)


def _strange(word: str) -> float:
    if any(not letter.isascii() and letter not in SPLIT and letter not in EXTRA_LETTERS for letter in word):
        return FOREIGN
    letters, tones = without_tone(word.lower())
    return ODD if len(tones) > 1 or _DOUBLED.search(letters) else PRONOUNCEABLE


def _tone_is_misplaced(word: str) -> bool:
    """A syllable but for the place of its tone mark ("Laõ" for "Lão"); words of minority languages never are."""
    letters, tones = without_tone(word.lower())
    return bool(tones) and syllable_is_valid(letters) and not syllable_is_valid(word)


def _capitals_are_odd(word: str) -> bool:
    """A capital with a mark inside a small word, or a small one among capitals: fonts do that, people do not."""
    if word.islower() or word.isupper() or word.istitle():
        return False
    small = any("a" <= letter <= "z" for letter in word)
    capitals = sum("A" <= letter <= "Z" for letter in word)
    marked_capital_inside = any(not letter.isascii() and letter.isupper() for letter in word[1:])
    marked_small = any(not letter.isascii() and letter.islower() for letter in word)
    return (small and marked_capital_inside) or (not small and capitals > 1 and marked_small)


def best_slot(words: Iterable[str], slots: Iterable[Slot]) -> Slot:
    """The slot that explains these words best; words that are no evidence count little."""
    totals: dict[Slot, float] = dict.fromkeys(slots, 0.0)
    shares = _tables()
    for word in words:
        key = syllable_key(word)
        for slot in totals:
            totals[slot] += max(shares[slot].get(key, UNLISTED), UNLISTED)
    return max(totals, key=lambda slot: totals[slot])
