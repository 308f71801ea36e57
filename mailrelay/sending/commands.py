"""The envelope of a transaction as a peer may be told it: MAIL, RCPT and their parameters, or why it may not. Pure.

It promises never to write an address or a parameter that could be read as another command, never to use an extension
that the peer did not offer (Dovecot's LMTP takes an unknown parameter for an error), and never to change content: what
would need a downgrade is refused (relay research C3, RFC 6152 3, RFC 6531 3.6).
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from foundation.addresses import ascii_domain
from mailrelay.envelope import Recipient
from mailrelay.sending.features import Features
from mailrelay.sending.replies import our_reply
from mailrelay.sending.transactions import OutgoingTransaction, RecipientResult

HEAD_BYTES: Final = 65536
"""How far the header section of a message is read; the limit of mailrelay/messages/headers.py."""
_ORCPT_CHARACTERS: Final = 500
"""RFC 3461 4.2."""
_ENVID_CHARACTERS: Final = 100
"""RFC 3461 4.4."""

_NOT_XTEXT: Final = re.compile(r"[^!-*,-<>-~]")  # RFC 3461 4: printable ASCII without "+" and "="
_NOT_UTF8_XTEXT: Final = re.compile(r"[^!-*,-<>-\[\]-~]")  # RFC 6533 3: without the backslash too


class Content(NamedTuple):
    """What is known of a message's octets. `ascii`: no octet above 127 anywhere; `ascii_head`: none in its headers."""

    ascii: bool
    ascii_head: bool


class Envelope(NamedTuple):
    """What to say to the peer. `mail` and `recipients` are whole lines; `indexes` tells which recipient of the
    transaction each RCPT stands for; `refused` holds the results of those that are not offered to the peer. When that
    is all of them, `recipients` is empty and nothing must be said."""

    mail: bytes
    recipients: list[bytes]
    indexes: list[int]
    refused: dict[int, RecipientResult]


def octets_to_read(transaction: OutgoingTransaction, features: Features) -> int:
    """How much of a body that is not in memory must be read before `envelope` can decide; mostly nothing."""
    if transaction.body.inline is not None:
        return 0
    if not features.eight_bit:
        return transaction.body.size
    if transaction.smtputf8 and not features.smtputf8 and not transaction.on_local_mailbox:
        return min(transaction.body.size, HEAD_BYTES)
    return 0


def content_in_memory(transaction: OutgoingTransaction, features: Features) -> Content:
    """What can be said without reading: everything of a body in memory, else the careful answer."""
    body = transaction.body.inline
    if body is None:
        return Content(ascii=False, ascii_head=False)
    if transaction.prefix.isascii() and body.isascii():
        return Content(ascii=True, ascii_head=True)
    needed = transaction.smtputf8 and not features.smtputf8
    return Content(ascii=False, ascii_head=needed and head_is_ascii(transaction.prefix, body[:HEAD_BYTES]))


def head_is_ascii(prefix: bytes, start: bytes) -> bool:
    """Whether the header section is ASCII, given our trace headers and the first octets of the body."""
    return prefix.isascii() and start.partition(b"\r\n\r\n")[0].isascii()


def envelope(
    transaction: OutgoingTransaction, features: Features, content: Content, lmtp: bool
) -> Envelope | RecipientResult:
    """The commands for this peer, or the one result for all recipients."""
    refusal = _refusal(transaction, features, content)
    if refusal is not None:
        return refusal
    sender = _sender_on_wire(transaction, features)
    if sender is None:
        return _needs_smtputf8("the sender's address")
    lines: list[bytes] = []
    indexes: list[int] = []
    refused: dict[int, RecipientResult] = {}
    utf8 = features.smtputf8 and not transaction.on_local_mailbox
    with_dsn = features.dsn and not lmtp
    non_ascii = not sender.isascii()
    for index, recipient in enumerate(transaction.recipients):
        path = on_wire(recipient.address, utf8)
        if isinstance(path, RecipientResult):
            refused[index] = path
            continue
        non_ascii = non_ascii or not path.isascii()
        notification = _notification(recipient) if with_dsn and (recipient.notify or recipient.original) else b""
        lines.append(b"RCPT TO:<%b>%b\r\n" % (path, notification))
        indexes.append(index)
    parameters = _mail_parameters(transaction, features, content, utf8 and (non_ascii or transaction.smtputf8))
    if with_dsn and (transaction.returned or transaction.identifier):
        parameters += _return_parameters(transaction)
    return Envelope(b"MAIL FROM:<%b>%b\r\n" % (sender, parameters), lines, indexes, refused)


