"""The daemon's own small decisions: which loop it runs on, how many files it may open."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

from mailrelay import daemon
from tests.support.project import FOLDER


def test_uvloop_is_used_where_it_is_installed() -> None:
    assert daemon._loop_factory("asyncio") is asyncio.new_event_loop
    assert daemon._loop_factory("auto").__module__.startswith("uvloop")


def test_more_files_than_usual_may_be_open() -> None:
    program = "import resource; from mailrelay.daemon import _allow_many_files; _allow_many_files();" + (
        "print(*resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=FOLDER, capture_output=True, text=True, env={**os.environ}
    )
    soft, hard = map(int, done.stdout.split())
    assert soft == hard or soft >= 16384
