"""Takes a message apart far enough to read the reports in it: parts, their types, their decoded bodies.

Bytes from strangers: it never raises, looks at the first `LIMIT_BYTES` only, and neither nesting nor the number of
parts can make it slow. It is no general MIME parser; character sets and attachments do not interest it.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

LIMIT_BYTES: Final = 1 << 20
"""Reports are small; what follows in a huge one is the returned message."""
_DEPTH: Final = 5
"""Antivirus gateways and list servers wrap a report once or twice."""
_PARTS: Final = 50
_FIELDS: Final = 1000

_FIELD: Final = re.compile(rb"^([!-9;-~]{1,100})[ \t]*:([^\n]*(?:\n[ \t]+[^\n]*)*)", re.MULTILINE)
_BOUNDARY: Final = re.compile(rb';\s*boundary\s*=\s*(?:"([^"\n]{1,200})"|([^\s";]{1,200}))', re.IGNORECASE)
_FOLD: Final = re.compile(rb"\n[ \t]+")


class MimePart(NamedTuple):
    """A leaf: its media type in lower case, its fields (lower case names, first of each), its decoded body."""

    kind: str
    fields: dict[str, str]
    body: bytes


def parts_of(message: bytes) -> Iterator[MimePart]:
    """The leaves of a message in order, at most fifty; lines end in LF in what is given out."""
    return islice(_leaves(message[:LIMIT_BYTES].replace(b"\r\n", b"\n"), _DEPTH), _PARTS)


def fields_of(block: bytes) -> dict[str, str]:
    """The fields of one block or head (lines end in LF), unfolded, names in lower case; the first of each counts."""
    fields: dict[str, str] = {}
    for count, match in enumerate(_FIELD.finditer(block)):
        if count >= _FIELDS:
            break
        name = match[1].decode("ascii", "replace").lower()
        if name not in fields:
            fields[name] = _FOLD.sub(b" ", match[2]).decode("utf-8", "replace").strip()
    return fields


def _leaves(data: bytes, depth: int) -> Iterator[MimePart]:
    head, _, body = data.partition(b"\n\n") if not data.startswith(b"\n") else (b"", b"", data[1:])
    fields = fields_of(head)
    content_type = fields.get("content-type", "text/plain")
    kind = content_type.partition(";")[0].strip().lower()
    boundary = _BOUNDARY.search(content_type.encode("utf-8", "replace"))
    if not kind.startswith("multipart/") or not boundary or not depth:
        yield MimePart(kind, fields, _decoded(body, fields.get("content-transfer-encoding", "")))
        return
    for piece in _pieces(body, boundary[1] or boundary[2]):
        yield from _leaves(piece, depth - 1)


def _pieces(body: bytes, boundary: bytes) -> Iterator[bytes]:
    """What stands between the boundary lines; a missing last boundary is forgiven (truncated reports)."""
    line = re.compile(rb"\n--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\n|\Z)")
    start = -1
    for count, match in enumerate(line.finditer(b"\n" + body)):
        if start >= 0:
            yield body[start : max(match.start() - 1, start)]
        if match[1] or count >= _PARTS:
            return
        start = match.end()  # one more than in the text searched, which has a line end in front: the one behind it
    if start >= 0:
        yield body[start:]


def _decoded(body: bytes, encoding: str) -> bytes:
    match encoding.strip().lower():
        case "base64":
            try:
                return binascii.a2b_base64(body).replace(b"\r\n", b"\n")
            except binascii.Error:
                return b""
        case "quoted-printable":
            return binascii.a2b_qp(body).replace(b"\r\n", b"\n")
    return body
