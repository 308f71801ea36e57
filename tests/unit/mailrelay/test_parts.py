"""What a reload may change while the daemon runs, and what waits for a restart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from foundation import key_files
from foundation.errors import ConfigError
from foundation.keys import KINDS
from mailrelay.parts import kept_until_restart, load_signer
from mailrelay.settings import Limits, NextHop
from tests.support.relay_book import relay_settings


def test_limits_and_routes_change_at_once() -> None:
    old = relay_settings()
    new = replace(old, limits=Limits(recipients=5), smarthost=NextHop("smtp", "x", 25))
    assert kept_until_restart(old, new) == (new, [])


def test_spool_and_sockets_wait_for_a_restart() -> None:
    old = relay_settings()
    new = replace(old, spool=Path("/other"), control_group="mail", metrics_port=1, limits=Limits(recipients=5))
    kept, waiting = kept_until_restart(old, new)
    assert waiting == ["spool", "control_group", "metrics_port"]
    assert kept == replace(old, limits=Limits(recipients=5))


def test_nothing_is_signed_without_domains_and_a_missing_key_is_told(tmp_path: Path) -> None:
    assert load_signer(relay_settings()) is None
    with pytest.raises(ConfigError):
        load_signer(replace(relay_settings(), dkim_domains=("tinh.test",), dkim_key=tmp_path / "dkim.pem"))


def test_the_key_that_congvu_keys_makes_signs(tmp_path: Path) -> None:
    key_files.create(KINDS["dkim"], tmp_path / "dkim.pem", "Asia/Ho_Chi_Minh")
    signer = load_signer(replace(relay_settings(), dkim_domains=("tinh.test",), dkim_key=tmp_path / "dkim.pem"))
    assert signer is not None
    assert signer.sign(b"From: an@tinh.test\r\n\r\n", [b"x\r\n"]).startswith(b"DKIM-Signature:")
