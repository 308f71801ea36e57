"""What waits for a decision, as docs/answers.md has it: held mail, proposed times, deputies. Only reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from foundation.command_line import invocation
from meetings.commands.presentation import rfc3339
from meetings.commands.reading import one_meeting, read

if TYPE_CHECKING:
    from foundation.storage import Transaction
    from meetings.store.mail_values import Incoming
    from meetings.store.values import CounterProposal, DeputyProposal
    from meetings.store.waiting import Bearing


def incoming(who: str, everything: bool, reports: bool = True) -> list[dict[str, Any]]:
    """Mails of one meeting, or of all (`who` empty); `reports`: delivery reports too. Raises NothingFound,
    StorageError."""
    from meetings.desk.for_whom import with_attendees
    from meetings.store import waiting

    but_to = "" if reports else invocation().configuration.meetings.bounce_address

    def find(transaction: Transaction) -> list[tuple[Incoming, Bearing]]:
        found = waiting.incoming(transaction, _id(transaction, who), everything, but_to)
        mails = with_attendees(transaction, [mail for mail, _ in found])
        return [(mail, bearing) for mail, (_, bearing) in zip(mails, found, strict=True)]

    found, _ = read(find)
    return [_incoming_fields(mail, bearing) for mail, bearing in found]


def incoming_mail(number: int) -> tuple[dict[str, Any] | None, bytes | None]:
    """One mail and its bytes, as far as either is there."""
    from meetings.desk.for_whom import with_attendees
    from meetings.store import incoming as store
    from meetings.store import waiting

    def find(transaction: Transaction) -> tuple[dict[str, Any] | None, bytes | None]:
        pair = waiting.one_incoming(transaction, number)
        if pair is None:
            return None, None
        (mail,) = with_attendees(transaction, [pair[0]])
        return _incoming_fields(mail, pair[1]), store.raw_of(transaction, number)

    found, _ = read(find)
    return found


def counters(who: str, everything: bool) -> list[dict[str, Any]]:
    """Proposed times of one meeting, or of all."""
    from meetings.store import waiting

    found, _ = read(lambda transaction: waiting.counters(transaction, _id(transaction, who), everything))
    return [_counter_fields(proposal, bearing) for proposal, bearing in found]


def deputies(who: str, everything: bool) -> list[dict[str, Any]]:
    """Deputies of one meeting, or of all."""
    from meetings.store import waiting

    found, _ = read(lambda transaction: waiting.deputies(transaction, _id(transaction, who), everything))
    return [_deputy_fields(proposal, bearing) for proposal, bearing in found]


def _id(transaction: Transaction, who: str) -> int | None:
    return one_meeting(transaction, who).id if who else None


def _instant(microseconds: int | None, bearing: Bearing | None = None) -> str | None:
    named = bearing.meeting.timezone if bearing and bearing.meeting else ""
    return rfc3339(microseconds, named or invocation().configuration.organisation.timezone)


def _number(bearing: Bearing) -> str:
    return bearing.meeting.number if bearing.meeting else ""


def _incoming_fields(mail: Incoming, bearing: Bearing) -> dict[str, Any]:
    from meetings.desk.showing import attendee_of

    return {
        "id": mail.id,
        "message_id": mail.message_id,
        "from": mail.sender,
        "subject": mail.subject,
        "received_at": _instant(mail.received_at),
        "uid": bearing.uid,
        "number": _number(bearing),
        "verdict": mail.verdict,
        "reason": mail.reason,
        "method": mail.method,
        "partstat": mail.partstat,
        "comment": mail.comment,
        "decided": mail.decided,
        "attendee": attendee_of(mail),
        "account": mail.account,
        "trusted_by": mail.trust,
    }


def _counter_fields(proposal: CounterProposal, bearing: Bearing) -> dict[str, Any]:
    return {
        "id": proposal.id,
        "uid": bearing.uid,
        "number": _number(bearing),
        "address": proposal.address,
        "name": proposal.name,
        "instance": _instant(proposal.recurrence_id, bearing) if proposal.recurrence_id else None,
        "proposed_start": _instant(proposal.proposed_start_at, bearing),
        "proposed_end": _instant(proposal.proposed_end_at, bearing),
        "comment": proposal.comment,
        "at": _instant(proposal.at),
        "state": proposal.state,
    }


def _deputy_fields(proposal: DeputyProposal, bearing: Bearing) -> dict[str, Any]:
    return {
        "id": proposal.id,
        "uid": bearing.uid,
        "number": _number(bearing),
        "delegator": {"address": proposal.delegator_address, "name": proposal.delegator_name},
        "deputy": {
            "address": proposal.deputy.address,
            "name": proposal.deputy.name,
            "agency": proposal.deputy.agency,
        },
        "comment": proposal.comment,
        "via": proposal.via,
        "state": proposal.state,
        "proposed_at": _instant(proposal.at),
        "decided_at": _instant(proposal.decided_at),
        "decided_by": proposal.decided_by,
    }
