"""The daemon: opens every part in order, runs until told to stop, reloads on SIGHUP, closes in the reverse order.

    SIGHUP             configuration, certificate and keys are read again; if anything is wrong, all stays as it was
    SIGTERM, SIGINT    no new mail; what is on the wire is finished, at most half a minute; the rest waits
    a second SIGINT    at once
    a failed disk      at once: what is in memory can no longer be believed, and nobody was told 250 for it
    a lost lock        at once, when another daemon has taken the queue (possible only after a cut of PostgreSQL)

It does nothing with mail itself; `parts` says which rooms there are.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import resource
import signal
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foundation import clock, logs
from foundation.config import load
from foundation.errors import Busy, CongvuError
from foundation.failures import as_expected, report_bug
from mailrelay.configuration import settings_from
from mailrelay.observation import service_manager
from mailrelay.parts import Parts, kept_until_restart, open_parts, sections_that_wait

if TYPE_CHECKING:
    from foundation.config.sections import Configuration

AREA = "mailrelay"
UMASK = 0o077
MOST_TRACEBACKS = 20
"""Files of tracebacks from one run."""
SWITCH_INTERVAL_SECONDS = 0.0005
"""How long a thread may wait for the interpreter lock. The database's writer asks for it after every statement; with
Python's own 5 ms the sessions wait for commits, and half as many messages pass (measured)."""
COLLECTOR_THRESHOLDS = (50_000, 20, 50)
"""A message makes a few hundred objects and hardly a cycle: Python's own 700 would look at all of them all the time."""


def run(configuration: Configuration, config_file: Path | None) -> int:
    """Run the daemon to its end. Raises ConfigError (78), Busy (75), Unreachable and StorageError (69)."""
    settings = settings_from(configuration)
    os.umask(UMASK)
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
    _adopt_loggers()
    _allow_many_files()
    with asyncio.Runner(loop_factory=_loop_factory(settings.event_loop)) as runner:
        runner.run(Daemon(configuration, config_file).run())
    return 0


class Daemon:
    """One run of the daemon."""

    def __init__(self, configuration: Configuration, config_file: Path | None) -> None:
        self._configuration = configuration
        self._config_file = config_file
        self._stop = asyncio.Event()
        self._reloading: asyncio.Task[None] | None = None
        self._reload_wanted = False
        self._parts: Parts | None = None

    async def run(self) -> None:
        """Start, wait for the end, stop."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(Unexpected().handle)
        started = clock.monotonic()
        async with AsyncExitStack() as stack:
            stack.callback(service_manager.notify, service_manager.STOPPING)
            for number, handler in self._signals().items():  # first: whoever tells us to reload must not end us
                loop.add_signal_handler(number, handler)
            self._parts = await open_parts(self._configuration, stack, die)
            if self._reload_wanted:
                self._hang_up()
            gc.collect()
            gc.freeze()
            gc.set_threshold(*COLLECTOR_THRESHOLDS)
            self._feed_watchdog(loop)
            logs.event(logging.INFO, AREA, "ready", **_told(self._parts), seconds=round(clock.monotonic() - started, 3))
            service_manager.notify(service_manager.READY, service_manager.status("ready"))
            await self._stop.wait()
            logs.event(logging.INFO, AREA, "stopping")
            service_manager.notify(service_manager.STOPPING, service_manager.status("stopping"))
        logs.event(logging.INFO, AREA, "stopped")

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
            self._reloading = asyncio.get_running_loop().create_task(self._reload_while_wanted())

    async def _reload_while_wanted(self) -> None:
        """A signal that comes during a reload asks for another one: the file may have been read before it changed."""
        while self._reload_wanted:
            self._reload_wanted = False
            await self._reload()

    async def _reload(self) -> None:
        """Everything is read and checked before anything is used."""
        assert self._parts is not None  # noqa: S101  # see _hang_up
        service_manager.notify(service_manager.reloading())
        try:
            configuration = await asyncio.to_thread(load, self._config_file)
            settings, waiting = kept_until_restart(self._parts.settings, settings_from(configuration))
            waiting += sections_that_wait(self._configuration, configuration)
            await self._parts.reload(settings)
        except Exception as error:
            expected = as_expected(error)
            told = _reasons(expected) if expected else repr(error)
            logs.event(logging.ERROR, AREA, "the new configuration is not used; the old one stays", reason=told)
            self._parts.reloaded(False)
        else:
            self._parts.reloaded(True)
            logs.event(logging.INFO, AREA, "reloaded", wait_for_restart=",".join(waiting) or None)
        service_manager.notify(service_manager.READY)

    def _feed_watchdog(self, loop: asyncio.AbstractEventLoop) -> None:
        seconds = service_manager.watchdog_seconds()
        if seconds is not None:
            service_manager.notify(service_manager.ALIVE)
            loop.call_later(seconds, self._feed_watchdog, loop)


class Unexpected:
    """Bugs of ours in callbacks of the loop: told in one line each time, with the whole traceback in a file once."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, str, int]] = set()

    def handle(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """What the loop calls when nobody else catches."""
        error = context.get("exception")
        logs.event(logging.ERROR, AREA, str(context.get("message", "unexpected")), error=repr(error) if error else None)
        place = _place(error) if error is not None else None
        if error is not None and place is not None and place not in self._seen and len(self._seen) < MOST_TRACEBACKS:
            self._seen.add(place)
            report_bug(error, "mailrelay")


def _place(error: BaseException) -> tuple[str, str, int]:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return type(error).__name__, trace.tb_frame.f_code.co_filename if trace else "", trace.tb_lineno if trace else 0


def _adopt_loggers() -> None:
    """What is logged under other names goes the same way: one line each."""
    ours = logging.getLogger("congvu")
    for name in ("mailrelay", "asyncio"):
        other = logging.getLogger(name)
        other.handlers[:] = ours.handlers
        other.setLevel(max(ours.level, logging.INFO))
        other.propagate = False


def die(error: Exception) -> None:
    """End the process at once, because nothing that is in memory may be told to anybody as true any more: the disk
    failed, or another daemon has taken the queue over."""
    expected = as_expected(error)
    code = expected.exit_code if expected else CongvuError.exit_code
    with suppress(Exception):
        what = "another daemon has the queue" if isinstance(error, Busy) else "stopped by a failed disk"
        logs.event(logging.CRITICAL, AREA, what, reason=_reasons(expected) if expected else repr(error))
    os._exit(code)


def _reasons(error: CongvuError) -> str:
    """An error in English on one line, its problems too."""
    problems = "; ".join(f"{problem.column}: {problem.message.en}" for problem in error.problems)
    return f"{error.message.en}: {problems}" if problems else error.message.en


def _told(parts: Parts) -> dict[str, str]:
    """Where it listens, for the log."""
    return {kind: ",".join(f"{host}:{port}" for host, port in places) for kind, places in parts.addresses.items()}


def _loop_factory(choice: str) -> Callable[[], asyncio.AbstractEventLoop]:
    if choice == "auto":
        with suppress(ImportError):
            import uvloop

            return uvloop.new_event_loop
    return asyncio.new_event_loop


def _allow_many_files() -> None:
    """A thousand sessions, a hundred connections out, the segment files: more than the usual soft limit of 1024."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 16384 if hard == resource.RLIM_INFINITY else min(hard, 16384)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
