"""DKIM signatures of outgoing mail, made in threads: an RSA signature would hold the loop for a third of a millisecond.

A message is signed once for all destinations it has in memory, and only when its first author is of a domain we sign
for. A signature that cannot be made is logged and left out: mail without one is better than no mail.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from functools import partial
from typing import Final, Protocol

from foundation import clock
from foundation.logs import event
from mailrelay.dispatch.parcels import Parcel
from mailrelay.messages.headers import HEAD_LIMIT_BYTES, end_of_head
from mailrelay.queue_ids import spell
from mailrelay.spool.bodies import BodyReader, BodyStore

_SLICE_BYTES: Final = 256 << 10
_READ_SECONDS: Final = 60
"""How long a thread waits for a slice of a body from the disk before it gives the signature up."""


class Signer(Protocol):
    """What mailrelay/messages/dkim.py offers."""

    def sign(self, head: bytes, body_chunks: Iterable[bytes], at_seconds: int = 0) -> bytes:
        """A `DKIM-Signature` header ending in CRLF; empty when the author is not of our domains."""


class Signing:
    """Signs parcels whose author is of one of `domains` or below; without a signer nothing is ever signed."""

    def __init__(
        self, signer: Signer | None, domains: Sequence[str], bodies: BodyStore, executor: Executor | None
    ) -> None:
        self._signer = signer
        self._domains = tuple(domain.lower() for domain in domains)
        self._bodies = bodies
        self._executor = executor
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[int, list[Callable[[], None]]] = {}

    def is_wanted(self, parcel: Parcel) -> bool:
        """Whether this parcel still has to be signed before it leaves for another host."""
        if self._signer is None or parcel.signature is not None or not parcel.authors:
            return False
        domain = parcel.authors[0].rpartition("@")[2].lower()
        return any(domain == own or domain.endswith("." + own) for own in self._domains)

    def sign(self, parcel: Parcel, done: Callable[[], None]) -> None:
        """Set `parcel.signature` (empty if none could be made), then call `done` on the loop's thread."""
        waiting = self._waiting.setdefault(id(parcel), [])
        waiting.append(done)
        if len(waiting) == 1:
            reader = self._bodies.reader(parcel.body)
            made = self._loop.run_in_executor(self._executor, self._signature, reader)
            made.add_done_callback(partial(self._signed, parcel))

    def _signed(self, parcel: Parcel, made: asyncio.Future[bytes]) -> None:
        error = None if made.cancelled() else made.exception()
        if made.cancelled() or error is not None:
            event(
                logging.ERROR, "relay.dispatch", "a message leaves unsigned", queue_id=spell(parcel.number), error=error
            )
            parcel.signature = b""
        else:
            parcel.signature = made.result()
        for done in self._waiting.pop(id(parcel), ()):
            done()

    def _signature(self, reader: BodyReader) -> bytes:
        """Runs in a thread."""
        if self._signer is None:
            return b""
        chunks = self._chunks(reader)
        head = b""
        for chunk in chunks:
            head += chunk
            if (end := end_of_head(head)) >= 0 or len(head) > HEAD_LIMIT_BYTES:
                break
        else:
            end = len(head)
        end = len(head) if end < 0 else end
        return self._signer.sign(head[:end], _chained(head[end:], chunks), clock.now_microseconds() // 1_000_000)

    def _chunks(self, reader: BodyReader) -> Iterator[bytes]:
        if reader.inline is not None:
            yield reader.inline
            return
        for offset in range(0, reader.size, _SLICE_BYTES):
            slice_read: Future[bytes] = Future()
            length = min(_SLICE_BYTES, reader.size - offset)
            self._loop.call_soon_threadsafe(reader.read, offset, length, partial(_resolve, slice_read))
            yield slice_read.result(_READ_SECONDS)


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _resolve(future: Future[bytes], data: bytes | None, error: Exception | None) -> None:
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(data or b"")
