"""How a person enters the room of their place: a short line, lines to read, CONFERENCE values of the calendar.

The https address of a room never goes out: the personal join link stands for it, which can be revoked and tells who
came. SIP, H.323 and telephone go out as they are, with the PIN, because such devices follow no link. Whether somebody
may enter is not decided here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from foundation.language import Text
from meetings.invitations.letters import Letter
from meetings.invitations.marks import clean_line
from meetings.invitations.wording import same
from meetings.itip.objects import Conference
from meetings.meeting import Guest, Meeting, Place, entrances, place_of

_SAFE: Final = "@:.;=,+-_~*[]!$&'()?/%"
_NOT_DIALLED: Final = re.compile(r"[^0-9+*#]")
_FEWEST_DIGITS: Final = 3
"""Ours: emergency and office extensions have three; fewer are a slip of the hand."""

_COUNTRY: Final = "+84"
"""Of numbers that are written as they are dialled in Việt Nam."""
_EXTENSION: Final = re.compile(r"\s*(?:(?<!,),|;?\s*ext[.=]?|máy lẻ)\s*(?P<digits>[0-9]{1,8})\s*\Z", re.IGNORECASE)
"""As the form takes it (`form.endpoints`)."""
_TRUNK: Final = re.compile(r"(?<=\A\+84)0")
"""`+84 (0)255...`: the zero is not dialled after the code of the country."""

JOIN_LABEL: Final = Text("Vào họp trực tuyến", "Join online")
PIN_LABEL: Final = Text("mã PIN", "PIN")


@dataclass(frozen=True, slots=True)
class Way:
    """One way in: its name, what a person reads or types, the URI to open (empty: what stands there makes none)."""

    label: Text
    shown: str
    uri: str
    pin: str = ""


def places_of(letter: Letter, meeting: Meeting) -> tuple[Place, ...]:
    """The places of this letter's recipient; for mail to the secretary all of them."""
    return places_for(meeting, letter.recipient.guest if letter.recipient else None)


def places_for(meeting: Meeting, guest: Guest | None) -> tuple[Place, ...]:
    """The places of a guest, None: all. Of a secret meeting there are none to be told."""
    if meeting.secret:
        return ()
    return place_of(meeting, guest) if guest else meeting.places


def ways(meeting: Meeting, places: tuple[Place, ...], room: Place | None, join_url: str) -> tuple[Way, ...]:
    """All ways in for somebody at these places, the personal link first; which those are, `meeting.entrances` says.
    `room` is that of the configuration."""
    entered = entrances(meeting, places, room)
    found = [Way(JOIN_LABEL, join_url, join_url)] if join_url and entered else []
    for place in entered:
        found += [way for way in _devices(place) if way not in found]
    return tuple(found)


def names(places: tuple[Place, ...]) -> str:
    """`Phòng họp A; Điểm cầu huyện B`."""
    return "; ".join(name for place in places if (name := clean_line(place.name)))


def location(places: tuple[Place, ...], found: tuple[Way, ...]) -> str:
    """LOCATION: the places and the first way in. Google shows it where it shows nothing else."""
    shown = [names(places), *(f"{way.label.vi}: {readable(way)}" for way in found[:1])]
    return " | ".join(part for part in shown if part)


def readable(way: Way) -> str:
    """`sip:hop@mcu.tinh.test, mã PIN 1234`."""
    return f"{way.shown}, {PIN_LABEL.vi} {way.pin}" if way.pin else way.shown


def conferences(found: tuple[Way, ...]) -> tuple[Conference, ...]:
    """CONFERENCE (RFC 7986 5.11) for each way; a telephone's PIN is dialled after three pauses, as there."""
    return tuple(Conference(way.uri, _features(way.uri), _label(way)) for way in found if way.uri)


def _label(way: Way) -> str:
    return f"{way.label.vi}, {PIN_LABEL.vi} {way.pin}" if way.pin else way.label.vi


def _features(uri: str) -> tuple[str, ...]:
    return ("PHONE",) if uri.startswith("tel:") else ("AUDIO", "VIDEO")


def _devices(place: Place) -> list[Way]:
    found: list[Way] = []
    pin = clean_line(place.pin)
    for label, scheme, value in (("SIP", "sip", place.sip), ("H.323", "h323", place.h323)):
        if address := clean_line(value):
            found.append(Way(same(label), address, _uri(scheme, address), pin))
    if telephone := clean_line(place.telephone):
        shown = telephone.removeprefix("tel:")
        found.append(Way(Text("Điện thoại", "Telephone"), shown, _dialled(shown, pin), pin))
    return found


def _dialled(telephone: str, pin: str) -> str:
    """The tel URI (RFC 3966) of a number as people write it: global, or what is only dialled in the country with its
    context; empty for what is no number."""
    written = _EXTENSION.search(telephone)
    number = _NOT_DIALLED.sub("", (telephone[: written.start()] if written else telephone).partition(",")[0])
    if sum(map(str.isdigit, number)) < _FEWEST_DIGITS:
        return ""
    number = _TRUNK.sub("", number, count=1) if number.startswith("+") else number
    number = re.sub(r"\A00|\A0(?=[1-9])", lambda found: "+" if found[0] == "00" else _COUNTRY, number)
    keys = _NOT_DIALLED.sub("", pin)
    dialled = f"{number},,,{keys}" if keys else number
    extension = f";ext={written['digits']}" if written else ""
    context = "" if number.startswith("+") else f";phone-context={_COUNTRY}"
    return quote(f"tel:{dialled}{extension}{context}", safe=_SAFE)


def _uri(scheme: str, address: str) -> str:
    named = re.match(rf"{scheme}s?:", address, re.IGNORECASE)
    name = named[0].lower() if named else f"{scheme}:"
    rest = quote(address[named.end() :] if named else address, safe=_SAFE)
    return f"{name}{rest}" if rest else ""
