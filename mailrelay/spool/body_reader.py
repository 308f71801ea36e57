"""Gives a stored body's bytes, and never gives the last of them unless all of them have the hash of the accepted ones.

Bodies in memory are there at once (`inline`, or piece after piece with `piece_at`). Bodies on disk are read and
deciphered in a thread; read from the beginning to the end, piece after piece, they are hashed on the way, and the last
piece is refused (DamagedBody) if the hash is not that of the row. A reader must therefore not send the final dot before
the last piece has come.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from foundation.errors import StorageError
from foundation.language import Text
from mailrelay.spool.fresh import FreshBytes
from mailrelay.spool.segments import segment_path
from mailrelay.store.values import StoredBody

Chunk = Callable[[bytes | None, Exception | None], None]

_CIPHER_BLOCK_BYTES = 16  # AES


class DamagedBody(StorageError):
    """The bytes on disk are not those that were accepted, or are gone."""


class BodyReader:
    """Reads one body; made by `BodyStore.reader`."""

    __slots__ = ("_body", "_folder", "_fresh", "_hash", "_hashed", "_loop", "_readers", "inline", "size")

    def __init__(
        self,
        body: StoredBody,
        inline: bytes | None,
        fresh: FreshBytes | None,
        folder: Path,
        loop: asyncio.AbstractEventLoop,
        readers: ThreadPoolExecutor,
    ) -> None:
        self.size = body.size
        self.inline = inline
        self._body = body
        self._fresh = fresh
        self._folder = folder
        self._loop = loop
        self._readers = readers
        self._hash = hashlib.sha256()
        self._hashed = 0

    def piece_at(self, offset: int) -> bytes | None:
        """The bytes from `offset` on as they lie in memory, uncopied; None when a read is needed."""
        return self._fresh.pieces.get(offset) if self._fresh is not None else None

    def read(self, offset: int, length: int, done: Chunk) -> None:
        """Call `done` with up to `length` bytes from `offset`, fewer only at the end, or with an error."""
        if self.inline is not None:
            self._loop.call_soon(done, self.inline[offset : offset + length], None)
            return
        self._readers.submit(self._read_and_tell, offset, length, done)

    def _read_and_tell(self, offset: int, length: int, done: Chunk) -> None:
        chunk: bytes | None = None
        error: Exception | None = None
        try:
            chunk = self._verified(offset, self._deciphered(offset, min(length, self.size - offset)))
        except DamagedBody as damage:
            error = damage
        except Exception as failure:  # whatever it is, somebody waits
            error = _damaged(str(failure))
        try:
            self._loop.call_soon_threadsafe(done, chunk, error)
        except RuntimeError:
            return  # the loop has ended, nobody waits

    def _deciphered(self, offset: int, length: int) -> bytes:
        pieces = self._pieces(offset, length)
        skipped = offset % _CIPHER_BLOCK_BYTES
        counter = (offset // _CIPHER_BLOCK_BYTES).to_bytes(_CIPHER_BLOCK_BYTES, "big")
        decryptor = Cipher(AES(self._body.key), CTR(counter)).decryptor()
        decryptor.update(bytes(skipped))
        return b"".join(decryptor.update(piece) for piece in pieces)

    def _pieces(self, offset: int, length: int) -> list[bytes]:
        """The ciphertext from `offset` on, out of the extents that hold it."""
        pieces: list[bytes] = []
        start = 0
        for segment, place, extent_length in self._body.extents:
            skip = max(offset - start, 0)
            count = min(extent_length - skip, length)
            if count > 0:
                pieces.append(self._pread(segment, place + skip, count))
                offset, length = offset + count, length - count
            start += extent_length
        if length > 0:
            raise _damaged("the row names fewer bytes than the message has")
        return pieces

    def _pread(self, segment: int, place: int, count: int) -> bytes:
        descriptor = os.open(segment_path(self._folder, segment), os.O_RDONLY | os.O_CLOEXEC)
        try:
            data = os.pread(descriptor, count, place)
        finally:
            os.close(descriptor)
        if len(data) != count:
            raise _damaged("the segment file is too short")
        return data

    def _verified(self, offset: int, chunk: bytes) -> bytes:
        if offset == 0:
            self._hash, self._hashed = hashlib.sha256(), 0
        if offset == self._hashed:
            self._hash.update(chunk)
            self._hashed += len(chunk)
            if self._hashed == self.size and self._hash.digest() != self._body.sha256:
                raise _damaged("its hash is not that of the accepted bytes")
        return chunk


def _damaged(reason: str) -> DamagedBody:
    return DamagedBody(
        Text("nội dung thư trong hàng đợi bị hỏng: {reason}", "a queued message's body is damaged: {reason}").format(
            reason=reason
        ),
        Text("kiểm tra đĩa, phục hồi từ bản sao lưu", "check the disk, restore from a backup"),
    )
