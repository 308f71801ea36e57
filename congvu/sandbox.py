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
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from congvu.sandbox_folder import BASE, SandboxFolder, read_json, write_json
from congvu.sandbox_population import populate
from congvu.servers.child import ProcessIdentity, find_program
from congvu.servers.slapd import Slapd, render_base
from foundation.directory.connection import ConnectionSettings
from foundation.directory.schema import SERVICE_NAMES, service_dn
from foundation.errors import Unreachable
from foundation.language import Text

SCHEMA_VERSION: Final = 1
STOP_TIMEOUT_SECONDS: Final = 60
_NOBODY_YET: Final[dict[str, Any]] = {"people": 0, "lists": [], "samples": []}


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
            _prepare_slapd(folder)
            answer = _start(folder)
        if read_json(folder.people) is None:
            write_json(folder.people, populate(answer, folder.password("portal"), people))
        answer |= read_json(folder.people) or _NOBODY_YET
        write_json(folder.answer, answer)
        return answer


def sandbox_status(directory: Path) -> dict[str, Any] | None:
    """The same answer while the sandbox runs with all its servers, else None. Starts and changes nothing."""
    folder = SandboxFolder(directory.absolute())
    return _answer_if_running(folder) if folder.exists else None


def sandbox_down(directory: Path) -> bool:
    """Stop the supervisor and its servers; the data stay. Returns whether anything was running."""
    folder = SandboxFolder(directory.absolute())
    if not folder.exists:
        return False
    with _taking_turns(folder):
        return _end_everything(folder)


def _answer_if_running(folder: SandboxFolder) -> dict[str, Any] | None:
    """The recorded answer, if every process that it speaks of still runs."""
    answer, record = read_json(folder.answer), read_json(folder.supervisor)
    if answer is None or record is None:
        return None
    processes = [record.get("supervisor"), *record.get("children", {}).values()]
    return answer if all(_runs(process) for process in processes) and _answers(answer) else None


def _answers(answer: Mapping[str, Any]) -> bool:
    """Whether the servers do what their processes promise: one that hangs is as good as dead."""
    from foundation.directory.ldap import connect

    directory = answer["directory"]
    try:
        connect(ConnectionSettings(directory["ldapi"], directory["base"], receive_timeout_seconds=5)).close()
    except Unreachable:
        return False
    return True


def _end_everything(folder: SandboxFolder) -> bool:
    """End the supervisor, whatever it left behind, and the traces of both. Returns whether anything ran."""
    record = read_json(folder.supervisor) or {}
    running = _runs(record.get("supervisor"))
    if running and not ProcessIdentity(**record["supervisor"]).stop(STOP_TIMEOUT_SECONDS):
        raise Unreachable(
            Text("tiến trình giám sát không dừng", "the supervisor does not stop"),
            Text("xem {log}", "see {log}").format(log=folder.supervisor_log),
        )
    for child in record.get("children", {}).values():
        if _runs(child):
            running = True
            ProcessIdentity(**child).stop(STOP_TIMEOUT_SECONDS)
    if (folder.root / "settings.json").exists():
        Slapd(folder.slapd_settings()).end_orphans()
    if record.get("short_folder"):
        shutil.rmtree(record["short_folder"], ignore_errors=True)
    folder.answer.unlink(missing_ok=True)
    folder.supervisor.unlink(missing_ok=True)
    return running


def _runs(recorded: Any) -> bool:
    return isinstance(recorded, dict) and ProcessIdentity(**recorded).is_running


def _prepare_slapd(folder: SandboxFolder) -> None:
    slapd = Slapd(folder.slapd_settings())
    slapd.configure(folder.certificate())
    if not slapd.has_data:
        slapd.load(render_base(slapd.settings, {service: folder.password(service) for service in SERVICE_NAMES}))


def _start(folder: SandboxFolder) -> dict[str, Any]:
    """Start the supervisor, detached from us, and wait for its word. Raises Unreachable."""
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
    return _answer(folder, told)


def _environment(folder: SandboxFolder) -> dict[str, str]:
    """Ours, with this very code to be found from anywhere, and the sandbox's own clock."""
    code = str(Path(__file__).resolve().parents[1])
    search = os.pathsep.join(part for part in (code, os.environ.get("PYTHONPATH", "")) if part)
    return {**os.environ, "PYTHONPATH": search, "CONGVU_CLOCK_FILE": str(folder.clock)}


def _answer(folder: SandboxFolder, told: Mapping[str, Any]) -> dict[str, Any]:
    slapd = Slapd(folder.slapd_settings())
    return {
        "schema_version": SCHEMA_VERSION,
        "dir": str(folder.root),
        "config": str(folder.configuration),
        "supervisor_pid": told["pid"],
        "directory": {
            "url": slapd.url,
            "ldaps_url": slapd.ldaps_url,
            "ldapi": told["ldapi"],
            "base": BASE,
            "service_dn": service_dn("provision", BASE),
            "service_password_file": str(folder.secret_file("provision")),
        },
        "tls_ca": str(folder.authority),
        "clock_file": str(folder.clock),
    }


@contextlib.contextmanager
def _taking_turns(folder: SandboxFolder) -> Iterator[None]:
    """One `up` or `down` of a folder at a time; a second one waits."""
    descriptor = os.open(folder.root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
