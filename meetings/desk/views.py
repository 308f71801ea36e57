"""What people see of meetings: the list, one meeting with everybody, personal pages, feeds, the week, who is busy.

Reading only; each function is one snapshot. `show` has exactly the keys of docs/answers.md, and more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from foundation.clock import microseconds
from foundation.storage import Transaction
from meetings.desk.answers import holds
from meetings.desk.for_whom import with_attendees
from meetings.form.clashes import place_keys
from meetings.form.values import Busy, BusyQuestion
from meetings.meeting import Attendee, Meeting, place_of
from meetings.store import answers, attendees, earlier_mail, incoming, lines, meetings, occurrences, proposals
from meetings.store.values import (
    WHOLE,
    Answer,
    StoredAttendee,
    StoredMeeting,
    StoredOccurrence,
)
from meetings.store.view_values import (
    FeedEvent,
    FeedView,
    Listed,
    PersonalView,
    PersonLine,
    SecretaryView,
    WeekOccurrence,
)

FEED_BACK_MICROSECONDS = 31 * 86_400_000_000
"""A feed keeps meetings for a month after their end, so that a calendar does not lose last week's."""


def listed(
    transaction: Transaction, start_at: int, end_at: int, *, cancelled: bool = False, at: int | None = None
) -> list[Listed]:
    """Meetings that sit between these instants, soonest first; `cancelled`: those that were cancelled too. A series
    stands where it sits next, seen from `at` (None: from `start_at`)."""
    found = [
        stored
        for stored in meetings.in_window(transaction, start_at, end_at)
        if cancelled or stored.status == "CONFIRMED"
    ]
    ids = [stored.id for stored in found]
    counted = lines.counts(transaction, ids)
    apart = lines.apart(transaction, [stored.id for stored in found if stored.meeting.rrule])
    coming = occurrences.next_of(transaction, ids, start_at if at is None else at)
    shown = [
        _listed(stored, counted.get(stored.id, {}), len(apart.get(stored.id, {})), coming.get(stored.id))
        for stored in found
    ]
    return sorted(shown, key=lambda one: (one.start_at if one.next_start_at is None else one.next_start_at, one.uid))


def people(transaction: Transaction, stored: StoredMeeting, recurrence_id: int = WHOLE) -> list[PersonLine]:
    """Everybody ever invited, and where they stand about the whole, or about one occurrence."""
    return lines.of_meeting(transaction, stored.id, recurrence_id)


def personal_view(transaction: Transaction, public_id: str, serial: int) -> PersonalView | None:
    """What the personal page shows; None when the link opens nothing (any more)."""
    person = attendees.by_public_id(transaction, public_id)
    if person is None or not holds(person, serial):
        return None
    stored = meetings.load(transaction, person.meeting_id)
    if stored is None or stored.meeting.secret:
        return None
    return _personal(transaction, stored, person)


def invited_addresses(transaction: Transaction, meeting_id: int) -> frozenset[str]:
    """The own addresses of all who are invited now: none of them can stand in for another."""
    everybody = attendees.of_meeting(transaction, meeting_id)
    return frozenset(one.attendee.guest.address for one in everybody if not one.attendee.removed)


def stored_of(transaction: Transaction, public_id: str) -> StoredMeeting | None:
    """The meeting of an attendee's links, whether they hold or not: to say whom to ask."""
    person = attendees.by_public_id(transaction, public_id)
    return meetings.load(transaction, person.meeting_id) if person is not None else None


def secretary_view(transaction: Transaction, public_id: str, serial: int) -> SecretaryView | None:
    """What the secretary's page shows; None when the link opens nothing (any more)."""
    stored = meetings.by_public_id(transaction, public_id)
    if stored is None or stored.link_serial != serial:
        return None
    return view_of(transaction, stored)


def view_of(transaction: Transaction, stored: StoredMeeting, recurrence_id: int = WHOLE) -> SecretaryView:
    """One meeting with everything about it, for the secretary's page and `meetings show`."""
    everybody = tuple(lines.of_meeting(transaction, stored.id, recurrence_id))
    if stored.meeting.rrule and recurrence_id == WHOLE:
        apart = lines.apart(transaction, [stored.id]).get(stored.id, {})
        everybody = tuple(one._replace(apart=apart[one.id]) if one.id in apart else one for one in everybody)
    return SecretaryView(
        stored=stored,
        people=everybody,
        occurrences=tuple(occurrences.of_meeting(transaction, stored.id)),
        held=tuple(with_attendees(transaction, incoming.held(transaction, stored.id))),
        ignored=tuple(with_attendees(transaction, incoming.ignored(transaction, stored.id))),
        counters=tuple(proposals.counters(transaction, stored.id)),
        deputies=tuple(proposals.deputies(transaction, stored.id)),
        totals=totals(everybody),
    )


