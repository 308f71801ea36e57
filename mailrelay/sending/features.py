"""What a peer offers in its answer to EHLO or LHLO (RFC 5321 4.1.1.1). Pure."""

from __future__ import annotations

from typing import NamedTuple


class Features(NamedTuple):
    """The service extensions we make use of. `size` False: no SIZE parameter may be sent; `size_limit` 0: no limit
    is known (RFC 1870 4)."""

    pipelining: bool = False
    size: bool = False
    size_limit: int = 0
    eight_bit: bool = False
    smtputf8: bool = False
    dsn: bool = False
    starttls: bool = False


NOTHING = Features()
"""What a host that knows only HELO offers."""


def parse_features(reply: bytes) -> Features:
    """Read a whole EHLO reply as `replies.ReplyReader` gives it; its first line is the greeting."""
    offered: dict[str, str] = {}
    for line in reply[4:].split(b"\n")[1:]:
        keyword, _, parameters = line.decode("ascii", "replace").strip().partition(" ")
        offered[keyword.upper()] = parameters.strip()
    limit = offered.get("SIZE", "")
    return Features(
        pipelining="PIPELINING" in offered,
        size="SIZE" in offered,
        size_limit=int(limit) if limit.isascii() and limit.isdigit() and len(limit) <= 20 else 0,  # RFC 1870 3
        eight_bit="8BITMIME" in offered,
        smtputf8="SMTPUTF8" in offered,
        dsn="DSN" in offered,
        starttls="STARTTLS" in offered,
    )
