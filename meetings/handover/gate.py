"""Whether the relay's door is open: one answer for all threads, so that an outage costs one try now and then.

After a failure nobody tries for 5 s, then 10 s ... 5 min; the first success opens the door again. Both are logged once.
"""

from __future__ import annotations

import logging
import threading
from typing import Final

from foundation import clock, logs
from meetings.handover.replies import backoff_seconds

AREA: Final = "meetings.handover"


class Gate:
    """May be asked by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures = 0
        self._shut_until = 0.0
        self._why = ""

    @property
    def why_shut(self) -> str:
        """Why the last try failed; empty when it did not."""
        return self._why

    def shut_seconds(self) -> float:
        """How long nobody should try; 0: now."""
        return max(self._shut_until - clock.monotonic(), 0.0)

    def failed(self, why: str) -> float:
        """A try failed; how long nobody should try from now on. Failures beside each other count once."""
        with self._lock:
            left = self.shut_seconds()
            if left:
                return left
            self._failures += 1
            seconds = backoff_seconds(self._failures)
            self._shut_until = clock.monotonic() + seconds
            if self._why != why:
                logs.event(logging.ERROR, AREA, "letters wait: the relay takes none", reason=why)
            self._why = why
            return seconds

    def opened(self) -> None:
        """A try succeeded."""
        if not self._failures:
            return
        with self._lock:
            self._failures, self._shut_until, self._why = 0, 0.0, ""
        logs.event(logging.WARNING, AREA, "the relay takes letters again")
