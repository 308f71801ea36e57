"""`congvu doctor` about the relay: each thing that can be wrong, with its next step. The daemon itself does not run."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from congvu.cli import congvu
from congvu.servers.certificates import make_certificate
from foundation import clock, key_files
from foundation.command_line import run
from foundation.keys import KINDS
from tests.support.directory_entries import person, person_dn
from tests.support.slapd_server import SlapdServer

pytestmark = pytest.mark.server
POSTMASTER = "postmaster@tinh.test"


@pytest.fixture(autouse=True)
def undisturbed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No variables of this machine before, and no clock of a test's own after."""
    for name in [name for name in os.environ if name.startswith("CONGVU_")]:
        monkeypatch.delenv(name)
    yield
    clock.use_clock_file(None)


class Greeter:
    """A server that says one line to everybody: as much of Dovecot as doctor asks for."""

    def __init__(self, words: bytes = b"220 mail.tinh.test ready\r\n") -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._words = words
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.sendall(self._words)

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def dovecot() -> Iterator[Greeter]:
    greeter = Greeter()
    yield greeter
    greeter.close()


class Installation:
    """A configuration with a relay, and what `congvu doctor` says about it."""

    def __init__(self, folder: Path, slapd: SlapdServer, lmtp_port: int, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.path = folder / "config.toml"
        self._capsys = capsys
        for service in ("provision", "relay"):
            self.write(service, slapd.password_of(service))  # type: ignore[arg-type]
        self.certify()
        key_files.create(KINDS["dkim"], folder / "dkim.pem", "Asia/Ho_Chi_Minh")
        (folder / "spool").mkdir(mode=0o700)
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
[relay]
hostname = "mail.tinh.test"
spool = "spool"
control_socket = "control"
metrics_listen = ""
bind_dn = "cn=relay,ou=services,{slapd.base}"
bind_password = {{ file = "relay" }}
local_delivery = "lmtp://127.0.0.1:{lmtp_port}"
listeners = {{ relay = ["127.0.0.1:1"], submission = [], submissions = [] }}
tls = {{ certificate = "server.pem", key = {{ file = "server.key" }} }}
dkim = {{ domains = ["tinh.test"], key = {{ file = "dkim.pem" }} }}
""")

    def write(self, name: str, content: str | bytes) -> None:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(0o600)

    def certify(self) -> None:
        made = make_certificate()
        self.write("server.pem", made.certificate)
        self.write("server.key", made.key)

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
def installation(
    tmp_path: Path, slapd: SlapdServer, dovecot: Greeter, capsys: pytest.CaptureFixture[str]
) -> Installation:
    return Installation(tmp_path, slapd, dovecot.port, capsys)


@pytest.mark.parametrize(
    "name",
    [
        "relay",
        "relay.certificate",
        "relay.dkim",
        "relay.directory",
        "relay.spool",
        "relay.space",
        "relay.control",
        "relay.local_delivery",
    ],
)
def test_what_is_sound_is_said_to_be(installation: Installation, name: str) -> None:
    assert installation.check(name)["state"] == "ok"


def test_without_a_relay_there_is_nothing_to_check(installation: Installation) -> None:
    installation.path.write_text(installation.path.read_text().partition("[relay]")[0])
    found = installation.check("relay")
    assert (found["state"], "not used" in found["detail"]) == ("ok", True)


def test_settings_that_do_not_fit_together(installation: Installation) -> None:
    installation.change('metrics_listen = ""', 'metrics_listen = ""\nfilter = "smtp://127.0.0.1:10025"')
    assert "reinjection" in installation.failing("relay")["next_step"]


def test_a_daemon_that_does_not_run(installation: Installation) -> None:
    assert "systemctl start" in installation.failing("relay.daemon")["next_step"]


def test_in_a_sandbox_the_sandbox_starts_it(installation: Installation) -> None:
    """systemctl knows nothing of it."""
    (installation.folder / ".congvu-sandbox").touch()
    installation.change("[relay]", '[sandbox]\nclock_file = "clock"\n[relay]')
    assert f"congvu sandbox up --dir {installation.folder}" in installation.failing("relay.daemon")["next_step"]


def test_a_server_that_takes_nobody_does_answer(installation: Installation, dovecot: Greeter) -> None:
    busy = Greeter(b"421 4.7.0 too many connections\r\n")
    installation.change(f"lmtp://127.0.0.1:{dovecot.port}", f"lmtp://127.0.0.1:{busy.port}")
    assert "takes nothing: 421" in installation.failing("relay.local_delivery")["detail"]
    busy.close()


def test_a_daemon_that_runs_and_a_door_that_does_not_answer(installation: Installation) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(installation.folder / "control"))
        listener.listen()
        assert installation.check("relay.daemon")["state"] == "ok"
        assert "refused" in installation.failing("relay.listener.relay.127.0.0.1:1")["detail"]


def test_a_certificate_that_is_not_there(installation: Installation) -> None:
    (installation.folder / "server.pem").unlink()
    assert "server.pem" in installation.failing("relay.certificate")["detail"]


def test_a_key_of_another_certificate(installation: Installation) -> None:
    installation.write("server.key", make_certificate().key)
    assert "cannot be used" in installation.failing("relay.certificate")["detail"]


@pytest.mark.parametrize(("days", "state"), [(3600, "ok"), (3640, "warning"), (3660, "failed")])
def test_a_certificate_grows_old(installation: Installation, days: int, state: str) -> None:
    """The sandbox's authority gives ten years."""
    (installation.folder / "clock").write_text(f"+{days}d")
    installation.change("[relay]", '[sandbox]\nclock_file = "clock"\n[relay]')
    found = installation.check("relay.certificate")
    assert found["state"] == state
    assert state == "ok" or "reload" in found["next_step"]


def test_no_certificate_closes_the_doors_for_staff(installation: Installation) -> None:
    installation.change('tls = { certificate = "server.pem", key = { file = "server.key" } }', "")
    found = installation.check("relay.certificate")
    assert found["state"] == "warning"
    assert "587" in found["detail"]


def test_a_signature_without_its_key(installation: Installation) -> None:
    (installation.folder / "dkim.pem").unlink()
    assert "dkim.pem" in installation.failing("relay.dkim")["detail"]


def test_an_account_that_the_directory_refuses(installation: Installation) -> None:
    installation.write("relay", "wrong-password")
    assert "refused" in installation.failing("relay.directory")["detail"]


def test_its_hint_names_the_right_section(installation: Installation) -> None:
    installation.write("relay", "wrong-password")
    step = installation.failing("relay.directory")["next_step"]
    assert "[relay]" in step
    assert "[directory]" not in step


@pytest.mark.parametrize(
    ("networks", "state"),
    [
        ("", "ok"),
        ('"10.0.0.0/8", "127.0.0.1/32", "fd00::/8"', "ok"),
        ('"10.1.0.0/16", "203.0.113.5/32"', "warning"),
        ('"2001:db8::/32"', "warning"),
        ('"0.0.0.0/0"', "failed"),
        ('"0.0.0.0/1", "128.0.0.0/1"', "failed"),
        ('"::/0"', "failed"),
    ],
)
def test_a_network_that_is_everybody_is_an_open_relay(installation: Installation, networks: str, state: str) -> None:
    installation.change('metrics_listen = ""', f'metrics_listen = ""\ntrusted_networks = [{networks}]')
    found = installation.check("relay.trusted_networks")
    assert found["state"] == state
    assert bool(found["next_step"]) == (state != "ok")


def test_nobody_reads_postmaster(installation: Installation) -> None:
    assert "postmaster =" in installation.failing("relay.postmaster")["next_step"]


@pytest.mark.parametrize(
    ("address", "state"),
    [
        ("active.sxd@tinh.test", "ok"),
        ("active.cu@tinh.test", "ok"),
        ("ai@khac.test", "ok"),
        ("hop@tinh.test", "ok"),
        ("khong.co@tinh.test", "failed"),
    ],
)
def test_whom_the_configuration_appoints_exists(
    installation: Installation, slapd: SlapdServer, address: str, state: str
) -> None:
    slapd.add(person_dn("active"), person("active"))
    route = 'routes = { "hop@tinh.test" = "smtp://127.0.0.1:1" }'
    installation.change('metrics_listen = ""', f'metrics_listen = ""\npostmaster = "{address}"\n{route}')
    assert installation.check("relay.postmaster")["state"] == state


def test_whoever_has_the_address_needs_no_key(installation: Installation, slapd: SlapdServer) -> None:
    slapd.add(person_dn("active"), person("active", mail=[POSTMASTER], mailLocalAddress=[POSTMASTER]))
    assert installation.check("relay.postmaster")["state"] == "ok"


def test_a_signature_for_a_domain_that_is_not_ours(installation: Installation) -> None:
    assert installation.check("relay.dkim.domains")["state"] == "ok"
    installation.change('domains = ["tinh.test"]', 'domains = ["tinh.test", "khac.test"]')
    found = installation.check("relay.dkim.domains")
    assert (found["state"], "khac.test" in found["detail"]) == ("warning", True)


def test_a_spool_that_others_can_enter(installation: Installation) -> None:
    (installation.folder / "spool").chmod(0o755)
    assert "chmod 700" in installation.failing("relay.spool")["next_step"]


def test_too_little_room(installation: Installation) -> None:
    installation.change('metrics_listen = ""', 'metrics_listen = ""\nlimits = { free_disk_percent = 90 }')
    if installation.check("relay.space")["state"] == "ok":
        pytest.fail("this disk is more than nine tenths empty: the test cannot tell")
    assert "452" in installation.failing("relay.space")["next_step"]


def test_a_socket_whose_name_is_too_long(installation: Installation) -> None:
    installation.change('control_socket = "control"', f'control_socket = "{"very-" * 30}long"')
    assert "too long" in installation.failing("relay.control")["detail"]


def test_dovecot_that_does_not_answer(installation: Installation, dovecot: Greeter) -> None:
    installation.change(f"lmtp://127.0.0.1:{dovecot.port}", "lmtp://127.0.0.1:1")
    assert "dovecot" in installation.failing("relay.local_delivery")["next_step"]


def test_dovecot_by_a_unix_socket(installation: Installation, dovecot: Greeter) -> None:
    installation.change(f"lmtp://127.0.0.1:{dovecot.port}", "lmtp+unix:///nowhere/lmtp")
    assert "/nowhere/lmtp" in installation.failing("relay.local_delivery")["detail"]


def test_a_next_host_that_does_not_answer(installation: Installation, dovecot: Greeter) -> None:
    routes = f'routes = {{ "bo.example" = "smtp://127.0.0.1:{dovecot.port}" }}'
    installation.change('metrics_listen = ""', f'metrics_listen = ""\nsmarthost = "smtp://127.0.0.1:1"\n{routes}')
    assert installation.check("relay.route.bo.example")["state"] == "ok"
    assert installation.failing("relay.smarthost")["detail"]


def test_a_queue_that_was_never_there(installation: Installation) -> None:
    found = installation.check("relay.queue")
    assert found["state"] == "warning"
    assert "mailrelay" in found["next_step"]
