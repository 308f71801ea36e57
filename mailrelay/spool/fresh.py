"""Large bodies that were just accepted, kept in memory so that sending them at once needs no reading and deciphering.

Promises: all of them together never take more than the budget, counted for as long as anybody holds one (a body that is
being sent is not freed by being forgotten here). When it is used up new bodies are not kept, because those that came
before are sent before; only what nobody sent within some seconds makes room. It keeps pieces as they came, uncopied.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from foundation import clock

KEPT_SECONDS: Final = 5.0
"""What has not gone out by then waits for a host that is slow or down, and can be read from the disk."""
LARGEST_SHARE: Final = 12
"""One body may take this part of the budget (4 MB of 48): a few huge ones would leave nothing for the many."""


class FreshBytes:
    """The bytes of one body: `pieces` by the offset at which they begin. The budget is charged until it is gone."""

    __slots__ = ("_budget", "pieces", "since", "size")

    def __init__(self, budget: FreshBodies) -> None:
        self._budget = budget
        self.pieces: dict[int, bytes] = {}
        self.size = 0
        self.since = 0.0

    def add(self, piece: bytes) -> bool:
        """Keep the next piece; False: there is no room, and the caller should drop all of it."""
        if not self._budget.charge(len(piece), self.size):
            return False
        self.pieces[self.size] = piece
        self.size += len(piece)
        return True

    @property
    def whole(self) -> bytes | None:
        """All of it, if it came as one piece."""
        return self.pieces[0] if len(self.pieces) == 1 else None

    def __del__(self) -> None:
        self._budget.used_bytes -= self.size


class FreshBodies:
    """The bodies at hand, by their keys. `used_bytes` counts them and those that are still coming or being sent."""

    __slots__ = ("_kept", "limit_bytes", "used_bytes")

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.used_bytes = 0
        self._kept: OrderedDict[bytes, FreshBytes] = OrderedDict()

    def begin(self, declared_bytes: int = 0) -> FreshBytes | None:
        """For a body whose pieces are coming; None if it is known already that there will be no room for it."""
        return None if declared_bytes * LARGEST_SHARE > self.limit_bytes else FreshBytes(self)

    def charge(self, size_bytes: int, of_same_body_bytes: int) -> bool:
        """Whether there is room for so many bytes more; if so, they are counted."""
        if (of_same_body_bytes + size_bytes) * LARGEST_SHARE > self.limit_bytes:
            return False
        if self.used_bytes + size_bytes > self.limit_bytes:
            self._forget_old_ones()
            if self.used_bytes + size_bytes > self.limit_bytes:
                return False
        self.used_bytes += size_bytes
        return True

    def keep(self, key: bytes, body: FreshBytes) -> None:
        """A body is complete and durable: it is about to be sent."""
        body.since = clock.monotonic()
        self._kept[key] = body

    def get(self, key: bytes) -> FreshBytes | None:
        """The bytes of a body, if they are here."""
        return self._kept.get(key)

    def forget(self, key: bytes) -> None:
        """The body is gone."""
        self._kept.pop(key, None)

    def _forget_old_ones(self) -> None:
        oldest_allowed = clock.monotonic() - KEPT_SECONDS
        while self._kept and next(iter(self._kept.values())).since < oldest_allowed:
            self._kept.popitem(last=False)
