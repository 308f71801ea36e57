"""From a next hop to addresses: against a real DNS server on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from mailrelay.sending.resolver import Resolver
from mailrelay.sending.targets import Target
from mailrelay.sending.transactions import RecipientResult
from mailrelay.settings import NextHop
from tests.support.dns_server import DnsServer
from tests.support.sending import Post, resolver_at, with_sender
from tests.support.slapd_server import free_port
from tests.support.smtp_peer import Peer

ZONE = """
xa.test 300 MX 20 second.xa.test.
xa.test 300 MX 10 first.xa.test.
xa.test 300 MX 30 gone.xa.test.
first.xa.test 300 A 192.0.2.1
first.xa.test 300 AAAA 2001:db8::1
second.xa.test 300 CNAME real.xa.test.
real.xa.test 300 A 192.0.2.9
plain.test 300 A 192.0.2.3
alias.test 300 CNAME xa.test.
null.test 300 MX 0 .
odd.test 300 MX 0 .
odd.test 300 MX 5 first.xa.test.
void.test 300 MX 5 gone.xa.test.
empty.test 300 TXT "no mail here"
self.test 300 MX 10 relay.tinh.test.
backup.test 300 MX 5 first.xa.test.
backup.test 300 MX 10 Relay.tinh.test.
backup.test 300 MX 20 second.xa.test.
local.test 300 MX 5 localhost.
loop.test 300 MX 5 inner.test.
inner.test 300 A 127.0.0.1
shaky.test 300 MX 5 silent.test.
half.test 300 MX 5 silent.test.
half.test 300 MX 5 first.xa.test.
fast.test 1 A 192.0.2.4
"""


def mx(domain: str, port: int = 25) -> NextHop:
    return NextHop("smtp", domain, port, mx=True)


def play(scene: Callable[[DnsServer, Resolver], Awaitable[None]], zone: str = ZONE, timeout_seconds: float = 5) -> None:
    async def run() -> None:
        async with DnsServer(zone, failing=("broken.test",), silent=("silent.test",)) as dns:
            await scene(dns, resolver_at(dns.port, timeout_seconds))

    asyncio.run(run())


async def addresses(resolver: Resolver, hop: NextHop) -> list[str]:
    found = await resolver.resolve(hop)
    assert isinstance(found, tuple)
    assert not isinstance(found, RecipientResult), found
    return [target.address for target in found]


async def refusal(resolver: Resolver, hop: NextHop) -> tuple[str, str]:
    found = await resolver.resolve(hop)
    assert isinstance(found, RecipientResult), found
    assert found.stage == "route"
    return found.kind, found.reply.enhanced


def test_exchangers_by_preference_and_both_families_in_turn() -> None:
    async def scene(dns: DnsServer, resolver: Resolver) -> None:
        found = await resolver.resolve(mx("xa.test"))
        assert found == (
            Target("first.xa.test", "2001:db8::1", 25),
            Target("first.xa.test", "192.0.2.1", 25),
            Target("second.xa.test", "192.0.2.9", 25),
        )

    play(scene)


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("plain.test", ["192.0.2.3"]),  # RFC 5321 5.1: the implicit MX
        ("alias.test", ["2001:db8::1", "192.0.2.1", "192.0.2.9"]),
        ("odd.test", ["2001:db8::1", "192.0.2.1"]),
        ("backup.test", ["2001:db8::1", "192.0.2.1"]),  # nothing at or behind ourselves
        ("192.0.2.7", ["192.0.2.7"]),
        ("[192.0.2.7]", ["192.0.2.7"]),
        ("[ipv6:2001:db8::7]", ["2001:db8::7"]),
    ],
)
def test_domains_that_take_mail(domain: str, expected: list[str]) -> None:
    async def scene(dns: DnsServer, resolver: Resolver) -> None:
        assert await addresses(resolver, mx(domain)) == expected

    play(scene)


@pytest.mark.parametrize(
    ("domain", "kind", "status"),
    [
        ("nowhere.test", "permanent", "5.1.2"),
        ("null.test", "permanent", "5.1.10"),
        ("void.test", "permanent", "5.4.4"),
        ("empty.test", "permanent", "5.4.4"),
        ("self.test", "permanent", "5.4.6"),
        ("local.test", "permanent", "5.4.6"),
        ("loop.test", "permanent", "5.4.6"),
        ("broken.test", "temporary", "4.4.3"),
        ("silent.test", "temporary", "4.4.3"),
        ("shaky.test", "temporary", "4.4.3"),
    ],
)
def test_domains_that_do_not(domain: str, kind: str, status: str) -> None:
    async def scene(dns: DnsServer, resolver: Resolver) -> None:
        assert await refusal(resolver, mx(domain)) == (kind, status)

    play(scene, timeout_seconds=0.3)


def test_one_silent_exchanger_does_not_hide_the_others() -> None:
    async def scene(dns: DnsServer, resolver: Resolver) -> None:
        assert await addresses(resolver, mx("half.test")) == ["2001:db8::1", "192.0.2.1"]

    play(scene, timeout_seconds=2)


def _backwards(entries: list[tuple[int, str]]) -> None:
    entries.sort(reverse=True)


def test_exchangers_of_one_preference_are_shuffled() -> None:
    async def scene(dns: DnsServer, resolver: Resolver) -> None:
        names = Resolver("relay.tinh.test", nameservers=[("127.0.0.1", dns.port)], shuffle=_backwards)
        assert await addresses(names, mx("many.test")) == ["192.0.2.2", "192.0.2.1", "192.0.2.3"]

    zone = "\n".join(
        [f"many.test 300 MX {'10' if n < 3 else '20'} m{n}.test.\nm{n}.test 300 A 192.0.2.{n}" for n in (1, 2, 3)]
    )

    play(scene, zone)


def test_answers_are_kept() -> None:
    async def scene(dns: DnsServer, resolver: Resolver) -> None:
        for _ in range(3):
            await resolver.resolve(mx("xa.test"))
            await resolver.resolve(mx("nowhere.test"))
            await resolver.resolve(mx("fast.test"))
        assert set(dns.asked.values()) == {1}

    play(scene)


def test_failures_are_not_kept() -> None:
    async def scene(dns: DnsServer, resolver: Resolver) -> None:
        await resolver.resolve(mx("broken.test"))
        before = dns.asked["broken.test", "MX"]
        await resolver.resolve(mx("broken.test"))
        assert dns.asked["broken.test", "MX"] > before

    play(scene, timeout_seconds=1)


def test_a_configured_host_without_address_is_our_own_trouble() -> None:
    async def scene(dns: DnsServer, resolver: Resolver) -> None:
        assert await refusal(resolver, NextHop("smtp", "nowhere.test", 25)) == ("temporary", "4.4.3")
        assert await addresses(resolver, NextHop("smtp", "plain.test", 25)) == ["192.0.2.3"]

    play(scene)


def test_the_machines_own_names_are_asked_first() -> None:
    async def scene() -> None:
        found = await Resolver("relay.tinh.test").resolve(NextHop("smtp", "localhost", 2500))
        assert "127.0.0.1" in [target.address for target in found if isinstance(target, Target)]

    asyncio.run(scene())


def test_mail_goes_to_the_exchanger_that_answers() -> None:
    """The first is dead: the second takes it, and the dead one is tried last for a while."""

    async def scene(post: Post) -> None:
        zone = (
            "xa.test 300 MX 10 dead.xa.test.\nxa.test 300 MX 20 live.xa.test.\n"
            "dead.xa.test 300 A 127.0.0.2\nlive.xa.test 300 A 127.0.0.1"
        )
        async with Peer() as peer, DnsServer(zone) as dns:
            post.sender.resolver = resolver_at(dns.port)
            for _ in range(2):
                result = await post.one(mx("xa.test", peer.port), "a@xa.test")
                assert result.recipients[0].kind == "sent"
                assert result.host == f"live.xa.test[127.0.0.1]:{peer.port}"

    with_sender(scene)


def test_a_domain_that_does_not_exist_fails_for_good() -> None:
    async def scene(post: Post) -> None:
        async with DnsServer(ZONE) as dns:
            post.sender.resolver = resolver_at(dns.port)
            result = await post.one(mx("nowhere.test", free_port()), "a@nowhere.test")
            assert (result.recipients[0].kind, result.unreachable) == ("permanent", False)

    with_sender(scene)
