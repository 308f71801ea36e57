"""Accepts messages: everything that must be durable before a 250 may be said, for many messages in one unit of work.

Per message one row, one body (in the row, or where it stands on disk), one row per recipient, one journal record, and
the keys by which it is found. A submission that an account repeats (same Message-ID, same recipients, same bytes) is
answered with the number of the first; recipients that are new in it are accepted.

What a message says of an official document (number and kind) is believed of our own people and machines only: whoever
sends from elsewhere could claim any number.

PostgreSQL: two daemons that accept the same submission at once collide on the key of `submission`; the one that comes
late fails with ConstraintViolated and finds the first when it is done again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from foundation import clock
from foundation.journal import JSON, Entry, append_many
from foundation.language import Text
from foundation.storage import Parameter, Transaction
from foundation.storage.batches import insert_rows, rows_among
from mailrelay.envelope import Delivery
from mailrelay.queue_ids import spell
from mailrelay.records import MESSAGE_ACCEPTED, MESSAGE_REPEATED
from mailrelay.store import search_keys
from mailrelay.store.columns import client_facts, client_text, extents_text, headers_text, storable
from mailrelay.store.values import Accepted, NewMessage, RepeatedIdentifier

_Rows = list[tuple[Parameter, ...]]
_Known = dict[int, tuple[int, bytes]]  # recipient key -> number and SHA-256 of the message that it got

WHOLE_MESSAGE = -1
"""The ordinal of a mention that speaks of no single recipient."""

_INSERT_MESSAGE = """
INSERT INTO message (number, accepted_at, origin, parent, sender, returned, envelope_identifier, eight_bit, smtputf8,
  client, message_id, document_number, document_kind, urgency, headers, received, size, sha256, open_recipients)"""
_INSERT_RECIPIENT = """
INSERT INTO recipient (number, ordinal, address, via, destination, mailbox, notify, original, precedence, state,
  attempts, next_attempt_at, attempt_started_at, attempt_host, possible_duplicate, last_code, last_status,
  last_reply, changed_at)"""
_INSERT_INLINE_BODY = "INSERT INTO inline_body (number, content)"
_INSERT_STORED_BODY = "INSERT INTO stored_body (number, key, extents)"
_INSERT_SOUGHT = "INSERT INTO sought (key, number)"
_INSERT_MENTION = "INSERT INTO mention (number, ordinal, record_id)"
_INSERT_SUBMISSION = "INSERT INTO submission (submission_key, recipient_key, number)"
_SELECT_SUBMISSIONS = """
SELECT submission_key, recipient_key, submission.number, sha256
FROM submission JOIN message ON message.number = submission.number WHERE submission_key IN {values}"""
_SELECT_NUMBERS = "SELECT number FROM message WHERE number IN {values}"


def accept(transaction: Transaction, messages: Sequence[NewMessage]) -> list[Accepted | RepeatedIdentifier]:
    """Store these messages; one answer each, in their order. Raises StorageError, and then nothing is stored."""
    if not all(message.deliveries for message in messages):
        raise ValueError("a message without recipients cannot be accepted: nothing would ever end it")
    messages = [message if _may_name_a_document(message) else _without_document(message) for message in messages]
    answers: list[Accepted | RepeatedIdentifier] = []
    fresh: list[NewMessage] = []
    repeats: list[tuple[int, NewMessage, Sequence[Delivery]]] = []
    submissions: _Rows = []
    known = _known_submissions(transaction, messages)
    for message in messages:
        if not _is_submission(message):
            fresh.append(message)
            answers.append(Accepted(message.number, False))
            continue
        submission = search_keys.submission_key(message.client.account, message.headers.message_id)
        seen = known.setdefault(submission, {})
        new, repeated = _divide(message.deliveries, seen)
        earlier = [seen[_recipient_key(delivery)] for delivery in repeated]
        if any(sha256 != message.body.sha256 for _, sha256 in earlier):
            answers.append(_other_content(message))
            continue
        if repeated:
            repeats.append((earlier[0][0], message, repeated))
        if repeated and not new:
            answers.append(Accepted(earlier[0][0], True))
            continue
        for recipient in dict.fromkeys(map(_recipient_key, new)):
            seen[recipient] = (message.number, message.body.sha256)
            submissions.append((submission, recipient, message.number))
        fresh.append(replace(message, deliveries=tuple(new)) if repeated else message)
        answers.append(Accepted(message.number, False))
    _store(transaction, fresh)
    insert_rows(transaction, _INSERT_SUBMISSION, submissions)
    _record(transaction, fresh, repeats)
    return answers


def stored_numbers(transaction: Transaction, numbers: Sequence[int]) -> set[int]:
    """Which of these messages are stored."""
    return {number for (number,) in rows_among(transaction, _SELECT_NUMBERS, numbers)}


def _may_name_a_document(message: NewMessage) -> bool:
    """Whether its document headers count, or it has none."""
    headers, client = message.headers, message.client
    if not headers.document_number and not headers.document_kind:
        return True
    if message.origin != "client":
        return message.origin == "operator"
    return bool(client.account) or client.trusted or client.listener == "reinjection"


def _without_document(message: NewMessage) -> NewMessage:
    return replace(message, headers=message.headers._replace(document_number="", document_kind=""))


def _is_submission(message: NewMessage) -> bool:
    return bool(message.client.account and message.headers.message_id and message.origin == "client")


def _known_submissions(transaction: Transaction, messages: Iterable[NewMessage]) -> dict[int, _Known]:
    keys = {
        search_keys.submission_key(message.client.account, message.headers.message_id)
        for message in messages
        if _is_submission(message)
    }
    known: dict[int, _Known] = {}
    for submission, recipient, number, sha256 in rows_among(transaction, _SELECT_SUBMISSIONS, list(keys)):
        known.setdefault(submission, {})[recipient] = (number, sha256)
    return known


def _recipient_key(delivery: Delivery) -> int:
    """What the client named: a list is one recipient, whoever its members are today."""
    return search_keys.address_key(delivery.via or delivery.address)


def _divide(deliveries: Sequence[Delivery], seen: _Known) -> tuple[Sequence[Delivery], Sequence[Delivery]]:
    if not seen:
        return deliveries, ()
    new = [delivery for delivery in deliveries if _recipient_key(delivery) not in seen]
    repeated = [delivery for delivery in deliveries if _recipient_key(delivery) in seen]
    return new, repeated


def _other_content(message: NewMessage) -> RepeatedIdentifier:
    return RepeatedIdentifier(
        Text(
            "tài khoản đã gửi một nội dung khác với cùng Message-ID {identifier}",
            "the account has sent another content under the same Message-ID {identifier}",
        ).format(identifier=message.headers.message_id)
    )


def _store(transaction: Transaction, messages: Sequence[NewMessage]) -> None:
    insert_rows(transaction, _INSERT_MESSAGE, [_message_row(message) for message in messages])
    insert_rows(transaction, _INSERT_RECIPIENT, [row for message in messages for row in _recipient_rows(message)])
    inline: _Rows = []
    stored: _Rows = []
    for message in messages:
        body = message.body
        if body.inline is not None:
            inline.append((message.number, body.inline))
        else:
            stored.append((message.number, body.key, extents_text(body.extents)))
    insert_rows(transaction, _INSERT_INLINE_BODY, inline)
    insert_rows(transaction, _INSERT_STORED_BODY, stored)
    insert_rows(transaction, _INSERT_SOUGHT, [(key, m.number) for m in messages for key in _keys(m)])


def _message_row(message: NewMessage) -> tuple[Parameter, ...]:
    envelope, headers = message.envelope, message.headers
    return (
        message.number,
        message.accepted_at,
        message.origin,
        message.parent,
        storable(envelope.sender),
        envelope.returned,
        storable(envelope.identifier),
        int(envelope.eight_bit),
        int(envelope.smtputf8),
        client_text(message.client),
        storable(headers.message_id),
        storable(headers.document_number),
        storable(headers.document_kind),
        headers.urgency,
        headers_text(headers),
        message.received,
        message.body.size,
        message.body.sha256,
        len(message.deliveries),
    )


def _recipient_rows(message: NewMessage) -> Iterable[tuple[Parameter, ...]]:
    number, at = message.number, message.accepted_at
    precedence = 0 if message.headers.urgency == "urgent" else 1
    host = message.attempt_host
    if host is not None:
        state, attempts, due, started_at = "delivering", 1, None, at
    else:
        state, attempts, due, started_at = "held" if message.held else "queued", 0, None if message.held else at, None
    for ordinal, delivery in enumerate(message.deliveries):
        yield (
            number,
            ordinal,
            storable(delivery.address),
            storable(delivery.via),
            storable(delivery.destination),
            delivery.mailbox,
            ",".join(delivery.notify),
            storable(delivery.original),
            precedence,
            state,
            attempts,
            due,
            started_at,
            host or "",
            0,
            0,
            "",
            "",
            at,
        )


def _keys(message: NewMessage) -> Iterable[int]:
    keys = {search_keys.address_key(delivery.address) for delivery in message.deliveries}
    keys.update(search_keys.address_key(delivery.via) for delivery in message.deliveries if delivery.via)
    if message.envelope.sender:
        keys.add(search_keys.address_key(message.envelope.sender))
    if message.headers.message_id:
        keys.add(search_keys.message_key(message.headers.message_id))
    if message.headers.document_number:
        keys.add(search_keys.document_key(message.headers.document_number))
        if message.origin == "operator":
            keys.add(search_keys.issued_key(message.headers.document_number))
    if message.envelope.identifier:
        keys.add(search_keys.envelope_key(message.envelope.identifier))
    return keys


def _record(
    transaction: Transaction,
    fresh: Sequence[NewMessage],
    repeats: Sequence[tuple[int, NewMessage, Sequence[Delivery]]],
) -> None:
    numbers = [message.number for message in fresh] + [number for number, _, _ in repeats]
    entries = [_accepted(message) for message in fresh] + [_repeated(*repeat) for repeat in repeats]
    ids = append_many(transaction, entries)
    mentions = [(number, WHOLE_MESSAGE, record_id) for number, record_id in zip(numbers, ids, strict=True)]
    insert_rows(transaction, _INSERT_MENTION, mentions)


def _accepted(message: NewMessage) -> Entry:
    public: dict[str, JSON] = {
        "queue_id": spell(message.number),
        "size": message.body.size,
        "sha256": message.body.sha256.hex(),
        "recipients": len(message.deliveries),
        "listener": message.client.listener,
        "origin": message.origin,
    }
    if message.held:
        public["held"] = True
    if message.parent:
        public["parent"] = spell(message.parent)
    private = _facts(message, message.deliveries)
    return Entry(MESSAGE_ACCEPTED, public, {"message": private}, clock.from_microseconds(message.accepted_at))


def _repeated(number: int, message: NewMessage, deliveries: Sequence[Delivery]) -> Entry:
    public: dict[str, JSON] = {"queue_id": spell(number), "recipients": len(deliveries)}
    private = _facts(message, deliveries)
    return Entry(MESSAGE_REPEATED, public, {"message": private}, clock.from_microseconds(message.accepted_at))


def _facts(message: NewMessage, deliveries: Sequence[Delivery]) -> dict[str, JSON]:
    facts: dict[str, JSON] = {
        "sender": storable(message.envelope.sender),
        "recipients": [storable(delivery.address) for delivery in deliveries],
        "client": client_facts(message.client),
    }
    headers = message.headers
    if headers.message_id:
        facts["message_id"] = storable(headers.message_id)
    if headers.document_number or headers.document_kind:
        facts["document"] = {"number": storable(headers.document_number), "kind": storable(headers.document_kind)}
    if message.envelope.identifier:
        facts["envelope_identifier"] = storable(message.envelope.identifier)
    return facts
