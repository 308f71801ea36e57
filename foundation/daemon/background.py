"""What runs beside the work for as long as a daemon lives: keeping the database ours alone, the journal's tree.

Each task ends with the stack that it was started on. A database in trouble is asked again a second later; only another
daemon that has taken it over ends us (`on_lost`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from typing import Any, Final

from foundation import logs
from foundation.daemon.only_daemon import OnlyDaemon
from foundation.errors import Busy, StorageError
from foundation.journal import Sequencer
from foundation.service import Service
from foundation.storage import Database

SEQUENCE_SECONDS: Final = 1.0
LOCK_SECONDS: Final = 1.0
"""How often we ask whether the database is still ours alone; a start beside us has no longer than this after a cut."""
SEQUENCE_LIMIT: Final = 1024
"""Records placed in one unit of work: some 8 ms for which whoever writes may wait."""


def run_beside(stack: AsyncExitStack, work: Coroutine[Any, Any, None]) -> None:
    """Run beside everything else until the stack closes."""
    task = asyncio.get_running_loop().create_task(work)

    async def end() -> None:
        task.cancel()
        await asyncio.wait([task])

    stack.push_async_callback(end)


def be_the_only_one(
    service: Service, database: Database, stack: AsyncExitStack, on_lost: Callable[[Exception], None]
) -> None:
    """Raises Busy. `on_lost` is called when another daemon has taken the database over while we lived."""
    only = OnlyDaemon(service, database)
    only.take()
    stack.callback(only.release)
    run_beside(stack, _stay_the_only_one(service, only, on_lost))


async def _stay_the_only_one(service: Service, only: OnlyDaemon, on_lost: Callable[[Exception], None]) -> None:
    while True:
        await asyncio.sleep(LOCK_SECONDS)
        try:
            await asyncio.to_thread(only.keep)
        except Busy as error:
            on_lost(error)
            return
        except StorageError as error:
            logs.trouble(logging.WARNING, service.name, "the daemon's lock cannot be kept yet", error)


async def sequence(service: Service, sequencer: Sequencer) -> None:
    """Give records their place in the tree, once a second; a database in trouble is tried again."""
    failing = False
    while True:
        await asyncio.sleep(SEQUENCE_SECONDS)
        try:
            await asyncio.to_thread(sequencer.catch_up, SEQUENCE_LIMIT)
        except StorageError as error:
            if not failing:
                logs.trouble(logging.ERROR, service.name, "the journal's tree cannot be extended", error)
            failing = True
        else:
            failing = False


async def caught_up(sequencer: Sequencer) -> None:
    """Nothing is left waiting when we stop in peace."""
    with suppress(StorageError):
        await asyncio.to_thread(sequencer.catch_up, SEQUENCE_LIMIT)
