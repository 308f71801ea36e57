"""Erases the personal data of a message that has come to its end; its records and their proof stay.

What goes: clear text beside the journal, addresses and texts in the rows, and every key by which it could be found.
What stays: numbers, sizes, instants, states, and the hash of the bytes.
"""

from __future__ import annotations

from foundation.journal import erase
from foundation.storage import Transaction
from mailrelay.store import search_keys
from mailrelay.store.columns import read_client
from mailrelay.store.endings import forget_bodies
from mailrelay.store.values import StoredBody

_SELECT = "SELECT open_recipients, client, message_id FROM message WHERE number = ?"
_BLANK_MESSAGE = """
UPDATE message SET sender = '', envelope_identifier = '', client = '{"listener":"local"}', message_id = '',
  document_number = '', headers = '{}', received = ? WHERE number = ?"""
_BLANK_RECIPIENTS = """
UPDATE recipient SET address = '', via = '', mailbox = '', original = '', last_reply = '' WHERE number = ?"""
_SELECT_KEYS = "SELECT sender, message_id, document_number, envelope_identifier FROM message WHERE number = ?"
_SELECT_ADDRESSES = "SELECT DISTINCT address, via FROM recipient WHERE number = ?"
_DELETE_SOUGHT = "DELETE FROM sought WHERE key = ? AND number = ?"
_DELETE_SUBMISSION = "DELETE FROM submission WHERE submission_key = ? AND number = ?"
_DELETE_NOTICES = "DELETE FROM notice WHERE number = ?"
_DELETE_KEPT = "DELETE FROM kept_body WHERE number = ?"
_SELECT_RECORDS = "SELECT record_id FROM mention WHERE number = ?"


def erase_message(transaction: Transaction, number: int) -> list[StoredBody]:
    """Erase one message; returns its body if it was kept on disk, to be released. Unknown numbers are fine.

    Raises ValueError while a recipient has not come to its end."""
    rows = transaction.execute(_SELECT, (number,))
    if not rows:
        return []
    open_recipients, client, message_id = rows[0]
    if open_recipients > 0:
        raise ValueError("a message can be erased only when its last recipient has come to an end")
    submission = search_keys.submission_key(read_client(client).account, message_id)
    transaction.execute_many(_DELETE_SOUGHT, [(key, number) for key in _keys(transaction, number)])
    transaction.execute(_DELETE_SUBMISSION, (submission, number))
    transaction.execute(_DELETE_NOTICES, (number,))
    transaction.execute(_DELETE_KEPT, (number,))
    for (record_id,) in transaction.execute(_SELECT_RECORDS, (number,)):
        erase(transaction, record_id)
    transaction.execute(_BLANK_MESSAGE, (b"", number))
    transaction.execute(_BLANK_RECIPIENTS, (number,))
    return forget_bodies(transaction, [number])


def _keys(transaction: Transaction, number: int) -> set[int]:
    sender, message_id, document_number, envelope_identifier = transaction.execute(_SELECT_KEYS, (number,))[0]
    keys = {
        search_keys.address_key(sender),
        search_keys.message_key(message_id),
        search_keys.document_key(document_number),
        search_keys.issued_key(document_number),
        search_keys.envelope_key(envelope_identifier),
    }
    for addresses in transaction.execute(_SELECT_ADDRESSES, (number,)):
        keys.update(map(search_keys.address_key, addresses))
    return keys
