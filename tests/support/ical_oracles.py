"""What four readers understand of an iTIP object, in one shape: libical (C), ical.js (JavaScript), icalendar, and we.

`expected` says what was meant; the others read the bytes. libical is Debian's, called through ctypes; ical.js is that
of tests/javascript. Instants are seconds since 1970-01-01 UTC. A reader that cannot read raises.
"""

from __future__ import annotations

import ctypes
import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import icalendar
import recurring_ical_events

from meetings.itip.objects import Event, Method, Party

_SCRIPT: Final = Path(__file__).parents[1] / "javascript" / "read_calendars.mjs"
_NODE_SECONDS: Final = 120


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """One ORGANIZER or ATTENDEE; `rsvp` is TRUE, FALSE or empty."""

    address: str
    name: str = ""
    role: str = ""
    partstat: str = ""
    rsvp: str = ""
    delegated_to: str = ""
    delegated_from: str = ""
    sent_by: str = ""


@dataclass(frozen=True, slots=True)
class EventFacts:
    """One VEVENT."""

    uid: str
    sequence: int
    stamp: int
    start: int | None
    end: int | None
    recurrence_id: int | None
    summary: str
    description: str
    location: str
    comment: str
    url: str
    status: str
    organizer: PartyFacts
    attendees: tuple[PartyFacts, ...]
    conferences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """One object; `occurrences` are the starts of its series with its exceptions, in order."""

    method: str
    events: tuple[EventFacts, ...]
    occurrences: tuple[int, ...]


def expected(method: Method, events: Sequence[Event], occurrences: Sequence[datetime]) -> Facts:
    """What these events say, by themselves; a DECLINECOUNTER says only what it may."""
    bare = method == "DECLINECOUNTER"
    facts = tuple(_meant(method, event, bare) for event in events)
    return Facts(method, facts, tuple(sorted(_seconds(at) for at in occurrences)))


def _meant(method: Method, event: Event, bare: bool) -> EventFacts:
    return EventFacts(
        uid=event.uid,
        sequence=event.sequence,
        stamp=_seconds(event.dtstamp),
        start=None if bare else _seconds(event.start),
        end=None if bare else _seconds(event.end),
        recurrence_id=_seconds(event.recurrence_id) if event.recurrence_id else None,
        summary="" if bare else event.summary,
        description="" if bare else event.description,
        location="" if bare else event.location,
        comment=event.comment,
        url="" if bare else event.url,
        status="" if bare else event.status,
        organizer=PartyFacts(event.organizer.address, event.organizer.name, sent_by=event.organizer.sent_by),
        attendees=() if method == "PUBLISH" else tuple(_meant_party(party) for party in event.attendees),
        conferences=() if bare else tuple(conference.uri for conference in event.conferences),
    )


def _meant_party(party: Party) -> PartyFacts:
    return PartyFacts(
        party.address,
        party.name,
        party.role,
        party.partstat,
        "TRUE" if party.rsvp else "FALSE",
        party.delegated_to,
        party.delegated_from,
        party.sent_by,
    )


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _bare_address(uri: str) -> str:
    return uri[len("mailto:") :] if uri.lower().startswith("mailto:") else uri


# ical.js


