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
from meetings.desk import refusals
from meetings.desk.numbering import Numbered, likeliest
from meetings.form.instances import as_is, find_instance
from meetings.form.participants import is_alone
from meetings.form.values import Instance
from meetings.meeting import Occurrence
from meetings.names import is_called
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


def one_person(transaction: Transaction, stored: StoredMeeting, who: str) -> StoredAttendee:
    """Whoever is invited and has this address, now or formerly, or is called so. Raises NothingFound; InputError for
    no address, and for the name of several."""
    if "@" in who:
        wanted = normalise(who)
        present = [one for one in attendees.answering(transaction, stored.id, [wanted]) if not one.attendee.removed]
        exactly = [one for one in present if one.attendee.guest.address == wanted]
        found = exactly or present
    else:
        wanted = who.strip()[:200]
        found = _called(transaction, stored, wanted)
    if not found:
        raise NothingFound(
            Text("{who} không có trong thành phần mời", "{who} is not invited").format(who=wanted),
            Text("xem: meetings show", "see: meetings show"),
        )
    return found[0]


def _called(transaction: Transaction, stored: StoredMeeting, word: str) -> list[StoredAttendee]:
    invited = [one for one in attendees.of_meeting(transaction, stored.id) if not one.attendee.removed]
    guests = [(one, one.attendee.guest) for one in invited]
    found = [one for one, guest in guests if is_called(word, guest.address, guest.name) or is_alone(word, guest)]
    if len(found) > 1:
        addresses = ", ".join(one.attendee.guest.address for one in found)
        raise InputError(
            Text("nhiều người được mời mang tên {who}", "several who are invited have the name {who}").format(who=word),
            Text("ghi địa chỉ thư: {addresses}", "write the address: {addresses}").format(addresses=addresses),
        )
    return found


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
    found = find_instance(text, stored.meeting, changed, cancelled=True)
    if isinstance(found, Problem):
        raise InputError(Text("không rõ buổi nào", "unclear which occurrence"), None, (found,))
    if not cancelled and as_is(found).status == "CANCELLED":
        raise refusals.occurrence_cancelled()
    return found


def open_counter(transaction: Transaction, stored: StoredMeeting, who: str) -> CounterProposal:
    """The proposed time with this id, or the last one of this person, that waits. Raises NothingFound."""
    listed = Text("xem: meetings counter list {who} --all", "see: meetings counter list {who} --all")
    found = proposals.counters(transaction, stored.id)
    return _open(found, who, lambda each: (each.address, each.name), listed.format(who=stored.uid))


def open_deputy(transaction: Transaction, stored: StoredMeeting, who: str) -> DeputyProposal:
    """The proposal with this id, or the last one of this person, that waits. Raises NothingFound."""
    listed = Text("xem: meetings deputy list {who}", "see: meetings deputy list {who}")
    found = proposals.deputies(transaction, stored.id)
    return _open(found, who, lambda each: (each.delegator_address, each.delegator_name), listed.format(who=stored.uid))


def _open(proposed: Sequence[T], who: str, person: Callable[[T], tuple[str, str]], hint: Text) -> T:
    waiting = [each for each in proposed if each.state == "open"]
    wanted = who.strip()
    found = [each for each in waiting if str(each.id) == wanted or is_called(wanted, *person(each))]
    if not found:
        told = Text("không có đề nghị nào của {who} đang chờ", "nothing of {who} waits").format(who=wanted[:200])
        raise NothingFound(told, hint)
    return found[-1]


def text_of(fields: dict[str, object], name: str) -> str:
    """A field of a question that must be text. Raises UsageError for what no command of ours sends."""
    found = fields.get(name, "")
    if not isinstance(found, str):
        raise UsageError(Text("trường {name} phải là chữ", "the field {name} must be text").format(name=name))
    return found
