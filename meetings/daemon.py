"""The daemon's process: its loop, its loggers; then it runs until it is told to stop.

How a daemon starts, reloads, stops and dies is `foundation.daemon.running`'s business; `assembly` says which rooms
there are. It does nothing with meetings itself.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from foundation.daemon.running import UMASK, Daemon, adopt_loggers
from meetings.assembly import open_parts
from meetings.configuration import settings_from
from meetings.service import SERVICE

if TYPE_CHECKING:
    from foundation.config.sections import Configuration

SWITCH_INTERVAL_SECONDS = 0.0005
"""How long a thread may wait for the interpreter lock. The database's writer asks for it after every statement, and
letters leave while reports come back: with Python's own 5 ms both took a sixth more of the processor (measured)."""


def run(configuration: Configuration, config_file: Path | None) -> int:
    """Run the daemon to its end. Raises ConfigError (78), Busy (75), Unreachable and StorageError (69)."""
    settings_from(configuration)
    os.umask(UMASK)
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
    adopt_loggers("asyncio")
    for talkative in ("mail.log", "uvicorn", "uvicorn.error"):  # a line for each command, each start and stop
        adopt_loggers(talkative)
        logging.getLogger(talkative).setLevel(logging.ERROR)
    with asyncio.Runner() as runner:
        runner.run(Daemon(SERVICE, config_file, partial(open_parts, configuration)).run())
    return 0
