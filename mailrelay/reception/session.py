"""One SMTP session: which command comes next, what belongs to a message, and what becomes of it at its end.

Frequent commands are plain functions (`commands`), rare ones coroutines. Of aiosmtpd this half uses the SASL mechanisms
and HELP. Exceptions of ours are 451 and reset the transaction; they never bounce mail.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Hashable
from typing import Any, Final, Literal

from aiosmtpd.smtp import AuthResult

from mailrelay.envelope import Client
from mailrelay.reception import replies, session_log
from mailrelay.reception.acceptance import Acceptance
from mailrelay.reception.commands import COMMANDS, ONLY_AFTER_REPLY, SYNTAX
from mailrelay.reception.connection import BODY, COMMIT, ROUTINE, Connection
from mailrelay.reception.data import ChunkReader, DataReader, Take
from mailrelay.reception.grammar import AUTH_BYTES
from mailrelay.reception.intake import Intake
from mailrelay.reception.replies import wire, worded
from mailrelay.reception.rules import ehlo_reply
from mailrelay.reception.sasl import ask
from mailrelay.reception.transaction import Transaction
from mailrelay.reception.trouble import reply_to

_CR: Final = 13
ENDLESS_LINE_BYTES: Final = 16 * 1024
"""A third more than the longest line there is (RFC 4954 4): whoever sends more is no mail program."""
_CONTROL: Final = re.compile(rb"[\x00-\x1f\x7f]")

Reading = Literal["commands", "content", "answer", "rest of line"]


class Session(Connection):
    """An SMTP session. `more` says whether the peer sent bytes behind the command that is being carried out."""

    AuthLoginUsernameChallenge = "Username:"
    AuthLoginPasswordChallenge = "Password:"
    _auth_required = False
    _smtp_methods = SYNTAX

    client: Client | None = None
    transaction: Transaction | None = None
    account = ""
    login = ""
    helo = ""
    authentication_failures = 0
    errors = 0
    messages = 0
    more = False
    reading: Reading = "commands"
    excess_recipients = 0
    told: set[Hashable] | None = None
    _line_bytes = 0
    _paused_at = 0.0
    _reader_of_content: DataReader | ChunkReader | None = None
    _take: Take | None = None
    _content_ended: Callable[[], None] | None = None
    _answer_line: asyncio.Future[bytes] | None = None

    @property
    def tls_context(self) -> object:  # type: ignore[override]
        """For aiosmtpd's HELP: whether STARTTLS is a command here."""
        return self.desk.tls if self.rules.starttls else None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.desk.sessions.add(self)
        super().connection_made(transport)

    def begin(self) -> None:
        self.send(f"220 {self.desk.settings.hostname} ESMTP Congvu\r\n".encode("ascii"))
        self.flush()

    def begin_anew(self) -> None:
        self.forget_transaction()
        self.account = self.login = self.helo = ""
        self.client = None

    def ended(self, error: Exception | None) -> None:
        self.desk.sessions.discard(self)
        if self._answer_line is not None:
            self._answer_line.cancel()
        session_log.ended(self, error)

    # -- what comes in ------------------------------------------------------------------------------------------------

    def step(self, data: bytes, position: int) -> int:
        if self.reading == "content":
            return self._take_content(data, position)
        end = data.find(b"\n", position)
        if end < 0:
            return self._take_part_of_line(len(data) - position, len(data))
        self.moved_at = self.desk.now
        self.more = end + 1 < len(data)
        if end - position + self._line_bytes > ENDLESS_LINE_BYTES:
            self.dismiss(replies.ENDLESS_LINE, "command")
        elif self.reading == "rest of line":
            self.reading = "commands"
            self._line_bytes = 0
            self.refuse(replies.LINE_TOO_LONG, "command")
        elif end == position or data[end - 1] != _CR:
            self.dismiss(replies.LINE_END, "command")
        elif self.reading == "answer":
            self._take_answer(data[position : end - 1])
        else:
            self._take_command(data[position : end - 1])
        return end + 1

    def _take_part_of_line(self, count: int, length: int) -> int:
        """What came of a line whose end has not come: keep it, or forget what is too long, but not for ever."""
        if self.reading != "rest of line":
            if count <= AUTH_BYTES:
                return -1
            self.reading = "rest of line"
        self._line_bytes += count
        if self._line_bytes > ENDLESS_LINE_BYTES:
            self.dismiss(replies.ENDLESS_LINE, "command")
        return length

    def _take_command(self, line: bytes) -> None:
        verb, _, argument = line.partition(b" ")
        verb = verb.upper()
        command = COMMANDS.get(verb)
        if _CONTROL.search(line):
            self.refuse(replies.CONTROL, "command")
        elif self.more and (verb in ONLY_AFTER_REPLY or not self._may_pipeline()):
            self.dismiss(replies.OUT_OF_STEP, "command")
        elif command is None:
            self.refuse(replies.UNKNOWN_COMMAND, "command")
        elif len(line) + 2 > command.limit_bytes:
            self.refuse(replies.LINE_TOO_LONG, verb.decode("ascii"))
        elif self.desk.draining and self.transaction is None:
            self.dismiss(replies.SHUTTING_DOWN, verb.decode("ascii"))
        else:
            try:
                command.act(self, argument.strip())
            except Exception as error:
                self.forget_transaction()
                self.send(wire(reply_to(error, verb.decode("ascii"))))

    def _may_pipeline(self) -> bool:
        """Only who was offered PIPELINING, by EHLO, may send a command before the last one's reply."""
        return self.session is not None and self.session.extended_smtp

    # -- content ------------------------------------------------------------------------------------------------------

    def read_content(self, reader: DataReader | ChunkReader, take: Take, ended: Callable[[], None]) -> None:
        """What comes next is content, which goes to `take` until the reader finds its end; then `ended` is called."""
        self.reading = "content"
        self._reader_of_content, self._take, self._content_ended = reader, take, ended
        if isinstance(reader, ChunkReader) and not reader.left:
            self._end_content()

    def _take_content(self, data: bytes, position: int) -> int:
        reader, take = self._reader_of_content, self._take
        if reader is None or take is None:
            raise RuntimeError("content that nobody reads")
        self.moved_at = self.desk.now
        end = reader.feed(data, position, take)
        if end >= 0:
            self._end_content()
            return end
        if self.transaction is not None and self.transaction.intake is not None:
            self._let_the_disk_catch_up(self.transaction.intake)
        return len(data)

    def _end_content(self) -> None:
        ended = self._content_ended
        self.reading = "commands"
        self._reader_of_content = self._take = self._content_ended = None
        if ended is not None:
            ended()

    def _let_the_disk_catch_up(self, intake: Intake) -> None:
        if intake.wants_pause() and intake.writer is not None:
            self._paused_at = self.desk.now
            intake.writer.on_drain = self._disk_caught_up
            self.wait(BODY, stop_reading=True)

    def _disk_caught_up(self) -> None:
        intake = self.transaction.intake if self.transaction is not None else None
        if intake is None or not self.waiting & BODY:
            return
        intake.account()
        if intake.wants_pause():
            return
        intake.since += self.desk.now - self._paused_at
        self.moved_at = self.desk.now
        self.resume(BODY)

    def end_message(self) -> None:
        """The content is complete: refuse it, or let it be judged and stored while this session waits."""
        transaction, client = self.transaction, self.client
        intake = transaction.intake if transaction is not None else None
        if transaction is None or intake is None or client is None:
            raise RuntimeError("the end of a message that never began")
        refusal = intake.end()
        if refusal is not None:
            self.forget_transaction()
            self.refuse(refusal, "message")
            return
        self.wait(COMMIT)
        Acceptance(self.desk, client, transaction.envelope(intake.eight_bit), intake, self._answered).start()

    def _answered(self, code: int, reply: bytes) -> bool:
        """The message has its reply: its transaction is over, whatever the reply says (RFC 5321 4.1.1.4)."""
        if self.closing:
            return False
        self.transaction = None
        self.moved_at = self.desk.now
        if code < 400:
            self.messages += 1
            self.errors = 0
            self.send(reply)
        else:
            self._refuse(code, reply, "message", True, {})
        self.resume(COMMIT)
        return True

    def forget_transaction(self) -> None:
        transaction, self.transaction = self.transaction, None
        if transaction is not None and transaction.intake is not None:
            transaction.intake.close()

    # -- what commands ask --------------------------------------------------------------------------------------------

    def greeted(self, helo: str, extended: bool) -> None:
        """EHLO or HELO: the name is known, any transaction is over (RFC 5321 4.1.4)."""
        self.forget_transaction()
        if self.session is not None:
            self.session.host_name = helo
            self.session.extended_smtp = extended
        self.helo = helo
        self.identify()

    def identify(self) -> None:
        """Who this is, for everything that follows: after EHLO, and again after AUTH."""
        self.client = Client(self.rules.kind, self.address, self.helo, self.account, self.login, self.trusted, self.tls)

    def ehlo_reply(self) -> bytes:
        """What we offer to this peer now."""
        desk, rules = self.desk, self.rules
        return ehlo_reply(
            desk.settings.hostname,
            desk.settings.limits.message_bytes,
            rules.starttls and desk.tls is not None and not self.tls,
            rules.authentication and bool(self.tls),
        )

    # -- refusing -----------------------------------------------------------------------------------------------------

    def refuse(
        self, reply: tuple[int, str, str], step: str, *, is_error: bool = True, is_abuse: bool = False, **told: str
    ) -> None:
        """A reply that refuses: counted, logged with what is `told`, and (5xx, or abuse) one of the errors a session
        may make."""
        self._refuse(reply[0], wire(reply), step, is_error, told, is_abuse)

    def _refuse(
        self, code: int, reply: bytes, step: str, is_error: bool, told: dict[str, str], is_abuse: bool = False
    ) -> None:
        self.desk.counters.refuse(code)
        session_log.refused(self, reply, step, told)
        self.send(reply)
        if code == 421:
            self.close(linger=True)
            return
        self.errors += is_abuse or (is_error and code >= 500)
        if self.errors > self.desk.settings.limits.errors_per_session:
            self.dismiss(replies.TOO_MANY_ERRORS, step)

    def dismiss(self, reply: tuple[int, str, str], step: str) -> None:
        """A last reply, then close; the peer is given a moment to read it."""
        if self.closing:
            return
        line = wire(reply)
        self.desk.counters.refuse(reply[0])
        if self.full:
            session_log.full(self)
        else:
            session_log.refused(self, line, step, {})
        if self.tls or not self.rules.tls_at_once:  # words in clear where TLS is expected look like a broken server
            self.send(line)
        self.close(linger=True)

    # -- for aiosmtpd -------------------------------------------------------------------------------------------------

    async def push(self, status: str | bytes) -> None:
        """A reply that aiosmtpd worded."""
        reply = worded(status.decode("ascii", "replace") if isinstance(status, bytes) else status)
        if reply.code >= 400:
            self.refuse(reply, "command")
        else:
            self.send(wire(reply))

    async def challenge_auth(
        self, challenge: str | bytes, encode_to_b64: bool = True, log_client_response: bool = False
    ) -> Any:
        """Ask the peer and read its answer; never logged."""
        return await ask(self, challenge)

    def _authenticate(self, mechanism: str, auth_data: Any) -> AuthResult:
        """aiosmtpd asks synchronously; the credentials go back to `sasl`, which verifies them without blocking."""
        return AuthResult(success=False, handled=False, auth_data=auth_data)

    async def read_answer(self) -> bytes:
        """The peer's next line, without its end: an answer to a 334 (RFC 4954 4)."""
        self.reading = "answer"
        answer: asyncio.Future[bytes] = self.loop.create_future()
        self._answer_line = answer
        self.resume(ROUTINE)
        try:
            return await answer
        finally:
            self._answer_line = None

    def _take_answer(self, line: bytes) -> None:
        self.reading = "commands"
        if self.more:
            self.dismiss(replies.OUT_OF_STEP, "AUTH")
        elif self._answer_line is not None:
            self.wait(ROUTINE)
            self._answer_line.set_result(line)
