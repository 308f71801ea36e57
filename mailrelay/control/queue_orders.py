"""The verbs `hold`, `release`, `retry` and `remove`: an operator's orders about what waits in the queue.

An order is carried out a piece at a time, so that a hundred thousand recipients do not keep everybody waiting; what is
being attempted just now is not touched. Every changed recipient gets a record in the journal with the operator's name.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from foundation import clock
from foundation.control.protocol import Garbled
from foundation.control.server import Handler, Question
from foundation.errors import UsageError
from foundation.language import Text
from foundation.storage import Transaction
from mailrelay import queue_ids
from mailrelay.dispatch.dispatcher import Dispatcher
from mailrelay.spool.bodies import BodyStore
from mailrelay.spool.ledger import Ledger
from mailrelay.store.listing import show
from mailrelay.store.orders import PIECE, Selection, Verb, affected, carry_out

VERBS: Final[tuple[Verb, ...]] = ("hold", "release", "retry", "remove")
MOST_NAMED: Final = 500
"""Queue ids in one order; more are named by recipient, destination or all."""


class QueueOrders:
    """Carries orders out in the running daemon."""

    def __init__(self, dispatcher: Dispatcher, ledger: Ledger, bodies: BodyStore) -> None:
        self._dispatcher = dispatcher
        self._ledger = ledger
        self._bodies = bodies

    def handlers(self) -> dict[str, Handler]:
        """By verb, for the control socket."""
        return {verb: partial(self._ordered, verb) for verb in VERBS}

    async def _ordered(self, verb: Verb, question: Question) -> dict[str, Any]:
        """Fields: queue_ids, recipient, sender, destination, everything. Answers how many recipients were changed; with
        `only_count`, how many recipients of how many messages would be."""
        selection = selection_of(question.fields)
        if question.fields.get("only_count") is True:
            count = partial(affected, verb=verb, selection=selection, at=clock.now_microseconds())
            recipients, messages = await self._ledger.read(count)
            return {"recipients": recipients, "messages": messages}
        unknown = [number for number in selection.numbers if await self._ledger.read(partial(_is_unknown, number))]
        changed = 0
        while True:
            work = partial(_piece, verb, selection, question.operator)
            ordered, released = await self._dispatcher.change_queue(work)
            for body in released:
                self._bodies.release(body)
            changed += ordered.recipients
            if ordered.recipients < PIECE:
                return {"recipients": changed, "unknown": [queue_ids.spell(number) for number in unknown]}


def _piece(verb: Verb, selection: Selection, operator: str, transaction: Transaction) -> Any:
    return carry_out(transaction, verb, selection, operator, clock.now_microseconds())


def _is_unknown(number: int, transaction: Transaction) -> bool:
    return show(transaction, number) is None


def selection_of(fields: dict[str, Any]) -> Selection:
    """Whom an order means. Raises Garbled for what no command of ours sends, UsageError for nobody."""
    named = fields.get("queue_ids", [])
    words = {name: fields.get(name, "") for name in ("recipient", "sender", "destination")}
    if (
        not isinstance(named, list)
        or len(named) > MOST_NAMED
        or not all(isinstance(each, str) for each in words.values())
    ):
        raise Garbled("no selection")
    numbers = tuple(number for each in named if (number := queue_ids.parse(str(each))) is not None)
    if len(numbers) != len(named):
        raise Garbled("not a queue id")
    everything = fields.get("everything") is True
    if not numbers and not any(words.values()) and not everything:
        raise UsageError(Text("chưa chọn thư nào", "no message was chosen"))
    return Selection(numbers, **words, everything=everything)
