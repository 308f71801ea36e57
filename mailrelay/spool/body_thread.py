"""The thread that writes bodies: takes pieces of many messages, appends them encrypted, syncs once for all that wait.

While one group is synced the next one gathers; there is no timer. Answers of a group go to the loop in one call.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from hashlib import sha256
from pathlib import Path
from queue import Empty, SimpleQueue

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from foundation.language import Text
from foundation.storage import DatabasePoisoned, TemporaryFailure
from foundation.system_errors import reason_of
from mailrelay.spool.segments import STAGING_BYTES, Segments, SyncFailed, WriteFailed
from mailrelay.store.values import Extent, StoredBody

KEY_BYTES = 32
PIECE_BYTES = STAGING_BYTES // 2
_GROUP_BYTES = 16 << 20  # taken before a sync: what a disk writes in a few milliseconds
_PASSING = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM})  # no byte is in doubt

_log = logging.getLogger(__name__)

Answer = Callable[[StoredBody | None, Exception | None], None]
Job = Callable[[], int]


class Stream:
    """One message on its way into the segments. `written(count, error)` is called on the loop as bytes leave memory.

    Its key encrypts nothing else, so the counter may start at zero.
    """

    __slots__ = ("encryptor", "error", "extents", "hash", "key", "size", "written")

    def __init__(self, written: Callable[[int, Exception | None], None]) -> None:
        self.key = os.urandom(KEY_BYTES)
        self.encryptor = Cipher(AES(self.key), CTR(bytes(16))).encryptor()
        self.hash = sha256()
        self.size = 0
        self.extents: list[Extent] = []
        self.error: Exception | None = None
        self.written = written

    def body(self) -> StoredBody:
        return StoredBody(self.size, self.hash.digest(), None, self.key, tuple(self.extents))


class BodyThread:
    """Owns the segments; its methods are called on the loop's thread and only queue."""

    def __init__(
        self,
        folder: Path,
        segment_bytes: int,
        loop: asyncio.AbstractEventLoop,
        on_poison: Callable[[Exception], None],
    ) -> None:
        self._folder = folder
        self._segments = Segments(folder, segment_bytes)
        self._loop = loop
        self._on_poison = on_poison
        self._poison: DatabasePoisoned | None = None
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._unwritten: dict[int, Stream] = {}  # by identity: those with bytes that no flush has written
        self._waiting: list[tuple[Stream, Answer]] = []
        self._calls: list[Callable[[], None]] = []
        self._thread = threading.Thread(target=self._work_through, name="body writer", daemon=True)
        self._thread.start()

    def write(self, stream: Stream, pieces: Sequence[bytes]) -> None:
        """Append pieces of a message, none larger than PIECE_BYTES."""
        self._queue.put(lambda: self._append(stream, pieces))

    def finish(self, stream: Stream, pieces: Sequence[bytes], answer: Answer) -> None:
        """Append the last pieces; answer when all of the message is durable."""
        self._queue.put(lambda: self._conclude(stream, pieces, answer))

    def abandon(self, stream: Stream) -> None:
        """Give back what was appended of a message."""
        self._queue.put(lambda: self._drop(stream))

    def free(self, extents: Sequence[Extent]) -> None:
        """Give back the space of a message that is gone."""
        self._queue.put(lambda: self._free(extents))

    def reclaim(self) -> None:
        """Give back every byte that can be: the disk is full."""
        self._queue.put(self._reclaim)

    def adopt(self, live: Sequence[Sequence[Extent]]) -> list[str]:
        """See `Segments.adopt`. Waits for it."""
        answer: Future[list[str]] = Future()

        def job() -> int:
            try:
                answer.set_result(self._segments.adopt(live))
            except BaseException as error:
                answer.set_exception(error)
            return 0

        self._queue.put(job)
        return answer.result()

    def close(self) -> None:
        """Do what is queued, then end."""
        self._queue.put(None)
        self._thread.join()

    def _work_through(self) -> None:
        more = True
        while more:
            more = self._serve_group()
        self._segments.close()

    def _serve_group(self) -> bool:
        """One job, those that queued up behind it, one sync, the answers; False when nothing more will come."""
        job = self._queue.get()
        taken = 0
        while job is not None:
            taken += self._do(job)
            if taken >= _GROUP_BYTES:
                break
            try:
                job = self._queue.get_nowait()
            except Empty:
                break
        self._sync()
        self._call_back()
        return job is not None

    def _do(self, job: Job) -> int:
        try:
            return job()
        except Exception as error:  # our bug: better to stop than to leave everybody waiting
            _log.exception("the thread of the spool failed")
            self._be_poisoned(str(error))
            return 0

    def _append(self, stream: Stream, pieces: Sequence[bytes]) -> int:
        if self._poison is not None:
            stream.error = self._poison
        count = 0
        for piece in pieces:
            count += len(piece)
            if stream.error is None:
                self._append_piece(stream, piece)
        self._calls.append(lambda: stream.written(count, stream.error))
        return count

    def _append_piece(self, stream: Stream, piece: bytes) -> None:
        stream.hash.update(piece)
        try:
            extent, room = self._segments.place(len(piece))
        except OSError as error:
            self._fail(stream, error)
            return
        stream.encryptor.update_into(piece, room)
        stream.size += len(piece)
        self._unwritten[id(stream)] = stream
        _extend(stream.extents, extent)

    def _conclude(self, stream: Stream, pieces: Sequence[bytes], answer: Answer) -> int:
        count = self._append(stream, pieces)
        self._waiting.append((stream, answer))
        return count

    def _drop(self, stream: Stream) -> int:
        self._segments.free(stream.extents)
        stream.extents = []
        return 0

    def _reclaim(self) -> int:
        self._segments.reclaim()
        return 0

    def _free(self, extents: Sequence[Extent]) -> int:
        self._segments.free(extents)
        return 0

    def _fail(self, stream: Stream, error: OSError) -> None:
        """This message cannot be kept: for now if the disk is full, or because the disk has failed altogether."""
        if error.errno not in _PASSING or isinstance(error, SyncFailed):
            self._be_poisoned(error.strerror or str(error))
            stream.error = self._poison
            return
        if isinstance(error, WriteFailed):
            self._lose_unwritten(error)
        stream.error = _no_room(self._folder, error)
        self._drop(stream)

    def _lose_unwritten(self, error: OSError) -> None:
        """The disk was full when the bytes of these messages were written: each of them fails."""
        for stream in self._unwritten.values():
            stream.error = _no_room(self._folder, error)
            self._drop(stream)
        self._unwritten = {}

    def _sync(self) -> None:
        if self._poison is not None:
            return
        try:
            if self._waiting:
                self._segments.sync()
            else:
                self._segments.flush()
        except OSError as error:
            if isinstance(error, WriteFailed) and error.errno in _PASSING:
                self._lose_unwritten(error)
                self._sync()  # the others, written by earlier flushes
            else:
                self._be_poisoned(error.strerror or str(error))
        self._unwritten = {}

    def _be_poisoned(self, reason: str) -> None:
        if self._poison is None:
            poison = _failed(self._folder, reason)
            self._poison = poison
            self._calls.append(lambda: self._on_poison(poison))

    def _call_back(self) -> None:
        """Hand the answers of this group to the loop."""
        calls, self._calls = self._calls, []
        for stream, answer in self._waiting:
            error = self._poison or stream.error
            calls.append(_answering(answer, None if error else stream.body(), error))
        self._waiting = []
        if calls:
            try:
                self._loop.call_soon_threadsafe(_run, calls)
            except RuntimeError:
                _log.debug("the loop has ended before %d answers of the spool", len(calls))