def on_wire(address: str, utf8: bool) -> bytes | RecipientResult:
    """An address as a path without its brackets. A domain is written in A-labels; a local part beyond ASCII needs
    SMTPUTF8 (RFC 6531 3.3)."""
    if not address.isprintable():
        return _check(550, "5.1.3", "the address holds a control character")
    if address.isascii():
        return address.encode()
    local, at, domain = address.rpartition("@")
    if not local.isascii() and not utf8:
        return _needs_smtputf8("the recipient's address")
    try:
        return (local + at + ascii_domain(domain)).encode()
    except ValueError:
        return _check(550, "5.1.2", "the address's domain is no domain name")


def _sender_on_wire(transaction: OutgoingTransaction, features: Features) -> bytes | None:
    """The reverse-path, or None when this peer cannot be told it. Our own mailbox server, which knows no SMTPUTF8, is
    given the null path instead: mail that we accepted for a person must arrive, and the headers tell the sender."""
    sender = transaction.sender
    if sender.isascii() and sender.isprintable():
        return sender.encode()
    path = on_wire(sender, features.smtputf8 and not transaction.on_local_mailbox)
    if isinstance(path, bytes):
        return path
    return b"" if transaction.on_local_mailbox else None


def _refusal(transaction: OutgoingTransaction, features: Features, content: Content) -> RecipientResult | None:
    if features.size_limit and transaction.size > features.size_limit:
        text = f"the message has {transaction.size} octets, the next host takes {features.size_limit}"
        return _check(552, "5.3.4", text)
    if not features.eight_bit and not content.ascii:
        return _check(554, "5.6.3", "the message has 8-bit octets and the next host offers no 8BITMIME")
    asked = transaction.smtputf8 and not transaction.on_local_mailbox
    if asked and not features.smtputf8 and not content.ascii_head:
        return _needs_smtputf8("the message's header")
    return None


def _mail_parameters(transaction: OutgoingTransaction, features: Features, content: Content, utf8: bool) -> bytes:
    parameters = b" SIZE=%d" % transaction.size if features.size else b""
    if features.eight_bit and (transaction.eight_bit or not content.ascii):
        parameters += b" BODY=8BITMIME"
    return parameters + b" SMTPUTF8" if utf8 else parameters


def _return_parameters(transaction: OutgoingTransaction) -> bytes:
    parameters = f" RET={transaction.returned}" if transaction.returned in ("FULL", "HDRS") else ""
    identifier = xtext(transaction.identifier) if transaction.identifier.isascii() else ""
    if identifier and len(identifier) <= _ENVID_CHARACTERS:
        parameters += f" ENVID={identifier}"
    return parameters.encode()


def _notification(recipient: Recipient) -> bytes:
    parameters = f" NOTIFY={','.join(recipient.notify)}" if recipient.notify else ""
    if recipient.original:
        original = original_recipient(recipient.original)
        if len(original) <= _ORCPT_CHARACTERS:
            parameters += f" ORCPT={original}"
    return parameters.encode("ascii")


def original_recipient(original: str) -> str:
    """An ORCPT value, encoded as RFC 3461 4.2 and, beyond ASCII, as RFC 6533 3 (utf-8-addr-xtext)."""
    kind, _, address = original.partition(";")
    if kind.lower() != "utf-8" and address.isascii():
        return f"{xtext(kind)};{xtext(address)}"
    return "utf-8;" + _NOT_UTF8_XTEXT.sub(lambda match: f"\\x{{{ord(match[0]):02X}}}", address)


def xtext(text: str) -> str:
    """RFC 3461 4: printable ASCII, with everything else as `+XX`."""
    return _NOT_XTEXT.sub(lambda match: f"+{ord(match[0]):02X}", text)


def _needs_smtputf8(what: str) -> RecipientResult:
    return _check(550, "5.6.7", f"{what} is not ASCII and the next host offers no SMTPUTF8")


def _check(code: int, enhanced: str, text: str) -> RecipientResult:
    return RecipientResult("permanent", our_reply(code, enhanced, text), "check")
