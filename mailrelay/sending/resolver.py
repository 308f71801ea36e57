"""From a next hop to the addresses to connect to: MX, AAAA and A records, literals, the system's hosts.

RFC 5321 5.1 with RFC 7505 (null MX) and RFC 6724's spirit: in each preference hosts are shuffled, in each host IPv6 and
IPv4 take turns. Permanent is only what the DNS says for sure about a mail domain; a configured host that has no
address is our configuration's trouble and stays temporary. Answers are kept as long as their TTL, within bounds.
"""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, NamedTuple

from foundation import clock
from mailrelay.sending.replies import our_reply
from mailrelay.sending.targets import Target
from mailrelay.sending.transactions import Kind, RecipientResult
from mailrelay.settings import NextHop

if TYPE_CHECKING:
    import dns.asyncresolver
    import dns.rdata

SHORTEST_SECONDS: Final = 5.0
LONGEST_SECONDS: Final = 3600.0
"""Bounds of a TTL: a zone may neither make us ask for every message nor keep an old address for a day."""
NEGATIVE_SECONDS: Final = 60.0
ENTRIES: Final = 10_000
HOSTS_PER_DOMAIN: Final = 10
ADDRESSES: Final = 10
"""How many hosts and addresses of one domain are tried (Postfix's smtp_mx_address_limit is 5)."""


class _Unresolved(Exception):
    """The lookup ended; carries the result. Never leaves this module."""

    def __init__(self, permanent: bool, code: int, enhanced: str, text: str) -> None:
        super().__init__(text)
        kind: Kind = "permanent" if permanent else "temporary"
        self.result = RecipientResult(kind, our_reply(code, enhanced, text), "route")


class Answer(NamedTuple):
    """What the DNS said: `exists` False for NXDOMAIN; `records` empty when the name has none of that type."""

    exists: bool
    records: tuple[dns.rdata.Rdata, ...]


