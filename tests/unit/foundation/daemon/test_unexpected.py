"""What a daemon does with what should not happen: it dies at once, or tells a bug."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from foundation import logs
from foundation.daemon.unexpected import Unexpected
from foundation.language import use_language
from foundation.service import Service
from tests.support.project import FOLDER

SERVICE = Service("mailrelay", "relay")


def test_a_failed_disk_ends_the_process_at_once_with_its_code() -> None:
    program = (
        "import threading, time; from foundation.daemon.unexpected import die;"
        "from foundation.service import Service; from foundation.storage.failures import poisoned;"
        "from foundation import logs; logs.configure(1);"
        "threading.Thread(target=time.sleep, args=(60,)).start();"
        "die(Service('mailrelay', 'relay'), poisoned('x', 'EIO'))"
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
        loop.set_exception_handler(Unexpected(SERVICE).handle)
        loop.call_soon(broken)
        loop.call_soon(broken)
        await asyncio.sleep(0)

    asyncio.run(main())
    told = capsys.readouterr().err
    assert told.count("error mailrelay:") == 2
    assert told.count("by design). Chi tiết") + told.count("by design. Chi tiết") == 1
