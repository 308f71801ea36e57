"""From the end of the data to the reply: headers, policy, recipients, durable body, durable row; only then the 250.

    intake complete ─► scan the head ─► policy.message ─► resolve ─► writer.finish ─► promise ─► ledger.accept ─► 250
                            │               no: its refusal, the body abandoned     trouble of ours: 451 / 452

It lives on when its client is gone: what the ledger has is ours, is offered for delivery, and is recorded as
unacknowledged, because the client will send it again (RFC 1047). The order is the promise: data first, marker last,
acknowledgement after. Callbacks, not coroutines: this is the hot path.
"""

from __future__ import annotations

from collections.abc import Callable

from foundation import clock
from mailrelay.envelope import Client, Delivery, Envelope
from mailrelay.messages.authentication_results import login_results, results_above
from mailrelay.messages.headers import Headers, scan
from mailrelay.messages.trace import received
from mailrelay.queue_ids import new_number, spell
from mailrelay.reception import replies
from mailrelay.reception.desk import Desk
from mailrelay.reception.intake import Intake
from mailrelay.reception.replies import wire
from mailrelay.reception.trouble import BODY, reply_to
from mailrelay.store.values import Accepted, NewMessage, StoredBody

Answer = Callable[[int, bytes], bool]
"""Gets reply code and reply; says whether there was still a client to send it to."""


class Acceptance:
    """One message between its last byte and its reply."""

    __slots__ = (
        "_answer",
        "_client",
        "_deliveries",
        "_desk",
        "_envelope",
        "_headers",
        "_intake",
        "_login_address",
        "_message",
        "_queue_id",
        "_results",
    )

    def __init__(self, desk: Desk, client: Client, envelope: Envelope, intake: Intake, answer: Answer) -> None:
        self._desk = desk
        self._client = client
        self._envelope = envelope
        self._intake = intake
        self._answer = answer
        self._headers = Headers()
        self._deliveries: tuple[Delivery, ...] = ()
        self._message: NewMessage | None = None
        self._queue_id = ""
        self._login_address = ""
        self._results = b""

    def start(self) -> None:
        """Judge the complete message and begin to store it. The answer may come before this returns."""
        self._desk.commits += 1
        try:
            refusal = self._judge()
            if refusal is None:
                self._intake.hand_over().finish(self._stored)
                return
        except Exception as error:
            self._give_up(reply_to(error, "end of data"))
        else:
            self._give_up(refusal)

    def _judge(self) -> tuple[int, str, str] | None:
        """The reply that refuses the message, or None; then its deliveries are known."""
        desk = self._desk
        head = self._intake.head()
        self._headers = scan(head, desk.settings.hostname)
        refusal = desk.policy.message(self._client, self._envelope, self._headers)
        if refusal is not None:
            return refusal
        self._find_login(head)
        self._deliveries = desk.resolve(self._envelope.recipients)
        return None if self._deliveries else replies.INTERNAL

    def _find_login(self, head: bytes) -> None:
        """Who logged in to hand it over, also when it comes back from the content filter, and what the filter says."""
        desk, client = self._desk, self._client
        hostname = desk.settings.hostname
        if client.account:
            self._login_address = desk.policy.login_address(client)
        elif client.listener == "reinjection":
            self._login_address = desk.logins.recall(self._headers.own_queue_ids)
            self._results = results_above(head, hostname)
        if self._login_address:
            self._results = login_results(hostname, self._login_address, self._envelope.sender) + self._results

    def _stored(self, body: StoredBody | None, error: Exception | None) -> None:
        if body is None:
            self._give_up(reply_to(error or RuntimeError("no body and no error"), BODY))
            return
        try:
            self._message = self._compose(body)
            self._desk.promise(self._message)
            self._desk.ledger.accept(self._message, self._accepted)
        except Exception as failure:
            self._withdraw(failure)
            self._give_up(reply_to(failure, "accept"))

    def _compose(self, body: StoredBody) -> NewMessage:
        desk, envelope = self._desk, self._envelope
        settings = desk.settings
        at = clock.now()
        accepted_at = clock.microseconds(at)
        number = new_number(accepted_at)
        alone = envelope.recipients[0].address if len(envelope.recipients) == 1 else ""
        self._queue_id = spell(number)
        if self._login_address and settings.filter is not None:
            desk.logins.remember(self._queue_id, self._login_address)
        trace = received(
            self._client, settings.hostname, self._queue_id, at, settings.timezone, alone, envelope.smtputf8
        )
        return NewMessage(
            number,
            accepted_at,
            self._client,
            envelope,
            self._headers,
            self._results + trace,
            body,
            self._deliveries,
        )

    def _accepted(self, accepted: Accepted | None, error: Exception | None) -> None:
        if accepted is None or self._message is None:
            self._withdraw(error)
            self._give_up(reply_to(error or RuntimeError("neither accepted nor failed"), "commit"))
            return
        desk, counters = self._desk, self._desk.counters
        if accepted.repeated:
            self._withdraw()
            counters.repeated_messages += 1
        else:
            counters.accepted_messages += 1
            counters.accepted_bytes += self._message.body.size
            self._offer(self._message)
        queue_id = self._queue_id if accepted.number == self._message.number else spell(accepted.number)
        if not self._finish(250, replies.queued(queue_id)):
            counters.unacknowledged_messages += 1
            desk.unacknowledged(accepted.number)

    def _withdraw(self, error: Exception | None = None) -> None:
        """Tell the dispatcher that what it was promised is not coming."""
        if self._message is None:
            return
        try:
            self._desk.withdraw(self._message, bool(getattr(error, "may_be_stored", False)))
        except Exception as failure:
            reply_to(failure, "withdraw")

    def _offer(self, message: NewMessage) -> None:
        """Hand it to the dispatcher. If that fails the message is ours all the same: the queue will be read."""
        try:
            self._desk.offer(message)
        except Exception as error:
            reply_to(error, "offer")

    def _give_up(self, reply: tuple[int, str, str]) -> None:
        self._intake.close()
        self._finish(reply[0], wire(reply))

    def _finish(self, code: int, reply: bytes) -> bool:
        self._desk.commits -= 1
        self._intake.forget()
        return self._answer(code, reply)
