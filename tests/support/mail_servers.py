"""Real mail servers as peers of the sender, as unprivileged children on loopback: Postfix's smtp-sink."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from congvu.servers.child import find_program
from tests.support.slapd_server import free_port

DEADLINE_SECONDS = 30


@contextmanager
def smtp_sink(*options: str) -> Iterator[int]:
    """smtp-sink (smtp-sink(1)) with these options; its port. The first process wants an account when it is root."""
    port = free_port()
    account = ("-u", "nobody") if os.geteuid() == 0 else ()
    command = [find_program("smtp-sink", "postfix"), *account, *options, f"127.0.0.1:{port}", "100"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as child:
        try:
            _wait_until_it_listens(port, child)
            yield port
        finally:
            child.terminate()


def _wait_until_it_listens(port: int, child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 5).close()
        except OSError:
            assert child.poll() is None, child.stderr.read() if child.stderr else b""
            assert time.monotonic() < deadline, "smtp-sink does not listen"
        else:
            return
