"""The configuration that a sandbox writes is one that our commands load, and that relay and meetings server take."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from congvu.sandbox_configuration import HOSTNAME, configuration_text
from congvu.sandbox_folder import SandboxFolder
from congvu.sandbox_settings import NAMES, Ports, SandboxSettings, read_settings, write_json
from foundation import clock
from foundation.config import load
from mailrelay.configuration import settings_from
from meetings.configuration import settings_from as meetings_settings

PORTS = Ports(**{name: 20000 + number for number, name in enumerate(NAMES)})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("CONGVU_")]:
        monkeypatch.delenv(name)
    (tmp_path / "clock").touch()
    awkward = tmp_path / 'a "quoted" \\ name'
    text = configuration_text(SandboxSettings(PORTS, True, None), awkward / "control", awkward / "meetings")
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    return tmp_path


def test_its_head_says_that_own_lines_are_lost(folder: Path) -> None:
    head = (folder / "config.toml").read_text(encoding="utf-8").partition("[organisation]")[0]
    assert "sẽ mất" in head
    assert "are lost" in head
    assert "CONGVU_MEETINGS__WORKING_DAYS" in head


def test_the_week_has_leaders_as_soon_as_there_are_some(tmp_path: Path) -> None:
    folder = SandboxFolder(tmp_path / "thử")
    folder.make()
    folder.claim()
    folder.prepare()
    settings = read_settings(folder.settings_file)
    assert settings is not None
    assert load(folder.configuration).meetings.week.leaders == ()
    write_json(folder.people, {"people": 5, "samples": [{"role": "leader"}]})
    folder.write_configuration(settings)
    assert load(folder.configuration).meetings.week.leaders == ("vpub",)


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


def test_relay_and_meetings_server_find_each_other(folder: Path) -> None:
    try:
        configuration = load(folder / "config.toml")
        settings = meetings_settings(configuration)
    finally:
        clock.use_clock_file(None)
    assert (settings.organiser, settings.bounce_address) == ("hop@tinh.test", "hop-bao-phat@tinh.test")
    assert (settings.lmtp.host, settings.lmtp.port) == ("127.0.0.1", PORTS.meetings_lmtp)
    assert settings.public_url == f"http://127.0.0.1:{PORTS.meetings_web}"
    assert settings.control_socket == folder / 'a "quoted" \\ name' / "meetings"
    assert (settings.submission.port, settings.submission.server_name) == (PORTS.submissions, HOSTNAME)
    relay = configuration.relay
    assert set(relay.routes) == settings.own_addresses
    assert {str(route) for route in relay.routes.values()} == {f"lmtp://127.0.0.1:{PORTS.meetings_lmtp}"}
    assert set(relay.applications[settings.submission.username].addresses) == settings.own_addresses
