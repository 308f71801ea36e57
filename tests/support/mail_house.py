"""A mail host in one folder: `mailrelay serve`, a directory, a box for our mailboxes and one for the rest of the world.

The people are those of `directory_entries.one_of_each`. Retries are quick, so that a story can wait for them.
"""

from __future__ import annotations

import json
import os
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

from congvu.servers.certificates import make_certificate
from tests.support.directory_entries import APP_PASSWORD
from tests.support.letter_box import LetterBox
from tests.support.slapd_server import SlapdServer, free_port

START_SECONDS = 60

QUICK_RETRIES = "retry = { normal = { first_seconds = 1, longest_seconds = 2 } }"

_CONFIG = """
[organisation]
name = "Tỉnh Thử"
domain = "tinh.test"
[storage]
url = "{storage}"
[keys]
directory = "keys"
[directory]
url = "{url}"
base = "{base}"
[sandbox]
clock_file = "clock"
[relay]
hostname = "mail.tinh.test"
spool = "spool"
control_socket = "{control}"
metrics_listen = "127.0.0.1:{metrics}"
bind_password = {{ file = "relay.password" }}
local_delivery = "lmtp://127.0.0.1:{inside}"
smarthost = "smtp://127.0.0.1:{outside}"
{more}
[relay.listeners]
relay = ["127.0.0.1:{relay}"]
submission = ["127.0.0.1:{submission}"]
submissions = ["127.0.0.1:{submissions}"]
reinjection = ["127.0.0.1:{reinjection}"]
[relay.tls]
certificate = "mail.pem"
key = {{ file = "mail.key" }}
"""


@dataclass
class Answer:
    """How a command ended and what it said."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> dict[str, Any]:
        found = json.loads(self.stdout)
        assert isinstance(found, dict)
        return found


class MailHouse:
    """One relay; `inside` and `outside` take what it delivers."""

    def __init__(
        self,
        folder: Path,
        slapd: SlapdServer,
        inside: LetterBox,
        outside: LetterBox,
        more: str = QUICK_RETRIES,
        storage: str = "sqlite:data",
    ) -> None:
        self.folder = folder
        self.inside = inside
        self.outside = outside
        self.slapd = slapd
        self.ports = {name: free_port() for name in ("relay", "submission", "submissions", "reinjection", "metrics")}
        self.control = folder / "control"
        self.config = folder / "config.toml"
        self.log = folder / "relay.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.variables: dict[str, str] = {}
        folder.mkdir(parents=True, exist_ok=True)
        made = make_certificate(("localhost", "127.0.0.1", "mail.tinh.test"))
        self._secret("mail.key", made.key)
        (folder / "mail.pem").write_bytes(made.certificate)
        (folder / "ca.pem").write_bytes(made.authority)
        self._secret("relay.password", slapd.password_of("relay").encode())
        (folder / "clock").write_text("")
        self.config.write_text(
            _CONFIG.format(
                url=slapd.url,
                base=slapd.base,
                control=self.control,
                inside=inside.port,
                outside=outside.port,
                more=more,
                storage=storage,
                **self.ports,
            )
        )

    def _secret(self, name: str, content: bytes) -> None:
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_bytes(content)

    # -- the daemon -------------------------------------------------------------------------------------------------

    def command(self, *arguments: str | Path) -> list[str]:
        return [sys.executable, "-m", "mailrelay.cli", "--config", str(self.config), *map(str, arguments)]

    def run(self, *arguments: str | Path, stdin: str = "") -> Answer:
        """Run a command to its end; never a traceback."""
        done = subprocess.run(
            self.command(*arguments), input=stdin, capture_output=True, text=True, cwd=self.folder, timeout=60
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Answer(done.returncode, done.stdout, done.stderr)

    def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command("serve"),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.variables},
            )
        self.wait_ready()

    def wait_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while self.page("readyz")[0] != 200:
            running = self.process is not None and self.process.poll() is None
            assert running, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it with this signal; its exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        code = self.process.wait(timeout=START_SECONDS)
        self.process = None
        return code

    def hang_up(self) -> None:
        """SIGHUP."""
        assert self.process is not None
        self.process.send_signal(signal.SIGHUP)

    def page(self, name: str) -> tuple[int, str]:
        """Status and text of a page for machines; 0 when nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports['metrics']}/{name}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def wait_log(self, words: str, seconds: float = 20) -> None:
        """Wait until the log has these words."""
        deadline = time.monotonic() + seconds
        while words not in self.log.read_text():
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)

    # -- mail -------------------------------------------------------------------------------------------------------

    def client(self, kind: str = "relay", login: str = "", password: str = APP_PASSWORD) -> smtplib.SMTP:
        """A connection to one of the listeners, logged in if there is a name; the caller closes it."""
        context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
        client: smtplib.SMTP
        if kind == "submissions":
            client = smtplib.SMTP_SSL("localhost", self.ports[kind], context=context, timeout=30)
        else:
            client = smtplib.SMTP("localhost", self.ports[kind], timeout=30)
            if kind == "submission":
                client.starttls(context=context)
        if login:
            try:
                client.login(login, password)
            except smtplib.SMTPException:
                client.close()
                raise
        return client

    def hand_over(
        self, sender: str, recipients: Sequence[str], kind: str = "relay", login: str = "", **headers: str
    ) -> str:
        """Hand one message over; its queue id."""
        client = self.client(kind, login)
        try:
            client.ehlo_or_helo_if_needed()
            assert client.mail(sender)[0] == 250
            for recipient in recipients:
                code, reply = client.rcpt(recipient)
                assert code == 250, reply
            code, reply = client.data(letter(sender, recipients, **headers))
            assert code == 250, reply
            return reply.decode().split()[-1]
        finally:
            client.close()

    def traced(self, *query: str) -> list[dict[str, Any]]:
        """The messages of `trace --json`."""
        answer = self.run("trace", "--json", *query)
        assert answer.code in (0, 1), answer.stderr
        messages = answer.json["messages"]
        assert isinstance(messages, list)
        return messages

    def wait_state(self, queue_id: str, state: str, seconds: float = 20) -> dict[str, Any]:
        """The message once all its recipients are in this state."""
        deadline = time.monotonic() + seconds
        while True:
            (message,) = self.traced(queue_id)
            if all(recipient["state"] == state for recipient in message["recipients"]):
                return dict(message)
            assert time.monotonic() < deadline, message
            time.sleep(0.05)


def letter(sender: str, recipients: Sequence[str], subject: str = "Về việc họp giao ban", **headers: str) -> bytes:
    """A small message."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = ", ".join(recipients)
    message["Subject"] = subject
    message["Message-ID"] = headers.pop("message_id", f"<{time.monotonic_ns()}@test.example>")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content("Kính gửi các đồng chí.\n.một dòng bắt đầu bằng dấu chấm\n")
    return message.as_bytes()


@contextmanager
def mail_house(
    folder: Path, slapd: SlapdServer, more: str = QUICK_RETRIES, storage: str = "sqlite:data"
) -> Iterator[MailHouse]:
    """A mail host that runs; what is left of it ends with the test."""
    with LetterBox() as inside, LetterBox() as outside:
        house = MailHouse(folder, slapd, inside, outside, more, storage)
        house.start()
        try:
            yield house
        finally:
            if house.process is not None:
                house.process.kill()
                house.process.wait()


def port_is_free(port: int) -> bool:
    """Whether nobody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
