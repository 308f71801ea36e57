"""Attempts: that one begins, durable before anything is sent; and how it ended, with its journal record.

The row of a recipient changes only while it is not at an end, so a late or repeated outcome neither revives a recipient
nor counts twice. Messages whose last recipient ends are handed to `endings` in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from foundation import clock
from foundation.journal import JSON, Entry, append_many
from foundation.storage import Parameter, Transaction
from foundation.storage.batches import change_rows, insert_rows
from mailrelay import records
from mailrelay.lifecycle import ENDS
from mailrelay.queue_ids import spell
from mailrelay.store.columns import storable
from mailrelay.store.endings import count_ended
from mailrelay.store.values import AttemptStart, Outcome, StoredBody

_REPLY_LIMIT = 4000  # characters of a reply that are kept: a server may answer with many lines

_START = """
UPDATE recipient SET state = 'delivering', attempts = recipient.attempts + 1, next_attempt_at = NULL,
  attempt_started_at = given.at, attempt_host = given.host, changed_at = given.at
FROM given WHERE recipient.number = given.number AND recipient.ordinal = given.ordinal
  AND coalesce(recipient.state, '') IN ('queued', 'deferred')"""
_START_COLUMNS = "number bigint, ordinal bigint, at bigint, host text"
_FINISH = """
UPDATE recipient SET state = given.state, next_attempt_at = given.next_attempt_at,
  possible_duplicate = CASE WHEN given.duplicate = 1 THEN 1 ELSE recipient.possible_duplicate END,
  last_code = given.code, last_status = given.status, last_reply = given.reply, changed_at = given.at
FROM given WHERE recipient.number = given.number AND recipient.ordinal = given.ordinal
  AND coalesce(recipient.state, '') IN ('queued', 'delivering', 'deferred', 'held')
RETURNING recipient.number, recipient.ordinal, recipient.address, recipient.attempts"""
_FINISH_COLUMNS = (
    "number bigint, ordinal bigint, state text, next_attempt_at bigint, duplicate bigint, code bigint, status text, "
    "reply text, at bigint"
)
_SELECT_STORED = """
SELECT count(*) FROM given CROSS JOIN recipient
WHERE recipient.number = given.number AND recipient.ordinal = given.ordinal
  AND recipient.state = given.state AND recipient.changed_at = given.at"""
_PLACE = "number bigint, ordinal bigint"
_INSERT_MENTION = "INSERT INTO mention (number, ordinal, record_id)"
_INSERT_NOTICE = "INSERT INTO notice (number, ordinal, kind, due_at)"
_ON_CONFLICT = "ON CONFLICT (number, ordinal, kind) DO NOTHING"


def start(transaction: Transaction, starts: Iterable[AttemptStart]) -> None:
    """Note that these attempts begin. Doing it again changes nothing; recipients that do not wait are passed over."""
    rows = [(begun.number, ordinal, begun.at, begun.host) for begun in starts for ordinal in begun.ordinals]
    change_rows(transaction, _START, _START_COLUMNS, rows)


def finish(transaction: Transaction, outcomes: Sequence[Outcome], keep_body_seconds: float = 0) -> list[StoredBody]:
    """Note how these attempts ended; returns the bodies on disk that no row names any more."""
    outcomes, again = _once_each(outcomes)
    outcomes = _change(transaction, outcomes)
    released: list[StoredBody] = []
    if outcomes:
        owed = [(o.number, o.ordinal, kind, o.at) for o in outcomes for kind in o.notices]
        insert_rows(transaction, _INSERT_NOTICE, owed, _ON_CONFLICT)
        ended = [outcome for outcome in outcomes if outcome.state in ENDS]
        released += count_ended(transaction, [(outcome.number, outcome.at) for outcome in ended], keep_body_seconds)
        _record(transaction, outcomes)
    return released + finish(transaction, again, keep_body_seconds) if again else released


def is_stored(transaction: Transaction, outcomes: Sequence[Outcome]) -> bool:
    """Whether a unit with these outcomes was committed, when only reading tells."""
    rows = [(outcome.number, outcome.ordinal, outcome.state, outcome.at) for outcome in outcomes]
    counts = change_rows(transaction, _SELECT_STORED, f"{_PLACE}, state text, at bigint", rows)
    return any(count for (count,) in counts)


def _once_each(outcomes: Sequence[Outcome]) -> tuple[Sequence[Outcome], Sequence[Outcome]]:
    """The first outcome of each recipient, and what is left: one statement changes a row only once."""
    first: dict[tuple[int, int], Outcome] = {}
    again: list[Outcome] = []
    for outcome in outcomes:
        if first.setdefault((outcome.number, outcome.ordinal), outcome) is not outcome:
            again.append(outcome)
    return (outcomes, ()) if not again else (list(first.values()), again)


def _change(transaction: Transaction, outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
    """Write them into the rows of recipients that are not at an end; those, with address and attempt filled in."""
    rows = change_rows(transaction, _FINISH, _FINISH_COLUMNS, [_row(outcome) for outcome in outcomes])
    live = {(number, ordinal): (address, attempts) for number, ordinal, address, attempts in rows}
    return [_completed(o, *live[o.number, o.ordinal]) for o in outcomes if (o.number, o.ordinal) in live]


def _completed(outcome: Outcome, address: str, attempts: int) -> Outcome:
    if outcome.address and (outcome.attempt or not outcome.attempt_started_at):
        return outcome
    attempt = outcome.attempt or (attempts if outcome.attempt_started_at else 0)
    return replace(outcome, address=outcome.address or address, attempt=attempt)


def _row(outcome: Outcome) -> tuple[Parameter, ...]:
    next_attempt_at = outcome.next_attempt_at
    if outcome.state in ("queued", "deferred") and next_attempt_at is None:
        next_attempt_at = outcome.at
    return (
        outcome.number,
        outcome.ordinal,
        outcome.state,
        next_attempt_at,
        int(outcome.possible_duplicate),
        outcome.code,
        storable(outcome.status),
        storable(outcome.reply[:_REPLY_LIMIT]),
        outcome.at,
    )


def _record(transaction: Transaction, outcomes: Sequence[Outcome]) -> None:
    ids = append_many(transaction, map(_entry, outcomes))
    mentions = [(o.number, o.ordinal, record_id) for o, record_id in zip(outcomes, ids, strict=True)]
    insert_rows(transaction, _INSERT_MENTION, mentions)


def _entry(outcome: Outcome) -> Entry:
    public: dict[str, JSON] = {
        "queue_id": spell(outcome.number),
        "recipient": outcome.ordinal,
        "attempt": outcome.attempt,
    }
    if outcome.attempt_started_at:
        public["started_at"] = outcome.attempt_started_at
    delivery: dict[str, JSON] = {"address": storable(outcome.address), "host": storable(outcome.host)}
    if outcome.tls:
        delivery["tls"] = storable(outcome.tls)
    delivery["reply"] = storable(outcome.reply[:_REPLY_LIMIT])
    at = clock.from_microseconds(outcome.at)
    if outcome.state == "queued":
        kind = records.ATTEMPT_UNKNOWN if outcome.possible_duplicate else records.ATTEMPT_WITHDRAWN
        return Entry(kind, public, {"delivery": delivery}, at)
    public["code"] = outcome.code
    public["status"] = storable(outcome.status)
    if outcome.next_attempt_at is not None:
        public["next_attempt_at"] = outcome.next_attempt_at
    if outcome.possible_duplicate:
        public["possible_duplicate"] = True
    return Entry(records.OF_STATE[outcome.state], public, {"delivery": delivery}, at)
