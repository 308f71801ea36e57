"""One meeting as `meetings show --json` has it: the keys of docs/answers.md, and more beside them. Pure.

Times are RFC 3339 in the timezone of the meeting.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from foundation.clock import from_microseconds
from foundation.storage import Transaction
from meetings.desk import views
from meetings.meeting import Meeting, Place
from meetings.store import occurrences
from meetings.store.mail_values import Incoming
from meetings.store.values import (
    WHOLE,
    CounterProposal,
    DeputyProposal,
    StoredMeeting,
    StoredOccurrence,
)
from meetings.store.view_values import PersonLine, SecretaryView

_DATE_AND_TIME = len("2026-12-01T08:00:00")


def show(transaction: Transaction, stored: StoredMeeting, recurrence_id: int = WHOLE, at: int = 0) -> dict[str, Any]:
    """The answer of `meetings show` without `schema_version` and `took_ms`; with `recurrence_id` as it is, and where
    everybody stands, for that occurrence. `at` is now, by which the next occurrence is told."""
    return as_json(views.view_of(transaction, stored, recurrence_id), recurrence_id, at)


def as_json(view: SecretaryView, recurrence_id: int = WHOLE, at: int = 0) -> dict[str, Any]:
    """The same from a view."""
    stored = view.stored
    zone = ZoneInfo(stored.meeting.timezone)
    named = [one for one in view.occurrences if one.recurrence_id == recurrence_id != WHOLE]
    own = named[0] if named else None
    meeting = occurrences.said_by(stored.meeting, own) if own else stored.meeting
    sequence = max(own.sequence, 0) if own else stored.sequence
    status = "CANCELLED" if stored.status == "CANCELLED" else meeting.status
    return {
        "uid": stored.uid,
        "sequence": sequence,
        "status": status,
        "number": meeting.number,
        "summary": meeting.summary,
        "start": meeting.start.isoformat(),
        "end": meeting.end.isoformat(),
        "timezone": meeting.timezone,
        "over": max(one.end_at for one in (named or view.occurrences)) <= at,
        "next": _next(view, zone, at) if own is None else None,
        **_letter(meeting, stored, recurrence_id, zone),
        "attendees": [_person(one, zone) for one in view.people if not one.removed],
        "removed": [{"address": one.address, "name": one.name} for one in view.people if one.removed],
        "occurrences": _occurrences(view.occurrences, stored, zone),
        "held": [_incoming(one, zone) for one in view.held],
        "ignored": [_incoming(one, zone) for one in view.ignored],
        "counters": [_counter(one, zone) for one in view.counters],
        "deputies": [_deputy(one, zone) for one in view.deputies],
        "totals": dict(view.totals),
        "warnings": _warnings(view.people),
    }


def _next(view: SecretaryView, zone: tzinfo, at: int) -> dict[str, Any] | None:
    """The occurrence of a series that takes place next; None of a meeting that is no series, and after the last."""
    coming = occurrences.next_among(view.occurrences, at) if view.stored.meeting.rrule else None
    if coming is None or view.stored.status == "CANCELLED":
        return None
    return {
        "instance": _at(coming.recurrence_id, zone),
        "start": _at(coming.start_at, zone),
        "end": _at(coming.end_at, zone),
    }


def _letter(meeting: Meeting, stored: StoredMeeting, recurrence_id: int, zone: tzinfo) -> dict[str, Any]:
    return {
        "instance": _at(recurrence_id or None, zone),
        "kind": meeting.kind,
        "replaces_letter": meeting.replaces_letter,
        "chair": meeting.chair,
        "chair_name": meeting.chair_name,
        "rrule": meeting.rrule,
        "places": [_place(place) for place in meeting.places],
        "content": meeting.content,
        "requirements": meeting.requirements,
        "papers": [{"title": paper.title, "url": paper.url} for paper in meeting.papers],
        "urgency": meeting.urgency,
        "urgent_reason": meeting.urgent_reason,
        "contact": {
            "name": meeting.contact.name,
            "telephone": meeting.contact.telephone,
            "address": meeting.contact.address,
        },
        "secretary": meeting.secretary,
        "answer_by": meeting.answer_by.isoformat() if meeting.answer_by else None,
        "full_list": meeting.full_list,
        "secret": meeting.secret,
        "created_at": _at(stored.created_at, zone),
        "created_by": stored.created_by,
    }


def _person(one: PersonLine, zone: tzinfo) -> dict[str, Any]:
    return {
        "address": one.address,
        "name": one.name,
        "role": one.role,
        "partstat": one.partstat,
        "answered_at": _at(one.answered_at, zone),
        "delegated_to": one.delegated_to or None,
        "delivery": one.delivery,
        "joined": _at(one.joined_at, zone),
        "id": one.id,
        "title": one.title,
        "agency": one.agency,
        "agency_name": one.agency_name,
        "telephone": one.telephone,
        "comment": one.comment,
        "answered_via": one.answered_via,
        "answered_from": one.answered_from,
        "trusted_by": one.trusted_by,
        "delegated_from": one.delegated_from or None,
        "delivery_text": one.delivery_text,
        "handed_over_at": _at(one.handed_over_at, zone),
        "possible_duplicate": one.possible_duplicate,
        "unreachable": one.unreachable,
        "answered_old_time": one.answered_old_time,
        "exceptions": [
            {"instance": _at(each.recurrence_id, zone), "partstat": each.partstat, "comment": each.comment}
            for each in one.apart
        ],
    }


def _occurrences(found: Sequence[StoredOccurrence], stored: StoredMeeting, zone: tzinfo) -> list[dict[str, Any]]:
    """Each time of a series; none of a meeting that is no series."""
    if not stored.meeting.rrule:
        return []
    return [
        {
            "instance": _at(one.recurrence_id, zone),
            "start": _at(one.start_at, zone),
            "end": _at(one.end_at, zone),
            "status": one.status,
            "sequence": one.sequence,
            "changed": one.override is not None,
            "summary": (one.override or stored.meeting).summary,
            "places": [place.name for place in (one.override or stored.meeting).places],
        }
        for one in found
    ]


def _incoming(one: Incoming, zone: tzinfo) -> dict[str, Any]:
    return {
        "message_id": one.message_id,
        "from": one.sender,
        "received_at": _at(one.received_at, zone),
        "reason": one.reason,
        "id": one.id,
        "subject": one.subject,
        "method": one.method,
        "partstat": one.partstat,
        "comment": one.comment,
        "decided": one.decided,
        "attendee": attendee_of(one),
        "account": one.account,
        "trusted_by": one.trust,
    }


def attendee_of(one: Incoming) -> dict[str, Any] | None:
    """For whom a mail answers; None when it names nobody."""
    return {"address": one.attendee, "name": one.attendee_name, "invited": one.invited} if one.attendee else None


def _counter(one: CounterProposal, zone: tzinfo) -> dict[str, Any]:
    return {
        "id": one.id,
        "address": one.address,
        "name": one.name,
        "instance": _at(one.recurrence_id or None, zone),
        "proposed_start": _at(one.proposed_start_at, zone),
        "proposed_end": _at(one.proposed_end_at, zone),
        "comment": one.comment,
        "at": _at(one.at, zone),
        "state": one.state,
    }


def _deputy(one: DeputyProposal, zone: tzinfo) -> dict[str, Any]:
    return {
        "id": one.id,
        "delegator": {"address": one.delegator_address, "name": one.delegator_name},
        "deputy": {"address": one.deputy.address, "name": one.deputy.name, "agency": one.deputy.agency},
        "comment": one.comment,
        "via": one.via,
        "state": one.state,
        "proposed_at": _at(one.at, zone),
        "decided_at": _at(one.decided_at, zone),
        "decided_by": one.decided_by,
    }


def _warnings(people: Sequence[PersonLine]) -> list[dict[str, str]]:
    """Codes, not sentences: whoever shows them has the words."""
    invited = [one for one in people if not one.removed]
    return [
        *({"code": "unreachable", "address": one.address} for one in invited if one.unreachable),
        *({"code": "answered_old_time", "address": one.address} for one in invited if one.answered_old_time),
        *(
            {"code": "not_delivered", "address": one.address}
            for one in invited
            if one.delivery in ("failed", "expired", "refused")
        ),
    ]


def _place(place: Place) -> dict[str, Any]:
    return {
        "name": place.name,
        "groups": list(place.groups),
        "url": place.url,
        "sip": place.sip,
        "h323": place.h323,
        "telephone": place.telephone,
        "pin": place.pin,
    }


def _at(instant: int | None, zone: tzinfo) -> str | None:
    if instant is None:
        return None
    seconds, fraction = divmod(instant, 1_000_000)
    date_and_time, offset = _second(seconds, zone)
    return f"{date_and_time}.{fraction:06d}{offset}" if fraction else date_and_time + offset


@lru_cache(maxsize=4096)
def _second(seconds: int, zone: tzinfo) -> tuple[str, str]:
    """(date and time, offset) of RFC 3339. Cached: ten thousand mails leave within a few seconds."""
    text = from_microseconds(seconds * 1_000_000).astimezone(zone).isoformat()
    return text[:_DATE_AND_TIME], text[_DATE_AND_TIME:]
