"""Reads the mailboxes of the story over IMAP, as any mail program would: TLS, the certificate verified."""

from __future__ import annotations

import email
import email.policy
import imaplib
import ssl
from collections.abc import Mapping
from email.header import decode_header, make_header
from email.message import EmailMessage
from pathlib import Path
from typing import Any


def newest_mail(state: Mapping[str, Any], reader: Mapping[str, str], header: str, value: str) -> EmailMessage | None:
    """The newest message of this person's mailbox whose header has this value; None when there is none."""
    host, _, port = state["imap"]["tls"].rpartition(":")
    context = ssl.create_default_context(cafile=state["tls_ca"])
    password = Path(reader["password_file"]).read_text(encoding="ascii")
    with imaplib.IMAP4_SSL(host, int(port), ssl_context=context, timeout=30) as mailbox:
        mailbox.login(reader["address"], password)
        mailbox.select(readonly=True)
        numbers = mailbox.search(None, "HEADER", header, f'"{value}"')[1][0].split()
        if not numbers:
            return None
        part = mailbox.fetch(numbers[-1].decode("ascii"), "(BODY.PEEK[])")[1][0]
        content = part[1] if isinstance(part, tuple) else b""
    return email.message_from_bytes(content, policy=email.policy.default)


def header_of(message: EmailMessage, name: str) -> str:
    """A header in plain words. Python's own parser puts a space between the halves of a folded display name."""
    raw = next(value for key, value in message.raw_items() if key.lower() == name.lower())
    return str(make_header(decode_header(" ".join(raw.split()))))
