"""`congvu doctor` against a real slapd: a sound installation, and each thing that can be wrong with its next step."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from congvu.cli import congvu
from congvu.servers.certificates import make_certificate
from congvu.servers.slapd import Slapd, SlapdSettings, render_base
from foundation import clock
from foundation.command_line import run
from foundation.directory.schema import SERVICE_NAMES
from tests.support.slapd_server import BASE, SlapdServer, free_port


@pytest.fixture(autouse=True)
def undisturbed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No variables of this machine before, and no clock of a test's own after."""
    for name in [name for name in os.environ if name.startswith("CONGVU_")]:
        monkeypatch.delenv(name)
    yield
    clock.use_clock_file(None)


class Installation:
    """A configuration in a folder, and what `congvu` says about it."""

    def __init__(self, folder: Path, slapd: SlapdServer, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.path = folder / "config.toml"
        self._capsys = capsys
        secret = folder / "provision"
        secret.write_text(slapd.service_password)
        secret.chmod(0o600)
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
[directory.tls]
ca_file = "{slapd.ca_file}"
""")

    def run(self, *arguments: str) -> tuple[int, str]:
        code = run(congvu, "congvu", [*arguments, "--config", str(self.path), "--lang", "en"])
        return code, self._capsys.readouterr().out

    def doctor(self) -> tuple[int, dict[str, Any]]:
        code, output = self.run("doctor", "--json")
        return code, {check["name"]: check for check in json.loads(output)["checks"]}

    def change(self, old: str, new: str) -> None:
        text = self.path.read_text()
        assert old in text
        self.path.write_text(text.replace(old, new))


@pytest.fixture
def installation(tmp_path: Path, slapd: SlapdServer, capsys: pytest.CaptureFixture[str]) -> Installation:
    made = Installation(tmp_path, slapd, capsys)
    assert made.run("keys", "create")[0] == 0
    assert made.run("migrate")[0] == 0
    return made


def test_a_sound_installation_is_healthy(installation: Installation) -> None:
    code, checks = installation.doctor()
    assert {name: check for name, check in checks.items() if check["state"] == "failed"} == {}
    assert code == 0
    assert {
        "configuration",
        "secret.directory.bind_password",
        "key.journal",
        "key.address-register",
        "keys.folder",
        "templates",
        "storage",
        "storage.writable",
        "storage.space",
        "clock",
        "directory",
        "directory.subtrees",
        "directory.schema",
        "directory.register",
        "directory.anonymous",
    } <= set(checks)
    assert "certificate verified" in checks["directory"]["detail"]


def test_for_people_there_is_one_line_per_check(installation: Installation) -> None:
    code, output = installation.run("doctor")
    assert code == 0
    assert output.count("\n") >= 15
    assert "LDAP directory" in output


def failing(installation: Installation, name: str) -> dict[str, Any]:
    code, checks = installation.doctor()
    assert code == 1
    assert checks[name]["state"] == "failed", checks[name]
    return checks[name]


def test_a_secret_that_others_can_read(installation: Installation) -> None:
    (installation.folder / "provision").chmod(0o644)
    assert "chmod 600" in failing(installation, "secret.directory.bind_password")["next_step"]


def test_a_key_that_is_missing(installation: Installation) -> None:
    (installation.folder / "keys/address-register.keys").unlink()
    assert "restore" in failing(installation, "key.address-register")["next_step"]


def test_a_folder_of_keys_that_others_can_enter(installation: Installation) -> None:
    (installation.folder / "keys").chmod(0o755)
    assert "chmod 700" in failing(installation, "keys.folder")["next_step"]


def test_a_wrong_password(installation: Installation) -> None:
    (installation.folder / "provision").write_text("wrong")
    assert "refused" in failing(installation, "directory")["detail"]


def test_a_certificate_that_nobody_vouches_for(installation: Installation, slapd: SlapdServer) -> None:
    installation.change(f'ca_file = "{slapd.ca_file}"', 'ca_file = ""')
    assert "not trusted" in failing(installation, "directory")["detail"]


def test_a_server_that_does_not_answer(installation: Installation, slapd: SlapdServer) -> None:
    installation.change(slapd.ldaps_url, "ldaps://localhost:1")
    assert failing(installation, "directory")["next_step"]


def test_a_subtree_that_is_missing(installation: Installation) -> None:
    installation.change("[directory.tls]", 'people = "ou=nobody"\n[directory.tls]')
    assert "ou=nobody" in failing(installation, "directory.subtrees")["detail"]


def test_reservations_made_with_a_key_that_is_lost(installation: Installation, slapd: SlapdServer) -> None:
    digest = "01234567:" + "0" * 32
    slapd.add(
        f"congvuAddressHash={digest},ou=reservations,{slapd.base}",
        {"objectClass": ["congvuReservation"], "congvuAddressHash": [digest]},
    )
    assert "01234567" in failing(installation, "directory.register")["detail"]


def test_a_template_that_is_broken(installation: Installation) -> None:
    folder = installation.folder / "templates/reports/vi"
    folder.mkdir(parents=True)
    (folder / "keys.txt").write_text("{# variables: kinds #}\n{% for %}")
    installation.change("[directory.tls]", '[templates]\ndirectory = "templates"\n[directory.tls]')
    assert "reports/vi/keys.txt" in failing(installation, "templates")["detail"]


def test_a_bad_configuration_ends_the_list(installation: Installation) -> None:
    installation.change("[organisation]", "[organisation]\nnam = 1")
    code, checks = installation.doctor()
    assert code == 78
    assert list(checks) == ["configuration"]


def test_a_clock_that_is_set_off_is_a_warning(installation: Installation) -> None:
    (installation.folder / "clock").write_text("+8d")
    installation.change("[directory.tls]", '[sandbox]\nclock_file = "clock"\n[directory.tls]')
    code, checks = installation.doctor()
    assert code == 0
    assert checks["clock"]["state"] == "warning"
    assert checks["clock"]["detail"] == "set 8 days ahead on purpose"


def test_a_clock_file_with_nonsense_fails(installation: Installation) -> None:
    (installation.folder / "clock").write_text("garbage")
    installation.change("[directory.tls]", '[sandbox]\nclock_file = "clock"\n[directory.tls]')
    _, checks = installation.doctor()
    assert checks["clock"]["state"] == "failed"
    assert "garbage" in checks["clock"]["detail"]


def test_pending_migrations_are_a_warning_and_counted_by_migrate(
    tmp_path: Path, slapd: SlapdServer, capsys: pytest.CaptureFixture[str]
) -> None:
    fresh = Installation(tmp_path, slapd, capsys)
    fresh.run("keys", "create")
    assert fresh.doctor()[1]["storage"]["state"] == "warning"
    code, output = fresh.run("migrate", "--check", "--json")
    assert code == 3
    assert json.loads(output)["pending"]["provisioner"]
    assert not (tmp_path / "data").exists()
    assert fresh.run("migrate")[0] == 0
    assert fresh.run("migrate", "--check")[0] == 0


@pytest.fixture
def open_house() -> Iterator[Slapd]:
    """A slapd with our schema that lets anybody read, as many are set up."""
    folder = Path(tempfile.mkdtemp(prefix="congvu-open-"))
    made = SlapdSettings(folder / "slapd", folder / "log", BASE, "Tỉnh Thử", free_port(), free_port(), durable=False)
    server = Slapd(made)
    server.configure(make_certificate())
    server.load(render_base(made, dict.fromkeys(SERVICE_NAMES, "password-of-nobody")))
    settings = folder / "slapd/slapd.conf"
    text = settings.read_text().replace("disallow   bind_anon\n", "").replace("require    LDAPv3 authc\n", "")
    ours = re.search(r"^access to dn.onelevel.*?(?=^overlay)", text, re.DOTALL | re.MULTILINE)
    assert ours is not None
    everybody = "access to attrs=userPassword by anonymous auth by * none\naccess to * by * read\n"
    settings.write_text(text.replace(ours[0], everybody))
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder)


def test_a_directory_that_anybody_can_read(installation: Installation, slapd: SlapdServer, open_house: Slapd) -> None:
    installation.change(slapd.ldaps_url, f"ldap://127.0.0.1:{open_house.settings.port}")
    (installation.folder / "provision").write_text("password-of-nobody")
    assert "bind_anon" in failing(installation, "directory.anonymous")["next_step"]
