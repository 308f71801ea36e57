"""Builds the iTIP object of some events: one VCALENDAR with one METHOD, written by the library `icalendar`.

The properties are those that clients were seen to need (research: Outlook, Google, Apple, Thunderbird), in a fixed
order, and ATTENDEE has its parameters in Google's order. The library is told four things that it would not do by
itself: no UID of the VCALENDAR (naive readers take the first UID they see), a VTIMEZONE with one rule, CONFERENCE
with a list of features (its own class quotes them into one), and TEXT escaped without damage.

It does not check what it is given: `restrictions.violations` reads the bytes before they leave.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import icalendar
from icalendar import vCalAddress, vRecur, vUri

from meetings.itip.objects import Conference, Event, Method, Party
from meetings.itip.series import normal_rrule
from meetings.itip.spelling import Words, clean_text, common_name, mailto, one_line, uri
from meetings.itip.timezone import is_utc, timezone_component, zone_of

PRODID: Final = "-//Congvu//Meetings//VI"

OUR_ZONE: Final = "Asia/Ho_Chi_Minh"

REFRESH_EVERY: Final = "PT1H"
"""RFC 7986 5.7: how often a subscribed feed is worth asking for. Most clients ask every few hours at best."""


def calendar(method: Method, events: Sequence[Event], *, name: str = "") -> bytes:
    """The object as bytes: CRLF, lines of at most 75 octets, UTF-8.

    Of a series the first event is the master, the others its changed occurrences; a lone occurrence stands alone. All
    events have one UID, but those of a PUBLISH (a feed, a week). `name` is the title of a feed, for PUBLISH alone.
    Raises ValueError for an unknown timezone, for a rule that is not of our subset, and for naive times.
    """
    return bytes(calendar_component(method, events, name).to_ical(sorted=False))


def calendar_component(method: Method, events: Sequence[Event], name: str = "") -> icalendar.Calendar:
    """The same as the library's component, its properties in the order in which they are written."""
    component = icalendar.Calendar()
    component.add("PRODID", PRODID)
    component.add("VERSION", "2.0")
    component.add("CALSCALE", "GREGORIAN")
    component.add("METHOD", method)
    if name:
        component["NAME"] = Words(one_line(name))  # RFC 7986 5.1
        component["X-WR-CALNAME"] = Words(one_line(name))
        component.add("REFRESH-INTERVAL", vUri(REFRESH_EVERY, params={"VALUE": "DURATION"}), encode=False)
    component.subcomponents.extend(timezone_component(zone) for zone in _zones(method, events))
    component.subcomponents.extend(_event_component(method, event) for event in events)
    return component


def _zones(method: Method, events: Sequence[Event]) -> list[str]:
    """The zones that the events speak of, each once. A calendar must have a component (RFC 5545 3.6): a feed without
    events has the zone in which they would be."""
    named = [event.timezone for event in events if method != "DECLINECOUNTER" or event.recurrence_id is not None] or (
        [] if events else [OUR_ZONE]
    )
    return [zone for zone in dict.fromkeys(named) if not is_utc(zone)]


def _event_component(method: Method, event: Event) -> icalendar.Event:
    component = icalendar.Event()
    component["UID"] = Words(event.uid)
    component.add("SEQUENCE", event.sequence)
    component.add("DTSTAMP", _utc(event.dtstamp))
    _add_parties(component, method, event)
    if event.recurrence_id is not None:
        component.add("RECURRENCE-ID", _local(event.recurrence_id, event.timezone))
    if method == "DECLINECOUNTER":
        _add_text(component, "COMMENT", event.comment)
        return component
    _add_times(component, event)
    _add_words(component, event)
    _add_state(component, method, event)
    return component


def _add_parties(component: icalendar.Event, method: Method, event: Event) -> None:
    component.add("ORGANIZER", _address(event.organizer, organizer_parameters(event.organizer)), encode=False)
    if method != "PUBLISH":  # RFC 5546 3.2.1: 0
        for attendee in event.attendees:
            component.add("ATTENDEE", _address(attendee, attendee_parameters(attendee)), encode=False)


def organizer_parameters(party: Party) -> dict[str, str]:
    """The parameters of ORGANIZER in their order, values clean."""
    parameters = {"CN": common_name(party.name), "SENT-BY": mailto(party.sent_by) if party.sent_by else ""}
    return {name: value for name, value in parameters.items() if value}


