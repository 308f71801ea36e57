"""What each listener asks of its clients, and the extensions that it offers them: one table.

| kind        | port | TLS                  | AUTH     | who                                              |
|-------------|------|----------------------|----------|--------------------------------------------------|
| relay       | 25   | STARTTLS offered     | never    | other hosts, printers and programs               |
| submission  | 587  | STARTTLS needed      | required | people and their mail clients (RFC 6409)         |
| submissions | 465  | from the first byte  | required | the same (RFC 8314 3.3)                          |
| reinjection | own  | none                 | never    | our own content filter, from this machine alone  |

Who may send what to whom is the policy's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from mailrelay.envelope import ListenerKind


@dataclass(frozen=True, slots=True)
class ListenerRules:
    """One row of the table."""

    kind: ListenerKind
    starttls: bool = False
    tls_at_once: bool = False
    authentication: bool = False
    loopback_only: bool = False
    public: bool = False
    """Open to the whole world: its connections leave room for the other doors."""


RULES: Final[dict[ListenerKind, ListenerRules]] = {
    "relay": ListenerRules("relay", starttls=True, public=True),
    "submission": ListenerRules("submission", starttls=True, authentication=True),
    "submissions": ListenerRules("submissions", tls_at_once=True, authentication=True),
    "reinjection": ListenerRules("reinjection", loopback_only=True),
}


@lru_cache(maxsize=64)
def ehlo_reply(hostname: str, message_bytes: int, offers_tls: bool, offers_authentication: bool) -> bytes:
    """The whole reply to EHLO: what we implement, and nothing else (RFC 5321 4.1.1.1)."""
    lines = [
        hostname,
        "PIPELINING",
        f"SIZE {message_bytes}",
        "8BITMIME",
        "SMTPUTF8",
        "CHUNKING",
        "DSN",
        "ENHANCEDSTATUSCODES",
        *(["STARTTLS"] if offers_tls else []),
        *(["AUTH PLAIN LOGIN"] if offers_authentication else []),
        "HELP",
    ]
    return "".join(f"250{' ' if line is lines[-1] else '-'}{line}\r\n" for line in lines).encode("ascii")
