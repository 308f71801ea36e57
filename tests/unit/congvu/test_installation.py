"""The unit, the script that installs it and doctor speak of the same programs, account and folders."""

from __future__ import annotations

import re
import subprocess

import pytest

from congvu.doctor.service_user import SERVICE_USER
from foundation.resources import deploy_folder

UNIT = (deploy_folder() / "systemd" / "congvu-mailrelay.service").read_text()
SCRIPT = deploy_folder() / "systemd" / "install"


def value(name: str, text: str) -> str:
    found = re.search(rf"^{name}=(.*)$", text, re.MULTILINE)
    assert found is not None
    return found[1]


def test_the_unit_starts_what_the_script_installs() -> None:
    script = SCRIPT.read_text()
    assert value("ExecStart", UNIT).startswith(f"{value('PROGRAMS', script)}/bin/mailrelay serve ")
    assert value("User", UNIT) == value("Group", UNIT) == value("USER_NAME", script) == SERVICE_USER
    documents = value("Documentation", UNIT).removeprefix("file://").rpartition("/")[0]
    assert f"{documents}/" in script


@pytest.mark.parametrize("folder", ["/etc/congvu", "/var/lib/congvu", "/var/spool/congvu"])
def test_every_folder_of_the_configuration_is_made(folder: str) -> None:
    assert re.search(rf"^install -d .*{folder}\b", SCRIPT.read_text(), re.MULTILINE)


@pytest.mark.parametrize("name", ["systemd/install", "dovecot/end-suspended-sessions"])
def test_the_scripts_are_shell(name: str) -> None:
    assert subprocess.run(["/bin/sh", "-n", deploy_folder() / name], check=False).returncode == 0
