"""Who may send as whom: one's own addresses, aliases too, and those of the office mailboxes one holds. Pure."""

from __future__ import annotations

from mailrelay.policy.addressbook import AddressBook, Known
from mailrelay.policy.addressing import Spelled, spelled


def find(book: AddressBook, address: Spelled) -> Known | None:
    """The entry with this address, or with the address that remains without its `+detail`."""
    known = book.lookup(address.address)
    if known is None and "+" in address.address:
        return book.lookup(address.without_detail)
    return known


def may_send_as(book: AddressBook, account: str, address: str) -> bool:
    """Whether the person with this uid may write `address` as the sender or in From."""
    spelling = spelled(address)
    known = find(book, spelling) if spelling else None
    if known is None or not known.sends:
        return False
    if known.kind == "person":
        return known.uid == account
    return any(owner is not None and owner.uid == account for owner in map(book.member, known.owners))
