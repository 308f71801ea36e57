"""How the daemon feels: the figures for `/metrics` and the questions behind `/readyz`, read off the running parts.

Each function takes the parts and changes nothing. An answer of None means well; a text says what is wrong. How the
pages look is `observation`'s business.
"""

from __future__ import annotations

from functools import partial
from math import inf
from typing import TYPE_CHECKING, Final

from mailrelay.observation.metrics import QueueFigures
from mailrelay.store import queue

if TYPE_CHECKING:
    from mailrelay.parts import Parts

SMALL_BYTES: Final = 1 << 20
"""Without room for one message of this size the relay is not ready: almost everything would be refused with 452."""


async def queue_figures(parts: Parts) -> QueueFigures:
    found = await parts.ledger.read(queue.statistics)
    return QueueFigures(found.recipients, found.oldest_accepted_at, found.size_bytes, found.messages)


def levels(parts: Parts) -> dict[str, tuple[str, float]]:
    """Gauges of what is in memory."""
    dispatch, room = parts.dispatcher.statistics(), parts.bodies.has_room(SMALL_BYTES)
    age = parts.book.age_seconds
    return {
        "dispatch_recipients": ("Recipients in memory for delivery.", dispatch.recipients),
        "dispatch_on_the_wire": ("Transactions handed to the sender.", dispatch.on_the_wire),
        "destinations_backing_off": ("Destinations that are waited for as a whole.", len(dispatch.closed)),
        "disk_ready": ("Whether the disk of the spool has room for mail; without it everything is put off.", room),
        "connections_out": ("Connections to next hops.", parts.sender.connections),
        "address_book_entries": ("People, offices and lists in the address book.", parts.book.size),
        "address_book_age_seconds": ("Since the directory last confirmed it; -1: never.", -1 if age == inf else age),
    }


async def queue_answers(parts: Parts) -> str | None:
    """The database can be read."""
    await parts.ledger.read(partial(queue.due, destination="local", now=0, limit=1))
    return "stopping" if parts.stopping else None


async def listeners(parts: Parts) -> str | None:
    """The pages are there before the doors are: whoever waits for us must not come too early."""
    return None if parts.listening else "the listeners are not open yet"


async def disk(parts: Parts) -> str | None:
    return None if parts.bodies.has_room(SMALL_BYTES) else "too little room in the spool folder"


async def addresses(parts: Parts) -> str | None:
    return None if parts.book.complete else "the directory has never been read"
