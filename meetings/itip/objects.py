"""What an iTIP object of ours says, as frozen values: parties, ways into a room, events.

The names are those of RFC 5545 and RFC 5546. The values are what is meant; how they are spelled (folding, quoting,
escaping) is the business of `calendar.py`. Nothing here is checked: `restrictions.py` reads the finished bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

Method = Literal["REQUEST", "CANCEL", "DECLINECOUNTER", "PUBLISH"]
"""RFC 5546 1.4: what an organiser sends."""
METHODS: Final[tuple[Method, ...]] = get_args(Method)

Status = Literal["CONFIRMED", "TENTATIVE", "CANCELLED", ""]
"""RFC 5545 3.8.1.11. Empty: no STATUS at all, as RFC 5546 3.2.5 wants it in a CANCEL that only takes somebody off."""

PRIORITIES: Final[dict[str, int]] = {"": 0, "khẩn": 3, "thượng khẩn": 2, "hỏa tốc": 1}
"""Degrees of urgency (Decree 30/2020/NĐ-CP, appendix I) as PRIORITY (RFC 5545 3.8.1.9: 1 is highest, 0 is none)."""


@dataclass(frozen=True, slots=True)
class Party:
    """One ORGANIZER or ATTENDEE. Addresses are bare ("an@tinh.test"); `name` is the CN, empty for none.

    Of an organizer only `address`, `name` and `sent_by` are said (RFC 5545 3.8.4.3).
    """

    address: str
    name: str = ""
    role: str = "REQ-PARTICIPANT"
    partstat: str = "NEEDS-ACTION"
    rsvp: bool = True
    cutype: str = "INDIVIDUAL"
    delegated_to: str = ""
    delegated_from: str = ""
    sent_by: str = ""


@dataclass(frozen=True, slots=True)
class Conference:
    """One way into the room (RFC 7986 5.11): an https, sip, sips, h323 or tel URI, what it carries ("AUDIO", "VIDEO",
    "PHONE", "CHAT", "FEED", "MODERATOR", "SCREEN"), and a word for people."""

    uri: str
    features: tuple[str, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One VEVENT.

    `start`, `end`, `exdates` and `recurrence_id` are aware; they are said in the zone `timezone`. `dtstamp`, `created`
    and `modified` are instants, said in UTC; without `modified` LAST-MODIFIED is `dtstamp`. `rrule` is the value of
    RRULE without its name, empty for none. `number` is the number and symbol of the letter. `comment` is why (a
    cancellation, a declined proposal). `free`: whoever has it in their calendar is not busy (TRANSP, RFC 5545 3.8.2.7).

    Of a DECLINECOUNTER only what RFC 5546 3.2.8 knows is said: who, which event, which occurrence, why.
    """

    uid: str
    sequence: int
    dtstamp: datetime
    organizer: Party
    attendees: tuple[Party, ...]
    start: datetime
    end: datetime
    timezone: str
    summary: str
    description: str = ""
    location: str = ""
    url: str = ""
    conferences: tuple[Conference, ...] = ()
    rrule: str = ""
    exdates: tuple[datetime, ...] = ()
    recurrence_id: datetime | None = None
    status: Status = "CONFIRMED"
    priority: int = 0
    number: str = ""
    comment: str = ""
    created: datetime | None = None
    modified: datetime | None = None
    free: bool = False


@dataclass(frozen=True, slots=True)
class Personal:
    """What differs from one recipient of an event to the next: all that a `Skeleton` fills in."""

    dtstamp: datetime
    organizer: Party
    attendees: tuple[Party, ...]
    description: str = ""
    location: str = ""
    url: str = ""
    conferences: tuple[Conference, ...] = ()
