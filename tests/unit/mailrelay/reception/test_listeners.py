"""Starting, stopping, draining, reloading; certificates; sockets that systemd hands over."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from foundation.errors import ConfigError, Unreachable
from mailrelay.reception.activation import passed_sockets
from mailrelay.reception.listeners import Reception
from mailrelay.reception.rules import RULES
from mailrelay.reception.tls import server_context
from mailrelay.settings import Listener, TlsSettings
from tests.support.reception_fakes import Rooms
from tests.support.reception_stage import Stage, reception_settings, write_certificate

CONTENT = b"Subject: x\r\n\r\n"


def test_every_kind_of_listener_has_its_address(played: Stage) -> None:
    addresses = played.reception.addresses
    assert set(addresses) == set(RULES)
    assert all(host == "127.0.0.1" and port for places in addresses.values() for host, port in places)


def test_a_port_in_use_names_itself_and_leaves_nothing_open(tmp_path: Path) -> None:
    async def start() -> None:
        rooms = Rooms()
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            listeners = (Listener("relay", "127.0.0.1", 0), Listener("reinjection", "127.0.0.1", port))
            reception = Reception(
                reception_settings(tmp_path, listeners=listeners),
                rooms.policy,
                rooms.authenticator,
                rooms.bodies,
                rooms.ledger,
                resolve=rooms.resolve,
                offer=rooms.offered.append,
                unacknowledged=rooms.unacknowledged.append,
            )
            with pytest.raises(Unreachable, match=str(port)):
                await reception.start()
            assert reception.addresses == {}

    asyncio.run(start())


def test_draining_sends_the_idle_away_and_lets_a_message_finish(open_stage: Callable[..., Stage]) -> None:
    played = open_stage()
    played.rooms.ledger.hold = True
    with played.connect() as idle, played.connect() as busy, played.connect() as lazy:
        idle.ask("EHLO may.bo.test", "250-")
        busy.envelope()
        busy.ask("DATA", "354")
        busy.send(CONTENT + b".\r\n")
        lazy.envelope()
        played.await_true(lambda: bool(played.rooms.ledger.waiting), "a commit is on its way")
        drained = asyncio.run_coroutine_threadsafe(played.reception.drain(15), played.loop)
        idle.expect("421 4.3.2")
        idle.expect_end()
        played.do(played.rooms.ledger.release)
        busy.expect("250 2.0.0 Ok")
        busy.expect("421 4.3.2")
        played.rooms.ledger.hold = False
        assert lazy.hand_over(CONTENT).startswith("250")
        lazy.expect("421 4.3.2")
        for client in (idle, busy, lazy):
            client.close()
        drained.result(20)
    assert played.reception.addresses == {}
    assert len(played.rooms.ledger.messages) == 2


def test_a_reload_takes_new_limits_and_listeners(played: Stage) -> None:
    settings = played.settings
    kept = next(each for each in settings.listeners if each.kind == "relay")
    port = played.port()
    with played.connect() as client:
        client.ask("EHLO may.bo.test", "250-")
        changed = replace(settings, listeners=(kept,), limits=replace(settings.limits, message_bytes=1000))
        played.run(played.reception.reload(changed))
        assert played.reception.addresses == {"relay": [("127.0.0.1", port)]}
        client.ask("MAIL FROM:<an@bo.test> SIZE=1001", "552 5.3.4")
        client.ask("MAIL FROM:<an@bo.test> SIZE=1000", "250")


def test_a_bad_reload_changes_nothing(played: Stage, tmp_path: Path) -> None:
    before = played.reception.addresses
    (tmp_path / "broken.pem").write_text("not a certificate")
    broken = TlsSettings(tmp_path / "broken.pem", tmp_path / "broken.pem")
    with pytest.raises(ConfigError, match=r"broken\.pem"):
        played.run(played.reception.reload(replace(played.settings, tls=broken)))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        more = (*played.settings.listeners, Listener("relay", "127.0.0.1", taken.getsockname()[1]))
        with pytest.raises(Unreachable):
            played.run(played.reception.reload(replace(played.settings, listeners=more)))
    assert played.reception.addresses == before
    with played.connect("submissions") as client:
        client.ask("EHLO may.tinh.test", "250-")


def test_a_renewed_certificate_serves_the_next_handshake(played: Stage, tmp_path: Path) -> None:
    renewed = write_certificate(tmp_path)
    played.run(played.reception.reload(replace(played.settings, tls=renewed)))
    with played.connect() as client:
        client.ask("EHLO may.bo.test", "250-")
        client.start_tls(ssl.create_default_context(cafile=str(tmp_path / "ca.pem")))
        client.ask("EHLO may.bo.test", "250-")


def test_submission_without_a_certificate_is_a_bad_configuration(open_stage: Callable[..., Stage]) -> None:
    with pytest.raises(ConfigError, match="submission"):
        open_stage(tls=TlsSettings())


def test_without_a_certificate_starttls_is_neither_offered_nor_taken(open_stage: Callable[..., Stage]) -> None:
    played = open_stage(tls=TlsSettings(), listeners=(Listener("relay", "127.0.0.1", 0),))
    with played.connect() as client:
        assert "STARTTLS" not in client.ask("EHLO may.bo.test", "250-")
        client.ask("STARTTLS", "454 4.7.0")
        client.ask("HELP", "250 2.0.0 Supported commands: AUTH BDAT DATA EHLO HELO HELP MAIL NOOP QUIT RCPT RSET VRFY")


def test_a_key_with_a_pass_phrase_does_not_ask_on_the_terminal(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization

    settings = write_certificate(tmp_path)
    assert settings.key is not None
    key = serialization.load_pem_private_key(settings.key.read_bytes(), None)
    protected = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"x"),
    )
    settings.key.write_bytes(protected)
    with pytest.raises(ConfigError, match="pass phrase"):
        server_context(settings)


def test_old_versions_of_tls_are_refused(played: Stage) -> None:
    context = played.client_context()
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with played.connect() as client:
        client.ask("EHLO may.bo.test", "250-")
        client.ask("STARTTLS", "220")
        with pytest.raises((ssl.SSLError, OSError)):
            client.shake_hands(context)
    played.await_true(lambda: not played.desk.sessions, "the session ended")


def test_a_handshake_that_fails_is_counted_and_closed(played: Stage) -> None:
    with played.connect() as client:
        client.ask("EHLO may.bo.test", "250-")
        client.ask("STARTTLS", "220")
        client.send(b"MAIL FROM:<an@bo.test>\r\n" * 10)
        played.await_true(lambda: not played.desk.sessions, "the session ended")
    assert played.reception.counters.tls_failures == 1
    assert played.desk.admission.total == 0


def test_a_handshake_that_never_begins_counts_as_a_connection(open_stage: Callable[..., Stage]) -> None:
    played = open_stage(limits={"connections_per_address": 1})
    with socket.create_connection(("127.0.0.1", played.port("submissions"))):
        played.await_true(lambda: played.desk.admission.total == 1, "it is counted")
        with played.connect(greet=False) as client:
            client.expect("421 4.7.0")
    played.await_true(lambda: played.desk.admission.total == 0, "nobody is counted any more")


def test_a_client_hello_that_comes_before_we_look_is_not_lost(played: Stage) -> None:
    looking = threading.Event()
    played.loop.call_soon_threadsafe(looking.wait)
    plain = socket.create_connection(("127.0.0.1", played.port("submissions")), 20)
    protected = played.client_context().wrap_socket(plain, server_hostname="127.0.0.1", do_handshake_on_connect=False)
    protected.setblocking(False)
    with pytest.raises(ssl.SSLWantReadError):
        protected.do_handshake()
    looking.set()
    protected.settimeout(20)
    with protected:
        protected.do_handshake()
        assert protected.recv(100).startswith(b"220 ")


def test_a_large_message_under_tls(played: Stage) -> None:
    content = b"Subject: lon\r\n\r\n" + (b"x" * 74 + b"\r\n") * 40_000
    with played.connect("submissions") as client:
        client.login()
        client.envelope(hello=False)
        assert client.hand_over(content).startswith("250")
    assert played.rooms.ledger.messages[0].body.inline == content


def test_a_client_that_cuts_tls_in_mid_commit(played: Stage) -> None:
    rooms = played.rooms
    rooms.ledger.hold = True
    client = played.connect("submissions")
    client.login()
    client.envelope(hello=False)
    client.ask("DATA", "354")
    client.send(CONTENT + b".\r\n")
    played.await_true(lambda: bool(rooms.ledger.waiting), "the commit is on its way")
    client.reset()
    played.await_true(lambda: not played.desk.sessions, "the session ended")
    played.do(rooms.ledger.release)
    assert rooms.unacknowledged == [rooms.ledger.messages[0].number]


def test_the_door_of_the_content_filter_is_for_this_machine(played: Stage) -> None:
    from mailrelay.reception.session import Session

    class Elsewhere(asyncio.Transport):
        """A connection from another machine."""

        written = b""

        def get_extra_info(self, name: str, default: object = None) -> object:
            return ("192.0.2.1", 4711) if name == "peername" else default

        def write(self, data: object) -> None:
            assert isinstance(data, bytes)
            self.written += data

        def is_closing(self) -> bool:
            return False

        def can_write_eof(self) -> bool:
            return False

        def close(self) -> None:
            session.connection_lost(None)

    transport = Elsewhere()
    session = Session(played.desk, RULES["reinjection"])
    played.do(lambda: session.connection_made(transport))
    assert transport.written == b"554 5.7.1 This port is for our own content filter\r\n"


def test_sockets_from_systemd_are_taken_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("mailrelay.reception.activation._FIRST", 3)
    assert passed_sockets() == {}
    with socket.create_server(("127.0.0.1", 0)) as listening:
        handed = os.dup(listening.fileno())
        monkeypatch.setattr("mailrelay.reception.activation._FIRST", handed)
        monkeypatch.setenv("LISTEN_PID", str(os.getpid()))
        monkeypatch.setenv("LISTEN_FDS", "1")
        monkeypatch.setenv("LISTEN_FDNAMES", "relay")
        found = passed_sockets()
        assert found["relay"][0].getsockname() == listening.getsockname()
        assert "LISTEN_FDS" not in os.environ
        assert passed_sockets() == {}
        found["relay"][0].close()
    monkeypatch.setenv("LISTEN_PID", "1")
    monkeypatch.setenv("LISTEN_FDS", "1")
    assert passed_sockets() == {}


def test_a_socket_from_systemd_stands_in_place_of_the_configured_listener(
    monkeypatch: pytest.MonkeyPatch, open_stage: Callable[..., Stage]
) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    monkeypatch.setattr("mailrelay.reception.listeners.passed_sockets", lambda: {"relay": [listening]})
    played = open_stage()
    assert played.reception.addresses["relay"] == [listening.getsockname()]
    with played.connect() as client:
        client.ask("EHLO may.bo.test", "250-")
