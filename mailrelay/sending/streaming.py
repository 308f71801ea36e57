"""Reads a large body in slices and writes them as fast as the peer takes them, never more than one slice ahead.

It promises that nothing of a body which cannot be read, is too short or fails its hash (the spool's reader checks it
before it gives the last slice) is followed by the final dot: `failed` is called instead and the connection must be cut.
It holds one slice in memory; what the spool still has in memory goes out as it lies there, unread and uncopied.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mailrelay.sending.stuffing import Stuffer
from mailrelay.sending.transactions import Body

SLICE_BYTES: Final = 256 << 10
"""Measured: below 64 KiB the calls cost more than the copying, above 256 KiB nothing is gained."""


class BodyStream:
    """One body on its way. `finished` is given the final dot; exactly one of `finished` and `failed` is called, unless
    `cancel` comes first."""

    __slots__ = (
        "_body",
        "_failed",
        "_finished",
        "_offset",
        "_pumping",
        "_reading",
        "_stuffer",
        "_write",
        "cancelled",
        "paused",
    )

    def __init__(
        self,
        body: Body,
        write: Callable[[bytes], None],
        finished: Callable[[bytes], None],
        failed: Callable[[str], None],
    ) -> None:
        self._body = body
        self._write = write
        self._finished = finished
        self._failed = failed
        self._stuffer = Stuffer()
        self._offset = 0
        self._reading = False
        self._pumping = False
        self.paused = False
        self.cancelled = False

    def start(self, prefix: bytes) -> None:
        """Write the trace headers, then the body."""
        if prefix:
            self._write(self._stuffer.stuff(prefix))
        self.pump()

    def cancel(self) -> None:
        """Write nothing more and call nobody."""
        self.cancelled = True

    def pump(self) -> None:
        """Go on, after the peer took what was written."""
        if self._pumping:
            return
        self._pumping = True
        try:
            while not (self.paused or self._reading or self.cancelled):
                self._step()
        finally:
            self._pumping = False

    def _step(self) -> None:
        length = min(SLICE_BYTES, self._body.size - self._offset)
        if length == 0:
            self.cancelled = True
            self._finished(self._stuffer.ending())
            return
        piece = self._in_memory(length)
        if piece is not None:
            self._take(piece)
            return
        self._reading = True
        self._body.read(self._offset, length, self._read)

    def _in_memory(self, length: int) -> bytes | None:
        inline = self._body.inline
        if inline is not None:
            return inline[self._offset : self._offset + length]
        return self._body.piece_at(self._offset)

    def _read(self, data: bytes | None, error: Exception | None) -> None:
        self._reading = False
        if self.cancelled:
            return
        if error is not None or not data:
            self._fail(f"the stored message cannot be read: {error or 'it is too short'}")
            return
        self._take(data)
        self.pump()

    def _take(self, data: bytes) -> None:
        self._offset += len(data)
        self._write(self._stuffer.stuff(data))

    def _fail(self, reason: str) -> None:
        self.cancelled = True
        self._failed(reason)


class ContentReader:
    """Reads the first octets of a body that is not in memory and tells whether they are ASCII: done(ascii of all that
    was read, head), or done(None, b"") when the body cannot be read."""

    __slots__ = ("_ascii", "_body", "_done", "_head", "_length", "_offset", "_reading", "_running")

    def __init__(self, body: Body, length: int, done: Callable[[bool | None, bytes], None]) -> None:
        self._body = body
        self._length = length
        self._done = done
        self._offset = 0
        self._ascii = True
        self._head = b""
        self._reading = False
        self._running = False

    def start(self) -> None:
        """Read slice after slice; a reader that answers at once does not deepen the stack."""
        if self._running:
            return
        self._running = True
        while not self._reading and self._offset < self._length:
            self._reading = True
            self._body.read(self._offset, min(SLICE_BYTES, self._length - self._offset), self._read)
        self._running = False

    def _read(self, data: bytes | None, error: Exception | None) -> None:
        if error is not None or not data:
            self._done(None, b"")  # and nothing is read any more
            return
        self._reading = False
        if self._offset == 0:
            self._head = data
        self._offset += len(data)
        self._ascii = self._ascii and data.isascii()
        if self._offset >= self._length:
            self._done(self._ascii, self._head)
        else:
            self.start()
