"""A tiny DNS server on loopback (UDP), with a zone written as text; it can fall silent or fail."""

from __future__ import annotations

import asyncio
from collections import Counter

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset


class DnsServer:
    """`async with DnsServer(zone) as server`: answers from lines like `xa.test 300 MX 10 mail.xa.test.`. Names in
    `failing` get SERVFAIL, names in `silent` no answer. `asked` counts questions."""

    def __init__(self, zone: str, failing: tuple[str, ...] = (), silent: tuple[str, ...] = ()) -> None:
        self.asked: Counter[tuple[str, str]] = Counter()
        self.port = 0
        self._failing = failing
        self._silent = silent
        self._records: dict[tuple[str, str], list[tuple[int, str]]] = {}
        for line in zone.strip().splitlines():
            name, ttl, kind, data = line.split(None, 3)
            self._records.setdefault((name, kind), []).append((int(ttl), data))

    async def __aenter__(self) -> DnsServer:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: _Talk(self), local_addr=("127.0.0.1", 0))
        self.port = self._transport.get_extra_info("sockname")[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._transport.close()

    def answer(self, data: bytes) -> bytes | None:
        """The answer to one packet."""
        query = dns.message.from_wire(data)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked[name, kind] += 1
        if name in self._silent:
            return None
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        if name in self._failing:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif not self._fill(response, question.name, name, kind):
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response.to_wire()

    def _fill(self, response: dns.message.Message, owner: dns.name.Name, name: str, kind: str) -> bool:
        while (alias := self._records.get((name, "CNAME"))) and kind != "CNAME":
            ttl, target = alias[0]
            response.answer.append(dns.rrset.from_text(owner, ttl, "IN", "CNAME", target))
            owner, name = dns.name.from_text(target), target.rstrip(".").lower()
        found = self._records.get((name, kind), [])
        if found:
            response.answer.append(dns.rrset.from_text(owner, found[0][0], "IN", kind, *(data for _, data in found)))
        return any(known == name for known, _ in self._records)


class _Talk(asyncio.DatagramProtocol):
    def __init__(self, server: DnsServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = self._server.answer(data)
        if answer is not None:
            self._transport.sendto(answer, addr)  # type: ignore[attr-defined]
