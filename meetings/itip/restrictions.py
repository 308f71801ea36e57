"""Judges a finished iTIP object before it leaves: the tables of RFC 5546 3.2 and the rules that clients taught us.

It reads the bytes themselves (`strict_reading.py`) and trusts nobody who wrote them. How often a property may stand is
data (`restriction_tables.py`), what one property must be like is in `value_rules.py`; here is what ties them together:
one METHOD, one UID, times and their VTIMEZONE, a series and its exceptions, who invites whom.

A violation is a bug of ours and never the fault of a recipient: the caller does not send. Answers are English sentences
for the log; they quote no more than forty characters of anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from foundation.addresses import without_detail
from meetings.itip.objects import METHODS, Conference, Method, Personal
from meetings.itip.restriction_tables import (
    ALARMS,
    CALENDAR_PROPERTIES,
    EVENT_PROPERTIES,
    EVENTS,
    EXTENSIONS,
    FEED_PROPERTIES,
    NONE,
    OUR_PROPERTIES,
    STATUSES,
    TIMEZONE_RULE_PROPERTIES,
    Bounds,
)
from meetings.itip.series import check_rrule, normal_rrule
from meetings.itip.spelling import mailto, uri
from meetings.itip.strict_reading import Component, Line, read_object
from meetings.itip.timezone import zone_of
from meetings.itip.value_rules import instant, wrong_values

_TIMES: Final = ("DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE")
_SECTIONS: Final[dict[Method, str]] = {
    "PUBLISH": "3.2.1",
    "REQUEST": "3.2.2",
    "CANCEL": "3.2.5",
    "DECLINECOUNTER": "3.2.8",
}


def violations(data: bytes) -> tuple[str, ...]:
    """Everything that is wrong with this object, as sentences; empty when it may leave."""
    root, wrong = read_object(data)
    if root is None:
        return tuple(wrong)
    method = root.value("METHOD")
    if method not in METHODS:
        return (f"METHOD is {method[:40] or 'missing'}, not one of {', '.join(METHODS)}",)
    return tuple(_object_violations(root, method))


def personal_violations(personal: Personal) -> tuple[str, ...]:
    """What `violations` would find in the personal lines of a skeleton whose first filled object was found right: the
    cheap check for the other thousands. The lines themselves are spelled right by construction."""
    wrong = list(_crowd([mailto(party.address) for party in personal.attendees], mailto(personal.organizer.address)))
    lines = [
        *([Line("URL", {}, uri(personal.url))] if personal.url else []),
        *(_conference_line(conference) for conference in personal.conferences),
    ]
    for line in lines:
        wrong.extend(wrong_values(line))
    return tuple(wrong)


def _conference_line(conference: Conference) -> Line:
    return Line("CONFERENCE", {"VALUE": ("URI",), "FEATURE": conference.features}, uri(conference.uri))


def _object_violations(root: Component, method: Method) -> Iterator[str]:
    events = root.named("VEVENT")
    allowed = {**CALENDAR_PROPERTIES, **(FEED_PROPERTIES if method == "PUBLISH" else {})}
    yield from _wrong_counts("VCALENDAR", root.lines, allowed, "3.2")
    if root.value("VERSION") != "2.0" or root.value("CALSCALE") not in {"", "GREGORIAN"}:
        yield "VERSION is not 2.0, or CALSCALE is not GREGORIAN"
    for component in root.components:
        if component.name not in {"VEVENT", "VTIMEZONE"}:
            yield f"{component.name[:40]} may not stand in a {method} (RFC 5546 {_SECTIONS[method]})"
    yield from _bounds(f"VEVENT in a {method}", len(events), EVENTS[method], _SECTIONS[method])
    for number, event in enumerate(events, 1):
        for sentence in _event_violations(event, method):
            yield f"VEVENT {number}: {sentence}"
    yield from _timezone_violations(root, events)
    yield from _meeting_violations(events, method)


def _wrong_counts(
    where: str, lines: Mapping[str, Sequence[Line]], allowed: Mapping[str, Bounds], section: str
) -> Iterator[str]:
    """Properties that stand too often, too seldom, or not among those allowed."""
    for name, bounds in allowed.items():
        yield from _bounds(f"{name} in {where}", len(lines.get(name, ())), bounds, section)
    for name in sorted(lines.keys() - allowed.keys()):
        yield f"{name[:40]} in {where} is not allowed (RFC 5546 {section})"


def _bounds(what: str, count: int, bounds: Bounds, section: str) -> Iterator[str]:
    least, most = bounds
    if not least <= count <= most:
        wanted = "none" if bounds == NONE else f"{least} to {most}" if least != most else str(least)
        yield f"{what}: {count}, wanted {wanted} (RFC 5546 {section})"


def _event_violations(event: Component, method: Method) -> Iterator[str]:
    """One VEVENT by itself."""
    extensions = {} if method == "DECLINECOUNTER" else EXTENSIONS
    allowed = {**EVENT_PROPERTIES[method], **extensions, **OUR_PROPERTIES[method]}
    yield from _wrong_counts("VEVENT", event.lines, allowed, _SECTIONS[method])
    for lines in event.lines.values():
        for line in lines:
            yield from wrong_values(line)
    yield from _bounds("VALARM in VEVENT", len(event.named("VALARM")), ALARMS[method], _SECTIONS[method])
    if len(event.components) > len(event.named("VALARM")):
        yield "a component other than VALARM stands in it"
    status = event.value("STATUS")
    if "STATUS" in event.lines and status not in STATUSES[method]:
        yield f"STATUS is {status[:40]} in a {method} (RFC 5546 {_SECTIONS[method]})"
    appointment = event.value("X-MICROSOFT-CDO-APPT-SEQUENCE")
    if appointment not in {"", event.value("SEQUENCE")}:
        yield "X-MICROSOFT-CDO-APPT-SEQUENCE is not SEQUENCE"
    yield from _wrong_times(event)
    yield from _crowd([line.value for line in event.lines.get("ATTENDEE", ())], event.value("ORGANIZER"))
    if method == "REQUEST":
        yield from _wrong_pairs(event.lines.get("ATTENDEE", ()))


def _wrong_times(event: Component) -> Iterator[str]:
    """All times of an event in one form; its end after its start; its rule one that every client repeats."""
    lines = [line for name in _TIMES for line in event.lines.get(name, ())]
    if len({line.parameter("TZID") for line in lines}) > 1:
        yield "DTSTART, DTEND, RECURRENCE-ID and EXDATE are not in one timezone (RFC 5545 3.8.4.4)"
    start, end = instant(event.value("DTSTART")), instant(event.value("DTEND"))
    comparable = start is not None and end is not None and (start.tzinfo is None) == (end.tzinfo is None)
    if start is None or end is None or not comparable:
        return
    if end <= start:
        yield "DTEND is not after DTSTART (RFC 5545 3.8.2.2)"
    if "EXDATE" in event.lines and "RRULE" not in event.lines:
        yield "EXDATE without RRULE"
    zone = event.lines["DTSTART"][0].parameter("TZID")
    for rule in event.lines.get("RRULE", ()):
        if not zone:
            yield "a series in UTC: its weekdays would shift (RFC 5545 3.8.5.3)"
        else:
            yield from _rule_violations(rule.value, event.value("DTSTART"), event.value("DTEND"), zone)


@lru_cache(maxsize=64)
def _rule_violations(rule: str, start: str, end: str, zone: str) -> tuple[str, ...]:
    """The rule of a series; one answer for all recipients of an edition."""
    begins, ends = instant(start), instant(end)
    try:
        where = zone_of(zone)
    except ValueError:
        return ("RRULE in a timezone that nobody knows",)
    if begins is None or ends is None:
        return ()
    begins, ends = begins.replace(tzinfo=where), ends.replace(tzinfo=where)
    wrong = tuple(problem.message.en for problem in check_rrule(rule, begins, ends) if problem.stops)
    if not wrong and rule != normal_rrule(rule, begins):
        return ("RRULE is not in its normal form (UNTIL in UTC, days named)",)
    return wrong


def _crowd(attendees: Sequence[str], organizer: str) -> Iterator[str]:
    """Nobody twice, and the organiser does not invite itself (Outlook: "no response required")."""
    addresses = [attendee.lower() for attendee in attendees]
    if len(set(addresses)) < len(addresses):
        yield "an ATTENDEE stands there twice"
    if not {organizer.lower(), without_detail(organizer.lower())}.isdisjoint(addresses):
        yield "the ORGANIZER is an ATTENDEE"


def _wrong_pairs(attendees: Sequence[Line]) -> Iterator[str]:
    """Delegation names both sides, each naming the other (RFC 5546 4.2.5)."""
    by_address = {attendee.value.lower(): attendee for attendee in attendees}
    for attendee in attendees:
        for ours, theirs in (("DELEGATED-TO", "DELEGATED-FROM"), ("DELEGATED-FROM", "DELEGATED-TO")):
            if ours not in attendee.parameters:
                continue
            other = by_address.get(attendee.parameter(ours).lower())
            if other is None or other.parameter(theirs).lower() != attendee.value.lower():
                yield f"{ours} without the other side of the pair (RFC 5546 4.2.5)"


def _timezone_violations(root: Component, events: Sequence[Component]) -> Iterator[str]:
    """Each zone that is spoken of has one VTIMEZONE of one rule of a kind, and no other stands there."""
    named = {
        line.parameter("TZID")
        for event in events
        for name in _TIMES
        for line in event.lines.get(name, ())
        if "TZID" in line.parameters
    }
    defined = [zone.value("TZID") for zone in root.named("VTIMEZONE")]
    if len(set(defined)) < len(defined):
        yield "a VTIMEZONE stands there twice"
    for missing in sorted(named - set(defined)):
        yield f"no VTIMEZONE for {missing[:40]} (RFC 5546 3.2)"
    if events and set(defined) - named:
        yield "a VTIMEZONE that nothing speaks of"
    for zone in root.named("VTIMEZONE"):
        yield from _wrong_zone(zone)


def _wrong_zone(zone: Component) -> Iterator[str]:
    yield from _wrong_counts("VTIMEZONE", zone.lines, {"TZID": (1, 1)}, "3.2")
    standard, daylight = zone.named("STANDARD"), zone.named("DAYLIGHT")
    if len(standard) != 1 or len(daylight) > 1 or len(standard) + len(daylight) < len(zone.components):
        yield "a VTIMEZONE needs one STANDARD and at most one DAYLIGHT (MS-STANOICAL 2.2.47)"
    for rule in zone.components:
        yield from _wrong_counts(rule.name[:40], rule.lines, TIMEZONE_RULE_PROPERTIES, "3.2")
        if not daylight and ("RRULE" in rule.lines or "RDATE" in rule.lines):
            yield "a VTIMEZONE without summer time repeats its STANDARD"


def _meeting_violations(events: Sequence[Component], method: Method) -> Iterator[str]:
    """Events of one UID are one meeting: a master and its exceptions, or one of them alone."""
    by_uid: dict[str, list[Component]] = {}
    for event in events:
        by_uid.setdefault(event.value("UID"), []).append(event)
    if method != "PUBLISH" and len(by_uid) > 1:
        yield f"more than one UID (RFC 5546 {_SECTIONS[method]})"
    for members in by_uid.values():
        masters = [event for event in members if "RECURRENCE-ID" not in event.lines]
        exceptions = [event for event in members if "RECURRENCE-ID" in event.lines]
        if len(masters) > 1:
            yield "more than one VEVENT without RECURRENCE-ID for one UID"
        if len({event.value("RECURRENCE-ID") for event in exceptions}) < len(exceptions):
            yield "one RECURRENCE-ID twice"
        if method != "PUBLISH" and not masters and len(exceptions) > 1:
            yield "several occurrences without their series: clients accept one at a time"
        if len({event.value("ORGANIZER") for event in members}) > 1:
            yield "one meeting with two ORGANIZERs"
        if any("RRULE" in event.lines or "EXDATE" in event.lines for event in exceptions):
            yield "an occurrence with an RRULE or EXDATE of its own"
        for master in masters[:1]:
            yield from _wrong_exceptions(master, exceptions)


def _wrong_exceptions(master: Component, exceptions: Sequence[Component]) -> Iterator[str]:
    if exceptions and "RRULE" not in master.lines:
        yield "an occurrence of a meeting that is no series"
    start = master.first("DTSTART")
    for event in exceptions:
        recurrence_id = event.lines["RECURRENCE-ID"][0]
        if start is not None and recurrence_id.parameter("TZID") != start.parameter("TZID"):
            yield "RECURRENCE-ID is not in the timezone of the series (RFC 5545 3.8.4.4)"
        if _sequence(event) < _sequence(master):
            yield "an occurrence has a lower SEQUENCE than its series"


def _sequence(event: Component) -> int:
    value = event.value("SEQUENCE")
    return int(value) if value.isdecimal() else 0
