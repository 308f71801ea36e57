"""Reads the bytes of a mail after DATA, until the line with a lone dot (RFC 5321 4.5.2), in large pieces.

A mail of ten megabytes may have five million lines: read line by line, one mail would keep everybody else waiting for
many seconds and need forty times its size. A line may be as long as the mail; of a mail that is too large nothing is
kept while its end is waited for.
"""

from __future__ import annotations

from asyncio import StreamReader
from typing import Final

_PIECE_BYTES: Final = 1 << 20
"""More than a reader ever holds (twice its limit of 64 KiB, and one reception), so that a piece is all there is."""
_LINE_END: Final = b"\r\n"
_END: Final = b"\r\n.\r\n"


async def read_content(reader: StreamReader, largest_bytes: int) -> bytes | None:
    """The mail as it was sent, dots that were doubled on the way single again; None when it is larger. What the peer
    sent behind its end stays in the reader. Raises ConnectionResetError when the connection ends before the mail."""
    found = bytearray(_LINE_END)  # a dot on the first line stands at the beginning of a line too
    too_large = False
    while True:
        piece = await reader.read(_PIECE_BYTES)
        if not piece:
            raise ConnectionResetError
        searched = max(len(found) - len(_END) + 1, 0)
        found += piece
        end = found.find(_END, searched)
        if end >= 0:
            _give_back(reader, bytes(found[end + len(_END) :]))
            del found[end + len(_LINE_END) :]
            too_large = too_large or len(found) - len(_LINE_END) > largest_bytes
            return None if too_large else bytes(found.replace(_LINE_END + b".", _LINE_END)[len(_LINE_END) :])
        if len(found) > largest_bytes + len(_END):
            too_large = True
            del found[: -len(_END)]


def _give_back(reader: StreamReader, rest: bytes) -> None:
    """Commands that came pipelined are read later. The reader is empty now; one whose peer is gone reads no more."""
    if rest and not reader.at_eof():
        reader.feed_data(rest)
