"""The relay's settings from the configuration file."""

from __future__ import annotations

import os
from ipaddress import ip_network
from pathlib import Path

import pytest

from foundation.config import load
from foundation.config.of_service import directory_connection, journal_origin
from foundation.config.sections import Configuration
from foundation.errors import ConfigError
from mailrelay.configuration import settings_from
from mailrelay.service import SERVICE
from mailrelay.settings import Concurrency, Limits, NextHop, RelaySettings, RetrySettings, TlsPolicy

MINIMAL = '[organisation]\nname = "Tỉnh Thử"\ndomain = "tinh.test"\nother_domains = ["cu.test"]\n'
CERTIFICATE = '[relay.tls]\ncertificate = "mail.pem"\nkey = { file = "mail.key" }\n'


@pytest.fixture(autouse=True)
def no_variables_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("CONGVU_")]:
        monkeypatch.delenv(name)


def configuration(folder: Path, text: str = "") -> Configuration:
    path = folder / "config.toml"
    path.write_text(MINIMAL + text, encoding="utf-8")
    return load(path)


def settings(folder: Path, text: str = "") -> RelaySettings:
    return settings_from(configuration(folder, text))


def test_the_defaults_of_file_and_code_agree(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert found.limits == Limits()
    assert found.concurrency == Concurrency()
    assert found.retry == {"normal": RetrySettings(), "urgent": RetrySettings(30, 2, 600, 0.2, 86400, 900)}
    assert found.tls.outbound == TlsPolicy()
    assert found.local_delivery == NextHop("lmtp", "127.0.0.1", 24)


def test_names_and_places(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert found.domains == ("tinh.test", "cu.test")
    assert found.postmaster == "postmaster@tinh.test"
    assert found.postmaster_mailbox == ""
    assert settings(tmp_path, '[relay]\npostmaster = "QuanTri@Tinh.Test"').postmaster_mailbox == "quantri@tinh.test"
    assert found.directory.credentials == "ou=mailcredentials,dc=tinh,dc=test"
    assert found.directory.roles == "ou=roles,dc=tinh,dc=test"
    assert (found.metrics_host, found.metrics_port) == ("127.0.0.1", 9125)


def test_without_a_certificate_nobody_can_log_in_so_only_port_25_opens(tmp_path: Path) -> None:
    assert {listener.kind for listener in settings(tmp_path).listeners} == {"relay"}
    assert {listener.kind for listener in settings(tmp_path, CERTIFICATE).listeners} == {
        "relay",
        "submission",
        "submissions",
    }


def test_listeners_routes_networks_and_tls(tmp_path: Path) -> None:
    found = settings(
        tmp_path,
        f"""
[relay]
trusted_networks = ["10.1.0.0/16", "2001:db8::/32"]
smarthost = "smtp://relay.bo.example"
metrics_listen = ""
listeners = {{ relay = ["127.0.0.1:0", "[::1]:2525"] }}
routes = {{ "bo.example" = "smtp://10.1.1.1", "hop@tinh.test" = "lmtp://127.0.0.1:2424" }}
[relay.tls.destinations]
"bo.example" = "required"
"x.example" = "pinned:{"AB" * 32},{"cd" * 32}"
""",
    )
    assert [(each.kind, each.host, each.port) for each in found.listeners] == [
        ("relay", "127.0.0.1", 0),
        ("relay", "::1", 2525),
    ]
    assert found.trusted_networks == (ip_network("10.1.0.0/16"), ip_network("2001:db8::/32"))
    assert found.routes["hop@tinh.test"] == NextHop("lmtp", "127.0.0.1", 2424)
    assert found.smarthost == NextHop("smtp", "relay.bo.example", 25)
    assert found.metrics_port == 0
    assert found.tls.destinations["bo.example"] == TlsPolicy("required")
    assert found.tls.destinations["x.example"] == TlsPolicy("pinned", ("ab" * 32, "cd" * 32))


def test_a_filter_needs_a_way_back(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        settings(tmp_path, '[relay]\nfilter = "smtp://127.0.0.1:10025"\n')
    assert [problem.column for problem in caught.value.problems] == ["relay.filter"]


def test_the_way_back_from_the_filter_is_on_this_machine(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        settings(tmp_path, '[relay.listeners]\nreinjection = ["127.0.0.1:10026", "10.0.0.1:10026"]\n')
    (problem,) = caught.value.problems
    assert "10.0.0.1" in problem.message.en


def test_mail_is_signed_only_for_the_domains_that_are_named(tmp_path: Path) -> None:
    assert settings(tmp_path).dkim_key is None
    found = settings(tmp_path, '[relay.dkim]\ndomains = ["tinh.test"]\nkey = { file = "dkim.pem" }\n')
    assert found.dkim_key == tmp_path / "dkim.pem"


def test_the_directory_is_asked_as_the_relay_or_as_the_account_of_the_directory_section(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).touch(mode=0o600)
        (tmp_path / name).write_text(f"password {name}")
    plain = '[directory]\nbind_password = { file = "a" }\n'
    own = f'{plain}[relay]\nbind_password = {{ file = "b" }}\n'
    connection = directory_connection(configuration(tmp_path, plain), SERVICE)
    assert (connection.bind_dn, connection.password) == ("cn=provision,ou=services,dc=tinh,dc=test", "password a")
    connection = directory_connection(configuration(tmp_path, own), SERVICE)
    assert (connection.bind_dn, connection.password) == ("cn=relay,ou=services,dc=tinh,dc=test", "password b")


def test_the_journal_has_the_name_of_the_tool(tmp_path: Path) -> None:
    assert journal_origin(configuration(tmp_path), SERVICE) == "tinh.test/mailrelay"


def test_reports_may_be_worded_by_the_administrator(tmp_path: Path) -> None:
    assert settings(tmp_path).templates is None
    assert settings(tmp_path, '[templates]\ndirectory = "own"\n').templates == tmp_path / "own"
