"""The bytes of messages between reception and the last delivery: in the row when small, in segment files when not.

A small body needs no file: it becomes durable with its row. A larger one is encrypted under a key of its own
(AES-256-CTR) that only memory holds until the row is committed, so a message that is refused, or whose acceptance
fails, leaves no readable byte. One thread writes, for all messages together: hash, encrypt, append, one fdatasync for
all that wait for it. Another one reads.

A full disk fails the message that met it (TemporaryFailure). A failed fdatasync poisons the store: nothing that is on
its way can be believed, every `finish` fails with DatabasePoisoned and `on_poison` is called once.

Everything is called on the loop's thread, and calls back there. It knows nothing of rows: whoever commits a body's row
says `release` when that row is gone.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

from foundation import clock
from mailrelay.spool.body_reader import BodyReader, Chunk
from mailrelay.spool.body_thread import PIECE_BYTES, BodyThread, Stream
from mailrelay.spool.fresh import FreshBodies, FreshBytes
from mailrelay.spool.segments import SEGMENT_BYTES
from mailrelay.store.values import Extent, StoredBody

__all__ = ["BodyReader", "BodyStore", "BodyWriter", "Chunk", "Extent", "StoredBody"]

BLOCK_BYTES = 256 << 10
"""A body up to this size is written in one piece when it ends; a larger one streams in pieces of it."""
WORTH_A_CALL_BYTES = 64 << 10
"""Chunks that are smaller on average are joined: copying costs less than handing the interpreter lock over for each."""
_ROOM_CHECK_SECONDS = 0.25

Finished = Callable[[StoredBody | None, Exception | None], None]


class BodyStore:
    """All bodies of a spool folder. `memory_bytes` bounds what is kept in memory of fresh large bodies (fresh.py)."""

    def __init__(
        self,
        folder: Path,
        loop: asyncio.AbstractEventLoop,
        *,
        inline_bytes: int = 32768,
        memory_bytes: int = 48 << 20,
        segment_bytes: int = SEGMENT_BYTES,
        free_disk_percent: int = 5,
    ) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        self.on_poison: Callable[[Exception], None] | None = None
        self._loop = loop
        self._inline_bytes = inline_bytes
        self._segment_bytes = segment_bytes
        self._free_disk_percent = free_disk_percent
        self._fresh = FreshBodies(memory_bytes)
        self._room = (0, False)
        self._room_checked = float("-inf")
        self._thread = BodyThread(folder, segment_bytes, loop, self._poisoned)
        self._readers = ThreadPoolExecutor(1, thread_name_prefix="body reader")

    def open(self, declared_bytes: int = 0) -> BodyWriter:
        """A writer for one message; `declared_bytes` is what the client announced (SIZE), or 0."""
        return BodyWriter(self, declared_bytes)

    def reader(self, body: StoredBody) -> BodyReader:
        """Something that gives the body's bytes; its `inline` is set if they are in memory in one piece."""
        inline, fresh = body.inline, None
        if inline is None:
            fresh = self._fresh.get(body.key)
            inline = fresh.whole if fresh is not None else None
        elif not body.verified and sha256(inline).digest() != body.sha256:
            inline = None  # reading it says that it is damaged
        return BodyReader(body, inline, fresh, self.folder, self._loop, self._readers)

    def release(self, body: StoredBody) -> None:
        """Give a body's space back. Only after the row that named it is gone, durably, or was never there."""
        if body.extents:
            self._fresh.forget(body.key)
            self._thread.free(body.extents)

    def recover(self, live: Iterable[StoredBody]) -> list[str]:
        """Take over what an earlier process left, before anything is written: `live` are the bodies that rows name.
        Deletes or empties what none of them names; returns the names of deleted files. Raises OSError. Blocks."""
        return self._thread.adopt([body.extents for body in live if body.extents])

    def has_room(self, size_bytes: int) -> bool:
        """Whether the disk has room for twice a message of this size beside the reserve, and inodes."""
        now = clock.monotonic()
        if now - self._room_checked > _ROOM_CHECK_SECONDS:
            self._room_checked = now
            self._room = self._measure_room()
            if not self._room[1]:
                self._thread.reclaim()
        free_bytes, healthy = self._room
        return healthy and free_bytes >= 2 * size_bytes

    def reload(self, *, memory_bytes: int, free_disk_percent: int) -> None:
        """Use these limits from now on; what is in memory stays there until it is sent."""
        self._fresh.limit_bytes = memory_bytes
        self._free_disk_percent = free_disk_percent
        self._room_checked = float("-inf")

    def close(self) -> None:
        """Finish what was begun and end the threads."""
        self._thread.close()
        self._readers.shutdown()

    def _measure_room(self) -> tuple[int, bool]:
        try:
            system = os.statvfs(self.folder)
        except OSError:
            return 0, False
        reserve = system.f_blocks * self._free_disk_percent // 100
        enough_files = system.f_files == 0 or system.f_favail * 100 >= system.f_files
        return system.f_bavail * system.f_frsize, system.f_bavail >= reserve and enough_files

    def _poisoned(self, error: Exception) -> None:
        if self.on_poison is not None:
            self.on_poison(error)


