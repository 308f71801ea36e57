"""Where the recipients of a message go in memory: which lane, in which transactions, in which order. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from mailrelay.dispatch.copies import Copy, Waiting, for_filter, for_mailboxes, for_next_host
from mailrelay.dispatch.lanes import Lane
from mailrelay.dispatch.parcels import Errand, Parcel
from mailrelay.dispatch.window import FILTER, LOCAL, REFUSED
from mailrelay.envelope import Delivery, Notify
from mailrelay.spool.ledger import NewMessage


class Fresh:
    """A recipient of a message that was just accepted; read-only, and cheap to make."""

    __slots__ = ("address", "destination", "mailbox", "notify", "ordinal", "original", "via")
    attempts = 0
    possible_duplicate = False

    def __init__(self, ordinal: int, delivery: Delivery) -> None:
        self.ordinal = ordinal
        self.address = delivery.address
        self.destination = delivery.destination
        self.via = delivery.via
        self.mailbox = delivery.mailbox
        self.notify: tuple[Notify, ...] = delivery.notify
        self.original = delivery.original


def fresh(message: NewMessage) -> list[Waiting]:
    """The recipients of a message that was just accepted, as they wait."""
    return [Fresh(ordinal, delivery) for ordinal, delivery in enumerate(message.deliveries)]


def may_be_stored_in_part(message: NewMessage) -> bool:
    """Whether recipients may have been left out of a repeated submission; then the database alone knows ordinals."""
    return bool(
        len(message.deliveries) > 1
        and message.client.account
        and message.headers.message_id
        and message.origin == "client"
    )


def line_up(lane: Lane, errand: Errand) -> None:
    """Urgent mail goes before the other that waits."""
    if errand.parcel.urgency == "urgent":
        lane.ready.appendleft(errand)
    else:
        lane.ready.append(errand)


def by_lane(parcel: Parcel, waiting: Sequence[Waiting], there_is_a_filter: bool) -> dict[str, list[Waiting]]:
    """The recipients by the lane that takes them: the filter's for what it must see first, else their destination's."""
    filtered = there_is_a_filter and parcel.unfiltered
    lanes: dict[str, list[Waiting]] = {}
    for each in waiting:
        lanes.setdefault(FILTER if filtered and each.destination != REFUSED else each.destination, []).append(each)
    return lanes


def copies_for(lane: str, waiting: Sequence[Waiting]) -> list[Copy]:
    """The transactions that these recipients need in a lane."""
    if lane == LOCAL:
        return for_mailboxes(waiting)
    return for_filter(waiting) if lane == FILTER else for_next_host(waiting)
