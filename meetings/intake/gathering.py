"""Gathers what comes while the database is busy: one unit of work for many delivery reports instead of one for each.

The first waits a moment for company; what comes until its commit goes together into the next unit. Nobody is told
anything before the commit that carries theirs. An error is everybody's of that unit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

GATHERED: Final = 64
"""What one unit takes: statements over more rows gain nothing (`foundation.storage.batches`)."""

T = TypeVar("T")
R = TypeVar("R")


class Gathering(Generic[T, R]):
    """Belongs to the loop's thread. `together` answers a batch, in its order; `seconds` is how long one waits."""

    def __init__(self, together: Callable[[Sequence[T]], Awaitable[list[R]]], seconds: float = 0) -> None:
        self._together = together
        self._seconds = seconds
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._task: asyncio.Task[None] | None = None

    async def take(self, item: T) -> R:
        """What became of it. Raises what its batch raised."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[R] = loop.create_future()
        self._waiting.append((item, future))
        if self._task is None:
            self._task = loop.create_task(self._run())
        return await future

    async def _run(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(self._seconds)
                batch, self._waiting = self._waiting[:GATHERED], self._waiting[GATHERED:]
                await self._settle(batch)
        finally:
            self._task = None

    async def _settle(self, batch: Sequence[tuple[T, asyncio.Future[R]]]) -> None:
        futures = [future for _, future in batch]
        try:
            found = await self._together([item for item, _ in batch])
        except Exception as error:
            for future in futures:
                if not future.done():  # whoever asked may have gone
                    future.set_exception(error)
            return
        for future, each in zip(futures, found, strict=True):
            if not future.done():
                future.set_result(each)
