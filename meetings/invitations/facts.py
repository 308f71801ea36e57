"""The variables of the templates: what a letter says, in both languages where words depend on it.

Personal values are marks (see `marks`); everything else is text without controls. The lists here are the contract with
whoever overrides a template: variables may be added, none renamed. Of a secret meeting nothing is said but whom to ask.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from meetings.invitations.changes import changes
from meetings.invitations.edition import contact_facts, edition_facts, exception_facts, from_first_held
from meetings.invitations.joining import JOIN_LABEL, Way, places_of, ways
from meetings.invitations.letters import Letter
from meetings.invitations.marks import clean_line, mark
from meetings.invitations.particulars import PARTICULARS
from meetings.invitations.subjects import subject
from meetings.meeting import Attendee, Meeting

PERSONAL: Final = (
    "recipient_name",
    "recipient_title",
    "recipient_agency",
    "recipient_address",
    "page_url",
    "join_url",
    "feed_url",
    "secretary_url",
)
"""Every value that may differ between two recipients of the same edition at the same place."""


def personal_values(letter: Letter) -> dict[str, str]:
    """The personal values that this letter has; a missing one is absent."""
    guest = letter.recipient.guest if letter.recipient else None
    values = {
        "recipient_name": guest.name or letter.recipient_address if guest else "",
        "recipient_title": guest.title if guest else "",
        "recipient_agency": guest.agency_name if guest else "",
        "recipient_address": letter.recipient_address,
        "page_url": letter.page_url,
        "join_url": letter.join_url,
        "feed_url": letter.feed_url,
        "secretary_url": letter.secretary_url,
    }
    return {name: shown for name, value in values.items() if (shown := clean_line(value))}


def shown_meeting(letter: Letter) -> Meeting:
    """What the letter is about: the lone occurrence, or the meeting."""
    return letter.occurrences[0].meeting if letter.lone and letter.occurrences else letter.meeting


def facts(letter: Letter, present: frozenset[str]) -> dict[str, Any]:
    """The variables of this letter's templates; `present` names the personal values that it has.

    Each template gets one more, `beside`: true where it stands below the same text in the letter's own language, so
    that it need not repeat what has no language.
    """
    known = _address(letter, present)
    if letter.purpose == "week":
        return known | PARTICULARS[letter.purpose](letter)
    if letter.purpose == "neutral":
        return known | {"contact": contact_facts(letter.meeting)} | PARTICULARS[letter.purpose](letter)
    return known | _meeting(letter, present) | _PARTICULAR[letter.purpose](letter)


def _address(letter: Letter, present: frozenset[str]) -> dict[str, Any]:
    """Who writes to whom, and the links."""
    marks = {name: mark(name) if name in present else "" for name in PERSONAL}
    recipient = {name: marks[f"recipient_{name}"] for name in ("name", "title", "agency", "address")}
    return {
        "subject": subject(letter),
        "organisation": clean_line(letter.organisation or letter.organiser_name),
        "organiser": clean_line(letter.organiser_name),
        "recipient": recipient,
        "page_url": marks["page_url"],
        "feed_url": marks["feed_url"],
        "secretary_url": marks["secretary_url"],
    }


def _meeting(letter: Letter, present: frozenset[str]) -> dict[str, Any]:
    meeting = shown_meeting(letter)
    places = places_of(letter, meeting)
    join_url = mark("join_url") if "join_url" in present else ""
    return edition_facts(_as_mailed(letter, meeting), places, letter.made or letter.at) | {
        "secret": meeting.secret,
        "lone": letter.lone,
        "ways": [] if is_delegator(letter) else [_way(way) for way in ways(meeting, places, letter.room, join_url)],
    }


def _as_mailed(letter: Letter, meeting: Meeting) -> Meeting:
    """Without a day to answer that had passed when the mail was promised: nobody is asked to answer before yesterday.
    Of a series it begins with the first occurrence that is held."""
    if is_answer_by_over(letter):
        meeting = replace(meeting, answer_by=None)
    return meeting if letter.lone else from_first_held(meeting, letter.occurrences)


def is_answer_by_over(letter: Letter) -> bool:
    """Whether the day to answer had passed when the mail was promised."""
    wanted = shown_meeting(letter).answer_by
    return wanted is not None and wanted <= letter.at


def _invitation(letter: Letter) -> dict[str, Any]:
    meeting = shown_meeting(letter)
    guest = letter.recipient.guest if letter.recipient else None
    found = changes(_previous(letter), meeting, guest)
    again = bool(letter.details.get("again"))
    return {
        "what": _what(letter),
        "changed": letter.purpose == "request" and letter.previous is not None and not again,
        "old_time": again and bool(letter.details.get("old_time")),
        "whole_series": bool(meeting.rrule),
        "may_delegate": letter.may_delegate,
        "changes": [{"label": each.label, "old": each.old, "new": each.new} for each in found],
        "exceptions": [] if letter.lone else [exception_facts(each, meeting, guest) for each in letter.occurrences],
        "counterpart": _person(letter.counterpart) if letter.counterpart else None,
        "everybody": [_listed(attendee) for attendee in letter.everybody],
        "reason": clean_line(str(letter.details.get("reason") or "")) if letter.previous else "",
    }


def _previous(letter: Letter) -> Meeting | None:
    """What was shown before; of an occurrence that was never changed, what the series says of it."""
    previous = letter.previous
    if previous is None or not (letter.lone and previous.rrule):
        return previous
    start = letter.occurrences[0].recurrence_id
    return replace(previous, rrule="", start=start, end=start + (previous.end - previous.start))


def _what(letter: Letter) -> str:
    """deputy: you stand in; delegator: somebody stands in for you; changed; again; new."""
    if is_delegator(letter):
        return "delegator"
    if letter.purpose == "delegation" and letter.counterpart:
        return "deputy"
    if letter.details.get("again"):
        return "again"
    return "new" if letter.previous is None else "changed"


def is_deputy(attendee: Attendee, other: Attendee) -> bool:
    """Whether `attendee` stands in for `other`."""
    return attendee.delegated_from == other.id or (attendee.delegated_from is not None and other.delegated_from is None)


def is_delegator(letter: Letter) -> bool:
    """Whether the letter tells its recipient that somebody else goes, or what becomes of the meeting to which they go:
    it invites nobody, and opens no room."""
    recipient, other = letter.recipient, letter.counterpart
    if letter.purpose not in ("request", "delegation") or recipient is None or other is None:
        return False
    return not is_deputy(recipient, other)


_PARTICULAR: Final = {"request": _invitation, "delegation": _invitation, **PARTICULARS}


def _person(attendee: Attendee) -> dict[str, str]:
    guest = attendee.guest
    return {
        "name": clean_line(guest.name or guest.address),
        "title": clean_line(guest.title),
        "agency": clean_line(guest.agency_name),
    }


def _listed(attendee: Attendee) -> str:
    person = _person(attendee)
    return ", ".join(part for part in (person["name"], person["title"], person["agency"]) if part)


def _way(way: Way) -> dict[str, Any]:
    is_link = way.label == JOIN_LABEL
    return {"label": way.label, "shown": way.shown, "uri": way.uri, "pin": way.pin, "is_link": is_link}
