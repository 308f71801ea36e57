"""Finds where a message ends: at CR LF "." CR LF after DATA (RFC 5321 4.1.1.4), after a count with BDAT (RFC 3030).

Promises: only these five bytes end the data, wherever the network cuts them; whatever else resembles them (a bare LF, a
bare CR, a NUL between) is content, which `content.ContentCheck` then refuses. Dot-stuffing (4.5.2) is undone. The bytes
are handed on in pieces, uncopied where possible, and never kept: one search per chunk, more only when it has dots. It
does not judge content and knows no limits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

Take = Callable[[bytes], None]
"""Gets the next piece of content."""

_MID_LINE: Final = 0
_AFTER_CR: Final = 1
_LINE_START: Final = 2
_AFTER_DOT: Final = 3  # a dot at a line's start is held back: stuffing, or the first byte of the end
_AFTER_DOT_CR: Final = 4  # and the CR behind it

_CR: Final = 13
_LF: Final = 10
_DOT: Final = 46


class DataReader:
    """Reads one message after 354. A new reader stands at a line's start: `.` CR LF alone is an empty message."""

    __slots__ = ("_state",)

    def __init__(self) -> None:
        self._state = _LINE_START

    def feed(self, data: bytes, start: int, take: Take) -> int:
        """Hand on the content in `data[start:]`, which is not empty; the index just behind the end, or -1."""
        state = self._state
        if state == _MID_LINE:
            dot = -1
        elif state == _LINE_START:
            dot = start if data[start] == _DOT else -1
        elif state == _AFTER_CR:
            dot = start + 1 if data[start : start + 2] == b"\n." else -1
        else:
            end = self._behind_dot(data, start, take)
            if end >= 0 or self._state == _AFTER_DOT_CR:
                return end
            dot = -1
        if dot < 0:
            dot = _next_dot_line(data, start)
            if dot < 0:
                take(data[start:] if start else data)
                self._state = self._tail(data, start)
                return -1
        return self._dot_line(data, start, dot, take)

    def _behind_dot(self, data: bytes, start: int, take: Take) -> int:
        """What follows a dot at a line's start that ended the last chunk, or the dot and a CR."""
        first = data[start]
        if self._state == _AFTER_DOT_CR:
            if first == _LF:
                return start + 1
            take(b"\r")
        elif first == _CR:
            if start + 1 == len(data):
                self._state = _AFTER_DOT_CR
                return -1
            if data[start + 1] == _LF:
                return start + 2
        self._state = _MID_LINE
        return -1

    def _dot_line(self, data: bytes, start: int, dot: int, take: Take) -> int:
        """At `dot` a line begins with a dot: the end, its cut-off beginning, or stuffing (then perhaps more of it)."""
        if dot > start:
            take(data[start:dot])
        behind = data[dot + 1 : dot + 3]
        if behind == b"\r\n":
            return dot + 3
        if not behind or behind == b"\r":
            self._state = _AFTER_DOT_CR if behind else _AFTER_DOT
            return -1
        end = data.find(b"\r\n.\r\n", dot + 1)
        stop = end + 2 if end >= 0 else self._held_back(data)
        take(data[dot + 1 : stop].replace(b"\r\n.", b"\r\n"))
        return end + 5 if end >= 0 else -1

    def _held_back(self, data: bytes) -> int:
        """Where the content ends that can be handed on now; sets the state that belongs to it."""
        if data.endswith(b"\r\n."):
            self._state = _AFTER_DOT
            return len(data) - 1
        if data.endswith(b"\r\n.\r"):
            self._state = _AFTER_DOT_CR
            return len(data) - 2
        self._state = self._tail(data, 0)
        return len(data)

    def _tail(self, data: bytes, start: int) -> int:
        """The state behind `data[start:]`, which holds nothing back."""
        last = data[-1]
        if last == _CR:
            return _AFTER_CR
        if last != _LF:
            return _MID_LINE
        if len(data) - start > 1:
            return _LINE_START if data[-2] == _CR else _MID_LINE
        return _LINE_START if self._state == _AFTER_CR else _MID_LINE


def _next_dot_line(data: bytes, start: int) -> int:
    """Where the first dot behind a CR LF stands, or -1. Only what stands between the first dot and the last is
    searched: attachments (base64) have none. First from behind, because that costs a quarter (measured, CPython 3.11).
    """
    first = data.find(b".", start)
    if first < 0:
        return -1
    first, behind = max(first - 2, start), data.rfind(b".") + 1
    if data.rfind(b"\r\n.", first, behind) < 0:
        return -1
    return data.find(b"\r\n.", first, behind) + 2


class ChunkReader:
    """Reads the bytes of one BDAT command, of which `left` are still to come."""

    __slots__ = ("left",)

    def __init__(self, size: int) -> None:
        self.left = size

    def feed(self, data: bytes, start: int, take: Take) -> int:
        """Hand on what belongs to the chunk in `data[start:]`; the index just behind the chunk, or -1."""
        end = start + self.left
        if end <= len(data):
            self.left = 0
            if end > start:
                take(data[start:end])
            return end
        self.left = end - len(data)
        if start < len(data):
            take(data[start:])
        return -1