def attendee_parameters(party: Party) -> dict[str, str]:
    """The parameters of ATTENDEE in Google's order, values clean; the pair of a delegation after RSVP."""
    parameters = {
        "CUTYPE": party.cutype,
        "ROLE": party.role,
        "PARTSTAT": party.partstat,
        "RSVP": "TRUE" if party.rsvp else "FALSE",
        "DELEGATED-TO": mailto(party.delegated_to) if party.delegated_to else "",
        "DELEGATED-FROM": mailto(party.delegated_from) if party.delegated_from else "",
        "SENT-BY": mailto(party.sent_by) if party.sent_by else "",
        "CN": common_name(party.name),
    }
    return {name: value for name, value in parameters.items() if value}


def _address(party: Party, parameters: dict[str, str]) -> vCalAddress:
    return vCalAddress(mailto(party.address), params=parameters)


def _add_times(component: icalendar.Event, event: Event) -> None:
    component.add("DTSTART", _local(event.start, event.timezone))
    component.add("DTEND", _local(event.end, event.timezone))
    if event.rrule:
        local_start = event.start.astimezone(zone_of(event.timezone))
        component.add("RRULE", vRecur.from_ical(normal_rrule(event.rrule, local_start)), encode=False)
    if event.exdates:
        component.add("EXDATE", [_local(exdate, event.timezone) for exdate in event.exdates])


def _add_words(component: icalendar.Event, event: Event) -> None:
    component["SUMMARY"] = Words(one_line(event.summary))
    _add_text(component, "LOCATION", one_line(event.location))
    _add_text(component, "DESCRIPTION", event.description)
    if event.url:
        component["URL"] = vUri(uri(event.url))
    for conference in event.conferences:
        component.add("CONFERENCE", vUri(uri(conference.uri), params=conference_parameters(conference)), encode=False)


def conference_parameters(conference: Conference) -> dict[str, Any]:
    """The parameters of CONFERENCE (RFC 7986 5.11) in their order; FEATURE is a list of tokens."""
    parameters: dict[str, Any] = {"VALUE": "URI"}
    if conference.features:
        parameters["FEATURE"] = list(conference.features)
    if conference.label:
        parameters["LABEL"] = common_name(conference.label)
    return parameters


def _add_state(component: icalendar.Event, method: Method, event: Event) -> None:
    if event.status:
        component.add("STATUS", event.status)
    component.add("TRANSP", "TRANSPARENT" if event.free or event.status == "CANCELLED" else "OPAQUE")
    component.add("CLASS", "PUBLIC")  # as Google: whoever may see this calendar may see the meeting (RFC 5545 3.8.1.3)
    component.add("PRIORITY", event.priority)
    if event.created is not None:
        component.add("CREATED", _utc(event.created))
    component.add("LAST-MODIFIED", _utc(event.modified or event.dtstamp))
    _add_text(component, "COMMENT", event.comment)
    _add_text(component, "X-CONGVU-DOCUMENT-NUMBER", one_line(event.number))
    if method != "PUBLISH":
        for name, value in _for_outlook(method, event).items():
            component[name] = Words(value)


def _for_outlook(method: Method, event: Event) -> dict[str, str]:
    """MS-OXCICAL 2.1.3.1.1.20: what Outlook and Exchange ask for beside the RFC. We take counter proposals."""
    state = "BUSY" if method == "REQUEST" and not event.free else "FREE"
    return {
        "X-MICROSOFT-CDO-APPT-SEQUENCE": str(event.sequence),
        "X-MICROSOFT-CDO-BUSYSTATUS": state,
        "X-MICROSOFT-CDO-INTENDEDSTATUS": state,
        "X-MICROSOFT-CDO-ALLDAYEVENT": "FALSE",
        "X-MICROSOFT-DISALLOW-COUNTER": "FALSE",
    }


def _add_text(component: icalendar.Event, name: str, text: str) -> None:
    """A TEXT property, unless it would be empty."""
    cleaned = clean_text(text)
    if cleaned:
        component[name] = Words(cleaned)


def _utc(instant: datetime) -> datetime:
    return _aware(instant).astimezone(UTC).replace(microsecond=0)


def _local(instant: datetime, zone: str) -> datetime:
    return _aware(instant).astimezone(UTC if is_utc(zone) else zone_of(zone)).replace(microsecond=0)


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(f"a time without a timezone: {instant}")
    return instant
