"""Composes the message by which an official document is issued (`mailrelay send`).

A text in Vietnamese and the attachments; number and kind stand in headers of their own. Every line ends in CRLF and
every byte is ASCII (unless an address is not), so that any host can carry it unchanged and a hash of it stays true.
Who may send what to whom is decided elsewhere, and so is whether number and kind are well formed.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from foundation.addresses import parse_address
from mailrelay.messages.header_text import field, one_line
from mailrelay.messages.multipart import attachment, multipart, text_part
from mailrelay.messages.trace import zoned_date

SHOWN_RECIPIENTS: Final = 100
"""With more the To field names nobody: many hosts refuse a field of thousands of addresses. The envelope has them."""

_TYPES: Final = {
    "pdf": "application/pdf",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "edxml": "application/xml",
    "xml": "application/xml",
    "zip": "application/zip",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "tif": "image/tiff",
    "tiff": "image/tiff",
}
"""What offices send. A table of our own, because the machine's may lack types."""
_UNKNOWN_TYPE: Final = "application/octet-stream"


def official_document(
    sender: str,
    number: str,
    kind: str,
    recipients: Sequence[str],
    subject: str,
    text: str,
    attachments: Sequence[tuple[str, bytes]],
    at: datetime,
    domain: str,
    urgency: str = "",
) -> tuple[bytes, str]:
    """The message, and its Message-ID with angle brackets.

    `sender` and `recipients` are bare addresses (InputError when one is none); `number` such as "36/TB-UBND", `kind`
    its full name, `subject` the abstract (trích yếu); `text` may be empty; attachments are (file name, content). `at`
    is aware, in the zone that Date shall show; `domain` makes the Message-ID unique. `urgency` is a word of Decree 30
    ("Hỏa tốc") or empty. When an address goes beyond ASCII so does the head, and the envelope needs SMTPUTF8.
    """
    message_id = f"<{secrets.token_hex(12)}.document@{domain}>"
    title = one_line(subject) or one_line(f"{kind} {number}")
    files = [one_line(name) for name, _ in attachments]
    head = [
        _addresses("From", [sender]),
        _addresses("To", recipients),
        field("Subject", title),
        f"Date: {zoned_date(at)}\r\nMessage-ID: {message_id}\r\n".encode("ascii"),
        field("Congvu-Document-Number", number),
        field("Congvu-Document-Kind", kind),
        *([field("Congvu-Document-Urgency", urgency), b"Importance: high\r\n"] if one_line(urgency) else []),
    ]
    parts = [
        text_part(_body(one_line(number), one_line(kind), title, one_line(urgency), text, files)),
        *(attachment(name, _type_of(name), content) for name, content in attachments),
    ]
    return b"".join([*head, multipart("mixed", parts)]), message_id


def _addresses(name: str, addresses: Sequence[str]) -> bytes:
    """`Name: a@b, c@d`, one address a line."""
    if len(addresses) > SHOWN_RECIPIENTS:
        return f"{name}: undisclosed-recipients:;\r\n".encode("ascii")
    return f"{name}: {f',{_FOLD}'.join(str(parse_address(address)) for address in addresses)}\r\n".encode()


_FOLD: Final = "\r\n "


def _body(number: str, kind: str, title: str, urgency: str, text: str, files: Sequence[str]) -> str:
    """What a person reads before opening the attachment."""
    facts = [f"Loại văn bản: {kind}", f"Số, ký hiệu: {number}", f"Trích yếu: {title}"]
    if urgency:
        facts.append(f"Độ khẩn: {urgency}")
    if files:
        facts += ["Tệp kèm theo:", *(f"  - {name}" for name in files)]
    paragraphs = ["Kính gửi Quý cơ quan, Ông/Bà,", text.strip() or "Xin gửi văn bản sau đây:", "\n".join(facts)]
    return "\n\n".join(paragraphs) + "\n\nTrân trọng.\n"


def _type_of(name: str) -> str:
    return _TYPES.get(name.rpartition(".")[2].lower(), _UNKNOWN_TYPE)
