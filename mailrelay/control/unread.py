"""Which recipients get a document that they cannot read now: their mailbox takes mail, but nobody may open it. Pure.

A person who is invited has not activated the account yet; one who is suspended is shut out. An office is read by those
who hold it. It stops nothing: what arrives waits in the mailbox (`policy/account_states.py`); whoever issues a document
should know.
"""

from __future__ import annotations

from collections.abc import Iterable

from foundation.directory.schema import STATE_ACTIVE
from mailrelay.envelope import Delivery
from mailrelay.policy.addressbook import AddressBook, Known

NOBODY_HOLDS_IT = "unheld"
"""Instead of a state, for an office that no active person holds."""


def unread(deliveries: Iterable[Delivery], book: AddressBook) -> list[dict[str, str]]:
    """`address`, `via` (list or office) and `state` of each mailbox of ours among these that nobody may open now."""
    return [
        {"address": each.address, "via": each.via, "state": state}
        for each in deliveries
        if each.mailbox and (state := _hindrance(book.member(each.mailbox), book))
    ]


def _hindrance(known: Known | None, book: AddressBook) -> str:
    if known is None or known.kind == "list":
        return ""
    if known.kind == "person":
        return "" if known.logs_in else known.state
    if known.state != STATE_ACTIVE:
        return known.state
    owners = [book.person(uid) for uid in known.owners]
    return "" if any(owner is not None and owner.logs_in for owner in owners) else NOBODY_HOLDS_IT
