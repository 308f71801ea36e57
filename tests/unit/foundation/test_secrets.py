"""Secrets: resolved when used, refused when others can read them, never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from foundation.config import Secret
from foundation.errors import ConfigError


def file_secret(path: Path, content: bytes = b"hunter2\n", mode: int = 0o600) -> Secret:
    path.write_bytes(content)
    path.chmod(mode)
    return Secret("file", str(path))


def test_a_private_file_is_read_without_the_line_end(tmp_path: Path) -> None:
    assert file_secret(tmp_path / "s", b"hunter2\r\n").read() == "hunter2"
    assert file_secret(tmp_path / "t", b"two\nlines\n\n").read() == "two\nlines\n"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o601])
def test_a_file_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(ConfigError) as caught:
        file_secret(tmp_path / "s", mode=mode).read()
    assert caught.value.hint is not None
    assert "chmod 600" in caught.value.hint.en
    assert "hunter2" not in str(caught.value.message)


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe", b"x" * ((1 << 20) + 1)])
def test_unusable_contents_are_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ConfigError):
        file_secret(tmp_path / "s", content).read()


def test_missing_files_folders_and_variables_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONGVU_TEST_SECRET", raising=False)
    for secret in (
        Secret("file", str(tmp_path / "none")),
        Secret("file", str(tmp_path)),
        Secret("env", "CONGVU_TEST_SECRET"),
    ):
        with pytest.raises(ConfigError):
            secret.read()


def test_a_variable_and_a_systemd_credential_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONGVU_TEST_SECRET", "hunter2")
    assert Secret("env", "CONGVU_TEST_SECRET").read() == "hunter2"
    credential = Secret("credential", "provision")
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(ConfigError):
        credential.read()
    # systemd grants the unit's user by an ACL, which shows as group bits: not ours to judge.
    file_secret(tmp_path / "provision", mode=0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert credential.read() == "hunter2"
