"""Root sees everything; the account that runs the service does not. Whoever is not root sees it without this check."""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from congvu.doctor.findings import Finding
from congvu.doctor.service_user import check_service_user
from foundation.config import load

USER = "nobody"


@pytest.fixture
def config_file() -> Iterator[Path]:
    """A sound installation for the account nobody, in a folder that it can walk to."""
    folder = Path(tempfile.mkdtemp(prefix="congvu-user-"))
    folder.chmod(0o755)
    for name in ("keys", "spool", "data"):
        (folder / name).mkdir(mode=0o700)
        _give(folder / name)
    for name in ("keys/journal.keys", "relay.password"):
        (folder / name).write_text("bí mật")
        (folder / name).chmod(0o600)
        _give(folder / name)
    path = folder / "config.toml"
    path.write_text(
        '[organisation]\nname = "Tỉnh Thử"\ndomain = "tinh.test"\n[storage]\nurl = "sqlite:data"\n'
        '[keys]\ndirectory = "keys"\n[directory]\nurl = "ldapi:///"\nbase = "dc=tinh,dc=test"\n'
        '[relay]\nhostname = "mail.tinh.test"\nspool = "spool"\nbind_password = { file = "relay.password" }\n'
    )
    path.chmod(0o644)
    yield path
    shutil.rmtree(folder)


def _give(path: Path, user: str = USER) -> None:
    if os.geteuid() == 0:
        account = pwd.getpwnam(user)
        os.chown(path, account.pw_uid, account.pw_gid)


def findings(config_file: Path, user: str = USER) -> list[Finding]:
    return list(check_service_user(load(config_file), config_file, user))


def test_an_installation_that_the_service_can_use(config_file: Path) -> None:
    assert [finding.state for finding in findings(config_file)] == (["ok"] if os.geteuid() == 0 else [])


@pytest.mark.parametrize("name", ["config.toml", "keys", "relay.password", "spool", "data"])
def test_what_belongs_to_root_is_of_no_use_to_the_service(config_file: Path, name: str) -> None:
    path = config_file.parent / name
    _give(path, "root")
    path.chmod(0o700 if path.is_dir() else 0o600)
    found = findings(config_file)
    assert [finding.state for finding in found] == (["failed"] if os.geteuid() == 0 else [])
    assert all(str(path) in finding.detail.en and finding.next_step for finding in found)


def test_without_the_account_there_is_nothing_to_check(config_file: Path) -> None:
    assert findings(config_file, "no-such-account") == []
