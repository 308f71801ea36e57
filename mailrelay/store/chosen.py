"""Conditions by which people choose recipients of the queue, as SQL; the same for looking and for ordering. Pure.

Addresses are compared without case, as in `trace`; a recipient may also be named by the list or office it came from.
SQLite folds the case of ASCII alone: what is not ASCII is also found as it was written.
"""

from __future__ import annotations

from foundation.storage import Parameter
from mailrelay.store.search_keys import comparable

Condition = tuple[str, list[Parameter]]
"""Text with its parameters, in their order; empty when nothing is asked."""


def by_sender(address: str) -> Condition:
    """Messages from this sender."""
    return ("(sender = ? OR lower(sender) = ?)", [address, comparable(address)]) if address else ("", [])


def by_recipient(address: str) -> Condition:
    """Recipients with this address, or who have it as `via`."""
    if not address:
        return "", []
    return "(? IN (address, via) OR ? IN (lower(address), lower(via)))", [address, comparable(address)]


def by(column: str, value: str | None) -> Condition:
    """Recipients in whose column (one of ours) there is this value."""
    return (f"{column} = ?", [value]) if value else ("", [])


def all_of(*conditions: Condition) -> Condition:
    """Every one of them, each with ` AND ` in front."""
    asked = [condition for condition in conditions if condition[0]]
    return "".join(f" AND {text}" for text, _ in asked), [value for _, values in asked for value in values]
