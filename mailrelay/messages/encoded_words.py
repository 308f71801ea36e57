"""Decodes RFC 2047 words (`=?utf-8?B?...?=`) as mail programs really write them.

Neighbouring words of one character set are joined before decoding, because many programs cut a Vietnamese letter in
two. A word that cannot be decoded stays as it is written. It never raises and takes time in proportion to the text.
"""

from __future__ import annotations

import binascii
import re
from typing import Final

_WORD: Final = re.compile(r"=\?([A-Za-z0-9_.:+-]{1,40})(?:\*[A-Za-z0-9-]{0,40})?\?([BbQq])\?([^?\s]*)\?=")
_BETWEEN: Final = re.compile(r"(\?=)\s+(?==\?)")
_CHARSET: Final = re.compile(
    r"utf-?8|(?:us-)?ascii|iso-?8859-\d{1,2}|latin-?1|(?:windows-|cp)\d{3,4}|koi8-[ru]|gb2312|gbk|gb18030|big5"
    r"|euc-(?:kr|jp)|ks_c_5601-1987|iso-2022-(?:jp|kr)|shift_jis|utf-16(?:[bl]e)?",
    re.IGNORECASE,
)
"""Character sets of mail. Other codecs of Python (idna, punycode, unicode_escape) are slow or not for text."""


def decode_words(text: str) -> str:
    """The text with its encoded words replaced by what they mean; spaces between two words vanish (RFC 2047 6.2)."""
    parts: list[str] = []
    charset, pending, source = "", b"", ""
    end = 0
    joined = _BETWEEN.sub(r"\1", text)
    for match in _WORD.finditer(joined):
        content = _content(match[2], match[3])
        if match.start() > end or match[1].lower() != charset or content is None:
            parts.append(_decoded(charset, pending, source))
            parts.append(joined[end : match.start()])
            charset, pending, source = match[1].lower(), b"", ""
        if content is None:
            parts.append(match[0])
        else:
            pending, source = pending + content, source + match[0]
        end = match.end()
    parts.append(_decoded(charset, pending, source))
    parts.append(joined[end:])
    return "".join(parts)


def _content(encoding: str, text: str) -> bytes | None:
    if not text.isascii():
        return None
    if encoding in "Qq":
        return binascii.a2b_qp(text, header=True)
    try:
        return binascii.a2b_base64(text + "=" * (-len(text) % 4))
    except binascii.Error:
        return None


def _decoded(charset: str, content: bytes, source: str) -> str:
    if not content or not _CHARSET.fullmatch(charset):
        return source
    try:
        return content.decode(charset, "replace")
    except (LookupError, UnicodeError):
        return source
