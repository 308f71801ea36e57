"""Composes a delivery report (RFC 3461 6, RFC 3462, RFC 3464) that a civil servant understands and a program can read.

Three parts: a text in Vietnamese, then English, then the raw replies; the machine-readable status; the head of the
original message, or all of it. Nothing that a stranger wrote (subject, addresses, replies) can start a header of ours.
It does not decide who gets a report, never looks at the queue, and sends nothing.
"""

from __future__ import annotations

import binascii
import logging
import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from foundation import logs
from foundation.clock import from_microseconds
from foundation.delivery_reasons import advise, explain
from foundation.errors import ConfigError
from foundation.language import Language, Text
from mailrelay.messages.header_text import field, one_line
from mailrelay.messages.headers import HEAD_LIMIT_BYTES, Headers, end_of_head, scan
from mailrelay.messages.multipart import Part, multipart, text_part
from mailrelay.messages.trace import mail_date
from mailrelay.reports.status_fields import Action, ReportedRecipient, status_part

if TYPE_CHECKING:
    from foundation.rendering import Renderer

__all__ = ["Action", "ReportedRecipient", "compose_report"]

LISTED_RECIPIENTS: Final = 100
"""So many are told one by one in the text for people; the status part has all."""

_SUBJECT_SHOWN: Final = 80
_REPLY_SHOWN: Final = 1000
_TEMPLATE: Final = "mail/delivery_report.txt"
_SUBJECTS: Final = {
    "failed": Text("Không gửi được thư", "Undeliverable"),
    "delayed": Text("Thư bị chậm", "Delayed"),
    "arrived": Text("Thư đã đến nơi", "Delivered"),
}
_REPLY_CODE: Final = re.compile(r"\s*([2-5]\d\d)[ -]?")
_SAFE_ID: Final = re.compile(r"<[!-;=?-~]{1,900}>")


def compose_report(
    *,
    hostname: str,
    postmaster: str,
    to: str,
    envelope_identifier: str,
    arrived_at: int,
    recipients: Sequence[ReportedRecipient],
    original_head: bytes,
    original: bytes | None,
    at: datetime,
    timezone: str,
    message_id_domain: str,
    smtputf8: bool,
    organisation: str,
    templates: Path | None = None,
) -> bytes:
    """The report as a whole message, lines ending in CRLF; its envelope sender must be `<>`.

    `arrived_at` is when we accepted the original (microseconds). `original_head` is its header section, which is
    returned; with `original` (the client asked for RET=FULL) the whole message is returned instead. `smtputf8` says
    that the report may travel with SMTPUTF8; then RFC 6533 types are used where ASCII does not suffice. Without it the
    report is ASCII, except an `original` that is not: then the report needs 8BITMIME (`not report.isascii()`). What
    comes to the postmaster because the original has no sender (a double bounce) says so. `templates` is
    the administrator's template folder.
    """
    head = scan(original_head)
    international = smtputf8 or not to.isascii()
    facts: dict[str, Any] = {
        "ownerless": to == postmaster and (head.automatic or postmaster not in head.from_addresses),
        "subject": head.subject,
        "document": one_line(f"{head.document_kind} {head.document_number}".strip()) if head.document_number else "",
        "organisation": organisation,
        "postmaster": postmaster,
    }
    text = _text(facts, recipients, arrived_at, timezone, templates)
    status = status_part(hostname, envelope_identifier, arrived_at, recipients, timezone, international)
    parts = (text_part(text), _status_part(status), _returned_part(original_head, original, international))
    fields = [
        _sender(organisation, postmaster),
        f"To: {_address(to)}\r\n".encode(),
        field("Subject", _subject(recipients, head)),
        f"Date: {mail_date(at.replace(microsecond=0), timezone)}\r\n".encode(),
        f"Message-ID: <{secrets.token_hex(12)}.report@{message_id_domain}>\r\n".encode(),
        *_references(head),
        b"Auto-Submitted: auto-replied\r\n",
    ]
    return b"".join([*fields, multipart("report; report-type=delivery-status", parts)])


def _status_part(status: bytes) -> Part:
    if status.isascii():
        return Part("message/delivery-status", "7bit", status)
    return Part("message/global-delivery-status", "8bit", status)


def _returned_part(original_head: bytes, original: bytes | None, international: bool) -> Part:
    if original is not None:
        kind = "message/global" if international and not original_head.isascii() else "message/rfc822"
        return Part(kind, "7bit" if original.isascii() else "8bit", original)
    end = end_of_head(original_head)
    head = original_head[: HEAD_LIMIT_BYTES if end < 0 else end].rstrip(b"\r\n") + b"\r\n"
    if head.isascii():
        return Part("text/rfc822-headers", "7bit", head)
    if international:
        return Part("message/global-headers", "8bit", head)
    return Part("text/rfc822-headers; charset=utf-8", "quoted-printable", binascii.b2a_qp(head))


