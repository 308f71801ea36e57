"""An ordinary meeting becomes secret: everything said before is taken back, as far as it can be.

Links end, mail that still waits is withdrawn, every stored edition, proposal, reason and incoming mail is blanked, and
so is the clear text beside the journal's records; whoever was told gets a CANCEL without content, then everybody the
word to fetch the letter. Whoever was removed and has not heard it yet gets that CANCEL too, in place of the one that is
withdrawn. What has left us cannot be called back.
"""

from __future__ import annotations

from dataclasses import replace

from foundation.errors import Problem
from foundation.journal import JSON
from foundation.storage import Transaction
from meetings.desk.context import Change, Context
from meetings.desk.mailing import Mailed, active, promise_to, unreachable_warnings
from meetings.desk.people_change import PeopleChange, apply_people
from meetings.desk.sittings import sittings_of
from meetings.meeting import Meeting
from meetings.records import MEETING_MADE_SECRET
from meetings.store import answers, attendees, incoming, meetings, mentions, occurrences, outbox, proposals, week
from meetings.store.values import WHOLE, StoredMeeting


def make_secret(
    transaction: Transaction,
    stored: StoredMeeting,
    after: Meeting,
    moves: PeopleChange,
    context: Context,
    warnings: tuple[Problem, ...],
) -> Change:
    """`after` is the secret edition, as `secret_gate.closed` lets it pass; `moves` says who comes and goes with it."""
    unsaid = outbox.waiting_farewells(transaction, stored.id)
    told = [
        one
        for one in attendees.of_meeting(transaction, stored.id)
        if not one.attendee.removed or one.attendee.id in unsaid
    ]
    sequence = stored.sequence + 1
    stored = replace(stored, sequence=sequence, time_sequence=sequence, meeting=after)
    _blank(transaction, stored)
    occurrences.replace_all(transaction, stored.id, sittings_of(after, sequence))
    meetings.update(transaction, stored, occurrences.bounds(transaction, stored.id))
    at, operator = context.at, context.operator
    meetings.add_edition(transaction, stored.id, sequence, WHOLE, after, at, operator, "made secret")
    added = apply_people(transaction, stored.id, moves, context)
    answers.forget_occurrences(transaction, stored.id)
    now = active(attendees.of_meeting(transaction, stored.id))
    asked = [one.attendee.id for one in now if one.attendee.delegated_to is None]
    answers.ask(transaction, stored.id, asked, sequence)
    cancels = promise_to(transaction, stored, context, told, "cancel")
    neutral = promise_to(transaction, stored, context, now, "neutral")
    public: dict[str, JSON] = {"meeting": stored.uid, "sequence": sequence}
    mentions.record(transaction, MEETING_MADE_SECRET, at, stored.id, public, {"order": {"by": operator}})
    mailed: Mailed = {"cancel": cancels, "neutral": neutral}
    return Change(
        stored.id,
        stored.uid,
        sequence,
        mailed,
        tuple(one.attendee for one in added),
        tuple(one.attendee for one in moves.going),
        (*warnings, *unreachable_warnings(now)),
    )


def _blank(transaction: Transaction, stored: StoredMeeting) -> None:
    """Nothing of what it is about stays in any row."""
    attendees.revoke_all_links(transaction, stored.id)
    outbox.withdraw_all(transaction, stored.id)
    meetings.blank_editions(transaction, stored.id, stored.meeting)
    incoming.blank(transaction, stored.id)
    answers.blank(transaction, stored.id)
    proposals.blank(transaction, stored.id)
    mentions.forget(transaction, stored.id)
    week.blank(transaction, stored.uid, stored.meeting.timezone)
    transaction.leave_no_copy()
