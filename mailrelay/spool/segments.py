"""Segment files: preallocated files of 64 MiB in which the bytes of many messages stand one behind the other.

One fdatasync makes everything durable that was appended before it, whatever number of messages that is (measured
against a file per message: 1.6 times the rate at 100 KiB). The current segment is used again from its beginning when
nothing lives in it any more. Another one in which nothing lives becomes a spare, which is renamed into the next
segment: overwriting blocks that are there costs a third of the processor time and half of the sync of new ones. Of
segments in which something lives on, freed runs are given back to the file system (holes), many at a time.

It belongs to one thread. It does not know what the bytes mean, and it never reads. Numbers only grow while it lives,
and a new file never replaces one that is there. docs/decisions/0010 has the figures.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from foundation.atomic_files import fsync_folder
from mailrelay.spool.holes import gaps, joined, punch, total
from mailrelay.store.values import Extent

SEGMENT_BYTES = 64 << 20
SMALLEST_BYTES = 1 << 20  # when the disk has no room for a whole one
STAGING_BYTES = 1 << 20
"""Gathered in memory before it is written; also the most that can be placed at once."""
HOLES_AT_BYTES = 4 << 20  # freed bytes of a segment that are worth the system calls
SPARES = 2  # as many as die while one is filled, when mail goes out as fast as it comes in
_NAME = re.compile(r"(\d{10})\.segment\Z")
_SPARE_SUFFIX = ".spare"


class Segments:
    """The segment files of one folder, for the thread that appends to them."""

    def __init__(self, folder: Path, segment_bytes: int = SEGMENT_BYTES) -> None:
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._descriptor = -1
        self._current = max(segment_numbers(folder), default=0)  # sealed: the next append opens another one
        self._capacity = 0
        self._tail = 0
        self._staging = memoryview(bytearray(STAGING_BYTES))
        self._staged = 0  # bytes of it that are in use: those that end at the tail
        self._live_bytes: dict[int, int] = {}
        self._freed: dict[int, list[Extent]] = {}
        self._without_holes: set[int] = set()
        self._spares: list[Path] = []

    def place(self, length: int) -> tuple[Extent, memoryview]:
        """Room for so many bytes (at most STAGING_BYTES, and what a segment has), to be filled before anything else is
        asked; they are written by `flush`. Raises OSError, and nothing is taken: there may be no room for another
        segment, or a failure of what was taken before (WriteFailed, SyncFailed)."""
        if self._tail + length > self._capacity:
            self.flush()
            self._open_next()
        elif self._staged + length > STAGING_BYTES:
            self.flush()
        extent = (self._current, self._tail, length)
        room = self._staging[self._staged : self._staged + length]
        self._staged += length
        self._tail += length
        self._live_bytes[self._current] = self._live_bytes.get(self._current, 0) + length
        return extent, room

    def flush(self) -> None:
        """Write what was taken. Raises WriteFailed: all that was taken since the last flush is lost."""
        data, at = self._staging[: self._staged], self._tail - self._staged
        self._staged = 0
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
            elif number < self._current - 1:  # the one before the current is left alone: it will soon be empty
                self._punch_if_worth_it(number)

    def reclaim(self) -> None:
        """Give back all that is freed, however little: the disk is full."""
        for number in [number for number in self._freed if number != self._current]:
            self._punch(number)
        self._drop_spares()

    def adopt(self, live: Iterable[Sequence[Extent]]) -> list[str]:
        """Take over what an earlier process left: delete segments in which nothing lives, punch what does not live
        out of the others. Returns the names of the deleted files."""
        extents: dict[int, list[Extent]] = {}
        for body in live:
            for extent in body:
                extents.setdefault(extent[0], []).append(extent)
        present = segment_numbers(self._folder)
        self._current = max([self._current, *present, *extents])
        self._live_bytes = {number: total(lived) for number, lived in extents.items()}
        orphans = [number for number in present if number not in extents]
        for path in [*map(self._path, orphans), *self._folder.glob("*" + _SPARE_SUFFIX)]:
            path.unlink(missing_ok=True)
        for number, lived in extents.items():
            if number in present:
                self._freed[number] = gaps(number, lived, self._path(number).stat().st_size)
                self._punch(number)
        return [self._path(number).name for number in orphans]

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        self._drop_spares()

    def _open_next(self) -> None:
        number, capacity = self._current + 1, self._segment_bytes
        try:
            descriptor = self._create_from_spare(number) if self._spares else self._create(number, capacity)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            self.reclaim()
            descriptor, capacity = self._create_what_fits(number)
        before, self._descriptor, self._tail = self._descriptor, descriptor, 0
        self._capacity = capacity
        self._current = number
        if capacity == self._segment_bytes:
            self._without_holes.add(number)
        if before >= 0:
            try:
                _sync(before)  # no later sync will reach it
            finally:
                os.close(before)
        self._punch_if_worth_it(number - 2)

    def _create_from_spare(self, number: int) -> int:
        """The next segment from a file that has all its blocks. Raises OSError."""
        path = self._path(number)
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        self._spares.pop().rename(path)
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            fsync_folder(self._folder)
        except BaseException:
            os.close(descriptor)
            path.unlink(missing_ok=True)
            raise
        return descriptor

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
        if number == self._current:
            if self._descriptor >= 0:
                self._rewind(0)
            return
        path = self._path(number)
        if number in self._without_holes and len(self._spares) < SPARES and path.exists():
            self._spares.append(path.rename(path.with_suffix(_SPARE_SUFFIX)))
        else:
            path.unlink(missing_ok=True)
        self._without_holes.discard(number)

    def _drop_spares(self) -> None:
        while self._spares:
            self._spares.pop().unlink(missing_ok=True)

    def _rewind(self, offset: int) -> None:
        """Use the current segment again from here on."""
        self._staged = max(self._staged - (self._tail - offset), 0)
        self._tail = offset

    def _punch_if_worth_it(self, number: int) -> None:
        if total(self._freed.get(number, ())) >= HOLES_AT_BYTES:
            self._punch(number)

    def _punch(self, number: int) -> None:
        freed = joined(self._freed.pop(number, []))
        if not freed:
            return
        self._without_holes.discard(number)
        try:
            descriptor = os.open(self._path(number), os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return
        try:
            for _, offset, length in freed:
                punch(descriptor, offset, length)
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


def _sync(descriptor: int) -> None:
    try:
        os.fdatasync(descriptor)
    except OSError as error:
        raise SyncFailed(error.errno, error.strerror) from error
