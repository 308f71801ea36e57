"""The verb `send`: takes a message that a command composed, checks it as a session would, and makes it durable.

Everything wrong with sender and recipients is told at once, and then nothing is sent; `check` tells it without sending,
for a command that has found other mistakes. Recipients who cannot read now are named in the answer, and get it all the
same. The operator, a name that the kernel vouched for, goes into the journal as the one who handed the message over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from foundation import clock
from foundation.control.protocol import Garbled
from foundation.control.server import Handler, Question
from foundation.delivery_reasons import explain
from foundation.errors import InputError, Problem, Unreachable, UsageError
from foundation.language import Text
from foundation.terminal import counted
from mailrelay import queue_ids
from mailrelay.control.unread import unread
from mailrelay.envelope import Client, Delivery, Envelope, Recipient
from mailrelay.messages.headers import HEAD_LIMIT_BYTES, Headers, end_of_head, scan
from mailrelay.messages.trace import received
from mailrelay.policy.addressbook import AddressBook
from mailrelay.policy.addressing import spelled
from mailrelay.policy.refusals import Refusal
from mailrelay.policy.rules import Policy
from mailrelay.policy.senders import find
from mailrelay.settings import RelaySettings
from mailrelay.spool.bodies import BodyStore, BodyWriter, StoredBody
from mailrelay.spool.ledger import Accepted, Ledger, NewMessage

BACKLOG_BYTES = 1 << 20
"""Above this much not yet on disk, the command waits; the same bound as for a session."""
_TEMPORARY = 500


@dataclass(slots=True)
class Issuing:
    """What the verb works with."""

    settings: Callable[[], RelaySettings]
    policy: Policy
    book: AddressBook
    bodies: BodyStore
    ledger: Ledger
    resolve: Callable[[tuple[Recipient, ...]], tuple[Delivery, ...]]
    offer: Callable[[NewMessage], None]

    def handlers(self) -> dict[str, Handler]:
        """By verb, for the control socket."""
        return {"send": self.send, "check": self.check}

    async def check(self, question: Question) -> dict[str, Any]:
        """Fields: sender (empty: not to be checked), recipients (may be none). Raises InputError as `send` does."""
        self._check(_client(question), _envelope(question.fields, complete=False))
        return {}

    async def send(self, question: Question) -> dict[str, Any]:
        """Fields: sender, recipients, urgent; body: the message. Answers with its queue id, and with `unread`: who
        gets it but cannot read now."""
        client = _client(question)
        envelope = _envelope(question.fields)
        self._check(client, envelope)
        limit_bytes = self.settings().limits.message_bytes
        if question.body_bytes > limit_bytes:
            raise _too_big(limit_bytes)
        if not self.bodies.has_room(question.body_bytes):
            raise Unreachable(
                Text("không đủ chỗ trên đĩa để giữ thư", "not enough room on the disk to keep the message"),
                Text(
                    "giải phóng đĩa chứa [relay] spool rồi gửi lại", "free the disk of [relay] spool, then send again"
                ),
            )
        head, body = await self._store(question)
        headers = scan(head, self.settings().hostname)
        if question.fields.get("urgent") is True:
            headers = headers._replace(urgency="urgent")
        message = self._message(client, envelope, headers, body)
        accepted = await _accept(self.ledger, message)
        if not accepted.repeated:
            self.offer(message)
        return {
            "queue_id": queue_ids.spell(accepted.number),
            "message_id": headers.message_id,
            "unread": unread(message.deliveries, self.book),
        }

    def _check(self, client: Client, envelope: Envelope) -> None:
        if not self.book.complete:
            raise Unreachable(
                Text("chưa đọc được danh bạ từ thư mục", "the address book has not been read from the directory yet"),
                Text("kiểm tra máy chủ thư mục: congvu doctor", "check the directory server: congvu doctor"),
            )
        problems = self._problems_of_sender(envelope.sender) if envelope.sender else []
        for count, recipient in enumerate(envelope.recipients):
            refusal = self.policy.rcpt(client, envelope.sender, recipient, count)
            if refusal is not None:
                problems.append(_problem("--to", recipient.address, refusal))
        if problems:
            raise InputError(
                Text("chưa gửi gì: {count}", "nothing was sent: {count}").format(
                    count=counted(len(problems), Text("địa chỉ không dùng được", "unusable address"))
                ),
                Text("sửa các địa chỉ trên rồi gửi lại", "mend these addresses, then send again"),
                tuple(problems),
            )

    def _problems_of_sender(self, sender: str) -> list[Problem]:
        spelling = spelled(sender)
        known = find(self.book, spelling) if spelling else None
        if known is not None and known.sends:
            return []
        if known is None:
            told = Text(
                "không phải địa chỉ của người hay đơn vị nào của ta", "is not the address of a person or office of ours"
            )
        else:
            told = Text("hộp thư này không được gửi thư", "this mailbox may not send mail")
        return [Problem("error", told, column="--from", value=sender)]

    async def _store(self, question: Question) -> tuple[bytes, StoredBody]:
        """The head and the durable body."""
        writer = self.bodies.open(question.body_bytes)
        head = bytearray()
        try:
            async for piece in question.chunks():
                if len(head) < HEAD_LIMIT_BYTES:
                    head += piece
                writer.write(piece)
                await _drained(writer)
        except BaseException:
            writer.abandon()
            raise
        end = end_of_head(bytes(head[:HEAD_LIMIT_BYTES]))
        return bytes(head[:end] if end >= 0 else head[:HEAD_LIMIT_BYTES]), await _finished(writer)

    def _message(self, client: Client, envelope: Envelope, headers: Headers, body: StoredBody) -> NewMessage:
        settings = self.settings()
        number = queue_ids.new_number()
        at = clock.now()
        return NewMessage(
            number=number,
            accepted_at=clock.microseconds(at),
            client=client,
            envelope=envelope,
            headers=headers,
            received=received(client, settings.hostname, queue_ids.spell(number), at, settings.timezone),
            body=body,
            deliveries=self.resolve(envelope.recipients),
            origin="operator",
        )


def _client(question: Question) -> Client:
    return Client("local", login=question.operator, trusted=True)


def _envelope(fields: dict[str, Any], complete: bool = True) -> Envelope:
    """Raises Garbled, and UsageError when it is to be complete and is not."""
    sender, recipients = fields.get("sender"), fields.get("recipients")
    if not isinstance(sender, str) or not isinstance(recipients, list) or (complete and not sender):
        raise Garbled("no sender or no recipients")
    if not all(isinstance(each, str) for each in recipients):
        raise Garbled("a recipient is no text")
    if complete and not recipients:
        raise UsageError(Text("chưa có nơi nhận nào", "there is no recipient"))
    ascii_only = all(each.isascii() for each in (sender, *recipients))
    return Envelope(sender, tuple(Recipient(each) for each in recipients), smtputf8=not ascii_only)


def _problem(column: str, value: str, refusal: Refusal) -> Problem:
    if refusal.code < _TEMPORARY:
        hint = Text("thử lại sau; kiểm tra thư mục bằng congvu doctor", "try again later; check with congvu doctor")
    else:
        hint = Text("tìm địa chỉ đúng: provision show TÊN", "find the right address: provision show NAME")
    return Problem("error", explain(*refusal), column=column, value=value, hint=hint)


def _too_big(limit_bytes: int) -> InputError:
    return InputError(
        Text("văn bản lớn hơn mức cho phép {mib} MiB", "the message is larger than the {mib} MiB we take").format(
            mib=limit_bytes >> 20
        ),
        Text("giảm dung lượng tệp đính kèm", "make the attachments smaller"),
    )


async def _drained(writer: BodyWriter) -> None:
    while writer.backlog_bytes > BACKLOG_BYTES:
        drained = asyncio.Event()
        writer.on_drain = drained.set
        await drained.wait()
        writer.on_drain = None


async def _finished(writer: BodyWriter) -> StoredBody:
    future: asyncio.Future[StoredBody] = asyncio.get_running_loop().create_future()

    def done(body: StoredBody | None, error: Exception | None) -> None:
        if future.cancelled():
            return
        if body is None:
            future.set_exception(error or RuntimeError("no body and no error"))
        else:
            future.set_result(body)

    writer.finish(done)
    return await future


async def _accept(ledger: Ledger, message: NewMessage) -> Accepted:
    future: asyncio.Future[Accepted] = asyncio.get_running_loop().create_future()

    def done(accepted: Accepted | None, error: Exception | None) -> None:
        if future.cancelled():
            return
        if accepted is None:
            future.set_exception(error or RuntimeError("not accepted and no error"))
        else:
            future.set_result(accepted)

    ledger.accept(message, done)
    return await asyncio.shield(future)
