"""Segment files: preallocated files of 64 MiB in which the bytes of many messages stand one behind the other.

One fdatasync makes everything durable that was appended before it, whatever number of messages that is (measured
against a file per message: 1.6 times the rate at 100 KiB). A segment whose last byte is freed is deleted, or used
again from its beginning while it is the current one; of the others, freed runs are given back to the file system
(holes) before they add up to much.

It belongs to one thread. It does not know what the bytes mean, and it never reads. Numbers only grow while it lives,
and a new file never replaces one that is there.
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from foundation.atomic_files import fsync_folder
from mailrelay.store.values import Extent

SEGMENT_BYTES = 64 << 20
SMALLEST_BYTES = 1 << 20  # when the disk has no room for a whole one
HOLES_AT_BYTES = 4 << 20  # freed bytes of a segment that are worth the system calls
_NAME = re.compile(r"(\d{10})\.segment\Z")
_PUNCH_AND_KEEP_SIZE = 0x02 | 0x01  # FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, linux/falloc.h


class Segments:
    """The segment files of one folder, for the thread that appends to them."""

    def __init__(self, folder: Path, segment_bytes: int = SEGMENT_BYTES) -> None:
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._descriptor = -1
        self._current = max(segment_numbers(folder), default=0)  # sealed: the next append opens another one
        self._capacity = 0
        self._tail = 0
        self._unwritten: list[bytes] = []
        self._unwritten_at = 0
        self._live_bytes: dict[int, int] = {}
        self._freed: dict[int, list[Extent]] = {}

    def append(self, data: bytes) -> Extent:
        """Take bytes, fewer than a segment has; they are written by `flush`. Raises OSError, and nothing is taken:
        there may be no room for another segment, or a failure of what was taken before (WriteFailed, SyncFailed)."""
        if self._tail + len(data) > self._capacity:
            self.flush()
            self._open_next()
        if not self._unwritten:
            self._unwritten_at = self._tail
        extent = (self._current, self._tail, len(data))
        self._unwritten.append(data)
        self._tail += len(data)
        self._live_bytes[self._current] = self._live_bytes.get(self._current, 0) + len(data)
        return extent

    def flush(self) -> None:
        """Write what was taken. Raises WriteFailed: all that was taken since the last flush is lost."""
        if not self._unwritten:
            return
        data = memoryview(b"".join(self._unwritten))
        self._unwritten.clear()
        at = self._unwritten_at
        try:
            while data:
                written = os.pwrite(self._descriptor, data, at)
                data, at = data[written:], at + written
        except OSError as error:
            raise WriteFailed(error.errno, error.strerror) from error

    def sync(self) -> None:
        """Make all that was appended durable. Raises WriteFailed or SyncFailed."""
        self.flush()
        if self._descriptor >= 0:
            _sync(self._descriptor)

    def free(self, extents: Sequence[Extent]) -> None:
        """Give space back. Raises nothing: what cannot be given back now is found at the next start."""
        for extent in reversed(extents):
            number, offset, length = extent
            left = self._live_bytes.get(number, 0) - length
            self._live_bytes[number] = left
            if number == self._current and offset + length == self._tail:
                self._rewind(offset)
            else:
                self._freed.setdefault(number, []).append(extent)
            if left <= 0:
                self._empty(number)
            elif number != self._current and _total(self._freed[number]) >= HOLES_AT_BYTES:
                self._punch(number)

    def reclaim(self) -> None:
        """Give back all that is freed, however little: the disk is full."""
        for number in [number for number in self._freed if number != self._current]:
            self._punch(number)

    def adopt(self, live: Iterable[Sequence[Extent]]) -> list[str]:
        """Take over what an earlier process left: delete segments in which nothing lives, punch what does not live
        out of the others. Returns the names of the deleted files."""
        extents: dict[int, list[Extent]] = {}
        for body in live:
            for extent in body:
                extents.setdefault(extent[0], []).append(extent)
        present = segment_numbers(self._folder)
        self._current = max([self._current, *present, *extents])
        self._live_bytes = {number: _total(lived) for number, lived in extents.items()}
        orphans = [number for number in present if number not in extents]
        for number in orphans:
            self._path(number).unlink(missing_ok=True)
        for number, lived in extents.items():
            if number in present:
                self._freed[number] = _gaps(number, lived, self._path(number).stat().st_size)
                self._punch(number)
        return [self._path(number).name for number in orphans]

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _open_next(self) -> None:
        number, capacity = self._current + 1, self._segment_bytes
        try:
            descriptor = self._create(number, capacity)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            self.reclaim()
            descriptor, capacity = self._create_what_fits(number)
        before, self._descriptor, self._tail = self._descriptor, descriptor, 0
        self._capacity = capacity
        self._current = number
        if before >= 0:
            try:
                _sync(before)  # no later sync will reach it
            finally:
                os.close(before)

    def _create_what_fits(self, number: int) -> tuple[int, int]:
        """A segment on a disk that is nearly full, smaller if need be; its descriptor and size. Raises OSError."""
        capacity = self._segment_bytes
        while True:
            try:
                return self._create(number, capacity), capacity
            except OSError as error:
                capacity //= 4
                if error.errno not in (errno.ENOSPC, errno.EDQUOT) or capacity < SMALLEST_BYTES:
                    raise

    def _create(self, number: int, capacity: int) -> int:
        path = self._path(number)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, capacity)
            _sync(descriptor)
            fsync_folder(self._folder)
        except BaseException:
            os.close(descriptor)
            path.unlink(missing_ok=True)
            raise
        return descriptor

    def _empty(self, number: int) -> None:
        """Nothing lives in this segment any more."""
        self._live_bytes.pop(number, None)
        self._freed.pop(number, None)
        if number != self._current:
            self._path(number).unlink(missing_ok=True)
        elif self._descriptor >= 0:
            self._rewind(0)

    def _rewind(self, offset: int) -> None:
        """Use the current segment again from here on."""
        while self._unwritten and self._tail > offset:
            self._tail -= len(self._unwritten.pop())
        self._tail = offset

    def _punch(self, number: int) -> None:
        freed = self._freed.pop(number, [])
        if not freed:
            return
        try:
            descriptor = os.open(self._path(number), os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return
        try:
            for _, offset, length in freed:
                _punch_hole(descriptor, offset, length)
        finally:
            os.close(descriptor)

    def _path(self, number: int) -> Path:
        return segment_path(self._folder, number)


class WriteFailed(OSError):
    """What was taken before could not be written: also that of others than the caller."""


class SyncFailed(OSError):
    """fdatasync failed: the kernel may have dropped what it could not write and will not say so again."""


def segment_path(folder: Path, number: int) -> Path:
    """The file of a segment."""
    return folder / f"{number:010}.segment"


def segment_numbers(folder: Path) -> list[int]:
    """The segments that are there, in order."""
    names = (_NAME.match(entry.name) for entry in folder.iterdir())
    return sorted(int(name[1]) for name in names if name)


def _total(extents: Iterable[Extent]) -> int:
    return sum(length for _, _, length in extents)


def _gaps(number: int, lived: Iterable[Extent], segment_bytes: int) -> list[Extent]:
    """What is between the live runs of a segment."""
    gaps: list[Extent] = []
    end = 0
    for _, offset, length in sorted(lived):
        if offset > end:
            gaps.append((number, end, offset - end))
        end = max(end, offset + length)
    if segment_bytes > end:
        gaps.append((number, end, segment_bytes - end))
    return gaps


def _sync(descriptor: int) -> None:
    try:
        os.fdatasync(descriptor)
    except OSError as error:
        raise SyncFailed(error.errno, error.strerror) from error


def _punch_hole(descriptor: int, offset: int, length: int) -> None:
    """Give a run back to the file system; one that cannot do it keeps the space until the segment is deleted."""
    libc = ctypes.CDLL(None)
    libc.fallocate(
        ctypes.c_int(descriptor),
        ctypes.c_int(_PUNCH_AND_KEEP_SIZE),
        ctypes.c_int64(offset),
        ctypes.c_int64(length),
    )
