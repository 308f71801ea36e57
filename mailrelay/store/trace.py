"""Answers "what happened to this message, for this person?" from the rows and the journal.

A message is found through the keys of `search_keys`, its events through `mention`: neither reads more of the tables
than it answers, however many messages there were. What personal data was erased is left out, the events stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any
from unicodedata import normalize

from foundation import clock
from foundation.storage import Parameter, Row, Transaction
from foundation.storage.batches import rows_among
from mailrelay import queue_ids
from mailrelay.lifecycle import State
from mailrelay.store import search_keys
from mailrelay.store.acceptance import WHOLE_MESSAGE
from mailrelay.store.trail import TracedEvent, event

RECIPIENTS = 1000  # shown of one message, unless a recipient is named
_CLOCK_SLACK = 86_400_000_000  # a clock may have stood wrong when the number was given: a day, microseconds

_SELECT_MESSAGES = """
SELECT number, message_id, sender, size, sha256, document_number, document_kind, accepted_at, envelope_identifier
FROM message WHERE number IN {values} ORDER BY number DESC"""
_SELECT_RECIPIENTS = """
SELECT ordinal, address, via, state, possible_duplicate FROM recipient WHERE number = ? ORDER BY ordinal"""
_SELECT_EVENTS = """
SELECT ordinal, body, value FROM mention JOIN record ON record.id = mention.record_id
LEFT JOIN private ON private.record_id = mention.record_id
WHERE mention.number = ? AND ordinal >= ? AND ordinal <= ? ORDER BY mention.record_id"""


@dataclass(frozen=True, slots=True)
class TracedRecipient:
    """One recipient and what happened for it, in order of time."""

    ordinal: int
    address: str
    via: str
    state: State
    possible_duplicate: bool
    events: tuple[TracedEvent, ...]


@dataclass(frozen=True, slots=True)
class TracedMessage:
    """One message found. `recipients` are those asked for, at most RECIPIENTS of the `recipients_total` there are."""

    number: int
    message_id: str
    sender: str
    size: int
    sha256: bytes
    document_number: str
    document_kind: str
    accepted_at: int
    recipients: tuple[TracedRecipient, ...]
    recipients_total: int

    def as_json(self, timezone: tzinfo) -> dict[str, Any]:
        """The shape of docs/answers.md, instants in this timezone."""
        document = {"number": self.document_number, "kind": self.document_kind}
        return {
            "queue_id": queue_ids.spell(self.number),
            "message_id": self.message_id,
            "sender": self.sender,
            "size": self.size,
            "sha256": self.sha256.hex(),
            "document": document if self.document_number or self.document_kind else None,
            "accepted_at": _written(clock.from_microseconds(self.accepted_at), timezone),
            "recipients": [_recipient_json(recipient, timezone) for recipient in self.recipients],
            "recipients_total": self.recipients_total,
        }


def find(
    transaction: Transaction,
    query: str = "",
    *,
    document: str = "",
    recipient: str = "",
    since: int | None = None,
    limit: int = 50,
) -> list[TracedMessage]:
    """The messages that meet every condition given, the newest first.

    `query`: queue id, Message-ID with or without `<>`, address (sender, recipient or list), or document number.
    `recipient`: address of a recipient or of the list it came from; only these recipients are answered. `since`: only
    messages accepted then or later."""
    numbers = _numbers(transaction, query.strip(), document.strip(), recipient.strip(), since, limit)
    rows = rows_among(transaction, _SELECT_MESSAGES, numbers)
    found: list[TracedMessage] = []
    for row in sorted(rows, reverse=True):
        if since is not None and row[7] < since:
            continue
        recipients = transaction.execute(_SELECT_RECIPIENTS, (row[0],))
        if _meets(row, recipients, query.strip(), document.strip()):
            wanted = _wanted(row, recipients, query.strip(), recipient.strip())
            if wanted or not recipient:
                found.append(_traced(transaction, row, wanted))
    return found


def _numbers(
    transaction: Transaction, query: str, document: str, recipient: str, since: int | None, limit: int
) -> list[int]:
    """Candidates by their keys; who meets the conditions is decided on the rows."""
    conditions: list[list[int]] = []
    if document:
        conditions.append([search_keys.document_key(document)])
    if recipient:
        conditions.append([search_keys.address_key(recipient)])
    own = queue_ids.parse(query) if query else None
    if query:
        conditions.insert(0, list(_keys(query)))
    if not conditions:
        return []
    earliest = 0 if since is None else queue_ids.earliest(since - _CLOCK_SLACK)
    first, *others = conditions
    statement, parameters = "SELECT number FROM sought WHERE key = ? AND number >= ?", [earliest]
    for (key,) in others:
        statement += " AND EXISTS (SELECT 1 FROM sought AS also WHERE also.key = ? AND also.number = sought.number)"
        parameters.append(key)
    numbers = set() if own is None else {own}
    for key in first:
        rows = transaction.execute(f"{statement} ORDER BY number DESC LIMIT ?", (key, *parameters, limit))
        numbers.update(number for (number,) in rows)
    return sorted(numbers, reverse=True)[:limit]


def _keys(query: str) -> Iterable[int]:
    """What a query may mean; a queue id is a number of its own."""
    yield search_keys.message_key(query)
    if "@" in query:
        yield search_keys.address_key(query)
    else:
        yield search_keys.document_key(query)
    yield search_keys.envelope_key(query)


def _meets(row: Row, recipients: Sequence[Row], query: str, document: str) -> bool:
    """Whether the row is really meant: keys are short, two texts may share one."""
    number, message_id, sender, _, _, document_number, _, _, identifier = row
    if document and not _same_document(document, document_number):
        return False
    if not query or number == queue_ids.parse(query) or message_id.strip("<>") == query.strip("<>"):
        return True
    if _same_document(query, document_number) or (identifier and identifier == query):
        return True
    if "@" not in query:
        return False
    address = search_keys.comparable(query)
    return search_keys.comparable(sender) == address or bool(_addressed(recipients, address))


def _same_document(one: str, other: str) -> bool:
    return bool(other) and search_keys.document_key(one) == search_keys.document_key(normalize("NFC", other))


def _wanted(row: Row, recipients: Sequence[Row], query: str, recipient: str) -> Sequence[Row]:
    """The recipients to answer: those named, or all when the message itself was named."""
    if recipient:
        return _addressed(recipients, search_keys.comparable(recipient))
    if "@" in query and row[1].strip("<>") != query.strip("<>"):
        address = search_keys.comparable(query)
        if search_keys.comparable(row[2]) != address:
            return _addressed(recipients, address) or recipients
    return recipients


def _addressed(recipients: Sequence[Row], address: str) -> Sequence[Row]:
    return [
        row
        for row in recipients
        if search_keys.comparable(row[1]) == address or (row[2] and search_keys.comparable(row[2]) == address)
    ]


def _traced(transaction: Transaction, row: Row, wanted: Sequence[Row]) -> TracedMessage:
    recipients = wanted[:RECIPIENTS]
    number, message_id, sender, size, sha256, document_number, document_kind, accepted_at, _ = row
    events = _events(transaction, number, [recipient[0] for recipient in recipients])
    whole = events.get(WHOLE_MESSAGE, [])
    return TracedMessage(
        number,
        message_id,
        sender,
        size,
        sha256,
        document_number,
        document_kind,
        accepted_at,
        tuple(
            TracedRecipient(ordinal, address, via, state, bool(duplicate), _merged(whole, events.get(ordinal, [])))
            for ordinal, address, via, state, duplicate in recipients
        ),
        len(wanted),
    )


def _events(transaction: Transaction, number: int, ordinals: Sequence[int]) -> Mapping[int, list[TracedEvent]]:
    events: dict[int, list[TracedEvent]] = {}
    for first, last in [(WHOLE_MESSAGE, WHOLE_MESSAGE), *_runs(ordinals)]:
        parameters: tuple[Parameter, ...] = (number, first, last)
        for ordinal, body, private in transaction.execute(_SELECT_EVENTS, parameters):
            events.setdefault(ordinal, []).append(event(body, private))
    return events


def _runs(ordinals: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Consecutive ordinals as (first, last)."""
    first = last = None
    for ordinal in ordinals:
        if first is not None and last is not None and ordinal != last + 1:
            yield first, last
            first = None
        first, last = ordinal if first is None else first, ordinal
    if first is not None and last is not None:
        yield first, last


def _merged(whole: Sequence[TracedEvent], own: Sequence[TracedEvent]) -> tuple[TracedEvent, ...]:
    return tuple(sorted([*whole, *own], key=lambda traced: traced.at))


def _recipient_json(recipient: TracedRecipient, timezone: tzinfo) -> dict[str, Any]:
    return {
        "address": recipient.address,
        "via": recipient.via,
        "state": recipient.state,
        "possible_duplicate": recipient.possible_duplicate,
        "events": [
            {"at": _written(traced.at, timezone), "type": traced.type, "detail": traced.detail, "reply": traced.reply}
            for traced in recipient.events
        ],
    }


def _written(instant: datetime, timezone: tzinfo) -> str:
    return instant.astimezone(timezone).isoformat(timespec="milliseconds")
