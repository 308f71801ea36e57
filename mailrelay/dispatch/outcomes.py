"""What the result of a transaction means for each of its recipients, and what their sender is owed. Pure.

A final dot that was never answered is not a success and not a failure: the recipient is tried again and every later
outcome says that a duplicate is possible (RFC 1047). Senders are told as RFC 3461 4.1 says: failures and delays unless
they asked otherwise, successes only when they asked. A message without a sender is told of to nobody; its failure is
owed to the postmaster instead, whatever NOTIFY says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from mailrelay.dispatch.copies import Waiting
from mailrelay.dispatch.parcels import Errand, Parcel
from mailrelay.dispatch.retry import delay_notice_due, next_attempt
from mailrelay.envelope import Notify
from mailrelay.sending.transactions import RecipientResult, Result
from mailrelay.settings import RetrySettings
from mailrelay.spool.ledger import NoticeKind, Outcome

EXPIRED_STATUS: Final = "5.4.7"
"""RFC 3463 3.5: delivery time expired."""
REFUSED_STATUS: Final = "5.2.1"
"""RFC 3463 3.3: mailbox disabled, not accepting messages."""

UNROUTABLE_STATUS: Final = "5.4.4"
"""RFC 3463 3.5: unable to route."""


class Moment(NamedTuple):
    """When outcomes are judged, and by which schedule."""

    now: int
    schedule: RetrySettings
    random: Callable[[], float]


def of_result(errand: Errand, result: Result, final: bool, moment: Moment) -> Iterator[Outcome]:
    """The outcomes of a transaction. `final`: the host keeps the mailbox (LMTP), so what it took is delivered."""
    for group, answer in zip(errand.copy.served, result.recipients, strict=True):
        for waiting in group:
            yield _of_recipient(errand, waiting, answer, result, final, moment)


def refused(parcel: Parcel, waiting: Waiting, now: int) -> Outcome:
    """A member of a list who cannot receive: failed without an attempt."""
    return _failed_untried(parcel, waiting, now, "mailbox is not accepting messages", 550, REFUSED_STATUS)


def unroutable(parcel: Parcel, waiting: Waiting, now: int) -> Outcome:
    """No next hop can be found for the destination: failed without an attempt."""
    return _failed_untried(parcel, waiting, now, "unable to route", 550, UNROUTABLE_STATUS)


def _failed_untried(parcel: Parcel, waiting: Waiting, now: int, reply: str, code: int, status: str) -> Outcome:
    return Outcome(
        parcel.number, waiting.ordinal, "failed", 0, now, f"{code} {status} {reply}", code, status,
        possible_duplicate=waiting.possible_duplicate, notices=_failed(parcel.sender, waiting.notify),
        address=waiting.address, attempt=waiting.attempts,
    )  # fmt: skip


def expired(number: int, sender: str, waiting: Waiting, last_reply: str, now: int) -> Outcome:
    """Too old while its destination was not answering: given up without another attempt."""
    return Outcome(
        number, waiting.ordinal, "expired", 0, now, last_reply, 0, EXPIRED_STATUS,
        possible_duplicate=waiting.possible_duplicate, notices=_failed(sender, waiting.notify),
        address=waiting.address, attempt=waiting.attempts,
    )  # fmt: skip


def given_back(errand: Errand, waiting: Waiting, now: int) -> Outcome:
    """Begun, but never handed to the sender: waits as before, and no new duplicate is possible."""
    return Outcome(
        errand.parcel.number, waiting.ordinal, "queued", errand.started_at, now, next_attempt_at=now,
        address=waiting.address, attempt=waiting.attempts + 1,
    )  # fmt: skip


def _of_recipient(
    errand: Errand, waiting: Waiting, answer: RecipientResult, result: Result, final: bool, moment: Moment
) -> Outcome:
    parcel, reply = errand.parcel, answer.reply
    outcome = Outcome(
        parcel.number, waiting.ordinal, "failed", errand.started_at, moment.now, str(reply), reply.code,
        reply.enhanced, result.host, result.tls, possible_duplicate=waiting.possible_duplicate,
        address=waiting.address, attempt=waiting.attempts + 1,
    )  # fmt: skip
    if answer.kind == "sent":
        outcome.state = "delivered" if final else "relayed"
        if "SUCCESS" in waiting.notify and parcel.sender and (final or not result.takes_dsn):
            outcome.notices = ("delivered",) if final else ("relayed",)
    elif answer.kind == "permanent":
        outcome.notices = _failed(parcel.sender, waiting.notify)
    else:
        _retry_or_expire(outcome, parcel, waiting, answer.kind == "unknown", moment)
    return outcome


def _retry_or_expire(outcome: Outcome, parcel: Parcel, waiting: Waiting, unknown: bool, moment: Moment) -> None:
    now, schedule, random = moment
    outcome.possible_duplicate = waiting.possible_duplicate or unknown
    outcome.next_attempt_at = next_attempt(outcome.attempt, parcel.accepted_at, now, schedule, random)
    if outcome.next_attempt_at is None:
        outcome.state, outcome.status = "expired", EXPIRED_STATUS
        outcome.notices = _failed(parcel.sender, waiting.notify)
        return
    outcome.state = "deferred"
    if parcel.sender and _wants("DELAY", waiting.notify) and delay_notice_due(parcel.accepted_at, now, schedule):
        outcome.notices = ("delayed",)


def _failed(sender: str, notify: tuple[Notify, ...]) -> tuple[NoticeKind, ...]:
    return ("failed",) if not sender or _wants("FAILURE", notify) else ()


def _wants(word: Notify, notify: tuple[Notify, ...]) -> bool:
    return not notify or word in notify
