"""Is a text marked secret? The marks of the law on state secrets (117/2025/QH15): TUYỆT MẬT, TỐI MẬT, MẬT.

    a line that is only a mark      TỐI MẬT
    a tag                           [MẬT] Họp về ...      Giấy mời (Mật)
    a field                         Độ mật: Mật
    either long mark anywhere       ... phương án tuyệt mật ...

The word "mật" alone is no mark: bảo mật, mật khẩu, bí mật kinh doanh and mật ong are ordinary. What may be one, and is
worth a look (`secrecy_doubt`): MẬT in capitals as a word of its own, "bí mật nhà nước", a symbol that ends in (M), (TM)
or (TUM). Text in the legacy
encodings TCVN3 and VNI is read too ("MËT", "MAÄT"), and so are the long marks without accents in capitals. It says
where a mark is; what follows from it is decided in `drafting`.
"""

from __future__ import annotations

import re
from typing import Final

from foundation.vietnamese import nfc, repair_text

_LEVEL: Final = r"(?:tuyệt|tối)\s+mật|m(?:ật|Ët|aÄt)"
_ANYWHERE: Final = re.compile(r"\b(?:tuyệt|tối)[\s_-]+mật\b(?!\s+(?:khẩu|ong|độ|thiết|danh|mã))", re.IGNORECASE)
_TAG: Final = re.compile(rf"[\[(<{{]\s*(?:độ\s+)?(?:{_LEVEL})\s*[\])>}}]", re.IGNORECASE)
_FIELD: Final = re.compile(
    rf"\b(?:độ|mức\s+độ|mức)\s+mật\s*[:=-]\s*[\[(]?\s*(?:{_LEVEL})\b|\bđộ\s+mật\s*[:=-]\s*[abc]\b", re.IGNORECASE
)
_LINE: Final = re.compile(r"^[ \t*#.,:;!\-–—]*(?:TUYỆT\s+MẬT|TỐI\s+MẬT|M(?:Ậ|ậ|Ë|AÄ)T)[ \t*#.,:;!\-–—]*$", re.MULTILINE)
"""Alone on its line; "MËT" (TCVN3) and "MAÄT" (VNI) are too short for their encoding to be told."""
_BARE: Final = re.compile(r"\b(?:TUYET|TOI)[\s_-]+MAT\b|[\[(]\s*MAT\s*[\])]")
_DOUBTS: Final = (
    re.compile(r"(?<!\w)(?<!BẢO )(?<!BÍ )MẬT(?!\w)(?!\s+(?:KHẨU|ONG|ĐỘ|MÃ|THIẾT|DANH|VỤ|THƯ|TÔNG)\b)"),
    re.compile(r"\bbí\s+mật\s+nhà\s+nước\b", re.IGNORECASE),
    re.compile(r"(?<=\w)\s?\((?:M|TM|TUM)\)"),
)
_PATTERNS: Final = (_ANYWHERE, _TAG, _FIELD, _LINE, _BARE)
_OLD_TONES: Final = re.compile("[^\x00-\x7f]")


def secrecy_mark(text: str) -> str:
    """The first mark in a text as it stands there, in composed form; empty when there is none."""
    composed = nfc(text)
    found = _mark(composed)
    if not found and _OLD_TONES.search(composed):
        found = _mark("\n".join(line.text for line in repair_text(composed)))
    return found


def secrecy_doubt(text: str) -> str:
    """What in a text without a mark asks somebody to look whether it is secret; empty when nothing does."""
    flat = " ".join(nfc(text).split())
    found = next((match[0] for pattern in _DOUBTS if (match := pattern.search(flat))), "")
    return found.strip()


def _mark(text: str) -> str:
    for pattern in _PATTERNS:
        match = pattern.search(text)
        if match:
            return " ".join(match[0].split())
    return ""
