"""What an edition says to whoever may read it, as variables for templates: mails and the letter on paper say the same.

Text is without controls, in both languages where words depend on it. Of a secret meeting the same names hold nothing:
its time and place are secret too. Nothing here knows a recipient.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from foundation.dates import long_date
from foundation.language import Text
from meetings.invitations.joining import places_for
from meetings.invitations.marks import clean, clean_line
from meetings.invitations.subjects import document_name
from meetings.invitations.wording import kind_text, local, moment_text, period, series, until, urgency_text
from meetings.itip.series import occurrences
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
        "answer_by": _wanted_by(meeting, at),
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


def _wanted_by(meeting: Meeting, at: datetime) -> Text | None:
    """The day to answer, unless it had passed already when this was made."""
    wanted = meeting.answer_by
    return moment_text(wanted, meeting.timezone) if wanted is not None and wanted > at else None


def exception_facts(occurrence: Occurrence, series: Meeting, guest: Guest | None) -> dict[str, Any]:
    """was, cancelled, when; moved: it begins at another time; until: where it only ends at another; places (of this
    guest; None: all), where they are others than those of the series."""
    now = occurrence.meeting
    moved = now.start != occurrence.recurrence_id
    as_usual = _lasts(now) == _lasts(series)
    here, usual = (place_names(places_for(each, guest)) for each in (now, series))
    return {
        "was": moment_text(occurrence.recurrence_id, now.timezone),
        "cancelled": now.status == "CANCELLED",
        "when": period(now.start, now.end, now.timezone),
        "moved": moved,
        "until": None if moved or as_usual else until(now.start, now.end, series.timezone),
        "places": here if here != usual else [],
    }


def from_first_held(series: Meeting, changed: Sequence[Occurrence]) -> Meeting:
    """The series at the time of its first occurrence that is not cancelled, as its letter says it."""
    cancelled = {each.recurrence_id for each in changed if each.meeting.status == "CANCELLED"}
    if series.start not in cancelled or not series.rrule:
        return series
    held = occurrences(series.rrule, series.start, series.end, limit=1, exdates=cancelled)
    return replace(series, start=held[0][0], end=held[0][1]) if held else series


def _lasts(meeting: Meeting) -> timedelta:
    """By the clock on the wall."""
    return meeting.end.replace(tzinfo=None) - meeting.start.replace(tzinfo=None)


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
