"""One line for each accepted message and for each recipient whose attempt ended, once that is durable.

Only `mailrelay -v serve` asks for them: they have addresses in them, and writing them takes longer than a message may.
Without -v this ledger is not even made. The journal has the same and more, for good: `mailrelay trace`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final

from foundation import logs
from mailrelay.observation.counting import CountingLedger
from mailrelay.queue_ids import spell
from mailrelay.spool.ledger import Accepted, NewMessage, Outcome

AREA: Final = "relay.messages"


def wanted() -> bool:
    """Whether somebody asked for these lines."""
    return logging.getLogger(f"congvu.{AREA}").isEnabledFor(logging.DEBUG)


class LoggingLedger(CountingLedger):
    """The ledger, telling the log what it stored."""

    def accept(self, message: NewMessage, done: Callable[[Accepted | None, Exception | None], None]) -> None:
        def told(accepted: Accepted | None, error: Exception | None) -> None:
            done(accepted, error)
            if accepted is not None:
                _tell_accepted(message, accepted)

        super().accept(message, told)

    def finish(self, outcomes: Sequence[Outcome], done: Callable[[Exception | None], None]) -> None:
        def told(error: Exception | None) -> None:
            done(error)
            for outcome in outcomes if error is None else ():
                _tell_ended(outcome)

        super().finish(outcomes, told)


def _tell_accepted(message: NewMessage, accepted: Accepted) -> None:
    logs.event(
        logging.DEBUG,
        AREA,
        "accepted before" if accepted.repeated else "accepted",
        queue_id=spell(accepted.number),
        sender=message.envelope.sender or "<>",
        recipients=len(message.deliveries),
        size=message.body.size,
        origin=message.origin,
        peer=message.client.address or None,
        account=message.client.account or message.client.login or None,
        message_id=message.headers.message_id or None,
        document=message.headers.document_number or None,
    )


def _tell_ended(outcome: Outcome) -> None:
    logs.event(
        logging.DEBUG,
        AREA,
        outcome.state,
        queue_id=spell(outcome.number),
        recipient=outcome.address or outcome.ordinal,
        host=outcome.host or None,
        reply=outcome.reply or None,
        possible_duplicate=outcome.possible_duplicate or None,
    )
