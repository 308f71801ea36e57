"""A meetings server beside the relay of `mail_house`: `meetings serve` in the same folder, with the same configuration.

The relay leads the organiser's and the bounce address to it and lets it log in. `form` is a secretary's form as TOML.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from foundation import journal, key_files
from foundation.keys import KINDS
from foundation.storage import Database, open_database
from tests.support.letter_box import LetterBox
from tests.support.mail_house import QUICK_RETRIES, START_SECONDS, Answer, MailHouse
from tests.support.slapd_server import SlapdServer, free_port

ORGANISER = "hop@tinh.test"
BOUNCES = "hop-bao-phat@tinh.test"
SECRETARY = "vanthu.sxd@tinh.test"
_SECRET = "password-of-the-meetings-server"

_RELAY = """
postmaster = "vanthu.sxd@tinh.test"
routes = {{ "hop@tinh.test" = "lmtp://127.0.0.1:{lmtp}", "hop-bao-phat@tinh.test" = "lmtp://127.0.0.1:{lmtp}" }}
[relay.applications.meetings]
addresses = ["hop@tinh.test", "hop-bao-phat@tinh.test"]
password = {{ file = "meetings-relay.password" }}
[meetings]
secretary = "vanthu.sxd@tinh.test"
public_url = "http://127.0.0.1:{web}"
lmtp_listen = "127.0.0.1:{lmtp}"
web_listen = "127.0.0.1:{web}"
metrics_listen = "127.0.0.1:{machines}"
control_socket = "{folder}/meetings-control"
bind_password = {{ file = "meetings.password" }}
links_key = {{ file = "links.keys" }}
{more}
[meetings.submission]
connect = "127.0.0.1:{submissions}"
server_name = "mail.tinh.test"
ca_file = "ca.pem"
password = {{ file = "meetings-relay.password" }}
{submission}
"""


class MeetingsHouse:
    """One meetings server in the folder of a mail house."""

    def __init__(self, mail: MailHouse, lmtp: int, web: int, machines: int) -> None:
        self.mail = mail
        self.folder = mail.folder
        self.lmtp, self.web, self.machines = lmtp, web, machines
        self.log = self.folder / "meetings.log"
        self.process: subprocess.Popen[bytes] | None = None
        for name, content in (
            ("meetings.password", mail.slapd.password_of("meetings")),
            ("meetings-relay.password", _SECRET),
        ):
            (self.folder / name).touch(mode=0o600)
            (self.folder / name).write_text(content)
        key_files.create(KINDS["links"], self.folder / "links.keys", "Asia/Ho_Chi_Minh")

    # -- the daemon -------------------------------------------------------------------------------------------------

    def command(self, *arguments: str | Path) -> list[str]:
        return [sys.executable, "-m", "meetings.cli", "--config", str(self.mail.config), *map(str, arguments)]

    def run(self, *arguments: str | Path) -> Answer:
        """Run a command to its end; never a traceback."""
        done = subprocess.run(
            self.command(*arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=self.folder,
            timeout=120,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Answer(done.returncode, done.stdout, done.stderr)

    def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        self.launch()
        deadline = time.monotonic() + START_SECONDS
        while self.page("readyz")[0] != 200:
            running = self.process is not None and self.process.poll() is None
            assert running, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)

    def launch(self) -> None:
        """Start it, and do not wait."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command("serve"), stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ}
            )

    def kill(self) -> None:
        """SIGKILL; returns when it is gone."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

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
        return fetched(f"http://127.0.0.1:{self.machines}/{name}")

    def wait_log(self, words: str, seconds: float = 20) -> None:
        """Wait until the log has these words."""
        await_true(lambda: words in self.log.read_text(), words, seconds)

    # -- meetings ---------------------------------------------------------------------------------------------------

    def create(self, form: str, *arguments: str) -> dict[str, Any]:
        """Create a meeting from a form; the JSON answer."""
        path = self.folder / "form.toml"
        path.write_text(form, encoding="utf-8")
        answer = self.run("--json", "create", path, *arguments)
        assert answer.code == 0, answer.stderr + answer.stdout
        return answer.json

    def show(self, who: str) -> dict[str, Any]:
        """`meetings show --json`."""
        answer = self.run("--json", "show", who)
        assert answer.code == 0, answer.stderr
        return answer.json

    def wait_shown(self, who: str, wanted: Callable[[dict[str, Any]], bool], seconds: float = 30) -> dict[str, Any]:
        """What `show` says once it is as wanted."""
        deadline = time.monotonic() + seconds
        while True:
            shown = self.show(who)
            if wanted(shown):
                return shown
            assert time.monotonic() < deadline, json.dumps(shown, ensure_ascii=False, indent=1)
            time.sleep(0.1)

    def database(self) -> Database:
        """Its tables, while nobody runs."""
        return open_database(
            f"sqlite://{self.folder / 'data'}", "meetings", [journal.MIGRATIONS, "meetings.migrations"]
        )


def fetched(url: str) -> tuple[int, str]:
    """Status and text of a page; 0 when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  # our own, on loopback
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""


def await_true(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
    """Wait until it holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"never came true: {what}"
        time.sleep(0.02)


def form(
    required: Sequence[str], number: str = "15/GM-UBND", summary: str = "Họp giao ban tháng 12", more: str = ""
) -> str:
    """A complete form for a meeting far enough in the future."""
    return f"""
number = "{number}"
summary = "{summary}"
chair = "active.sxd@tinh.test"
start = 2030-12-12T08:00:00+07:00
end = 2030-12-12T10:00:00+07:00
places = ["Phòng họp số 1"]
content = "Giao ban công tác tháng."
requirements = "Mang theo báo cáo."
required = {json.dumps(list(required), ensure_ascii=False)}
{more}
[contact]
name = "Phòng Tổng hợp"
telephone = "0255 3822 000"
"""


@contextmanager
def meetings_house(
    folder: Path,
    slapd: SlapdServer,
    more: str = "",
    submission: str = "",
    inside_port: int = 0,
    outside_port: int = 0,
    storage: str = "sqlite:data",
    start: bool = True,
) -> Iterator[MeetingsHouse]:
    """Relay and meetings server, running. `inside_port` and `outside_port`: other hosts than letter boxes take what the
    relay delivers to our mailboxes, and to the rest of the world."""
    ports = {name: free_port() for name in ("lmtp", "web", "machines")}
    with LetterBox() as inside, LetterBox() as outside:
        mail = MailHouse(folder, slapd, inside, outside, QUICK_RETRIES, storage)
        text = _RELAY.format(
            **ports, folder=folder, more=more, submission=submission, submissions=mail.ports["submissions"]
        )
        written = mail.config.read_text().replace(QUICK_RETRIES, QUICK_RETRIES + text)
        written = written.replace(f":{inside.port}", f":{inside_port or inside.port}")
        mail.config.write_text(written.replace(f":{outside.port}", f":{outside_port or outside.port}"))
        house = MeetingsHouse(mail, **ports)
        mail.start()
        try:
            if start:
                house.start()
            yield house
        finally:
            house.kill()
            if mail.process is not None:
                mail.process.kill()
                mail.process.wait()
