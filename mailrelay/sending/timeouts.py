"""How long the sender waits for a peer (RFC 5321 4.5.3.2); tests shorten them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. Where RFC 5321 gives no number, Postfix's default stands beside it."""

    resolve: float = 15
    connect: float = 30  # smtp_connect_timeout
    greeting: float = 300  # 4.5.3.2.1
    hello: float = 300  # smtp_helo_timeout
    tls: float = 60  # the event loop's own default for a handshake
    mail: float = 300  # 4.5.3.2.2
    rcpt: float = 300  # 4.5.3.2.3
    data: float = 120  # 4.5.3.2.4
    block: float = 180  # 4.5.3.2.5
    dot: float = 600  # 4.5.3.2.6
    quit: float = 5  # nobody waits for it: long enough for a peer that is alive
    idle: float = 5  # overridden by Concurrency.idle_seconds


DEFAULT_TIMEOUTS = Timeouts()
