"""Bodies for coroutines: the first bytes of a stored one, and a new one from bytes. Off the hot path only."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TypeVar

from mailrelay.spool.bodies import BodyReader, BodyStore
from mailrelay.store.values import StoredBody

T = TypeVar("T")


async def read_start(reader: BodyReader, length: int) -> bytes:
    """The first `length` bytes of a body, fewer if it is shorter. Raises what the store raises."""
    read: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    reader.read(0, min(length, reader.size), partial(_resolve, read))
    return await read


async def store_bytes(bodies: BodyStore, content: bytes) -> StoredBody:
    """Make bytes durable as a body of their own. Raises what the store raises."""
    stored: asyncio.Future[StoredBody] = asyncio.get_running_loop().create_future()
    writer = bodies.open(len(content))
    writer.write(content)
    writer.finish(partial(_resolve, stored))
    return await stored


def _resolve(future: asyncio.Future[T], value: T | None, error: Exception | None) -> None:
    if future.done():
        return
    if value is None:
        future.set_exception(error or RuntimeError("neither a value nor an error"))
    else:
        future.set_result(value)
