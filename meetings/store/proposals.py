"""What people propose and somebody else decides: another time, a deputy. Decided once, kept for ever."""

from __future__ import annotations

from foundation.storage import Row, Transaction
from meetings.meeting import Guest
from meetings.store.as_json import guest_text, read_guest, storable
from meetings.store.values import CounterProposal, DeputyProposal, ProposalState

_COUNTER = """counter_proposal.id, counter_proposal.attendee_id, counter_proposal.recurrence_id,
  counter_proposal.proposed_start_at, counter_proposal.proposed_end_at, counter_proposal.comment, counter_proposal.at,
  counter_proposal.state, attendee.name, attendee.address, counter_proposal.meeting_id, counter_proposal.sequence"""
_FROM_COUNTER = "FROM counter_proposal JOIN attendee ON attendee.id = counter_proposal.attendee_id"
_INSERT_COUNTER = """
INSERT INTO counter_proposal (meeting_id, attendee_id, recurrence_id, sequence, dtstamp, proposed_start_at,
  proposed_end_at, comment, at, state, decided_by)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', '') RETURNING id"""
_SELECT_COUNTER = f"SELECT {_COUNTER} {_FROM_COUNTER} WHERE counter_proposal.id = ?"
_SELECT_COUNTERS = f"""
SELECT {_COUNTER} {_FROM_COUNTER} WHERE counter_proposal.meeting_id = ? ORDER BY counter_proposal.id"""
_NEWEST_COUNTER = """
SELECT max(dtstamp) FROM counter_proposal WHERE meeting_id = ? AND attendee_id = ? AND recurrence_id = ?"""
_DECIDE_COUNTER = """
UPDATE counter_proposal SET state = ?, decided_at = ?, decided_by = ? WHERE id = ? AND state = 'open' RETURNING id"""
_WITHDRAW_COUNTERS = """
UPDATE counter_proposal SET state = 'withdrawn', decided_at = ? WHERE attendee_id = ? AND recurrence_id = ?
  AND state = 'open'"""
_DEPUTY = """deputy_proposal.id, deputy_proposal.meeting_id, deputy_proposal.delegator_id, deputy_proposal.guest,
  deputy_proposal.comment, deputy_proposal.via, deputy_proposal.at, deputy_proposal.state, deputy_proposal.decided_at,
  deputy_proposal.decided_by, attendee.name, attendee.address, deputy_proposal.other_agency"""
_FROM_DEPUTY = "FROM deputy_proposal JOIN attendee ON attendee.id = deputy_proposal.delegator_id"
_INSERT_DEPUTY = """
INSERT INTO deputy_proposal (meeting_id, delegator_id, address, guest, comment, via, other_agency, at, state,
  decided_by)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'open', '') RETURNING id"""
_SELECT_DEPUTY = f"SELECT {_DEPUTY} {_FROM_DEPUTY} WHERE deputy_proposal.id = ?"
_SELECT_DEPUTIES = f"""
SELECT {_DEPUTY} {_FROM_DEPUTY} WHERE deputy_proposal.meeting_id = ? ORDER BY deputy_proposal.id"""
_SELECT_DEPUTIES_OF = f"""
SELECT {_DEPUTY} {_FROM_DEPUTY} WHERE deputy_proposal.delegator_id = ? ORDER BY deputy_proposal.id"""
_SETTLE_DEPUTY = """
UPDATE deputy_proposal SET state = ?, decided_at = ?, decided_by = ? WHERE id = ? AND state = 'open' RETURNING id"""
_BLANK_COUNTERS = "UPDATE counter_proposal SET comment = '' WHERE meeting_id = ?"
_BLANK_DEPUTIES = "UPDATE deputy_proposal SET comment = '' WHERE meeting_id = ?"


def add_counter(
    transaction: Transaction, meeting_id: int, proposal: CounterProposal, sequence: int, dtstamp: int
) -> int:
    """Keep another time that somebody proposed; an older open one of theirs is withdrawn by it. Returns its id."""
    transaction.execute(_WITHDRAW_COUNTERS, (proposal.at, proposal.attendee_id, proposal.recurrence_id))
    parameters = (
        meeting_id,
        proposal.attendee_id,
        proposal.recurrence_id,
        sequence,
        dtstamp,
        proposal.proposed_start_at,
        proposal.proposed_end_at,
        storable(proposal.comment),
        proposal.at,
    )
    return int(transaction.execute(_INSERT_COUNTER, parameters)[0][0])


def counter(transaction: Transaction, counter_id: int) -> tuple[int, CounterProposal] | None:
    """(meeting id, the proposal)."""
    rows = transaction.execute(_SELECT_COUNTER, (counter_id,))
    return (rows[0][10], _counter(rows[0])) if rows else None


def counters(transaction: Transaction, meeting_id: int) -> list[CounterProposal]:
    return [_counter(row) for row in transaction.execute(_SELECT_COUNTERS, (meeting_id,))]


def newest_counter(transaction: Transaction, meeting_id: int, attendee_id: int, recurrence_id: int) -> int:
    """DTSTAMP of the newest time that this person proposed; 0 when there is none."""
    return int(transaction.execute(_NEWEST_COUNTER, (meeting_id, attendee_id, recurrence_id))[0][0] or 0)


def decide_counter(transaction: Transaction, counter_id: int, state: ProposalState, at: int, by: str) -> bool:
    """Settle an open proposal; False when it is settled."""
    return bool(transaction.execute(_DECIDE_COUNTER, (state, at, by, counter_id)))


def add_deputy(
    transaction: Transaction,
    meeting_id: int,
    delegator_id: int,
    deputy: Guest,
    comment: str,
    via: str,
    other_agency: bool,
    at: int,
) -> int:
    """Keep a proposed deputy; returns its id."""
    guest = guest_text(deputy)
    parameters = (
        meeting_id,
        delegator_id,
        deputy.address,
        guest,
        storable(comment),
        via,
        int(other_agency),
        at,
    )
    return int(transaction.execute(_INSERT_DEPUTY, parameters)[0][0])


def deputy(transaction: Transaction, proposal_id: int) -> tuple[DeputyProposal, bool] | None:
    """(the proposal, whether a deputy of another agency was agreed to when it was made)."""
    rows = transaction.execute(_SELECT_DEPUTY, (proposal_id,))
    return (_deputy(rows[0]), bool(rows[0][12])) if rows else None


def deputies(transaction: Transaction, meeting_id: int) -> list[DeputyProposal]:
    return [_deputy(row) for row in transaction.execute(_SELECT_DEPUTIES, (meeting_id,))]


def deputies_of(transaction: Transaction, delegator_id: int) -> list[DeputyProposal]:
    """What this person proposed, oldest first."""
    return [_deputy(row) for row in transaction.execute(_SELECT_DEPUTIES_OF, (delegator_id,))]


def settle_deputy(transaction: Transaction, proposal_id: int, state: ProposalState, at: int, by: str) -> bool:
    """Settle an open proposal; False when it is settled."""
    return bool(transaction.execute(_SETTLE_DEPUTY, (state, at, by, proposal_id)))


def blank(transaction: Transaction, meeting_id: int) -> None:
    """The meeting became secret: what people wrote with their proposals goes."""
    transaction.execute(_BLANK_COUNTERS, (meeting_id,))
    transaction.execute(_BLANK_DEPUTIES, (meeting_id,))


def _counter(row: Row) -> CounterProposal:
    return CounterProposal(*row[:10])


def _deputy(row: Row) -> DeputyProposal:
    return DeputyProposal(*(*row[:3], read_guest(row[3]), *row[4:12]))
