"""`mailrelay serve` as a child process with a slapd, keys and a configuration of its own, all in one folder.

For tests and benchmarks that need the daemon without a whole sandbox: it listens on loopback, trusts loopback, and
relays everything foreign to one next host.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from congvu.servers.certificates import make_certificate
from congvu.servers.slapd import Slapd, SlapdSettings, render_base
from foundation import key_files
from foundation.directory.schema import SERVICE_NAMES, service_dn
from foundation.keys import KINDS
from tests.support.slapd_server import free_port

BASE = "dc=tinh,dc=test"
PASSWORD = "relay-password-of-the-tests"
START_SECONDS = 60

_CONFIG = """
[organisation]
name = "Tỉnh Thử"
domain = "tinh.test"
[storage]
url = "{storage}"
[directory]
url = "{url}"
base = "{base}"
bind_dn = "{relay_dn}"
bind_password = {{ file = "relay.password" }}
[journal]
signing_key = {{ file = "journal.keys" }}
[keys]
directory = "."
[addresses]
register_key = {{ file = "address-register.keys" }}
[relay]
hostname = "relay.tinh.test"
spool = "spool"
control_socket = "{folder}/control"
metrics_listen = "127.0.0.1:{metrics}"
listeners = {{ relay = ["127.0.0.1:{port}"] }}
trusted_networks = ["127.0.0.0/8"]
smarthost = "smtp://127.0.0.1:{next_port}"
limits = {{ message_bytes = 104857600, connections_per_address = 1000 }}
{more}
"""


class RelayProcess:
    """One relay in one folder: `start`, then `kill` or `stop`, as often as one likes; the data stay."""

    def __init__(self, folder: Path, directory_url: str, next_port: int, more: str = "", storage: str = "") -> None:
        self.folder = folder
        self.port = free_port()
        self.metrics_port = free_port()
        self.log = folder / "relay.log"
        self.configuration = folder / "config.toml"
        self.process: subprocess.Popen[bytes] | None = None
        (folder / "relay.password").touch(mode=0o600)
        (folder / "relay.password").write_text(PASSWORD)
        for kind in ("journal", "address-register"):
            key_files.create(KINDS[kind], folder / f"{kind}.keys", "Asia/Ho_Chi_Minh")
        self.configuration.write_text(
            _CONFIG.format(
                storage=storage or "sqlite://./database",
                url=directory_url,
                base=BASE,
                relay_dn=service_dn("relay", BASE),
                folder=folder,
                port=self.port,
                metrics=self.metrics_port,
                next_port=next_port,
                more=more,
            )
        )

    @property
    def database_folder(self) -> Path:
        return self.folder / "database"

    @property
    def spool(self) -> Path:
        return self.folder / "spool"

    def command(self, *arguments: str) -> list[str]:
        """The command line of a verb of `mailrelay` with this relay's configuration."""
        return [sys.executable, "-m", "mailrelay.cli", "--config", str(self.configuration), *arguments]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a verb to its end."""
        return subprocess.run(self.command(*arguments), capture_output=True, text=True, stdin=subprocess.DEVNULL)

    def start(self) -> None:
        """Start it and wait until it accepts connections; fails with its own words."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command("serve"), stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ}
            )
        wait_for_port(self.port, self.process, self.log)

    def kill(self) -> None:
        """SIGKILL, as the kernel does when memory is short; returns when it is gone."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self) -> int:
        """SIGTERM; returns its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=START_SECONDS)
        self.process = None
        return code


@contextlib.contextmanager
def running_slapd(folder: Path, *, durable: bool = True) -> Iterator[Slapd]:
    """An empty directory with the reference configuration."""
    settings = SlapdSettings(
        folder / "slapd", folder / "slapd.log", BASE, "Tỉnh Thử", free_port(), free_port(), durable=durable
    )
    slapd = Slapd(settings)
    slapd.configure(make_certificate())
    slapd.load(render_base(settings, dict.fromkeys(SERVICE_NAMES, PASSWORD)))
    slapd.start()
    try:
        yield slapd
    finally:
        slapd.stop()


def wait_for_port(port: int, process: subprocess.Popen[bytes] | None = None, log: Path | None = None) -> None:
    """Wait until somebody listens there; raises RuntimeError with the server's own words if nobody will."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline or (process is not None and process.poll() is not None):
                raise RuntimeError(f"no server on port {port}\n{log.read_text() if log else ''}") from None
            time.sleep(0.02)
