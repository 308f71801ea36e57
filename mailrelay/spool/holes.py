"""Runs of a segment that nobody needs any more: what they are, and how they are given back to the file system."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Iterable

from mailrelay.store.values import Extent

_PUNCH_AND_KEEP_SIZE = 0x02 | 0x01  # FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, linux/falloc.h


def total(extents: Iterable[Extent]) -> int:
    """How many bytes these runs have together."""
    return sum(length for _, _, length in extents)


def gaps(number: int, lived: Iterable[Extent], segment_bytes: int) -> list[Extent]:
    """What is between the live runs of a segment."""
    found: list[Extent] = []
    end = 0
    for _, offset, length in sorted(lived):
        if offset > end:
            found.append((number, end, offset - end))
        end = max(end, offset + length)
    if segment_bytes > end:
        found.append((number, end, segment_bytes - end))
    return found


def joined(extents: Iterable[Extent]) -> list[Extent]:
    """Runs of one segment in order; those that touch are one: messages that came together mostly go together."""
    found: list[Extent] = []
    for number, offset, length in sorted(extents):
        if found and found[-1][1] + found[-1][2] == offset:
            found[-1] = (number, found[-1][1], found[-1][2] + length)
        else:
            found.append((number, offset, length))
    return found


def punch(descriptor: int, offset: int, length: int) -> None:
    """Give a run back to the file system; one that cannot do it keeps the space until the segment is deleted."""
    _libc().fallocate(
        ctypes.c_int(descriptor),
        ctypes.c_int(_PUNCH_AND_KEEP_SIZE),
        ctypes.c_int64(offset),
        ctypes.c_int64(length),
    )


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)
