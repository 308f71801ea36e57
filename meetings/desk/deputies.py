"""Standing in (cử người đi thay): proposed by the invited person, agreed to by chair or secretary, then invited.

    open --consent--> accepted      the deputy is an attendee, the pair goes out, the delegator's links end
      |----refuse---> refused       whoever proposed is told
      '--withdraw---> withdrawn     the delegator comes after all, or proposes somebody else

One hop: a deputy sends nobody (RFC 5546 4.2.5 allows more, an office does not). A deputy is of the delegator's agency,
unless the secretary says that another will do (Decision 45/2018/QĐ-TTg, article 10: with the chair's consent).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from foundation.journal import JSON, RecordType
from foundation.storage import Transaction
from meetings.desk import refusals
from meetings.desk.context import Change, Context
from meetings.desk.mailing import Mailed, promise_farewell, promise_to, promise_to_secretary, secretary_of
from meetings.meeting import Guest
from meetings.records import DEPUTY_CONSENTED, DEPUTY_PROPOSED, DEPUTY_REFUSED, DEPUTY_WITHDRAWN
from meetings.store import answers, attendees, meetings, mentions, occurrences, proposals
from meetings.store.values import WHOLE, Answer, DeputyProposal, StoredAttendee, StoredMeeting

Proposer = Literal["page", "mail", "command"]


def propose(
    transaction: Transaction,
    meeting_id: int,
    delegator_id: int,
    deputy: Guest,
    comment: str,
    via: Proposer,
    context: Context,
    *,
    other_agency: bool = False,
    unknown: bool = False,
) -> DeputyProposal:
    """Keep a proposal and ask chair and secretary. An open one of the same person is withdrawn by it. `unknown`: the
    deputy may be of nobody knows which agency (a mail named an address); who consents looks again.

    Raises InputError: not invited, a deputy oneself, one stands in already, the deputy is invited or of another agency,
    the meeting is cancelled or over.
    """
    stored = _open_meeting(transaction, meeting_id, context)
    delegator = attendees.load(transaction, delegator_id)
    if delegator is None or delegator.meeting_id != meeting_id or delegator.attendee.removed:
        raise refusals.unknown_attendee()
    if delegator.attendee.delegated_from is not None:
        raise refusals.is_deputy()
    if delegator.attendee.delegated_to is not None:
        raise refusals.has_deputy()
    if context.office.is_organiser(deputy.address):
        raise refusals.deputy_is_organiser()
    _refuse_invited(transaction, stored, deputy)
    if not _same_agency(delegator.attendee.guest, deputy) and not other_agency and not (unknown and not deputy.agency):
        raise refusals.other_agency()
    withdraw_open(transaction, stored, delegator, context)
    said = "" if stored.meeting.secret else comment
    proposal_id = proposals.add_deputy(
        transaction, meeting_id, delegator_id, deputy, said, via, other_agency, context.at
    )
    _ask_consent(transaction, stored, delegator, deputy, said, context)
    public: dict[str, JSON] = {"meeting": stored.uid, "attendee": delegator_id, "via": via}
    _record(transaction, DEPUTY_PROPOSED, stored, public, delegator, deputy, said, context)
    found = proposals.deputy(transaction, proposal_id)
    if found is None:
        raise refusals.unknown_proposal()
    return found[0]


def consent(
    transaction: Transaction,
    proposal_id: int,
    context: Context,
    *,
    guest: Guest | None = None,
    other_agency: bool = False,
    meeting_id: int | None = None,
) -> Change:
    """Agree: the deputy is invited in place of the delegator, both are told, the delegator's links end. `guest` is the
    deputy as the directory knows them today. Raises InputError as `propose`, and when it is unknown or settled."""
    stored, proposal, delegator, agreed = _open_proposal(transaction, proposal_id, context, meeting_id)
    deputy = replace(guest, address=proposal.deputy.address) if guest is not None else proposal.deputy
    if not _same_agency(delegator.attendee.guest, deputy) and not (other_agency or agreed):
        raise refusals.other_agency()
    _refuse_invited(transaction, stored, deputy)
    if not proposals.settle_deputy(transaction, proposal_id, "accepted", context.at, context.operator):
        raise refusals.settled()
    stored = replace(stored, sequence=stored.sequence + 1)
    meetings.update(transaction, stored, occurrences.bounds(transaction, stored.id))
    at, operator = context.at, context.operator
    meetings.add_edition(transaction, stored.id, stored.sequence, WHOLE, stored.meeting, at, operator, "delegation")
    deputy_id = _seat(transaction, stored, delegator, deputy, context)
    _delegated(transaction, stored, delegator, proposal.comment, context)
    pair = attendees.load_many(transaction, [delegator.attendee.id, deputy_id])
    mailed = _told_of_pair(transaction, stored, pair[delegator.attendee.id], pair[deputy_id], context)
    public: dict[str, JSON] = {
        "meeting": stored.uid,
        "attendee": delegator.attendee.id,
        "deputy_attendee": deputy_id,
        "sequence": stored.sequence,
    }
    _record(transaction, DEPUTY_CONSENTED, stored, public, delegator, deputy, "", context)
    return Change(stored.id, stored.uid, stored.sequence, mailed, added=(pair[deputy_id].attendee,))


def _told_of_pair(
    transaction: Transaction, stored: StoredMeeting, delegator: StoredAttendee, deputy: StoredAttendee, context: Context
) -> Mailed:
    """Both hear of it; of a secret meeting, that the one's letter holds no more and the other is to fetch one."""
    if not stored.meeting.secret:
        return {"delegation": promise_to(transaction, stored, context, [delegator, deputy], "delegation")}
    gone = promise_farewell(transaction, stored, context, [delegator], {"removed": True})
    come = promise_to(transaction, stored, context, [deputy], "neutral")
    return {"neutral": (*gone["neutral"], *come)}


