"""Whether a text can be a personal name at all, and names typed in capitals given their ordinary case.

A name may be one letter ("Ý") or seven words; it has no digits, no control or bidirectional characters and no
punctuation but apostrophes and hyphens. Spelling is never corrected.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from foundation.language import Text
from provisioner.roster.sizes import NAME_CHARACTERS

_PUNCTUATION = " '’‘ʼ′`´-–."
_WITHOUT_PUNCTUATION = str.maketrans("", "", _PUNCTUATION)

TOO_LONG = Text("tên dài {count} ký tự, tối đa {limit}", "the name has {count} characters, at most {limit}")
HAS_DIGIT = Text("tên có chữ số", "the name holds a digit")
HAS_CONTROL = Text("tên có ký tự điều khiển hoặc đổi chiều chữ", "the name holds control or bidirectional characters")
HAS_OTHER = Text("tên có ký tự lạ {letter}", "the name holds the character {letter}")
NO_LETTER = Text("tên không có chữ cái", "the name has no letter")
WRITE_IT = Text(
    "ghi đúng họ và tên như trong quyết định; chú thích để ở cột Ghi chú",
    "write the name as in the decision of appointment; put remarks in the column Ghi chú",
)


class NameFault(NamedTuple):
    """A message and the values that fill its fields (apart, so that faults of one kind can be counted)."""

    message: Text
    values: dict[str, object]


def name_fault(name: str) -> NameFault | None:
    """Why a tidy text cannot be a personal name, None when it can."""
    if len(name) > NAME_CHARACTERS:
        return NameFault(TOO_LONG, {"count": len(name), "limit": NAME_CHARACTERS})
    if name.replace(" ", "").isalpha() or name.translate(_WITHOUT_PUNCTUATION).isalpha():
        return None
    if any(letter.isnumeric() for letter in name):
        return NameFault(HAS_DIGIT, {})
    for letter in name:
        category = unicodedata.category(letter)
        if category[0] == "C" or category in ("Zl", "Zp"):
            return NameFault(HAS_CONTROL, {})
        if category[0] not in "LM" and letter not in _PUNCTUATION:
            return NameFault(HAS_OTHER, {"letter": repr(letter)})
    if not any(letter.isalpha() for letter in name):
        return NameFault(NO_LETTER, {})
    return None


def is_whole(name: str) -> bool:
    """Whether a reading of a damaged name can be offered: a name, without letters such as "ª" that no name has."""
    return name_fault(name) is None and not any(unicodedata.category(letter) == "Lo" for letter in name)


def ordinary_case(name: str) -> str:
    """NGUYỄN VĂN AN and nguyễn văn an as Nguyễn Văn An; a name in mixed case stays as it is."""
    if len(name) < 2 or not (name.isupper() or name.islower()):
        return name
    return re.sub(r"[^\W\d_][\w\u0300-\u036f]*", lambda word: word[0][:1].upper() + word[0][1:].lower(), name)
