"""Delivery reports, many at once: each counts when it speaks of a mail of ours, and is remembered like every mail.

The detail of the bounce address names the mail when the report itself does not. One that comes twice, also among those
taken in together, changes nothing, and neither does one about a recipient of ours that our own relay did not make.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from foundation.journal import JSON
from foundation.storage import Transaction
from meetings.desk.context import Context, Outcome
from meetings.records import ANSWER_IGNORED
from meetings.replies.values import Envelope, Reading
from meetings.store import incoming, meetings, mentions, reports
from meetings.store.as_json import storable
from meetings.store.incoming import NewIncoming
from meetings.store.meetings import Named
from meetings.store.reports import Arrived, Taken


def take_in_reports(
    transaction: Transaction, mails: Sequence[tuple[Reading, Envelope]], context: Context
) -> list[Outcome]:
    """Take in these mails (all of the kind "report") in their order; what became of each. Never raises for what a mail
    says."""
    fresh = _fresh(transaction, mails)
    own_domains = context.office.own_domains
    told = [_arrived(*mail, own_domains, is_new) for mail, is_new in zip(mails, fresh, strict=True)]
    known = iter(reports.arrived(transaction, [each for many in told for each in many], context.at))
    found = [[next(known) for _ in many] for many in told]
    about = [_about(many) for many in found]
    named = meetings.names(transaction, [taken.meeting_id for taken in about if taken is not None and taken.meeting_id])
    kept = [
        _kept(reading, envelope, context, _reason(is_new, taken), named.get(taken.meeting_id if taken else 0))
        for (reading, envelope), is_new, taken in zip(mails, fresh, about, strict=True)
    ]
    incoming.insert_many(transaction, kept)
    for new in kept:
        if new.verdict == "ignored":
            _record_ignored(transaction, new, named)
    return [Outcome(new.verdict, new.reason, meeting_id=new.meeting_id) for new in kept]


def _fresh(transaction: Transaction, mails: Sequence[tuple[Reading, Envelope]]) -> list[bool]:
    """Which of them did not come before."""
    seen: set[tuple[str, bytes, str, str]] = set()
    found = []
    for reading, envelope in mails:
        mark = reading.message_id, reading.digest, reading.sender or envelope.sender, envelope.recipient
        found.append(mark not in seen and not incoming.is_known(transaction, *mark))
        seen.add(mark)
    return found


def _arrived(reading: Reading, envelope: Envelope, own_domains: Collection[str], is_new: bool) -> list[Arrived]:
    """Of a mail that came before only the meeting is wanted: it reports no action."""
    return [
        Arrived(
            (each.token, each.envelope_id, envelope.detail),
            each.action if is_new else "",
            each.status,
            each.diagnostic,
            () if reading.made_by_relay else own_domains,
        )
        for each in reading.reports
    ]


def _about(many: Sequence[Taken | None]) -> Taken | None:
    """The first that was believed, else the first that speaks of any mail of ours."""
    known = [taken for taken in many if taken is not None]
    return next((taken for taken in known if taken.believed), known[0] if known else None)


def _reason(is_new: bool, about: Taken | None) -> str:
    """Why it does not count, or nothing."""
    if not is_new:
        return "duplicate"
    if about is None:
        return "unknown_report"
    return "" if about.believed else "foreign_report"


def _kept(reading: Reading, envelope: Envelope, context: Context, reason: str, about: Named | None) -> NewIncoming:
    return NewIncoming(
        message_id=reading.message_id,
        digest=reading.digest,
        sender=reading.sender or envelope.sender,
        recipient=envelope.recipient,
        subject="" if about is not None and about.secret else reading.subject,
        received_at=context.at,
        verdict="ignored" if reason else "counted",
        reason=reason,
        meeting_id=about.id if about is not None else None,
        method=reading.method,
    )


def _record_ignored(transaction: Transaction, new: NewIncoming, named: Mapping[int, Named]) -> None:
    about = named.get(new.meeting_id or 0)
    public: dict[str, JSON] = {"meeting": about.uid if about is not None else "", "reason": new.reason}
    mail: dict[str, JSON] = {"message_id": storable(new.message_id), "sender": storable(new.sender)}
    mentions.record(transaction, ANSWER_IGNORED, new.received_at, new.meeting_id, public, {"mail": mail})
