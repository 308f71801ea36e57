"""Looks at all sessions once a second and ends those that take too long: one timer for all of them.

| who                                     | how long                                                     | reply     |
|-----------------------------------------|--------------------------------------------------------------|-----------|
| has not completed a command             | `command_timeout_seconds` (RFC 5321 4.5.3.2.7: five minutes) | 421 4.4.2 |
| a stranger, not in a message, in a rush | 60 s, while more than half of all connections are in use     | 421 4.4.2 |
| sends a message                         | the same, plus its bytes at `minimum_bytes_per_second`       | 421 4.4.2 |
| does not read our replies               | the same as a command                                        | cut       |
| has been here long                      | `session_seconds`, unless a commit is on its way             | 421 4.4.2 |
| was sent away, but does not close       | a few seconds                                                | cut       |

A message's time grows with its bytes (Postfix's smtpd_min_data_rate), so that a slow line may send a large message and
a peer that trickles may not hold a session for ever. Waiting for us (commit, disk, login) costs the peer nothing.
"""

from __future__ import annotations

import asyncio
from typing import Final

from foundation import clock
from mailrelay.reception import replies
from mailrelay.reception.connection import BODY, COMMIT, ROUTINE, WRITING
from mailrelay.reception.desk import Desk
from mailrelay.reception.replies import Reply
from mailrelay.reception.session import Session
from mailrelay.settings import Limits

INTERVAL_SECONDS: Final = 1.0
PRESSED_IDLE_SECONDS: Final = 60.0
LINGER_SECONDS: Final = 5.0
"""How long a peer that was sent away may take to read our last reply."""


class Watch:
    """Sweeps over the sessions of a desk from `start` to `stop`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin; also sets the time that all sessions go by."""
        self.sweep(clock.monotonic())

    def stop(self) -> None:
        """End; the sessions' time stands still."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _again(self) -> None:
        self.sweep(clock.monotonic())

    def sweep(self, now: float) -> None:
        """Look at everybody now, and again in a second."""
        self.stop()
        self._timer = self._desk.loop.call_later(INTERVAL_SECONDS, self._again)
        self._desk.now = now
        for session in list(self._desk.sessions):
            look_at(session, now)


def look_at(session: Session, now: float) -> None:
    """End this session if its time is over."""
    if session.closing:
        if now - session.closing_since > LINGER_SECONDS:
            session.abort()
        return
    limits = session.desk.settings.limits
    verdict = overdue(session, now, limits, session.desk.admission.pressed(limits))
    if verdict is None:
        return
    session.dismiss(verdict, "time")
    if session.waiting & WRITING:
        session.abort()


def overdue(session: Session, now: float, limits: Limits, pressed: bool = False) -> Reply | None:
    """The reply to a session whose time is over, or None. `pressed`: others need its place."""
    if session.waiting & (COMMIT | ROUTINE | BODY):
        return None
    if now - session.opened_at > limits.session_seconds:
        return replies.SESSION_TOO_LONG
    idle_seconds = limits.command_timeout_seconds
    transaction = session.transaction
    if pressed and transaction is None and not session.trusted and not session.account:
        idle_seconds = min(idle_seconds, PRESSED_IDLE_SECONDS)
    if now - session.moved_at > idle_seconds:
        return replies.IDLE_TOO_LONG
    if session.reading == "content" and transaction is not None and transaction.intake is not None:
        intake = transaction.intake
        allowed = limits.command_timeout_seconds + intake.size / max(limits.minimum_bytes_per_second, 1)
        if now - intake.since > allowed:
            return replies.TOO_SLOW
    return None
