"""All verbs of the control socket in one table, each behind the same door: what is not there is said, not raised.

orders = ControlOrders(Workplace(settings, database, people, links, ...))
server = ControlServer(SERVICE, path, group, orders.handlers())
"""

from __future__ import annotations

from functools import partial
from typing import Any

from foundation.control.server import Handler, Question
from meetings.control_orders.decisions import Decisions
from meetings.control_orders.editions import Editions
from meetings.control_orders.nothing_found import HINT, NothingFound
from meetings.control_orders.standing_in import StandingIn
from meetings.control_orders.week import WeekOrders
from meetings.control_orders.workplace import Workplace


class ControlOrders:
    """What commands may ask of the daemon; `others` are verbs that live elsewhere."""

    def __init__(self, place: Workplace, others: dict[str, Handler] | None = None) -> None:
        verbs = {
            **Editions(place).handlers(),
            **StandingIn(place).handlers(),
            **Decisions(place).handlers(),
            **WeekOrders(place).handlers(),
            **(others or {}),
        }
        self._handlers = {verb: partial(_answered, handler) for verb, handler in verbs.items()}

    def handlers(self) -> dict[str, Handler]:
        """By verb, for the control socket."""
        return dict(self._handlers)


async def _answered(handler: Handler, question: Question) -> dict[str, Any]:
    """The answer; that something is not there is an answer too (exit 1 has no error of its own on this socket)."""
    try:
        return await handler(question)
    except NothingFound as nothing:
        return {"nothing_found": {"message": list(nothing.message), "hint": list(nothing.hint or HINT)}}
