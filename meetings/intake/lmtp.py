"""The LMTP server (RFC 2033) before `receiving`: who may speak, to whom mail is taken, one reply for each recipient.

Only this machine and the networks of `lmtp_trusted` may speak here: what our relay wrote on top of a mail is believed.
The protocol itself is aiosmtpd's; here it learns that after DATA every accepted recipient gets a reply, also when the
mail was too large, that commands may come pipelined, and to read a mail in pieces instead of lines (`content`).
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from ipaddress import IPv6Address, ip_address
from typing import Any, Final

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import MISSING, Envelope, Session
from aiosmtpd.smtp import SMTP as Protocol

from foundation import logs
from foundation.errors import Unreachable
from foundation.language import Text
from foundation.system_errors import reason_of
from meetings.intake.addresses import own_address
from meetings.intake.content import read_content
from meetings.intake.receiving import AREA
from meetings.settings import Listen, MeetingsSettings

Receive = Callable[[str, Sequence[str], bytes], Awaitable[list[str]]]

LINE_BYTES: Final = 64 << 10
"""Of a command, and what the reader holds before it lets the peer wait. Lines of a mail may be as long as they are."""
RECIPIENTS: Final = 1000
"""Of one transaction; our relay sends a hundred at most."""
TIMEOUT_SECONDS: Final = 300.0
"""RFC 5321 4.5.3.2.7."""

_WORD: Final = "[A-Za-z0-9_=-]{1,40}"
_LABEL: Final = "[A-Za-z0-9-]{1,63}"
_PLAIN_ADDRESS: Final = re.compile(rf"<((?:{_WORD}(?:[.+]{_WORD})*@{_LABEL}(?:\.{_LABEL})*)?)>((?: .*)?)")
"""An address as our relay and our letters write it, or the null reverse-path."""

_GO_ON: Final = ("250 ", "354 ")
"""Replies after which the talk goes on, so that they may wait for the next one."""

_UNKNOWN: Final = "550 5.1.1 No such address here"
_TOO_MANY: Final = "452 4.5.3 Too many recipients"
_TOO_MUCH: Final = "552 5.3.4 Too much mail data"
_NOT_YOU: Final = b"554 5.7.1 You may not deliver here\r\n"
_CROWDED: Final = b"421 4.3.2 Too many connections; try again later\r\n"


class LmtpServer:
    """Listens from `start` to `stop`."""

    def __init__(self, settings: MeetingsSettings, receive: Receive) -> None:
        self._settings = settings
        self._receive = receive
        self._server: asyncio.Server | None = None
        self.talks: set[_Talk] = set()
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Where it really listens."""
        sockets = self._server.sockets if self._server is not None else ()
        return [(str(name[0]), int(name[1])) for name in (each.getsockname() for each in sockets)]

    @property
    def settings(self) -> MeetingsSettings:
        """Those in use."""
        return self._settings

    def reload(self, settings: MeetingsSettings) -> None:
        """Other addresses, peers and limits from now on; not where it listens."""
        self._settings = settings

    async def start(self) -> None:
        """Raises Unreachable when the port is taken."""
        place: Listen = self._settings.lmtp
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(lambda: _Talk(self, loop), place.host, place.port)
        except OSError as error:
            raise Unreachable(
                Text("không mở được {host}:{port}: {reason}", "cannot listen on {host}:{port}: {reason}").format(
                    host=place.host, port=place.port, reason=reason_of(error)
                ),
                Text("sửa [meetings] lmtp_listen", "change [meetings] lmtp_listen"),
            ) from error

    async def stop(self, timeout_seconds: float = 10) -> None:
        """No new mail; what is being taken in gets this long."""
        if self._server is None:
            return
        self._server.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), timeout_seconds)
        for talk in list(self.talks):
            talk.hang_up()

    def may_speak(self, peer: str) -> bool:
        """Whether a mail from this IP address is taken."""
        try:
            address = ip_address(peer.partition("%")[0])
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return address.is_loopback or any(address in network for network in self._settings.lmtp_trusted)

    async def take(self, sender: str, recipients: Sequence[str], mail: bytes) -> list[str]:
        """Hand one mail over; the replies."""
        self._under_way += 1
        self._idle.clear()
        try:
            return await self._receive(sender, recipients, mail)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()


