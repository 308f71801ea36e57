"""Reads what the relay needs to know from the head of a message, in one pass over its bytes.

Promises: never raises whatever the bytes are, takes time in proportion to their number, and finds every author address
that a mail client could show, so that nobody can hide a second From from the policy. Names and RFC 2047 words are
decoded only where somebody reads them (subject, document fields).

It does not read the body, does not judge what it found, and reads at most `HEAD_LIMIT_BYTES`: the reception refuses a
message whose head is longer.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from unicodedata import normalize

from mailrelay.messages.author_addresses import addresses_in
from mailrelay.messages.encoded_words import decode_words
from mailrelay.messages.header_text import TEXT_LIMIT, one_line
from mailrelay.settings import Urgency

HEAD_LIMIT_BYTES: Final = 65536
"""Postfix reads at most 102,400 bytes as one header (header_size_limit); no honest head of all headers is longer than
64 KiB, and the memory of a thousand sessions stays bounded."""

_NAMES: Final = (
    rb"message-id|from|sender|subject|received|x-priority|importance|priority|precedence|auto-submitted|list-id"
    rb"|congvu-(?:document-(?:number|kind|urgency)|filtered)"
)
_FIELD: Final = re.compile(rb"\n(" + _NAMES + rb")[ \t]*:([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.IGNORECASE)
_FOLD: Final = re.compile(rb"\r?\n(?=[ \t])")
_MESSAGE_ID: Final = re.compile(rb"<[^<>\s]+>")
_QUEUE_ID: Final = re.compile(rb"\sid\s+([0-9A-HJKMNP-TV-Z]{13})(?![0-9A-Za-z])")
_HIGH_PRIORITIES: Final = (b"1", b"2")
_URGENT_WORDS: Final = frozenset(normalize("NFC", word) for word in ("hỏa tốc", "hoả tốc", "thượng khẩn", "khẩn"))
_BULK: Final = frozenset({b"bulk", b"list", b"junk"})


class Headers(NamedTuple):
    """What the head says. Text is NFC; absent fields are empty.

    `message_id` is spelled with its angle brackets. `from_addresses` holds every address of every From field, in order,
    as written, without display names. `received_count` counts Received fields; `own_queue_ids` are the queue ids in
    those that we wrote ourselves. `automatic`: a program wrote it (RFC 3834: Auto-Submitted other than "no"; List-Id;
    Precedence bulk, list or junk). `eight_bit`: the head has bytes above 127. `filtered` is the value of
    `Congvu-Filtered`, by which a message is known again that comes back from the content filter.
    """

    message_id: str = ""
    from_addresses: tuple[str, ...] = ()
    sender_address: str = ""
    document_number: str = ""
    document_kind: str = ""
    urgency: Urgency = "normal"
    received_count: int = 0
    own_queue_ids: tuple[str, ...] = ()
    subject: str = ""
    automatic: bool = False
    eight_bit: bool = False
    filtered: str = ""


def end_of_head(data: bytes) -> int:
    """The index just behind the empty line that ends the head, or -1 when it is not there (RFC 5322 2.1)."""
    if data.startswith(b"\r\n"):
        return 2
    end = data.find(b"\r\n\r\n")
    return end if end < 0 else end + 4


def scan(head: bytes, hostname: str = "") -> Headers:
    """What a header section says; bytes behind its empty line or behind `HEAD_LIMIT_BYTES` are not looked at.

    `hostname` is our own name in Received fields (any case); empty finds no own queue ids. Of a field that may occur
    only once (RFC 5322 3.6) and occurs more often, the first counts, except From, of which all count.
    """
    end = end_of_head(head)
    if end >= 0 or len(head) > HEAD_LIMIT_BYTES:
        head = head[: HEAD_LIMIT_BYTES if end < 0 else min(end, HEAD_LIMIT_BYTES)]
    first: dict[bytes, bytes] = {}
    authors: list[bytes] = []
    received: list[bytes] = []
    for name, value in _FIELD.findall(b"\n" + head):
        lower = name.lower()
        if lower == b"from":
            authors.append(value)
        elif lower == b"received":
            received.append(value)
        elif lower not in first:
            first[lower] = value
    return Headers(
        _message_id(first.get(b"message-id", b"")),
        tuple(address for value in authors for address in addresses_in(value)),
        next(iter(addresses_in(first[b"sender"])), "") if b"sender" in first else "",
        _text(first.get(b"congvu-document-number", b"")),
        _text(first.get(b"congvu-document-kind", b"")),
        "urgent" if _is_urgent(first) else "normal",
        len(received),
        _own_queue_ids(received, hostname) if received and hostname else (),
        _text(first.get(b"subject", b"")),
        _is_automatic(first),
        not head.isascii(),
        _text(first.get(b"congvu-filtered", b"")),
    )


def _text(value: bytes) -> str:
    """A field that people read: unfolded, decoded, NFC, on one line, without controls."""
    if not value:
        return ""
    text = value.strip()[: 8 * TEXT_LIMIT]
    if b"=?" not in text and b"\n" not in text and b"\t" not in text and text.isascii():
        plain = text.decode("ascii")
        return plain[:TEXT_LIMIT] if plain.isprintable() else one_line(plain)
    decoded = _FOLD.sub(b"", text).decode("utf-8", "replace")
    return one_line(decode_words(decoded) if "=?" in decoded else decoded)


def _message_id(value: bytes) -> str:
    match = _MESSAGE_ID.search(value)
    found = match[0] if match else value.strip()
    if len(found) > TEXT_LIMIT:
        found = found[:TEXT_LIMIT]
    if found.isascii() and match:
        text = found.decode("ascii")
        return text if text.isprintable() else one_line(text)
    return one_line(_FOLD.sub(b"", found).decode("utf-8", "replace"))


def _is_urgent(fields: dict[bytes, bytes]) -> bool:
    if fields.get(b"x-priority", b"").strip()[:1] in _HIGH_PRIORITIES:
        return True
    if fields.get(b"importance", b"").strip().lower() == b"high":
        return True
    if fields.get(b"priority", b"").strip().lower() == b"urgent":
        return True
    urgency = fields.get(b"congvu-document-urgency")
    return urgency is not None and _text(urgency).lower() in _URGENT_WORDS


def _is_automatic(fields: dict[bytes, bytes]) -> bool:
    if b"list-id" in fields:
        return True
    submitted = fields.get(b"auto-submitted")
    if submitted is not None and submitted.strip().split(b";")[0].split(b"(")[0].strip().lower() not in (b"", b"no"):
        return True
    precedence = fields.get(b"precedence")
    return precedence is not None and precedence.strip().lower() in _BULK


def _own_queue_ids(received: list[bytes], hostname: str) -> tuple[str, ...]:
    """The ids in fields that say "by HOSTNAME": the loop check looks for messages that were here before."""
    by = b"by " + hostname.lower().encode("utf-8", "replace")
    found = []
    for value in received:
        lower = b" " + value[:TEXT_LIMIT].lower().replace(b"\t", b" ").replace(b"\n", b" ") + b" "
        at = lower.find(b" " + by)
        if at < 0 or lower[at + 1 + len(by) : at + 2 + len(by)] not in (b" ", b"\r", b";", b"("):
            continue
        if match := _QUEUE_ID.search(value, at):
            found.append(match[1].decode("ascii"))
    return tuple(found)
