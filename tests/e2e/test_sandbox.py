"""`congvu sandbox`: up, again, down, after crashes, in awkward folders; always the same data, ports and passwords.

What the servers do for each other is in test_sandbox_mail.py.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from congvu.sandbox import sandbox_down, sandbox_status, sandbox_up, what_has_ended, what_is_left
from congvu.sandbox_folder import SandboxFolder
from congvu.servers.child import NOBODY, ProcessIdentity, identify
from foundation.config import load
from foundation.directory.connection import ConnectionSettings, settings_from
from foundation.directory.ldap import connect, open_connection
from foundation.errors import Unreachable, UsageError

pytestmark = pytest.mark.server

DEADLINE_SECONDS = 60


@pytest.fixture
def directory() -> Iterator[Path]:
    """A folder for one sandbox; whatever still runs in it afterwards is stopped."""
    parent = Path(tempfile.mkdtemp(prefix="congvu-e2e-"))
    yield parent / "sandbox"
    for found in [*parent.rglob("sandbox")]:
        sandbox_down(found)
    shutil.rmtree(parent)


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"


def processes(directory: Path) -> dict[str, ProcessIdentity]:
    record = json.loads(SandboxFolder(directory).supervisor.read_text())
    return {
        "supervisor": ProcessIdentity(**record["supervisor"]),
        **{name: ProcessIdentity(**child) for name, child in record["children"].items()},
    }


def short_folder(directory: Path) -> Path:
    found = SandboxFolder(directory).settings().short_folder
    assert found is not None
    return found


def connected(door: str) -> socket.socket:
    host, _, port = door.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=30)


def greeting(door: str) -> bytes:
    with connected(door) as connection:
        return connection.recv(512)


def can_be_steered(answer: dict[str, Any]) -> bool:
    """Whether relay and meetings server listen on their control sockets."""
    for path in answer["control"], answer["meetings_control"]:
        with socket.socket(socket.AF_UNIX) as connection:
            if connection.connect_ex(path) != 0:
                return False
    return True


def administrator(answer: dict[str, Any]) -> ConnectionSettings:
    return ConnectionSettings(answer["directory"]["ldapi"], answer["directory"]["base"])


def leave_a_mark(answer: dict[str, Any]) -> None:
    with open_connection(administrator(answer)) as admin:
        base = answer["directory"]["base"]
        assert admin.add(f"ou=MARK,ou=agencies,{base}", "organizationalUnit")  # type: ignore[no-untyped-call]


def has_mark(answer: dict[str, Any]) -> bool:
    with connect(administrator(answer)) as found:
        return found.read(f"ou=MARK,ou=agencies,{answer['directory']['base']}", ["ou"]) is not None


def test_up_answers_with_everything_a_client_needs(directory: Path) -> None:
    answer = sandbox_up(directory)
    assert answer["schema_version"] == 1
    assert answer["dir"] == str(directory)
    configuration = load(Path(answer["config"]))
    with connect(settings_from(configuration.directory)) as found:
        assert found.dialect.name == "openldap"
        assert found.read(configuration.directory.people, ["ou"]) is not None
    service = ConnectionSettings(
        answer["directory"]["ldaps_url"],
        answer["directory"]["base"],
        answer["directory"]["service_dn"],
        Path(answer["directory"]["service_password_file"]).read_text().strip(),
        ca_file=Path(answer["tls_ca"]),
    )
    port = urlsplit(service.url).port
    for url in (service.url, f"ldaps://127.0.0.1:{port}", answer["directory"]["url"]):
        connect(replace(service, url=url)).close()
    assert configuration.sandbox.clock_file == Path(answer["clock_file"])
    for door in answer["smtp"]["relay"], answer["smtp"]["submission"], *answer["lmtp"].values():
        assert greeting(door).startswith(b"220 ")
    assert greeting(answer["imap"]["plain"]).startswith(b"* OK ")
    context = ssl.create_default_context(cafile=answer["tls_ca"])
    for door in answer["imap"]["tls"], answer["smtp"]["submissions"]:
        with connected(door) as plain, context.wrap_socket(plain, server_hostname="localhost") as secured:
            assert secured.recv(4) in (b"* OK", b"220 ")
    for metrics in answer["metrics"], answer["meetings_metrics"]:
        with urllib.request.urlopen(metrics, timeout=30) as page:  # noqa: S310 - our own, on loopback
            assert b"# HELP" in page.read()
    connected(answer["web"]["meetings"].removeprefix("http://")).close()
    assert can_be_steered(answer)
    assert sandbox_status(directory) == answer
    assert sandbox_up(directory) == answer


def test_everything_secret_is_private(directory: Path) -> None:
    sandbox_up(directory)
    for path in [directory, *directory.rglob("*")]:
        mode = stat.S_IMODE(path.lstat().st_mode)
        if directory / "dovecot" / "run" in (path, *path.parents):
            continue  # Dovecot wants it open; the folder above keeps everybody else out
        if path.is_dir():
            assert mode == 0o700, path
        elif path.parent.name in ("secrets", "keys") or path.suffix in (".key", ".ext") or path.name == "slapd.conf":
            assert mode == 0o600, path


@pytest.mark.parametrize(
    ("server", "account", "powers"),
    [("slapd", NOBODY, 0), ("dovecot", NOBODY, 0), ("mailrelay", 0, 1 << 2), ("meetings", 0, 1 << 2)],
)
def test_the_servers_have_no_privileges(directory: Path, server: str, account: int, powers: int) -> None:
    """Started by root, the relay keeps one power: to walk through the folders of others (CAP_DAC_READ_SEARCH, 2)."""
    sandbox_up(directory)
    status = Path(f"/proc/{processes(directory)[server].pid}/status").read_text()
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    started_by_root = os.geteuid() == 0
    assert fields["Uid"].split() == [str(account if started_by_root else os.geteuid())] * 4
    assert fields["NoNewPrivs"] == "1"
    for field in ("CapEff", "CapPrm"):
        assert int(fields[field], 16) == (powers if started_by_root else 0)


def test_down_stops_everything_and_up_finds_it_all_again(directory: Path) -> None:
    before = sandbox_up(directory)
    leave_a_mark(before)
    running = processes(directory)
    assert sandbox_down(directory)
    assert not any(process.is_running for process in running.values())
    assert sandbox_status(directory) is None
    assert not sandbox_down(directory)
    with pytest.raises(Unreachable):
        connect(administrator(before))
    after = sandbox_up(directory)
    assert has_mark(after)
    assert after | {"supervisor_pid": 0} == before | {"supervisor_pid": 0}


@pytest.mark.parametrize("victim", ["supervisor", "slapd", "dovecot", "mailrelay", "meetings"])
def test_up_works_after_a_kill(directory: Path, victim: str) -> None:
    answer = sandbox_up(directory)
    leave_a_mark(answer)
    running = processes(directory)
    os.kill(running[victim].pid, signal.SIGKILL)
    # killed, the supervisor takes its servers along; a server that dies is not restarted behind anybody's back
    eventually(lambda: not running[victim].is_running)
    eventually(lambda: victim != "supervisor" or not any(process.is_running for process in running.values()))
    assert sandbox_status(directory) is None
    assert victim in what_has_ended(directory)
    left = answer["supervisor_pid"] if victim != "supervisor" else None
    assert what_is_left(directory) == answer | {"supervisor_pid": left}
    assert has_mark(sandbox_up(directory))
    assert not any(process.is_running for process in running.values())


def test_a_stale_record_never_ends_a_stranger(directory: Path) -> None:
    sandbox_up(directory)
    sandbox_down(directory)
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        found = identify(stranger.pid)
        assert found is not None
        stale = {"pid": found.pid, "start_ticks": found.start_ticks - 1}
        SandboxFolder(directory).supervisor.write_text(json.dumps({"supervisor": stale, "children": {"slapd": stale}}))
        assert sandbox_status(directory) is None
        assert not sandbox_down(directory)
        sandbox_up(directory)
        assert found.is_running
    finally:
        stranger.communicate(b"\n")


def test_two_at_once_start_one(directory: Path) -> None:
    answers: list[dict[str, Any]] = []
    threads = [threading.Thread(target=lambda: answers.append(sandbox_up(directory))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 2
    assert answers[0] == answers[1]


def test_a_path_longer_than_a_socket_name(directory: Path) -> None:
    deep = directory / ("rất-dài-" * 12) / "và sâu" / "sandbox"
    deep.parent.mkdir(parents=True)
    answer = sandbox_up(deep)
    leave_a_mark(answer)
    short = short_folder(deep)
    assert stat.S_IMODE(short.stat().st_mode) == 0o700
    assert can_be_steered(answer)
    running = processes(deep)
    os.kill(running["supervisor"].pid, signal.SIGKILL)
    eventually(lambda: not any(process.is_running for process in running.values()))
    assert has_mark(sandbox_up(deep))
    assert not short.exists()
    second_short = short_folder(deep)
    sandbox_down(deep)
    assert not second_short.exists()


def test_a_folder_that_only_we_may_enter(directory: Path) -> None:
    directory.mkdir(mode=0o700)
    answer = sandbox_up(directory / "sandbox")
    leave_a_mark(answer)
    assert has_mark(answer)


def test_a_relative_folder(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory.mkdir()
    monkeypatch.chdir(directory)
    assert sandbox_up(Path("sandbox"))["dir"] == str(directory / "sandbox")


def test_a_folder_of_somebody_else_is_left_alone(directory: Path) -> None:
    directory.mkdir()
    (directory / "letter.txt").write_text("private")
    with pytest.raises(UsageError):
        sandbox_up(directory)
    assert [path.name for path in directory.iterdir()] == ["letter.txt"]
    assert not sandbox_down(directory)
    with pytest.raises(UsageError):
        sandbox_up(directory / "letter.txt")


def test_a_port_taken_meanwhile_is_replaced(directory: Path) -> None:
    port = urlsplit(sandbox_up(directory)["directory"]["url"]).port
    sandbox_down(directory)
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", port))
        squatter.listen()
        answer = sandbox_up(directory)
        assert urlsplit(answer["directory"]["url"]).port != port
        connect(settings_from(load(Path(answer["config"])).directory)).close()


def test_one_that_hangs_is_as_good_as_dead(directory: Path) -> None:
    answer = sandbox_up(directory)
    relay = processes(directory)["mailrelay"]
    os.kill(relay.pid, signal.SIGSTOP)
    try:
        assert sandbox_status(directory) is None
        assert what_has_ended(directory) == ["mailrelay"]
        assert what_is_left(directory) == answer  # the others can still be looked at, the supervisor found
    finally:
        os.kill(relay.pid, signal.SIGCONT)
    eventually(lambda: sandbox_status(directory) is not None)


def test_a_relay_that_cannot_start_says_why(directory: Path) -> None:
    sandbox_up(directory)
    sandbox_down(directory)
    for file in (directory / "data").glob("mailrelay*"):
        file.write_bytes(b"not a database" * 1000)
    with pytest.raises(Unreachable) as failed:
        sandbox_up(directory)
    assert "mailrelay" in failed.value.message.en
    assert sandbox_status(directory) is None
    assert what_has_ended(directory) == []


def test_a_server_that_cannot_start_says_why(directory: Path) -> None:
    sandbox_up(directory)
    sandbox_down(directory)
    (directory / "slapd" / "data" / "data.mdb").write_bytes(b"not a database" * 1000)
    with pytest.raises(Unreachable) as failed:
        sandbox_up(directory)
    assert "MDB" in failed.value.message.en or "mdb" in failed.value.message.en
    assert sandbox_status(directory) is None