def _answering(answer: Answer, body: StoredBody | None, error: Exception | None) -> Callable[[], None]:
    return lambda: answer(body, error)


def _run(calls: Sequence[Callable[[], None]]) -> None:
    for call in calls:
        try:
            call()
        except Exception:  # one caller's error is not its neighbours'
            _log.exception("an answer of the spool failed")


def _extend(extents: list[Extent], extent: Extent) -> None:
    """Add a run; one that continues the last becomes part of it."""
    if extents:
        number, offset, length = extents[-1]
        if (number, offset + length) == extent[:2]:
            extents[-1] = (number, offset, length + extent[2])
            return
    extents.append(extent)


def _no_room(folder: Path, error: OSError) -> TemporaryFailure:
    return TemporaryFailure(
        Text("không ghi được vào thư mục {folder}: {reason}", "cannot write into the folder {folder}: {reason}").format(
            folder=str(folder), reason=reason_of(error)
        ),
        Text("giải phóng dung lượng đĩa; thư sẽ được gửi lại", "free some disk space; the mail will be sent again"),
    )


def _failed(folder: Path, reason: str) -> DatabasePoisoned:
    return DatabasePoisoned(
        Text(
            "đĩa chứa thư mục {folder} bị lỗi ({reason}); không ghi thêm gì nữa",
            "the disk of the folder {folder} has failed ({reason}); nothing more is written",
        ).format(folder=str(folder), reason=reason),
        Text(
            "xem nhật ký nhân (dmesg), kiểm tra đĩa, rồi khởi động lại dịch vụ",
            "read the kernel log (dmesg), check the disk, then restart the service",
        ),
    )
