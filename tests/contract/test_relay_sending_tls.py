"""TLS towards other hosts: every level against good, bad and missing certificates."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from congvu.servers.certificates import ServerCertificate, make_certificate
from mailrelay.settings import NextHop, TlsPolicy, TlsSettings
from tests.support.dns_server import DnsServer
from tests.support.sending import Post, resolver_at, with_sender
from tests.support.smtp_peer import EVERYTHING, Peer

LoopFactory = Callable[[], asyncio.AbstractEventLoop]
BOTH_LOOPS = pytest.mark.parametrize("factory", [asyncio.new_event_loop, uvloop.new_event_loop])
CERTIFICATE = make_certificate()
OTHER_NAME = make_certificate(("elsewhere.test",))
LARGE = b"Subject: x\r\n\r\n" + b"a line of an official document\r\n" * 100_000


def pin(certificate: ServerCertificate) -> str:
    key = x509.load_pem_x509_certificate(certificate.certificate).public_key()
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def towards(policy: TlsPolicy, ca: ServerCertificate | None = None, folder: Path | None = None) -> TlsSettings:
    """The policy for loopback; `ca` becomes the file of authorities."""
    path = None
    if ca is not None and folder is not None:
        path = folder / "ca.pem"
        path.write_bytes(ca.authority)
    return TlsSettings(ca_file=path, destinations={"127.0.0.1": policy, "xa.test": policy})


def smtp(peer: Peer) -> NextHop:
    return NextHop("smtp", "127.0.0.1", peer.port)


@BOTH_LOOPS
def test_opportunistic_takes_any_certificate(factory: LoopFactory) -> None:
    async def scene(post: Post) -> None:
        async with Peer(certificate=OTHER_NAME) as peer:
            for body in (b"x\r\n\r\n", LARGE):
                result = await post.one(smtp(peer), "a@xa.test", body=body)
                assert result.recipients[0].kind == "sent"
                assert result.tls.startswith("TLSv1.")
            assert [taken.tls for taken in peer.taken] == [True, True]
            assert peer.taken[1].data == LARGE

    with_sender(scene, factory, tls=towards(TlsPolicy()))


@BOTH_LOOPS
def test_opportunistic_speaks_clear_over_a_new_connection_when_the_handshake_fails(factory: LoopFactory) -> None:
    async def scene(post: Post) -> None:
        broken = Peer(keywords=(*EVERYTHING, "STARTTLS"), say={b"STARTTLS": lambda _: b"220 go\r\nno TLS here\r\n"})
        async with broken as peer:
            for _ in range(2):
                result = await post.one(smtp(peer), "a@xa.test")
                assert (result.recipients[0].kind, result.tls) == ("sent", "")
            assert peer.commands.count(b"STARTTLS\r\n") == 1

    with_sender(scene, factory, tls=towards(TlsPolicy()))


@BOTH_LOOPS
def test_a_peer_that_hangs_up_in_the_handshake(factory: LoopFactory) -> None:
    async def scene(post: Post) -> None:
        async with Peer(keywords=(*EVERYTHING, "STARTTLS"), say={b"STARTTLS": lambda _: None}) as peer:
            result = await post.one(smtp(peer), "a@xa.test")
            assert (result.recipients[0].kind, result.tls) == ("sent", "")
        async with Peer(keywords=(*EVERYTHING, "STARTTLS"), say={b"STARTTLS": lambda _: b"454 4.7.0 no\r\n"}) as peer:
            assert (await post.one(smtp(peer), "a@xa.test")).recipients[0].kind == "sent"

    with_sender(scene, factory, tls=towards(TlsPolicy()))


@pytest.mark.parametrize("behind", [b"250 2.0.0 injected\r\n", b"250 inj"])
def test_clear_text_behind_the_answer_to_starttls_is_an_injection(behind: bytes) -> None:
    """GHSA-vxj7-4xrp-5vr4 of aiosmtplib: such replies would be taken for those of the encrypted session."""

    async def scene(post: Post) -> None:
        keywords = (*EVERYTHING, "STARTTLS")
        async with Peer(keywords=keywords, say={b"STARTTLS": lambda _: b"220 go\r\n" + behind}) as peer:
            result = await post.one(smtp(peer), "a@xa.test")
            assert result.recipients[0].kind == "temporary"
            assert peer.taken == []

    with_sender(scene, tls=towards(TlsPolicy("required")))


@BOTH_LOOPS
def test_required_verifies_chain_and_name(factory: LoopFactory, tmp_path: Path) -> None:
    async def scene(post: Post) -> None:
        async with Peer(certificate=CERTIFICATE) as peer:
            result = await post.one(smtp(peer), "a@xa.test")
            assert (result.recipients[0].kind, peer.taken[0].tls) == ("sent", True)

    with_sender(scene, factory, tls=towards(TlsPolicy("required"), CERTIFICATE, tmp_path))


@pytest.mark.parametrize("certificate", [None, OTHER_NAME, make_certificate()])
def test_required_does_not_settle_for_less(certificate: ServerCertificate | None, tmp_path: Path) -> None:
    async def scene(post: Post) -> None:
        async with Peer(certificate=certificate) as peer:
            result = await post.one(smtp(peer), "a@xa.test")
            (recipient,) = result.recipients
            assert (recipient.kind, recipient.stage, recipient.reply.enhanced) == ("temporary", "tls", "4.7.5")
            assert peer.taken == []

    trusted = OTHER_NAME if certificate is OTHER_NAME else CERTIFICATE
    with_sender(scene, tls=towards(TlsPolicy("required"), trusted, tmp_path))


def test_required_without_readable_authorities_is_temporary() -> None:
    async def scene(post: Post) -> None:
        async with Peer(certificate=CERTIFICATE) as peer:
            result = await post.one(smtp(peer), "a@xa.test")
            assert result.recipients[0].reply.enhanced == "4.7.5"

    tls = TlsSettings(ca_file=Path("/nonexistent/ca.pem"), destinations={"127.0.0.1": TlsPolicy("required")})
    with_sender(scene, tls=tls)


@BOTH_LOOPS
def test_pinned_wants_the_key_and_nothing_else(factory: LoopFactory) -> None:
    async def scene(post: Post) -> None:
        async with Peer(certificate=OTHER_NAME) as right, Peer(certificate=CERTIFICATE) as wrong:
            assert (await post.one(smtp(right), "a@xa.test")).recipients[0].kind == "sent"
            result = await post.one(smtp(wrong), "a@xa.test")
            assert (result.recipients[0].stage, result.recipients[0].reply.enhanced) == ("tls", "4.7.5")
            assert wrong.taken == []

    policy = TlsPolicy("pinned", ("00" * 32, pin(OTHER_NAME).upper()))
    with_sender(scene, factory, tls=towards(policy))


@pytest.mark.parametrize(("host", "kind"), [("mail.xa.test", "sent"), ("mail.hoster.test", "temporary")])
def test_required_trusts_no_mx_name_that_is_not_the_domains_own(host: str, kind: str, tmp_path: Path) -> None:
    """Nobody signed the MX record: whoever forges it has a certificate for the name they put there."""

    async def scene(post: Post) -> None:
        zone = f"xa.test 300 MX 10 {host}.\n{host} 300 A 127.0.0.1"
        async with Peer(certificate=make) as peer, DnsServer(zone) as dns:
            post.sender.resolver = resolver_at(dns.port)
            result = await post.one(NextHop("smtp", "xa.test", peer.port, mx=True), "a@xa.test")
            assert result.recipients[0].kind == kind, result

    make = make_certificate((host,))
    with_sender(scene, tls=towards(TlsPolicy("required"), make, tmp_path))


def test_none_does_not_ask() -> None:
    async def scene(post: Post) -> None:
        async with Peer(certificate=CERTIFICATE) as peer:
            assert (await post.one(smtp(peer), "a@xa.test")).tls == ""
            assert b"STARTTLS\r\n" not in peer.commands

    with_sender(scene)