def totals(everybody: Sequence[PersonLine]) -> dict[str, int]:
    """{partstat, delivery state, "invited", "joined": how many}, of those invited now. Pure."""
    invited = [one for one in everybody if not one.removed]
    counted: Counter[str] = Counter(one.partstat for one in invited)
    counted.update(one.delivery for one in invited)
    counted["invited"] = len(invited)
    counted["joined"] = sum(one.joined_at is not None for one in invited)
    return dict(counted)


def feed_view(transaction: Transaction, public_id: str, serial: int, now: int) -> FeedView | None:
    """A person's feed: all meetings they are invited to, cancelled ones too, without secret ones and without those
    where somebody stands in; None when the link opens nothing (any more)."""
    address = attendees.feed_owner(transaction, public_id, serial)
    if address is None:
        return None
    invited = {
        one.meeting_id: one
        for one in attendees.invited_as(transaction, address)
        if not one.attendee.removed and one.attendee.delegated_to is None
    }
    stored = meetings.load_many(transaction, list(invited))
    events = [
        _feed_event(transaction, meeting, invited[meeting.id].attendee)
        for meeting in stored.values()
        if not meeting.meeting.secret and occurrences.bounds(transaction, meeting.id)[1] > now - FEED_BACK_MICROSECONDS
    ]
    events.sort(key=lambda event: (event.meeting.start, event.meeting.uid))
    return FeedView(address, tuple(events), max((event.dtstamp for event in events), default=0))


def occurrences_between(transaction: Transaction, start_at: int, end_at: int) -> list[WeekOccurrence]:
    """Everything that sits between these instants, cancelled and secret ones too, with everybody invited to it, by its
    beginning: for the week."""
    found = occurrences.in_window(transaction, start_at, end_at)
    ids = [meeting_id for meeting_id, _ in found]
    stored = meetings.load_many(transaction, ids)
    everybody = attendees.of_meetings(transaction, ids)
    return [week_occurrence(stored[meeting_id], one, everybody.get(meeting_id, [])) for meeting_id, one in found]


def busy(transaction: Transaction, question: BusyQuestion) -> dict[str, list[Busy]]:
    """{key: its intervals} for the keys of `form.clashes.clash_keys`: who and which rooms are taken in that time.
    Whoever declined (the whole, or that occurrence), was removed, or sends somebody else is free."""
    start_at, end_at = microseconds(question.start), microseconds(question.end)
    found = [
        (meeting_id, one)
        for meeting_id, one in occurrences.in_window(transaction, start_at, end_at)
        if one.status == "CONFIRMED"
    ]
    stored = meetings.load_many(transaction, [meeting_id for meeting_id, _ in found])
    wanted = set(question.keys)
    people_of = attendees.coming(transaction, [key for key in question.keys if "@" in key], list(stored))
    own = {
        (attendee_id, each.recurrence_id): each.partstat
        for people_apart in lines.apart(transaction, list(stored)).values()
        for attendee_id, said in people_apart.items()
        for each in said
    }
    taken: dict[str, list[Busy]] = {}
    for meeting_id, one in found:
        meeting = occurrences.said_by(stored[meeting_id].meeting, one)
        interval = Busy(meeting.start, meeting.end, meeting.uid, meeting.summary)
        rooms = {key for place in meeting.places for key in place_keys(place)} & wanted
        present = (
            address
            for address, attendee_id, whole in people_of.get(meeting_id, ())
            if own.get((attendee_id, one.recurrence_id), whole) != "DECLINED"
        )
        for key in (*present, *sorted(rooms)):
            taken.setdefault(key, []).append(interval)
    return taken


def _personal(transaction: Transaction, stored: StoredMeeting, person: StoredAttendee) -> PersonalView:
    attendee = person.attendee
    others = attendees.load_many(transaction, [attendee.delegated_from])
    other = others.get(attendee.delegated_from) if attendee.delegated_from is not None else None
    proposed = proposals.deputies_of(transaction, attendee.id)
    own_counters = [one for one in proposals.counters(transaction, stored.id) if one.attendee_id == attendee.id]
    address = attendee.guest.address
    feed_id, feed_serial = attendees.feeds_of(transaction, [address]).get(address, ("", 0))
    return PersonalView(
        stored=stored,
        attendee=attendee,
        places=place_of(stored.meeting, attendee.guest),
        chair=_chair(transaction, stored),
        counterpart=other.attendee if other is not None else None,
        everybody=_everybody(transaction, stored),
        occurrences=tuple(occurrences.of_meeting(transaction, stored.id)),
        answers=tuple(answers.of_attendee(transaction, stored.id, attendee.id)),
        history=tuple(answers.history(transaction, attendee.id)),
        proposal=proposed[-1] if proposed else None,
        counters=tuple(own_counters),
        previous=_previous(transaction, stored, attendee),
        feed_id=feed_id,
        feed_serial=feed_serial,
    )


