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
from foundation.directory.ldap import connect, open_connection
from foundation.errors import Unreachable

pytestmark = pytest.mark.server

DEADLINE_SECONDS = 60


@pytest.fixture
def directory() -> Iterator[Path]:
    parent = Path(tempfile.mkdtemp(prefix="congvu-crash-"))
    yield parent / "sandbox"
    sandbox_down(parent / "sandbox")
    shutil.rmtree(parent)


def _start_up(directory: Path, people: int = 0) -> subprocess.Popen[bytes]:
    code = "import sys, pathlib; from congvu.sandbox import sandbox_up\n"
    code += f"sandbox_up(pathlib.Path(sys.argv[1]), {people})"
    search = os.pathsep.join((str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")))
    return subprocess.Popen([sys.executable, "-c", code, str(directory)], env={**os.environ, "PYTHONPATH": search})


def _wait_for(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition() and process.poll() is None:
        assert time.monotonic() < deadline


def _servers_in(directory: Path) -> list[int]:
    """Every process that runs inside the sandbox: slapd, Dovecot's family, the relay, the supervisor."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            current = (place / "cwd").readlink()
        except OSError:
            continue
        if directory in (current, *current.parents) and identify(int(place.name)):
            found.append(int(place.name))
    return found


def _programs_in(directory: Path, words: str) -> list[int]:
    return [pid for pid in _servers_in(directory) if words in _command_line(pid)]


def _command_line(pid: int) -> str:
    """Empty when it has ended meanwhile."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:
        return ""


def _works(directory: Path) -> None:
    answer = sandbox_up(directory)
    with connect(ConnectionSettings(answer["directory"]["ldapi"], answer["directory"]["base"])) as found:
        assert found.read(f"cn=provision,ou=services,{answer['directory']['base']}", ["cn"]) is not None
    assert sandbox_status(directory) == answer
    assert len(_programs_in(directory, "slapd")) == len(_programs_in(directory, "mailrelay.cli")) == 1
    assert len(_programs_in(directory, "/dovecot\0-F")) == 1
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
    "dovecot/dovecot.conf",
    "relay",
    "supervisor.json",
    "slapd/ldapi",
    "slapd/run/slapd.pid",
    "dovecot/run/master.pid",
    "relay/control",
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


def test_up_killed_before_its_supervisor_wrote_itself_down(directory: Path) -> None:
    process = _start_up(directory)
    _wait_for(lambda: bool(_programs_in(directory, "congvu.supervisor")), process)
    process.kill()
    process.wait()
    _works(directory)


@pytest.mark.parametrize(
    "trace",
    [
        "supervisor.json",
        "slapd/ldapi",
        "slapd/run/slapd.pid",
        "dovecot/run/master.pid",
        "relay/control",
        "sandbox.json",
    ],
)
def test_the_supervisor_killed_when_a_trace_appears(directory: Path, trace: str) -> None:
    process = _start_up(directory)
    record = directory / "supervisor.json"
    _wait_for(lambda: record.exists() and (directory / trace).exists(), process)
    supervisor = json.loads(record.read_text())["supervisor"]["pid"]
    os.kill(supervisor, signal.SIGKILL)
    process.wait()  # it says that the supervisor has ended, or had its answer already
    _works(directory)


@pytest.mark.parametrize("trace", ["roster.csv", "secrets/samples", "people.json"])
def test_up_killed_while_people_are_put_in(directory: Path, trace: str) -> None:
    process = _start_up(directory, people=12)
    _wait_for((directory / trace).exists, process)
    process.kill()
    process.wait()
    answer = sandbox_up(directory, 12)
    assert answer["people"] == 12
    place = answer["directory"]
    for sample in answer["samples"]:
        password = Path(sample["password_file"]).read_text()
        login = ConnectionSettings(place["url"], place["base"], sample["dn"], password)
        if sample["role"] == "suspended":
            with pytest.raises(Unreachable):
                open_connection(login)
        else:
            open_connection(login).unbind()
