"""One server process as our child: without privileges, tied to our life, known by more than its number.

Started by root, a server of somebody else's becomes nobody (uid and gid 65534) before it runs; one of our own, which
works in the very files that our commands made, stays root without any of root's powers but walking through the folders
of others. Started by anybody else, a child stays who we are. It can never gain privileges (`PR_SET_NO_NEW_PRIVS`), and
the kernel ends it when its parent ends, even by SIGKILL (`PR_SET_PDEATHSIG`). `setpriv` of util-linux, which every
Debian has, does all of this between fork and exec, so no Python code runs there. A pid alone names nobody for long:
with the start time it does.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from foundation.clock import monotonic
from foundation.errors import UsageError
from foundation.language import Text

NOBODY: Final = 65534
"""uid of nobody and gid of nogroup on Debian (base-passwd)."""

FOLDER_DESCRIPTOR: Final = 1000
"""A child finds its folder open under this number, and so do its own children: /proc/self/fd/1000 leads there even from
where the folder's name cannot be walked to, and is short. Dovecot numbers its own descriptors from below; 1024 is the
usual limit of a process."""

Account = Literal["nobody", "ours"]

_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_POLL_SECONDS: Final = 0.01
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """A process that cannot be confused with a later one of the same number: pid and start time in clock ticks."""

    pid: int
    start_ticks: int

    @property
    def is_running(self) -> bool:
        """Whether exactly this process still runs (a zombie does not)."""
        return start_ticks(self.pid) == self.start_ticks

    def stop(self, timeout_seconds: float, last_resort: bool = True) -> bool:
        """End it: SIGTERM, and SIGKILL when the time is up. Returns whether it is gone."""
        _signal(self, signal.SIGTERM)
        if _gone(self, timeout_seconds):
            return True
        if last_resort:
            _signal(self, signal.SIGKILL)
        return _gone(self, timeout_seconds)


def identify(pid: int) -> ProcessIdentity | None:
    """The identity of a running process, or None when there is none of this number."""
    ticks = start_ticks(pid)
    return None if ticks is None else ProcessIdentity(pid, ticks)


def start_ticks(pid: int) -> int | None:
    """When a process started, in clock ticks since boot (proc(5), field 22 of stat); None for none or a zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except (OSError, ValueError):
        return None
    fields = text[text.rindex(")") + 2 :].split()
    return None if fields[0] in "ZX" else int(fields[19])


def find_program(name: str, package: str) -> str:
    """The path of a server's program, sbin folders included. Raises UsageError naming the Debian package."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:{_PATH}")
    if found is None:
        raise UsageError(
            Text("thiếu chương trình {name}", "the program {name} is missing").format(name=name),
            Text("cài gói: apt-get install {package}", "install its package: apt-get install {package}").format(
                package=package
            ),
        )
    return found


def start_child(
    argv: Sequence[str],
    folder: Path,
    log: Path,
    account: Account = "nobody",
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child in `folder`, which may be given by a path that only we can walk; its output is added to `log`."""
    with log.open("ab") as output, _handed_down(folder) as descriptors:
        return subprocess.Popen(
            [*_without_privileges(account), *argv],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env={**_environment(), **(environment or {})},
            pass_fds=descriptors,
        )


def run_without_privileges(argv: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a short program as a child would run and wait for it; its words are captured."""
    with _handed_down(folder) as descriptors:
        return subprocess.run(
            [*_without_privileges("nobody"), *argv],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=_environment(),
            pass_fds=descriptors,
            check=False,
        )


def give_to_child(path: Path) -> None:
    """Make a file or folder the child's own, when the child is somebody else than we are."""
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


@contextlib.contextmanager
def _handed_down(folder: Path) -> Iterator[tuple[int, ...]]:
    """The folder open under its number, for as long as it takes to start somebody."""
    with _one_at_a_time:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.dup2(opened, FOLDER_DESCRIPTOR, inheritable=False)
        finally:
            os.close(opened)
        try:
            yield (FOLDER_DESCRIPTOR,)
        finally:
            os.close(FOLDER_DESCRIPTOR)


def _without_privileges(account: Account) -> list[str]:
    command = [find_program("setpriv", "util-linux"), "--no-new-privs", "--pdeathsig", "TERM"]
    if os.geteuid() == 0 and account == "nobody":
        command += ["--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"]
    elif os.geteuid() == 0:
        command += ["--inh-caps", "-all", "--bounding-set", "-all,+dac_read_search"]
    return [*command, "--"]


def _environment() -> dict[str, str]:
    """Nothing of ours: no home, no proxy, no LDAPRC that would change what the server does."""
    return {"PATH": _PATH, "LANG": "C.UTF-8"}


def _signal(identity: ProcessIdentity, number: signal.Signals) -> None:
    """Signal exactly this process: the descriptor holds on to it, so a reused pid is never hit."""
    try:
        descriptor = os.pidfd_open(identity.pid)
    except ProcessLookupError:
        return
    try:
        if identity.is_running:
            signal.pidfd_send_signal(descriptor, number)
    except ProcessLookupError:
        return
    finally:
        os.close(descriptor)


def _gone(identity: ProcessIdentity, timeout_seconds: float) -> bool:
    deadline = monotonic() + timeout_seconds
    while identity.is_running:
        if monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True
