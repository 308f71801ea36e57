"""What the relay knows of a message besides its bytes: envelope, recipients, who handed it over. Values only.

Names are those of RFC 5321 (reverse-path, forward-path) and RFC 3461 (NOTIFY, ORCPT, RET, ENVID). Addresses are text in
NFC without angle brackets, spelled as the client spelled them; the null reverse-path `<>` is the empty string.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Notify = Literal["NEVER", "SUCCESS", "FAILURE", "DELAY"]
ListenerKind = Literal["relay", "submission", "submissions", "reinjection", "local"]
"""Where mail enters: port 25, 587, 465, back from the content filter, or made by ourselves (send, delivery reports)."""


class Recipient(NamedTuple):
    """One RCPT TO as accepted. `notify` empty: the client did not say (RFC 3461 4.1: then failures and delays).
    `original` is the ORCPT value with its address type, xtext decoded (`rfc822;An@tinh.test`), or empty."""

    address: str
    notify: tuple[Notify, ...] = ()
    original: str = ""


class Client(NamedTuple):
    """Who handed a message over. `account` is the opaque uid of an authenticated person, else empty; `trusted` says
    that the address lies in a trusted network; `tls` is protocol and cipher, or empty."""

    listener: ListenerKind
    address: str = ""
    helo: str = ""
    account: str = ""
    login: str = ""
    trusted: bool = False
    tls: str = ""


class Envelope(NamedTuple):
    """A mail transaction at the end of its data. `returned` is RET (FULL, HDRS or empty), `identifier` is ENVID."""

    sender: str
    recipients: tuple[Recipient, ...]
    returned: Literal["", "FULL", "HDRS"] = ""
    identifier: str = ""
    eight_bit: bool = False
    smtputf8: bool = False


class Delivery(NamedTuple):
    """One recipient as it is queued, after addresses were resolved and lists expanded.

    `address` is whom its state is told for; `via` the list or role address it came from, or empty. `destination` says
    where to, independent of today's configuration: `local`, `address:NAME@DOMAIN` (an own route), `domain:DOMAIN`, or
    `refused` (kept only to be reported as failed: a list member who cannot receive).
    `mailbox` is the opaque uid for `local`, else empty. Deliveries of one message with the same mailbox are one copy.
    """

    address: str
    destination: str
    mailbox: str = ""
    via: str = ""
    notify: tuple[Notify, ...] = ()
    original: str = ""