def _previous(transaction: Transaction, stored: StoredMeeting, attendee: Attendee) -> Meeting | None:
    """The edition that this person was told before the one they were told last; None when there was no other."""
    told = [
        one
        for one in earlier_mail.told(transaction, [attendee.id]).get(attendee.id, ())
        if one.recurrence_id == WHOLE and one.purpose in ("request", "delegation")
    ]
    earlier = [one.sequence for one in told if one.sequence < told[-1].sequence]
    found = meetings.edition(transaction, stored.id, earlier[-1]) if earlier else None
    return found if found != stored.meeting else None


def _chair(transaction: Transaction, stored: StoredMeeting) -> Attendee | None:
    chair = stored.meeting.chair
    found = attendees.answering(transaction, stored.id, [chair]) if chair else []
    own = [one.attendee for one in found if one.attendee.guest.role == "CHAIR" and not one.attendee.removed]
    return own[0] if own else None


def _everybody(transaction: Transaction, stored: StoredMeeting) -> tuple[Attendee, ...]:
    if not stored.meeting.full_list:
        return ()
    found = attendees.of_meeting(transaction, stored.id)
    return tuple(one.attendee for one in found if not one.attendee.removed)


def _feed_event(transaction: Transaction, stored: StoredMeeting, attendee: Attendee) -> FeedEvent:
    declined, apart = declined_in(answers.of_attendee(transaction, stored.id, attendee.id))
    shown = [
        one
        for one in occurrences.of_meeting(transaction, stored.id)
        if one.recurrence_id != WHOLE
        and (one.recurrence_id in apart or one.override is not None or one.status == "CANCELLED")
    ]
    return FeedEvent(
        meeting=stored.meeting,
        status=stored.status,
        sequence=stored.sequence,
        dtstamp=stored.last_dtstamp,
        attendee=attendee,
        chair=_chair(transaction, stored),
        occurrences=tuple(shown),
        declined=declined,
        apart=apart,
    )


def declined_in(given: Sequence[Answer]) -> tuple[bool, frozenset[int]]:
    """(whether somebody with these answers declined, the occurrences for which they said the opposite). Pure."""
    whole = any(one.partstat == "DECLINED" for one in given if one.recurrence_id == WHOLE)
    apart = {one.recurrence_id for one in given if (one.partstat == "DECLINED") != whole}
    return whole, frozenset(apart - {WHOLE})


def week_occurrence(
    stored: StoredMeeting, one: StoredOccurrence, everybody: Sequence[StoredAttendee]
) -> WeekOccurrence:
    """One sitting of a meeting, with everybody invited."""
    return WeekOccurrence(
        uid=stored.uid,
        recurrence_id=one.recurrence_id,
        start_at=one.start_at,
        end_at=one.end_at,
        status="CANCELLED" if stored.status == "CANCELLED" else one.status,
        sequence=max(one.sequence, stored.sequence),
        meeting=occurrences.said_by(stored.meeting, one),
        attendees=tuple(person.attendee for person in everybody if not person.attendee.removed),
        series=bool(stored.meeting.rrule),
    )


def _listed(stored: StoredMeeting, counted: dict[str, int], apart: int, coming: StoredOccurrence | None) -> Listed:
    meeting = stored.meeting
    return Listed(
        uid=stored.uid,
        number=meeting.number,
        kind=meeting.kind,
        summary=meeting.summary,
        start_at=microseconds(meeting.start),
        end_at=microseconds(meeting.end),
        timezone=meeting.timezone,
        status=stored.status,
        sequence=stored.sequence,
        rrule=meeting.rrule,
        secret=meeting.secret,
        attendees=sum(counted.values()),
        accepted=counted.get("ACCEPTED", 0),
        declined=counted.get("DECLINED", 0),
        unanswered=counted.get("NEEDS-ACTION", 0),
        tentative=counted.get("TENTATIVE", 0),
        delegated=counted.get("DELEGATED", 0),
        apart=apart,
        next_start_at=coming.start_at if coming else None,
        next_end_at=coming.end_at if coming else None,
        over=coming is None and stored.status == "CONFIRMED",
    )
