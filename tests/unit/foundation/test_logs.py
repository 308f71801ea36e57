"""Logs: one event is one line, secrets are masked, and the journal gets priorities instead of times."""

from __future__ import annotations

import errno
import io
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from foundation import logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    target = io.StringIO()
    logs.configure(2, target)
    yield target
    logging.getLogger("congvu").handlers.clear()


def test_an_event_is_one_line_whatever_its_values_hold(stream: io.StringIO) -> None:
    logs.event(logging.INFO, "provision.apply", "wrote\nentries", dn="uid=a\r\nb", count=3, nothing=None, text='a "b"')
    (line,) = stream.getvalue().splitlines()
    assert line.endswith(r'info provision.apply: wrote\nentries dn="uid=a\\r\\nb" count=3 text="a \"b\""')


@pytest.mark.parametrize("name", ["password", "bind_password", "secret", "token", "totp_secret", "Authorization"])
def test_secrets_are_masked_by_name(stream: io.StringIO, name: str) -> None:
    logs.event(logging.WARNING, "x", "y", **{name: "hunter2"})
    assert "hunter2" not in stream.getvalue()


def test_passwords_in_urls_are_masked(stream: io.StringIO) -> None:
    logs.event(logging.WARNING, "x", "cannot reach ldap://u:hunter2@h", url="postgresql://u:hunter2@db/x")
    assert "hunter2" not in stream.getvalue()
    assert "postgresql://u:***@db/x" in stream.getvalue()


def test_tokens_in_addresses_are_masked(stream: io.StringIO) -> None:
    address = "hop+k7q2m9x4c1d8v5zt@tinh.test"
    logs.event(logging.WARNING, "x", f"550 <{address.upper()}> unknown", recipient=address, sender="an+tin@tinh.test")
    line = stream.getvalue()
    assert "hop+k7q2…@tinh.test" in line
    assert "HOP+K7Q2…@TINH.TEST" in line
    assert "m9x4" not in line.lower()
    assert "an+tin@tinh.test" in line


def test_what_steers_a_terminal_is_escaped() -> None:
    assert logs.one_line("a\x1b[31mb\u202ec") == r"a\x1b[31mb\u202ec"
    assert logs.one_line("Nguyễn Văn Ước") == "Nguyễn Văn Ước"


def test_the_journal_gets_priorities_and_no_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal"
    with path.open("w+", encoding="utf-8") as target:
        status = os.fstat(target.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{status.st_ino}")
        logs.configure(0, target)
        logs.event(logging.ERROR, "doctor", "no directory")
        logs.event(logging.INFO, "doctor", "not shown without -v")
    logging.getLogger("congvu").handlers.clear()
    assert path.read_text() == "<3>doctor: no directory\n"


class FullDisk(io.StringIO):
    """Takes nothing until there is room."""

    room = False

    def write(self, text: str) -> int:
        if not self.room:
            raise OSError(errno.ENOSPC, "no space left on device")
        return super().write(text)


def test_a_log_that_cannot_be_written_disturbs_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    stream = FullDisk()
    logs.configure(1, stream)
    logs.event(logging.ERROR, "mailrelay", "lost")
    stream.room = True
    logs.event(logging.ERROR, "mailrelay", "told")
    assert "told" in stream.getvalue()
    assert "lost" not in stream.getvalue()
    logging.getLogger("congvu").handlers.clear()
    assert capsys.readouterr().err == ""
