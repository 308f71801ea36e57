"""What the reception counts since the daemon started. Plain integers: this stands on the hot path."""

from __future__ import annotations


class Counters:
    """`open_sessions` is a level, everything else only grows. `refused` counts refusing replies by their code,
    `refused_connections` those who found all places taken."""

    __slots__ = (
        "accepted_bytes",
        "accepted_messages",
        "authentication_failures",
        "authentications",
        "open_sessions",
        "received_bytes",
        "refused",
        "refused_connections",
        "repeated_messages",
        "sessions",
        "tls_failures",
        "tls_sessions",
        "unacknowledged_messages",
    )

    def __init__(self) -> None:
        self.open_sessions = 0
        self.sessions = 0
        self.tls_sessions = 0
        self.tls_failures = 0
        self.received_bytes = 0
        self.accepted_messages = 0
        self.accepted_bytes = 0
        self.repeated_messages = 0
        self.unacknowledged_messages = 0
        self.authentications = 0
        self.authentication_failures = 0
        self.refused_connections = 0
        self.refused: dict[int, int] = {}

    def refuse(self, code: int) -> None:
        """One more refusing reply with this code."""
        self.refused[code] = self.refused.get(code, 0) + 1
