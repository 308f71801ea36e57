"""`congvu demo`: the whole story ends well, twice in the same folder, and leaves a healthy province behind."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from congvu.sandbox import sandbox_down

pytestmark = pytest.mark.server


@pytest.fixture
def folder() -> Iterator[Path]:
    parent = Path(tempfile.mkdtemp(prefix="congvu-demo-"))
    yield parent / "demo"
    sandbox_down(parent / "demo" / "province")
    shutil.rmtree(parent)


def congvu(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "congvu.cli", *map(str, arguments)]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


@pytest.mark.timeout(600)
def test_the_story_ends_well_twice(folder: Path) -> None:
    for _ in range(2):
        told = congvu("demo", "--dir", folder)
        assert told.returncode == 0, told.stdout[-3000:] + told.stderr[-3000:]
    # the document that arrived: every recipient of the list, and the bytes of its attachment
    assert "79 đã tới hộp thư" in told.stdout
    assert "Congvu-Document-Number: 36/TB-STC" in told.stdout
    digests = next(line for line in told.stdout.splitlines() if "SHA-256" in line).partition("SHA-256")[2]
    sent, _, received = digests.partition("=")
    assert sent.strip() == received.strip()
    # the one that came back
    assert "552 5.2.2" in told.stdout
    assert "Lý do: hộp thư của người nhận đã đầy." in told.stdout
    assert "Hệ thống thư công vụ - Tỉnh Thử Nghiệm <postmaster@tinh.test>" in told.stdout
    # the meeting: moved, declined from a mail program, somebody stands in, everybody has the invitation
    assert "không dự (Bận tiếp công dân)" in told.stdout
    assert "cử người đi thay (Đi công tác)" in told.stdout
    assert "1 không dự, 1 cử người đi thay" in told.stdout
    # where to look is true
    answer = json.loads((folder / "province" / "sandbox.json").read_text())
    health = congvu("doctor", "--config", answer["config"], "--deep")
    assert health.returncode == 0, health.stdout


def test_a_folder_of_somebody_else_is_left_alone(folder: Path) -> None:
    folder.mkdir()
    (folder / "letter.txt").write_text("private")
    assert congvu("demo", "--dir", folder).returncode == 2
    assert [path.name for path in folder.iterdir()] == ["letter.txt"]
