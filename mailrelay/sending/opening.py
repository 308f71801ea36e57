"""Opens a connection and makes it ready for mail: connect, greeting, EHLO or LHLO, STARTTLS, EHLO again.

Coroutines, because none of it happens per message. It promises a channel ready for work or the reason as a result,
always temporary: a host that greets with 554 today may not tomorrow, and mail must not bounce for it (Postfix's
`smtp_skip_5xx_greeting`). TLS follows the policy strictly; only `opportunistic` tries again in clear, over a new
connection. It knows nothing of messages.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from dataclasses import dataclass
from typing import cast

from mailrelay.sending.channel import Channel
from mailrelay.sending.features import NOTHING, Features, parse_features
from mailrelay.sending.replies import our_reply, parse_reply
from mailrelay.sending.targets import Target
from mailrelay.sending.timeouts import Timeouts
from mailrelay.sending.tls import context_for, description, name_is_trusted, pin_matches
from mailrelay.sending.transactions import RecipientResult, Reply, Stage
from mailrelay.settings import NextHop, TlsPolicy, TlsSettings


@dataclass(frozen=True, slots=True)
class Plan:
    """What every connection to one destination has in common. `hostname` is how we call ourselves."""

    hop: NextHop
    domain: str
    policy: TlsPolicy
    tls: TlsSettings
    hostname: str
    timeouts: Timeouts
    messages: int

    @property
    def lmtp(self) -> bool:
        """Whether the peer is greeted with LHLO and answers per recipient."""
        return self.hop.protocol == "lmtp"


class _Failed(Exception):
    """Set-up ended; carries the result. Never leaves this module."""

    def __init__(self, stage: Stage, reply: Reply) -> None:
        super().__init__(reply.text)
        self.result = RecipientResult("temporary", reply, stage)


class _HandshakeFailed(_Failed):
    """TLS could not be agreed on; an opportunistic sender tries again in clear."""


async def open_channel(
    loop: asyncio.AbstractEventLoop, plan: Plan, target: Target, in_clear: bool = False
) -> tuple[Channel, Features] | RecipientResult:
    """A channel to this target that waits for `begin`, with what the peer offers, or why there is none. `in_clear`: do
    not try opportunistic TLS, it failed there before (found out when a peer offers STARTTLS and `tls` stays empty)."""
    try:
        try:
            return await _attempt(loop, plan, target, in_clear)
        except _HandshakeFailed:
            if plan.policy.level != "opportunistic":
                raise
        return await _attempt(loop, plan, target, in_clear=True)
    except _Failed as failure:
        return failure.result


async def _attempt(
    loop: asyncio.AbstractEventLoop, plan: Plan, target: Target, in_clear: bool
) -> tuple[Channel, Features]:
    channel = await _connect(loop, plan, target)
    ready = False
    try:
        greeting = _said(channel, await channel.greeted(), "greeting")
        if not greeting.startswith(b"220"):
            raise _Failed("greeting", parse_reply(greeting))
        features = await _hello(channel, plan)
        if plan.policy.level != "none" and not (in_clear and plan.policy.level == "opportunistic"):
            features = await _secure(loop, channel, plan, target, features)
        ready = True
        return channel, features
    finally:
        if not ready:
            channel.cut(our_reply(421, "4.4.2", "the connection was not used"))


def _said(channel: Channel, reply: bytes, stage: Stage) -> bytes:
    """The reply, if there is one."""
    if reply:
        return reply
    end = channel.end or our_reply(451, "4.4.2", f"the connection to {channel.label} was lost")
    raise _Failed(stage, end)


async def _connect(loop: asyncio.AbstractEventLoop, plan: Plan, target: Target) -> Channel:
    def channel() -> Channel:
        return Channel(loop, plan.timeouts, lmtp=plan.lmtp, label=target.label, messages=plan.messages)

    try:
        async with asyncio.timeout(plan.timeouts.connect):
            if target.unix:
                transport, protocol = await loop.create_unix_connection(channel, target.address)
            else:
                transport, protocol = await loop.create_connection(channel, target.address, target.port)
    except TimeoutError as late:
        raise _Failed("connect", our_reply(451, "4.4.1", f"connect to {target.label}: no answer in time")) from late
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _Failed("connect", our_reply(451, "4.4.1", f"connect to {target.label}: {reason}")) from error
    _no_delay(transport)
    return protocol


def _no_delay(transport: asyncio.BaseTransport) -> None:
    """uvloop does it itself; asyncio does for TCP since 3.6; a Unix socket has no such option."""
    connection = transport.get_extra_info("socket")
    if connection is not None and connection.family in (socket.AF_INET, socket.AF_INET6):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


async def _hello(channel: Channel, plan: Plan) -> Features:
    """EHLO, or HELO when the peer is too old for it (RFC 5321 3.2); LHLO has no older form."""
    name = plan.hostname.encode("idna" if not plan.hostname.isascii() else "ascii")
    verb = b"LHLO" if plan.lmtp else b"EHLO"
    reply = _said(channel, await channel.ask(b"%b %b\r\n" % (verb, name), plan.timeouts.hello), "hello")
    if reply.startswith(b"250"):
        return parse_features(reply)
    if plan.lmtp or reply[0] != 0x35:
        raise _Failed("hello", parse_reply(reply))
    reply = _said(channel, await channel.ask(b"HELO %b\r\n" % name, plan.timeouts.hello), "hello")
    if not reply.startswith(b"250"):
        raise _Failed("hello", parse_reply(reply))
    return NOTHING


async def _secure(
    loop: asyncio.AbstractEventLoop, channel: Channel, plan: Plan, target: Target, features: Features
) -> Features:
    """STARTTLS as the policy says; the features that the peer offers afterwards."""
    strict = plan.policy.level != "opportunistic"
    if not features.starttls:
        if strict:
            raise _Failed("tls", our_reply(451, "4.7.5", f"{target.label} offers no STARTTLS, which is required here"))
        return features
    if strict and plan.policy.level == "required" and not name_is_trusted(target, plan.hop):
        text = f"the MX host {target.host} is not beneath {plan.hop.host}: set a route or a pin to require TLS there"
        raise _Failed("tls", our_reply(451, "4.7.5", text))
    reply = await channel.ask(b"STARTTLS\r\n", plan.timeouts.hello)
    if not reply:
        raise _HandshakeFailed("tls", channel.end or our_reply(451, "4.4.2", f"{target.label} hung up at STARTTLS"))
    if not reply.startswith(b"220"):
        if strict:
            raise _Failed("tls", our_reply(451, "4.7.5", f"{target.label} refused STARTTLS: {parse_reply(reply)}"))
        return features
    if channel.closed or channel.has_unread:
        text = f"{target.label} sent clear text behind its answer to STARTTLS"
        raise _HandshakeFailed("tls", our_reply(451, "4.7.5", text))
    await _handshake(loop, channel, plan, target)
    return await _hello(channel, plan)


async def _handshake(loop: asyncio.AbstractEventLoop, channel: Channel, plan: Plan, target: Target) -> None:
    try:
        context = context_for(plan.policy, plan.tls.ca_file)
        transport = await loop.start_tls(
            channel.transport,
            channel,
            context,
            server_hostname=target.host,
            ssl_handshake_timeout=plan.timeouts.tls,
        )
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError, TimeoutError and ConnectionError too
        raise _HandshakeFailed("tls", our_reply(451, "4.7.5", f"TLS with {target.label} failed: {error}")) from error
    if transport is None:
        raise _HandshakeFailed(
            "tls", our_reply(451, "4.7.5", f"TLS with {target.label} failed: the connection was closed")
        )
    channel.adopt(transport)
    connection = cast(ssl.SSLObject, transport.get_extra_info("ssl_object"))
    if plan.policy.level == "pinned" and not pin_matches(connection.getpeercert(True), plan.policy.pins):
        raise _Failed("tls", our_reply(451, "4.7.5", f"the public key of {target.label} matches none of the pins"))
    channel.tls = description(connection)
