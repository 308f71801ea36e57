"""The fields of the head: in ASCII, folded, and nothing of a value can end its line.

Words beyond ASCII are RFC 2047 words in UTF-8 and base64 that never cut a letter in two. Only an address whose own
letters go beyond ASCII makes a head that needs SMTPUTF8 (RFC 6532); whoever sends sees it by `isascii`. It does not
know what the fields mean.
"""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Final
from unicodedata import normalize

from foundation.addresses import parse_address
from meetings.invitations.marks import clean_line

_LINE: Final = 76
"""RFC 2047 2: a line with an encoded word is at most this long."""
TEXT_LIMIT: Final = 998
"""Characters of a text field that are kept: the longest line of RFC 5322 2.1.1."""
_NAME_LIMIT: Final = 200
"""Characters of a display name that are kept: ours; the directory's are shorter."""

_PLAIN_ADDRESS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[a-z0-9.-]{1,253}")
_ATOMS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_MESSAGE_ID: Final = re.compile(r"<[A-Za-z0-9!#$%&'*+/=?^_`{|}~.@\[\]:-]{3,250}>")


def field(name: str, text: str) -> bytes:
    """`Name: text` with its CRLF."""
    return f"{name}: {_words(_fit(text, TEXT_LIMIT), len(name) + 2)}\r\n".encode("ascii")


def mailbox_field(name: str, display_name: str, address: str) -> bytes:
    """`Name: "Display Name" <address>`; the address alone when there is no name. Raises InputError for no address."""
    bare = _address(address)
    words = _phrase(_fit(display_name, _NAME_LIMIT), len(name) + 2)
    if not words:
        return f"{name}: {bare}\r\n".encode()
    last_line = words.rpartition("\r\n")[2]
    fold = "\r\n " if len(last_line) + len(bare) + len(name) + 5 > _LINE else " "
    return f"{name}: {words}{fold}<{bare}>\r\n".encode()


def date_field(at: datetime) -> bytes:
    """`Date`, in the zone of `at`."""
    return f"Date: {format_datetime(at)}\r\n".encode("ascii")


def message_id(token_or_id: str, domain: str) -> str:
    """`<TOKEN@domain>`; what is a Message-ID already stays as it is. Raises ValueError for anything else."""
    if _TOKEN.fullmatch(token_or_id) and len(token_or_id) <= 200:
        return f"<{token_or_id}@{domain}>"
    if _MESSAGE_ID.fullmatch(token_or_id):
        return token_or_id
    raise ValueError(f"neither a token nor a Message-ID: {token_or_id[:60]!r}")


def _fit(text: str, limit: int) -> str:
    line = clean_line(normalize("NFC", text))
    visible = line if line.isprintable() else "".join(letter for letter in line if letter.isprintable())
    return visible[:limit].rstrip()


def _address(address: str) -> str:
    return address if _PLAIN_ADDRESS.fullmatch(address) else str(parse_address(address))


@lru_cache(maxsize=1024)
def _phrase(name: str, used: int) -> str:
    """A display name as atoms, a quoted string or encoded words (RFC 5322 3.2.5). Cached: the organiser's is one."""
    if not name:
        return ""
    if not name.isascii() or "=?" in name or len(name) + used > _LINE:
        return _encoded(name, used)
    if _ATOMS.fullmatch(name):
        return name
    return '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'


def _words(text: str, used: int) -> str:
    if text.isascii() and "=?" not in text and len(text) + used <= _LINE:
        return text
    return _encoded(text, used)


def _encoded(text: str, used: int) -> str:
    """RFC 2047 words, one a line; `used` is how much of the first line is taken."""
    words: list[str] = []
    pending = b""
    room = _bytes_in_a_word(used)
    for letter in text:
        octets = letter.encode()
        if len(pending) + len(octets) > room:
            words.append(_word(pending))
            pending, room = b"", _bytes_in_a_word(1)
        pending += octets
    return "\r\n ".join([*words, _word(pending)])


def _bytes_in_a_word(used: int) -> int:
    return max((_LINE - 1 - used - len("=?utf-8?B??=")) // 4 * 3, 3)


def _word(content: bytes) -> str:
    return f"=?utf-8?B?{b64encode(content).decode('ascii')}?="
