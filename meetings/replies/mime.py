"""Takes a mail apart: the head, and its leaves with their types, within the limits.

Works on offsets into the mail, so that a huge part costs neither memory nor copies; a leaf is decoded when somebody
asks, and never beyond a limit. What stands in a `message/rfc822` (a forwarded or returned mail) is one leaf: its
calendar is not for us. Parts of a `multipart/report` are marked. `TooLarge` says that a limit was met.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from meetings.replies.header_fields import Fields, fields_of, first, parameters, text_of
from meetings.replies.values import Limits

_PART_HEAD_BYTES: Final = 65_536
"""As much as our relay reads of a whole mail's head."""
_BOUNDARY_LIMIT: Final = 200
"""RFC 2046 5.1.1 allows 70."""
_EMPTY_LINE: Final = re.compile(rb"\n\r?\n")
_REST_OF_LINE: Final = re.compile(rb"(--)?[ \t]*(?:\r?\n|\Z)")
_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_NOT_BASE64: Final = bytes(set(range(256)).difference(_BASE64))
_SEARCHES: Final = 4
"""How often, in all its levels, the mail may be searched from end to end: honest answers have three levels."""


class TooLarge(Exception):
    """A limit was met; the mail is not read further."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One part that has no parts: `kind` is its media type in lower case, `name` its file name, `in_report` whether it
    stands in a multipart/report. The body is `mail[start:end]`."""

    kind: str
    fields: Fields
    parameters: dict[str, str]
    name: str
    in_report: bool
    start: int
    end: int

    def body(self, mail: bytes, limit_bytes: int) -> bytes:
        """The decoded body. Raises TooLarge when it would be longer than the limit."""
        encoding = first(self.fields, "content-transfer-encoding").lower()
        factor = 2 if encoding == "base64" else 3 if encoding == "quoted-printable" else 1
        if self.end - self.start > factor * limit_bytes + 1024:
            raise TooLarge
        data = _decoded(mail[self.start : self.end], encoding)
        if len(data) > limit_bytes:
            raise TooLarge
        return data

    def beginning(self, mail: bytes, count: int) -> bytes:
        """The first bytes of the decoded body."""
        encoding = first(self.fields, "content-transfer-encoding").lower()
        return _decoded(mail[self.start : min(self.end, self.start + 2 * count + 64)], encoding)[:count]


class Mail:
    """A mail's bytes, its head's fields, and its leaves as they are walked."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        """Raises TooLarge when the mail or its head is."""
        self.data = data
        self.limits = limits
        end, self.body_start = _head_end(data, 0, min(len(data), limits.head_bytes))
        if len(data) > limits.mail_bytes or (self.body_start < 0 and len(data) > limits.head_bytes):
            raise TooLarge
        if self.body_start < 0:
            end = self.body_start = len(data)
        self.fields = fields_of(data[:end].replace(b"\r\n", b"\n"))
        self.end = min(len(data), limits.searched_bytes)
        self._parts = 0
        self._boundary_lines = 0
        self._searched = 0

    @property
    def is_cut(self) -> bool:
        """Whether the mail is longer than what is searched."""
        return self.end < len(self.data)

    def leaves(self) -> Iterator[Leaf]:
        """The leaves in order. Raises TooLarge at the first part too deep or too many."""
        yield from self._walk(self.fields, self.body_start, self.end, 0, False)

    def _walk(self, fields: Fields, start: int, end: int, depth: int, in_report: bool) -> Iterator[Leaf]:
        if depth > self.limits.depth or self._parts >= self.limits.parts:
            raise TooLarge
        self._parts += 1
        written = first(fields, "content-type") or "text/plain"
        kind = written.partition(";")[0].strip().lower()
        described = parameters(written)
        boundary = described.get("boundary", "")[:_BOUNDARY_LIMIT].encode("utf-8", "replace")
        if kind.startswith("multipart/") and boundary:
            inside = in_report or kind == "multipart/report"
            for first_byte, last_byte in self._pieces(boundary, start, end):
                yield from self._part(first_byte, last_byte, depth + 1, inside)
            return
        disposition = parameters(first(fields, "content-disposition"))
        name = text_of(disposition.get("filename", "") or described.get("name", ""))
        yield Leaf(kind, fields, described, name, in_report, start, end)

    def _part(self, start: int, end: int, depth: int, in_report: bool) -> Iterator[Leaf]:
        head_end, body_start = _head_end(self.data, start, min(end, start + _PART_HEAD_BYTES))
        if body_start < 0:
            head_end = body_start = end
            if end - start > _PART_HEAD_BYTES:
                raise TooLarge
        fields = fields_of(self.data[start:head_end].replace(b"\r\n", b"\n"))
        yield from self._walk(fields, body_start, end, depth, in_report)

    def _pieces(self, boundary: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
        """What stands between the boundary lines; a missing last one is forgiven (truncated mail)."""
        self._searched += end - start
        if self._searched > _SEARCHES * self.limits.searched_bytes:
            raise TooLarge
        line, piece = b"--" + boundary, -1
        at = start - 1 if self.data.startswith(line, start) else self.data.find(b"\n" + line, start, end)
        while at >= 0:
            self._boundary_lines += 1
            if self._boundary_lines > self.limits.boundary_lines:
                raise TooLarge
            rest = _REST_OF_LINE.match(self.data, at + 1 + len(line), end)
            if rest is not None:
                if piece >= 0:
                    yield piece, max(piece, at - self.data.startswith(b"\r", at - 1, at))
                if rest[1]:
                    return
                piece = rest.end()
            at = self.data.find(b"\n" + line, (rest.end() - 1) if rest else at + 1, end)
        if piece >= 0:
            yield piece, end


def _head_end(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Where a head ends and where the body begins; the latter is -1 when there is no empty line."""
    for empty in (b"\r\n", b"\n"):
        if data.startswith(empty, start):
            return start, start + len(empty)
    match = _EMPTY_LINE.search(data, start, end)
    return (match.start() + 1, match.end()) if match else (end, -1)


def _decoded(body: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        text = body.translate(None, _NOT_BASE64).partition(b"=")[0]
        return binascii.a2b_base64(text[: len(text) - (len(text) % 4 == 1)] + b"==")
    return binascii.a2b_qp(body) if encoding == "quoted-printable" else body