def _sender(organisation: str, postmaster: str) -> bytes:
    name = f"Hệ thống thư công vụ - {organisation}" if organisation else "Hệ thống thư công vụ"
    return field("From", name.replace('"', "")).rstrip(b"\r\n") + f"\r\n\t<{_address(postmaster)}>\r\n".encode()


def _address(address: str) -> str:
    return "".join(letter for letter in address if letter.isprintable() and letter not in "<>,;")[:320]


def _subject(recipients: Sequence[ReportedRecipient], head: Headers) -> str:
    actions = {recipient.action for recipient in recipients}
    text = _SUBJECTS["failed" if "failed" in actions else "delayed" if "delayed" in actions else "arrived"]
    original = one_line(head.subject, _SUBJECT_SHOWN)
    return f"{text.vi}: {original} / {text.en}: {original}" if original else f"{text.vi} / {text.en}"


def _references(head: Headers) -> list[bytes]:
    """Ties the report to the original in mail clients; an identifier of a strange form is left out."""
    if not _SAFE_ID.fullmatch(head.message_id):
        return []
    identifier = head.message_id.encode("ascii")
    return [b"In-Reply-To: %s\r\nReferences: %s\r\n" % (identifier, identifier)]


def _text(
    facts: dict[str, Any],
    recipients: Sequence[ReportedRecipient],
    arrived_at: int,
    timezone: str,
    templates: Path | None,
) -> str:
    """Vietnamese, then English, then what the servers said word for word."""
    listed = recipients[:LISTED_RECIPIENTS]
    told: list[str] = []
    for language in ("vi", "en"):
        variables: dict[str, Any] = facts | {
            "accepted_at": _clock(arrived_at, timezone, language),
            "unlisted": len(recipients) - len(listed),
            "failed": [],
            "delayed": [],
            "delivered": [],
        }
        for recipient in listed:
            group = recipient.action if recipient.action in ("failed", "delayed") else "delivered"
            variables[group].append(_described(recipient, timezone, language))
        told.append(_rendered(templates, language, variables).strip())
    return "\n\n".join([told[0], _RULE, told[1], *_raw_replies(listed)]) + "\n"


_RULE: Final = "-" * 72


def _described(recipient: ReportedRecipient, timezone: str, language: Language) -> dict[str, Any]:
    match = _REPLY_CODE.match(recipient.reply)
    said = recipient.reply[match.end() :] if match else recipient.reply
    circumstances = (int(match[1]) if match else 0, recipient.status, said)
    until = recipient.will_retry_until
    return {
        "address": one_line(recipient.address),
        "via": one_line(recipient.via),
        "action": recipient.action,
        "remote": one_line(recipient.remote),
        "reason": one_line(getattr(explain(*circumstances), language)).rstrip("."),
        "advice": getattr(advise(*circumstances), language),
        "possible_duplicate": recipient.possible_duplicate,
        "last_attempt_at": _clock(recipient.last_attempt_at, timezone, language),
        "until": "" if until is None else _clock(until, timezone, language),
    }


def _raw_replies(recipients: Sequence[ReportedRecipient]) -> list[str]:
    lines = [
        f"  {one_line(recipient.address)}\n    {one_line(recipient.remote) or '-'}: "
        f"{one_line(recipient.reply, _REPLY_SHOWN)}"
        for recipient in recipients
        if recipient.reply
    ]
    return [_RULE, "Nguyên văn trả lời của máy chủ / What the servers said:", "\n".join(lines)] if lines else []


def _clock(at: int, timezone: str, language: Language) -> str:
    local = from_microseconds(at).astimezone(ZoneInfo(timezone))
    if language == "vi":
        return f"{local:%H:%M} ngày {local.day}/{local.month}/{local.year}"
    return f"{local:%Y-%m-%d %H:%M}"


@lru_cache(maxsize=2)
def _renderer(templates: Path | None) -> Renderer:
    from foundation.rendering import Renderer

    return Renderer(templates)


def _rendered(templates: Path | None, language: Language, variables: dict[str, Any]) -> str:
    """A report has to go out: when the administrator's template is broken, ours speaks, and the log says so."""
    try:
        return _renderer(templates).render(_TEMPLATE, language, **variables)
    except ConfigError as error:
        if templates is None:
            raise
        logs.event(logging.WARNING, "mailrelay.reports", "A template of yours is wrong, ours is used", error=str(error))
        return _renderer(None).render(_TEMPLATE, language, **variables)
