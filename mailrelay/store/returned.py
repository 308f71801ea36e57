"""Ties a report that came back (RFC 3464, RFC 8098) to the recipient of the message that it speaks of.

The message is found by the envelope identifier (ours is the queue id, or the client's ENVID) or by its Message-ID, the
recipient by the addresses that the report names. Found, it is an event of the recipient's trail, with the address that
it came from. It never changes a state: a report proves nothing, anybody who knows a Message-ID can write one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from foundation import clock
from foundation.journal import JSON, append
from foundation.storage import Transaction
from foundation.storage.batches import insert_rows
from mailrelay import queue_ids, records
from mailrelay.store import search_keys
from mailrelay.store.columns import storable

_SOUGHT = "SELECT number FROM sought WHERE key = ? ORDER BY number DESC LIMIT ?"
_RECIPIENTS = "SELECT ordinal, address, via, original FROM recipient WHERE number = ? ORDER BY ordinal"
_INSERT_MENTION = "INSERT INTO mention (number, ordinal, record_id)"
_CANDIDATES = 20  # messages of one Message-ID or ENVID
_TEXT_LIMIT = 4000


class ReturnedReport(Protocol):
    """What a parsed report says of one recipient (`mailrelay.reports.returned`)."""

    @property
    def kind(self) -> str: ...
    @property
    def envelope_identifier(self) -> str: ...
    @property
    def original_recipient(self) -> str: ...
    @property
    def final_recipient(self) -> str: ...
    @property
    def action(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def diagnostic(self) -> str: ...
    @property
    def original_message_id(self) -> str: ...
    @property
    def disposition(self) -> str: ...


def tie_report(
    transaction: Transaction,
    report: ReturnedReport,
    report_number: int,
    at: int,
    sender: str | None = None,
    came_from: str = "",
) -> tuple[int, int] | None:
    """Note a returned report in the trail that it belongs to; returns (number, ordinal), or None if it belongs to none.

    `report_number` is the message in which it came. `sender`: whose messages it may speak of (whom it was sent to).
    `came_from`: the address of the host that handed it over."""
    for number in _candidates(transaction, report):
        if number == report_number or (sender is not None and not _is_from(transaction, number, sender)):
            continue
        for ordinal, address, via, original in transaction.execute(_RECIPIENTS, (number,)):
            if _is_named(report, (address, via, original.partition(";")[2])):
                _note(transaction, report, report_number, at, (number, ordinal), came_from)
                return number, ordinal
    return None


def _candidates(transaction: Transaction, report: ReturnedReport) -> Iterable[int]:
    own = queue_ids.parse(report.envelope_identifier)
    found: dict[int, None] = {} if own is None else {own: None}
    if report.envelope_identifier:
        key = search_keys.envelope_key(report.envelope_identifier)
        found.update((number, None) for (number,) in transaction.execute(_SOUGHT, (key, _CANDIDATES)))
    if report.original_message_id:
        key = search_keys.message_key(report.original_message_id)
        found.update((number, None) for (number,) in transaction.execute(_SOUGHT, (key, _CANDIDATES)))
    return found


def _is_from(transaction: Transaction, number: int, sender: str) -> bool:
    rows = transaction.execute("SELECT sender FROM message WHERE number = ?", (number,))
    return bool(rows) and search_keys.comparable(rows[0][0]) == search_keys.comparable(sender)


def _is_named(report: ReturnedReport, addresses: Iterable[str]) -> bool:
    named = {search_keys.comparable(_bare(text)) for text in (report.original_recipient, report.final_recipient)}
    return not named.isdisjoint(search_keys.comparable(address) for address in addresses if address)


def _bare(recipient: str) -> str:
    """An address without its type: `rfc822;an@tinh.test` is an@tinh.test."""
    kind, separator, address = recipient.partition(";")
    return (address if separator else kind).strip()


def _note(
    transaction: Transaction,
    report: ReturnedReport,
    report_number: int,
    at: int,
    place: tuple[int, int],
    came_from: str,
) -> None:
    action = report.action if report.kind == "dsn" else report.disposition
    public: dict[str, JSON] = {
        "queue_id": queue_ids.spell(place[0]),
        "recipient": place[1],
        "report": queue_ids.spell(report_number),
        "kind": report.kind,
        "action": storable(action[:100]),
        "status": storable(report.status[:20]),
    }
    diagnostic = storable(report.diagnostic[:_TEXT_LIMIT])
    private: dict[str, JSON] = {"address": storable(report.final_recipient[:320]), "reply": diagnostic}
    if came_from:
        private["host"] = storable(came_from)
    when = clock.from_microseconds(at)
    record_id = append(transaction, records.REPORT_RECEIVED, public, {"detail": private}, when)
    insert_rows(transaction, _INSERT_MENTION, [(*place, record_id)])
