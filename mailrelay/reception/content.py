"""Watches a message's content while it streams past: line ends, NUL bytes, long lines, size, bytes above 127.

Promises: content that it finds without fault has only CR LF as line ends (RFC 5321 2.3.8), so that no server behind us
can see an end of data where we saw none (SMTP smuggling, CVE-2023-51764 and its siblings). It keeps nothing of the
content and changes nothing: the bytes accepted are the bytes delivered.

A megabyte costs about half a millisecond: the line ends are looked at by CPython's own newline decoder, which keeps its
state across pieces, and lines are measured in steps of a whole line's limit.
"""

from __future__ import annotations

import io
from typing import Final

from mailrelay.reception import replies
from mailrelay.reception.replies import Reply

_LINE_END: Final = 2


class ContentCheck:
    """One message's content. `size` counts its bytes; `eight_bit` says whether a byte above 127 was seen."""

    __slots__ = ("_limit_bytes", "_line_ends", "_line_limit", "_open_line", "eight_bit", "fault", "size")

    def __init__(self, limit_bytes: int, line_limit_bytes: int) -> None:
        self.size = 0
        self.eight_bit = False
        self.fault: Reply | None = None
        self._limit_bytes = limit_bytes
        self._line_limit = line_limit_bytes + _LINE_END
        self._open_line = 0
        self._line_ends = io.IncrementalNewlineDecoder(None, False)

    def look(self, piece: bytes) -> Reply | None:
        """Look at the next piece, which is not empty; the first fault of the content so far, or None."""
        if self.fault is None:
            self.size += len(piece)
            self.fault = self._fault(piece)
        return self.fault

    def end(self) -> Reply | None:
        """The content is complete: the first fault, or None. Content without a last line end is one (BDAT only)."""
        if self.fault is None and self._line_ends.decode("", True):
            self.fault = replies.BARE_LINE_END
        elif self.fault is None and self._open_line:
            self.fault = replies.OPEN_END
        return self.fault

    def _fault(self, piece: bytes) -> Reply | None:
        if self.size > self._limit_bytes:
            return replies.TOO_BIG
        if 0 in piece:
            return replies.NUL_BYTE
        if not self.eight_bit and not piece.isascii():
            self.eight_bit = True
        self._line_ends.decode(piece.decode("latin-1"))
        if self._line_ends.newlines not in (None, "\r\n"):
            return replies.BARE_LINE_END
        return None if self._lines_fit(piece) else replies.LONG_LINE

    def _lines_fit(self, piece: bytes) -> bool:
        """Whether no line is longer than the limit: from each line's start, an LF must stand within reach."""
        length, limit = len(piece), self._line_limit
        line = -self._open_line
        while length - line > limit:
            found = piece.rfind(b"\n", max(line, 0), line + limit)
            if found < 0:
                return False
            line = found + 1
        last = piece.rfind(b"\n", max(line, 0))
        self._open_line = length - 1 - last if last >= 0 else length - line
        return True
