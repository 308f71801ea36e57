"""From one calendar object to what was answered: one `Answered` for each VEVENT, for the attendee whose answer it is.

Times of the meeting in an answer are never looked at (only RECURRENCE-ID, which names the occurrence): the organiser
knows them better, and clients get them wrong. `Unreadable` says that no sense can be made of it; `Unclear` that it
cannot be said for whom it answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, get_args

from meetings.meeting import PartStat
from meetings.replies import calendar_values as values
from meetings.replies.calendar_lines import Block, Found
from meetings.replies.calendar_values import Person, Zones
from meetings.replies.mime import TooLarge
from meetings.replies.values import Answered

_ANSWERS: Final[dict[str, PartStat]] = {word: word for word in get_args(PartStat)}
_NO_ANSWER: Final = ("", "NEEDS-ACTION")
_LIST: Final = 100
"""Attendees of one VEVENT that are looked at one by one, when the sender is not found by name among more."""
_LINES: Final = 1000
"""ATTENDEE lines that are parsed for one mail: two for each of as many occurrences as we read, and some."""
_LONGEST_PROPOSAL: Final = timedelta(days=31)


class Unreadable(Exception):
    """No sense can be made of this object."""


class Unclear(Exception):
    """Several attendees, and none of them is the sender."""


class Answers:
    """Reads objects for one mail: `sender` is the address of its From, `date` that of its Date field in UTC."""

    def __init__(self, sender: str, date: datetime | None, timezone: str) -> None:
        self._sender = sender
        self._date = date
        self._timezone = timezone
        self._parsed = 0

    def read(self, found: Found) -> tuple[str, tuple[Answered, ...]]:
        """The UID and the answers of an object with a METHOD that answers. Raises Unreadable, Unclear, TooLarge."""
        uids = {values.uid(event) for event in found.events}
        if len(uids) != 1 or uids == {""}:
            raise Unreadable
        zones = Zones(found.zones, self._timezone)
        answers = dict.fromkeys(self._answered(event, zones, found.method == "COUNTER") for event in found.events)
        return uids.pop(), tuple(answers)

    def _answered(self, event: Block, zones: Zones, is_counter: bool) -> Answered:
        who, others = self._principal(event.all("ATTENDEE"))
        start = values.instant(event.first("DTSTART"), zones) if is_counter else None
        deputy = who.delegated_to[0] if len(who.delegated_to) == 1 else ""
        return Answered(
            attendee=who.address,
            attendee_name=who.name,
            email_parameter=who.email,
            sent_by=who.sent_by,
            partstat=_ANSWERS.get(who.partstat, ""),
            comment=values.comment(event) or who.comment,
            sequence=values.sequence(event),
            dtstamp=values.instant(event.first("DTSTAMP"), Zones([], "UTC")) or self._date,
            recurrence_id=self._recurrence(event, zones),
            delegated_to=deputy,
            delegated_from=who.delegated_from[0] if len(who.delegated_from) == 1 else "",
            delegated_to_name=next((other.name for other in others if other.address == deputy), "") if deputy else "",
            proposed_start=start,
            proposed_end=_end(event, start, zones) if start else None,
        )

    def _recurrence(self, event: Block, zones: Zones) -> datetime | None:
        """Which occurrence; never None (the whole series) for one that is named but cannot be read."""
        line = event.first("RECURRENCE-ID")
        if not line:
            return None
        at = values.instant(line, zones)
        if at is None or "RANGE" in line.partition(":")[0].upper():
            raise Unreadable
        return at

    def _principal(self, lines: list[str]) -> tuple[Person, list[Person]]:
        """Whose answer it is, and the other attendees of the VEVENT that were read."""
        people = list(self._people(lines))
        if not people:
            if not self._sender:
                raise Unclear
            return Person(self._sender), []
        own = [each for each in people if self._sender and self._sender in (each.address, each.email, each.sent_by)]
        if len(people) > 1 and not own:
            own = _of_a_pair(people) or [each for each in people if each.partstat not in _NO_ANSWER]
        if len(people) == 1 or len({each.address for each in own}) == 1:
            who = (own or people)[0]
            return who, [each for each in people if each is not who]
        by_address = [each for each in own if each.address == self._sender]
        if not by_address:
            raise Unclear
        return by_address[0], [each for each in people if each is not by_address[0]]

    def _people(self, lines: list[str]) -> Iterator[Person]:
        """Of a long list only the lines that could be the sender's or of a delegation, if there are any."""
        if len(lines) > _LIST:
            sender = self._sender
            lines = [line for line in lines if (sender and sender in line.lower()) or "DELEGATED" in line.upper()]
        for line in lines[:_LIST]:
            self._parsed += 1
            if self._parsed > _LINES:
                raise TooLarge
            who = values.person(line)
            if who is not None:
                yield who


def _of_a_pair(people: list[Person]) -> list[Person]:
    """Of a delegation (RFC 5546 4.2.5) who speaks: the deputy once they answer, before that whoever sends them."""
    deputies = {(each.address, source): each for each in people for source in each.delegated_from}
    speaking = []
    for each in people:
        pairs = [deputies[to, each.address] for to in each.delegated_to if (to, each.address) in deputies]
        if each.partstat == "DELEGATED" and pairs:
            speaking += [deputy for deputy in pairs if deputy.partstat not in _NO_ANSWER] or [each]
    return speaking


def _end(event: Block, start: datetime, zones: Zones) -> datetime | None:
    end = values.instant(event.first("DTEND"), zones)
    span = values.duration(event.first("DURATION"))
    if end is None and span is not None:
        try:
            end = start + span
        except OverflowError:
            return None
    return end if end is not None and start < end <= start + _LONGEST_PROPOSAL else None
