"""One connection to one peer: the client side of SMTP (RFC 5321) and LMTP (RFC 2033) as a state machine.

    set-up (coroutines, opening.py)      work (callbacks only)
    greet ─► ask EHLO ─► STARTTLS ─►     idle ─► envelope ─► body ─► idle ...
                                                     ▲          │
                                                     └──────────┘ the next envelope goes out behind the final dot

With PIPELINING (RFC 2920) the body of message k, its final dot and MAIL, RCPT, DATA of message k+1 are one write;
without it, one command is on its way at a time. `_expected` lists, in order, what every outstanding reply will answer,
so the pipeline stays in step whatever the peer refuses. Promises: every attempt taken is finished or given back exactly
once; a connection that breaks, answers nonsense or says 421 leaves `unknown` only where the final dot was written and
not answered. It does not choose hosts, does not connect and does not retry.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Any, Final, NamedTuple, Protocol, cast

from mailrelay.sending.attempt import RESUBMITS, Attempt, lost, peer_result
from mailrelay.sending.commands import Content, Envelope, content_in_memory, envelope, head_is_ascii, octets_to_read
from mailrelay.sending.features import NOTHING, Features
from mailrelay.sending.replies import MalformedReply, ReplyReader, our_reply, parse_reply
from mailrelay.sending.streaming import SLICE_BYTES, BodyStream, ContentReader
from mailrelay.sending.stuffing import FINAL_DOT, whole
from mailrelay.sending.timeouts import Timeouts
from mailrelay.sending.transactions import RecipientResult, Reply, Result, Stage

_LOG: Final = logging.getLogger("congvu.mailrelay.sending")
WRITE_BUFFER_BYTES: Final = 64 << 10
"""Above this the stream waits; below a quarter of it, it goes on. A slice beyond it is sent at once where it can be."""

MAIL: Final = 0
RCPT: Final = 1
DATA: Final = 2
DOT: Final = 3
RSET: Final = 4
IGNORED: Final = 5
ASKED: Final = 6
_STAGES: Final[tuple[Stage, ...]] = ("mail", "rcpt", "data", "dot", "mail", "data", "hello")


class Awaited(NamedTuple):
    """What an outstanding reply answers: a command of an attempt, for one recipient at RCPT and at an LMTP dot
    (`recipient` -1: for all that were accepted), or a question asked during set-up."""

    command: int
    attempt: Attempt | None = None
    recipient: int = -1
    answer: asyncio.Future[bytes] | None = None


class Owner(Protocol):
    """Who feeds a channel: a lane (lane.py)."""

    def next_attempt(self) -> Attempt | None: ...
    def give_back(self, attempt: Attempt) -> None: ...
    def finished(self, attempt: Attempt, result: Result) -> None: ...
    def idle(self, channel: Channel) -> None: ...
    def leaving(self, channel: Channel) -> None: ...
    def gone(self, channel: Channel) -> None: ...


class Channel(asyncio.Protocol):
    """One connection. `label` is `name[address]:port`; `tls` names protocol and cipher once it is encrypted."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, timeouts: Timeouts, *, lmtp: bool, label: str, messages: int = 1000
    ) -> None:
        self.label = label
        self.tls = ""
        self.features = NOTHING
        self.owner: Owner | None = None
        self.closed = False
        self.end: Reply | None = None
        self._greeting: asyncio.Future[bytes] | None = None
        self._loop = loop
        self._timeouts = timeouts
        self._limits = (
            timeouts.mail,
            timeouts.rcpt,
            timeouts.data,
            timeouts.dot,
            timeouts.mail,
            timeouts.data,
            timeouts.hello,
        )
        self._lmtp = lmtp
        self._messages_left = messages
        self._finished_here = 0
        self._reader = ReplyReader()
        self._expected: deque[Awaited] = deque()
        self._unsent: deque[tuple[bytes, Awaited]] = deque()
        self._stream: BodyStream | None = None
        self._streaming: Attempt | None = None
        self._held: Attempt | None = None
        self._examining = False
        self._paused = False
        self._reset_needed = False
        self._quitting = False
        self._idle = False
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None

    # --- the connection

    @property
    def transport(self) -> asyncio.Transport:
        """The transport; only after `connection_made`."""
        assert self._transport is not None  # noqa: S101
        return self._transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.adopt(cast(asyncio.Transport, transport))
        self._greeting = self._await(self._timeouts.greeting)  # now: it may come in the same round of the loop

    def adopt(self, transport: asyncio.Transport) -> None:
        """Speak over this transport from now on (after STARTTLS: the encrypted one)."""
        self._transport = transport
        transport.set_write_buffer_limits(WRITE_BUFFER_BYTES, WRITE_BUFFER_BYTES // 4)

    def connection_lost(self, exc: Exception | None) -> None:
        self._break(our_reply(421, "4.4.2", f"the connection to {self.label} was lost: {exc or 'closed by the peer'}"))

    def pause_writing(self) -> None:
        self._paused = True
        if self._stream is not None:
            self._stream.paused = True

    def resume_writing(self) -> None:
        self._paused = False
        if self._stream is not None:
            self._stream.paused = False
            self._wait(self._timeouts.block)
            self._stream.pump()

    # --- set-up

    async def greeted(self) -> bytes:
        """The greeting, as it came or will come; empty when the connection ended (`end` tells why)."""
        return await self._greeting if self._greeting is not None else b""

    async def ask(self, line: bytes, timeout_seconds: float) -> bytes:
        """Send one command and give its reply; empty when the connection ended (`end` tells why)."""
        if self.closed:
            return b""
        self.transport.write(line)
        return await self._await(timeout_seconds)

    def _await(self, timeout_seconds: float) -> asyncio.Future[bytes]:
        answer: asyncio.Future[bytes] = self._loop.create_future()
        self._expected.append(Awaited(ASKED, answer=answer))
        self._wait(timeout_seconds)
        return answer

    @property
    def has_unread(self) -> bool:
        """Whether part of a reply is here that nobody asked for; after the answer to STARTTLS that is an injection."""
        return self._reader.pending

    def begin(self, owner: Owner, features: Features) -> None:
        """Set-up is done: take work from this owner from now on."""
        self.owner = owner
        self.features = features
        self._wait(self._timeouts.idle)
        self._go_on()

    # --- work

    def wake(self) -> None:
        """There may be work; only for a channel that told its owner it is idle."""
        if self._idle and not self.closed:
            self._idle = False
            self._go_on()

    def quit(self) -> None:
        """End politely as soon as nothing is under way."""
        self._messages_left = 0
        if self._idle and not self.closed:
            self._say_quit()

    def abort(self, reply: Reply) -> None:
        """End at once; what is under way ends with this reply."""
        self._break(reply)

    def data_received(self, data: bytes) -> None:
        try:
            replies = self._reader.feed(data)
        except MalformedReply as error:
            self._break(our_reply(451, "4.5.0", f"{self.label} gave no SMTP reply: {error}"))
            return
        for raw in replies:
            if self._expected:
                self._reply(self._expected.popleft(), raw)
            else:
                self._unasked(raw)
            if self.closed:
                return
        if replies:
            self._go_on()

    def _reply(self, awaited: Awaited, raw: bytes) -> None:
        command, attempt, index, answer = awaited
        if answer is not None:
            if not answer.done():
                answer.set_result(raw)
        elif attempt is None:
            self._small_reply(command, raw)
        elif raw.startswith(b"421"):
            self._service_closes(command, attempt, index, raw)
        elif command == DOT:
            self._dot_reply(attempt, index, raw)
        elif command == DATA:
            self._data_reply(attempt, raw)
        elif raw[0] == 0x33:  # "3": only DATA is answered so
            self._out_of_step(raw)
        elif command == RCPT:
            self._recipient_reply(attempt, index, raw)
        else:
            self._mail_reply(attempt, raw)

    def _mail_reply(self, attempt: Attempt, raw: bytes) -> None:
        attempt.answered = True
        if raw[0] != 0x32:
            attempt.mail_refused = peer_result(raw, "mail")
            if self._unsent:
                self._unsent.clear()
                self._finish_refused(attempt)

    def _recipient_reply(self, attempt: Attempt, index: int, raw: bytes) -> None:
        if raw[0] == 0x32:
            attempt.accepted.append(index)
        elif attempt.mail_refused is None:
            attempt.refuse(index, raw, "rcpt")
        if len(self._unsent) == 1 and not attempt.accepted:  # only DATA is left, and for nobody
            self._unsent.clear()
            self._reset_needed = True
            self._finish_refused(attempt)

    def _data_reply(self, attempt: Attempt, raw: bytes) -> None:
        if raw[0] in (0x34, 0x35):
            if attempt.mail_refused is None:
                self._reset_needed = True
                if attempt.accepted:
                    attempt.settle(peer_result(raw, "data"))
            self._finish_refused(attempt)
        elif not raw.startswith(b"354"):
            self._out_of_step(raw, attempt)
        elif not attempt.accepted:  # RFC 2920 3.1: a message for nobody
            self.transport.write(FINAL_DOT)
            self._expected.append(Awaited(IGNORED))
            self._finish_refused(attempt)
        elif attempt.mail_refused is not None:  # it refused the sender and took recipients: no byte of the message
            self._out_of_step(raw, attempt)
        else:
            self._send_body(attempt)

    def _dot_reply(self, attempt: Attempt, index: int, raw: bytes) -> None:
        if raw[0] == 0x33:
            self._out_of_step(raw, attempt)
            return
        result = peer_result(raw, "dot")
        if index < 0:
            for accepted in attempt.accepted:
                attempt.results[accepted] = result
        else:
            attempt.results[index] = result
            if index != attempt.accepted[-1]:
                return
        self._finish(attempt)

    def _small_reply(self, command: int, raw: bytes) -> None:
        if command == RSET and raw[0] != 0x32:
            self._out_of_step(raw)
        elif self._quitting:
            self._break(our_reply(221, "2.0.0", "closed"))

    # --- what goes out

    def _go_on(self) -> None:
        """After every piece of replies: the next command, the next message, or rest."""
        if self._expected:
            self._wait(self._limits[self._expected[0].command])
        elif self._stream is not None or self._examining or self.closed:
            return
        elif self._unsent:
            self._send_one()
        elif self._held is not None:
            self._examine(self._held)
        elif self.owner is not None and not self._quitting:
            self._next_message()

    def _next_message(self) -> None:
        if self._messages_left <= 0:
            self._say_quit()
            return
        lines = self._take()
        if lines is not None:
            self._idle = False
            self.transport.write(lines)
            self._wait(self._timeouts.mail)
        elif self._held is not None:
            self._examine(self._held)
        elif not self.closed and self.owner is not None and not self._idle:
            self._idle = True
            self._wait(self._timeouts.idle)
            self.owner.idle(self)

    def _take(self) -> bytes | None:
        """Take the next attempt that this peer can be offered; its first commands, or None."""
        while self.owner is not None and self._messages_left > 0 and not self.closed:
            attempt = self.owner.next_attempt()
            if attempt is None:
                return None
            if octets_to_read(attempt.transaction, self.features):
                self._held = attempt
                return None
            lines = self._offer(attempt, content_in_memory(attempt.transaction, self.features))
            if lines is not None:
                return lines
        return None

    def _offer(self, attempt: Attempt, content: Content) -> bytes | None:
        """The first commands for an attempt; None when it is over, because the peer offers too little for it."""
        try:
            composed = envelope(attempt.transaction, self.features, content, self._lmtp)
        except Exception as fault:  # whatever is wrong with one message must not lose it, nor the connection
            _LOG.error("an envelope could not be written", exc_info=True)
            composed = RecipientResult("temporary", our_reply(451, "4.3.0", f"our fault: {fault!r}"), "check")
        if isinstance(composed, RecipientResult):
            attempt.settle(composed)
        else:
            attempt.offer(composed)
            if composed.recipients:
                self._messages_left -= 1
                return self._announce(attempt, composed)
        self._finish(attempt)
        return None

    def _announce(self, attempt: Attempt, composed: Envelope) -> bytes:
        expected = self._expected
        if not self.features.pipelining:
            return self._announce_singly(attempt, composed)
        lines = [composed.mail, *composed.recipients, b"DATA\r\n"]
        if self._reset_needed:
            self._reset_needed = False
            lines.insert(0, b"RSET\r\n")
            expected.append(Awaited(RSET))
        expected.append(Awaited(MAIL, attempt))
        for index in composed.indexes:
            expected.append(Awaited(RCPT, attempt, index))
        expected.append(Awaited(DATA, attempt))
        return b"".join(lines)

    def _announce_singly(self, attempt: Attempt, composed: Envelope) -> bytes:
        script = self._unsent
        if self._reset_needed:
            self._reset_needed = False
            script.append((b"RSET\r\n", Awaited(RSET)))
        script.append((composed.mail, Awaited(MAIL, attempt)))
        for line, index in zip(composed.recipients, composed.indexes, strict=True):
            script.append((line, Awaited(RCPT, attempt, index)))
        script.append((b"DATA\r\n", Awaited(DATA, attempt)))
        line, awaited = script.popleft()
        self._expected.append(awaited)
        return line

    def _send_one(self) -> None:
        line, awaited = self._unsent.popleft()
        self._expected.append(awaited)
        self.transport.write(line)
        self._wait(self._limits[awaited.command])

    def _send_body(self, attempt: Attempt) -> None:
        transaction = attempt.transaction
        inline = transaction.body.inline
        if inline is not None and len(inline) <= SLICE_BYTES:
            pieces = whole(transaction.prefix, inline)
            self._behind_body(attempt, pieces)
            self.transport.write(b"".join(pieces))
            return
        self._streaming = attempt
        self._wait(self._timeouts.block)
        stream = BodyStream(
            transaction.body,
            self._write_slice,
            self._stream_finished,
            self._stream_failed,
        )
        stream.paused = self._paused
        self._stream = stream
        stream.start(transaction.prefix)

    def _behind_body(self, attempt: Attempt, pieces: list[bytes]) -> None:
        """The final dot is among the pieces: expect its replies, and let the next message follow in the same write."""
        attempt.dot_written = True
        if self._lmtp:
            self._expected.extend(Awaited(DOT, attempt, index) for index in attempt.accepted)
        else:
            self._expected.append(Awaited(DOT, attempt))
        if self.features.pipelining:
            ahead = self._take()
            if ahead is not None:
                pieces.append(ahead)

    def _write_slice(self, data: bytes) -> None:
        self.transport.write(data)
        self._wait(self._timeouts.block)

    def _stream_finished(self, ending: bytes) -> None:
        attempt = self._streaming
        self._stream = self._streaming = None
        if attempt is not None:
            pieces = [ending]
            self._behind_body(attempt, pieces)
            self.transport.write(b"".join(pieces))
            self._wait(self._timeouts.dot)

    def _stream_failed(self, reason: str) -> None:
        self._stream = None
        self._break(our_reply(451, "4.3.0", reason))

    def _examine(self, attempt: Attempt) -> None:
        """Read as much of a large body as this peer's lack of extensions demands, then go on with it."""
        length = octets_to_read(attempt.transaction, self.features)
        self._examining = True
        self._wait(self._timeouts.block)

        def done(ascii_read: bool | None, head: bytes) -> None:
            self._held = None
            self._examining = False
            if self.closed:
                return  # it was given back when the connection ended
            prefix = attempt.transaction.prefix
            if ascii_read is None:
                unreadable = our_reply(451, "4.3.0", "the stored message cannot be read")
                attempt.settle(RecipientResult("temporary", unreadable, "body"))
                self._finish(attempt)
            else:
                whole_is_ascii = ascii_read and prefix.isascii() and length == attempt.transaction.body.size
                lines = self._offer(attempt, Content(whole_is_ascii, head_is_ascii(prefix, head)))
                if lines is not None:
                    self.transport.write(lines)
            self._go_on()

        ContentReader(attempt.transaction.body, length, done).start()

    # --- ends

    def _finish_refused(self, attempt: Attempt) -> None:
        if attempt.mail_refused is not None:
            attempt.settle(attempt.mail_refused)
        self._finish(attempt)

    def _finish(self, attempt: Attempt) -> None:
        self._finished_here += 1
        if self.owner is not None:
            self.owner.finished(attempt, attempt.outcome(self.label, self.tls, self.features.dsn and not self._lmtp))

    def _out_of_step(self, raw: bytes, attempt: Attempt | None = None) -> None:
        """The peer's reply fits no command of ours: nothing that it says from here on can be trusted."""
        if attempt is not None:
            self._expected.appendleft(Awaited(DOT if attempt.dot_written else DATA, attempt))
        said = str(parse_reply(raw))
        self._break(our_reply(451, "4.5.0", f"{self.label} answers out of step: {said}"))

    def _service_closes(self, command: int, attempt: Attempt, index: int, raw: bytes) -> None:
        """421 may answer anything (RFC 5321 3.8). It decides what it answers; the rest ends as a lost connection."""
        result = RecipientResult("temporary", parse_reply(raw), _STAGES[command])
        if command == DOT and index >= 0:
            attempt.results[index] = result
        elif command == DOT:
            attempt.settle(result)
        if command != MAIL or not self._may_give_back(attempt):
            attempt.answered = True
        self._expected.appendleft(Awaited(command, attempt, index))
        self._break(result.reply)

    def _unasked(self, raw: bytes) -> None:
        """A reply to nothing: 421 before closing, or a refusal of a body that is still being sent."""
        if self._streaming is not None and raw[0] in (0x34, 0x35):
            self._streaming.settle(peer_result(raw, "dot"))
            self._break(parse_reply(raw))
        elif raw.startswith(b"421"):
            self._break(parse_reply(raw))
        else:
            self._out_of_step(raw)

    def _break(self, reply: Reply) -> None:
        """End the connection now and account for everything that was under way."""
        if self.closed:
            return
        self.closed = True
        self.end = reply
        stage = _STAGES[self._expected[0].command] if self._expected else "body"
        if self._timer is not None:
            self._timer.cancel()
        if self._stream is not None:
            self._stream.cancel()
        if self._transport is not None:
            self._transport.abort()
        for attempt in self._outstanding():
            if self._may_give_back(attempt) and self.owner is not None:
                self.owner.give_back(attempt)
                continue
            attempt.settle(lost(reply, attempt.dot_written, stage))
            self._finish(attempt)
        if self.owner is not None:
            self.owner.gone(self)

    def _outstanding(self) -> list[Attempt]:
        """Everything under way, each once, in order; open questions of the set-up are answered with nothing."""
        found: dict[Attempt, Any] = {} if self._streaming is None else {self._streaming: None}
        for awaited in [*self._expected, *(awaited for _, awaited in self._unsent)]:
            if awaited.attempt is not None:
                found[awaited.attempt] = None
            if awaited.answer is not None and not awaited.answer.done():
                awaited.answer.set_result(b"")
        if self._held is not None:
            found[self._held] = None
        self._expected.clear()
        self._unsent.clear()
        self._streaming = self._held = None
        return list(found)

    def _may_give_back(self, attempt: Attempt) -> bool:
        """Nothing was said about it, and this connection worked before: another one will do."""
        return not attempt.answered and self._finished_here > 0 and attempt.resubmits < RESUBMITS

    def _say_quit(self) -> None:
        self._idle = False
        self._quitting = True
        if self.owner is not None:
            self.owner.leaving(self)
        self.transport.write(b"QUIT\r\n")
        self._expected.append(Awaited(IGNORED))
        self._wait(self._timeouts.quit)

    # --- time

    def _wait(self, seconds: float) -> None:
        """Expect the next sign of life within this time. One timer per connection; it is moved only to be earlier."""
        if self.closed:
            return
        self._deadline = self._loop.time() + seconds
        if self._timer is None or self._timer.when() > self._deadline:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(self._deadline, self._time_is_up)

    def _time_is_up(self) -> None:
        self._timer = None
        if self.closed:
            return
        if self._deadline > self._loop.time():
            self._timer = self._loop.call_at(self._deadline, self._time_is_up)
        elif self._idle:
            self._say_quit()
        else:
            self._break(our_reply(451, "4.4.2", f"{self.label} was silent for too long"))
