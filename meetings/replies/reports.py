"""Reads delivery reports (RFC 3464) and tells read receipts (RFC 8098) from them.

A report is believed by nobody yet: whoever ties it to a mail checks that there was one (the token cannot be guessed).
Bounces in free text only are no reports.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Final

from meetings.replies.header_fields import Fields, address_of, fields_of, first, identifiers, one_line
from meetings.replies.mime import Leaf, Mail, TooLarge
from meetings.replies.values import Report, ReportAction

DELIVERY: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})
DISPOSITION: Final = frozenset({"message/disposition-notification", "message/global-disposition-notification"})
_RETURNED: Final = frozenset(
    {"text/rfc822-headers", "message/rfc822", "message/global", "message/global-headers", "text/rfc822"}
)
_ACTIONS: Final[dict[str, ReportAction]] = {
    "failed": "failed",
    "delayed": "delayed",
    "delivered": "delivered",
    "relayed": "relayed",
    "expanded": "expanded",
}
_STATUS: Final = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])")
_ESCAPE: Final = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_BLOCKS: Final = re.compile(rb"\n[ \t]*\n\s*")
_DIAGNOSTIC_LIMIT: Final = 1000
_TOKEN_LIMIT: Final = 200


def reports_in(mail: Mail, leaves: list[Leaf]) -> tuple[Report, ...]:
    """What a mail reports, recipient by recipient; empty when none of its parts is a delivery report."""
    statuses = [leaf for leaf in leaves if leaf.kind in DELIVERY]
    if not statuses:
        return ()
    returned = cache(partial(_returned_identifier, mail, leaves))
    found = [report for leaf in statuses for report in _recipients(_body(mail, leaf), returned, mail.limits.reports)]
    return tuple(found[: mail.limits.reports])


def _recipients(status: bytes, returned: Callable[[], str], limit: int) -> Iterator[Report]:
    """The first block speaks of the mail, each further one of a recipient; `returned` is asked when none says which
    mail it is."""
    identifier = ""
    for block in _BLOCKS.split(status, maxsplit=limit + 1):
        fields = fields_of(block)
        identifier = identifier or one_line(first(fields, "original-envelope-id"), _TOKEN_LIMIT)
        recipient = _address(first(fields, "final-recipient")) or _address(first(fields, "original-recipient"))
        if not recipient:
            continue
        diagnostic = first(fields, "diagnostic-code")
        status_code = _STATUS.search(first(fields, "status"))
        yield Report(
            envelope_id=identifier,
            token=identifier or returned().partition("@")[0],
            final_recipient=recipient,
            action=_ACTIONS.get(first(fields, "action").partition("(")[0].strip().lower(), ""),
            status=status_code[0] if status_code else "",
            diagnostic=one_line(diagnostic.partition(";")[2] or diagnostic, _DIAGNOSTIC_LIMIT),
        )


def _address(value: str) -> str:
    """`rfc822; <An@tinh.test>` becomes `an@tinh.test`; the escapes of RFC 6533 become letters."""
    kind, semicolon, rest = value.partition(";")
    address = (rest if semicolon else kind).strip().strip("<>")
    if semicolon and kind.strip().lower() == "utf-8":
        address = _ESCAPE.sub(_letter, address)
    return address_of(address)


def _letter(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else match[0]


def _returned_identifier(mail: Mail, leaves: list[Leaf]) -> str:
    """The Message-ID of the mail that comes back with the report, else what the report answers."""
    for leaf in leaves:
        if leaf.kind in _RETURNED:
            head = leaf.beginning(mail.data, mail.limits.head_bytes).replace(b"\r\n", b"\n").lstrip(b"\n")
            found = identifiers(first(fields_of(head.partition(b"\n\n")[0]), "message-id"))
            if found:
                return found[0]
    return _in_reply_to(mail.fields)


def _in_reply_to(fields: Fields) -> str:
    return next(iter(identifiers(first(fields, "in-reply-to"))), "")


def _body(mail: Mail, leaf: Leaf) -> bytes:
    """The status part with LF as line ends; of one that is too large, nothing."""
    try:
        return leaf.body(mail.data, mail.limits.calendar_bytes).replace(b"\r\n", b"\n")
    except TooLarge:
        return b""
