"""The reception as a whole: opens the listeners, watches the sessions, drains them, takes new settings.

Starting is all or nothing: a port in use closes what was opened and names itself. TLS begins in the session, not in the
listener, so that certificates can change and unfinished handshakes count as connections.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import ssl
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from foundation import clock, logs
from foundation.errors import ConfigError, Unreachable
from foundation.language import Text
from foundation.system_errors import reason_of
from mailrelay.envelope import ListenerKind
from mailrelay.reception import replies
from mailrelay.reception.activation import passed_sockets
from mailrelay.reception.counters import Counters
from mailrelay.reception.desk import (
    AuthenticatorProtocol,
    BodiesProtocol,
    Desk,
    LedgerProtocol,
    Offer,
    PolicyProtocol,
    Resolve,
    Unacknowledged,
    Withdraw,
)
from mailrelay.reception.rules import RULES
from mailrelay.reception.session import Session
from mailrelay.reception.session_log import AREA
from mailrelay.reception.tls import server_context
from mailrelay.reception.watch import Watch
from mailrelay.settings import Listener, RelaySettings

BACKLOG: Final = 1024
"""Connections the kernel may complete before we take them; Linux allows up to 4096 (net.core.somaxconn)."""
ACCEPTED_AT_ONCE: Final = 4
"""New connections that one turn of the loop takes. uvloop takes one for each server, so a listening socket gets several
servers; with asyncio, which takes all there are, the others find nothing. Measured: a twelfth less processor time."""
_DRAIN_INTERVAL_SECONDS: Final = 0.05
_LAST_REPLY_SECONDS: Final = 1.0
"""How long a peer may take to close after our 421 while everybody waits for the end."""


class Reception:
    """Everything that listens for mail. Belongs to the loop that runs when it is made."""

    def __init__(
        self,
        settings: RelaySettings,
        policy: PolicyProtocol,
        authenticator: AuthenticatorProtocol,
        bodies: BodiesProtocol,
        ledger: LedgerProtocol,
        *,
        resolve: Resolve,
        offer: Offer,
        unacknowledged: Unacknowledged,
        counters: Counters | None = None,
        promise: Offer = lambda message: None,
        withdraw: Withdraw = lambda message, may_be_stored: None,
    ) -> None:
        """`resolve` makes deliveries of recipients, `promise` gets each message before it is stored, then `offer` when
        it is durable or `withdraw` when it was not accepted; `unacknowledged` gets the number of one whose client was
        gone before our 250."""
        self._desk = Desk(
            settings,
            loop=asyncio.get_running_loop(),
            policy=policy,
            authenticator=authenticator,
            bodies=bodies,
            ledger=ledger,
            resolve=resolve,
            offer=offer,
            unacknowledged=unacknowledged,
            counters=counters,
            promise=promise,
            withdraw=withdraw,
        )
        self._watch = Watch(self._desk)
        self._servers: dict[Listener, list[asyncio.Server]] = {}
        self._passed: dict[ListenerKind, list[socket.socket]] = {}

    @property
    def counters(self) -> Counters:
        """What was counted since the daemon started."""
        return self._desk.counters

    @property
    def addresses(self) -> dict[ListenerKind, list[tuple[str, int]]]:
        """Where it listens: {kind: [(host, port)]}."""
        found: dict[ListenerKind, list[tuple[str, int]]] = {}
        for listener, servers in self._servers.items():
            for opened in servers[0].sockets:
                host, port = opened.getsockname()[:2]
                found.setdefault(listener.kind, []).append((host, port))
        return found

    async def start(self) -> None:
        """Open every listener. Raises ConfigError (certificate) and Unreachable (a port that cannot be opened)."""
        settings = self._desk.settings
        self._passed = passed_sockets()
        wanted = _wanted(settings, self._passed)
        self._desk.tls = _checked_context(settings, wanted)
        try:
            await self._open(wanted)
        except BaseException:
            await self.stop_accepting()
            raise
        self._watch.start()

    async def reload(self, settings: RelaySettings) -> None:
        """Other settings from now on, also for open sessions (limits) and handshakes (certificate).

        Raises as `start` does, and then nothing has changed.
        """
        wanted = _wanted(settings, self._passed)
        context = _checked_context(settings, wanted)
        before = dict(self._servers)
        try:
            await self._open({listener: how for listener, how in wanted.items() if listener not in before})
        except BaseException:
            self._close(set(self._servers) - set(before))
            raise
        self._close(set(before) - set(wanted))
        self._desk.settings, self._desk.tls = settings, context

    async def stop_accepting(self) -> None:
        """No new connections; sessions go on."""
        self._close(set(self._servers))

    async def drain(self, timeout_seconds: float) -> None:
        """No new messages: sessions end where they stand between two, the others after theirs, or when time is up.

        Returns when nobody is left and no commit is on its way, or at the end of the time.
        """
        await self.stop_accepting()
        desk = self._desk
        desk.draining = True
        until = clock.monotonic() + timeout_seconds
        while (desk.sessions or desk.commits) and clock.monotonic() < until:
            for session in list(desk.sessions):
                if session.closing and desk.now - session.closing_since > _LAST_REPLY_SECONDS:
                    session.abort()
                elif session.transaction is None and not session.waiting:
                    session.dismiss(replies.SHUTTING_DOWN, "shutdown")
            await asyncio.sleep(_DRAIN_INTERVAL_SECONDS)
        for session in list(desk.sessions):
            if not session.waiting:
                session.dismiss(replies.SHUTTING_DOWN, "shutdown")
            session.abort()
        self._watch.stop()

    async def _open(self, wanted: Mapping[Listener, socket.socket | None]) -> None:
        for listener, opened in wanted.items():
            servers = self._servers[listener] = []
            try:
                servers.append(await self._serve(listener, opened))
                for copied in [each for each in servers[0].sockets for _ in range(ACCEPTED_AT_ONCE - 1)]:
                    servers.append(await self._serve(listener, socket.socket(fileno=os.dup(copied.fileno()))))
            except OSError as error:
                self._close({listener})
                raise _cannot_listen(listener, error) from error

    async def _serve(self, listener: Listener, opened: socket.socket | None) -> asyncio.Server:
        make, loop = _maker(self._desk, listener.kind), self._desk.loop
        if opened is not None:
            return await loop.create_server(make, sock=opened, backlog=BACKLOG)
        return await loop.create_server(make, listener.host, listener.port, backlog=BACKLOG)

    def _close(self, listeners: Iterable[Listener]) -> None:
        for listener in listeners:
            for server in self._servers.pop(listener):
                server.close()


def _maker(desk: Desk, kind: ListenerKind) -> Callable[[], Session]:
    rules = RULES[kind]
    return lambda: Session(desk, rules)


def _wanted(
    settings: RelaySettings, passed: Mapping[ListenerKind, list[socket.socket]]
) -> dict[Listener, socket.socket | None]:
    """What is to be listened on; sockets that systemd passed stand in place of the configured ones of their kind."""
    wanted: dict[Listener, socket.socket | None] = {
        listener: None for listener in settings.listeners if listener.kind not in passed
    }
    for kind, sockets in passed.items():
        for opened in sockets:
            host, port = opened.getsockname()[:2]
            wanted[Listener(kind, host, port)] = opened
    return wanted


def _checked_context(settings: RelaySettings, wanted: Iterable[Listener]) -> ssl.SSLContext | None:
    context = server_context(settings.tls)
    kinds = {listener.kind for listener in wanted}
    needing = sorted(kind for kind in kinds if RULES[kind].authentication)
    if context is None and needing:
        raise ConfigError(
            Text(
                "cổng {kinds} cần chứng thư TLS nhưng [relay.tls] chưa có certificate",
                "the listeners {kinds} need a TLS certificate, but [relay.tls] has none",
            ).format(kinds=", ".join(needing)),
            Text(
                "đặt [relay.tls] certificate và key, hoặc bỏ các cổng đó",
                "set [relay.tls] certificate and key, or remove these listeners",
            ),
        )
    if context is None and "relay" in kinds:
        logs.event(logging.WARNING, AREA, "no TLS certificate: STARTTLS is not offered")
    return context


def _cannot_listen(listener: Listener, error: OSError) -> Unreachable:
    return Unreachable(
        Text("không mở được cổng {where}: {reason}", "cannot listen on {where}: {reason}").format(
            where=f"{listener.host}:{listener.port} ({listener.kind})", reason=reason_of(error)
        ),
        Text(
            "xem tiến trình nào đang giữ cổng này (ss -ltnp), hoặc đổi [relay] listeners",
            "see which process holds the port (ss -ltnp), or change [relay] listeners",
        ),
    )
