"""A mail that goes on to the secretary, as a mail of ours with the original attached. Pure; the same bytes every time.

Our relay takes from us only what says that it is from the organiser, and a forwarded From would be a lie: so the
original travels inside (message/rfc822), whole, and Reply-To leads to whoever wrote it. It is marked as automatic
(RFC 3834), so that no absence notice comes back.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from zoneinfo import ZoneInfo

from foundation.addresses import normalise
from foundation.errors import InputError
from foundation.language import Text
from foundation.rendering import Renderer
from meetings.invitations.headers import date_field, field, mailbox_field, message_id
from meetings.settings import MeetingsSettings
from meetings.store.incoming import ToForward
from meetings.store.mail_values import Incoming
from meetings.terms import REASONS

LINE_BYTES = 998
"""RFC 5322 2.1.1; an original with longer lines travels as a file instead."""


def wrapped(mail: ToForward, about: Incoming, at: datetime, settings: MeetingsSettings, renderer: Renderer) -> bytes:
    """The mail to `mail.forward_to`; `at` is when the original came. Raises InputError when that is no address."""
    digest = hashlib.sha256(mail.raw).hexdigest()
    domain = settings.organiser.rpartition("@")[2]
    boundary = f"=_passed-on-{digest[:32]}"
    head = [
        date_field(at.astimezone(ZoneInfo(settings.timezone))),
        mailbox_field("From", settings.organiser_name, settings.organiser),
        mailbox_field("To", "", mail.forward_to),
        *_reply_to(about.sender),
        field("Subject", f"Chuyển tiếp: {about.subject}"),
        f"Message-ID: {message_id(f'passed-on-{mail.id}-{digest[:16]}', domain)}\r\n".encode(),
        b"Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n",
        f'Content-Type: multipart/mixed; boundary="{boundary}"\r\n\r\n'.encode(),
    ]
    edge = f"--{boundary}\r\n".encode()
    return b"".join([*head, edge, _told(about, at, settings, renderer), b"\r\n", edge, _original(mail.raw)]) + (
        f"\r\n--{boundary}--\r\n".encode()
    )


def _reply_to(sender: str) -> list[bytes]:
    try:
        address = normalise(sender)
    except InputError:
        return []
    return [mailbox_field("Reply-To", "", address)] if address.isascii() else []


def _told(about: Incoming, at: datetime, settings: MeetingsSettings, renderer: Renderer) -> bytes:
    """The covering text, Vietnamese first."""
    counted = about.verdict == "counted" or about.decided == "accepted"
    code = "attached" if counted else about.reason
    reason = REASONS.get(code, Text(code, code))
    texts = [
        renderer.render(
            "mail/passed_on.txt",
            language,
            organiser=settings.organiser,
            sender=about.sender,
            subject=about.subject,
            received=at.astimezone(ZoneInfo(settings.timezone)).strftime("%H:%M %d/%m/%Y"),
            counted=counted,
            reason=reason.vi if language == "vi" else reason.en,
        )
        for language in ("vi", "en")
    ]
    body = "\r\n".join("\n".join(texts).splitlines()).encode()
    return b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + _base64(body)


def _original(raw: bytes) -> bytes:
    if b"\0" not in raw and max(map(len, raw.split(b"\r\n")), default=0) <= LINE_BYTES and _has_whole_line_ends(raw):
        encoding = b"7bit" if raw.isascii() else b"8bit"
        return (
            b"Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: "
            + encoding
            + b"\r\n\r\n"
            + raw
        )
    return (
        b'Content-Type: application/octet-stream; name="thu.eml"\r\n'
        b'Content-Disposition: attachment; filename="thu.eml"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        + _base64(raw)
    )


def _has_whole_line_ends(raw: bytes) -> bool:
    """Every CR and LF is part of a CRLF (RFC 5322 2.3)."""
    return raw.count(b"\r\n") == raw.count(b"\r") == raw.count(b"\n")


def _base64(content: bytes) -> bytes:
    return base64.encodebytes(content).replace(b"\n", b"\r\n")
