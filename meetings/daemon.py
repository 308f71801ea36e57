"""The daemon's process: its loop, its loggers; then it runs until it is told to stop.

How a daemon starts, reloads, stops and dies is `foundation.daemon.running`'s business; `parts` says which rooms there
are. It does nothing with meetings itself.
"""

from __future__ import annotations

import asyncio
import logging
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from foundation.daemon.running import UMASK, Daemon, adopt_loggers
from meetings.configuration import settings_from
from meetings.parts import open_parts
from meetings.service import SERVICE

if TYPE_CHECKING:
    from foundation.config.sections import Configuration


def run(configuration: Configuration, config_file: Path | None) -> int:
    """Run the daemon to its end. Raises ConfigError (78), Busy (75), Unreachable and StorageError (69)."""
    settings_from(configuration)
    os.umask(UMASK)
    adopt_loggers("asyncio")
    for talkative in ("mail.log", "uvicorn", "uvicorn.error"):  # a line for each command, each start and stop
        adopt_loggers(talkative)
        logging.getLogger(talkative).setLevel(logging.ERROR)
    with asyncio.Runner() as runner:
        runner.run(Daemon(SERVICE, config_file, partial(open_parts, configuration)).run())
    return 0
