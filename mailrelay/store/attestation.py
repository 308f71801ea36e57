"""What the journal attests of a message and its recipients, compared with what the rows say. Pure.

Rows are for work and can be rewritten; records are hashed. Whatever differs is named, and nothing is decided: which of
the two is true is for whoever looks into it. Of erased personal data only the absence can be compared. What the journal
does not record (the list that a recipient came through, a beginning attempt) cannot be compared at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from unicodedata import normalize

from foundation import clock
from mailrelay.lifecycle import State
from mailrelay.store.trail import TracedEvent

ACCEPTED: Final = "message.accepted"
_WAITS: Final[frozenset[State]] = frozenset({"queued", "delivering"})
_STATES_AFTER: Final[Mapping[str, frozenset[State]]] = {
    "attempt.unknown": _WAITS,
    "attempt.withdrawn": _WAITS,
    "recipient.delivered": frozenset({"delivered"}),
    "recipient.relayed": frozenset({"relayed"}),
    "recipient.deferred": frozenset({"deferred", "delivering"}),
    "recipient.failed": frozenset({"failed"}),
    "recipient.expired": frozenset({"expired"}),
    "recipient.held": frozenset({"held"}),
    "recipient.released": _WAITS,
    "recipient.retried": _WAITS,
    "recipient.removed": frozenset({"removed"}),
}
"""In which states a recipient may be when this is the newest record that decides; attempts begin without a record."""


def acceptance_of(whole: Iterable[TracedEvent]) -> TracedEvent | None:
    """The record of a message's acceptance, among those that speak of it as a whole."""
    return next((event for event in whole if event.type == ACCEPTED), None)


def message_differences(
    facts: Mapping[str, Any], recipients_total: int, whole: Sequence[TracedEvent]
) -> tuple[str, ...]:
    """Names of what differs: keys of `facts` (size, sha256 in hex, accepted_at, origin, sender, message_id,
    document_number, document_kind), `recipients` (their number), `events` (a record or its clear text), `record` (there
    is none of the acceptance)."""
    accepted = acceptance_of(whole)
    if accepted is None:
        return ("record",)
    attested = accepted.facts
    expected: dict[str, Any] = {
        "size": attested.get("size"),
        "sha256": attested.get("sha256"),
        "origin": attested.get("origin"),
        "accepted_at": clock.microseconds(accepted.at),
        **_personal(attested),
    }
    names = [name for name, value in expected.items() if not _same(facts[name], value)]
    recipients = attested.get("recipients")
    if recipients_total != (len(recipients) if isinstance(recipients, list) else recipients):
        names.append("recipients")
    return (*names, *_altered_events(whole))


def recipient_differences(
    ordinal: int,
    address: str,
    state: State,
    possible_duplicate: bool,
    accepted: TracedEvent | None,
    own: Sequence[TracedEvent],
) -> tuple[str, ...]:
    """Names of what differs: address, state, possible_duplicate, `events` (a record or its clear text)."""
    names = []
    if accepted is not None and not _same(address, _address(accepted.facts, ordinal)):
        names.append("address")
    if state not in _states(accepted, own):
        names.append("state")
    if possible_duplicate != any(_may_be_duplicate(event) for event in own):
        names.append("possible_duplicate")
    return (*names, *_altered_events(own))


def _personal(attested: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in clear beside the record; erased, it is blank in the rows too."""
    if "sender" not in attested:
        return {"sender": "", "message_id": "", "document_number": ""}
    document = attested.get("document")
    document = document if isinstance(document, dict) else {}
    return {
        "sender": attested["sender"],
        "message_id": attested.get("message_id", ""),
        "document_number": document.get("number", ""),
        "document_kind": document.get("kind", ""),
    }


def _address(attested: Mapping[str, Any], ordinal: int) -> str | None:
    recipients = attested.get("recipients")
    if not isinstance(recipients, list):
        return ""
    return recipients[ordinal] if 0 <= ordinal < len(recipients) else None


def _states(accepted: TracedEvent | None, own: Sequence[TracedEvent]) -> frozenset[State]:
    for event in reversed(own):
        if event.type in _STATES_AFTER:
            return _STATES_AFTER[event.type]
    return frozenset({"held"}) if accepted is not None and accepted.facts.get("held") else _WAITS


def _may_be_duplicate(event: TracedEvent) -> bool:
    return event.type == "attempt.unknown" or bool(event.facts.get("possible_duplicate"))


def _altered_events(events: Iterable[TracedEvent]) -> tuple[str, ...]:
    return ("events",) if any(event.altered for event in events) else ()


def _same(one: object, other: object) -> bool:
    """Records hold text in NFC, rows as it came."""
    if isinstance(one, str) and isinstance(other, str):
        return one == other or normalize("NFC", one) == normalize("NFC", other)
    return one == other
