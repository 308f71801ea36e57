"""The relay's words in the journal: the closed set of events that an auditor reads about a message and its recipients.

A recipient is named by its ordinal (0 for the first) within the message; whose address that is stands in the private
fields, so that erasing a person leaves every record and its proof intact. Instants in fields are microseconds since
1970. Attempts are not recorded when they begin: an outcome says when its attempt began, and an attempt whose end nobody
knows has a record of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from foundation.journal import RecordType, Vocabulary
from mailrelay.lifecycle import State

_MESSAGE: Final = {"queue_id": "queue id of the message"}
_RECIPIENT: Final = {**_MESSAGE, "recipient": "ordinal of the recipient in the message, from 0"}
_ATTEMPT: Final = {
    **_RECIPIENT,
    "attempt": "which attempt, 1 for the first; 0: there was none",
    "started_at": "when the attempt began; absent if there was none",
}
_OUTCOME: Final = {
    **_ATTEMPT,
    "code": "SMTP or LMTP reply code; 0: there was no reply",
    "status": "enhanced status code (RFC 3463), or empty",
    "next_attempt_at": "when it is tried again; absent if it is not",
    "possible_duplicate": "true when an earlier attempt may have succeeded unknown to us; else absent",
}
_OUTCOME_OPTIONAL: Final = frozenset({"started_at", "next_attempt_at", "possible_duplicate"})
_DELIVERY: Final = {"delivery": "address, host and TLS of the attempt, and its reply word by word"}


def _outcome(name: str, meaning: str) -> RecordType:
    return RecordType(name, 1, meaning, _OUTCOME, _DELIVERY, _OUTCOME_OPTIONAL)


def _unfinished(name: str, meaning: str) -> RecordType:
    return RecordType(name, 1, meaning, _ATTEMPT, _DELIVERY, frozenset({"started_at"}))


def _order(name: str, meaning: str) -> RecordType:
    return RecordType(name, 1, meaning, _RECIPIENT, {"order": "address of the recipient, who gave the order"})


MESSAGE_ACCEPTED: Final = RecordType(
    "message.accepted",
    1,
    "The relay took responsibility for a message: its bytes and recipients were durable with this record.",
    {
        **_MESSAGE,
        "size": "bytes as accepted",
        "sha256": "SHA-256 of these bytes",
        "recipients": "how many recipients it is queued for, lists expanded",
        "listener": "where it came in: relay, submission, submissions, reinjection, local",
        "origin": "client, operator, or report when the relay made it itself",
        "held": "true when nothing is attempted until an operator releases it; else absent",
        "parent": "queue id of the message that a report speaks of; else absent",
    },
    {"message": "sender, recipients, Message-ID, document, and who handed it over from where"},
    frozenset({"held", "parent"}),
)
MESSAGE_REPEATED: Final = RecordType(
    "message.repeated",
    1,
    "The same account handed over the same bytes for the same recipients again; nothing new was queued for them.",
    {**_MESSAGE, "recipients": "how many recipients were repeated"},
    {"message": "who handed it over from where, Message-ID, the repeated addresses"},
)
MESSAGE_UNACKNOWLEDGED: Final = RecordType(
    "message.unacknowledged",
    1,
    "The message was accepted, but its client was gone before the 250 could be sent; it may hand it over again.",
    _MESSAGE,
)
ATTEMPT_UNKNOWN: Final = _unfinished(
    "attempt.unknown",
    "The end of an attempt is not known (the relay was stopped in its middle); the next may make a duplicate.",
)
ATTEMPT_WITHDRAWN: Final = _unfinished(
    "attempt.withdrawn", "An attempt was noted as begun, but nothing of it was sent; the recipient waits again."
)
RECIPIENT_DELIVERED: Final = _outcome("recipient.delivered", "Our mailbox server took the message for this recipient.")
RECIPIENT_RELAYED: Final = _outcome("recipient.relayed", "The next host took responsibility for this recipient.")
RECIPIENT_DEFERRED: Final = _outcome("recipient.deferred", "The attempt failed for now and will be repeated.")
RECIPIENT_FAILED: Final = _outcome("recipient.failed", "The recipient was refused for good, or no way leads there.")
RECIPIENT_EXPIRED: Final = _outcome("recipient.expired", "The message became too old while waiting for success.")
RECIPIENT_HELD: Final = _order("recipient.held", "An operator put the recipient on hold.")
RECIPIENT_RELEASED: Final = _order("recipient.released", "An operator ended the hold.")
RECIPIENT_RETRIED: Final = _order("recipient.retried", "An operator asked for an attempt at once.")
RECIPIENT_REMOVED: Final = _order("recipient.removed", "An operator took the recipient out of the queue for good.")
REPORT_SENT: Final = RecordType(
    "report.sent",
    1,
    "The sender was sent a report (RFC 3464) about recipients of this message.",
    {
        **_MESSAGE,
        "report": "queue id of the report",
        "recipients": "ordinals of the recipients that it speaks of",
        "actions": "what it says of each: failed, delayed, delivered, relayed, expanded",
    },
    {"addressee": "to whom it was sent"},
)
REPORT_RECEIVED: Final = RecordType(
    "report.received",
    1,
    "A report (RFC 3464 or RFC 8098) that came in speaks of this recipient; it is not proved and changes nothing.",
    {
        **_RECIPIENT,
        "report": "queue id of the incoming report",
        "kind": "dsn or mdn",
        "action": "what it says: failed, delayed, delivered, relayed, expanded; of an mdn its disposition",
        "status": "enhanced status code, or empty",
    },
    {"detail": "address that it names, its diagnostic text, and the address of the host that handed it over"},
)
REPORT_UNDELIVERABLE: Final = RecordType(
    "report.undeliverable",
    1,
    "A report could not be delivered to the sender (double bounce); it is kept for the postmaster.",
    _MESSAGE,
    {"detail": "to whom it could not be delivered, and why"},
)

VOCABULARY: Final = Vocabulary(
    MESSAGE_ACCEPTED,
    MESSAGE_REPEATED,
    MESSAGE_UNACKNOWLEDGED,
    ATTEMPT_UNKNOWN,
    ATTEMPT_WITHDRAWN,
    RECIPIENT_DELIVERED,
    RECIPIENT_RELAYED,
    RECIPIENT_DEFERRED,
    RECIPIENT_FAILED,
    RECIPIENT_EXPIRED,
    RECIPIENT_HELD,
    RECIPIENT_RELEASED,
    RECIPIENT_RETRIED,
    RECIPIENT_REMOVED,
    REPORT_SENT,
    REPORT_RECEIVED,
    REPORT_UNDELIVERABLE,
)

OF_STATE: Final[Mapping[State, RecordType]] = {
    "delivered": RECIPIENT_DELIVERED,
    "relayed": RECIPIENT_RELAYED,
    "deferred": RECIPIENT_DEFERRED,
    "failed": RECIPIENT_FAILED,
    "expired": RECIPIENT_EXPIRED,
}
"""How an attempt may end, and the record that says so."""
