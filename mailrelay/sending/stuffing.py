"""Transparency of the message on the wire (RFC 5321 4.5.2): dots doubled at the start of lines, the final dot. Pure."""

from __future__ import annotations

from typing import Final

FINAL_DOT: Final = b".\r\n"


def has_dot_line(data: bytes) -> bool:
    """Whether a line of it begins with a dot, its first one aside. Only what stands between the first dot and the last
    is searched: attachments (base64) have none. From behind, because that costs a quarter (measured, CPython 3.11)."""
    first = data.find(b".")
    return first >= 0 and data.rfind(b"\r\n.", max(first - 2, 0), data.rfind(b".") + 1) >= 0


class Stuffer:
    """Doubles dots in a message that comes in pieces cut anywhere; remembers the two octets before the cut."""

    __slots__ = ("_before",)

    def __init__(self) -> None:
        self._before = b"\r\n"  # the DATA command's own line end counts (RFC 5321 4.1.1.4)

    def stuff(self, piece: bytes) -> bytes:
        """The piece as it goes on the wire."""
        if not piece:
            return piece
        before, self._before = self._before, (piece[-2:] if len(piece) > 1 else self._before[-1:] + piece)
        stuffed = piece.replace(b"\r\n.", b"\r\n..") if has_dot_line(piece) else piece
        if piece[0] == 0x2E and before == b"\r\n":
            return b"." + stuffed
        if before[-1:] == b"\r" and piece[:2] == b"\n.":
            return b"\n." + stuffed[1:]
        return stuffed

    def ending(self) -> bytes:
        """The final dot, after a line end of its own when the message (from BDAT) does not end in one."""
        return FINAL_DOT if self._before == b"\r\n" else b"\r\n" + FINAL_DOT


def whole(prefix: bytes, body: bytes) -> list[bytes]:
    """A message that is all in memory, as pieces to be joined, the final dot included. `prefix` is empty or ends in
    CRLF and has no line that begins with a dot (our own trace headers)."""
    if has_dot_line(body):
        body = body.replace(b"\r\n.", b"\r\n..")
    if body[:1] == b".":
        body = b"." + body
    if body.endswith(b"\r\n") or (not body and prefix):
        return [prefix, body, FINAL_DOT]
    return [prefix, body, b"\r\n" + FINAL_DOT] if body else [FINAL_DOT]
