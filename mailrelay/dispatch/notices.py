"""Tells senders what became of their mail: reports that are owed are composed, accepted as messages, and offered.

Crash-safe: what is owed is a row written with the outcome, and it goes in the transaction that accepts the report. What
is owed for one message at about the same time becomes one report. Reports have the null sender and ask for no report,
so they never cause another; one that cannot be delivered goes to the postmaster instead (double bounce), and is held in
the queue when nobody is postmaster.

A stranger's sender address may be somebody else's, who would get what he never asked for (backscatter): only failures
and delays of what we had accepted are told there, never with the content.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from foundation import clock
from foundation.logs import event
from foundation.storage import Transaction
from mailrelay import queue_ids
from mailrelay.dispatch.bodies_at_hand import read_start, store_bytes
from mailrelay.dispatch.retry import expire_microseconds
from mailrelay.envelope import Client, Delivery, Envelope, Recipient
from mailrelay.lifecycle import ENDS
from mailrelay.messages.headers import HEAD_LIMIT_BYTES, end_of_head, scan
from mailrelay.messages.trace import received
from mailrelay.reports.dsn import ReportedRecipient, compose_report
from mailrelay.settings import RelaySettings
from mailrelay.spool.bodies import BodyStore
from mailrelay.spool.body_reader import DamagedBody
from mailrelay.spool.ledger import Ledger, NewMessage
from mailrelay.store import queue, schedule
from mailrelay.store.endings import forget_when_told
from mailrelay.store.notices import Notice, add_notices, due_notices, settle_notices, undeliverable
from mailrelay.store.queue import QueuedMessage
from mailrelay.store.values import StoredBody

GATHER_SECONDS: Final = 2.0
"""How long what is owed waits for more of the same message: the members of a list fail one after the other."""
LOOK_SECONDS: Final = 30.0
"""How often the database is asked without being told that there is something."""
CLEAN_SECONDS: Final = 3600.0
"""How often it is forgotten that delays were told of what has arrived since."""
MESSAGES_AT_ONCE: Final = 50
FULL_BYTES: Final = 100 << 10
"""RET=FULL returns the whole message up to this size, beyond it the head (RFC 3461 4.3 leaves that to us)."""
ALREADY_TOLD: Final = 1 << 62
"""When a delay is due that the sender has been told of: never again."""

Resolve = Callable[[Sequence[Recipient]], tuple[Delivery, ...]]
_STATUS: Final = {"failed": "5.0.0", "delayed": "4.4.1"}
"""Where the row has none. A delay without an attempt is one of a host that does not answer (RFC 3463 3.5)."""


class Notices:
    """Works off what is owed, one message at a time, for as long as the daemon runs.

    `resolve` finds where an address leads; `offer` is the dispatcher's.
    """

    def __init__(
        self,
        settings: RelaySettings,
        ledger: Ledger,
        bodies: BodyStore,
        *,
        resolve: Resolve,
        offer: Callable[[NewMessage], None],
        gather_seconds: float = GATHER_SECONDS,
    ) -> None:
        self._settings = settings
        self._ledger = ledger
        self._bodies = bodies
        self._resolve = resolve
        self._offer = offer
        self._gather_seconds = gather_seconds
        self._owed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin with what a former run left owed."""
        self._owed.set()
        self._task = asyncio.get_running_loop().create_task(self._work())

    def wake(self) -> None:
        """Something is owed now."""
        self._owed.set()

    async def stop(self) -> None:
        """Finish the report at hand at most; the others stay owed."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def reload(self, settings: RelaySettings) -> None:
        """Use these settings from now on."""
        self._settings = settings

    async def _work(self) -> None:
        cleaned_seconds = float("-inf")
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._owed.wait(), LOOK_SECONDS)
                await asyncio.sleep(self._gather_seconds)
            self._owed.clear()
            try:
                while await self.send_due():
                    pass
                if clock.monotonic() - cleaned_seconds > CLEAN_SECONDS:
                    await self._ledger.run(schedule.forget_told_delays)
                    cleaned_seconds = clock.monotonic()
            except Exception as error:
                event(logging.ERROR, "relay.notices", "reports cannot be sent yet", error=repr(error))

    async def send_due(self) -> int:
        """Send what is owed for a few messages; returns for how many that was done. One that fails stays owed."""
        now = clock.now_microseconds()
        owed = await self._ledger.read(lambda transaction: due_notices(transaction, now, MESSAGES_AT_ONCE))
        messages = await self._ledger.read(lambda transaction: queue.message_for_delivery(transaction, list(owed)))
        settled = 0
        for number, notices in owed.items():
            try:
                await self._settle(number, notices, messages.get(number))
                settled += 1
            except Exception as error:
                event(logging.ERROR, "relay.notices", "a report cannot be sent yet",
                      queue_id=queue_ids.spell(number), error=repr(error))  # fmt: skip
        return settled

    async def _settle(self, number: int, notices: list[Notice], message: QueuedMessage | None) -> None:
        told = _worth_telling(notices)
        if message is not None and self._is_stranger(message):
            told = [each for each in told if each.kind in ("failed", "delayed")]
        if message is None and told:
            event(logging.ERROR, "relay.notices", "a report cannot be made: the message is gone",
                  queue_id=queue_ids.spell(number))  # fmt: skip
        if message is None or not told:
            await self._forget(number, notices, None, "")
        elif message.envelope.sender:
            await self._tell(message, message.envelope.sender, notices, told)
        else:
            await self._double_bounce(message, notices, told)

    def _is_stranger(self, message: QueuedMessage) -> bool:
        """Whether nothing speaks for the sender address. Behind a content filter only its domain does: outside, nobody
        may use one of ours."""
        client, sender = message.client, message.envelope.sender
        if client.listener == "reinjection" and sender:
            return all(each.destination.startswith("domain:") for each in self._resolve((Recipient(sender),)))
        return client.listener == "relay" and not client.account and not client.trusted

    # ---- reports to senders -----------------------------------------------------------------------------------------

    async def _tell(self, message: QueuedMessage, addressee: str, notices: list[Notice], told: list[Notice]) -> None:
        deliveries = self._resolve((Recipient(addressee, ("NEVER",)),))
        report = await self._report(message, addressee, told, deliveries)
        await self._forget(message.number, notices, report, addressee)
        self._offer(report)

    async def _forget(self, number: int, notices: list[Notice], report: NewMessage | None, addressee: str) -> None:
        """Settle these notices; that a delay was told is remembered while its recipient waits."""
        delayed = [
            (each.number, each.ordinal, each.kind)
            for each in notices
            if each.kind == "delayed" and each.state not in ENDS
        ]

        at, keep_seconds = clock.now_microseconds(), self._settings.keep_body_seconds

        def work(transaction: Transaction) -> tuple[None, list[StoredBody]]:
            settle_notices(transaction, notices, report, addressee)
            add_notices(transaction, delayed, ALREADY_TOLD)
            return None, forget_when_told(transaction, number, at, keep_seconds)

        await self._ledger.run_releasing(work)

    # ---- double bounces ---------------------------------------------------------------------------------------------

    async def _double_bounce(self, message: QueuedMessage, notices: list[Notice], told: list[Notice]) -> None:
        """Nobody can be told of a message without a sender: the postmaster gets it, once."""
        postmaster = self._settings.postmaster
        copy: NewMessage | None = None
        if not (message.origin == "report" and all(postmaster in (each.address, each.via) for each in told)):
            deliveries = self._resolve((Recipient(postmaster, ("NEVER",)),))
            copy = await self._report(message, postmaster, told, deliveries)
            copy.held = all(each.destination == "refused" for each in deliveries)
        first, at, keep_seconds = told[0], clock.now_microseconds(), self._settings.keep_body_seconds

        def work(transaction: Transaction) -> tuple[None, list[StoredBody]]:
            settle_notices(transaction, notices, None)
            undeliverable(transaction, message.number, first.address, first.reply, at, copy)
            return None, forget_when_told(transaction, message.number, at, keep_seconds)

        await self._ledger.run_releasing(work)
        event(logging.WARNING, "relay.notices", "a message without sender is undeliverable",
              queue_id=queue_ids.spell(message.number), reply=first.reply)  # fmt: skip
        if copy is not None:
            self._offer(copy)

    # ---- composing --------------------------------------------------------------------------------------------------

    async def _report(
        self, message: QueuedMessage, addressee: str, told: Sequence[Notice], deliveries: tuple[Delivery, ...]
    ) -> NewMessage:
        settings, envelope = self._settings, message.envelope
        failed = any(each.kind == "failed" for each in told)
        whole = failed and envelope.returned == "FULL" and message.size <= FULL_BYTES
        whole = whole and not self._is_stranger(message)
        try:
            data = await read_start(self._bodies.reader(message.body), message.size if whole else HEAD_LIMIT_BYTES)
        except DamagedBody:
            data, whole = b"", False  # the sender is told in any case
        end = end_of_head(data)
        at = clock.now()
        smtputf8 = envelope.smtputf8 or not addressee.isascii()
        expire = expire_microseconds(settings.retry[message.headers.urgency])
        content = await asyncio.to_thread(
            partial(
                compose_report,
                hostname=settings.hostname,
                postmaster=settings.postmaster,
                to=addressee,
                envelope_identifier=envelope.identifier,
                arrived_at=message.accepted_at,
                recipients=[_reported(each, message.accepted_at + expire) for each in told],
                original_head=data if end < 0 else data[:end],
                original=data if whole else None,
                at=at,
                timezone=settings.timezone,
                message_id_domain=settings.hostname,
                smtputf8=smtputf8,
                organisation=settings.organisation,
                templates=settings.templates,
            )
        )
        number, client = queue_ids.new_number(), Client("local")
        return NewMessage(
            number=number,
            accepted_at=clock.microseconds(at),
            client=client,
            envelope=Envelope(
                "", (Recipient(addressee, ("NEVER",)),), eight_bit=not content.isascii(), smtputf8=smtputf8
            ),
            headers=scan(content[: max(end_of_head(content), 0)], settings.hostname),
            received=received(client, settings.hostname, queue_ids.spell(number), at, settings.timezone),
            body=await store_bytes(self._bodies, content),
            deliveries=deliveries,
            origin="report",
            parent=message.number,
        )


def _worth_telling(notices: Sequence[Notice]) -> list[Notice]:
    """What is news: no delay of what has come to an end since, none that was told already, a failure before a delay."""
    return [
        each for each in notices if each.due_at < ALREADY_TOLD and not (each.kind == "delayed" and each.state in ENDS)
    ]


def _reported(notice: Notice, will_retry_until: int) -> ReportedRecipient:
    return ReportedRecipient(
        address=notice.address,
        original=notice.original,
        action=notice.kind,
        status=notice.status or _STATUS.get(notice.kind, "2.0.0"),
        reply=notice.reply,
        remote=notice.host,
        via=notice.via,
        last_attempt_at=notice.attempt_started_at or notice.changed_at,
        will_retry_until=will_retry_until if notice.kind == "delayed" else None,
        possible_duplicate=notice.possible_duplicate,
    )
