"""Puts the parts of a message together (RFC 2046 5.1), with lines that end in CRLF.

Own rather than the standard library's generator: that one loses spaces when it folds Vietnamese fields, and rewrites
bytes that must be returned as they were. It does not read messages.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import quote

from mailrelay.messages.header_text import one_line

_FILE_NAME_LIMIT = 200
"""Characters of a file name that are kept; file systems allow 255 bytes."""
_PIECE = 50
"""Characters of an encoded name in one line (RFC 2231 3)."""


class Part(NamedTuple):
    """One part: its Content-Type, its Content-Transfer-Encoding, its body in that encoding; further fields, if any,
    each with its CRLF."""

    kind: str
    encoding: str
    body: bytes
    fields: str = ""


def base64_part(kind: str, content: bytes, fields: str = "") -> Part:
    """A part that every host can carry: base64 in lines of 76."""
    return Part(kind, "base64", base64.encodebytes(content).replace(b"\n", b"\r\n"), fields)


def text_part(text: str) -> Part:
    """Plain text in UTF-8; line ends of any kind become CRLF (RFC 2046 4.1.1)."""
    return base64_part("text/plain; charset=utf-8", "\r\n".join([*text.splitlines(), ""]).encode())


def attachment(name: str, kind: str, content: bytes) -> Part:
    """A file: its name after RFC 2231, in pieces."""
    return base64_part(kind, content, f"Content-Disposition: attachment{_file_name(name)}\r\n")


def multipart(kind: str, parts: Sequence[Part]) -> bytes:
    """From `MIME-Version` to the end; `kind` is what follows `multipart/`, with parameters if it has any."""
    boundary = f"=_{secrets.token_hex(16)}"  # "=_" occurs neither in base64 nor in quoted-printable (RFC 2045 6.7)
    pieces = [
        f'MIME-Version: 1.0\r\nContent-Type: multipart/{kind};\r\n\tboundary="{boundary}"\r\n\r\n'.encode("ascii"),
    ]
    for part in parts:
        head = f"Content-Type: {part.kind}\r\nContent-Transfer-Encoding: {part.encoding}\r\n{part.fields}"
        pieces += [f"--{boundary}\r\n{head}\r\n".encode("ascii"), part.body]
        pieces.append(b"\r\n" if part.body.endswith(b"\r\n") or not part.body else b"\r\n\r\n")
    pieces.append(f"--{boundary}--\r\n".encode("ascii"))
    return b"".join(pieces)


def _file_name(name: str) -> str:
    safe = one_line(name.replace("\\", "/").rpartition("/")[2], _FILE_NAME_LIMIT) or "document"
    if safe.isascii() and '"' not in safe and len(safe) <= _PIECE:
        return f'; filename="{safe}"'
    pieces = [""]
    for letter in safe:
        encoded = quote(letter, safe="")
        if len(pieces[-1]) + len(encoded) > _PIECE:
            pieces.append("")
        pieces[-1] += encoded
    marks = [f"filename*{position}*={'' if position else 'utf-8' + chr(39) * 2}" for position in range(len(pieces))]
    return "".join(f";\r\n\t{mark}{piece}" for mark, piece in zip(marks, pieces, strict=True))
