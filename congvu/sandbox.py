"""`congvu sandbox`: a province of real servers on loopback, all of it under one folder.

`sandbox_up` makes what is missing, starts one supervisor and answers when every server does; on a running sandbox it
answers the same again; after a crash of anything it starts afresh with the same data, ports and passwords.
`sandbox_down` ends exactly the processes that the supervisor owns. Nothing outside the folder is touched, but for a
link in a private temporary folder while the path of a socket would be too long; `sandbox_down` removes it.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from congvu.sandbox_configuration import BASE
from congvu.sandbox_folder import SandboxFolder
from congvu.sandbox_population import populate
from congvu.sandbox_servers import SandboxServers, servers_of
from congvu.sandbox_settings import forget_short_folder, read_json, read_settings, write_json
from congvu.servers.child import ProcessIdentity, find_program, identify
from foundation.directory.schema import service_dn
from foundation.errors import Unreachable
from foundation.language import Text

SCHEMA_VERSION: Final = 1
STOP_TIMEOUT_SECONDS: Final = 60
SUPERVISOR: Final = "supervisor"


def sandbox_up(directory: Path, people: int = 0) -> dict[str, Any]:
    """The running sandbox in this folder, started if need be: the answer of `sandbox up` in docs/answers.md.

    `people` counts only the first time. Raises UsageError (a folder that is not ours, a missing program) and
    Unreachable (a server that does not start).
    """
    folder = SandboxFolder(directory.absolute())
    folder.make()
    with _taking_turns(folder):
        folder.claim()
        answer = _answer_if_running(folder)
        if answer is None:
            _end_everything(folder)
            folder.prepare()
            servers = servers_of(folder)
            servers.configure(folder)
            answer = _addresses(folder, servers)
            _put_people_in(folder, servers, answer, people)
            answer |= {"supervisor_pid": _start(folder), **(read_json(folder.people) or {})}
            write_json(folder.answer, answer)
        return answer


def sandbox_status(directory: Path) -> dict[str, Any] | None:
    """The same answer while the sandbox runs with all its servers, else None. Starts and changes nothing."""
    folder = SandboxFolder(directory.absolute())
    return _answer_if_running(folder) if folder.exists else None


def what_has_ended(directory: Path) -> list[str]:
    """The names of what should run and does not: servers that died, or hang, or the supervisor; empty when nothing
    should run."""
    folder = SandboxFolder(directory.absolute())
    record = read_json(folder.supervisor) if folder.exists else None
    return _ended(folder, record) if record is not None else []


def what_is_left(directory: Path) -> dict[str, Any]:
    """The last answer of a sandbox of which something has ended: every address, and the supervisor's pid if it lives.

    Only `dir` and `supervisor_pid` (None) when nothing should run.
    """
    folder = SandboxFolder(directory.absolute())
    answer = (read_json(folder.answer) if folder.exists else None) or {"dir": str(directory)}
    record = (read_json(folder.supervisor) if folder.exists else None) or {}
    supervisor = record.get("supervisor") or {}
    return answer | {"supervisor_pid": supervisor.get("pid") if _runs(record.get("supervisor")) else None}


def sandbox_down(directory: Path) -> bool:
    """Stop the supervisor and its servers; the data stay. Returns whether anything was running."""
    folder = SandboxFolder(directory.absolute())
    if not folder.exists:
        return False
    with _taking_turns(folder):
        return _end_everything(folder)


def _answer_if_running(folder: SandboxFolder) -> dict[str, Any] | None:
    """The recorded answer, if every process that it speaks of still runs and answers."""
    answer, record = read_json(folder.answer), read_json(folder.supervisor)
    if answer is None or record is None or _ended(folder, record):
        return None
    return answer


def _ended(folder: SandboxFolder, record: Mapping[str, Any]) -> list[str]:
    """Who of those that the supervisor recorded is gone, or hangs: one that hangs is as good as dead."""
    children = record.get("children", {})
    ended = [] if _runs(record.get("supervisor")) else [SUPERVISOR]
    for server in servers_of(folder).in_order:
        if not _runs(children.get(server.name)) or not server.answers():
            ended.append(server.name)
    return ended


def _end_everything(folder: SandboxFolder) -> bool:
    """End the supervisor, whatever it left behind, and the traces of both. Returns whether anything ran."""
    record = read_json(folder.supervisor) or {}
    running = _runs(record.get("supervisor"))
    if running and not ProcessIdentity(**record["supervisor"]).stop(STOP_TIMEOUT_SECONDS):
        raise Unreachable(
            Text("tiến trình giám sát không dừng", "the supervisor does not stop"),
            Text("xem {log}", "see {log}").format(log=folder.supervisor_log),
        )
    for supervisor in [*_supervisors(folder)]:  # of an `up` that was killed before its supervisor wrote itself down
        running = True
        supervisor.stop(STOP_TIMEOUT_SECONDS)
    for child in reversed(record.get("children", {}).values()):
        if _runs(child):
            running = True
            ProcessIdentity(**child).stop(STOP_TIMEOUT_SECONDS)
    if folder.is_prepared:
        servers_of(folder).end_orphans()
    forget_short_folder(folder.settings_file)
    folder.answer.unlink(missing_ok=True)
    folder.supervisor.unlink(missing_ok=True)
    return running


def _supervisors(folder: SandboxFolder) -> Iterator[ProcessIdentity]:
    """Every process that is, or is about to become, the supervisor of this folder."""
    wanted = {os.fsencode("congvu.supervisor"), os.fsencode(folder.root)}
    for place in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if place.name.isdigit() and wanted <= set((place / "cmdline").read_bytes().split(b"\0")):
                identity = identify(int(place.name))
                if identity is not None:
                    yield identity


def _runs(recorded: Any) -> bool:
    return isinstance(recorded, dict) and ProcessIdentity(**recorded).is_running


def _put_people_in(folder: SandboxFolder, servers: SandboxServers, answer: Mapping[str, Any], people: int) -> None:
    """Once, with the directory alone, so that every other server finds them there when it starts."""
    if read_json(folder.people) is not None:
        return
    if people == 0:
        write_json(folder.people, {"people": 0, "lists": [], "samples": []})
        return
    servers.slapd.start()
    try:
        write_json(folder.people, populate(answer, folder.password("portal"), people))
    finally:
        servers.slapd.stop()
    if settings := read_settings(folder.settings_file):
        folder.write_configuration(settings)  # which knows the leaders now


def _start(folder: SandboxFolder) -> int:
    """Start the supervisor, detached from us, and wait for its word: its pid. Raises Unreachable."""
    read_end, write_end = os.pipe()
    try:
        with folder.supervisor_log.open("ab") as log:
            subprocess.run(
                [
                    find_program("setsid", "util-linux"),
                    "--fork",
                    sys.executable,
                    "-m",
                    "congvu.supervisor",
                    str(folder.root),
                    str(write_end),
                ],
                cwd=folder.root,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment(folder),
                pass_fds=(write_end,),
                check=True,
            )
    finally:
        os.close(write_end)
    with os.fdopen(read_end, "rb") as stream:
        word = stream.read()
    told: dict[str, Any] = json.loads(word) if word else {}
    if "pid" not in told:
        raise Unreachable(
            Text(*told.get("message", ("tiến trình giám sát đã dừng", "the supervisor has ended"))),
            Text("xem {log}", "see {log}").format(log=folder.root / "log"),
        )
    return int(told["pid"])


def _environment(folder: SandboxFolder) -> dict[str, str]:
    """Ours, with this very code to be found from anywhere, and the sandbox's own clock."""
    code = str(Path(__file__).resolve().parents[1])
    search = os.pathsep.join(part for part in (code, os.environ.get("PYTHONPATH", "")) if part)
    return {**os.environ, "PYTHONPATH": search, "CONGVU_CLOCK_FILE": str(folder.clock)}


