"""Ties a report that came back (RFC 3464, RFC 8098) to the recipient of the message that it speaks of.

The message is found by the envelope identifier (ours is the queue id, or the client's ENVID) or by its Message-ID, the
recipient by the addresses that the report names. Found, it is part of the recipient's trail; a recipient that was
`relayed` becomes `delivered` or `failed` if the report says so. A report proves nothing: it is what another host said.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol

from foundation import clock
from foundation.journal import JSON, append
from foundation.storage import Transaction
from foundation.storage.batches import insert_rows
from mailrelay import queue_ids, records
from mailrelay.lifecycle import State
from mailrelay.store import search_keys
from mailrelay.store.columns import storable

_SOUGHT = "SELECT number FROM sought WHERE key = ? ORDER BY number DESC LIMIT ?"
_RECIPIENTS = "SELECT ordinal, address, via, original, state FROM recipient WHERE number = ? ORDER BY ordinal"
_CHANGE = """
UPDATE recipient SET state = ?, last_status = ?, last_reply = ?, changed_at = ? WHERE number = ? AND ordinal = ?"""
_INSERT_MENTION = "INSERT INTO mention (number, ordinal, record_id)"
_CANDIDATES = 20  # messages of one Message-ID or ENVID
_TEXT_LIMIT = 4000
_BECOMES: Final[dict[str, State]] = {"delivered": "delivered", "failed": "failed"}


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
    transaction: Transaction, report: ReturnedReport, report_number: int, at: int, sender: str | None = None
) -> tuple[int, int] | None:
    """Note a returned report in the trail that it belongs to; returns (number, ordinal), or None if it belongs to none.

    `report_number` is the message in which it came. `sender`: whose messages it may speak of (whom it was sent to)."""
    for number in _candidates(transaction, report):
        if number == report_number or (sender is not None and not _is_from(transaction, number, sender)):
            continue
        for ordinal, address, via, original, state in transaction.execute(_RECIPIENTS, (number,)):
            if _is_named(report, (address, via, original.partition(";")[2])):
                _note(transaction, report, report_number, at, (number, ordinal), state)
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
    state: State,
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
    when = clock.from_microseconds(at)
    record_id = append(transaction, records.REPORT_RECEIVED, public, {"detail": private}, when)
    insert_rows(transaction, _INSERT_MENTION, [(*place, record_id)])
    becomes = _BECOMES.get(report.action) if report.kind == "dsn" else None
    if state == "relayed" and becomes is not None:
        transaction.execute(_CHANGE, (becomes, public["status"], diagnostic, at, *place))  # type: ignore[arg-type]
