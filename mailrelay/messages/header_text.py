"""Makes text fit for a header: on one line, without anything that could end it, and encoded after RFC 2047.

It does not know what the fields mean, and it does not decode (`encoded_words` does).
"""

from __future__ import annotations

import re
from typing import Final
from unicodedata import normalize

_SPACES: Final = re.compile(r"\s+")

TEXT_LIMIT: Final = 998
"""Characters of a text field that are kept: the longest line of RFC 5322 2.1.1."""


def one_line(text: str, limit: int = TEXT_LIMIT) -> str:
    """NFC, runs of white space as one space, without controls or invisible letters, at most `limit` characters."""
    collapsed = _SPACES.sub(" ", normalize("NFC", text[: 4 * limit])).strip()
    if not collapsed.isprintable():
        visible = "".join(letter for letter in collapsed if letter.isprintable())
        collapsed = _SPACES.sub(" ", visible).strip()
    return collapsed[:limit].rstrip()


def field(name: str, text: str) -> bytes:
    """`Name: text` ending in CRLF, folded, in ASCII; words beyond ASCII are RFC 2047 words in UTF-8 and base64."""
    from email.charset import BASE64, Charset
    from email.header import Header

    charset = Charset("utf-8")
    charset.header_encoding = BASE64
    safe = one_line(text)
    header = Header(safe, "us-ascii" if safe.isascii() and "=?" not in safe else charset, 76, name)
    return f"{name}: {header.encode(linesep=_LINE_END)}{_LINE_END}".encode("ascii")


_LINE_END: Final = "\r\n"
