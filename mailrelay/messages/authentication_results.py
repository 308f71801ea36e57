"""Writes who logged in to hand a message over, for servers of our own that stand right behind us (RFC 8601). Pure.

    Authentication-Results: mail.tinh.test;
            auth=pass smtp.auth=an@tinh.test smtp.mailfrom=an@tinh.test
    Received: from ... by mail.tinh.test (Congvu) with ESMTPSA id ...

It is a trace header: it stands above our own Received, and the accepted bytes below are never changed. So whoever reads
it believes only what stands above the first Received of our name; a field of the same name below (RFC 8601 5 would have
us remove it) was written by the sender and says nothing. What the content filter found out about DKIM, SPF and DMARC
in our name stands above our earlier Received when the message comes back, and is repeated on top.

Only addresses with a route of their own get it: who wrote for an office is nobody else's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from mailrelay.messages.headers import HEAD_LIMIT_BYTES, end_of_head

_NAME: Final = b"Authentication-Results:"
_PLAIN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,253}")
"""An address that may stand as it is (RFC 8601 2.2: a local part, an at sign, a domain). Others are left out."""
_FIELD: Final = re.compile(rb"(?:\A|(?<=\n))(authentication-results|received)[ \t]*:([^\n]*\n(?:[ \t][^\n]*\n)*)", re.I)
_REPEATED: Final = 10
_REPEATED_BYTES: Final = 8192
"""As much as an honest filter says about DKIM, SPF, DMARC and ARC, many times over."""


def login_results(hostname: str, address: str, sender: str) -> bytes:
    """The header for a message that the person with this primary address handed over, with this reverse-path; lines end
    in CRLF. Empty when there is no such address, or it cannot be written without quotes."""
    if not _PLAIN.fullmatch(address):
        return b""
    mail_from = f" smtp.mailfrom={sender}" if _PLAIN.fullmatch(sender) else ""
    return f"Authentication-Results: {hostname};\r\n\tauth=pass smtp.auth={address}{mail_from}\r\n".encode("ascii")


def results_above(head: bytes, hostname: str) -> bytes:
    """The Authentication-Results of our name above our topmost Received in a head, as they stand.

    Empty when the head has no Received of ours, because then the sender may have written them."""
    end = end_of_head(head)
    found: list[bytes] = []
    for name, field in _fields(head[: HEAD_LIMIT_BYTES if end < 0 else min(end, HEAD_LIMIT_BYTES)]):
        if name == b"received" and _is_by(field, hostname):
            kept = b"".join(found[:_REPEATED])
            return kept if len(kept) <= _REPEATED_BYTES else b""
        if name == b"authentication-results" and _server_of(field) == hostname.lower().encode():
            found.append(field)
    return b""


def without_results(trace: bytes) -> bytes:
    """Trace headers of ours without what this module put on top of them."""
    if not trace.startswith(_NAME):
        return trace
    return trace[trace.index(b"\nReceived:") + 1 :]


def _fields(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    for match in _FIELD.finditer(head):
        yield match[1].lower(), match[0]


def _is_by(field: bytes, hostname: str) -> bool:
    """Whether we wrote this Received field: what a peer says of itself in it has no spaces (`trace`)."""
    return b" by %s (congvu) " % hostname.lower().encode() in b" ".join(field.lower().split()) + b" "


def _server_of(field: bytes) -> bytes:
    """The authserv-id of the field, in lower case."""
    words = field.partition(b":")[2].partition(b";")[0].split()
    return words[0].lower() if words else b""
