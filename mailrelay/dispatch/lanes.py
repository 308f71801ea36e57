"""One destination's place in memory: what is claimed for it, how much of the window it may take, and whether it is
closed because nobody answers there. Decides; does no I/O.

Shares follow dynamic thresholds (Choudhury and Hahne 1998): a destination may hold as many recipients as are still
free in all. A single busy destination thus gets half of the window, two get a third each, and however many are
slow, something is always left for the next one.

A destination where nobody answers is closed as a whole, for longer each time; its recipients stay in the database
untouched. When the time is over, a single transaction tries; any answer opens the lane at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from mailrelay.dispatch.retry import wait_microseconds
from mailrelay.settings import NextHop, RetrySettings

if TYPE_CHECKING:
    from mailrelay.dispatch.parcels import Errand, Key


class Lane:
    """The state of one destination. Instants are microseconds of the time of day unless the name says seconds.

    `busy` are its recipients in memory, `ready` the errands among them not yet begun, `started` counts those begun and
    not yet answered. `next_due`: when the next recipient that only the database holds is due (None: none is known).
    """

    __slots__ = (
        "busy",
        "closed_at_seconds",
        "closed_until",
        "destination",
        "domain",
        "failures",
        "fetching",
        "hop",
        "last_reply",
        "next_due",
        "ready",
        "started",
    )

    def __init__(self, destination: str) -> None:
        self.destination = destination
        self.hop: NextHop | None = None
        self.domain = destination.rpartition("@")[2].rpartition(":")[2] if ":" in destination else ""
        self.ready: deque[Errand] = deque()
        self.started = 0
        self.busy: set[Key] = set()
        self.next_due: int | None = None
        self.fetching = False
        self.failures = 0
        self.closed_until = 0
        self.closed_at_seconds = float("-inf")
        self.last_reply = ""

    def is_idle(self, now: int) -> bool:
        """Whether nothing is known of the destination any more, so that the lane can be forgotten."""
        return not (self.busy or self.fetching or self.is_closed(now)) and self.next_due is None

    def expect(self, due: int) -> None:
        """Remember that a recipient waits in the database until then."""
        if self.next_due is None or due < self.next_due:
            self.next_due = due

    def room(self, free: int) -> int:
        """How many recipients more it may hold while `free` are free in all."""
        return max((free - len(self.busy)) // 2, 0)

    def transactions_allowed(self, limit: int) -> int:
        """How many more transactions may be begun: a single one while it is not known whether anybody is there."""
        return (1 if self.failures else limit) - self.started

    def is_closed(self, now: int) -> bool:
        """Whether nothing may be tried at present."""
        return now < self.closed_until

    def close(self, now: int, now_seconds: float, schedule: RetrySettings, random: Callable[[], float]) -> None:
        """Nobody answered. What was started before the lane was last closed tells nothing new."""
        self.failures += 1
        self.closed_until = now + wait_microseconds(self.failures, schedule, random)
        self.closed_at_seconds = now_seconds

    def open(self) -> None:
        """Somebody answered, or an operator asks to try now."""
        self.failures = 0
        self.closed_until = 0

    def bound(self, now: int, longest_wait: int) -> None:
        """After the clock jumped back: nothing lies further ahead than the longest wait."""
        if self.closed_until > now + longest_wait:
            self.closed_until = now
        if self.next_due is not None and self.next_due > now + longest_wait:
            self.next_due = now