def refuse(
    transaction: Transaction, proposal_id: int, reason: str, context: Context, *, meeting_id: int | None = None
) -> Change:
    """Do not agree; the delegator is told, and stays invited. Raises InputError when it is unknown or settled."""
    stored, proposal, delegator, _ = _open_proposal(transaction, proposal_id, context, meeting_id)
    if not proposals.settle_deputy(transaction, proposal_id, "refused", context.at, context.operator):
        raise refusals.settled()
    said = "" if stored.meeting.secret else reason
    deputy = proposal.deputy
    details = {"deputy": {"name": deputy.name, "address": deputy.address}, "reason": said}
    told = promise_to(transaction, stored, context, [delegator], "refusal", details=details)
    public: dict[str, JSON] = {"meeting": stored.uid, "attendee": delegator.attendee.id}
    _record(transaction, DEPUTY_REFUSED, stored, public, delegator, deputy, said, context)
    return Change(stored.id, stored.uid, stored.sequence, {"refusal": told})


def withdraw_open(transaction: Transaction, stored: StoredMeeting, delegator: StoredAttendee, context: Context) -> None:
    """What this person proposed and nobody decided holds no more: they come themselves, or propose somebody else."""
    for proposal in proposals.deputies_of(transaction, delegator.attendee.id):
        if proposal.state != "open":
            continue
        if proposals.settle_deputy(transaction, proposal.id, "withdrawn", context.at, context.operator):
            public: dict[str, JSON] = {"meeting": stored.uid, "attendee": delegator.attendee.id}
            _record(transaction, DEPUTY_WITHDRAWN, stored, public, delegator, proposal.deputy, None, context)


def _open_meeting(transaction: Transaction, meeting_id: int, context: Context) -> StoredMeeting:
    stored = meetings.load(transaction, meeting_id)
    if stored is None:
        raise refusals.unknown_meeting()
    if stored.status == "CANCELLED":
        raise refusals.cancelled()
    if occurrences.bounds(transaction, stored.id)[1] <= context.at:
        raise refusals.over()
    return stored


def _open_proposal(
    transaction: Transaction, proposal_id: int, context: Context, meeting_id: int | None
) -> tuple[StoredMeeting, DeputyProposal, StoredAttendee, bool]:
    found = proposals.deputy(transaction, proposal_id)
    if found is None or (meeting_id is not None and found[0].meeting_id != meeting_id):
        raise refusals.unknown_proposal()
    proposal, agreed = found
    if proposal.state != "open":
        raise refusals.settled()
    stored = _open_meeting(transaction, proposal.meeting_id, context)
    delegator = attendees.load(transaction, proposal.delegator_id)
    if delegator is None or delegator.attendee.removed:
        raise refusals.unknown_attendee()
    return stored, proposal, delegator, agreed


