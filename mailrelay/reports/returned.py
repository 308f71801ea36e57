"""Reads delivery reports (RFC 3464) and disposition notifications (RFC 8098) that other hosts send back.

The bytes come from strangers: nothing in them makes it raise, and its time and result are bounded. It believes nothing
either: whoever ties a report to a delivery of ours checks that there was one. Bounces in free text only are no reports.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from mailrelay.messages.header_text import one_line
from mailrelay.reports.mime_parts import MimePart, fields_of, parts_of

DELIVERY: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})
DISPOSITION: Final = frozenset({"message/disposition-notification", "message/global-disposition-notification"})
RETURNED_HEADS: Final = frozenset(
    {"text/rfc822-headers", "message/rfc822", "message/global", "message/global-headers", "text/rfc822"}
)

_ACTIONS: Final = frozenset({"failed", "delayed", "delivered", "relayed", "expanded"})
_STATUS: Final = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])")
_MESSAGE_ID: Final = re.compile(r"<[^<>\s]{1,990}>")
_ESCAPE: Final = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_BLOCKS: Final = 10_001  # as many recipients as we let into one message, and the block of the message
_ADDRESS_LIMIT: Final = 320
_DIAGNOSTIC_LIMIT: Final = 1000


@dataclass(frozen=True, slots=True)
class Returned:
    """What a report says of one recipient. Fields that it does not give are empty.

    Addresses come without their type ("rfc822;") and brackets; `action` is one of RFC 3464 2.3.3 or empty; `status` an
    RFC 3463 code; `diagnostic` the remote reply without its type; `original_message_id` with angle brackets. `kind`
    "mdn" tells of reading: then `disposition` is set ("displayed", "deleted", ...) and the delivery fields are empty.
    """

    kind: Literal["dsn", "mdn"]
    envelope_identifier: str = ""
    original_recipient: str = ""
    final_recipient: str = ""
    action: str = ""
    status: str = ""
    diagnostic: str = ""
    original_message_id: str = ""
    disposition: str = ""


def parse_report(message: bytes, limit: int = 1000) -> list[Returned]:
    """What a message reports, for at most `limit` recipients; empty for a message that is no report."""
    parts = list(parts_of(message))
    reports = [part for part in parts if part.kind in DELIVERY or part.kind in DISPOSITION]
    if not reports:
        return []
    original = _original_message_id(parts) or _identifier(_head(message).get("in-reply-to", ""))
    found: list[Returned] = []
    for part in reports:
        read = _deliveries if part.kind in DELIVERY else _dispositions
        for returned in read(part, original):
            if len(found) >= limit:
                return found
            found.append(returned)
    return found


def _deliveries(part: MimePart, original: str) -> Iterator[Returned]:
    """One for each block that names a recipient; the first block speaks of the whole message."""
    identifier = ""
    for block in re.split(rb"\n[ \t]*\n\s*", part.body, maxsplit=_BLOCKS):
        fields = fields_of(block)
        identifier = identifier or one_line(fields.get("original-envelope-id", ""))
        final, first = _address(fields.get("final-recipient", "")), _address(fields.get("original-recipient", ""))
        if not final and not first:
            continue
        action = fields.get("action", "").partition("(")[0].strip().lower()
        status = _STATUS.search(fields.get("status", ""))
        diagnostic = fields.get("diagnostic-code", "")
        yield Returned(
            "dsn",
            identifier,
            first,
            final,
            action if action in _ACTIONS else "",
            status[0] if status else "",
            one_line(diagnostic.partition(";")[2] or diagnostic, _DIAGNOSTIC_LIMIT),
            original,
        )


def _dispositions(part: MimePart, original: str) -> Iterator[Returned]:
    fields = fields_of(part.body)
    what = fields.get("disposition", "").rpartition(";")[2].partition("/")[0].strip().lower()
    if re.fullmatch(r"[a-z-]{1,40}", what):
        yield Returned(
            "mdn",
            original_recipient=_address(fields.get("original-recipient", "")),
            final_recipient=_address(fields.get("final-recipient", "")),
            original_message_id=_identifier(fields.get("original-message-id", "")) or original,
            disposition=what,
        )


def _address(value: str) -> str:
    """`rfc822; <an@tinh.test>` becomes `an@tinh.test`; RFC 6533 escapes become letters."""
    kind, semicolon, rest = value.partition(";")
    address = (rest if semicolon else kind).strip().strip("<>")
    if semicolon and kind.strip().lower() == "utf-8":
        address = _ESCAPE.sub(_letter, address)
    return one_line(address, _ADDRESS_LIMIT)


def _letter(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else match[0]


def _original_message_id(parts: list[MimePart]) -> str:
    """From the returned head or message, which stands behind the report."""
    for part in parts:
        if part.kind in RETURNED_HEADS and (found := _identifier(_head(part.body).get("message-id", ""))):
            return found
    return ""


def _head(message: bytes) -> Mapping[str, str]:
    return fields_of(message[:65536].replace(b"\r\n", b"\n").lstrip(b"\n").partition(b"\n\n")[0])


def _identifier(value: str) -> str:
    match = _MESSAGE_ID.search(value)
    return one_line(match[0]) if match else ""
