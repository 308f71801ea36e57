"""TCVN3 (ABC fonts) and VNI-Windows as they look when a latin-1 or cp1252 reader has shown them: both directions.

A decoder answers None when a letter has no meaning in that encoding, so an answer is a complete reading. It does not
judge whether the reading makes sense (see `evidence`). TCVN3 has no bytes for capitals with a tone: capital fonts show
the lower-case byte, so decoded headings look like "NGUYễN" until `with_capitals` mends them. The VN1 bytes that some
files use for those capitals are left unread: they share codes with other letters, and a wrong name is worse than a
question.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from foundation.vietnamese.letters import SPLIT, nfc

_UNREADABLE: Final = "\ufffd"


@lru_cache(maxsize=4)
def table(name: str) -> Any:
    """One of the JSON tables beside this module, read on first use."""
    import json
    from pathlib import Path

    return json.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _tcvn3() -> tuple[dict[int, str], dict[str, str]]:
    """(code point -> letter or U+FFFD, letter -> surface form)."""
    decode = {int(byte, 16): letter for byte, letter in table("tcvn3.json")["decode_vn3"].items()}
    surface = {letter: chr(byte) for byte, letter in decode.items()}
    letters_without_meaning = [*range(0x80, 0xA0), *range(0xA1, 0x250), *range(0x300, 0x370), *range(0x1E00, 0x1F00)]
    return {**dict.fromkeys(letters_without_meaning, _UNREADABLE), **decode}, surface


def decode_tcvn3(surface: str) -> str | None:
    """Text that is TCVN3 in truth; None when some character is no letter there."""
    decoded = surface.translate(_tcvn3()[0])
    return None if _UNREADABLE in decoded else decoded


def encode_tcvn3(text: str, *, capital_font: bool = False) -> str:
    """The surface form of TCVN3. A letter without a byte raises ValueError.

    Capitals with a tone have none; with `capital_font` they take the byte of the small letter, as capital fonts do.
    """
    surface = _tcvn3()[1]
    result = []
    for letter in nfc(text):
        if letter in surface:
            result.append(surface[letter])
        elif capital_font and letter.lower() in surface:
            result.append(surface[letter.lower()])
        else:
            result.append(_as_it_is(letter, "TCVN3"))
    return "".join(result)


@lru_cache(maxsize=1)
def _vni() -> tuple[dict[str, str], re.Pattern[str]]:
    """(surface -> letter with marks of either case, a pattern that takes pairs first, then any letter of its own)."""
    decode: dict[str, str] = {}
    for surface, letter in table("vni.json")["decode"].items():
        decode[surface] = letter
        if len(surface) == 2:  # "Aø" occurs: the base letter decides the case
            decode[surface[0] + surface[1].swapcase()] = letter
    pairs = [surface for surface in decode if len(surface) == 2]
    return decode, re.compile("|".join(map(re.escape, pairs)) + "|[\x80-\x9f\xa1-\u024f\u0300-\u036f\u1e00-\u1eff]")


def decode_vni(surface: str) -> str | None:
    """Text that is VNI-Windows in truth; None when some mark stands where it has no meaning."""
    decode, pattern = _vni()
    decoded = pattern.sub(lambda found: decode.get(found[0], _UNREADABLE), surface)
    return None if _UNREADABLE in decoded else decoded


def encode_vni(text: str) -> str:
    """The surface form of VNI-Windows; letters outside the Vietnamese alphabet raise ValueError."""
    surface: dict[str, str] = table("vni.json")["encode"]
    return "".join(surface.get(letter) or _as_it_is(letter, "VNI") for letter in nfc(text))


def _as_it_is(letter: str, encoding: str) -> str:
    if letter.isalpha() and not letter.isascii():
        raise ValueError(f"{letter!r} (U+{ord(letter):04X}) has no code in {encoding}")
    if not letter.isascii() and not letter.isspace() and ord(letter) < 0x2000:
        raise ValueError(f"{letter!r} (U+{ord(letter):04X}) would be read as a letter of {encoding}")
    return letter


_WORD: Final = re.compile(r"[^\W\d_]+")
_SMALL: Final = re.compile("[a-z]")


def stands_in_capitals(decoded: str, *, name: bool) -> bool | None:
    """Whether words of this decoded text prove that it was typed in capitals; None when they do not say.

    In a name any word of two capitals does, if nothing is small. Ordinary text is full of abbreviations ("UBND"): there
    only a capital font does, by a small letter with a tone among capitals ("CộNG", "ủY").
    """
    if _SMALL.search(decoded):
        return False
    words = _WORD.findall(decoded)
    if any((name and _capitals(word) > 1) or _is_of_capital_font(word) for word in words):
        return True
    return None if name else False


def _is_of_capital_font(word: str) -> bool:
    return (_capitals(word) > 1 and not word.isupper()) or _capital_after_small(word)


def _capital_after_small(word: str) -> bool:
    small = next((place for place, letter in enumerate(word) if letter.islower()), len(word))
    return any(letter.isupper() for letter in word[small:])


def _capitals(word: str) -> int:
    return sum(letter.isupper() for letter in word)


def with_capitals(decoded: str, *, heading: bool, name: bool) -> str:
    """Give decoded TCVN3 the capitals that the encoding cannot hold.

    Inside a word in capitals the letters follow ("NGUYễN" -> "NGUYỄN"). `heading` says that the text around is in
    capitals, so that words with one plain letter or none follow too ("Và" -> "VÀ"). In a `name` a word that begins
    with a small letter with a tone gets a capital ("ánh" -> "Ánh"), unless some word begins with a small plain letter.
    """
    raise_first = name and not re.search(r"(?<![^\W\d_])[a-z]", decoded)

    def restore(found: re.Match[str]) -> str:
        word = found[0]
        if not _SMALL.search(word) and (heading or _capitals(word) > 1 or _capital_after_small(word)):
            return word.upper()
        if raise_first and not heading and SPLIT.get(word[0], ("", 0))[1] and word[0].islower():
            return word[0].upper() + word[1:]
        return word

    return _WORD.sub(restore, decoded)
