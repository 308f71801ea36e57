"""What the value and the parameters of one property must be like, whatever stands beside it. Each rule gives sentences.

The forms are those of RFC 5545 (and RFC 7986 for CONFERENCE), narrowed to what clients were seen to read: addresses as
`mailto:` in lower case, CN without carets, parameters of ATTENDEE in Google's order, UIDs of plain ASCII.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final

from meetings.itip.strict_reading import Line

UTC_TIME: Final = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
LOCAL_TIME: Final = re.compile(r"\d{8}T\d{6}", re.ASCII)
_NUMBER: Final = re.compile(r"0|[1-9]\d{0,9}", re.ASCII)
_LARGEST_SEQUENCE: Final = 2**31 - 1
"""RFC 5545 3.3.8: an integer has 32 bits."""

_UID: Final = re.compile(r"(?=.{3,254}\Z)[A-Za-z0-9._~+-]+@[A-Za-z0-9.-]+")
"""Plain ASCII of at most 254 characters: no space, no dollar sign, nothing to escape. Receivers changed the rest."""
_ADDRESS: Final = re.compile(r'mailto:[^\s@"<>,;:\\]+@[^\s@"<>,;\\]+')
_WEB: Final = re.compile(r"https?://[!#-;=?-Z\[\]_a-z~]+")
_CONFERENCE: Final = re.compile(r"(?:https?|sips?|h323|tel):[!#-;=?-Z\[\]_a-z~]+")
_ESCAPE: Final = re.compile(r"\\[\\;,n]")
_BARE: Final = re.compile(r"[\\;,]")
_NOT_IN_A_NAME: Final = re.compile(r"[\^\\]")

_ATTENDEE_ORDER: Final = (
    "CUTYPE",
    "ROLE",
    "PARTSTAT",
    "RSVP",
    "DELEGATED-TO",
    "DELEGATED-FROM",
    "SENT-BY",
    "CN",
)
_TOKENS: Final[dict[str, frozenset[str]]] = {
    "CUTYPE": frozenset({"INDIVIDUAL", "GROUP", "RESOURCE", "ROOM"}),
    "ROLE": frozenset({"CHAIR", "REQ-PARTICIPANT", "OPT-PARTICIPANT", "NON-PARTICIPANT"}),
    "PARTSTAT": frozenset({"NEEDS-ACTION", "ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED"}),
    "RSVP": frozenset({"TRUE", "FALSE"}),
}
"""RFC 5545 3.2.3, 3.2.16, 3.2.12 for events, 3.2.17."""
_FEATURES: Final = frozenset({"AUDIO", "CHAT", "FEED", "MODERATOR", "PHONE", "SCREEN", "VIDEO"})
"""RFC 7986 6.3."""


def instant(value: str) -> datetime | None:
    """A UTC value as an instant, a local one as a naive time; None for anything else."""
    try:
        if UTC_TIME.fullmatch(value):
            return datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if LOCAL_TIME.fullmatch(value):
            return datetime.strptime(value, "%Y%m%dT%H%M%S")  # noqa: DTZ007 - its zone stands in TZID
    except ValueError:
        pass
    return None


def wrong_values(line: Line) -> Iterator[str]:
    """What is wrong with this property by itself."""
    rule = _RULES.get(line.name)
    if rule:
        yield from rule(line)


def _no_parameters(line: Line) -> Iterator[str]:
    if line.parameters:
        yield f"{line.name} has parameters: {', '.join(line.parameters)}"


def _utc(line: Line) -> Iterator[str]:
    yield from _no_parameters(line)
    if instant(line.value) is None or not line.value.endswith("Z"):
        yield f"{line.name} is no time in UTC: {line.value[:40]}"


def _time(line: Line) -> Iterator[str]:
    """UTC with a Z, or local with a TZID: never floating, never a date (RFC 5545 3.3.5)."""
    if set(line.parameters) - {"TZID"}:
        yield f"{line.name} has parameters besides TZID"
    for value in line.value.split(",") if line.name == "EXDATE" else [line.value]:
        if instant(value) is None:
            yield f"{line.name} is no date with time: {value[:40]}"
        elif value.endswith("Z") == bool(line.parameter("TZID")):
            yield f"{line.name} is floating, or has a TZID and a Z"


def _text(line: Line) -> Iterator[str]:
    if _BARE.search(_ESCAPE.sub("", line.value)):
        yield f"{line.name} is not escaped as TEXT (RFC 5545 3.3.11)"


def _filled_text(line: Line) -> Iterator[str]:
    yield from _text(line)
    if not line.value.strip():
        yield f"{line.name} is empty"


def _uid(line: Line) -> Iterator[str]:
    yield from _no_parameters(line)
    if not _UID.fullmatch(line.value):
        yield "UID is not of the form word@domain in plain ASCII"


def _sequence(line: Line) -> Iterator[str]:
    yield from _number_up_to(line, _LARGEST_SEQUENCE)


def _priority(line: Line) -> Iterator[str]:
    yield from _number_up_to(line, 9)


def _number_up_to(line: Line, most: int) -> Iterator[str]:
    if not _NUMBER.fullmatch(line.value) or int(line.value) > most:
        yield f"{line.name} is no number from 0 to {most}: {line.value[:40]}"


def _one_of(*values: str) -> Callable[[Line], Iterator[str]]:
    def rule(line: Line) -> Iterator[str]:
        if line.value not in values:
            yield f"{line.name} is {line.value[:40]}, not one of {', '.join(values)}"

    return rule


def _address(line: Line) -> Iterator[str]:
    for where, written in (
        (line.name, line.value),
        *(
            (f"{name} of {line.name}", line.parameter(name))
            for name in ("SENT-BY", "DELEGATED-TO", "DELEGATED-FROM")
            if name in line.parameters
        ),
    ):
        if not _ADDRESS.fullmatch(written):
            yield f"{where} is no mailto: address (RFC 6068)"
    if _NOT_IN_A_NAME.search(line.parameter("CN")):
        yield f"CN of {line.name} has a caret or a backslash, which readers show or take for an escape"


def _organizer(line: Line) -> Iterator[str]:
    yield from _address(line)
    if not line.parameter("CN").strip():
        yield "ORGANIZER has no CN"
    if set(line.parameters) - {"CN", "SENT-BY"}:
        yield "ORGANIZER has parameters besides CN and SENT-BY"


def _attendee(line: Line) -> Iterator[str]:
    yield from _address(line)
    names = tuple(line.parameters)
    if names != tuple(name for name in _ATTENDEE_ORDER if name in line.parameters):
        yield "ATTENDEE has unknown parameters, or not in their order"
    for name, tokens in _TOKENS.items():
        if line.parameter(name) not in tokens:
            yield f"{name} of ATTENDEE is missing or not one of {', '.join(sorted(tokens))}"
    # The other way round is allowed: who stands in for the chair is nobody else's to know (RFC 5545 3.2.5).
    if "DELEGATED-TO" in line.parameters and line.parameter("PARTSTAT") != "DELEGATED":
        yield "DELEGATED-TO without PARTSTAT=DELEGATED (RFC 5545 3.2.5)"
    if "DELEGATED-TO" in line.parameters and "DELEGATED-FROM" in line.parameters:
        yield "a deputy delegates again"


def _web(line: Line) -> Iterator[str]:
    yield from _no_parameters(line)
    if not _WEB.fullmatch(line.value):
        yield "URL is no http or https address"


def _conference(line: Line) -> Iterator[str]:
    if line.parameter("VALUE") != "URI" or set(line.parameters) - {"VALUE", "FEATURE", "LABEL"}:
        yield "CONFERENCE needs VALUE=URI, and only FEATURE and LABEL beside it (RFC 7986 5.11)"
    if set(line.parameters.get("FEATURE", ())) - _FEATURES:
        yield "CONFERENCE has an unknown FEATURE (RFC 7986 6.3)"
    if not _CONFERENCE.fullmatch(line.value):
        yield "CONFERENCE is no https, sip, h323 or tel URI"


_RULES: Final[dict[str, Callable[[Line], Iterator[str]]]] = {
    "UID": _uid,
    "SEQUENCE": _sequence,
    "DTSTAMP": _utc,
    "CREATED": _utc,
    "LAST-MODIFIED": _utc,
    "DTSTART": _time,
    "DTEND": _time,
    "RECURRENCE-ID": _time,
    "EXDATE": _time,
    "ORGANIZER": _organizer,
    "ATTENDEE": _attendee,
    "SUMMARY": _filled_text,
    "DESCRIPTION": _text,
    "LOCATION": _text,
    "COMMENT": _text,
    "CONTACT": _text,
    "X-CONGVU-DOCUMENT-NUMBER": _text,
    "URL": _web,
    "CONFERENCE": _conference,
    "PRIORITY": _priority,
    "TRANSP": _one_of("OPAQUE", "TRANSPARENT"),
    "CLASS": _one_of("PUBLIC", "PRIVATE", "CONFIDENTIAL"),
    "X-MICROSOFT-CDO-BUSYSTATUS": _one_of("FREE", "TENTATIVE", "BUSY", "OOF"),
    "X-MICROSOFT-CDO-INTENDEDSTATUS": _one_of("FREE", "TENTATIVE", "BUSY", "OOF"),
    "X-MICROSOFT-CDO-ALLDAYEVENT": _one_of("FALSE"),
    "X-MICROSOFT-DISALLOW-COUNTER": _one_of("TRUE", "FALSE"),
}
