"""What a meeting is: the letter's content, its people, one occurrence of a series. Frozen values.

One `Meeting` value is one edition: everything that the letter says at one SEQUENCE (RFC 5546 2.1.4). A changed
occurrence of a series is again a `Meeting`, with its own time and place and no RRULE. Instants are aware datetimes in
the meeting's own timezone; the tables keep microseconds. A meeting that is secret never carries what it is about.

Three rules stand here, because letters, pages, commands and tables must agree on them: where somebody meets
(`place_of`), how they enter (`entrances`), and what stays of a secret meeting (`closed`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

Role = Literal["CHAIR", "REQ-PARTICIPANT", "OPT-PARTICIPANT"]
"""RFC 5545 3.2.16: chủ trì, thành phần mời, kính mời dự để biết."""

PartStat = Literal["NEEDS-ACTION", "ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED"]
"""RFC 5545 3.2.12, for events."""

NEUTRAL_SUMMARY: Final = "Mời họp (nhận giấy mời trực tiếp)"
"""All that a secret meeting says of itself."""

Status = Literal["CONFIRMED", "CANCELLED"]
"""RFC 5545 3.8.1.11."""

Urgency = Literal["", "khẩn", "thượng khẩn", "hỏa tốc"]
"""Decree 30/2020/NĐ-CP, appendix I: three degrees, or none."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place (điểm cầu). `groups` are the addresses, lists and agency codes whose people meet here; empty: everybody
    who has no other. `url`, `sip`, `h323`, `telephone` and `pin` are how this place (or its people) enters the room."""

    name: str
    groups: tuple[str, ...] = ()
    url: str = ""
    sip: str = ""
    h323: str = ""
    telephone: str = ""
    pin: str = ""

    @property
    def can_be_entered(self) -> bool:
        """Whether anything but walking leads there; a PIN alone opens nothing."""
        return bool(self.url or self.sip or self.h323 or self.telephone)


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper by link."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to ask: name, telephone, address; each may be empty."""

    name: str = ""
    telephone: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Meeting:
    """One edition of a meeting, as its letter says it.

    `number` is the canonical number and symbol (15/GM-UBND), empty for one not numbered yet; `kind` the name of the
    kind of document; `replaces_letter`: a notice that "thay cho giấy mời". `chair` is an address, `chair_name` how the
    letter names them. `rrule` is the value of RRULE without its name, or empty. `answer_by` is when answers are wanted.
    `secretary` is the mailbox that gets what is no answer. `full_list`: everybody sees all attendees.
    """

    uid: str
    summary: str
    start: datetime
    end: datetime
    timezone: str = "Asia/Ho_Chi_Minh"
    number: str = ""
    kind: str = "Giấy mời"
    replaces_letter: bool = False
    chair: str = ""
    chair_name: str = ""
    content: str = ""
    requirements: str = ""
    rrule: str = ""
    places: tuple[Place, ...] = ()
    papers: tuple[Paper, ...] = ()
    urgency: Urgency = ""
    urgent_reason: str = ""
    contact: Contact = Contact()
    secretary: str = ""
    answer_by: datetime | None = None
    full_list: bool = False
    secret: bool = False
    status: Status = "CONFIRMED"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One changed or cancelled occurrence of a series: `recurrence_id` is when it was to begin (RFC 5545 3.8.4.4),
    `meeting` what it is now (its own start and end, no RRULE)."""

    recurrence_id: datetime
    meeting: Meeting


@dataclass(frozen=True, slots=True)
class Guest:
    """A person or office as the directory knows it, before it is invited. `aliases` are all other addresses that may
    answer for it: former ones, and those of an office's holders."""

    address: str
    name: str
    role: Role = "REQ-PARTICIPANT"
    title: str = ""
    agency: str = ""
    agency_name: str = ""
    telephone: str = ""
    aliases: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    """Every address, list and agency code through which this guest was named: for `Place.groups`."""


@dataclass(frozen=True, slots=True)
class Attendee:
    """One invited person or office. `public_id` stands in links, `reply_token` in the organiser's sub-address; both are
    random and say nothing. `link_serial` grows when the links are revoked. `delegated_from` and `delegated_to` are the
    ids of other attendees of the meeting."""

    id: int
    guest: Guest
    public_id: str
    reply_token: str
    link_serial: int = 0
    delegated_from: int | None = None
    delegated_to: int | None = None
    removed: bool = False
    partstat: PartStat = "NEEDS-ACTION"
    comment: str = ""


def place_of(meeting: Meeting, guest: Guest) -> tuple[Place, ...]:
    """Where this guest meets: the places of their groups, else those for everybody, else all."""
    named = {guest.address, guest.agency, *guest.groups, *guest.aliases}
    own = tuple(place for place in meeting.places if named.intersection(place.groups))
    return own or tuple(place for place in meeting.places if not place.groups) or meeting.places


def entrances(meeting: Meeting, places: tuple[Place, ...], common: Place | None) -> tuple[Place, ...]:
    """What somebody who meets at `places` may enter: those of them that can be entered; `common` (the room of the
    configuration) when the meeting itself names no way in at all. When only other places do, these people meet around
    a table."""
    if meeting.secret:
        return ()
    own = tuple(place for place in places if place.can_be_entered)
    if own or common is None or not common.can_be_entered:
        return own
    return () if any(place.can_be_entered for place in meeting.places) else (common,)


def closed(meeting: Meeting) -> Meeting:
    """The meeting as it may be kept and told: itself, or of a secret one when, who, where and whom to ask; no room, no
    papers, no word of what it is about (law 117/2025/QH15, article 5)."""
    if not meeting.secret:
        return meeting
    return replace(
        meeting,
        summary=NEUTRAL_SUMMARY,
        content="",
        requirements="",
        urgent_reason="",
        papers=(),
        places=tuple(Place(place.name, place.groups) for place in meeting.places),
        full_list=False,
    )
