"""The bytes of messages between reception and the last delivery: in the row when small, in segment files when not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from mailrelay.store.values import Extent, StoredBody

__all__ = ["BodyReader", "BodyStore", "BodyWriter", "Extent", "StoredBody"]

Finished = Callable[[StoredBody | None, Exception | None], None]
Chunk = Callable[[bytes | None, Exception | None], None]


class BodyWriter(Protocol):
    """Takes one message's bytes. All methods are called on the loop's thread, `done` and `on_drain` too."""

    size: int
    backlog_bytes: int
    on_drain: Callable[[], None] | None

    def write(self, data: bytes) -> None: ...

    def finish(self, done: Finished) -> None: ...

    def abandon(self) -> None: ...


class BodyReader(Protocol):
    """Gives a stored body's bytes."""

    size: int
    inline: bytes | None

    def read(self, offset: int, length: int, done: Chunk) -> None: ...


class BodyStore:
    """All bodies of a spool folder."""

    def __init__(
        self,
        folder: Path,
        loop: asyncio.AbstractEventLoop,
        *,
        inline_bytes: int = 32768,
        memory_bytes: int = 64 << 20,
    ) -> None:
        raise NotImplementedError

    def open(self, declared_bytes: int = 0) -> BodyWriter:
        raise NotImplementedError

    def reader(self, body: StoredBody) -> BodyReader:
        raise NotImplementedError

    def release(self, body: StoredBody) -> None:
        raise NotImplementedError

    def recover(self, live: Iterable[StoredBody]) -> list[str]:
        raise NotImplementedError

    def has_room(self, size_bytes: int) -> bool:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError
