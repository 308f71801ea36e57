"""Answers "what happened to this message, for this person?" from the rows and the journal.

A message is found through the keys of `search_keys`, its events through `mention`: neither reads more of the tables
than it answers, however many messages there were. What personal data was erased is left out, the events stay.

The rows are compared with the records, and the records' clear text with its digests (`attestation`): what differs is
named in `altered`. All recipients that are asked for are answered, however many they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, NamedTuple
from unicodedata import normalize

from foundation import clock
from foundation.storage import Parameter, Row, Transaction
from foundation.storage.batches import rows_among
from mailrelay import queue_ids
from mailrelay.lifecycle import State
from mailrelay.store import search_keys
from mailrelay.store.acceptance import WHOLE_MESSAGE
from mailrelay.store.attestation import acceptance_of, message_differences, recipient_differences
from mailrelay.store.trail import TracedEvent, event, merged

_CLOCK_SLACK = 86_400_000_000  # a clock may have stood wrong when the number was given: a day, microseconds

_COLUMNS = """
SELECT number, message_id, sender, size, sha256, document_number, document_kind, accepted_at, envelope_identifier,
  origin FROM message WHERE"""
_SELECT_MESSAGES = f"{_COLUMNS} number IN {{values}} ORDER BY number DESC"
_SELECT_ALL = f"{_COLUMNS} number > ? ORDER BY number LIMIT 200"
_SELECT_RECIPIENTS = """
SELECT ordinal, address, via, state, possible_duplicate FROM recipient WHERE number = ? ORDER BY ordinal"""
_SELECT_EVENTS = """
SELECT ordinal, body, leaf, name, salt, value FROM mention JOIN record ON record.id = mention.record_id
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
    altered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TracedMessage:
    """One message found. `recipients` are those asked for, all `recipients_total` of them."""

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
    origin: str
    client: Mapping[str, Any]
    altered: tuple[str, ...] = ()

    def is_altered(self) -> bool:
        """Whether anything shown differs from the journal, or the journal's clear text from its digests."""
        return bool(self.altered) or any(recipient.altered for recipient in self.recipients)

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
            "origin": self.origin,
            "client": dict(self.client),
            "altered": list(self.altered),
        }


class Found(NamedTuple):
    """The messages that a question found; `more`: there are others beyond the limit."""

    messages: list[TracedMessage]
    more: bool


def find(
    transaction: Transaction,
    query: str = "",
    *,
    document: str = "",
    recipient: str = "",
    since: int | None = None,
    limit: int = 50,
) -> Found:
    """The messages that meet every condition given, the newest first; before them, when a document number was asked
    for, those that an operator issued under it: others of our people may name the same one.

    `query`: queue id, Message-ID with or without `<>`, address (sender, recipient or list), or document number.
    `recipient`: address of a recipient or of the list it came from; only these recipients are answered. `since`: only
    messages accepted then or later."""
    query, document, recipient = query.strip(), document.strip(), recipient.strip()
    numbers = _numbers(transaction, query, document, recipient, since, limit + 1)
    rows = rows_among(transaction, _SELECT_MESSAGES, numbers)
    found: list[TracedMessage] = []
    for row in sorted(rows, key=lambda row: (_is_issued(row, document or query), row[0]), reverse=True):
        if since is not None and row[7] < since:
            continue
        recipients = transaction.execute(_SELECT_RECIPIENTS, (row[0],))
        if _meets(row, recipients, query, document):
            wanted = _wanted(row, recipients, query, recipient)
            if wanted or not recipient:
                if len(found) == limit:
                    return Found(found, True)
                found.append(_traced(transaction, row, wanted, len(recipients)))
    return Found(found, False)


def _numbers(
    transaction: Transaction, query: str, document: str, recipient: str, since: int | None, limit: int
) -> list[int]:
    """Candidates by their keys, up to `limit` for each; who meets the conditions is decided on the rows."""
    conditions: list[list[int]] = []
    if document:
        conditions.append(_document_keys(document))
    if recipient:
        conditions.append([search_keys.address_key(recipient)])
    own = queue_ids.parse(query) if query else None
    if query:
        conditions.insert(0, _keys(query))
    if not conditions:
        return []
    earliest = 0 if since is None else queue_ids.earliest(since - _CLOCK_SLACK)
    first, *others = conditions
    statement, parameters = "SELECT number FROM sought WHERE key = ? AND number >= ?", [earliest]
    for *_, key in others:  # the last one covers the others
        statement += " AND EXISTS (SELECT 1 FROM sought AS also WHERE also.key = ? AND also.number = sought.number)"
        parameters.append(key)
    numbers = set() if own is None else {own}
    for key in first:  # the number of a document first of all as issued: however many others name it, it is found
        rows = transaction.execute(f"{statement} ORDER BY number DESC LIMIT ?", (key, *parameters, limit))
        numbers.update(number for (number,) in rows)
    return list(numbers)