def _same_agency(delegator: Guest, deputy: Guest) -> bool:
    return bool(delegator.agency) and delegator.agency == deputy.agency


def _refuse_invited(transaction: Transaction, stored: StoredMeeting, deputy: Guest) -> None:
    """Whoever comes in their own right cannot stand in for another. An office counts by its own address alone: its
    holder may well be sent."""
    for one in attendees.answering(transaction, stored.id, [deputy.address]):
        if not one.attendee.removed and one.attendee.guest.address == deputy.address:
            raise refusals.deputy_is_invited()


def _ask_consent(
    transaction: Transaction,
    stored: StoredMeeting,
    delegator: StoredAttendee,
    deputy: Guest,
    comment: str,
    context: Context,
) -> None:
    """Chair and secretary are asked; whoever is both, once, and nobody is asked about their own deputy."""
    guest = delegator.attendee.guest
    details: dict[str, JSON] = {"delegator": _named(guest), "deputy": _named(deputy), "comment": comment}
    if not _same_agency(guest, deputy):
        details["other_agency"] = True
    promise_to_secretary(transaction, stored, context, "consent", details)
    asked = secretary_of(stored, context)
    chairs = [
        one
        for one in attendees.answering(transaction, stored.id, [stored.meeting.chair] if stored.meeting.chair else [])
        if not one.attendee.removed
        and one.attendee.id != delegator.attendee.id
        and one.attendee.guest.role == "CHAIR"
        and one.attendee.guest.address != asked
    ]
    promise_to(transaction, stored, context, chairs[:1], "consent", details=details)


def _seat(
    transaction: Transaction, stored: StoredMeeting, delegator: StoredAttendee, deputy: Guest, context: Context
) -> int:
    """The deputy as an attendee, with the delegator's role and place; one who was removed once comes back."""
    guest = delegator.attendee.guest
    role = "REQ-PARTICIPANT" if guest.role == "CHAIR" else guest.role
    groups = tuple(dict.fromkeys((*deputy.groups, *guest.groups, guest.address)))
    seated = replace(deputy, role=role, groups=groups)
    known = [
        one
        for one in attendees.answering(transaction, stored.id, [deputy.address])
        if one.attendee.guest.address == deputy.address
    ]
    if known:
        deputy_id = known[0].attendee.id
        attendees.revive(transaction, [deputy_id], context.at)
        attendees.update_guests(transaction, stored.id, [(deputy_id, seated)])
    else:
        deputy_id = attendees.insert(transaction, stored.id, [seated], context.at)[seated.address]
    attendees.pair(transaction, delegator.attendee.id, deputy_id)
    answers.ask(transaction, stored.id, [deputy_id], stored.sequence)
    return deputy_id


def _delegated(
    transaction: Transaction, stored: StoredMeeting, delegator: StoredAttendee, comment: str, context: Context
) -> None:
    """The delegator's answer is DELEGATED from now on, to this SEQUENCE."""
    known = answers.one(transaction, stored.id, delegator.attendee.id) or Answer(delegator.attendee.id)
    answers.write(
        transaction,
        stored.id,
        replace(
            known,
            partstat="DELEGATED",
            comment=comment,
            asked_sequence=stored.sequence,
            answered_at=context.at,
            via="command",
        ),
    )


def _named(guest: Guest) -> dict[str, JSON]:
    return {
        "name": guest.name,
        "address": guest.address,
        "title": guest.title,
        "agency": guest.agency_name or guest.agency,
        "telephone": guest.telephone,
    }


def _record(
    transaction: Transaction,
    kind: RecordType,
    stored: StoredMeeting,
    public: dict[str, JSON],
    delegator: StoredAttendee,
    deputy: Guest,
    said: str | None,
    context: Context,
) -> None:
    private: dict[str, JSON] = {
        "delegator": delegator.attendee.guest.address,
        "deputy": deputy.address,
        "by": context.operator,
    }
    if said is not None:
        private["comment"] = said
    mentions.record(transaction, kind, context.at, stored.id, public, {"deputy": private})
