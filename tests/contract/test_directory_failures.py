"""Whatever goes wrong with the directory is one `Unreachable` that names the cause: no traceback, no guess."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from congvu.servers.certificates import ServerCertificate, make_certificate
from foundation import clock
from foundation.directory import ldap
from foundation.directory.connection import ConnectionSettings
from foundation.directory.ldap import connect
from foundation.errors import Unreachable
from tests.support.directory_entries import BASE, PASSWORD, person, person_dn
from tests.support.ldap_messages import done_message, entry_message
from tests.support.scripted_server import Reply, bind_succeeded, cutting_proxy, ldap_message, scripted_server
from tests.support.slapd_server import SlapdServer, free_port

pytestmark = pytest.mark.server

SETTINGS = ConnectionSettings(
    "", BASE, "cn=provision,dc=tinh,dc=test", "secret", connect_timeout_seconds=5, receive_timeout_seconds=1
)


def an_entry(message_id: int) -> bytes:
    return entry_message("cn=a", {"cn": ["a"]}, message_id)


def failure(settings: ConnectionSettings, *, search: bool = False) -> str:
    """What an administrator reads when this connection, or a search on it, fails."""

    def attempt() -> None:
        with connect(settings) as directory:
            if search:
                list(directory.search(BASE, "(objectClass=*)", ["cn"]))

    with pytest.raises(Unreachable) as failed:
        attempt()
    assert failed.value.hint is not None
    assert failed.value.exit_code == 69
    assert failed.value.message.vi != failed.value.message.en
    return failed.value.message.en


def test_nothing_listens_there() -> None:
    assert "connection refused" in failure(replace(SETTINGS, url=f"ldap://127.0.0.1:{free_port()}"))


def test_no_such_socket(tmp_path: Path) -> None:
    assert "no such socket" in failure(
        ConnectionSettings(f"ldapi://{str(tmp_path / 'none').replace('/', '%2F')}", BASE)
    )


def test_no_such_host() -> None:
    message = failure(replace(SETTINGS, url="ldaps://no-such-host.invalid"))
    assert "no host named no-such-host.invalid" in message


@pytest.mark.parametrize("scheme", ["ldap", "ldaps"])
def test_a_server_that_never_answers(scheme: str) -> None:
    with scripted_server([], hang_up=False) as port:
        message = failure(replace(SETTINGS, url=f"{scheme}://127.0.0.1:{port}"))
    assert "timeout while" in message


def test_a_server_that_falls_silent_in_a_search() -> None:
    with scripted_server([bind_succeeded, lambda number: an_entry(number)[:-3]], hang_up=False) as port:
        assert "timeout while reading" in failure(replace(SETTINGS, url=f"ldap://127.0.0.1:{port}"), search=True)


@pytest.mark.parametrize("replies", [[], [lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n"]], ids=["silent", "HTTP"])
def test_a_server_that_is_none(replies: list[Reply]) -> None:
    with scripted_server(replies) as port:
        failure(replace(SETTINGS, url=f"ldap://127.0.0.1:{port}"))


@pytest.mark.parametrize(
    "reply",
    [
        lambda number: an_entry(number),
        lambda number: an_entry(number)[:-4],
        lambda _: ldap_message(0, bytes.fromhex("78070a013404000400")),
    ],
    ids=["between entries", "within an entry", "with a notice of disconnection"],
)
def test_a_connection_lost_in_mid_search(reply: Reply) -> None:
    with scripted_server([bind_succeeded, reply]) as port:
        assert "connection was lost" in failure(replace(SETTINGS, url=f"ldap://127.0.0.1:{port}"), search=True)


def test_an_answer_that_is_nonsense() -> None:
    with scripted_server([bind_succeeded, lambda _: b"HTTP/1.1 200 OK\r\n"], hang_up=False) as port:
        message = failure(replace(SETTINGS, url=f"ldap://127.0.0.1:{port}"), search=True)
    assert "cannot be understood" in message


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (3, "time limit"),
        (4, "size limit"),
        (11, "administrative limit"),
        (12, "lacks a control"),
        (50, "insufficient rights"),
        (51, "busy"),
        (52, "unavailable"),
        (53, "unwilling"),
        (80, "internal error"),
        (77, "77"),
    ],
)
def test_a_refusal_in_a_search_is_named(code: int, expected: str) -> None:
    def reply(number: int) -> bytes:
        return an_entry(number) + done_message(code, b"", "the words", number)

    with scripted_server([bind_succeeded, reply]) as port:
        message = failure(replace(SETTINGS, url=f"ldap://127.0.0.1:{port}"), search=True)
    assert expected in message
    assert "the words" in message


# ---- with the real server --------------------------------------------------------------------------------------------


def test_a_refused_bind(slapd: SlapdServer) -> None:
    message = failure(replace(slapd.settings(), password="wrong-password"))
    assert "bind is refused" in message
    assert "wrong-password" not in message


@pytest.mark.parametrize("after_bytes", [60, 2_000, 8_000])
def test_a_cut_connection_never_shortens_an_answer(
    slapd: SlapdServer, after_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ldap, "PAGE_SIZE", 20)
    slapd.add_all({person_dn(f"p{number}"): person(f"p{number}") for number in range(60)})
    with cutting_proxy(urlsplit(slapd.url).port or 0, after_bytes) as port:
        settings = replace(slapd.settings(), url=f"ldap://127.0.0.1:{port}")
        with pytest.raises(Unreachable), connect(settings) as directory:
            list(directory.search(BASE, "(objectClass=*)", ["cn", "mail", "title", "congvuPost"]))


def test_a_size_limit_never_shortens_an_answer(slapd: SlapdServer) -> None:
    slapd.add_all({person_dn(f"p{number}"): person(f"p{number}") for number in range(510)})
    slapd.replace(person_dn("p0"), {"userPassword": [PASSWORD]})
    as_a_person = ConnectionSettings(slapd.url, BASE, person_dn("p0"), PASSWORD)
    assert "size limit" in failure(as_a_person, search=True)


def test_a_stopped_server_is_noticed_by_an_open_connection(slapd: SlapdServer) -> None:
    with slapd.directory() as directory:
        slapd.stop()
        try:
            with pytest.raises(Unreachable) as failed:
                directory.read(BASE, ["dc"])
        finally:
            slapd.start()
    assert "connection was lost" in failed.value.message.en


# ---- certificates ----------------------------------------------------------------------------------------------------


@contextmanager
def tls_server(folder: Path, certificate: ServerCertificate) -> Iterator[tuple[int, Path]]:
    """A TLS server with this certificate that answers a bind; its port and the file of its authority."""
    (folder / "server.pem").write_bytes(certificate.certificate)
    (folder / "server.key").write_bytes(certificate.key)
    (folder / "ca.pem").write_bytes(certificate.authority)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    with scripted_server([bind_succeeded], hang_up=False, context=context) as port:
        yield port, folder / "ca.pem"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_certificate_for_the_name_or_the_address_is_trusted(tmp_path: Path, host: str) -> None:
    with tls_server(tmp_path, make_certificate()) as (port, authority):
        connect(replace(SETTINGS, url=f"ldaps://{host}:{port}", ca_file=authority)).close()


@pytest.mark.parametrize(
    ("names", "host", "why"),
    [(("other.test",), "localhost", "Hostname mismatch"), (("other.test",), "127.0.0.1", "IP address mismatch")],
)
def test_a_certificate_for_another_name_is_refused(tmp_path: Path, names: tuple[str, ...], host: str, why: str) -> None:
    with tls_server(tmp_path, make_certificate(names)) as (port, authority):
        message = failure(replace(SETTINGS, url=f"ldaps://{host}:{port}", ca_file=authority))
    assert "not trusted" in message
    assert why in message


def test_a_certificate_of_an_unknown_authority_is_refused(tmp_path: Path) -> None:
    with tls_server(tmp_path, make_certificate()) as (port, _):
        message = failure(replace(SETTINGS, url=f"ldaps://localhost:{port}", ca_file=None))
    assert "not trusted" in message
    assert "unable to get local issuer certificate" in message or "self-signed" in message


def test_an_expired_certificate_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long_ago = clock.now() - timedelta(days=365 * 11)
    with monkeypatch.context() as patched:
        patched.setattr(clock, "now", lambda: long_ago)
        expired = make_certificate()
    with tls_server(tmp_path, expired) as (port, authority):
        assert "expired" in failure(replace(SETTINGS, url=f"ldaps://localhost:{port}", ca_file=authority))


def test_a_ca_file_that_is_missing_or_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "none.pem").write_text("no certificate")
    for path in (tmp_path / "missing.pem", tmp_path / "none.pem"):
        assert str(path) in failure(replace(SETTINGS, url="ldaps://localhost:1", ca_file=path))


def test_start_tls_is_verified_like_ldaps(slapd: SlapdServer, tmp_path: Path) -> None:
    port = urlsplit(slapd.url).port
    for host in ("127.0.0.1", "localhost"):
        settings = replace(slapd.settings(), url=f"ldap://{host}:{port}", start_tls=True)
        with connect(settings) as directory:
            assert directory.connection.tls_started
            assert directory.read(BASE, ["dc"]) is not None
    (tmp_path / "ca.pem").write_bytes(make_certificate().authority)
    assert "not trusted" in failure(replace(settings, ca_file=tmp_path / "ca.pem"))


def test_tls_older_than_1_2_is_never_spoken(slapd: SlapdServer) -> None:
    with connect(slapd.settings(url=slapd.ldaps_url)) as directory:
        assert directory.connection.socket.version() in ("TLSv1.2", "TLSv1.3")
        assert directory.connection.socket.context.minimum_version == ssl.TLSVersion.TLSv1_2
        assert directory.connection.socket.context.verify_mode == ssl.CERT_REQUIRED
        assert directory.connection.socket.context.check_hostname
