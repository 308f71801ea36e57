"""Reads the head of a mail or of one of its parts: fields, words, addresses, identifiers, dates, parameters.

Bytes from strangers: nothing raises, every value is bounded, and no pattern takes more than linear time. Texts come out
in NFC on one line without control characters. It knows what fields look like, not what they mean for a meeting.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import getaddresses, parsedate_tz
from typing import Final
from unicodedata import normalize

from foundation.addresses import normalise
from foundation.errors import InputError

TEXT_LIMIT: Final = 998
"""Characters of a text that are kept: the longest line of RFC 5322 2.1.1."""
_FIELDS: Final = 1000
_VALUE_LIMIT: Final = 16_384
_ADDRESSES_LIMIT: Final = 4096
_IDENTIFIERS: Final = 50

_FIELD: Final = re.compile(rb"^([!-9;-~]{1,100})[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)", re.MULTILINE)
_FOLD: Final = re.compile(r"\r?\n[ \t]+")
_SPACES: Final = re.compile(r"\s+")
_IDENTIFIER: Final = re.compile(r"<([^<>\s]{1,990})>")
_WORD: Final = re.compile(r"=\?([A-Za-z0-9_.:+-]{1,40})(?:\*[A-Za-z0-9-]{0,20})?\?([bBqQ])\?([^?\s]{0,4000})\?=")
_BETWEEN_WORDS: Final = re.compile(r"(\?=)[ \t]+(?==\?)")
_PARAMETER: Final = re.compile(r';\s*([A-Za-z0-9*._-]{1,60})\s*=\s*(?:"((?:[^"\\]|\\.){0,1000})"|([^\s";]{0,1000}))')
_PLAIN_MAILBOX: Final = re.compile(
    r"([A-Za-z0-9 =?_/+-]*)<([A-Za-z0-9._=+-]+@[A-Za-z0-9.-]+)>|([A-Za-z0-9._=+-]+@[A-Za-z0-9.-]+)"
)
"""One mailbox as programs write it, encoded words too: the library goes through every letter."""
_CHARSET: Final = re.compile(
    r"(utf-?8|utf-?16(-?[lb]e)?|us-ascii|ascii|iso-?8859-?\d{1,2}|windows-?\d{3,4}|cp-?\d{3,4}|koi8-[ru]|macintosh"
    r"|gb2312|gbk|gb18030|big5|shift_jis|euc-(jp|kr)|iso-2022-(jp|kr)|tis-620)",
    re.IGNORECASE,
)
_BYTES_ARE_NOT_LETTERS: Final = re.compile(r"utf-?16|iso-2022", re.IGNORECASE)


Fields = tuple[tuple[str, str], ...]


def fields_of(head: bytes) -> Fields:
    """The fields in order, names in lower case, values unfolded; 8-bit values are UTF-8 or Latin-1."""
    found = []
    for count, match in enumerate(_FIELD.finditer(head)):
        if count >= _FIELDS:
            break
        value = decoded(match[2][:_VALUE_LIMIT], "")
        unfolded = _FOLD.sub(" ", value) if "\n" in value else value
        found.append((match[1].decode("ascii").lower(), unfolded.strip()))
    return tuple(found)


def first(fields: Fields, name: str) -> str:
    """The value of the first field of that name (lower case), or empty."""
    return next((value for each, value in fields if each == name), "")


def one_line(text: str, limit: int = TEXT_LIMIT) -> str:
    """NFC, white space as single spaces, no controls, no invisible letters, at most `limit` characters."""
    collapsed = _SPACES.sub(" ", normalize("NFC", text[: 4 * limit])).strip()
    if not collapsed.isprintable():
        visible = "".join(letter for letter in collapsed if letter.isprintable())
        collapsed = _SPACES.sub(" ", visible).strip()
    return collapsed[:limit].rstrip()


def text_of(value: str) -> str:
    """A field for people to read: RFC 2047 words decoded, on one line."""
    if "=?" in value:
        value = _WORD.sub(_decoded_word, _BETWEEN_WORDS.sub(r"\1", value))
    return one_line(value)


def decoded(data: bytes, charset: str) -> str:
    """Bytes as text: UTF-8 whenever they are, else the charset that they claim, else Latin-1. Never raises."""
    known = charset if charset and _CHARSET.fullmatch(charset) else ""
    order = (known, "utf-8") if known and _BYTES_ARE_NOT_LETTERS.match(known) else ("utf-8", known)
    for name in filter(None, order):
        try:
            return data.decode(name)
        except (LookupError, ValueError):
            continue
    return data.decode("latin-1")


def identifiers(value: str) -> tuple[str, ...]:
    """The message identifiers in a field, without their angle brackets, at most fifty."""
    found = (one_line(match[1]) for match in _IDENTIFIER.finditer(value))
    return tuple(dict.fromkeys(each for each, _ in zip(found, range(_IDENTIFIERS), strict=False) if each))


def mailboxes(value: str) -> tuple[tuple[str, str], ...]:
    """Name and normalised address of every mailbox in a field; what is no address is left out."""
    if plain := _PLAIN_MAILBOX.fullmatch(value[:_ADDRESSES_LIMIT].strip()):
        address = address_of(plain[2] or plain[3])
        return ((text_of(plain[1] or ""), address),) if address else ()
    try:
        pairs = getaddresses([value[:_ADDRESSES_LIMIT]])
    except (ValueError, IndexError, RecursionError):
        return ()
    named = ((text_of(name), address_of(address)) for name, address in pairs)
    return tuple((name, address) for name, address in named if address)


def address_of(text: str) -> str:
    """The normalised address that a text is, or empty."""
    if len(text) > TEXT_LIMIT or "@" not in text:
        return ""
    try:
        return normalise(text)
    except (InputError, ValueError):
        return ""


def instant_of(value: str) -> datetime | None:
    """The instant of a Date field (RFC 5322 3.3) in UTC, or None."""
    try:
        parsed = parsedate_tz(value[:100])
        if parsed is None:
            return None
        seconds = datetime(*parsed[:6], tzinfo=UTC).timestamp() - (parsed[9] or 0)
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError, TypeError, IndexError):
        return None


def parameters(value: str) -> dict[str, str]:
    """The parameters of Content-Type or Content-Disposition (RFC 2045 5.1), names in lower case; the first counts.

    An extended value (RFC 2231: `name*=utf-8''...`) comes under the plain name, its percent signs resolved; pieces
    (`name*0`) are put together.
    """
    plain: dict[str, str] = {}
    pieces: dict[str, str] = {}
    for match in _PARAMETER.finditer(value[:_VALUE_LIMIT]):
        name, text = match[1].lower(), match[3] if match[2] is None else re.sub(r"\\(.)", r"\1", match[2])
        if "*" not in name:
            plain.setdefault(name, text)
        else:
            pieces[name.partition("*")[0]] = pieces.get(name.partition("*")[0], "") + text
    for name, text in pieces.items():
        plain.setdefault(name, _extended(text))
    return plain


def _extended(text: str) -> str:
    from urllib.parse import unquote_to_bytes

    charset, quote, rest = text.partition("'")
    if not quote:
        return text
    return decoded(unquote_to_bytes(rest.partition("'")[2]), charset)


def _decoded_word(match: re.Match[str]) -> str:
    text = match[3].encode("ascii", "replace")
    try:
        data = binascii.a2b_base64(text + b"==") if match[2] in "bB" else binascii.a2b_qp(text, header=True)
    except ValueError:
        return match[0]
    return decoded(data, match[1])


def values_of(fields: Fields, *names: str) -> Iterator[str]:
    """The values of all fields of these names, in order."""
    return (value for name, value in fields if name in names)
