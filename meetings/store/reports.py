"""Delivery reports (RFC 3464) on mails of the outbox: many at once, because ten thousand letters bring as many back.

A report never takes a mail back: a late "delayed" is no news of a delivered mail, a failure after "relayed" is, and
after "delivered" nothing is. Whether a mail reached a mailbox of ours only our own relay can tell: what anybody else
reports about one is not believed, whoever knows its token (a Return-Path leaves with every forward). A
report on a mail whose end was not recorded yet (we were killed in between) ends it: the relay had it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

from foundation.journal import RecordType
from foundation.storage import Row, Transaction
from foundation.storage.batches import change_rows, rows_among
from meetings.records import OF_DELIVERY
from meetings.store import outbox
from meetings.store.as_json import storable
from meetings.terms import DeliveryState

_SELECT = f"SELECT {outbox.FACTS}, delivery, state FROM promised WHERE token IN {{values}}"  # noqa: S608
_REPORT = """
UPDATE promised SET state = CASE WHEN state = 'waiting' THEN 'handed_over' ELSE state END, claimed_until = 0,
  claimed_by = '', handed_over_at = coalesce(handed_over_at, given.at), delivery = given.delivery,
  delivery_text = given.reply, delivery_at = given.at
FROM given WHERE promised.id = given.id"""
_ADDRESS: Final = 3
_TOKEN: Final = 7
"""The places of the address and the token among `outbox.FACTS`."""

_RANK: Final[dict[DeliveryState, int]] = {
    "queued": 0,
    "deferred": 1,
    "relayed": 2,
    "delivered": 3,
    "failed": 4,
    "expired": 4,
    "refused": 5,
}
_TOO_OLD_STATUS: Final = ("4.4.7", "5.4.7")
"""RFC 3463 3.5: delivery time expired."""


class Arrived(NamedTuple):
    """What a report says of one recipient. `tokens`: by what it may name the mail, the likeliest first.
    `not_about`: the domains about whose recipients whoever made it knows nothing."""

    tokens: tuple[str, ...]
    action: str
    status: str = ""
    diagnostic: str = ""
    not_about: Collection[str] = ()


class Taken(NamedTuple):
    """The id of the meeting of the mail that a report speaks of (0: about no single meeting), and whether it was
    believed."""

    meeting_id: int
    believed: bool = True


def arrived(transaction: Transaction, reports: Sequence[Arrived], at: int) -> list[Taken | None]:
    """Take these reports in, in their order; None for one of which there is no such mail. One that says nothing further
    changes nothing."""
    tokens = dict.fromkeys(token.lower() for report in reports for token in report.tokens if token)
    mails = {row[_TOKEN]: _Mail(row) for row in rows_among(transaction, _SELECT, list(tokens))}
    records: list[tuple[RecordType, Row, str, int]] = []
    found = [_taken(mails, report, at, records) for report in reports]
    changed = [(mail.facts[0], at, mail.delivery, mail.text) for mail in mails.values() if mail.changed]
    change_rows(transaction, _REPORT, "id bigint, at bigint, delivery text, reply text", changed)
    outbox.record(transaction, records)
    return found


class _Mail:
    """A mail that reports speak of, and how it stands after them."""

    def __init__(self, row: Row) -> None:
        self.facts: Row = row[:-2]
        self.delivery: DeliveryState = row[-2]
        self.is_withdrawn = row[-1] == "withdrawn"
        self.text = ""
        self.changed = False


def _taken(
    mails: Mapping[str, _Mail], report: Arrived, at: int, records: list[tuple[RecordType, Row, str, int]]
) -> Taken | None:
    mail = next((mails[token.lower()] for token in report.tokens if token.lower() in mails), None)
    if mail is None:
        return None
    if str(mail.facts[_ADDRESS]).rpartition("@")[2] in report.not_about:
        return Taken(int(mail.facts[1]), False)
    state = _state_of(report.action, report.status)
    is_news = state is not None and _RANK[state] > _RANK[mail.delivery] and mail.delivery != "delivered"
    if state is not None and is_news and not mail.is_withdrawn:
        mail.delivery, mail.changed = state, True
        mail.text = storable(" ".join(part for part in (report.status, report.diagnostic) if part))
        kind = OF_DELIVERY.get(state)
        if kind is not None:
            records.append((kind, mail.facts, mail.text, at))
    return Taken(int(mail.facts[1]))


def _state_of(action: str, status: str) -> DeliveryState | None:
    if action in ("delivered", "relayed"):
        return "delivered" if action == "delivered" else "relayed"
    if action == "expanded":
        return "delivered"
    if action == "failed":
        return "expired" if status in _TOO_OLD_STATUS else "failed"
    return "deferred" if action == "delayed" else None