def by_ical_js(objects: Sequence[bytes], folder: Path) -> list[Facts]:
    """What ical.js reads in each; `folder` is where the files are written."""
    files = []
    for number, data in enumerate(objects):
        file = folder / f"{number}.ics"
        file.write_bytes(data)
        files.append(str(file))
    done = subprocess.run(
        ["node", str(_SCRIPT), *files], capture_output=True, timeout=_NODE_SECONDS, check=False, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return [_from_json(answer) for answer in json.loads(done.stdout)]


def _from_json(answer: dict[str, Any]) -> Facts:
    events = tuple(
        EventFacts(
            **{
                **event,
                "organizer": PartyFacts(**event["organizer"]),
                "attendees": tuple(PartyFacts(**party) for party in event["attendees"]),
                "conferences": tuple(event["conferences"]),
            }
        )
        for event in answer["events"]
    )
    return Facts(answer["method"], events, tuple(answer["occurrences"]))


# icalendar and recurring-ical-events


def by_icalendar(data: bytes) -> Facts:
    """What the library that wrote it reads, and what recurring-ical-events makes of the series."""
    root = icalendar.Calendar.from_ical(data)
    events = tuple(_library_event(event) for event in root.walk("VEVENT"))
    return Facts(str(root["METHOD"]), events, _library_occurrences(root))


def _library_event(event: Any) -> EventFacts:
    def time(name: str) -> int | None:
        return _seconds(event[name].dt) if name in event else None

    conferences = event.get("CONFERENCE", [])
    return EventFacts(
        uid=str(event["UID"]),
        sequence=int(event["SEQUENCE"]),
        stamp=_seconds(event["DTSTAMP"].dt),
        start=time("DTSTART"),
        end=time("DTEND"),
        recurrence_id=time("RECURRENCE-ID"),
        **{name: str(event.get(name.upper(), "")) for name in _WORDS},
        organizer=_library_party(event["ORGANIZER"]),
        attendees=tuple(_library_party(party) for party in _listed(event.get("ATTENDEE", []))),
        conferences=tuple(str(conference) for conference in _listed(conferences)),
    )


_WORDS: Final = ("summary", "description", "location", "comment", "url", "status")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _library_party(address: Any) -> PartyFacts:
    return _party(str(address), lambda name: str(address.params.get(name, "")))


def _party(address: str, parameter: Callable[[str], str]) -> PartyFacts:
    return PartyFacts(
        _bare_address(address),
        parameter("CN"),
        parameter("ROLE"),
        parameter("PARTSTAT"),
        parameter("RSVP"),
        _bare_address(parameter("DELEGATED-TO")),
        _bare_address(parameter("DELEGATED-FROM")),
        _bare_address(parameter("SENT-BY")),
    )


def _library_occurrences(root: Any) -> tuple[int, ...]:
    starts = [event["DTSTART"].dt for event in root.walk("VEVENT") if "DTSTART" in event]
    if not starts:
        return ()
    found = recurring_ical_events.of(root).between(min(starts) - timedelta(days=1), max(starts) + _YEARS)
    return tuple(sorted(_seconds(event["DTSTART"].dt) for event in found))


_YEARS: Final = timedelta(days=6 * 366)

# libical


class _Time(ctypes.Structure):
    """struct icaltimetype of libical 3.0."""

    _fields_ = [
        *((name, ctypes.c_int) for name in ("year", "month", "day", "hour", "minute", "second", "date", "daylight")),
        ("zone", ctypes.c_void_p),
    ]


class _Span(ctypes.Structure):
    """struct icaltime_span."""

    _fields_ = [("start", ctypes.c_long), ("end", ctypes.c_long), ("busy", ctypes.c_int)]


_OnOccurrence = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(_Span), ctypes.c_void_p)
_ANY: Final = 0
"""ICAL_ANY_PROPERTY; of components it is ICAL_NO_COMPONENT, and 1 is any."""


@lru_cache(maxsize=1)
def _libical() -> ctypes.CDLL:
    library = ctypes.CDLL("libical.so.3")
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    signatures: dict[str, tuple[Any, list[Any]]] = {
        "icalparser_parse_string": (pointer, [text]),
        "icalcomponent_free": (None, [pointer]),
        "icalcomponent_count_errors": (number, [pointer]),
        "icalcomponent_isa": (number, [pointer]),
        "icalcomponent_kind_to_string": (text, [number]),
        "icalcomponent_get_first_component": (pointer, [pointer, number]),
        "icalcomponent_get_next_component": (pointer, [pointer, number]),
        "icalcomponent_get_first_property": (pointer, [pointer, number]),
        "icalcomponent_get_next_property": (pointer, [pointer, number]),
        "icalcomponent_foreach_recurrence": (None, [pointer, _Time, _Time, _OnOccurrence, pointer]),
        "icalproperty_get_property_name": (text, [pointer]),
        "icalproperty_get_parameter_as_string": (text, [pointer, text]),
        "icalproperty_get_value": (pointer, [pointer]),
        "icalproperty_get_value_as_string": (text, [pointer]),
        "icalproperty_get_datetime_with_component": (_Time, [pointer, pointer]),
        "icalvalue_get_text": (text, [pointer]),
        "icaltime_as_timet_with_zone": (ctypes.c_long, [_Time, pointer]),
        "icaltime_from_timet_with_zone": (_Time, [ctypes.c_long, number, pointer]),
        "icaltimezone_get_utc_timezone": (pointer, []),
        "icalrestriction_check": (number, [pointer]),
    }
    for name, (answer, arguments) in signatures.items():
        function = getattr(library, name)
        function.restype, function.argtypes = answer, arguments
    return library


def by_libical(data: bytes) -> Facts:
    """What libical reads, with its own expansion of the series."""
    library = _libical()
    root = library.icalparser_parse_string(data)
    assert root, "libical reads nothing"
    try:
        assert library.icalcomponent_count_errors(root) == 0
        events = [event for event in _components(root) if _kind(event) == "VEVENT"]
        facts = tuple(_c_event(event) for event in events)
        return Facts(_c_values(root, "METHOD")[0], facts, _c_occurrences(events, facts))
    finally:
        library.icalcomponent_free(root)


