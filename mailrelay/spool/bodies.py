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
from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

from foundation import clock
from mailrelay.spool.body_reader import BodyReader, Chunk
from mailrelay.spool.body_thread import BodyThread, Stream
from mailrelay.spool.segments import SEGMENT_BYTES
from mailrelay.store.values import Extent, StoredBody

__all__ = ["BodyReader", "BodyStore", "BodyWriter", "Chunk", "Extent", "StoredBody"]

BLOCK_BYTES = 256 << 10
"""A body up to this size is written in one piece when it ends; a larger one streams in pieces of it."""
_ROOM_CHECK_SECONDS = 0.25

Finished = Callable[[StoredBody | None, Exception | None], None]


class BodyStore:
    """All bodies of a spool folder. `memory_bytes` bounds what is kept in memory of fresh large bodies, so that a
    delivery at once need not read them back."""

    def __init__(
        self,
        folder: Path,
        loop: asyncio.AbstractEventLoop,
        *,
        inline_bytes: int = 32768,
        memory_bytes: int = 16 << 20,
        segment_bytes: int = SEGMENT_BYTES,
        free_disk_percent: int = 5,
    ) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        self.on_poison: Callable[[Exception], None] | None = None
        self._loop = loop
        self._inline_bytes = inline_bytes
        self._memory_bytes = memory_bytes
        self._segment_bytes = segment_bytes
        self._free_disk_percent = free_disk_percent
        self._fresh: OrderedDict[bytes, bytes] = OrderedDict()
        self._fresh_bytes = 0
        self._room = (0, False)
        self._room_checked = float("-inf")
        self._thread = BodyThread(folder, segment_bytes, loop, self._poisoned)
        self._readers = ThreadPoolExecutor(1, thread_name_prefix="body reader")

    def open(self, declared_bytes: int = 0) -> BodyWriter:
        """A writer for one message; `declared_bytes` is what the client announced (SIZE), or 0."""
        return BodyWriter(self, declared_bytes)

    def reader(self, body: StoredBody) -> BodyReader:
        """Something that gives the body's bytes; its `inline` is set if they are in memory."""
        inline = body.inline if body.inline is not None else self._fresh.get(body.key)
        if not body.verified and inline is not None and sha256(inline).digest() != body.sha256:
            inline = None  # reading it says that it is damaged
        return BodyReader(body, inline, self.folder, self._loop, self._readers)

    def release(self, body: StoredBody) -> None:
        """Give a body's space back. Only after the row that named it is gone, durably, or was never there."""
        if body.extents:
            content = self._fresh.pop(body.key, b"")
            self._fresh_bytes -= len(content)
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
        free_bytes, healthy = self._room
        return healthy and free_bytes >= 2 * size_bytes

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

    def _keep_fresh(self, body: StoredBody, content: bytes) -> None:
        """Remember the bytes of a body just written, as long as there is room for them."""
        self._fresh[body.key] = content
        self._fresh_bytes += len(content)
        while self._fresh_bytes > self._memory_bytes:
            _, oldest = self._fresh.popitem(last=False)
            self._fresh_bytes -= len(oldest)

    def _poisoned(self, error: Exception) -> None:
        if self.on_poison is not None:
            self.on_poison(error)


class BodyWriter:
    """Takes one message's bytes in order.

    `size` counts them; `backlog_bytes` those that are in memory only: above about 1 MiB the caller should stop reading
    until `on_drain`. `error` is set as soon as it is known that `finish` will fail.
    """

    __slots__ = ("_buffer", "_buffered", "_finished", "_store", "_stream", "backlog_bytes", "error", "on_drain", "size")

    def __init__(self, store: BodyStore, declared_bytes: int = 0) -> None:
        self._store = store
        self._buffer: list[bytes] = []
        self._buffered = 0
        self._stream: Stream | None = None
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
            self._hand_over()

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
        whole = self._stream is None
        content = b"".join(self._buffer)
        self._buffer = []
        stream = self._opened()

        def answered(body: StoredBody | None, error: Exception | None) -> None:
            self.backlog_bytes = 0
            if body is not None and whole:
                self._store._keep_fresh(body, content)
            done(body, error)

        pieces = list(_pieces(content))
        for piece in pieces[:-1]:
            self._store._thread.write(stream, piece)
        self._store._thread.finish(stream, pieces[-1] if pieces else b"", answered)

    def abandon(self) -> None:
        """Forget the message. After `finish` it does nothing: the answer will come."""
        if self._finished:
            return
        self._finished = True
        self._buffer = []
        self.backlog_bytes = 0
        if self._stream is not None:
            self._store._thread.abandon(self._stream)

    def _opened(self) -> Stream:
        if self._stream is None:
            self._stream = Stream(self._written)
        return self._stream

    def _hand_over(self) -> None:
        content = b"".join(self._buffer)
        self._buffer, self._buffered = [], 0
        stream = self._opened()
        for piece in _pieces(content):
            self._store._thread.write(stream, piece)

    def _written(self, count: int, error: Exception | None) -> None:
        """Bytes left memory, or will never reach the disk."""
        self.backlog_bytes = max(self.backlog_bytes - count, 0)
        self.error = self.error or error
        if self.on_drain is not None and not self._finished:
            self.on_drain()


def _pieces(content: bytes) -> Iterable[bytes]:
    """Pieces that fit into a segment beside others, also when the caller gave a whole large message at once."""
    if len(content) <= 2 * BLOCK_BYTES:
        return (content,)
    return (content[at : at + BLOCK_BYTES] for at in range(0, len(content), BLOCK_BYTES))
