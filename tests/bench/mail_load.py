"""Load for mail servers: Postfix's own smtp-source pours messages in, its smtp-sink takes them at the other end.

The sink counts on its standard output, so that the moment of the last message is known. Traffic stays on loopback.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.support.slapd_server import free_port

SENDERS = 20
_COUNTER = re.compile(rb"mesg=(\d+)")
_DEADLINE_SECONDS = 600


@dataclass(frozen=True)
class Case:
    """One kind of load: `reused` sends all messages of a sender over one connection."""

    name: str
    size_bytes: int
    messages: int
    reused: bool


CASES = (
    Case("4k-new", 4 << 10, 6000, False),
    Case("4k-reused", 4 << 10, 10_000, True),
    Case("100k", 100 << 10, 1500, False),
    Case("2m", 2 << 20, 200, False),
)


class Sink:
    """A running smtp-sink and how many messages it has taken."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._messages = 0
        self._changed = threading.Condition()
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        self.process = subprocess.Popen(
            [program("smtp-sink"), *user, "-c", f"127.0.0.1:{port}", "1000"], stdout=subprocess.PIPE
        )
        threading.Thread(target=self._count, daemon=True).start()

    @property
    def messages(self) -> int:
        return self._messages

    def wait_for(self, messages: int) -> float:
        """Wait until so many have arrived; returns the monotonic time of that moment."""
        deadline = time.monotonic() + _DEADLINE_SECONDS
        with self._changed:
            while self._messages < messages:
                if not self._changed.wait(timeout=deadline - time.monotonic()):
                    raise TimeoutError(f"{self._messages} of {messages} messages have arrived")
        return time.monotonic()

    def _count(self) -> None:
        assert self.process.stdout is not None
        while chunk := os.read(self.process.stdout.fileno(), 65536):
            found = _COUNTER.findall(chunk)
            if found:
                with self._changed:
                    self._messages = int(found[-1])
                    self._changed.notify_all()


@contextlib.contextmanager
def running_sink() -> Iterator[Sink]:
    """A sink on a free port, until the end of the block."""
    sink = Sink(free_port())
    try:
        yield sink
    finally:
        sink.process.terminate()
        sink.process.wait()


def pour(case: Case, port: int, sender: str, recipient: str) -> float:
    """Send the messages of a case to a server; returns the monotonic time at which the last one was accepted."""
    command = [
        program("smtp-source"),
        *("-s", str(SENDERS), "-m", str(case.messages), "-l", str(case.size_bytes), "-f", sender, "-t", recipient),
        *(["-d"] if case.reused else []),
        f"127.0.0.1:{port}",
    ]
    subprocess.run(command, check=True, timeout=_DEADLINE_SECONDS)
    return time.monotonic()


def program(name: str) -> str:
    """The path of one of Postfix's programs."""
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if found is None:
        raise SystemExit(f"{name} is missing: apt-get install postfix")
    return found
