"""What the service manager is told, over a socket as systemd opens one."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from foundation.daemon import service_manager


def test_nobody_is_told_when_nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not service_manager.notify(service_manager.READY)


def test_the_service_manager_hears_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        assert service_manager.notify(service_manager.READY, service_manager.status("đang\nchạy"))
        assert manager.recv(1000).decode() == "READY=1\nSTATUS=đang chạy"


def test_a_manager_that_is_gone_does_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    assert not service_manager.notify(service_manager.ALIVE)


@pytest.mark.parametrize(
    ("microseconds", "pid", "seconds"),
    [("30000000", "", 15.0), ("30000000", "self", 15.0), ("30000000", "1", None), ("", "", None), ("0", "", None)],
)
def test_the_watchdog_is_fed_twice_as_often_as_asked(
    monkeypatch: pytest.MonkeyPatch, microseconds: str, pid: str, seconds: float | None
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", microseconds)
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()) if pid == "self" else pid)
    assert service_manager.watchdog_seconds() == seconds


def test_a_reload_says_when_it_began() -> None:
    first, second = service_manager.reloading().split("\n")
    assert first == "RELOADING=1"
    assert int(second.removeprefix("MONOTONIC_USEC=")) > 0
