"""The parameters of MAIL and RCPT: SIZE, BODY, SMTPUTF8, AUTH and those of DSN (RFC 3461, RFC 6533). Pure and strict.

Unknown keywords are 555, wrong values and repeated keywords 501 (RFC 5321 4.1.1.11). Values keep their case. What xtext
decodes to may not hold control characters: it ends up in headers of reports.
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple, cast

from mailrelay.envelope import Notify
from mailrelay.reception import replies
from mailrelay.reception.replies import Reply

ENVELOPE_IDENTIFIER_BYTES: Final = 100
"""RFC 3461 4.4."""
ORIGINAL_RECIPIENT_BYTES: Final = 500
"""RFC 3461 4.2."""

_PARAMETER: Final = re.compile(rb"([A-Za-z0-9][A-Za-z0-9-]*)(?:=([^=\x00-\x20\x7f]+))?")
_SIZE: Final = re.compile(rb"\d{1,20}")  # RFC 1870 4
_XTEXT: Final = re.compile(rb"(?:[!-*,-<>-~]|\+[0-9A-F]{2})*")
_XTEXT_8BIT: Final = re.compile(rb"(?:[!-*,-<>-~\x80-\xff]|\+[0-9A-F]{2})*")
_HEX: Final = re.compile(rb"\+([0-9A-F]{2})")
_EMBEDDED: Final = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")  # RFC 6533 3, EmbeddedUnicodeChar
_ADDRESS_TYPE: Final = re.compile(rb"[A-Za-z0-9-]{1,40}")
_NOTIFY: Final = frozenset({b"SUCCESS", b"FAILURE", b"DELAY"})


class MailParameters(NamedTuple):
    """Of MAIL. `declared_bytes` 0: no SIZE. `eight_bit`: BODY=8BITMIME. `identifier` is ENVID, xtext decoded."""

    declared_bytes: int = 0
    eight_bit: bool = False
    smtputf8: bool = False
    returned: Literal["", "FULL", "HDRS"] = ""
    identifier: str = ""


class RcptParameters(NamedTuple):
    """Of RCPT. `original` is ORCPT with its address type, decoded."""

    notify: tuple[Notify, ...] = ()
    original: str = ""


def mail_parameters(text: bytes) -> MailParameters | Reply:
    """Read what stands behind the path of MAIL FROM."""
    found = _split(text)
    if isinstance(found, Reply):
        return found
    size = found.pop(b"SIZE", b"0")
    body = found.pop(b"BODY", b"7BIT")
    smtputf8 = found.pop(b"SMTPUTF8", b"")
    returned = found.pop(b"RET", b"")
    identifier = found.pop(b"ENVID", b"")
    authorisation = found.pop(b"AUTH", b"<>")  # RFC 4954 5: we vouch for nobody, so it is checked and forgotten
    if found:
        return replies.UNKNOWN_PARAMETER
    decoded = _xtext(identifier) if identifier is not None and len(identifier) <= ENVELOPE_IDENTIFIER_BYTES else None
    if (
        size is None
        or not _SIZE.fullmatch(size)
        or body is None
        or body.upper() not in (b"7BIT", b"8BITMIME")
        or smtputf8
        or returned is None
        or returned.upper() not in (b"", b"FULL", b"HDRS")
        or decoded is None
        or authorisation is None
        or not _XTEXT.fullmatch(authorisation)
    ):
        return replies.BAD_PARAMETER
    return MailParameters(
        int(size),
        body.upper() == b"8BITMIME",
        smtputf8 is None,
        cast(Literal["", "FULL", "HDRS"], returned.upper().decode("ascii")),
        decoded,
    )


def rcpt_parameters(text: bytes) -> RcptParameters | Reply:
    """Read what stands behind the path of RCPT TO."""
    found = _split(text)
    if isinstance(found, Reply):
        return found
    notify = _notify(found.pop(b"NOTIFY", b""))
    original = _original(found.pop(b"ORCPT", b""))
    if found:
        return replies.UNKNOWN_PARAMETER
    return replies.BAD_PARAMETER if notify is None or original is None else RcptParameters(notify, original)


def _split(text: bytes) -> dict[bytes, bytes | None] | Reply:
    """{keyword: value}; None stands for a keyword without `=`."""
    found: dict[bytes, bytes | None] = {}
    for word in text.split():
        match = _PARAMETER.fullmatch(word)
        if not match or match[1].upper() in found:
            return replies.BAD_PARAMETER
        found[match[1].upper()] = match[2]
    return found


def _notify(value: bytes | None) -> tuple[Notify, ...] | None:
    """RFC 3461 4.1: NEVER alone, or some of the other three, each once."""
    if not value:
        return None if value is None else ()
    words = value.upper().split(b",")
    if words == [b"NEVER"]:
        return ("NEVER",)
    if not set(words) <= _NOTIFY or len(set(words)) != len(words):
        return None
    return tuple(cast(Notify, word.decode("ascii")) for word in words)


def _original(value: bytes | None) -> str | None:
    """RFC 3461 4.2 and RFC 6533 3: address type, semicolon, address."""
    if not value:
        return None if value is None else ""
    kind, semicolon, address = value.partition(b";")
    if len(value) > ORIGINAL_RECIPIENT_BYTES or not semicolon or not address or not _ADDRESS_TYPE.fullmatch(kind):
        return None
    decoded = _xtext(address, eight_bit=kind.lower() == b"utf-8")
    if decoded is None:
        return None
    if kind.lower() == b"utf-8":
        decoded = _EMBEDDED.sub(_letter, decoded)
    return f"{kind.decode('ascii')};{decoded}" if decoded.isprintable() else None


def _letter(match: re.Match[str]) -> str:
    point = int(match[1], 16)
    return chr(point) if point <= 0x10FFFF and not 0xD800 <= point <= 0xDFFF else "\x00"


def _xtext(value: bytes, eight_bit: bool = False) -> str | None:
    """RFC 3461 4: printable ASCII, everything else as +HH. None when it is not that, or hides a control character."""
    if not (_XTEXT_8BIT if eight_bit else _XTEXT).fullmatch(value):
        return None
    try:
        text = _HEX.sub(lambda match: bytes.fromhex(match[1].decode("ascii")), value).decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() else None
