"""One run of a daemon: opens its parts, runs until told to stop, reloads on SIGHUP, closes in the reverse order.

    SIGHUP             configuration, certificate and keys are read again; if anything is wrong, all stays as it was
    SIGTERM, SIGINT    nothing new; what is under way is finished, at most half a minute; the rest waits
    a second SIGINT    at once
    a failed disk      at once: what is in memory can no longer be believed, and nobody was told that it is done
    a lost lock        at once, when another daemon has taken the database (possible only after a cut of PostgreSQL)

What the parts are and what they do is the tool's business.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from foundation import clock, logs
from foundation.config import load
from foundation.daemon import service_manager
from foundation.daemon.unexpected import Unexpected, die, reasons
from foundation.errors import ConfigError
from foundation.failures import as_expected
from foundation.language import Text
from foundation.service import Service

if TYPE_CHECKING:
    from foundation.config.sections import Configuration

UMASK = 0o077
COLLECTOR_THRESHOLDS = (50_000, 20, 50)
"""A message makes a few hundred objects and hardly a cycle: Python's own 700 would look at all of them all the time."""


class Parts(Protocol):
    """What a daemon consists of once it runs."""

    @property
    def addresses(self) -> Mapping[str, Sequence[tuple[str, int]]]:
        """Where each kind of listener really listens."""

    async def use(self, configuration: Configuration) -> list[str]:
        """Use another configuration from now on; the keys that wait for a restart. Raises ConfigError before anything
        has changed."""

    def reloaded(self, successful: bool) -> None:
        """Note how the last reload went."""


Open = Callable[[AsyncExitStack, Callable[[Exception], None]], Awaitable[Parts]]
"""Opens the parts on this stack, which closes them; the other is called when the daemon must die."""


class Daemon:
    """One run."""

    def __init__(self, service: Service, config_file: Path | None, open_parts: Open) -> None:
        self._service = service
        self._config_file = config_file
        self._open_parts = open_parts
        self._stop = asyncio.Event()
        self._reloading: asyncio.Task[None] | None = None
        self._reload_wanted = False
        self._parts: Parts | None = None

    async def run(self) -> None:
        """Start, wait for the end, stop. Raises ConfigError, also for a clock file that cannot be read."""
        _check_clock()
        loop, area = asyncio.get_running_loop(), self._service.name
        loop.set_exception_handler(Unexpected(self._service).handle)
        started = clock.monotonic()
        async with AsyncExitStack() as stack:
            stack.callback(service_manager.notify, service_manager.STOPPING)
            for number, handler in self._signals().items():  # first: whoever tells us to reload must not end us
                loop.add_signal_handler(number, handler)
            self._parts = await self._open_parts(stack, partial(die, self._service))
            if self._reload_wanted:
                self._hang_up()
            gc.collect()
            gc.freeze()
            gc.set_threshold(*COLLECTOR_THRESHOLDS)
            self._feed_watchdog(loop)
            logs.event(logging.INFO, area, "ready", **_told(self._parts), seconds=round(clock.monotonic() - started, 3))
            service_manager.notify(service_manager.READY, service_manager.status("ready"))
            await self._stop.wait()
            logs.event(logging.INFO, area, "stopping")
            service_manager.notify(service_manager.STOPPING, service_manager.status("stopping"))
        logs.event(logging.INFO, area, "stopped")

    def _signals(self) -> dict[int, Callable[[], Any]]:
        return {signal.SIGTERM: self._stop.set, signal.SIGINT: self._interrupted, signal.SIGHUP: self._hang_up}

    def _interrupted(self) -> None:
        if self._stop.is_set():
            os._exit(128 + signal.SIGINT)
        self._stop.set()

    def _hang_up(self) -> None:
        """Before the parts are open the wish is only noted: `run` comes back to it."""
        self._reload_wanted = True
        if self._parts is not None and (self._reloading is None or self._reloading.done()):
            self._reloading = asyncio.get_running_loop().create_task(self._reload_while_wanted(self._parts))

    async def _reload_while_wanted(self, parts: Parts) -> None:
        """A signal that comes during a reload asks for another one: the file may have been read before it changed."""
        while self._reload_wanted:
            self._reload_wanted = False
            await self._reload(parts)

    async def _reload(self, parts: Parts) -> None:
        """Everything is read and checked before anything is used."""
        area = self._service.name
        service_manager.notify(service_manager.reloading())
        try:
            waiting = await parts.use(await asyncio.to_thread(load, self._config_file))
        except Exception as error:
            expected = as_expected(error)
            told = reasons(expected) if expected else repr(error)
            logs.event(logging.ERROR, area, "the new configuration is not used; the old one stays", reason=told)
            parts.reloaded(False)
        else:
            parts.reloaded(True)
            logs.event(logging.INFO, area, "reloaded", wait_for_restart=",".join(waiting) or None)
        service_manager.notify(service_manager.READY)

    def _feed_watchdog(self, loop: asyncio.AbstractEventLoop) -> None:
        seconds = service_manager.watchdog_seconds()
        if seconds is not None:
            service_manager.notify(service_manager.ALIVE)
            loop.call_later(seconds, self._feed_watchdog, loop)


def adopt_loggers(*names: str) -> None:
    """What libraries log under their own names goes the same way as our log: one line each."""
    ours = logging.getLogger("congvu")
    for name in names:
        other = logging.getLogger(name)
        other.handlers[:] = ours.handlers
        other.setLevel(max(ours.level, logging.INFO))
        other.propagate = False


def _told(parts: Parts) -> dict[str, str]:
    """Where it listens, for the log."""
    return {kind: ",".join(f"{host}:{port}" for host, port in places) for kind, places in parts.addresses.items()}


def _check_clock() -> None:
    """Whoever sets a clock file must not take the machine's time for the one that they chose."""
    try:
        clock.read_offset()
    except OSError as error:
        raise ConfigError(
            Text("không đọc được tệp đồng hồ: {why}", "cannot read the clock file: {why}").format(why=error)
        ) from error
