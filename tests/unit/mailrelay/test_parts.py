"""What a reload may change while the daemon runs, and what waits for a restart."""

from __future__ import annotations

import ast
import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

from foundation import key_files
from foundation.daemon.reloading import kept_until_restart
from foundation.errors import ConfigError
from foundation.keys import KINDS
from mailrelay import parts
from mailrelay.parts import WAITS_FOR_RESTART, load_signer
from mailrelay.settings import Concurrency, Limits, NextHop, RelaySettings
from tests.support.relay_book import relay_settings


def test_limits_and_routes_change_at_once() -> None:
    old = relay_settings()
    new = replace(old, limits=Limits(recipients=5), smarthost=NextHop("smtp", "x", 25))
    assert kept_until_restart(old, new, WAITS_FOR_RESTART) == (new, [])


def test_spool_and_sockets_wait_for_a_restart() -> None:
    old = relay_settings()
    new = replace(old, spool=Path("/other"), control_group="mail", metrics_port=1, limits=Limits(recipients=5))
    kept, waiting = kept_until_restart(old, new, WAITS_FOR_RESTART)
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


MAILRELAY = Path(parts.__file__).parent
TAKEN_BY = {
    "hostname": "reception",
    "domains": "parts.py",
    "language": "nobody",
    "timezone": "reception",
    "listeners": "reception",
    "trusted_networks": "policy",
    "local_delivery": "sending",
    "routes": "sending",
    "smarthost": "sending",
    "filter": "dispatch",
    "tls": "reception",
    "retry": "dispatch",
    "dkim_domains": "parts.py",
    "dkim_key": "parts.py",
    "dkim_selector": "parts.py",
    "organisation": "dispatch",
    "templates": "dispatch",
    "nameservers": "sending",
    "applications": "policy",
    "list_senders": "policy",
    "postmaster_mailbox": "policy",
    "limits.message_bytes": "reception",
    "limits.recipients": "reception",
    "limits.line_bytes": "reception",
    "limits.connections": "reception",
    "limits.connections_per_address": "reception",
    "limits.command_timeout_seconds": "reception",
    "limits.session_seconds": "reception",
    "limits.minimum_bytes_per_second": "reception",
    "limits.memory_bytes": "parts.py",
    "limits.errors_per_session": "reception",
    "limits.messages_per_account_hour": "policy",
    "limits.recipients_per_account_day": "policy",
    "limits.messages_per_address_minute": "policy",
    "limits.authentication_failures": "reception",
    "limits.free_disk_percent": "parts.py",
    "limits.received_headers": "policy",
    "concurrency.connections_per_destination": "sending",
    "concurrency.connections": "sending",
    "concurrency.in_flight": "dispatch",
    "concurrency.idle_seconds": "sending",
    "concurrency.messages_per_connection": "sending",
}
"""Where each key that a reload takes is read: a room that is given the new settings, or `Parts.reload` itself."""


def test_every_key_is_taken_by_a_reload_or_waits_for_a_restart() -> None:
    nested = {"limits": Limits, "concurrency": Concurrency}
    keys = {each.name for each in fields(RelaySettings)} - set(nested)
    keys |= {f"{section}.{each.name}" for section, kind in nested.items() for each in fields(kind)}
    assert set(TAKEN_BY) | set(WAITS_FOR_RESTART) == keys
    assert not set(TAKEN_BY) & set(WAITS_FOR_RESTART)
    for key, place in TAKEN_BY.items():
        folder = MAILRELAY / place
        sources = [folder] if place.endswith(".py") else sorted(folder.glob("*.py"))
        name = key.rpartition(".")[2]
        assert place == "nobody" or any(re.search(rf"\.{name}\b", each.read_text()) for each in sources), key


def test_what_a_part_gets_at_the_start_it_gets_again() -> None:
    """Whatever the opening reads out of the settings must be read by a reload too, or wait for a restart."""
    trees = [ast.parse((MAILRELAY / name).read_text()) for name in ("parts.py", "assembly.py")]
    every = [each for tree in trees for each in ast.walk(tree)]
    functions = {each.name: each for each in every if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}
    reading = re.compile(r"settings\.((?:limits\.|concurrency\.)?[a-z_]+)")
    again = reading.findall(ast.unparse(functions["reload"]))
    once = [
        key
        for name, each in functions.items()
        if name.startswith("_open")
        for key in reading.findall(ast.unparse(each))
    ]
    assert once
    assert set(once) - set(again) - set(WAITS_FOR_RESTART) == set()