def _keys(query: str) -> list[int]:
    """What a query may mean; a queue id is a number of its own."""
    meant = [search_keys.address_key(query)] if "@" in query else _document_keys(query)
    return [search_keys.message_key(query), *meant, search_keys.envelope_key(query)]


def _document_keys(document: str) -> list[int]:
    return [search_keys.issued_key(document), search_keys.document_key(document)]


def _is_issued(row: Row, document: str) -> bool:
    return row[9] == "operator" and _same_document(document, row[5])


def _meets(row: Row, recipients: Sequence[Row], query: str, document: str) -> bool:
    """Whether the row is really meant: keys are short, two texts may share one."""
    number, message_id, sender, _, _, document_number, _, _, identifier, _ = row
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


def every(transaction: Transaction) -> Iterator[TracedMessage]:
    """Every message with all its recipients, the oldest first; reads everything."""
    after = -1
    while rows := transaction.execute(_SELECT_ALL, (after,)):
        for row in rows:
            yield _traced(transaction, row, transaction.execute(_SELECT_RECIPIENTS, (row[0],)))
        after = rows[-1][0]


def _traced(transaction: Transaction, row: Row, wanted: Sequence[Row], total: int | None = None) -> TracedMessage:
    """The message with the recipients wanted, of the `total` that it has (as many, if not given)."""
    number, message_id, sender, size, sha256, document_number, document_kind, accepted_at, _, origin = row
    events = _events(transaction, number, [recipient[0] for recipient in wanted])
    whole = events.get(WHOLE_MESSAGE, [])
    accepted = acceptance_of(whole)
    facts = {
        "size": size,
        "sha256": sha256.hex(),
        "origin": origin,
        "accepted_at": accepted_at,
        "sender": sender,
        "message_id": message_id,
        "document_number": document_number,
        "document_kind": document_kind,
    }
    return TracedMessage(
        number,
        message_id,
        sender,
        size,
        sha256,
        document_number,
        document_kind,
        accepted_at,
        tuple(_traced_recipient(recipient, accepted, whole, events.get(recipient[0], [])) for recipient in wanted),
        len(wanted),
        origin,
        _client(accepted),
        message_differences(facts, len(wanted) if total is None else total, whole),
    )


def _traced_recipient(
    row: Row, accepted: TracedEvent | None, whole: Sequence[TracedEvent], own: Sequence[TracedEvent]
) -> TracedRecipient:
    ordinal, address, via, state, duplicate = row
    altered = recipient_differences(ordinal, address, state, bool(duplicate), accepted, own)
    return TracedRecipient(ordinal, address, via, state, bool(duplicate), merged(whole, own), altered)


def _client(accepted: TracedEvent | None) -> dict[str, Any]:
    """Who handed it over, as its record says; what is empty or erased is left out."""
    facts = accepted.facts if accepted is not None else {}
    names = {"listener": "listener", "host": "address", "helo": "helo", "account": "account", "login": "login"}
    names |= {"trusted": "trusted", "tls": "tls"}
    return {name: facts[fact] for fact, name in names.items() if facts.get(fact)}


def _events(transaction: Transaction, number: int, ordinals: Sequence[int]) -> Mapping[int, list[TracedEvent]]:
    events: dict[int, list[TracedEvent]] = {}
    for first, last in [(WHOLE_MESSAGE, WHOLE_MESSAGE), *_runs(ordinals)]:
        parameters: tuple[Parameter, ...] = (number, first, last)
        for ordinal, *row in transaction.execute(_SELECT_EVENTS, parameters):
            events.setdefault(ordinal, []).append(event(number, ordinal, tuple(row)))
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


def _recipient_json(recipient: TracedRecipient, timezone: tzinfo) -> dict[str, Any]:
    return {
        "address": recipient.address,
        "via": recipient.via,
        "state": recipient.state,
        "possible_duplicate": recipient.possible_duplicate,
        "events": [
            {
                "at": _written(traced.at, timezone),
                "type": traced.type,
                "detail": traced.detail,
                "reply": traced.reply,
                "facts": traced.told_facts(),
            }
            for traced in recipient.events
        ],
        "altered": list(recipient.altered),
    }


def _written(instant: datetime, timezone: tzinfo) -> str:
    return instant.astimezone(timezone).isoformat(timespec="milliseconds")
