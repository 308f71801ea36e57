"""Delivery reports and read receipts that come in for our senders: tied to the delivery that they speak of.

Looked at beside the normal delivery of the same message, and only when it may be one: without a sender or written by a
program, its type multipart/report, small enough. What it says is what a stranger says: it may speak only of messages of
the person whom it was sent to, and it never changes a state (`store.returned`). One that is lost in a
crash stays readable in the mailbox; nothing else depends on it.
"""

from __future__ import annotations

import asyncio
import logging
import re
from functools import partial
from typing import Final

from foundation import clock
from foundation.logs import event
from foundation.storage import Transaction
from mailrelay.dispatch.bodies_at_hand import read_start
from mailrelay.messages.headers import HEAD_LIMIT_BYTES, end_of_head
from mailrelay.queue_ids import spell
from mailrelay.reports.returned import Returned, parse_report
from mailrelay.spool.bodies import BodyReader, BodyStore
from mailrelay.spool.ledger import Ledger, NewMessage
from mailrelay.store.returned import tie_report

READ_BYTES: Final = 1 << 20
"""A report is a few KiB and the message it returns; its status part stands before that."""
WAITING_LIMIT: Final = 100
"""Reports being read at once; in a flood of them the others are only delivered."""

_IS_REPORT: Final = re.compile(rb"^content-type[ \t]*:(?:\r\n)?[ \t]*multipart/report\b", re.IGNORECASE | re.MULTILINE)


def may_be_report(message: NewMessage) -> bool:
    """Whether a message is worth a look: cheap, for every accepted message."""
    return message.origin == "client" and (not message.envelope.sender or message.headers.automatic)


class ReturnedReports:
    """Reads what may be a report, and ties it."""

    def __init__(self, ledger: Ledger, bodies: BodyStore) -> None:
        self._ledger = ledger
        self._bodies = bodies
        self._tasks: set[asyncio.Task[None]] = set()

    def consider(self, message: NewMessage) -> None:
        """Look at a message that was just accepted, if it may be a report; returns at once."""
        if may_be_report(message) and len(self._tasks) < WAITING_LIMIT:
            reader = self._bodies.reader(message.body)  # at once: the body may be gone when it has been delivered
            task = asyncio.get_running_loop().create_task(self._look(message, reader))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def finish(self) -> None:
        """Wait for the reports being read."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _look(self, message: NewMessage, reader: BodyReader) -> None:
        try:
            head = await read_start(reader, HEAD_LIMIT_BYTES)
            end = end_of_head(head)
            if not _IS_REPORT.search(head if end < 0 else head[:end]):
                return
            content = head if reader.size <= len(head) else await read_start(reader, READ_BYTES)
            for returned in await asyncio.to_thread(parse_report, content):
                await self._ledger.run(partial(_tie, message, returned))
        except Exception as error:
            event(logging.WARNING, "relay.reports", "a report that came in cannot be read",
                  queue_id=spell(message.number), error=repr(error))  # fmt: skip


def _tie(message: NewMessage, returned: Returned, transaction: Transaction) -> None:
    """Tie it to a message of one of those whom the report was sent to."""
    at, came_from = clock.now_microseconds(), message.client.address
    for recipient in message.envelope.recipients:
        if tie_report(transaction, returned, message.number, at, recipient.address, came_from) is not None:
            return
