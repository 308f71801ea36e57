"""The configuration that a sandbox writes is one that our commands load and the relay takes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from congvu.sandbox_configuration import HOSTNAME, configuration_text
from congvu.sandbox_settings import NAMES, Ports, SandboxSettings
from foundation import clock
from foundation.config import load
from mailrelay.configuration import settings_from

PORTS = Ports(**{name: 20000 + number for number, name in enumerate(NAMES)})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("CONGVU_")]:
        monkeypatch.delenv(name)
    (tmp_path / "clock").touch()
    text = configuration_text(SandboxSettings(PORTS, True, None), tmp_path / 'a "quoted" \\ name' / "control")
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    return tmp_path


def test_the_relay_takes_it(folder: Path) -> None:
    try:
        settings = settings_from(load(folder / "config.toml"))
    finally:
        clock.use_clock_file(None)
    assert settings.hostname == HOSTNAME
    assert settings.trusted_networks == ()
    assert settings.postmaster_mailbox == "vanthu.vpub@tinh.test"
    assert [(listener.kind, listener.host, listener.port) for listener in settings.listeners] == [
        ("relay", "127.0.0.1", PORTS.relay),
        ("submission", "127.0.0.1", PORTS.submission),
        ("submissions", "127.0.0.1", PORTS.submissions),
    ]
    assert (settings.local_delivery.protocol, settings.local_delivery.port) == ("lmtp", PORTS.lmtp)
    assert settings.control_socket == folder / 'a "quoted" \\ name' / "control"
    assert settings.tls.certificate == folder / "tls" / "server.pem"
    assert settings.dkim_domains == ("tinh.test",)
    assert settings.metrics_port == PORTS.metrics