class _Talk(LMTP):
    """One connection."""

    line_length_limit = LINE_BYTES

    def __init__(self, server: LmtpServer, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            _Answers(server),
            data_size_limit=server.settings.limits.message_bytes,
            enable_SMTPUTF8=True,
            hostname=server.settings.authserv_id,
            ident="LMTP Congvu",
            timeout=TIMEOUT_SECONDS,
            loop=loop,
        )
        self._lmtp = server
        self._largest_bytes = server.settings.limits.message_bytes
        self._replies_due = 0
        self._held: list[str] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # TCP
        peer = str((transport.get_extra_info("peername") or ("",))[0])
        self._lmtp.talks.add(self)
        super().connection_made(transport)
        refusal = b"" if self._lmtp.may_speak(peer) else _NOT_YOU
        if not refusal and len(self._lmtp.talks) > self._lmtp.settings.limits.lmtp_connections:
            refusal = _CROWDED
        if refusal:
            logs.event(logging.WARNING, AREA, "a connection is refused", peer=peer, reply=refusal.decode().strip())
            transport.write(refusal)
            transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self._lmtp.talks.discard(self)
        super().connection_lost(error)

    def hang_up(self) -> None:
        """Close the connection, whatever it is at."""
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """The address of MAIL and RCPT, and what follows it: an ordinary one without the library's grammar of message
        heads, in which most of the time of a mail went."""
        plain = _PLAIN_ADDRESS.fullmatch(arg)
        if plain is None:
            return super()._getaddr(arg)
        return plain[1] or "<>", plain[2]

    async def smtp_DATA(self, arg: str) -> None:
        """Every accepted recipient gets a reply (RFC 2033 4.2)."""
        if arg or self.envelope is None or not self.envelope.rcpt_tos:
            await super().smtp_DATA(arg)  # which refuses it
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        self._replies_due = len(self.envelope.rcpt_tos)
        try:
            await self.push(await self._taken(self.envelope))
        finally:
            self._replies_due = 0
            self._set_post_data_state()  # type: ignore[no-untyped-call]

    async def _taken(self, envelope: Envelope) -> str:
        """What is said to a mail whose recipients are known: one line for all, or one for each."""
        mail = await read_content(self._reader, self._largest_bytes)
        if mail is None:
            return _TOO_MUCH
        sender = "" if envelope.mail_from in (None, "<>") else str(envelope.mail_from)
        recipients = [str(each) for each in envelope.rcpt_tos]
        return "\r\n".join(await self._lmtp.take(sender, recipients, mail))

    async def push(self, status: Any) -> None:
        """A reply; a mail that is refused as a whole is refused for all its recipients."""
        if self._replies_due > 1 and isinstance(status, str) and status[:1] in "45" and "\r\n" not in status:
            status = "\r\n".join([status] * self._replies_due)
        if not isinstance(status, str) or not status.startswith(_GO_ON):
            self._flush()
            await super().push(status)
            return
        if not self._held:
            self.loop.call_soon(self._flush)
        self._held.append(status)
        await self._writer.drain()

    def _flush(self) -> None:
        """Send what is held: replies to commands that came together go together (RFC 2920 3.2)."""
        if self._held and self._writer is not None:
            self._writer.write("".join(f"{status}\r\n" for status in self._held).encode())
        self._held.clear()


class _Answers:
    """What aiosmtpd asks for each command."""

    def __init__(self, server: LmtpServer) -> None:
        self._server = server

    async def handle_EHLO(
        self, server: Protocol, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", *responses[-1:]]

    async def handle_RCPT(
        self, server: Protocol, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> Any:
        if not own_address(address, self._server.settings.own_addresses):
            return _UNKNOWN
        return _TOO_MANY if len(envelope.rcpt_tos) >= RECIPIENTS else MISSING

    async def handle_exception(self, error: Exception) -> str:
        logs.event(logging.ERROR, AREA, "a command failed", error=repr(error))
        return "451 4.3.0 A bug of ours; try again later"
