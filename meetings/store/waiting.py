"""What waits for somebody's decision, over all meetings: mails, proposed times, deputies; and all mail that came in.

Each line comes with the UID and number of its meeting. Newest last; bounded, because nobody reads more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from foundation.storage import Row, Transaction
from meetings.meeting import Meeting
from meetings.store.as_json import read_guest, read_meeting
from meetings.store.incoming import incoming_of
from meetings.store.mail_values import Incoming
from meetings.store.values import CounterProposal, DeputyProposal

LONGEST_LIST: Final = 1000
"""As `incoming.LONGEST_LIST`."""

_INCOMING = """
SELECT incoming.id, message_id, sender, recipient, subject, received_at, verdict, reason, meeting_id, decided, method,
  account, trust, answers, meeting.uid, meeting.content
FROM incoming LEFT JOIN meeting ON meeting.id = incoming.meeting_id"""
_SELECT_HELD = f"{_INCOMING} WHERE verdict = 'held' AND decided = '' ORDER BY incoming.id DESC LIMIT ?"
_SELECT_ALL = f"{_INCOMING} WHERE recipient NOT LIKE ? ESCAPE '!' ORDER BY incoming.id DESC LIMIT ?"
_SELECT_OF = f"""{_INCOMING} WHERE incoming.meeting_id = ? AND recipient NOT LIKE ? ESCAPE '!'
ORDER BY incoming.id DESC LIMIT ?"""
_SELECT_ONE = f"{_INCOMING} WHERE incoming.id = ?"
_COUNTER = """
SELECT counter_proposal.id, attendee_id, recurrence_id, proposed_start_at, proposed_end_at, comment, at,
  counter_proposal.state, attendee.name, attendee.address, meeting.uid, meeting.content
FROM counter_proposal JOIN attendee ON attendee.id = counter_proposal.attendee_id
JOIN meeting ON meeting.id = counter_proposal.meeting_id"""
_SELECT_COUNTERS = f"{_COUNTER} WHERE counter_proposal.state = 'open' ORDER BY counter_proposal.id DESC LIMIT ?"
_SELECT_ALL_COUNTERS = f"{_COUNTER} ORDER BY counter_proposal.id DESC LIMIT ?"
_SELECT_COUNTERS_OF = f"{_COUNTER} WHERE counter_proposal.meeting_id = ? ORDER BY counter_proposal.id DESC LIMIT ?"
_DEPUTY = """
SELECT deputy_proposal.id, deputy_proposal.meeting_id, delegator_id, guest, comment, via, at, deputy_proposal.state,
  decided_at, decided_by, attendee.name, attendee.address, meeting.uid, meeting.content
FROM deputy_proposal JOIN attendee ON attendee.id = deputy_proposal.delegator_id
JOIN meeting ON meeting.id = deputy_proposal.meeting_id"""
_SELECT_DEPUTIES = f"{_DEPUTY} WHERE deputy_proposal.state = 'open' ORDER BY deputy_proposal.id DESC LIMIT ?"
_SELECT_ALL_DEPUTIES = f"{_DEPUTY} ORDER BY deputy_proposal.id DESC LIMIT ?"
_SELECT_DEPUTIES_OF = f"{_DEPUTY} WHERE deputy_proposal.meeting_id = ? ORDER BY deputy_proposal.id DESC LIMIT ?"


@dataclass(frozen=True, slots=True)
class Bearing:
    """Of which meeting a line is; `meeting` is None for a mail that is of none."""

    uid: str
    meeting: Meeting | None


def incoming(
    transaction: Transaction, meeting_id: int | None = None, everything: bool = False, but_to: str = ""
) -> list[tuple[Incoming, Bearing]]:
    """Mails that wait; `everything`: all that came in, but those to the address `but_to` and its details (that of the
    delivery reports). Of one meeting, or of all."""
    without = _with_details(but_to)
    if meeting_id is not None:
        rows = transaction.execute(_SELECT_OF, (meeting_id, without, LONGEST_LIST))
    elif everything:
        rows = transaction.execute(_SELECT_ALL, (without, LONGEST_LIST))
    else:
        rows = transaction.execute(_SELECT_HELD, (LONGEST_LIST,))
    found = [(incoming_of(row), _bearing(row)) for row in reversed(rows)]
    return [pair for pair in found if everything or (pair[0].verdict == "held" and not pair[0].decided)]


def _with_details(address: str) -> str:
    """A pattern for LIKE of the address with any detail; of no address one that nothing is like."""
    local, _, domain = address.rpartition("@")
    if not local:
        return "-"
    for sign in "!%_":
        local, domain = local.replace(sign, "!" + sign), domain.replace(sign, "!" + sign)
    return f"{local}+%@{domain}"


def one_incoming(transaction: Transaction, incoming_id: int) -> tuple[Incoming, Bearing] | None:
    """One mail, whatever became of it."""
    rows = transaction.execute(_SELECT_ONE, (incoming_id,))
    return (incoming_of(rows[0]), _bearing(rows[0])) if rows else None


def counters(
    transaction: Transaction, meeting_id: int | None = None, everything: bool = False
) -> list[tuple[CounterProposal, Bearing]]:
    """Proposed times that wait for an answer; `everything`: answered ones too."""
    if meeting_id is not None:
        rows = transaction.execute(_SELECT_COUNTERS_OF, (meeting_id, LONGEST_LIST))
    else:
        rows = transaction.execute(_SELECT_ALL_COUNTERS if everything else _SELECT_COUNTERS, (LONGEST_LIST,))
    found = [(CounterProposal(*row[:10]), _bearing(row)) for row in reversed(rows)]
    return [pair for pair in found if everything or pair[0].state == "open"]


def deputies(
    transaction: Transaction, meeting_id: int | None = None, everything: bool = False
) -> list[tuple[DeputyProposal, Bearing]]:
    """Deputies that wait for consent; `everything`: decided ones too."""
    if meeting_id is not None:
        rows = transaction.execute(_SELECT_DEPUTIES_OF, (meeting_id, LONGEST_LIST))
    else:
        rows = transaction.execute(_SELECT_ALL_DEPUTIES if everything else _SELECT_DEPUTIES, (LONGEST_LIST,))
    found = [(_deputy(row), _bearing(row)) for row in reversed(rows)]
    return [pair for pair in found if everything or pair[0].state == "open"]


def _bearing(row: Row) -> Bearing:
    return Bearing(row[-2] or "", read_meeting(row[-1]) if row[-1] else None)


def _deputy(row: Row) -> DeputyProposal:
    return DeputyProposal(*(*row[:3], read_guest(row[3]), *row[4:12]))
