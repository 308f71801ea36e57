"""`sandbox up`, or its supervisor, killed as each trace of progress appears: the next `up` works, nobody is left."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from congvu.sandbox import sandbox_down, sandbox_status, sandbox_up
from congvu.servers.child import identify
from foundation.directory.connection import ConnectionSettings
from foundation.directory.ldap import connect

pytestmark = pytest.mark.server

DEADLINE_SECONDS = 60


@pytest.fixture
def directory() -> Iterator[Path]:
    parent = Path(tempfile.mkdtemp(prefix="congvu-crash-"))
    yield parent / "sandbox"
    sandbox_down(parent / "sandbox")
    shutil.rmtree(parent)


def _start_up(directory: Path) -> subprocess.Popen[bytes]:
    code = "import sys, pathlib; from congvu.sandbox import sandbox_up; sandbox_up(pathlib.Path(sys.argv[1]))"
    search = os.pathsep.join((str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")))
    return subprocess.Popen([sys.executable, "-c", code, str(directory)], env={**os.environ, "PYTHONPATH": search})


def _wait_for(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition() and process.poll() is None:
        assert time.monotonic() < deadline


def _servers_in(directory: Path) -> list[int]:
    """Every process that runs inside the sandbox's slapd folder."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if (place / "cwd").samefile(directory / "slapd") and identify(int(place.name)):
                found.append(int(place.name))
        except OSError:
            continue
    return found


def _works(directory: Path) -> None:
    answer = sandbox_up(directory)
    with connect(ConnectionSettings(answer["directory"]["ldapi"], answer["directory"]["base"])) as found:
        assert found.read(f"cn=provision,ou=services,{answer['directory']['base']}", ["cn"]) is not None
    assert sandbox_status(directory) == answer
    assert len(_servers_in(directory)) == 1
    assert sandbox_down(directory)
    assert _servers_in(directory) == []


TRACES = [
    ".congvu-sandbox",
    "tls/server.key",
    "secrets/auditor.password",
    "settings.json",
    "config.toml",
    "slapd/slapd.conf",
    "slapd/data/data.mdb",
    "slapd/loaded",
    "supervisor.json",
    "slapd/ldapi",
    "slapd/run/slapd.pid",
    "people.json",
    "sandbox.json",
]


@pytest.mark.parametrize("trace", TRACES)
def test_up_killed_when_a_trace_appears(directory: Path, trace: str) -> None:
    process = _start_up(directory)
    _wait_for((directory / trace).exists, process)
    process.kill()
    process.wait()
    _works(directory)


@pytest.mark.parametrize("trace", ["supervisor.json", "slapd/ldapi", "slapd/run/slapd.pid", "sandbox.json"])
def test_the_supervisor_killed_when_a_trace_appears(directory: Path, trace: str) -> None:
    process = _start_up(directory)
    record = directory / "supervisor.json"
    _wait_for(lambda: record.exists() and (directory / trace).exists(), process)
    supervisor = json.loads(record.read_text())["supervisor"]["pid"]
    os.kill(supervisor, signal.SIGKILL)
    process.wait()  # it says that the supervisor has ended, or had its answer already
    _works(directory)
