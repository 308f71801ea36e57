"""The units, the script that installs them and doctor speak of the same programs, account and folders."""

from __future__ import annotations

import re
import subprocess

import pytest

from congvu.doctor.service_user import SERVICE_USER
from foundation.resources import deploy_folder

SERVICES = ("mailrelay", "meetings")
SCRIPT = deploy_folder() / "systemd" / "install"


def value(name: str, text: str) -> str:
    found = re.search(rf"^{name}=(.*)$", text, re.MULTILINE)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("service", SERVICES)
def test_the_unit_starts_what_the_script_installs(service: str) -> None:
    script, unit = SCRIPT.read_text(), (deploy_folder() / "systemd" / f"congvu-{service}.service").read_text()
    assert value("ExecStart", unit).startswith(f"{value('PROGRAMS', script)}/bin/{service} serve ")
    assert re.search(rf"^for program in .*\b{service}\b", script, re.MULTILINE)
    assert re.search(rf"^for unit in .*\bcongvu-{service}\b", script, re.MULTILINE)
    assert value("User", unit) == value("Group", unit) == value("USER_NAME", script) == SERVICE_USER
    documents = value("Documentation", unit).removeprefix("file://").rpartition("/")[0]
    assert f"{documents}/" in script


@pytest.mark.parametrize("folder", ["/etc/congvu", "/var/lib/congvu", "/var/spool/congvu"])
def test_every_folder_of_the_configuration_is_made(folder: str) -> None:
    assert re.search(rf"^install -d .*{folder}\b", SCRIPT.read_text(), re.MULTILINE)


@pytest.mark.parametrize("name", ["systemd/install", "dovecot/end-suspended-sessions"])
def test_the_scripts_are_shell(name: str) -> None:
    assert subprocess.run(["/bin/sh", "-n", deploy_folder() / name], check=False).returncode == 0
