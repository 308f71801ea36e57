"""Mail over one connection: the client side of SMTP (RFC 5321) and LMTP (RFC 2033) as a state machine of callbacks.

    idle ─► envelope ─► body ─► final dot ─► idle ...
                ▲                   │
                └───────────────────┘ the next envelope goes out behind the final dot

With PIPELINING (RFC 2920) the body of message k, its final dot and MAIL, RCPT, DATA of message k+1 are one write;
without it, one command is on its way at a time (pipeline.py keeps the order). Promises: every attempt taken is finished
or given back exactly once; a connection that breaks, answers nonsense or says 421 leaves `unknown` only where the final
dot was written and not answered. It does not choose hosts, does not connect and does not retry.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final, Protocol

from mailrelay.sending.attempt import RESUBMITS, Attempt, lost, peer_result
from mailrelay.sending.commands import Content, content_in_memory, envelope, head_is_ascii, octets_to_read
from mailrelay.sending.connection import Connection
from mailrelay.sending.features import NOTHING, Features
from mailrelay.sending.pipeline import DATA, DOT, IGNORED, MAIL, RCPT, RSET, STAGES, Awaited, Pipeline
from mailrelay.sending.replies import our_reply, parse_reply
from mailrelay.sending.streaming import SLICE_BYTES, BodyStream, ContentReader
from mailrelay.sending.stuffing import FINAL_DOT, whole
from mailrelay.sending.timeouts import Timeouts
from mailrelay.sending.transactions import RecipientResult, Reply, Result

_LOG: Final = logging.getLogger("congvu.mailrelay.sending")


class Owner(Protocol):
    """Who feeds a channel: a lane (lane.py)."""

    def next_attempt(self) -> Attempt | None: ...
    def give_back(self, attempt: Attempt) -> None: ...
    def finished(self, attempt: Attempt, result: Result) -> None: ...
    def idle(self, channel: Channel) -> None: ...
    def leaving(self, channel: Channel) -> None: ...
    def gone(self, channel: Channel) -> None: ...


class Channel(Connection):
    """One connection that carries mail for its owner."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, timeouts: Timeouts, *, lmtp: bool, label: str, messages: int = 1000
    ) -> None:
        super().__init__(loop, timeouts, label)
        self.features = NOTHING
        self.owner: Owner | None = None
        self._limits = (timeouts.mail, timeouts.rcpt, timeouts.data, timeouts.dot, timeouts.mail, timeouts.data)
        self._lmtp = lmtp
        self._messages_left = messages
        self._finished_here = 0
        self._pipeline = Pipeline()
        self._expected = self._pipeline.expected
        self._unsent = self._pipeline.unsent
        self._stream: BodyStream | None = None
        self._streaming: Attempt | None = None
        self._held: Attempt | None = None
        self._examining = False
        self._paused = False
        self._quitting = False
        self._idle = False

    # --- the wire's word

    def pause_writing(self) -> None:
        self._paused = True
        if self._stream is not None:
            self._stream.paused = True

    def resume_writing(self) -> None:
        self._paused = False
        if self._stream is not None:
            self._stream.paused = False
            self.wait(self._timeouts.block)
            self._stream.pump()

    # --- work

    def begin(self, owner: Owner, features: Features) -> None:
        """Set-up is done: take work from this owner from now on."""
        self.owner = owner
        self.features = features
        self.wait(self._timeouts.idle)
        self._go_on()

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

    # --- replies

    def all_read(self) -> None:
        self._go_on()

    def replied(self, raw: bytes) -> None:
        if not self._expected:
            self._unasked(raw)
            return
        command, attempt, index = self._expected.popleft()
        if attempt is None:
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
            self._pipeline.reset_needed = True
            self._finish_refused(attempt)

    def _data_reply(self, attempt: Attempt, raw: bytes) -> None:
        if raw[0] in (0x34, 0x35):
            if attempt.mail_refused is None:
                self._pipeline.reset_needed = True
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
            self.cut(our_reply(221, "2.0.0", "closed"))

    # --- what goes out

    def _go_on(self) -> None:
        """After every piece of replies: the next command, the next message, or rest."""
        if self._expected:
            self.wait(self._limits[self._expected[0].command])
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
            self.wait(self._timeouts.mail)
        elif self._held is not None:
            self._examine(self._held)
        elif not self.closed and self.owner is not None and not self._idle:
            self._idle = True
            self.wait(self._timeouts.idle)
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
                return self._pipeline.announce(attempt, composed, self.features.pipelining)
        self._finish(attempt)
        return None

    def _send_one(self) -> None:
        self.transport.write(self._pipeline.next_command())
        self.wait(self._limits[self._expected[-1].command])

    def _send_body(self, attempt: Attempt) -> None:
        transaction = attempt.transaction
        inline = transaction.body.inline
        if inline is not None and len(inline) <= SLICE_BYTES:
            pieces = whole(transaction.prefix, inline)
            self._behind_body(attempt, pieces)
            self.transport.write(b"".join(pieces))
            return
        self._streaming = attempt
        self.wait(self._timeouts.block)
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
        self._pipeline.expect_dot(attempt, self._lmtp)
        if self.features.pipelining:
            ahead = self._take()
            if ahead is not None:
                pieces.append(ahead)

    def _write_slice(self, data: bytes) -> None:
        self.transport.write(data)
        self.wait(self._timeouts.block)

    def _stream_finished(self, ending: bytes) -> None:
        attempt = self._streaming
        self._stream = self._streaming = None
        if attempt is not None:
            pieces = [ending]
            self._behind_body(attempt, pieces)
            self.transport.write(b"".join(pieces))
            self.wait(self._timeouts.dot)

    def _stream_failed(self, reason: str) -> None:
        self._stream = None
        self.cut(our_reply(451, "4.3.0", reason))

    def _examine(self, attempt: Attempt) -> None:
        """Read as much of a large body as this peer's lack of extensions demands, then go on with it."""
        length = octets_to_read(attempt.transaction, self.features)
        self._examining = True
        self.wait(self._timeouts.block)

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
            attempt.mail_refused = None  # nor anything it said before
            self._expected.appendleft(Awaited(DOT if attempt.dot_written else DATA, attempt))
        said = str(parse_reply(raw))
        self.cut(our_reply(451, "4.5.0", f"{self.label} answers out of step: {said}"))

    def _service_closes(self, command: int, attempt: Attempt, index: int, raw: bytes) -> None:
        """421 may answer anything (RFC 5321 3.8). It decides what it answers; the rest ends as a lost connection."""
        result = RecipientResult("temporary", parse_reply(raw), STAGES[command])
        if command == DOT and index >= 0:
            attempt.results[index] = result
        elif command == DOT:
            attempt.settle(result)
        if command != MAIL or not self._may_give_back(attempt):
            attempt.answered = True
        self._expected.appendleft(Awaited(command, attempt, index))
        self.cut(result.reply)

    def _unasked(self, raw: bytes) -> None:
        """A reply to nothing: 421 before closing, or a refusal of a body that is still being sent."""
        if self._streaming is not None and raw[0] in (0x34, 0x35):
            self._streaming.settle(peer_result(raw, "dot"))
            self.cut(parse_reply(raw))
        elif raw.startswith(b"421"):
            self.cut(parse_reply(raw))
        else:
            self._out_of_step(raw)

    def was_cut(self, reply: Reply) -> None:
        """Account for everything that was under way."""
        stage = self._pipeline.stage()
        if self._stream is not None:
            self._stream.cancel()
        for attempt in self._under_way():
            if self._may_give_back(attempt) and self.owner is not None:
                self.owner.give_back(attempt)
                continue
            if attempt.mail_refused is not None:
                attempt.settle(attempt.mail_refused)
            attempt.settle(lost(reply, attempt.dot_written, stage))
            self._finish(attempt)
        if self.owner is not None:
            self.owner.gone(self)

    def _under_way(self) -> list[Attempt]:
        """Everything that this connection has taken and not finished, each once, in order."""
        taken = (self._streaming, *self._pipeline.drain(), self._held)
        self._streaming = self._held = None
        return [attempt for attempt in taken if attempt is not None]

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
        self.wait(self._timeouts.quit)

    def silent(self) -> None:
        if self._idle:
            self._say_quit()
        else:
            super().silent()