def _addresses(folder: SandboxFolder, servers: SandboxServers) -> dict[str, Any]:
    """Where everything is: what does not depend on who runs."""
    settings = folder.settings()
    ports = settings.ports
    return {
        "schema_version": SCHEMA_VERSION,
        "dir": str(folder.root),
        "config": str(folder.configuration),
        "directory": {
            "url": servers.slapd.url,
            "ldaps_url": servers.slapd.ldaps_url,
            "ldapi": servers.slapd.ldapi_url,
            "base": BASE,
            "service_dn": service_dn("provision", BASE),
            "service_password_file": str(folder.secret_file("provision")),
        },
        "tls_ca": str(folder.authority),
        "smtp": {
            "relay": _on_loopback(ports.relay),
            "submission": _on_loopback(ports.submission),
            "submissions": _on_loopback(ports.submissions),
        },
        "lmtp": {"dovecot": _on_loopback(ports.lmtp), "meetings": _on_loopback(ports.meetings_lmtp)},
        "imap": {"plain": _on_loopback(ports.imap), "tls": _on_loopback(ports.imaps)},
        "control": str(settings.short_paths.shorten(folder.control_socket)),
        "web": {"meetings": f"http://{_on_loopback(ports.meetings_web)}"},
        "meetings_control": str(settings.short_paths.shorten(folder.meetings_socket)),
        "metrics": f"http://{_on_loopback(ports.metrics)}/metrics",
        "meetings_metrics": f"http://{_on_loopback(ports.meetings_metrics)}/metrics",
        "clock_file": str(folder.clock),
    }


def _on_loopback(port: int) -> str:
    return f"127.0.0.1:{port}"


@contextlib.contextmanager
def _taking_turns(folder: SandboxFolder) -> Iterator[None]:
    """One `up` or `down` of a folder at a time; a second one waits."""
    descriptor = os.open(folder.root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
