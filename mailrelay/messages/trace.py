"""Writes the trace headers that we put in front of a message: Received, and the envelope's addresses.

What a peer said of itself is cleaned before it goes in (no controls, no brackets of ours), and no line grows beyond
RFC 5322's 998 octets, so nothing can be injected through HELO or an address. Return-Path is not ours: the mailbox
server writes it (RFC 5321 4.4).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from mailrelay.envelope import Client

_NAME_LIMIT: Final = 255
"""RFC 5321 4.5.3.1.2: the longest domain name or number in HELO."""
_ADDRESS_LIMIT: Final = 320
"""RFC 5321 4.5.3.1: 64 octets of local part and 255 of domain; what is longer was refused, and is cut here."""

_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9.:_\[\]\u00a1-\U0010ffff-]")
_NOT_IN_COMMENTS: Final = re.compile(r"[^A-Za-z0-9.:_ /+-]")
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def received(
    client: Client,
    hostname: str,
    queue_id: str,
    at: datetime,
    timezone: str,
    recipient: str = "",
    smtputf8: bool = False,
) -> bytes:
    """One Received header as lines that end in CRLF (RFC 5321 4.4, protocol names of RFC 3848 and RFC 6531 4.3).

    `at` is aware; the header shows it in `timezone` (IANA). `recipient` is for messages with a single one: others must
    not learn of each other. Without `smtputf8` the header is ASCII, and an address beyond ASCII is left out.
    """
    if client.listener == "local":
        origin, protocol = "", ""
    else:
        origin = _from(client.helo, client.address, client.tls, smtputf8)
        protocol = f" with {'UTF8SMTP' if smtputf8 else 'ESMTP'}{'S' * bool(client.tls)}{'A' * bool(client.account)}"
    to = f"\r\n\tfor <{_plain(recipient)}>" if recipient and (smtputf8 or recipient.isascii()) else ""
    date = mail_date(at.replace(microsecond=0), timezone)
    return f"Received: {origin}by {hostname} (Congvu){protocol} id {queue_id}{to};\r\n\t{date}\r\n".encode()


def envelope_to(addresses: Iterable[str]) -> bytes:
    """`X-Original-To: address`, one line for each address that led here; beyond ASCII it is UTF-8 (RFC 6532)."""
    return "".join(f"X-Original-To: {_plain(address)}\r\n" for address in addresses).encode()


@lru_cache(maxsize=1024)
def _from(helo: str, address: str, tls: str, smtputf8: bool) -> str:
    """`from HELO ([IP])`, and how the connection was protected. Cached: one client sends many messages."""
    using = f"\r\n\t(using {_NOT_IN_COMMENTS.sub('', tls)[:_NAME_LIMIT]})" if tls else ""
    return f"from {_helo(helo, smtputf8)} ({_literal(address)}){using}\r\n\t"


def _helo(name: str, smtputf8: bool) -> str:
    cleaned = _NOT_IN_NAMES.sub("?", name[:_NAME_LIMIT])
    if not cleaned.isascii() and not (smtputf8 and cleaned.isprintable()):
        cleaned = cleaned.encode("ascii", "replace").decode("ascii")
    return cleaned or "unknown"


def _literal(address: str) -> str:
    """RFC 5321 4.1.3."""
    cleaned = re.sub(r"[^0-9A-Za-z.:%-]", "", address[:_NAME_LIMIT])
    return f"[IPv6:{cleaned}]" if ":" in cleaned else f"[{cleaned or 'unknown'}]"


def _plain(address: str) -> str:
    """An address without anything that could end its line or its brackets."""
    if address.isascii() and address.isprintable() and len(address) <= _ADDRESS_LIMIT and "<" not in address:
        return address.replace(">", "")
    return "".join(letter for letter in address if letter.isprintable() and letter not in "<>")[:_ADDRESS_LIMIT]


@lru_cache(maxsize=16)
def mail_date(at: datetime, timezone: str) -> str:
    """An aware instant after RFC 5322 3.3, such as `Sun, 22 Nov 2026 04:21:00 +0700`, in an IANA timezone."""
    return zoned_date(at.astimezone(ZoneInfo(timezone)))


def zoned_date(at: datetime) -> str:
    """The same in the zone that `at` has; English whatever the locale."""
    return f"{_DAYS[at.weekday()]}, {at.day} {_MONTHS[at.month - 1]} {at.year:04d} {at:%H:%M:%S %z}"
