"""The MIME tree of a mail (RFC 2046), as pieces of which only few are personal.

    multipart/mixed
      multipart/alternative              the first child: Outlook reads an invitation nowhere else
        text/plain, text/html            quoted-printable
        text/calendar; method=...        base64, without disposition: a disposition kills the buttons of some programs
      application/ics; name=invite.ics   the same bytes, as a file; nobody takes this type for a second invitation
      application/pdf                    the giấy mời, last; only where there is one

A piece is bytes for everybody or the name of a value. Quoted-printable is encoded between the places of personal
values, with soft line breaks around them (RFC 2045 6.7 rule 5), so that what is common is encoded once. Boundaries are
made from the token of the mail, so that the same mail is the same bytes. It knows nothing of meetings.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from html import escape
from typing import Final, Literal, NamedTuple

from meetings.invitations.marks import Marked

Piece = bytes | str
"""Bytes as they stand, or the name of a value: "outer", "inner", "calendar", or "plain:NAME", "html:NAME"."""

_SOFT_BREAK: Final = b"=\r\n"
_PLAIN_HEAD: Final = b"Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
_HTML_HEAD: Final = b"Content-Type: text/html; charset=UTF-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
_FILE_HEAD: Final = (
    b'Content-Type: application/ics; name="invite.ics"\r\n'
    b"Content-Transfer-Encoding: base64\r\n"
    b'Content-Disposition: attachment; filename="invite.ics"\r\n'
)


class Attachment(NamedTuple):
    """A PDF: an ASCII file name without quotes, and its content."""

    name: str
    content: bytes


def single(text: Marked) -> list[Piece]:
    """A mail of plain text, from `MIME-Version` to the end."""
    return _joined([b"MIME-Version: 1.0\r\n" + _PLAIN_HEAD + b"\r\n", *_quoted(text, "plain")])


def with_calendar(plain: Marked, html: Marked, method: str, attached: Attachment | None) -> list[Piece]:
    """A mail with a calendar object, from `MIME-Version` to the end."""
    calendar_head = (
        f"Content-Type: text/calendar; charset=UTF-8; method={method}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    ).encode("ascii")
    mixed = b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n boundary="'
    alternative = b'Content-Type: multipart/alternative;\r\n boundary="'
    pieces: list[Piece] = [mixed, "outer", b'"\r\n\r\n--', "outer", b"\r\n", alternative, "inner", b'"\r\n\r\n--']
    pieces += ["inner", b"\r\n" + _PLAIN_HEAD + b"\r\n", *_quoted(plain, "plain"), b"\r\n--"]
    pieces += ["inner", b"\r\n" + _HTML_HEAD + b"\r\n", *_quoted(html, "html"), b"\r\n--"]
    pieces += ["inner", b"\r\n" + calendar_head, "calendar", b"\r\n--", "inner", b"--\r\n\r\n--"]
    pieces += ["outer", b"\r\n" + _FILE_HEAD + b"\r\n", "calendar", b"\r\n--"]
    if attached is not None:
        pieces += ["outer", b"\r\n" + _attached(attached) + b"\r\n--"]
    return _joined([*pieces, "outer", b"--\r\n"])


def values(token: str, personal: Mapping[str, str], calendar: bytes = b"") -> dict[str, bytes]:
    """The values of the pieces for one mail. `personal` are texts on one line."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    found = {
        "outer": f"=_{digest[:32]}".encode("ascii"),  # "=_" occurs neither in base64 nor in quoted-printable
        "inner": f"=_{digest[32:]}".encode("ascii"),
    }
    if calendar:
        found["calendar"] = _base64(calendar)
    for name, text in personal.items():
        found[f"plain:{name}"] = quoted_printable(text)
        found[f"html:{name}"] = quoted_printable(escape(text))
    return found


def filled(pieces: list[Piece], given: Mapping[str, bytes]) -> bytes:
    """The bytes of one mail."""
    return b"".join([piece if type(piece) is bytes else given[piece] for piece in pieces])  # type: ignore[index]


def quoted_printable(text: str) -> bytes:
    """RFC 2045 6.7 of text whose lines end in LF; lines of the result end in CRLF."""
    return binascii.b2a_qp(text.encode(), istext=True).replace(b"\n", b"\r\n")


def _quoted(text: Marked, kind: Literal["plain", "html"]) -> list[Piece]:
    """The text encoded, with a soft break wherever a value touches it on the same line. It ends with a line end."""
    last = len(text.literals) - 1
    pieces: list[Piece] = []
    for position, literal in enumerate(text.literals):
        begins_line = position == 0 or literal.startswith("\n")
        ends_line = position == last or literal.endswith("\n") or not literal
        pieces.append(
            (b"" if begins_line else _SOFT_BREAK) + quoted_printable(literal) + (b"" if ends_line else _SOFT_BREAK)
        )
        if position < last:
            pieces.append(f"{kind}:{text.names[position]}")
    return pieces


def _attached(attached: Attachment) -> bytes:
    head = (
        f'Content-Type: application/pdf; name="{attached.name}"\r\n'
        "Content-Transfer-Encoding: base64\r\n"
        f'Content-Disposition: attachment; filename="{attached.name}"\r\n\r\n'
    )
    return head.encode("ascii") + _base64(attached.content)


def _base64(content: bytes) -> bytes:
    return base64.encodebytes(content).replace(b"\n", b"\r\n")


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Neighbouring bytes as one."""
    found: list[Piece] = []
    for piece in pieces:
        if found and isinstance(piece, bytes) and isinstance(found[-1], bytes):
            found[-1] += piece
        else:
            found.append(piece)
    return found
