"""What an edition says to whoever may read it, as variables for templates: mails and the letter on paper say the same.

Text is without controls, in both languages where words depend on it. Of a secret meeting the same names hold nothing:
its time and place are secret too. Nothing here knows a recipient.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from foundation.dates import long_date
from meetings.invitations.joining import places_for
from meetings.invitations.marks import clean, clean_line
from meetings.invitations.subjects import document_name
from meetings.invitations.wording import kind_text, local, moment_text, period, series, urgency_text
from meetings.meeting import Guest, Meeting, Occurrence, Paper, Place

_DOCUMENT: Final = ("kind", "kind_en", "number", "name", "name_en")


def edition_facts(meeting: Meeting, places: Iterable[Place], at: datetime) -> dict[str, Any]:
    """The edition for somebody who meets at these places; `at` gives the date of the document."""
    date = long_date(local(at, meeting.timezone))
    if meeting.secret:
        return _of_secret(meeting) | {"document": dict.fromkeys(_DOCUMENT, "") | {"date": date}}
    return {
        "document": {
            "kind": clean_line(meeting.kind),
            "number": clean_line(meeting.number),
            "name": document_name(meeting),
            "kind_en": kind_text(meeting).en,
            "name_en": clean_line(f"{kind_text(meeting).en} {meeting.number}"),
            "date": date,
        },
        "summary": clean_line(meeting.summary),
        "content": lines_of(meeting.content),
        "requirements": lines_of(meeting.requirements),
        "when": period(meeting.start, meeting.end, meeting.timezone),
        "repeats": series(meeting.rrule, meeting.timezone) if meeting.rrule else None,
        "chair": clean_line(meeting.chair_name or meeting.chair),
        "places": place_names(places),
        "papers": [_paper(paper) for paper in meeting.papers],
        "contact": contact_facts(meeting),
        "answer_by": moment_text(meeting.answer_by, meeting.timezone) if meeting.answer_by else None,
        "urgency": clean_line(meeting.urgency),
        "urgency_en": urgency_text(meeting).en,
        "urgent_reason": clean_line(meeting.urgent_reason),
    }


def _of_secret(meeting: Meeting) -> dict[str, Any]:
    return {
        "summary": "",
        "content": [],
        "requirements": [],
        "when": None,
        "repeats": None,
        "chair": "",
        "places": [],
        "papers": [],
        "contact": contact_facts(meeting),
        "answer_by": None,
        "urgency": "",
        "urgency_en": "",
        "urgent_reason": "",
    }


def exception_facts(occurrence: Occurrence, guest: Guest | None) -> dict[str, Any]:
    """was, cancelled, when, places (of this guest; None: all)."""
    now = occurrence.meeting
    return {
        "was": moment_text(occurrence.recurrence_id, now.timezone),
        "cancelled": now.status == "CANCELLED",
        "when": period(now.start, now.end, now.timezone),
        "places": place_names(places_for(now, guest)),
    }


def contact_facts(meeting: Meeting) -> dict[str, str]:
    """name, telephone, address; each may be empty."""
    contact = meeting.contact
    return {
        "name": clean_line(contact.name),
        "telephone": clean_line(contact.telephone),
        "address": clean_line(contact.address),
    }


def place_names(places: Iterable[Place]) -> list[str]:
    """Those that have one."""
    return [name for place in places if (name := clean_line(place.name))]


def lines_of(text: str) -> list[str]:
    """The lines of a longer text that say something."""
    return [line for each in clean(text).split("\n") if (line := clean_line(each))]


def _paper(paper: Paper) -> dict[str, str]:
    """title, url: only an address of the web becomes a link to press."""
    shown = clean_line(paper.url)
    is_link = shown.lower().startswith(("https://", "http://"))
    return {"title": clean_line(paper.title) or shown, "url": shown if is_link else ""}
