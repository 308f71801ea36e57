"""A throw-away PostgreSQL cluster for the tests: an unprivileged child that dies with us.

PostgreSQL refuses to run as root, so as root the server becomes the user `postgres` of Debian's package. Its folder
lies directly under the system's temporary folder: a path of ours may be closed to that user, and a socket path ends at
107 bytes. fsync is off: these tests kill processes, not kernels, and killed processes lose nothing that was written.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

BINARIES = Path("/usr/lib/postgresql/15/bin")
SUPERUSER = "congvu"
_START_DEADLINE_SECONDS = 60
_SETTINGS = ("fsync=off", "synchronous_commit=on", "listen_addresses=127.0.0.1", "max_connections=60", "jit=off")


class PostgresServer:
    """A running cluster; `url` reaches its first database as superuser over the socket, without a password."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="congvu-postgres-"))
        self.password = secrets.token_hex(8)
        self.port = _free_port()
        self._child: subprocess.Popen[bytes] | None = None
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        self._initialise()
        self.start()

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://{SUPERUSER}@/{database}?host={self.folder}&port={self.port}"

    def loopback_url(self, database: str = "postgres") -> str:
        """Over TCP, where a password is asked for."""
        return f"postgresql://{SUPERUSER}@127.0.0.1:{self.port}/{database}"

    def create_database(self, options: str = "") -> str:
        """A new empty database; returns its name."""
        name = f"d{secrets.token_hex(6)}"
        self.execute(f"CREATE DATABASE {name} {options}")
        return name

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def start(self) -> None:
        settings = [word for setting in _SETTINGS for word in ("-c", setting)]
        with (self.folder / "log").open("ab") as log:
            self._child = subprocess.Popen(
                [
                    *_unprivileged(),
                    BINARIES / "postgres",
                    "-D",
                    "data",
                    "-k",
                    self.folder,
                    "-p",
                    str(self.port),
                    *settings,
                ],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._wait_until_it_answers()

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """SIGQUIT: at once, as after a crash; SIGINT: orderly."""
        if self._child is not None:
            self._child.send_signal(how)
            self._child.wait(timeout=60)
            self._child = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def _initialise(self) -> None:
        password_file = self.folder / "password"
        password_file.write_text(self.password)
        if os.getuid() == 0:
            shutil.chown(password_file, "postgres", "postgres")
        subprocess.run(
            [
                *_unprivileged(),
                BINARIES / "initdb",
                *("--no-sync", "--pgdata=data", f"--username={SUPERUSER}", "--encoding=UTF8", "--locale=C"),
                *("--auth-local=trust", "--auth-host=scram-sha-256", "--pwfile=password"),
            ],
            cwd=self.folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + _START_DEADLINE_SECONDS
        while True:
            try:
                psycopg.connect(self.url()).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline or (self._child is not None and self._child.poll() is not None):
                    log = (self.folder / "log").read_text(errors="replace")
                    raise RuntimeError(f"PostgreSQL does not start:\n{log}") from None
                time.sleep(0.02)


def _unprivileged() -> list[str]:
    """The words before a command that make it an unprivileged child which gets SIGQUIT when our process dies."""
    words = ["setpriv", "--pdeathsig", "QUIT"]
    if os.getuid() == 0:
        words += ["--reuid=postgres", "--regid=postgres", "--init-groups"]
    return words


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One cluster for all tests of a process."""
    server = PostgresServer()
    try:
        yield server
    finally:
        server.remove()
