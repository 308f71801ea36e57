"""One connection to one peer: bytes out, whole replies in, questions asked one at a time, silence noticed.

It promises that a peer which answers nonsense, answers without end, says nothing in time or hangs up is cut exactly
once, with the reason in `end`; and that the greeting is never missed, however early it comes. The questions of the
set-up are coroutines (opening.py asks them); mail goes over callbacks (channel.py, which is a connection).
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final, cast

from mailrelay.sending.replies import MalformedReply, ReplyReader, our_reply
from mailrelay.sending.timeouts import Timeouts
from mailrelay.sending.transactions import Reply

WRITE_BUFFER_BYTES: Final = 64 << 10
"""Above this a large body waits; below a quarter of it, it goes on. A slice beyond it is sent at once where it can
be, so that the buffer holds at most one."""


class Connection(asyncio.Protocol):
    """The wire. `label` is `name[address]:port`; `tls` names protocol and cipher once it is encrypted; `end` is why the
    connection was cut. Subclasses say what `replied`, `all_read`, `silent` and
    `was_cut` mean."""

    def __init__(self, loop: asyncio.AbstractEventLoop, timeouts: Timeouts, label: str) -> None:
        self.label = label
        self.tls = ""
        self.end: Reply | None = None
        self._loop = loop
        self._timeouts = timeouts
        self._reader = ReplyReader()
        self._greeting: asyncio.Future[bytes] | None = None
        self._questions: deque[asyncio.Future[bytes]] = deque()
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None

    # --- what a subclass says

    def replied(self, raw: bytes) -> None:
        """A whole reply that answers no question of the set-up."""

    def all_read(self) -> None:
        """The replies that came together were all handed on."""

    def silent(self) -> None:
        """The time given to `wait` is over."""
        self.cut(our_reply(451, "4.4.2", f"{self.label} was silent for too long"))

    def was_cut(self, reply: Reply) -> None:
        """The connection has ended; called once."""

    # --- the wire

    @property
    def closed(self) -> bool:
        """Whether the connection has ended."""
        return self.end is not None

    @property
    def transport(self) -> asyncio.Transport:
        """The transport; only after `connection_made`."""
        assert self._transport is not None  # noqa: S101
        return self._transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.adopt(cast(asyncio.Transport, transport))
        self._greeting = self._question(self._timeouts.greeting)  # now: it may come in the same round of the loop

    def adopt(self, transport: asyncio.Transport) -> None:
        """Speak over this transport from now on (after STARTTLS: the encrypted one)."""
        self._transport = transport
        transport.set_write_buffer_limits(WRITE_BUFFER_BYTES, WRITE_BUFFER_BYTES // 4)

    def connection_lost(self, exc: Exception | None) -> None:
        self.cut(our_reply(421, "4.4.2", f"the connection to {self.label} was lost: {exc or 'closed by the peer'}"))

    def data_received(self, data: bytes) -> None:
        try:
            replies = self._reader.feed(data)
        except MalformedReply as error:
            self.cut(our_reply(451, "4.5.0", f"{self.label} gave no SMTP reply: {error}"))
            return
        for raw in replies:
            if self._questions:
                _resolve(self._questions.popleft(), raw)
            else:
                self.replied(raw)
            if self.end is not None:
                return
        if replies:
            self.all_read()

    def cut(self, reply: Reply) -> None:
        """End the connection now, for this reason; nothing more is written."""
        if self.end is not None:
            return
        self.end = reply
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._transport.abort()
        while self._questions:
            _resolve(self._questions.popleft(), b"")
        self.was_cut(reply)

    # --- set-up

    async def greeted(self) -> bytes:
        """The greeting, as it came or will come; empty when the connection ended."""
        return await self._greeting if self._greeting is not None else b""

    async def ask(self, line: bytes, timeout_seconds: float) -> bytes:
        """Send one command and give its reply; empty when the connection ended."""
        if self.closed:
            return b""
        self.transport.write(line)
        return await self._question(timeout_seconds)

    @property
    def has_unread(self) -> bool:
        """Whether part of a reply is here that nobody asked for; after the answer to STARTTLS that is an injection."""
        return self._reader.pending

    def _question(self, timeout_seconds: float) -> asyncio.Future[bytes]:
        answer: asyncio.Future[bytes] = self._loop.create_future()
        self._questions.append(answer)
        self.wait(timeout_seconds)
        return answer

    # --- time

    def wait(self, seconds: float) -> None:
        """Expect the next sign of life within this time. One timer per connection, moved only to be earlier."""
        if self.end is not None:
            return
        self._deadline = self._loop.time() + seconds
        if self._timer is None or self._timer.when() > self._deadline:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(self._deadline, self._time_is_up)

    def _time_is_up(self) -> None:
        self._timer = None
        if self.end is not None:
            return
        if self._deadline > self._loop.time():
            self._timer = self._loop.call_at(self._deadline, self._time_is_up)
        else:
            self.silent()


def _resolve(answer: asyncio.Future[bytes], raw: bytes) -> None:
    if not answer.done():  # whoever asked may have been cancelled
        answer.set_result(raw)