def libical_accepts(data: bytes) -> bool:
    """Whether libical's own restriction tables (those of RFC 2446, older than ours) are content."""
    library = _libical()
    root = library.icalparser_parse_string(data)
    try:
        return bool(library.icalrestriction_check(root)) and library.icalcomponent_count_errors(root) == 0
    finally:
        library.icalcomponent_free(root)


def _components(parent: int) -> Iterator[int]:
    component = _libical().icalcomponent_get_first_component(parent, 1)
    while component:
        yield component
        component = _libical().icalcomponent_get_next_component(parent, 1)


def _kind(component: int) -> str:
    library = _libical()
    return str(library.icalcomponent_kind_to_string(library.icalcomponent_isa(component)).decode())


def _properties(component: int, name: str) -> list[int]:
    """The properties of one name, in their order."""
    library = _libical()
    found = []
    item = library.icalcomponent_get_first_property(component, _ANY)
    while item:
        if library.icalproperty_get_property_name(item).decode() == name:
            found.append(item)
        item = library.icalcomponent_get_next_property(component, _ANY)
    return found


def _c_values(component: int, name: str) -> list[str]:
    """Their values as they are written."""
    library = _libical()
    return [library.icalproperty_get_value_as_string(item).decode() for item in _properties(component, name)]


def _c_text(component: int, name: str) -> str:
    """The unescaped text of the first."""
    library = _libical()
    for item in _properties(component, name):
        return str(library.icalvalue_get_text(library.icalproperty_get_value(item)).decode())
    return ""


def _c_time(component: int, name: str) -> int | None:
    library = _libical()
    for item in _properties(component, name):
        time = library.icalproperty_get_datetime_with_component(item, component)
        assert time.zone, f"{name} has no zone for libical"
        return int(library.icaltime_as_timet_with_zone(time, time.zone))
    return None


def _c_event(event: int) -> EventFacts:
    stamp = _c_time(event, "DTSTAMP")
    assert stamp is not None
    return EventFacts(
        uid=_c_text(event, "UID"),
        sequence=int(_c_values(event, "SEQUENCE")[0]),
        stamp=stamp,
        start=_c_time(event, "DTSTART"),
        end=_c_time(event, "DTEND"),
        recurrence_id=_c_time(event, "RECURRENCE-ID"),
        summary=_c_text(event, "SUMMARY"),
        description=_c_text(event, "DESCRIPTION"),
        location=_c_text(event, "LOCATION"),
        comment=_c_text(event, "COMMENT"),
        url="".join(_c_values(event, "URL")),
        status="".join(_c_values(event, "STATUS")),
        organizer=_c_party(_properties(event, "ORGANIZER")[0]),
        attendees=tuple(_c_party(item) for item in _properties(event, "ATTENDEE")),
        conferences=tuple(_c_values(event, "CONFERENCE")),
    )


def _c_party(item: int) -> PartyFacts:
    library = _libical()

    def parameter(name: str) -> str:
        value = library.icalproperty_get_parameter_as_string(item, name.encode())
        return str(value.decode()) if value else ""

    return _party(str(library.icalproperty_get_value_as_string(item).decode()), parameter)


def _c_occurrences(events: Sequence[int], facts: Sequence[EventFacts]) -> tuple[int, ...]:
    """Those of the series by libical, less those that an exception replaces, and the exceptions."""
    replaced = {fact.recurrence_id for fact in facts if fact.recurrence_id is not None}
    found = [fact.start for fact in facts if fact.recurrence_id is not None and fact.start is not None]
    for event, fact in zip(events, facts, strict=True):
        if fact.recurrence_id is None and fact.start is not None:
            found += [start for start in _c_recurrence(event, fact.start) if start not in replaced]
    return tuple(sorted(found))


def _c_recurrence(event: int, start: int) -> list[int]:
    library = _libical()
    utc = library.icaltimezone_get_utc_timezone()
    found: list[int] = []

    def keep(_component: int, span: Any, _data: int) -> None:
        found.append(int(span.contents.start))

    first = library.icaltime_from_timet_with_zone(start - 86400, 0, utc)
    last = library.icaltime_from_timet_with_zone(int((datetime.fromtimestamp(start, UTC) + _YEARS).timestamp()), 0, utc)
    library.icalcomponent_foreach_recurrence(event, first, last, _OnOccurrence(keep), None)
    return found
