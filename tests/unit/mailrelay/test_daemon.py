"""The daemon's own small decisions: how it dies, what it does with bugs, which loop it runs on."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from foundation import logs
from foundation.language import use_language
from mailrelay import daemon
from tests.support.project import FOLDER


def test_a_failed_disk_ends_the_process_at_once_with_its_code() -> None:
    program = (
        "import threading, time; from mailrelay.daemon import die; from foundation.storage.failures import poisoned;"
        "from foundation import logs; logs.configure(1);"
        "threading.Thread(target=time.sleep, args=(60,)).start(); die(poisoned('x', 'EIO'))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=FOLDER, capture_output=True, text=True, timeout=30)
    assert done.returncode == 69
    assert "failed disk" in done.stderr


def test_a_bug_in_a_callback_is_told_once_with_its_traceback(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    use_language("vi")
    logs.configure(1)

    def broken() -> None:
        raise ZeroDivisionError("by design")

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(daemon.Unexpected().handle)
        loop.call_soon(broken)
        loop.call_soon(broken)
        await asyncio.sleep(0)

    asyncio.run(main())
    told = capsys.readouterr().err
    assert told.count("error mailrelay:") == 2
    assert told.count("by design). Chi tiết") + told.count("by design. Chi tiết") == 1


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
