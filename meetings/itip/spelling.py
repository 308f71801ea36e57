"""How values are spelled in iCalendar: clean words, TEXT, parameters, mailto URIs, folded content lines (RFC 5545 3.1).

Two writers use this room: `calendar.py`, where the library writes and takes from here only what it must be told
(clean words, the right escaping of TEXT), and `skeleton.py`, which writes the few personal lines itself. `folded` and
`parameter` therefore spell exactly as icalendar 7.3 does, which a property test holds against the library.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from unicodedata import normalize
from urllib.parse import quote

from icalendar import vText

LINE_OCTETS: Final = 75
"""RFC 5545 3.1: lines SHOULD NOT be longer, without the line break; Outlook and Exchange mean it."""

_FOLDED_OCTETS: Final = LINE_OCTETS - 1
"""What of a folded line is content: the library counts the space of the continuation on every line."""

_UNSEEN: Final = r"\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
"""Byte order marks (libical drops them at the front), marks that turn the writing direction (a name could show itself
as another), halves of letters. The joiner of emoji stays."""
_DROPPED: Final = re.compile(f"[{_UNSEEN}]+")
_BLANK: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_NOT_IN_TEXT: Final = re.compile(rf"[\x00-\x08\x0b-\x1f\x7f-\x9f{_UNSEEN}]+")
_LINE_BREAK: Final = re.compile(r"\r\n?|[\u2028\u2029\x85]")
_LOOK_ALIKES: Final = str.maketrans({'"': "”", "^": "ˆ", "\\": "/"})
_BREAKS_A_URI: Final = re.compile(r"""[%?#"\\^`{|}<>\[\] ]""")
_NOT_IN_A_URI: Final = re.compile(r"[^!#-;=?-Z\[\]_a-z~]+")
_QUOTED_WHEN: Final = re.compile("[,;:’]")
"""What makes the library quote a parameter value: the three of RFC 5545 3.2, and the apostrophe of typesetters."""
_CN_QUOTED_WHEN: Final = re.compile("[,;:’ ']")
_ALWAYS_QUOTED: Final = frozenset({"DELEGATED-FROM", "DELEGATED-TO", "SENT-BY"})


def one_line(text: str) -> str:
    """Words for a parameter or a title: NFC, no control characters or line breaks, single spaces."""
    return " ".join(_BLANK.sub(" ", _DROPPED.sub("", normalize("NFC", text))).split())


def common_name(text: str) -> str:
    """A name for CN or LABEL. A double quote and a caret could only stand there as ^' and ^^ (RFC 6868), which Outlook
    shows as they are written: their look-alikes take their places. A backslash says nothing in a parameter, but
    icalendar and libical lose the rest of the line after one: a slash takes its place."""
    return one_line(text).translate(_LOOK_ALIKES)


def clean_text(text: str) -> str:
    """Words for a TEXT of several lines: NFC, line breaks as LF, no other control characters but the tab, no blanks at
    either end (libical drops them)."""
    return _NOT_IN_TEXT.sub("", _LINE_BREAK.sub("\n", normalize("NFC", text))).strip()


def escaped(text: str) -> str:
    r"""TEXT after RFC 5545 3.3.11. (The library takes a `\N` that somebody wrote for a line break: `\\server\New`.)"""
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


class Words(vText):
    """A TEXT value that the library writes with our escaping."""

    def to_ical(self) -> bytes:
        return escaped(self).encode()


def mailto(address: str) -> str:
    """The CAL-ADDRESS of a bare address (RFC 6068): what would break the URI or the quotes around it is encoded,
    letters beyond ASCII stay as they are written, since clients compare them so."""
    return "mailto:" + _BREAKS_A_URI.sub(lambda found: f"%{ord(found[0]):02X}", address)


def uri(text: str) -> str:
    """A URI with whatever RFC 3986 does not allow in one percent-encoded (spaces, letters beyond ASCII, quotes)."""
    return _NOT_IN_A_URI.sub(lambda found: quote(found[0], safe=""), text.strip())


def parameter(name: str, value: str) -> str:
    """`;NAME=value`, quoted where the library quotes. `value` is clean: no double quote, no control character."""
    spelled = value.replace("^", "^^")
    quoted_when = _CN_QUOTED_WHEN if name == "CN" else _QUOTED_WHEN
    if name in _ALWAYS_QUOTED or quoted_when.search(spelled):
        return f';{name}="{spelled}"'
    return f";{name}={spelled}"


def parameter_list(name: str, values: Sequence[str]) -> str:
    """`;NAME=one,two` for values that are tokens (RFC 5545 3.1)."""
    return f";{name}={','.join(values)}" if values else ""


def folded(line: str) -> bytes:
    """One content line with its CRLF, folded as the library folds: at most 74 octets and the space before them, never
    inside a UTF-8 sequence, never after the backslash or caret of an escape. Raises ValueError for a line break in it,
    through which a value could write lines of its own."""
    if "\r" in line or "\n" in line:
        raise ValueError(f"a content line may not contain CR or LF: {line[:40]!r}")
    data = line.encode()
    if len(data) <= _FOLDED_OCTETS:
        return data + b"\r\n"
    pieces = []
    start, size = 0, len(data)
    while size - start > _FOLDED_OCTETS:
        end = start + _FOLDED_OCTETS
        while data[end] & 0xC0 == 0x80:
            end -= 1
        if data[end - 1] in b"\\^" and end - 1 > start:
            end -= 1
        pieces.append(data[start:end])
        start = end
    pieces.append(data[start:])
    return b"\r\n ".join(pieces) + b"\r\n"
