"""Reads the replies of a peer out of a byte stream (RFC 5321 4.2). Pure: bytes in, whole replies out.

It promises bounds: a peer that sends endless lines, endless continuations or no reply at all costs at most
`REPLY_BYTES` of memory and ends in `MalformedReply`. It is tolerant where tolerance cannot confuse: a bare LF ends a
line, an empty text is a text, the last line's code is the reply's code. What a reply means is decided elsewhere.
"""

from __future__ import annotations

import re
from typing import Final

from mailrelay.sending.transactions import Reply

LINE_BYTES: Final = 4096
"""RFC 5321 4.5.3.1.5 asks for 512; some hosts write URLs and sentences. Postfix reads `line_length_limit` = 2048."""
REPLY_BYTES: Final = 65536
"""A whole reply with all its lines. The longest EHLO answers seen in the field are below 2 KiB."""
TEXT_CHARACTERS: Final = 1000
"""What of a reply's text is kept for journal and reports."""

_ENHANCED: Final = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|\Z)")
_SPACE: Final = 0x20
_HYPHEN: Final = 0x2D


class MalformedReply(Exception):
    """What came is no SMTP reply, or none that ends."""


class ReplyReader:
    """Collects whole replies. A reply is the bytes `CODE TEXT` without line end; the lines of a longer one are joined
    by LF after one code, so that `reply[:3]` is always the code and `reply[4:]` always the text."""

    __slots__ = ("_lines", "_rest", "_size")

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> list[bytes]:
        """The replies that this piece completes. Raises MalformedReply."""
        if self._rest:
            data = self._rest + data
        lines = data.split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > LINE_BYTES:
            raise MalformedReply("the reply's line is too long")
        replies: list[bytes] = []
        for line in lines:
            reply = self._line(line[:-1] if line.endswith(b"\r") else line)
            if reply is not None:
                replies.append(reply)
        return replies

    @property
    def pending(self) -> bool:
        """Whether part of a reply is already here."""
        return bool(self._rest or self._lines)

    def _line(self, line: bytes) -> bytes | None:
        code = line[:3]
        if len(code) != 3 or not code.isdigit() or not 0x32 <= code[0] <= 0x35 or len(line) > LINE_BYTES:
            raise MalformedReply(f"no reply code: {line[:40]!r}")
        mark = line[3] if len(line) > 3 else _SPACE
        if mark == _SPACE:
            if not self._lines:
                return line
            whole = code + b" " + b"\n".join([*self._lines, line[4:]])
            self._lines, self._size = [], 0
            return whole
        if mark != _HYPHEN:
            raise MalformedReply(f"no separator after the code: {line[:40]!r}")
        self._size += len(line) + 8  # an empty continuation is not free
        if self._size > REPLY_BYTES:
            raise MalformedReply("the reply has no end")
        self._lines.append(line[4:])
        return None


def parse_reply(raw: bytes) -> Reply:
    """The reply that the reader gave, as a value: code, RFC 3463 status, text on one line."""
    code = int(raw[:3])
    pieces = raw[4:].decode("utf-8", "replace").split("\n")
    first = _ENHANCED.match(pieces[0])
    enhanced = f"{code // 100}.0.0"
    if first and first[1][0] == enhanced[0]:  # RFC 2034 4: the classes must agree
        enhanced = first[1]
        pieces = [piece.removeprefix(enhanced) for piece in pieces]
    return Reply(code, enhanced, printable(" ".join(piece.strip() for piece in pieces)))


def printable(text: str) -> str:
    """The text with everything replaced that could break a line or steer a terminal, cut to what is kept."""
    kept = text[:TEXT_CHARACTERS].strip()
    return kept if kept.isprintable() else "".join(letter if letter.isprintable() else "?" for letter in kept)


def our_reply(code: int, enhanced: str, text: str) -> Reply:
    """A reply that we made because no peer gave one."""
    return Reply(code, enhanced, printable(text), ours=True)
