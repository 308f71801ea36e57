"""Mails that come back: those in tests/data/replies, and small ones made to measure."""

from __future__ import annotations

from base64 import encodebytes
from pathlib import Path

from meetings.replies.reading import Limits, Ours, Reading, read

FOLDER = Path(__file__).parent.parent / "data" / "replies"
UID = "7f1c2a90-3b7e-4b52-9d1e-0c5f1b2a3d4e@tinh.test"
TOKEN = "k7q2m9x4c1d8v5zt"
ORGANISER = f"hop+{TOKEN}@tinh.test"
HOSTNAME = "mail.tinh.test"
OURS = Ours(frozenset({"tinh.test", "sxd.tinh.test"}), "hop@tinh.test", HOSTNAME, "Asia/Ho_Chi_Minh")
RECEIVED = (
    "Received: from mx.khach.example ([203.0.113.41])\n\t(using TLSv1.3 TLS_AES_256_GCM_SHA384)\n"
    "\tby mail.tinh.test (Congvu) with ESMTPS id 0D5FY3XKQ7ZAB\n\tfor <hop@tinh.test>;\n"
    "\tMon, 23 Nov 2026 09:12:31 +0700\n"
)


def fixture(name: str) -> bytes:
    """The bytes of tests/data/replies/NAME.eml."""
    return (FOLDER / f"{name}.eml").read_bytes()


def fixtures() -> list[str]:
    """The names of all of them."""
    return sorted(path.stem for path in FOLDER.glob("*.eml"))


def reading(name: str) -> Reading:
    """What a fixture says."""
    return read(fixture(name), ours=OURS)


def event(*lines: str, uid: str = UID) -> str:
    """A VEVENT with a UID, a DTSTAMP, SEQUENCE 2 and these lines (an ATTENDEE who accepts, if none are given)."""
    own = lines or ("ATTENDEE;PARTSTAT=ACCEPTED:mailto:an@khach.example",)
    head = ("BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20261123T020000Z", "SEQUENCE:2")
    return "\n".join((*head, *own, "END:VEVENT", ""))


def calendar(*components: str, method: str = "REPLY") -> str:
    """A VCALENDAR; an empty method leaves METHOD out."""
    said = f"METHOD:{method}\n" if method else ""
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//EN\n{said}{''.join(components)}END:VCALENDAR\n"


def part(body: str | bytes, kind: str = "text/calendar; charset=utf-8; method=REPLY", *fields: str) -> str:
    """A MIME part in base64."""
    data = body if isinstance(body, bytes) else body.encode()
    head = (f"Content-Type: {kind}", "Content-Transfer-Encoding: base64", *fields)
    return "\n".join((*head, "", encodebytes(data).decode()))


def mixed(*parts: str, kind: str = "multipart/mixed", boundary: str = "=_b") -> str:
    """A multipart of these parts."""
    inside = "".join(f"--{boundary}\n{each}\n" for each in parts)
    return f'Content-Type: {kind}; boundary="{boundary}"\n\n{inside}--{boundary}--\n'


def mail(body: str, *fields: str, sender: str = "An <an@khach.example>", top: str = RECEIVED) -> bytes:
    """A mail from `sender` whose fields end with those of `body`; lines end in CRLF."""
    head = (
        f"From: {sender}",
        f"To: {ORGANISER}",
        "Subject: Declined: x",
        "Date: Mon, 23 Nov 2026 09:00:00 +0700",
        "Message-ID: <1@khach.example>",
        *fields,
        "MIME-Version: 1.0",
    )
    return (top + "\n".join(head) + "\n" + body).replace("\n", "\r\n").encode()


def answer(*components: str, method: str = "REPLY", limits: Limits | None = None) -> Reading:
    """What a mail says whose only part is a calendar with these components."""
    return read(mail(part(calendar(*(components or (event(),)), method=method))), limits, OURS)