class BodyWriter:
    """Takes one message's bytes in order.

    `size` counts them; `backlog_bytes` those that are in memory only: above about 1 MiB the caller should stop reading
    until `on_drain`. `error` is set as soon as it is known that `finish` will fail.
    """

    __slots__ = (
        "_buffer",
        "_buffered",
        "_declared_bytes",
        "_finished",
        "_fresh",
        "_store",
        "_stream",
        "backlog_bytes",
        "error",
        "on_drain",
        "size",
    )

    def __init__(self, store: BodyStore, declared_bytes: int = 0) -> None:
        self._store = store
        self._declared_bytes = declared_bytes
        self._buffer: list[bytes] = []
        self._buffered = 0
        self._stream: Stream | None = None
        self._fresh: FreshBytes | None = None
        self._finished = False
        self.size = 0
        self.backlog_bytes = 0
        self.on_drain: Callable[[], None] | None = None
        self.error: Exception | None = None

    def write(self, data: bytes) -> None:
        """Take bytes, which must not change any more."""
        self.size += len(data)
        self.backlog_bytes += len(data)
        self._buffered += len(data)
        self._buffer.append(data)
        if self._buffered > BLOCK_BYTES:
            self._store._thread.write(*self._gathered())

    def finish(self, done: Finished) -> None:
        """The message is complete: call `done` when its bytes are as durable as they are without a row. A small body
        is answered within this call. `done` gets TemporaryFailure (disk full) or DatabasePoisoned."""
        self._finished = True
        if self._stream is None and self.size <= self._store._inline_bytes:
            content = self._buffer[0] if len(self._buffer) == 1 else b"".join(self._buffer)
            self._buffer = []
            self.backlog_bytes = 0
            done(StoredBody(self.size, sha256(content).digest(), content), None)
            return
        stream, pieces = self._gathered()
        fresh, self._fresh = self._fresh, None

        def answered(body: StoredBody | None, error: Exception | None) -> None:
            self.backlog_bytes = 0
            if body is not None and fresh is not None:
                self._store._fresh.keep(body.key, fresh)
            done(body, error)

        self._store._thread.finish(stream, pieces, answered)

    def abandon(self) -> None:
        """Forget the message. After `finish` it does nothing: the answer will come."""
        if self._finished:
            return
        self._finished = True
        self._buffer = []
        self._fresh = None
        self.backlog_bytes = 0
        if self._stream is not None:
            self._store._thread.abandon(self._stream)

    def _gathered(self) -> tuple[Stream, list[bytes]]:
        """What the thread needs of the bytes so far; they are also kept in memory while there is room for them."""
        pieces = _pieces(self._buffer, self._buffered)
        self._buffer, self._buffered = [], 0
        if self._stream is None:
            self._stream = Stream(self._written)
            self._fresh = self._store._fresh.begin(self._declared_bytes)
        fresh = self._fresh
        if fresh is not None and not all(fresh.add(piece) for piece in pieces):
            self._fresh = None
        return self._stream, pieces

    def _written(self, count: int, error: Exception | None) -> None:
        """Bytes left memory, or will never reach the disk."""
        self.backlog_bytes = max(self.backlog_bytes - count, 0)
        self.error = self.error or error
        if self.on_drain is not None and not self._finished:
            self.on_drain()


def _pieces(chunks: list[bytes], size: int) -> list[bytes]:
    """Chunks as pieces that are worth a call and fit into a segment beside others."""
    if size < len(chunks) * WORTH_A_CALL_BYTES:
        chunks = [b"".join(chunks)]
    if max(map(len, chunks), default=0) <= PIECE_BYTES:
        return chunks
    return [chunk[at : at + PIECE_BYTES] for chunk in chunks for at in range(0, len(chunk), PIECE_BYTES)]
