"""The lower half of a session: bytes in, replies out, waiting, TLS, closing. It knows no commands.

All connections receive into one buffer; all replies to one received chunk leave in one write (RFC 2920 3.2). While the
session waits (a commit, a coroutine, a slow disk, a peer that does not read), what the peer sends meanwhile is held, in
order, and reading stops when that grows. There is neither a task nor a timer per command.

`Connection` is an aiosmtpd `SMTP` without aiosmtpd's constructor, reader, writer, timer and client task:
docs/decisions/0008 tells what is taken and why the rest is replaced.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final, cast

from aiosmtpd.smtp import SMTP
from aiosmtpd.smtp import Session as Peer

from mailrelay.reception import replies
from mailrelay.reception.admission import plain_address
from mailrelay.reception.desk import Desk
from mailrelay.reception.handshake import shake_hands
from mailrelay.reception.replies import wire
from mailrelay.reception.rules import ListenerRules
from mailrelay.reception.trouble import reply_to

COMMIT: Final = 1
ROUTINE: Final = 2
WRITING: Final = 4
BODY: Final = 8
"""What a session may wait for, as bits: the ledger, a coroutine, the peer to read our replies, the disk."""

HELD_BYTES: Final = 64 * 1024
"""Input held while waiting before reading stops: the commands of some hundred pipelined recipients."""
FREELY_HELD_BYTES: Final = 12288
"""Held whatever the memory budget says: the longest line (RFC 4954 4)."""


class Connection(SMTP, asyncio.BufferedProtocol):
    """A connection from accept to close. Attributes without underscore are for the session's other modules."""

    # Defaults stand here so that a connection costs few assignments.
    transport: asyncio.Transport | None = None
    tls = ""
    trusted = False
    waiting = 0
    closing = False
    closing_since = 0.0
    lost = False
    full = False
    _entered = False
    _eof = False
    _feeding = False
    _reading_paused = False
    _held = b""
    _counted_bytes = 0
    _task: asyncio.Task[None] | None = None

    def __init__(self, desk: Desk, rules: ListenerRules) -> None:
        # Not super().__init__(): it inspects handler and class anew for every connection, and clears a dictionary
        # that all connections share.
        self.loop = desk.loop
        self.desk = desk
        self.rules = rules
        self.address = ""
        self.opened_at = self.moved_at = desk.now
        self._replies: list[bytes] = []

    def __del__(self) -> None:
        """Nothing to tidy: aiosmtpd's looks for a future that we do not have."""

    # -- what the upper half fills in ---------------------------------------------------------------------------------

    def begin(self) -> None:
        """The connection is ours to speak on (with implicit TLS: it is protected now)."""
        raise NotImplementedError

    def begin_anew(self) -> None:
        """TLS is active: forget what was said in clear (RFC 3207 4.2)."""
        raise NotImplementedError

    def step(self, data: bytes, position: int) -> int:
        """Take what comes next in the data; where it ended, or -1 when it is not complete yet."""
        raise NotImplementedError

    def dismiss(self, reply: tuple[int, str, str], step: str) -> None:
        """A last reply, then close."""
        raise NotImplementedError

    def forget_transaction(self) -> None:
        """RSET, and everything that acts like it."""
        raise NotImplementedError

    def ended(self, error: Exception | None) -> None:
        """The connection is gone."""
        raise NotImplementedError

    # -- the connection -----------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.session = Peer(self.loop)
        self.session.peer = transport.get_extra_info("peername")
        self.address = plain_address(self.session.peer[0] if self.session.peer else "")
        desk = self.desk
        desk.counters.sessions += 1
        desk.counters.open_sessions += 1
        self.trusted = self.rules.loopback_only or desk.policy.trusted(self.address)
        refusal = self._admit()
        if refusal is not None:
            self.dismiss(refusal, "connect")
        elif self.rules.tls_at_once:
            self.start_tls(self.begin)
        else:
            self.begin()

    def _admit(self) -> tuple[int, str, str] | None:
        desk = self.desk
        self._entered = True
        refusal = desk.admission.enter(self.address, self.trusted, desk.settings.limits, self.rules.public)
        if refusal is not None:
            desk.counters.refused_connections += 1
            self.full = True
            return refusal
        if desk.draining:
            return replies.SHUTTING_DOWN
        if self.rules.loopback_only and not (self.address == "::1" or self.address.startswith("127.")):
            return replies.NOT_YOUR_DOOR
        if self.rules.tls_at_once and desk.tls is None:
            return replies.NO_TLS_NOW
        return desk.policy.connected(self.address)

    def eof_received(self) -> bool:
        """The peer sends nothing more. Replies still owed are sent first, where the transport can do that."""
        self._eof = True
        return bool(self.waiting) and not self.tls and not self.closing

    def connection_lost(self, error: Exception | None) -> None:
        """Forget everything, except a message whose commit is on its way: that goes on by itself."""
        if self.lost:
            return
        self.lost = self.closing = True
        desk = self.desk
        desk.counters.open_sessions -= 1
        if self._entered:
            desk.admission.leave(self.address, self.rules.public)
        self._hold(b"")
        self.forget_transaction()
        if self._task is not None:
            self._task.cancel()
        self.transport = None
        self.ended(error)

    def close(self, linger: bool = False) -> None:
        """Send what is to be sent, then close. Lingering reads and drops what the peer still sends: a close with unread
        input resets the connection, and the peer would never see the last reply. The watch ends what lingers."""
        if self.closing:
            return
        self.closing = True
        self.closing_since = self.desk.now
        self._feeding = False
        self.flush()
        self._hold(b"")
        self.forget_transaction()
        transport = self.transport
        if transport is None or transport.is_closing():
            return
        if not linger or self._eof or not transport.can_write_eof():
            transport.close()
            return
        self._resume_reading()
        try:
            transport.write_eof()
        except OSError:  # the peer has cut the connection
            transport.abort()

    def abort(self) -> None:
        """Cut the connection."""
        if self.transport is not None:
            self.transport.abort()

    # -- bytes in -----------------------------------------------------------------------------------------------------

    def get_buffer(self, sizehint: int) -> memoryview:
        """The buffer of all connections; `buffer_updated` copies out of it before anybody else can receive."""
        return self.desk.buffer

    def buffer_updated(self, count: int) -> None:
        self.data_received(bytes(self.desk.buffer[:count]))

    def data_received(self, data: bytes) -> None:
        """Take bytes; uvloop, which sees a stream protocol in aiosmtpd's class, copies them out of its own buffer."""
        if self.closing:
            return
        self.desk.counters.received_bytes += len(data)
        if self._held:
            data = self._held + data
        if self.waiting:
            self._hold(data)
            if len(data) > HELD_BYTES:
                self._pause_reading()
            return
        self._feed(data)

    def _feed(self, data: bytes) -> None:
        """Work through what was received as far as it goes, hold the rest, send all replies at once."""
        position, length = 0, len(data)
        self._feeding = True
        try:
            while position < length and not self.waiting and not self.closing:
                reached = self.step(data, position)
                if reached < 0:
                    break
                position = reached
        except Exception as error:
            self.dismiss(reply_to(error, "session"), "session")
        self._feeding = False
        if self._held or position < length:
            self._hold(b"" if self.closing else data[position:])
        self.flush()
        if self._eof and not self.waiting:
            self.close()

    def _hold(self, data: bytes) -> None:
        """Keep input for later, within the memory of all sessions together."""
        desk = self.desk
        desk.memory_bytes += len(data) - self._counted_bytes
        self._held = data
        self._counted_bytes = len(data)
        if len(data) > FREELY_HELD_BYTES and desk.crowded and not self.closing:
            self.dismiss(replies.NO_ROOM, "input")

    def _pause_reading(self) -> None:
        if not self._reading_paused and self.transport is not None and not self.transport.is_closing():
            self._reading_paused = True
            self.transport.pause_reading()

    def _resume_reading(self) -> None:
        if self._reading_paused and self.transport is not None and not self.transport.is_closing():
            self._reading_paused = False
            self.transport.resume_reading()

    # -- bytes out ----------------------------------------------------------------------------------------------------

    def send(self, reply: bytes) -> None:
        """A reply, to leave with the others of this chunk."""
        self._replies.append(reply)

    def flush(self) -> None:
        """Send the replies gathered so far in one write."""
        if not self._replies or self._feeding:
            return
        gathered, self._replies = self._replies, []
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(gathered[0] if len(gathered) == 1 else b"".join(gathered))

    def pause_writing(self) -> None:
        """The peer does not read its replies: it gets no further ones before it does."""
        self.wait(WRITING, stop_reading=True)

    def resume_writing(self) -> None:
        self.resume(WRITING)

    # -- waiting ------------------------------------------------------------------------------------------------------

    def wait(self, reason: int, stop_reading: bool = False) -> None:
        """Take nothing more of what the peer sends before `resume` with the same reason."""
        self.waiting |= reason
        if stop_reading:
            self._pause_reading()

    def resume(self, reason: int) -> None:
        """What was waited for has come; go on with what the peer sent meanwhile."""
        self.waiting &= ~reason
        if self.waiting or self._feeding or self.closing:
            return
        self._feed(self.take_held())
        if not self.waiting and not self.closing:
            self._resume_reading()

    def run(self, routine: Coroutine[Any, Any, None], what: str) -> None:
        """Carry out a rare command as a task; the session waits for it."""
        self.wait(ROUTINE)
        self._task = self.loop.create_task(self._carry_out(routine, what))

    async def _carry_out(self, routine: Coroutine[Any, Any, None], what: str) -> None:
        try:
            await routine
        except Exception as error:
            self.forget_transaction()
            self.send(wire(reply_to(error, what)))
        self._task = None
        if not self.lost:
            self.resume(ROUTINE)

    # -- TLS ----------------------------------------------------------------------------------------------------------

    def start_tls(self, secured: Callable[[], None]) -> None:
        """Begin the handshake, then call back. Nothing is read in clear from now on."""
        self.wait(ROUTINE, stop_reading=True)
        self.run(shake_hands(self, secured), "TLS")

    def protected(self, transport: asyncio.Transport, tls: str) -> None:
        """TLS is active on this transport: what was said before is forgotten (RFC 3207 4.2)."""
        self.transport = transport
        self.tls = tls
        self._reading_paused = False
        self.moved_at = self.desk.now
        peer = self.session.peer if self.session is not None else None
        self.session = Peer(self.loop)
        self.session.peer = peer
        self.begin_anew()

    def take_held(self) -> bytes:
        """What came while the session waited, which now is somebody else's."""
        held = self._held
        self._hold(b"")
        return held
