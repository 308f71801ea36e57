"""A daemon of our own as a child: its `serve` on the sandbox's configuration, with the sandbox's clock.

It works in the files that our commands make, so it runs as whoever started it, stripped of root's powers (child.py).
It is ready when its mail port greets and its health page says so.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from congvu.servers.child import Account
from congvu.servers.server import Server

_ANSWER_SECONDS: Final = 5


@dataclass(frozen=True, slots=True)
class DaemonSettings:
    """One daemon: where it lives, its configuration, the two doors by which we see that it answers: `port` greets as
    SMTP and LMTP do."""

    folder: Path
    log: Path
    configuration: Path
    clock_file: Path
    code: Path
    port: int
    metrics_port: int


class OwnDaemon(Server):
    """A daemon of ours: `start` and `stop` as often as one likes; what it keeps stays."""

    module: ClassVar[str]
    account: ClassVar[Account] = "ours"

    def __init__(self, settings: DaemonSettings) -> None:
        super().__init__(settings.folder, settings.log)
        self.settings = settings

    def configure(self) -> None:
        """Make its folder; everything else it makes by itself."""
        self.folder.mkdir(mode=0o700, exist_ok=True)

    def command(self) -> list[str]:
        """The real command, as an administrator's unit would run it."""
        return [sys.executable, "-m", self.module, "--config", str(self.settings.configuration), "serve"]

    def environment(self) -> dict[str, str]:
        """This very code to be found from anywhere, and the sandbox's own clock."""
        search = (str(self.settings.code), *filter(None, [os.environ.get("PYTHONPATH")]))
        return {"PYTHONPATH": os.pathsep.join(search), "CONGVU_CLOCK_FILE": str(self.settings.clock_file)}

    def is_ours(self, arguments: Sequence[str]) -> bool:
        """One process, known by its module and verb."""
        return self.module in arguments and "serve" in arguments

    def answers(self) -> bool:
        """Whether its mail port greets and the health page says that it is ready."""
        return _greets(self.settings.port) and _is_ready(self.settings.metrics_port)


def _greets(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), _ANSWER_SECONDS) as connection:
        if connection.recv(512).startswith(b"220 "):
            connection.sendall(b"QUIT\r\n")
            return True
    return False


def _is_ready(port: int) -> bool:
    with contextlib.suppress(OSError, http.client.HTTPException):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWER_SECONDS)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.client.OK
        finally:
            connection.close()
    return False
