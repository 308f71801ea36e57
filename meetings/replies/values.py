"""What reading a mail gives: frozen values, nothing that is not text, a number, an instant or a tuple of these.

Addresses are normalised (foundation.addresses) or empty; texts are NFC, bounded and without control characters.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from meetings.meeting import PartStat

Kind = Literal["itip", "report", "tnef", "automatic", "plain", "broken"]
"""itip: a calendar object with a METHOD. report: a delivery report (RFC 3464). tnef: an answer wrapped in a
winmail.dat. automatic: a program wrote it, and it is none of these (out of office, read receipt, a mail of ours that
came back). plain: a person wrote it, without a calendar. broken: it could not be read; `reason` says why."""

ReportAction = Literal["failed", "delayed", "delivered", "relayed", "expanded", ""]
"""RFC 3464 2.3.3."""


class Limits(NamedTuple):
    """How much of a mail is read; what goes beyond is `too_large`.

    `mail_bytes` is what our relay takes by default ([relay.limits] message_bytes). Of these `searched_bytes` are
    searched for parts: an answer is some kilobytes, and the clients that add files put them behind it. `head_bytes` is
    four times the relay's own limit. `depth`, `parts` and `calendar_bytes`: honest answers have three levels, five
    parts, some kilobytes. `boundary_lines` are lines that begin like a boundary, `calendars` the parts that may hold a
    calendar, `lines` those of one calendar, `answers` the occurrences of one answer (a year of working days), `reports`
    the recipients in one delivery report.
    """

    mail_bytes: int = 52_428_800
    searched_bytes: int = 8_388_608
    head_bytes: int = 262_144
    depth: int = 16
    parts: int = 256
    boundary_lines: int = 4_096
    calendars: int = 8
    calendar_bytes: int = 1_048_576
    lines: int = 20_000
    answers: int = 366
    reports: int = 1_000


class Ours(NamedTuple):
    """What the reader knows of us: the domains of our Message-IDs and the organiser's address, by which a mail of our
    own is known again; the relay's name in its trace fields; the timezone of times that name none."""

    domains: Collection[str] = ()
    organiser: str = ""
    authserv_id: str = ""
    timezone: str = "Asia/Ho_Chi_Minh"


@dataclass(frozen=True, slots=True)
class Envelope:
    """How a mail came over LMTP: `sender` from MAIL FROM (empty: `<>`), `recipient` from RCPT TO, both as given."""

    sender: str
    recipient: str

    @property
    def detail(self) -> str:
        """What stands behind the first `+` of the recipient's local part, in lower case: the token; or empty."""
        return self.recipient.rpartition("@")[0].partition("+")[2].lower()


@dataclass(frozen=True, slots=True)
class Authentication:
    """One result of the Authentication-Results that our own relay wrote (RFC 8601): `method` is auth, dkim, spf or
    dmarc, `result` pass, fail, none ..., `identity` the domain or address that it speaks of (header.d, header.from,
    smtp.mailfrom, smtp.auth), in lower case."""

    method: str
    result: str
    identity: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """What one VEVENT says for one attendee.

    `attendee` is the address of the ATTENDEE (of the From field when there is none), `email_parameter` its EMAIL
    parameter (RFC 7986 6.2), `sent_by` SENT-BY. `partstat` is empty when it is missing or a word that is no answer.
    `sequence` is within 0 to 2^31-1; `dtstamp` is UTC, the Date of the mail when DTSTAMP is missing. `recurrence_id` is
    UTC, and None for the whole meeting. `delegated_to` and `delegated_from` are the other side of a delegation.
    `proposed_start` and `proposed_end` are set by a COUNTER only, in UTC, when their timezone is known.
    """

    attendee: str
    attendee_name: str = ""
    email_parameter: str = ""
    sent_by: str = ""
    partstat: PartStat | Literal[""] = ""
    comment: str = ""
    sequence: int = 0
    dtstamp: datetime | None = None
    recurrence_id: datetime | None = None
    delegated_to: str = ""
    delegated_from: str = ""
    delegated_to_name: str = ""
    proposed_start: datetime | None = None
    proposed_end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one recipient (RFC 3464 2.3). `envelope_id` is ENVID; `token` the mail that it speaks of: ENVID,
    else the local part of the Message-ID of the mail that it returns."""

    envelope_id: str
    token: str
    final_recipient: str
    action: ReportAction
    status: str
    diagnostic: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """All that one mail says.

    `reason` is a code of `terms.REASONS`, empty for an answer and a report that could be read. `message_id` and
    `in_reply_to` (which has References too) are without angle brackets. `sender` is the address of From, `sender_name`
    its display name; From with several authors has no sender. `recipients` are the addresses of To and Cc.
    `method` is upper case and as the calendar says it (the MIME header is no more than a hint), `uid` that of its first
    VEVENT. `digest` is the SHA-256 of what counts, so that the same answer is known again under another Message-ID.
    `authentication` is what our own relay wrote at the top, where no stranger can write (see `trust`);
    `received_account` is the login among it: an address, or the name that a program logs in by. `made_by_relay`: nobody
    handed it to our relay, which wrote it itself (a delivery report). `attached`: files came with an answer.
    """

    kind: Kind
    reason: str = ""
    message_id: str = ""
    sender: str = ""
    sender_name: str = ""
    recipients: tuple[str, ...] = ()
    date: datetime | None = None
    in_reply_to: tuple[str, ...] = ()
    subject: str = ""
    automatic: bool = False
    answers: tuple[Answered, ...] = ()
    method: str = ""
    uid: str = ""
    reports: tuple[Report, ...] = ()
    digest: bytes = b""
    authentication: tuple[Authentication, ...] = ()
    received_account: str = ""
    made_by_relay: bool = False
    attached: bool = False
