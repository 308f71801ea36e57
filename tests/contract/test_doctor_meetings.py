"""`congvu doctor` about the meetings server: each thing that can be wrong, with its next step; no daemon runs."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from congvu.cli import congvu
from foundation import clock, key_files
from foundation.command_line import run
from foundation.keys import KINDS
from foundation.language import use_language
from foundation.storage import Database, open_database
from meetings.store import incoming, outbox
from meetings.store.incoming import NewIncoming
from meetings.store.mail_values import Promise
from tests.support.directory_entries import person, person_dn
from tests.support.meeting_book import MIGRATIONS
from tests.support.slapd_server import SlapdServer

pytestmark = pytest.mark.server


@pytest.fixture(autouse=True)
def undisturbed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No variables of this machine before, and no clock and no language of a test's own after."""
    for name in [name for name in os.environ if name.startswith("CONGVU_")]:
        monkeypatch.delenv(name)
    yield
    clock.use_clock_file(None)
    use_language("vi")


class Installation:
    """A configuration with a meetings server, and what `congvu doctor` says about it."""

    def __init__(self, folder: Path, slapd: SlapdServer, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.path = folder / "config.toml"
        self._capsys = capsys
        self.write("provision", slapd.password_of("provision"))
        self.write("meetings", slapd.password_of("meetings"))
        self.write("login", "not-so-secret")
        (folder / "keys").mkdir(mode=0o700)
        key_files.create(KINDS["links"], folder / "keys" / "links.keys", "Asia/Ho_Chi_Minh")
        self.path.write_text(f"""
[organisation]
name = "Tỉnh Thử"
domain = "tinh.test"
[storage]
url = "sqlite:data"
[keys]
directory = "keys"
[directory]
url = "{slapd.ldaps_url}"
base = "{slapd.base}"
bind_dn = "{slapd.service_dn}"
bind_password = {{ file = "provision" }}
tls = {{ ca_file = "{slapd.ca_file}" }}
[relay.routes]
"hop@tinh.test" = "lmtp://127.0.0.1:2424"
"hop-bao-phat@tinh.test" = "lmtp://localhost:2424"
[meetings]
organiser = "hop@tinh.test"
bounce_address = "hop-bao-phat@tinh.test"
secretary = "vanthu.vpub@tinh.test"
public_url = "https://hop.tinh.test"
lmtp_listen = "127.0.0.1:2424"
web_listen = "127.0.0.1:1"
metrics_listen = ""
control_socket = "control"
bind_dn = "cn=meetings,ou=services,{slapd.base}"
bind_password = {{ file = "meetings" }}
links_key = {{ file = "keys/links.keys" }}
[meetings.submission]
connect = "127.0.0.1:1"
password = {{ file = "login" }}
[meetings.room]
url = "https://phonghop.tinh.test/chung"
""")

    def database(self) -> Database:
        """The tables of the meetings server."""
        return open_database(f"sqlite://{self.folder}/data", "meetings", MIGRATIONS)

    def write(self, name: str, content: str) -> None:
        path = self.folder / name
        path.write_text(content)
        path.chmod(0o600)

    def change(self, old: str, new: str) -> None:
        text = self.path.read_text()
        assert old in text
        self.path.write_text(text.replace(old, new))

    def check(self, name: str) -> dict[str, Any]:
        run(congvu, "congvu", ["doctor", "--json", "--config", str(self.path), "--lang", "en"])
        checks = {check["name"]: check for check in json.loads(self._capsys.readouterr().out)["checks"]}
        assert name in checks, list(checks)
        found: dict[str, Any] = checks[name]
        return found

    def failing(self, name: str) -> dict[str, Any]:
        found = self.check(name)
        assert found["state"] == "failed", found
        assert found["next_step"], found
        return found


@pytest.fixture
def installation(tmp_path: Path, slapd: SlapdServer, capsys: pytest.CaptureFixture[str]) -> Installation:
    return Installation(tmp_path, slapd, capsys)


@pytest.mark.parametrize(
    "name",
    [
        "meetings",
        "meetings.links",
        "meetings.route.organiser",
        "meetings.route.bounce_address",
        "meetings.directory",
        "meetings.organiser",
        "meetings.pdf",
        "meetings.public_url",
        "meetings.room",
        "meetings.secretary",
        "secret.meetings.submission.password",
    ],
)
def test_what_is_sound_is_said_to_be(installation: Installation, name: str) -> None:
    assert installation.check(name)["state"] == "ok"


def test_without_a_meetings_server_there_is_nothing_to_check(installation: Installation) -> None:
    installation.path.write_text(installation.path.read_text().partition("[relay.routes]")[0])
    found = installation.check("meetings")
    assert (found["state"], "not used" in found["detail"]) == ("ok", True)


def test_settings_that_do_not_fit_together(installation: Installation) -> None:
    installation.change('bounce_address = "hop-bao-phat@tinh.test"', 'bounce_address = "hop@tinh.test"')
    assert "another address" in installation.failing("meetings")["next_step"]


def test_a_route_that_is_missing_or_leads_elsewhere(installation: Installation) -> None:
    installation.change('"hop@tinh.test" = "lmtp://127.0.0.1:2424"', '"hop@tinh.test" = "lmtp://127.0.0.1:2425"')
    found = installation.failing("meetings.route.organiser")
    assert "2425" in found["detail"]
    assert '"hop@tinh.test" = "lmtp://127.0.0.1:2424"' in found["next_step"]
    installation.change('"hop-bao-phat@tinh.test" = "lmtp://localhost:2424"\n', "")
    assert "refused" in installation.failing("meetings.route.bounce_address")["detail"]


def test_a_key_of_links_that_is_not_there(installation: Installation) -> None:
    (installation.folder / "keys" / "links.keys").unlink()
    installation.failing("meetings.links")


def test_a_relay_that_does_not_answer(installation: Installation) -> None:
    assert "systemctl start congvu-mailrelay" in installation.failing("meetings.login")["next_step"]


def test_without_a_password_invitations_wait(installation: Installation) -> None:
    installation.change('password = { file = "login" }\n', "")
    assert "no password" in installation.failing("meetings.login")["detail"]


def test_pages_without_encryption_are_for_this_machine_only(installation: Installation) -> None:
    installation.change("https://hop.tinh.test", "http://127.0.0.1:8025")
    assert "https://" in installation.failing("meetings.public_url")["next_step"]


def test_a_letter_that_cannot_be_printed_is_known_before_it_leaves(installation: Installation) -> None:
    folder = installation.folder / "templates/letters/vi"
    folder.mkdir(parents=True)
    (folder / "invitation.html").write_text("{{ nobody_knows_this }}")
    installation.change("[meetings.room]", '[templates]\ndirectory = "templates"\n[meetings.room]')
    assert "letters/vi/invitation.html" in installation.failing("meetings.pdf")["detail"]


def test_no_room_and_no_secretary_are_worth_knowing(installation: Installation) -> None:
    installation.change('url = "https://phonghop.tinh.test/chung"', 'url = ""')
    assert installation.check("meetings.room")["state"] == "warning"
    installation.change('secretary = "vanthu.vpub@tinh.test"', 'secretary = ""')
    assert installation.check("meetings.secretary")["state"] == "warning"


def test_an_account_that_the_directory_does_not_know(installation: Installation) -> None:
    installation.write("meetings", "wrong")
    installation.failing("meetings.directory")


def test_the_organiser_is_nobody_s_mailbox(installation: Installation, slapd: SlapdServer) -> None:
    slapd.add(person_dn("active"), person("active", mail=["hop@tinh.test"], mailLocalAddress=["hop@tinh.test"]))
    assert "uid=active" in installation.failing("meetings.organiser")["detail"]


def test_a_database_that_was_never_opened_is_worth_knowing(installation: Installation) -> None:
    found = installation.check("meetings.waiting")
    assert (found["state"], "meetings serve" in found["next_step"]) == ("warning", True)


def test_letters_that_have_waited_long_lead_to_the_relay(installation: Installation) -> None:
    late = clock.now_microseconds() - 11 * 60_000_000
    with installation.database() as database:
        database.run(lambda unit: outbox.promise(unit, [Promise("request", "an@x.test", late, late)]))
    found = installation.failing("meetings.waiting")
    assert "11 min" in found["detail"]
    assert "systemctl start congvu-mailrelay if meetings.login fails" in found["next_step"]


def test_kept_mails_that_near_their_limits_lead_to_the_secretary(installation: Installation) -> None:
    installation.change("[meetings.submission]", "[meetings.limits]\nkept_day_mails = 1\n[meetings.submission]")
    mail = NewIncoming("<1@x>", b"d", "a@x.test", "hop@tinh.test", "s", clock.now_microseconds(), "held", raw=b"x")
    with installation.database() as database:
        database.run(lambda unit: incoming.insert(unit, mail))
    found = installation.failing("meetings.waiting")
    assert "100 %" in found["detail"]
    assert "meetings held list" in found["next_step"]


def test_a_daemon_that_does_not_run(installation: Installation) -> None:
    assert "systemctl start congvu-meetings" in installation.failing("meetings.daemon")["next_step"]


def test_a_daemon_that_runs_and_doors_that_do_not_answer(installation: Installation) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(installation.folder / "control"))
        listener.listen()
        assert installation.check("meetings.daemon")["state"] == "ok"
        installation.change('lmtp_listen = "127.0.0.1:2424"', 'lmtp_listen = "127.0.0.1:1"')
        assert "journalctl" in installation.failing("meetings.lmtp")["next_step"]
        installation.failing("meetings.pages")
