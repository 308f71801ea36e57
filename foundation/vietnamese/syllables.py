"""Which strings are Vietnamese syllables: onset, rime, tone, and where the tone mark may stand.

This is orthography, not a dictionary: "nguẫm" passes although nobody says it. Both styles of tone marks pass ("hoà",
"hòa", also the frequent slips "hùynh" and "qúy"), but a mark on any other vowel does not ("baù"), which is what tells
legacy encodings from Unicode. Syllables of minority languages ("Mlô") are not Vietnamese syllables here.
Rimes follow the usual tables of Vietnamese phonology (e.g. Đoàn Thiện Thuật, Ngữ âm tiếng Việt).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from foundation.vietnamese.letters import ACUTE, DOT, LEVEL, nfc, without_tone

_ONSET_TABLE: Final = "ngh ch gh gi kh ng nh ph qu th tr b c d đ g h k l m n p r s t v x"
_ONSETS: Final = tuple(_ONSET_TABLE.split())
"""Longest first; p stands in borrowed names (Pa, Pin)."""

_RIME_TABLE: Final = """
    a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây
    e ec em en eng eo ep et ê êch êm ên ênh êp êt êu i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu
    o oc oi om on ong ooc oong op ot oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt
    oe oem oen oeo oet ô ôc ôi ôm ôn ông ôông ôp ôt ơ ơi ơm ơn ơp ơt
    u ua uc ui um un ung up ut uân uâng uât uây uê uêch uênh uôc uôi uôm uôn uông uôt uơ
    uy uya uych uyn uynh uyp uyt uyu uyên uyêt ư ưa ưc ưi ưn ưng ưt ưu ươc ươi ươm ươn ương ươp ươt ươu y
"""
_RIMES: Final = frozenset(_RIME_TABLE.split())

_INITIAL_RIMES: Final = frozenset(("yên", "yêt", "yêu", "yêm", "yêng"))
"""Rimes that stand without an onset only; bare iê is written yê there."""

_AFTER_QU_TABLE: Final = """
    a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt ân âng ât âu ây e en eng eo et ê êch ên ênh êt êu
    i in it iu ôc ơ y ych ynh yt yên yêt
"""
_AFTER_QU: Final = frozenset(_AFTER_QU_TABLE.split())

_FRONT: Final = frozenset("eêiy")


_LONGEST: Final = 14
"""Code points of "nghiêng" when every mark stands apart, and some more."""


def syllable_is_valid(syllable: str) -> bool:
    """Whether the text is one well written Vietnamese syllable, in any case, composed or not."""
    return len(syllable) <= _LONGEST and _is_valid(syllable)


@lru_cache(maxsize=16384)
def _is_valid(syllable: str) -> bool:
    letters, tones = without_tone(nfc(syllable).lower())
    if len(tones) > 1:
        return False
    position, tone = tones[0] if tones else (-1, LEVEL)
    return any(
        _rime_fits(onset, letters[len(onset) :]) and _tone_fits(onset, letters, position, tone)
        for onset in (*_ONSETS, "")
        if letters.startswith(onset)
    )


def _rime_fits(onset: str, rime: str) -> bool:
    if onset == "qu":
        return rime in _AFTER_QU
    if onset == "":
        return (rime in _RIMES and not rime.startswith("iê")) or rime in _INITIAL_RIMES
    if rime not in _RIMES:
        return rime == "" and onset == "gi"
    front = rime[0] in _FRONT
    if onset in ("k", "gh", "ngh"):
        return front
    if onset in ("c", "g", "ng"):
        return not front or (onset == "g" and rime[0] == "i")
    return onset != "gi" or not front or rime[0] in "eê"


def _tone_fits(onset: str, letters: str, position: int, tone: int) -> bool:
    rime = letters[len(onset) :]
    if rime.endswith(("c", "ch", "p", "t")) and tone not in (ACUTE, DOT):
        return False
    if tone == LEVEL:
        return True
    if onset == "qu" and position == 1:
        return rime == "y"
    if onset == "gi" and rime == "":
        return position == 1
    return position - len(onset) in _tone_places(rime)


@lru_cache(maxsize=512)
def _tone_places(rime: str) -> tuple[int, ...]:
    """The vowels of a rime (without tone) that may carry the tone mark, as positions in the rime."""
    vowels = rime.rstrip("cghmnpt")
    marked = [index for index, vowel in enumerate(vowels) if vowel in "ăâêôơ"]
    if marked:
        return (marked[-1],)
    if len(vowels) == 3:
        return (1,)
    if vowels in ("oa", "oe", "uy", "oo"):
        return (0, 1)
    return (0,)
