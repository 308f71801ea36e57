"""A mail client's calendar: what stands in it after the mails of one meeting came in, whatever our tables say.

It does what calendar programs do with REQUEST and CANCEL (RFC 5546 3.2.2, 3.2.5) and holds what it sees against
SEQUENCE: an edition that comes after a newer one is an error.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from typing import Any

import icalendar
import recurring_ical_events

Sitting = tuple[datetime, datetime, str]
"""(start, end) in UTC, and what it is called."""


class CalendarClient:
    """The calendar of one person, for one meeting."""

    def __init__(self) -> None:
        self._series: Any = None
        self._own: dict[datetime, Any] = {}
        self._sequence = 0

    def take(self, mail: bytes) -> None:
        """One more mail, in the order of arrival; mails without a calendar change nothing."""
        for part in message_from_bytes(mail).walk():
            if part.get_content_type() == "text/calendar":
                self._take(icalendar.Calendar.from_ical(part.get_payload(decode=True)))  # type: ignore[arg-type]

    def _take(self, calendar: Any) -> None:
        events = {_recurrence_of(event): event for event in calendar.walk("VEVENT")}
        sequence = max(int(event["SEQUENCE"]) for event in events.values())
        assert sequence >= self._sequence, "an older edition came after a newer one"
        self._sequence = sequence
        cancelled = calendar["METHOD"] == "CANCEL"
        if calendar["METHOD"] not in ("REQUEST", "CANCEL"):
            return
        if None in events:
            self._series, self._own = (None if cancelled else events[None]), {}
        for recurrence, event in events.items():
            if recurrence is not None:
                self._own[recurrence] = None if cancelled else event

    @property
    def sittings(self) -> set[Sitting]:
        """When the person has to be where."""
        found = {_sitting(event) for event in self._own.values() if event is not None}
        if self._series is None:
            return found
        calendar = icalendar.Calendar()
        calendar.add_component(self._series)
        every = recurring_ical_events.of(calendar).between(datetime(2026, 1, 1), datetime(2028, 1, 1))  # noqa: DTZ001
        return found | {_sitting(event) for event in every if event["DTSTART"].dt.astimezone(UTC) not in self._own}


def _recurrence_of(event: Any) -> datetime | None:
    return event["RECURRENCE-ID"].dt.astimezone(UTC) if "RECURRENCE-ID" in event else None


def _sitting(event: Any) -> Sitting:
    return event["DTSTART"].dt.astimezone(UTC), event["DTEND"].dt.astimezone(UTC), str(event["SUMMARY"])