class Resolver:
    """Looks next hops up. `nameservers` (address, port) replace the system's resolver (tests, split horizons);
    `hostname` and `own_ports` tell what is ourselves."""

    def __init__(
        self,
        hostname: str,
        own_ports: frozenset[int] = frozenset({25}),
        nameservers: Sequence[tuple[str, int]] = (),
        timeout_seconds: float = 15,
        shuffle: Callable[[list[tuple[int, str]]], None] = random.shuffle,
    ) -> None:
        self._hostname = hostname.rstrip(".").lower()
        self._own_ports = own_ports
        self._nameservers = tuple(nameservers)
        self._timeout_seconds = timeout_seconds
        self._shuffle = shuffle
        self._dns: dns.asyncresolver.Resolver | None = None
        self._kept: dict[tuple[str, str], tuple[float, Answer]] = {}

    async def resolve(self, hop: NextHop) -> tuple[Target, ...] | RecipientResult:
        """The targets of a hop in the order to be tried, at least one; or the result for all its mail."""
        if hop.unix:
            return (Target(hop.host, hop.host, 0),)
        literal = _literal(hop.host)
        if literal:
            return (Target(literal, literal, hop.port),)
        try:
            if hop.mx:
                return await self._exchangers(hop)
            return await self._configured_host(hop)
        except _Unresolved as unresolved:
            return unresolved.result

    # --- a host that the configuration names

    async def _configured_host(self, hop: NextHop) -> tuple[Target, ...]:
        if self._nameservers and hop.host != "localhost":
            addresses, _ = await self._addresses(hop.host)
        else:
            addresses = await self._system_addresses(hop)
        if not addresses:
            raise _Unresolved(False, 451, "4.4.3", f"the next host {hop.host} has no address")
        return tuple(Target(hop.host, address, hop.port) for address in addresses[:ADDRESSES])

    async def _system_addresses(self, hop: NextHop) -> list[str]:
        """As the machine resolves names, /etc/hosts included."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._timeout_seconds):
                found = await loop.getaddrinfo(hop.host, hop.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:  # TimeoutError is an OSError
            reason = "no answer in time" if isinstance(error, TimeoutError) else str(error)
            raise _Unresolved(False, 451, "4.4.3", f"the next host {hop.host} cannot be looked up: {reason}") from error
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))

    # --- a mail domain

    async def _exchangers(self, hop: NextHop) -> tuple[Target, ...]:
        domain = hop.host
        answer = await self._ask(domain, "MX")
        if not answer.exists:
            raise _Unresolved(True, 550, "5.1.2", f"the domain {domain} does not exist")
        exchangers = _exchangers_of(answer)
        if any(name == "" for _, name in exchangers):
            if len(exchangers) == 1:
                raise _Unresolved(True, 556, "5.1.10", f"the domain {domain} takes no mail (null MX)")
            exchangers = [(preference, name) for preference, name in exchangers if name]  # RFC 7505 3: ignored
        names = self._in_order(exchangers, domain)
        found = await asyncio.gather(*(self._addresses(name) for name in names), return_exceptions=True)
        return self._targets(hop, names, found)

    def _in_order(self, exchangers: list[tuple[int, str]], domain: str) -> list[str]:
        """Names by preference, shuffled within one; those at or behind ourselves are left out (RFC 5321 5.1)."""
        if not exchangers:
            exchangers = [(0, domain)]  # the implicit MX
        own = [preference for preference, name in exchangers if self._is_our_name(name)]
        if own:
            exchangers = [entry for entry in exchangers if entry[0] < min(own)]
        if not exchangers:
            raise _Unresolved(True, 554, "5.4.6", f"mail for {domain} loops back to this host")
        self._shuffle(exchangers)
        return [name for _, name in sorted(exchangers, key=lambda entry: entry[0])[:HOSTS_PER_DOMAIN]]

    def _targets(
        self, hop: NextHop, names: list[str], found: Sequence[tuple[list[str], bool] | BaseException]
    ) -> tuple[Target, ...]:
        targets: list[Target] = []
        loops = unsure = False
        for name, outcome in zip(names, found, strict=True):
            if isinstance(outcome, BaseException):
                if not isinstance(outcome, _Unresolved):
                    raise outcome
                unsure = True
                continue
            addresses, sure = outcome
            unsure = unsure or not sure
            foreign = [address for address in addresses if not self._is_our_address(address, hop.port)]
            loops = loops or len(foreign) < len(addresses)
            targets.extend(Target(name, address, hop.port) for address in foreign)
            if len(foreign) < len(addresses):
                break  # this host itself: whatever is behind it would come back to it
        if targets:
            return tuple(targets[:ADDRESSES])
        if loops:
            raise _Unresolved(True, 554, "5.4.6", f"mail for {hop.host} loops back to this host")
        if unsure:
            raise _Unresolved(False, 451, "4.4.3", f"the mail exchangers of {hop.host} cannot be looked up")
        raise _Unresolved(True, 550, "5.4.4", f"no mail exchanger of {hop.host} has an address")

    def _is_our_name(self, name: str) -> bool:
        return name in (self._hostname, "localhost") or name.endswith(".localhost")

    def _is_our_address(self, address: str, port: int) -> bool:
        """Loopback or unspecified, on a port that is ours: a stranger's record that points our mail back at us."""
        value = ip_address(address)
        return port in self._own_ports and (value.is_loopback or value.is_unspecified)

    # --- the DNS

    async def _addresses(self, name: str) -> tuple[list[str], bool]:
        """The addresses of a host, IPv6 and IPv4 taking turns, and whether both lookups gave a sure answer. Raises
        _Unresolved when neither did."""
        answers = await asyncio.gather(self._ask(name, "AAAA"), self._ask(name, "A"), return_exceptions=True)
        lists: list[list[str]] = []
        failures: list[BaseException] = []
        for answer in answers:
            if isinstance(answer, BaseException):
                failures.append(answer)
                lists.append([])
            else:
                lists.append([str(record.to_text()) for record in answer.records])
        if len(failures) == len(answers):
            raise failures[0]
        longest = max(len(each) for each in lists)
        return [each[index] for index in range(longest) for each in lists if index < len(each)], not failures

    async def _ask(self, name: str, kind: str) -> Answer:
        """One question, answered from what is kept if it may be. Raises _Unresolved (temporary)."""
        kept = self._kept.get((name, kind))
        if kept is not None and kept[0] > clock.monotonic():
            return kept[1]
        answer, seconds = await self._query(name, kind)
        if len(self._kept) >= ENTRIES:
            self._forget_oldest()
        self._kept[name, kind] = (clock.monotonic() + seconds, answer)
        return answer

    async def _query(self, name: str, kind: str) -> tuple[Answer, float]:
        import dns.asyncresolver
        import dns.exception
        import dns.resolver

        try:
            if self._dns is None:
                self._dns = self._make_dns()  # fails on a machine without /etc/resolv.conf
            found = await self._dns.resolve(name + ".", kind, raise_on_no_answer=False, lifetime=self._timeout_seconds)
        except dns.resolver.NXDOMAIN:
            return Answer(False, ()), NEGATIVE_SECONDS
        except (dns.exception.DNSException, OSError, ValueError) as error:
            raise _Unresolved(False, 451, "4.4.3", f"DNS lookup of {name} {kind} failed: {error}") from error
        if found.rrset is None:
            return Answer(True, ()), NEGATIVE_SECONDS
        return Answer(True, tuple(found.rrset)), min(max(float(found.rrset.ttl), SHORTEST_SECONDS), LONGEST_SECONDS)

    def _make_dns(self) -> dns.asyncresolver.Resolver:
        import dns.asyncresolver
        import dns.nameserver

        if not self._nameservers:
            return dns.asyncresolver.Resolver()
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers = [dns.nameserver.Do53Nameserver(address, port) for address, port in self._nameservers]
        return resolver

    def _forget_oldest(self) -> None:
        for key in list(self._kept)[: ENTRIES // 10]:
            del self._kept[key]


def _exchangers_of(answer: Answer) -> list[tuple[int, str]]:
    """Preference and name of every MX record; the root as an empty name (RFC 7505)."""
    exchangers: list[tuple[int, str]] = []
    for record in answer.records:
        preference, _, exchange = str(record.to_text()).partition(" ")
        exchangers.append((int(preference), exchange.strip().rstrip(".").lower()))
    return exchangers


def _literal(host: str) -> str:
    """The IP address that a host or an address literal (RFC 5321 4.1.3) means, or nothing."""
    text = host.removeprefix("[").removesuffix("]")
    if text.lower().startswith("ipv6:"):
        text = text[5:]
    try:
        return str(ip_address(text))
    except ValueError:
        return ""
