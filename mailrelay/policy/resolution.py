"""From the addresses a sender wrote to what is queued: mailboxes, list members, offices, routes, foreign domains. Pure.

| address                        | what is queued                                                                  |
|--------------------------------|---------------------------------------------------------------------------------|
| with a route of its own        | `address:NAME@DOMAIN`                                                           |
| a person's, alias or primary   | `local`, the person's uid                                                       |
| an office's                    | `local`, the office's own uid, and a copy to each owner (`via` = the address)   |
| a list's                       | each member once, however nested (`via` = the address that the sender wrote)    |
| postmaster@ or abuse@ of ours  | that mailbox or route, else postmaster@ our first domain, else `[relay] postmaster` |
| foreign                        | `domain:DOMAIN`                                                                 |

A member who may not receive is queued as `refused`, so that the sender hears of it; so is an address of ours that
vanished since RCPT, and a list in which nobody is left. When nobody at all is postmaster, the address is refused at
RCPT: taking the mail would only make a report to whoever was named as its sender. RFC 5321 4.5.1 is the administrator's
duty, and `congvu doctor` fails until somebody is appointed.

The same mailbox may be queued under several addresses of one message (the person, and a list she is in): each is
tracked, and the dispatcher makes one copy of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from mailrelay.envelope import Delivery, Recipient
from mailrelay.policy.addressbook import AddressBook, Known
from mailrelay.policy.addressing import Spelled, spelled
from mailrelay.policy.senders import find
from mailrelay.settings import RelaySettings

LOCAL: Final = "local"
REFUSED: Final = "refused"

_ALWAYS: Final = frozenset({"postmaster", "abuse"})
"""RFC 5321 4.5.1; RFC 2142 4."""


def resolve(recipients: Iterable[Recipient], book: AddressBook, settings: RelaySettings) -> tuple[Delivery, ...]:
    """What is queued for these recipients, each address and each member of a list once, in the order written."""
    deliveries: list[Delivery] = []
    seen: set[str] = set()
    for recipient in recipients:
        spelling = recipient_spelling(recipient.address, settings)
        if spelling is None:
            deliveries.append(_delivery(recipient, REFUSED))
        elif spelling.address not in seen:
            seen.add(spelling.address)
            deliveries.extend(_resolved(recipient, spelling, book, settings))
    return tuple(deliveries)


def recipient_spelling(address: str, settings: RelaySettings) -> Spelled | None:
    """The spelling of a recipient; a bare `postmaster` is ours (RFC 5321 4.1.1.3)."""
    return spelled(settings.postmaster if address.lower() == "postmaster" else address)


def own_route(address: Spelled, settings: RelaySettings) -> str:
    """The address (with or without its `+detail`) for which the configuration has a route, or an empty string."""
    if not settings.routes:
        return ""
    return next((each for each in (address.address, address.without_detail) if each in settings.routes), "")


def is_postmaster(address: Spelled) -> bool:
    """Whether this is an address that every domain of ours ought to take."""
    return address.address.rpartition("@")[0] in _ALWAYS


def has_postmaster(book: AddressBook, settings: RelaySettings) -> bool:
    """Whether mail to postmaster@ and abuse@ reaches anybody."""
    deliveries = _postmaster(Recipient(settings.postmaster), book, settings)
    return any(each.destination != REFUSED for each in deliveries)


def members_that_receive(known: Known, book: AddressBook) -> list[Known]:
    """The people and offices in a list, nested lists opened, each once."""
    return [member for member in _members(known, book) if member.receives]


def _resolved(
    recipient: Recipient, spelling: Spelled, book: AddressBook, settings: RelaySettings
) -> Iterable[Delivery]:
    route = own_route(spelling, settings)
    if route:
        return [_delivery(recipient, f"address:{route}")]
    if not book.is_local_domain(spelling.domain):
        return [_delivery(recipient, f"domain:{spelling.domain}")]
    known = find(book, spelling)
    if known is not None:
        return _known(recipient, known, book)
    return _postmaster(recipient, book, settings) if is_postmaster(spelling) else [_delivery(recipient, REFUSED)]


def _postmaster(recipient: Recipient, book: AddressBook, settings: RelaySettings) -> Iterable[Delivery]:
    """Whoever has postmaster@ of our first domain; else whom the configuration appoints, here or elsewhere."""
    spelling = spelled(settings.postmaster)
    if spelling is not None and own_route(spelling, settings):
        return [_delivery(recipient, f"address:{own_route(spelling, settings)}")]
    known = find(book, spelling) if spelling else None
    return _known(recipient, known, book) if known else _appointed(recipient, book, settings)


def _appointed(recipient: Recipient, book: AddressBook, settings: RelaySettings) -> Iterable[Delivery]:
    spelling = spelled(settings.postmaster_mailbox)
    if spelling is None:
        return [_delivery(recipient, REFUSED)]
    known = find(book, spelling)
    if known is not None and not own_route(spelling, settings):
        return _known(recipient, known, book)
    if own_route(spelling, settings):
        destination = f"address:{own_route(spelling, settings)}"
    else:
        destination = REFUSED if book.is_local_domain(spelling.domain) else f"domain:{spelling.domain}"
    return [_delivery(recipient, destination, recipient.address, spelling.address)]


def _known(recipient: Recipient, known: Known, book: AddressBook) -> Iterable[Delivery]:
    if known.kind == "person":
        return [_mailbox(recipient, known)]
    if known.kind == "role":
        return [_mailbox(recipient, known), *_copies(recipient, known, book)]
    members = list(_members(known, book))
    if not members:
        return [_delivery(recipient, REFUSED)]
    return [_mailbox(recipient, member, via=recipient.address) for member in members]


def _copies(recipient: Recipient, office: Known, book: AddressBook) -> Iterator[Delivery]:
    """A copy for each owner who receives; the office's own mailbox is the delivery that counts."""
    owners = dict.fromkeys(book.member(name) for name in office.owners)
    for owner in owners:
        if owner is not None and owner.receives:
            yield _mailbox(recipient, owner, via=recipient.address)


def _members(known: Known, book: AddressBook) -> Iterator[Known]:
    """People and offices of a list, and of the lists in it; a list within itself is opened once."""
    seen: set[str] = {known.uid}
    waiting = [known]
    while waiting:
        for name in waiting.pop().members:
            member = book.member(name)
            if member is None or member.uid in seen:
                continue
            seen.add(member.uid)
            if member.kind == "list":
                waiting.append(member)
            else:
                yield member


def _mailbox(recipient: Recipient, known: Known, via: str = "") -> Delivery:
    address = known.address if via else recipient.address
    if not known.receives:
        return _delivery(recipient, REFUSED, via, address)
    return Delivery(address, LOCAL, known.uid, via, recipient.notify, recipient.original)


def _delivery(recipient: Recipient, destination: str, via: str = "", address: str = "") -> Delivery:
    return Delivery(address or recipient.address, destination, "", via, recipient.notify, recipient.original)
