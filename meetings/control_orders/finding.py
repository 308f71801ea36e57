"""Which meeting, person, proposal or occurrence an order means. Nothing is changed.

A meeting is named by its UID or number, a person by any of their addresses, an occurrence by when it was to begin.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from foundation.addresses import normalise
from foundation.clock import from_microseconds, now_microseconds
from foundation.errors import InputError, Problem, UsageError
from foundation.language import Text
from foundation.storage import Transaction
from meetings.control_orders.nothing_found import NothingFound
from meetings.desk.numbering import Numbered, likeliest
from meetings.form.instances import find_instance
from meetings.form.values import Instance
from meetings.meeting import Occurrence
from meetings.store import attendees, meetings, occurrences, proposals
from meetings.store.values import CounterProposal, DeputyProposal, StoredAttendee, StoredMeeting
from meetings.terms import STANDINGS

T = TypeVar("T", CounterProposal, DeputyProposal)


def one_meeting(transaction: Transaction, who: str) -> StoredMeeting:
    """The meeting of this UID or number; one that is still to come before past ones, these before cancelled ones.
    Raises NothingFound; InputError with all candidates when several remain."""
    found = meetings.find(transaction, who)
    if not found:
        raise NothingFound(Text("không có cuộc họp {who}", "there is no meeting {who}").format(who=who[:200]))
    if len(found) == 1:
        return found[0]
    likely = likeliest(transaction, found, now_microseconds())
    if len(likely) > 1:
        raise InputError(
            Text("nhiều cuộc họp mang số {who}", "several meetings have the number {who}").format(who=who[:200]),
            Text("nêu UID thay cho số", "name the UID instead of the number"),
            tuple(_question(each) for each in likely),
            tuple(_candidate(each) for each in likely),
        )
    return likely[0].stored


def _question(found: Numbered) -> Problem:
    meeting, standing = found.stored.meeting, STANDINGS[found.standing]
    told = Text("có phải “{summary}”, {start} ({standing})?", "is it “{summary}”, {start} ({standing})?")
    start = f"{meeting.start:%H:%M %d/%m/%Y}"
    return Problem("question", told.format(summary=meeting.summary, start=start, standing=standing), value=found.uid)


def _candidate(found: Numbered) -> dict[str, Any]:
    meeting = found.stored.meeting
    return {
        "uid": found.stored.uid,
        "status": found.stored.status,
        "over": found.standing == "OVER",
        "start": meeting.start.isoformat(),
        "end": meeting.end.isoformat(),
        "timezone": meeting.timezone,
        "summary": meeting.summary,
    }


def one_person(transaction: Transaction, stored: StoredMeeting, address: str) -> StoredAttendee:
    """Whoever is invited and has this address, now or formerly. Raises NothingFound, InputError for no address."""
    wanted = normalise(address)
    present = [one for one in attendees.answering(transaction, stored.id, [wanted]) if not one.attendee.removed]
    exactly = [one for one in present if one.attendee.guest.address == wanted]
    found = exactly or present
    if not found:
        raise NothingFound(
            Text("{who} không có trong thành phần mời", "{who} is not invited").format(who=wanted),
            Text("xem: meetings show", "see: meetings show"),
        )
    return found[0]


def one_instance(
    transaction: Transaction, stored: StoredMeeting, text: str, *, cancelled: bool = False
) -> Instance | None:
    """The occurrence that a text means, None for an empty one; with `cancelled` also one that does not take place.
    Raises InputError."""
    if not text.strip():
        return None
    changed = [
        Occurrence(from_microseconds(each.recurrence_id), occurrences.said_by(stored.meeting, each))
        for each in occurrences.changed_of(transaction, stored.id)
    ]
    found = find_instance(text, stored.meeting, changed, cancelled=cancelled)
    if isinstance(found, Problem):
        raise InputError(Text("không rõ buổi nào", "unclear which occurrence"), None, (found,))
    return found


def open_counter(transaction: Transaction, stored: StoredMeeting, who: str) -> CounterProposal:
    """The proposed time with this id, or the last one of this person, that waits. Raises NothingFound."""
    return _open(proposals.counters(transaction, stored.id), who, lambda found: found.address)


def open_deputy(transaction: Transaction, stored: StoredMeeting, who: str) -> DeputyProposal:
    """The proposal with this id, or the last one of this person, that waits. Raises NothingFound."""
    return _open(proposals.deputies(transaction, stored.id), who, lambda found: found.delegator_address)


def _open(proposed: Sequence[T], who: str, address_of: Callable[[T], str]) -> T:
    waiting = [each for each in proposed if each.state == "open"]
    wanted = who.strip()
    found = [each for each in waiting if str(each.id) == wanted or address_of(each).lower() == wanted.lower()]
    if not found:
        raise NothingFound(
            Text("không có đề nghị nào của {who} đang chờ", "nothing of {who} waits").format(who=wanted[:200])
        )
    return found[-1]


def text_of(fields: dict[str, object], name: str) -> str:
    """A field of a question that must be text. Raises UsageError for what no command of ours sends."""
    found = fields.get(name, "")
    if not isinstance(found, str):
        raise UsageError(Text("trường {name} phải là chữ", "the field {name} must be text").format(name=name))
    return found
