"""Tells the secretary that something waits: an answer is held, or somebody proposes another time.

One mail for each meeting and quarter of an hour, however much comes in: the first leaves at once, what comes within the
quarter after it is told by one more at its end. The mail leads to the secretary's page and counts nothing, because a
mail that is tried again must say the same; one for which nothing waits any more does not leave (`letters_of`).
"""

from __future__ import annotations

from typing import Final

from foundation.storage import Transaction
from meetings.desk.context import Context
from meetings.desk.mailing import promise_to_secretary
from meetings.store import earlier_mail, incoming, proposals
from meetings.store.values import StoredMeeting

BETWEEN_MICROSECONDS: Final = 900_000_000
"""Ours: a secretary at her desk looks that often, and a flood of forged answers makes four mails an hour."""


def call(transaction: Transaction, stored: StoredMeeting, context: Context) -> None:
    """Promise the secretary a mail, now or when the quarter of an hour is over, unless one is promised."""
    last_due = int(earlier_mail.last_details(transaction, stored.id, "waiting").get("due", 0))
    if context.at < last_due <= context.at + BETWEEN_MICROSECONDS:
        return
    passed = context.at - last_due
    due_at = last_due + BETWEEN_MICROSECONDS if 0 <= passed < BETWEEN_MICROSECONDS else context.at
    promise_to_secretary(transaction, stored, context, "waiting", {"due": due_at}, due_at=due_at)


def anything_waits(transaction: Transaction, meeting_id: int) -> bool:
    """Whether an answer or a proposed time of this meeting waits for a decision."""
    if incoming.held(transaction, meeting_id, limit=1):
        return True
    return any(one.state == "open" for one in proposals.counters(transaction, meeting_id))
