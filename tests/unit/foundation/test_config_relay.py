"""The `[relay]` section: defaults, forms of values, and everything wrong at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from foundation.config import load
from foundation.errors import ConfigError, Problem

MINIMAL = '[organisation]\nname = "Tỉnh Thử"\ndomain = "tinh.test"\n'


@pytest.fixture(autouse=True)
def no_variables_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("CONGVU_")]:
        monkeypatch.delenv(name)


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(MINIMAL + text, encoding="utf-8")
    return path


def problems(folder: Path, text: str) -> dict[str, Problem]:
    with pytest.raises(ConfigError) as caught:
        load(written(folder, text))
    return {problem.column: problem for problem in caught.value.problems}


def test_without_the_section_its_defaults_hold(tmp_path: Path) -> None:
    section = load(written(tmp_path, "")).relay
    assert section.hostname == "mail.tinh.test"
    assert section.bind_dn == "cn=relay,ou=services,dc=tinh,dc=test"
    assert section.trusted_networks == ()
    assert section.retry.normal.expire_seconds == 5 * 86400
    assert section.retry.urgent.first_seconds == 30


def test_one_key_of_an_urgent_schedule_leaves_the_other_urgent_defaults(tmp_path: Path) -> None:
    section = load(written(tmp_path, "[relay.retry]\nurgent = { first_seconds = 10 }\n")).relay
    assert section.retry.urgent.first_seconds == 10
    assert section.retry.urgent.longest_seconds == 600


def test_every_wrong_value_is_told_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        """
[relay]
trusted_networks = ["10.0.0.1/8", "nowhere"]
local_delivery = "http://127.0.0.1"
metrics_listen = "9125"
list_senders = "nobody"
postmaster = "nobody"
[relay.listeners]
relay = ["0.0.0.0"]
submission = ["0.0.0.0:99999"]
[relay.routes]
"bo.example" = "smtp://"
[relay.tls]
outbound = "always"
[relay.limits]
recipients = 0
message_bytes = 1000
""",
    )
    assert set(found) == {
        "relay.trusted_networks.0",
        "relay.trusted_networks.1",
        "relay.local_delivery",
        "relay.metrics_listen",
        "relay.list_senders",
        "relay.postmaster",
        "relay.listeners.relay.0",
        "relay.listeners.submission.0",
        "relay.routes.bo.example",
        "relay.tls.outbound",
        "relay.limits.recipients",
        "relay.limits.message_bytes",
    }


@pytest.mark.parametrize(
    "hop",
    [
        "smtp://10.1.1.1",
        "smtp://mail.bo.example:2525",
        "smtp://bo.example?mx=yes",
        "lmtp://127.0.0.1:24",
        "lmtp://[::1]:24",
        "lmtp+unix:///run/dovecot/lmtp",
    ],
)
def test_next_hops(tmp_path: Path, hop: str) -> None:
    assert load(written(tmp_path, f'[relay]\nsmarthost = "{hop}"\n')).relay.smarthost == hop


@pytest.mark.parametrize(
    "hop",
    ["http://x", "smtp://", "smtp://ai:mat@x", "lmtp://x?mx=yes", "lmtp+unix://x/y", "smtp://x:0", "x", "smtp://x/y"],
)
def test_what_is_no_next_hop(tmp_path: Path, hop: str) -> None:
    found = problems(tmp_path, f'[relay]\nsmarthost = "{hop}"\n')
    assert "smtp://" in found["relay.smarthost"].hint.en  # type: ignore[union-attr]


def test_routes_are_compared_in_one_spelling(tmp_path: Path) -> None:
    section = load(
        written(
            tmp_path,
            '[relay.routes]\n"Bo.Example" = "smtp://a"\n"HOP@Tinh.Test" = "lmtp://b:1"\n".gov.example" = "smtp://c"\n',
        )
    ).relay
    assert set(section.routes) == {"bo.example", "hop@tinh.test", ".gov.example"}


@pytest.mark.parametrize("name", ["bo.example", ".example", "10.1.1.1", "10.1.1.1:25", "mail.bo.example:2525"])
def test_tls_destinations(tmp_path: Path, name: str) -> None:
    section = load(written(tmp_path, f'[relay.tls.destinations]\n"{name}" = "pinned:{"ab" * 32}"\n')).relay
    assert set(section.tls.destinations) == {name}


def test_a_certificate_needs_its_key(tmp_path: Path) -> None:
    found = problems(tmp_path, '[relay.tls]\ncertificate = "mail.pem"\n')
    assert "together" in found["relay.tls"].message.en


def test_a_key_in_a_variable_is_refused_because_tls_reads_files(tmp_path: Path) -> None:
    found = problems(tmp_path, '[relay.tls]\ncertificate = "mail.pem"\nkey = { env = "KEY" }\n')
    assert "file" in found["relay.tls"].message.en


def test_the_key_of_dkim_lies_with_the_other_keys(tmp_path: Path) -> None:
    section = load(written(tmp_path, '[keys]\ndirectory = "/srv/keys"\n')).relay
    assert section.dkim.key.place == "/srv/keys/dkim.pem"


def test_a_variable_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONGVU_RELAY__LIMITS__RECIPIENTS", "500")
    monkeypatch.setenv("CONGVU_RELAY__TRUSTED_NETWORKS", '["10.0.0.0/8"]')
    section = load(written(tmp_path, "")).relay
    assert section.limits.recipients == 500
    assert section.trusted_networks == ("10.0.0.0/8",)
