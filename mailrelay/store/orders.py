"""What an operator orders: hold, release, retry, remove. Each order is journaled per recipient, with who gave it.

An order is carried out a piece at a time (`limit` recipients per unit of work), so that a hundred thousand of them do
not keep everybody waiting: repeat it until `recipients` is 0. What is being attempted just now is never touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from foundation import clock
from foundation.journal import Entry, append_many
from foundation.storage import Parameter, Transaction
from foundation.storage.batches import change_rows, insert_rows
from mailrelay import records
from mailrelay.lifecycle import State
from mailrelay.queue_ids import spell
from mailrelay.store.chosen import Condition, all_of, by, by_recipient, by_sender
from mailrelay.store.columns import storable
from mailrelay.store.endings import count_ended
from mailrelay.store.values import StoredBody

Verb = Literal["hold", "release", "retry", "remove"]
PIECE = 1000

_CONDITIONS: Final[dict[Verb, str]] = {
    "hold": "state IN ('queued', 'deferred')",
    "release": "state = 'held'",
    "retry": "(state = 'deferred' OR (state = 'queued' AND next_attempt_at > ?))",
    "remove": "state IN ('queued', 'deferred', 'held')",
}
_BECOMES: Final[dict[Verb, State]] = {"hold": "held", "release": "queued", "retry": "queued", "remove": "removed"}
_RECORDS: Final = {
    "hold": records.RECIPIENT_HELD,
    "release": records.RECIPIENT_RELEASED,
    "retry": records.RECIPIENT_RETRIED,
    "remove": records.RECIPIENT_REMOVED,
}
_FROM = """
FROM (SELECT number, sender FROM message WHERE open_recipients > 0{numbers}) AS open CROSS JOIN recipient
WHERE recipient.number = open.number AND """  # CROSS JOIN: from the open messages to their recipients, not from all
_CHANGE = """
UPDATE recipient SET state = given.state, next_attempt_at = given.next_attempt_at, changed_at = given.at
FROM given WHERE recipient.number = given.number AND recipient.ordinal = given.ordinal"""
_COLUMNS = "number bigint, ordinal bigint, state text, next_attempt_at bigint, at bigint"
_INSERT_MENTION = "INSERT INTO mention (number, ordinal, record_id)"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which recipients an order means: those that meet every condition given. `everything` must be said when none is.

    Addresses are compared without case; `recipient` is an address, or the list or office that it came from.
    `destination` is as in `Waiting`."""

    numbers: tuple[int, ...] = ()
    recipient: str = ""
    sender: str = ""
    destination: str = ""
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Ordered:
    """What a piece of an order changed; `destinations` are those that may be attempted now."""

    recipients: int
    messages: int
    destinations: tuple[str, ...]


def carry_out(
    transaction: Transaction, verb: Verb, selection: Selection, operator: str, at: int, limit: int = PIECE
) -> tuple[Ordered, list[StoredBody]]:
    """Carry out a piece of an order; returns what changed and the bodies on disk that no row names any more.

    Raises ValueError for an empty selection."""
    rows = _selected(transaction, verb, selection, at, limit)
    places = [(number, ordinal) for number, ordinal, _, _ in rows]
    becomes = _BECOMES[verb]
    due = at if becomes == "queued" else None
    change_rows(transaction, _CHANGE, _COLUMNS, [(*place, becomes, due, at) for place in places])
    entries = [
        Entry(
            _RECORDS[verb],
            {"queue_id": spell(number), "recipient": ordinal},
            {"order": {"address": address, "operator": storable(operator)}},
            clock.from_microseconds(at),
        )
        for number, ordinal, address, _ in rows
    ]
    ids = append_many(transaction, entries)
    insert_rows(transaction, _INSERT_MENTION, [(*place, id_) for place, id_ in zip(places, ids, strict=True)])
    ended = [(number, at) for number, _ in places] if verb == "remove" else []
    released = count_ended(transaction, ended)
    destinations = tuple(sorted({row[3] for row in rows})) if becomes == "queued" else ()
    return Ordered(len(rows), len({number for number, _ in places}), destinations), released


def hold(
    transaction: Transaction, selection: Selection, operator: str, at: int, limit: int = PIECE
) -> tuple[Ordered, list[StoredBody]]:
    """Nothing is attempted for these recipients until they are released."""
    return carry_out(transaction, "hold", selection, operator, at, limit)


def release(
    transaction: Transaction, selection: Selection, operator: str, at: int, limit: int = PIECE
) -> tuple[Ordered, list[StoredBody]]:
    """Held recipients wait again, due at once."""
    return carry_out(transaction, "release", selection, operator, at, limit)


def retry(
    transaction: Transaction, selection: Selection, operator: str, at: int, limit: int = PIECE
) -> tuple[Ordered, list[StoredBody]]:
    """Waiting recipients are due at once."""
    return carry_out(transaction, "retry", selection, operator, at, limit)


def remove(
    transaction: Transaction, selection: Selection, operator: str, at: int, limit: int = PIECE
) -> tuple[Ordered, list[StoredBody]]:
    """Waiting and held recipients end without delivery; nobody is told."""
    return carry_out(transaction, "remove", selection, operator, at, limit)


def affected(transaction: Transaction, verb: Verb, selection: Selection, at: int) -> tuple[int, int]:
    """How many recipients, of how many messages, the order would change now. Raises as `carry_out` does."""
    source, parameters = _source(verb, selection, at)
    ((recipients, messages),) = transaction.execute(
        f"SELECT count(*), count(DISTINCT recipient.number){source}", parameters
    )
    return recipients, messages


def _selected(
    transaction: Transaction, verb: Verb, selection: Selection, at: int, limit: int
) -> Sequence[tuple[int, int, str, str]]:
    source, parameters = _source(verb, selection, at)
    statement = (
        f"SELECT recipient.number, ordinal, address, destination{source} ORDER BY recipient.number, ordinal LIMIT ?"
    )
    return [(row[0], row[1], row[2], row[3]) for row in transaction.execute(statement, (*parameters, limit))]


def _source(verb: Verb, selection: Selection, at: int) -> Condition:
    """From where an order takes its recipients. Raises ValueError for an empty selection."""
    chosen, values = all_of(
        by_recipient(selection.recipient),
        by_sender(selection.sender),
        by("destination", selection.destination),
    )
    if not chosen and not selection.numbers and not selection.everything:
        raise ValueError("an order that names no recipients must say that it means everything")
    numbers = f" AND number IN ({', '.join('?' * len(selection.numbers))})" if selection.numbers else ""
    at_once: list[Parameter] = [at] if verb == "retry" else []
    return f"{_FROM.replace('{numbers}', numbers)}{_CONDITIONS[verb]}{chosen}", [*selection.numbers, *at_once, *values]
