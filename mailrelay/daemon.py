"""The daemon's process: its loop, its limits, its loggers; then it runs until it is told to stop.

How a daemon starts, reloads, stops and dies is `foundation.daemon.running`'s business; `assembly` says which rooms
there are. It does nothing with mail itself.
"""

from __future__ import annotations

import asyncio
import os
import resource
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from foundation.daemon.running import UMASK, Daemon, adopt_loggers
from mailrelay.assembly import open_parts
from mailrelay.configuration import settings_from
from mailrelay.service import SERVICE

if TYPE_CHECKING:
    from foundation.config.sections import Configuration

SWITCH_INTERVAL_SECONDS = 0.0005
"""How long a thread may wait for the interpreter lock. The database's writer asks for it after every statement; with
Python's own 5 ms the sessions wait for commits, and half as many messages pass (measured)."""


def run(configuration: Configuration, config_file: Path | None) -> int:
    """Run the daemon to its end. Raises ConfigError (78), Busy (75), Unreachable and StorageError (69)."""
    settings = settings_from(configuration)
    os.umask(UMASK)
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
    adopt_loggers("mailrelay", "asyncio")
    _allow_many_files()
    with asyncio.Runner(loop_factory=_loop_factory(settings.event_loop)) as runner:
        runner.run(Daemon(SERVICE, config_file, partial(open_parts, configuration)).run())
    return 0


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
