"""What must hold in the relay's tables at any moment between two units of work; each broken rule is a sentence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Final

from foundation.journal import StoredTree, is_attested
from foundation.journal.merkle import leaf_hash
from foundation.storage import Transaction
from mailrelay.lifecycle import STATES
from mailrelay.queue_ids import spell
from mailrelay.store import trace

_STATES: Final = ", ".join(f"'{state}'" for state in STATES)
_LIVE: Final = "('queued', 'delivering', 'deferred', 'held')"
_SHOWN = 20  # examples per rule

_RULES: Final[tuple[tuple[str, str], ...]] = (
    (
        "has no recipients",
        "SELECT number FROM message WHERE NOT EXISTS (SELECT 1 FROM recipient WHERE recipient.number = message.number)",
    ),
    (
        "has a recipient in an unknown state",
        f"SELECT number FROM recipient WHERE state NOT IN ({_STATES})",  # noqa: S608 (words of ours)
    ),
    (
        "counts its open recipients wrongly",
        f"""SELECT number FROM message WHERE open_recipients <> (SELECT count(*) FROM recipient
        WHERE recipient.number = message.number AND state IN {_LIVE})""",  # noqa: S608
    ),
    (
        "has a waiting recipient that is never due",
        "SELECT number FROM recipient WHERE state IN ('queued', 'deferred') AND next_attempt_at IS NULL",
    ),
    (
        "is open but has no body",
        """SELECT number FROM message WHERE open_recipients > 0
        AND NOT EXISTS (SELECT 1 FROM inline_body WHERE inline_body.number = message.number)
        AND NOT EXISTS (SELECT 1 FROM stored_body WHERE stored_body.number = message.number)""",
    ),
    (
        "has two bodies",
        "SELECT number FROM inline_body JOIN stored_body USING (number)",
    ),
    (
        "has ended but kept its body",
        """SELECT body.number FROM (SELECT number FROM inline_body UNION ALL SELECT number FROM stored_body) AS body
        LEFT JOIN message ON message.number = body.number WHERE coalesce(open_recipients, 0) <= 0
        AND NOT EXISTS (SELECT 1 FROM kept_body WHERE kept_body.number = body.number)
        AND NOT EXISTS (SELECT 1 FROM notice WHERE notice.number = body.number AND due_at < 4611686018427387904)""",
    ),
    (
        "has recipients but no row",
        """SELECT number FROM recipient
        WHERE NOT EXISTS (SELECT 1 FROM message WHERE message.number = recipient.number)""",
    ),
    (
        "has no record of its acceptance",
        """SELECT number FROM message
        WHERE NOT EXISTS (SELECT 1 FROM mention WHERE mention.number = message.number AND ordinal = -1)""",
    ),
    (
        "has a recipient at its end, or deferred, without a record that says so",
        """SELECT number FROM recipient WHERE state NOT IN ('queued', 'delivering')
        AND NOT EXISTS (SELECT 1 FROM mention
        WHERE mention.number = recipient.number AND mention.ordinal = recipient.ordinal)
        AND NOT (state = 'held' AND attempts = 0)""",
    ),
    (
        "is spoken of by the journal but has no row",
        """SELECT DISTINCT number FROM mention
        WHERE NOT EXISTS (SELECT 1 FROM message WHERE message.number = mention.number)""",
    ),
    (
        "is mentioned by a record that does not exist",
        "SELECT number FROM mention WHERE NOT EXISTS (SELECT 1 FROM record WHERE record.id = mention.record_id)",
    ),
)
_SELECT_INLINE = """
SELECT inline_body.number, sha256, content FROM inline_body JOIN message ON message.number = inline_body.number
WHERE inline_body.number > ? ORDER BY inline_body.number LIMIT 200"""
_SELECT_TREE = """
SELECT tree_index, record_id, tree.leaf, record.leaf, body FROM tree LEFT JOIN record ON record.id = tree.record_id
WHERE tree_index >= ? ORDER BY tree_index LIMIT 1000"""
_SELECT_PRIVATE = """
SELECT record_id, name, salt, value, body FROM private LEFT JOIN record ON record.id = private.record_id
WHERE record_id > ? OR (record_id = ? AND name > ?) ORDER BY record_id, name LIMIT 1000"""
_SELECT_UNPLACED = """
SELECT id FROM record WHERE NOT EXISTS (SELECT 1 FROM unsequenced WHERE unsequenced.id = record.id)
AND NOT EXISTS (SELECT 1 FROM tree WHERE tree.record_id = record.id) LIMIT 20"""

_SELECT_UNMENTIONED = "SELECT id FROM record EXCEPT SELECT record_id FROM mention LIMIT 20"


def broken_rules(transaction: Transaction) -> Iterator[str]:
    """Which rules about messages and recipients are broken, with the queue ids of examples."""
    for sentence, statement in _RULES:
        for (number,) in transaction.execute(f"{statement} LIMIT {_SHOWN}"):
            yield f"{spell(number)} {sentence}"


def damaged_inline_bodies(transaction: Transaction) -> Iterator[str]:
    """Which small bodies are not those that were accepted; reads them all."""
    after = -1
    while rows := transaction.execute(_SELECT_INLINE, (after,)):
        for number, expected, content in rows:
            if hashlib.sha256(content).digest() != expected:
                yield f"{spell(number)} has a body that is not the accepted one"
        after = rows[-1][0]


def journal_faults(transaction: Transaction) -> Iterator[str]:
    """What is wrong with the journal's tree: it must hold every record but those that wait for their place, and its
    root must be that of their hashes; the clear text beside the records must be what their digests attest; messages and
    recipients must be what the records say of them. Reads all of it."""
    tree = StoredTree(transaction)
    index = 0
    while rows := transaction.execute(_SELECT_TREE, (index,)):
        for place, record_id, placed, leaf, body in rows:
            if place != index:
                yield f"the tree lacks leaf {index}"
                return
            if body is None or leaf != placed or leaf_hash(body) != leaf:
                yield f"leaf {place} of the tree is not the hash of record {record_id}"
            index += 1
    try:
        tree.root()
    except ValueError as error:
        yield str(error)
    for (record_id,) in transaction.execute(_SELECT_UNPLACED):
        yield f"record {record_id} is neither in the tree nor waiting for its place"
    for (record_id,) in transaction.execute(_SELECT_UNMENTIONED):
        yield f"record {record_id} speaks of a message, but none of the rows leads to it"
    yield from _false_clear_text(transaction)
    yield from _altered_messages(transaction)


def _false_clear_text(transaction: Transaction) -> Iterator[str]:
    after = (-1, "")
    while rows := transaction.execute(_SELECT_PRIVATE, (after[0], *after)):
        for record_id, name, salt, value, body in rows:
            if not is_attested(_digest(body, name), salt, value):
                yield f"the clear text of {name} beside record {record_id} is not what the record attests"
        after = (rows[-1][0], rows[-1][1])


def _digest(body: bytes | None, name: str) -> object:
    """The digest that a record holds of a private field; None if it holds none."""
    try:
        return json.loads(body or b"{}")["digests"][name]
    except (ValueError, KeyError, TypeError):
        return None


def _altered_messages(transaction: Transaction) -> Iterator[str]:
    for message in trace.every(transaction):
        queue_id = spell(message.number)
        if message.altered:
            yield f"{queue_id} differs from the journal: {', '.join(message.altered)}"
        for recipient in message.recipients:
            if recipient.altered:
                names = ", ".join(recipient.altered)
                yield f"{queue_id} recipient {recipient.ordinal} differs from the journal: {names}"
