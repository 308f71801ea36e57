"""What all servers of the sandbox have in common: one child process, started when it answers, stopped when it is gone.

A `Server` knows its folder, its log and how to ask whether it answers; starting, waiting, stopping and finding what an
earlier supervisor left behind is the same for all. It restarts nothing by itself.
"""

from __future__ import annotations

import os
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar, Final

from congvu.servers.child import Account, ProcessIdentity, identify, start_child
from foundation.clock import monotonic
from foundation.errors import Unreachable
from foundation.language import Text

START_TIMEOUT_SECONDS: Final = 30
STOP_TIMEOUT_SECONDS: Final = 30
"""Each is ready within a second or two and stops faster; a loaded machine is given many times that."""

_POLL_SECONDS: Final = 0.01
_LAST_WORDS_BYTES: Final = 4000


class Server(ABC):
    """One server as our child: `start` and `stop` as often as one likes; the data stay."""

    name: ClassVar[str]
    account: ClassVar[Account] = "nobody"

    def __init__(self, folder: Path, log: Path) -> None:
        self.folder = folder
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> Sequence[str]:
        """The program and its arguments, to be started in `folder`. Raises UsageError when it is not installed."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server answers, now."""

    @abstractmethod
    def is_ours(self, arguments: Sequence[str]) -> bool:
        """Whether a process with these arguments, found in our folder, is one of this server's."""

    def before_start(self) -> None:
        """Clear away what an earlier run left and would disturb this one."""
        return

    def after_stop(self) -> None:
        """Clear away what only a running server needs."""
        return

    def tend(self) -> str:
        """What has to be done again and again while it runs; returns what was done, for the log, or nothing."""
        return ""

    def environment(self) -> dict[str, str]:
        """Variables beside PATH and LANG."""
        return {}

    # ---- running ---------------------------------------------------------------------------------------------------

    def start(self) -> ProcessIdentity:
        """Start it and wait until it answers. Raises Unreachable with its own words when it ends instead."""
        self.end_orphans()
        self.before_start()
        written_before = self.log.stat().st_size if self.log.exists() else 0
        self.process = start_child(self.command(), self.folder, self.log, self.account, self.environment())
        deadline = monotonic() + START_TIMEOUT_SECONDS
        while not self.answers():
            if self.process.poll() is not None or monotonic() > deadline:
                self.stop()
                raise self._did_not_start(written_before)
            time.sleep(_POLL_SECONDS)
        identity = identify(self.process.pid)
        if identity is None:
            raise self._did_not_start(written_before)
        return identity

    def stop(self) -> None:
        """Stop it and wait until it is gone; its data are safe on disk."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(STOP_TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None
        self.after_stop()

    @property
    def has_ended(self) -> int | None:
        """The exit status of a server that ended by itself, else None."""
        return self.process.poll() if self.process is not None else None

    def end_orphans(self) -> None:
        """End what outlived its supervisor in this very folder (killed before PR_SET_PDEATHSIG was set, or slow)."""
        for identity in [*self._orphans()]:
            identity.stop(STOP_TIMEOUT_SECONDS)

    def _orphans(self) -> Iterator[ProcessIdentity]:
        mine, folder = os.getpid(), self.folder.resolve()
        for place in Path("/proc").iterdir():
            if place.name.isdigit() and int(place.name) != mine and self._lives_in(folder, place):
                identity = identify(int(place.name))
                if identity is not None:
                    yield identity

    def _lives_in(self, folder: Path, place: Path) -> bool:
        try:
            current = (place / "cwd").readlink()
            if folder not in (current, *current.parents):
                return False
            arguments = (place / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            return False
        return self.is_ours(arguments)

    def _did_not_start(self, written_before: int) -> Unreachable:
        """In the server's own words, the last of them."""
        try:
            with self.log.open("rb") as stream:
                stream.seek(max(written_before, self.log.stat().st_size - _LAST_WORDS_BYTES))
                words = stream.read().decode(errors="replace").strip()
        except FileNotFoundError:
            words = ""
        return Unreachable(
            Text("{name} không khởi động được: {why}", "{name} does not start: {why}").format(
                name=self.name, why=words or "?"
            ),
            Text("xem {log}", "see {log}").format(log=self.log),
        )
