"""What part of the queue is in memory: which recipients, of which destinations, and how much more may come. No I/O.

Bounded by `concurrency.in_flight` recipients and by `MEMORY_BYTES` of small bodies; how it is shared between
destinations is told in lanes.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mailrelay.dispatch.copies import Copy
from mailrelay.dispatch.lanes import Lane
from mailrelay.dispatch.parcels import Errand, Key, Parcel

FILTER: Final = "filter"
"""The lane of what the content filter must see first; no destination of the database is called so."""
LOCAL: Final = "local"
REFUSED: Final = "refused"

MEMORY_BYTES: Final = 32 << 20
"""How many bytes of small bodies may be in memory; what is accepted beyond stays in the database alone."""


class Window:
    """The lanes and what is counted over all of them. `limit` is in recipients."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.lanes: dict[str, Lane] = {}
        self.recipients = 0
        self.body_bytes = 0
        self._reads: dict[int, set[Key]] = {}
        self._promised = 0

    def lane(self, destination: str) -> Lane:
        """The lane of a destination, made when it is needed."""
        lane = self.lanes.get(destination)
        if lane is None:
            lane = self.lanes[destination] = Lane(destination)
        return lane

    def drop_if_idle(self, lane: Lane, now: int) -> None:
        """Forget a lane about which there is nothing to remember."""
        if lane.is_idle(now):
            self.lanes.pop(lane.destination, None)

    def room(self, lane: Lane) -> int:
        """How many recipients more a lane may take; at least one when it has none and anything is free."""
        free = self.limit - self.recipients - self._promised
        if free <= 0 or self.body_bytes >= MEMORY_BYTES:
            return 0
        return lane.room(free) or (0 if lane.busy else 1)

    def take(self, lane: Lane, parcel: Parcel, copy: Copy) -> Errand:
        """Take a transaction into memory."""
        number = parcel.number
        keys = tuple([(number, each.ordinal) for each in copy.everyone()])
        lane.busy.update(keys)
        self.recipients += len(keys)
        if not parcel.errands:
            self.body_bytes += len(parcel.body.inline or b"")
        parcel.errands += 1
        return Errand(parcel, copy, lane, keys)

    def forget(self, errand: Errand) -> None:
        """Let a transaction go, because it has ended or is left to the database."""
        parcel, keys = errand.parcel, errand.keys
        self.recipients -= len(keys)
        parcel.errands -= 1
        if not parcel.errands:
            self.body_bytes -= len(parcel.body.inline or b"")
        self.left(errand.lane, keys)

    def left(self, lane: Lane, keys: Iterable[Key]) -> None:
        """These recipients are in memory no more."""
        lane.busy.difference_update(keys)
        for gone in self._reads.values():
            gone.update(keys)

    def in_memory(self, lane: Lane) -> frozenset[Key]:
        """The recipients of a destination that are in memory (perhaps in the filter's lane)."""
        at_filter = self.lanes.get(FILTER)
        return frozenset(lane.busy | at_filter.busy if at_filter else lane.busy)

    @property
    def reads(self) -> int:
        """How many reads of the queue are under way."""
        return len(self._reads)

    def begin_read(self, limit: int) -> set[Key]:
        """Promise room for `limit` recipients, and note from now on what leaves memory: the snapshot that is read still
        shows it as waiting."""
        gone: set[Key] = set()
        self._reads[id(gone)] = gone
        self._promised += limit
        return gone

    def end_read(self, gone: set[Key], limit: int) -> None:
        """The read that began so has come to its end, and its recipients are about to be taken."""
        del self._reads[id(gone)]
        self._promised -= limit
