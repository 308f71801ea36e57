"""Reads the arguments of commands: MAIL, RCPT, BDAT and the name in EHLO. Pure and strict (RFC 5321 4.1.2, RFC 6531).

An address comes out as its sender spelled it, in NFC, without angle brackets; the null reverse-path is an empty string.
Source routes are refused (RFC 5321 F.2 lets us). The answers are remembered: one client says the same thing many times.
Whether an address exists, and who may use it, is the policy's business.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal, NamedTuple
from unicodedata import normalize

from foundation.addresses import parse_address
from foundation.errors import InputError
from mailrelay.envelope import Recipient
from mailrelay.reception import replies
from mailrelay.reception.parameters import MailParameters, RcptParameters, mail_parameters, rcpt_parameters
from mailrelay.reception.replies import Reply

MAIL_BYTES: Final = 512 + 26 + 17 + 10 + 100 + 500
"""RFC 5321 4.5.3.1.4, and what SIZE, 8BITMIME, SMTPUTF8, DSN and AUTH add (RFC 1870, 6152, 6531, 3461, 4954)."""
RCPT_BYTES: Final = 512 + 500
"""RFC 5321 4.5.3.1.4, and what DSN adds to RCPT (RFC 3461 4)."""
COMMAND_BYTES: Final = 512
"""RFC 5321 4.5.3.1.4."""
AUTH_BYTES: Final = 12288
"""RFC 4954 4."""

_PATH: Final = rb'<([^"<>\s]*(?:"(?:[^"\\]|\\.)*"[^"<>\s]*)*)>'
_MAIL: Final = re.compile(rb"(?i:from): {0,2}" + _PATH + rb"(?: +(.*))?", re.DOTALL)
_RCPT: Final = re.compile(rb"(?i:to): {0,2}" + _PATH + rb"(?: +(.*))?", re.DOTALL)
_CHUNK: Final = re.compile(rb"(\d{1,19})(?: +(?i:(last)))?")
_NAME: Final = re.compile(r"[^\s\x00-\x20\x7f<>()\"\\]{1,255}")

_REMEMBERED: Final = 1024


class MailCommand(NamedTuple):
    """MAIL FROM."""

    sender: str
    declared_bytes: int = 0
    eight_bit: bool = False
    smtputf8: bool = False
    returned: Literal["", "FULL", "HDRS"] = ""
    identifier: str = ""
    extended: bool = False
    """Whether it has parameters, which only a session with EHLO may use."""


class RcptCommand(NamedTuple):
    """RCPT TO."""

    recipient: Recipient
    extended: bool = False


class ChunkCommand(NamedTuple):
    """BDAT."""

    size: int
    last: bool


@lru_cache(maxsize=_REMEMBERED)
def parse_mail(argument: bytes) -> MailCommand | Reply:
    """Read what stands behind `MAIL `."""
    match = _MAIL.fullmatch(argument)
    if not match:
        return replies.BAD_MAIL
    parameters = mail_parameters(match[2]) if match[2] else MailParameters()
    if isinstance(parameters, Reply):
        return parameters
    sender = _address(match[1]) if match[1] else ""
    if sender is None:
        return replies.BAD_SENDER
    if not sender.isascii() and not parameters.smtputf8:
        return replies.NEEDS_SMTPUTF8
    return MailCommand(sender, *parameters, extended=bool(match[2]))


@lru_cache(maxsize=_REMEMBERED)
def parse_rcpt(argument: bytes) -> RcptCommand | Reply:
    """Read what stands behind `RCPT `. A bare `Postmaster` stays what it is (RFC 5321 4.1.1.3)."""
    match = _RCPT.fullmatch(argument)
    if not match:
        return replies.BAD_RCPT
    parameters = rcpt_parameters(match[2]) if match[2] else RcptParameters()
    if isinstance(parameters, Reply):
        return parameters
    address = "postmaster" if match[1].lower() == b"postmaster" else _address(match[1])
    if address is None:
        return replies.BAD_RECIPIENT
    return RcptCommand(Recipient(address, parameters.notify, parameters.original), bool(match[2]))


def parse_chunk(argument: bytes) -> ChunkCommand | Reply:
    """Read what stands behind `BDAT ` (RFC 3030 2)."""
    match = _CHUNK.fullmatch(argument)
    return ChunkCommand(int(match[1]), match[2] is not None) if match else replies.BAD_CHUNK


@lru_cache(maxsize=_REMEMBERED)
def parse_name(argument: bytes) -> str | None:
    """The name behind EHLO or HELO: a domain or an address literal, and what printers say instead; None: no name.

    Names that are no domains are common (RFC 5321 4.1.4 forbids refusing them for what they are), so only what could
    break a header is refused: controls, spaces, brackets that end comments.
    """
    try:
        name = argument.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return name if _NAME.fullmatch(name) and name.isprintable() else None


def _address(path: bytes) -> str | None:
    """The address as written, NFC. Spaces around it, which `parse_address` ignores, a path has not (RFC 5321 4.1.2)."""
    try:
        text = normalize("NFC", path.decode("utf-8"))
        parse_address(text)
    except (UnicodeDecodeError, InputError):
        return None
    return text if text == text.strip() else None
