"""How often each property may stand in each object: the tables of RFC 5546 3.2, and what we add to them. Data only.

Two numbers are the least and the most; `MANY` is no bound. A property that a table does not name may not stand there,
except extension properties that `EXTENSIONS` lists. DECLINECOUNTER: RFC 5546 3.2.8 with the ATTENDEE of its own example
(4.2.4); what RFC 2446 forbade in it stays forbidden, so that readers of either are content.
"""

from __future__ import annotations

from typing import Final

from meetings.itip.objects import Method

MANY: Final = 10_000
"""The most attendees that one object of ours may list (a `full_list` is for small meetings)."""

Bounds = tuple[int, int]
NONE: Final[Bounds] = (0, 0)
MAY: Final[Bounds] = (0, 1)
ONE: Final[Bounds] = (1, 1)
ANY: Final[Bounds] = (0, MANY)
SOME: Final[Bounds] = (1, MANY)

_MAY_HAVE: Final[dict[str, Bounds]] = {
    "ATTACH": ANY, "CATEGORIES": ANY, "CLASS": MAY, "COMMENT": ANY, "CONTACT": ANY, "CREATED": MAY,
    "DESCRIPTION": MAY, "DTEND": MAY, "DURATION": MAY, "EXDATE": ANY, "GEO": MAY, "LAST-MODIFIED": MAY,
    "LOCATION": MAY, "PRIORITY": MAY, "RDATE": ANY, "RECURRENCE-ID": MAY, "RELATED-TO": ANY, "RESOURCES": ANY,
    "RRULE": MAY, "STATUS": MAY, "TRANSP": MAY, "URL": MAY, "REQUEST-STATUS": NONE,
}  # fmt: skip
"""The rows that RFC 5546 3.2.1, 3.2.2 and 3.2.5 have in common."""

EVENT_PROPERTIES: Final[dict[Method, dict[str, Bounds]]] = {
    "PUBLISH": {  # RFC 5546 3.2.1
        **_MAY_HAVE,
        "DTSTAMP": ONE, "DTSTART": ONE, "ORGANIZER": ONE, "SUMMARY": ONE, "UID": ONE, "SEQUENCE": MAY,
        "ATTENDEE": NONE,
    },
    "REQUEST": {  # RFC 5546 3.2.2
        **_MAY_HAVE,
        "ATTENDEE": SOME, "DTSTAMP": ONE, "DTSTART": ONE, "ORGANIZER": ONE, "SUMMARY": ONE, "UID": ONE,
        "SEQUENCE": MAY,
    },
    "CANCEL": {  # RFC 5546 3.2.5
        **_MAY_HAVE,
        "ATTENDEE": ANY, "DTSTAMP": ONE, "ORGANIZER": ONE, "SEQUENCE": ONE, "UID": ONE, "DTSTART": MAY, "SUMMARY": MAY,
    },
    "DECLINECOUNTER": {  # RFC 5546 3.2.8
        "DTSTAMP": ONE, "ORGANIZER": ONE, "SEQUENCE": ONE, "UID": ONE, "ATTENDEE": SOME,
        "COMMENT": ANY, "RECURRENCE-ID": MAY, "REQUEST-STATUS": ANY,
    },
}  # fmt: skip

OUR_PROPERTIES: Final[dict[Method, dict[str, Bounds]]] = {
    "PUBLISH": {"SEQUENCE": ONE, "DTEND": ONE, "DURATION": NONE, "RDATE": NONE, "COMMENT": MAY, "EXDATE": MAY},
    "REQUEST": {
        "SEQUENCE": ONE, "DTEND": ONE, "DURATION": NONE, "RDATE": NONE, "COMMENT": MAY, "EXDATE": MAY, "STATUS": ONE,
    },
    "CANCEL": {
        "ATTENDEE": SOME, "DTSTART": ONE, "DTEND": ONE, "SUMMARY": ONE, "DURATION": NONE, "RDATE": NONE,
        "COMMENT": MAY, "EXDATE": MAY,
    },
    "DECLINECOUNTER": {"COMMENT": MAY},
}  # fmt: skip
"""Stricter than the RFC because of what clients were seen to do: a cancellation is shown by its own times and words, a
length of time and extra dates are misread, an update without SEQUENCE is ignored."""

EXTENSIONS: Final[dict[str, Bounds]] = {
    "CONFERENCE": ANY,  # RFC 7986 5.11
    "X-CONGVU-DOCUMENT-NUMBER": MAY,
    "X-MICROSOFT-CDO-APPT-SEQUENCE": MAY,
    "X-MICROSOFT-CDO-BUSYSTATUS": MAY,
    "X-MICROSOFT-CDO-INTENDEDSTATUS": MAY,
    "X-MICROSOFT-CDO-ALLDAYEVENT": MAY,
    "X-MICROSOFT-DISALLOW-COUNTER": MAY,
}
"""In events of every method but DECLINECOUNTER."""

CALENDAR_PROPERTIES: Final[dict[str, Bounds]] = {"PRODID": ONE, "VERSION": ONE, "METHOD": ONE, "CALSCALE": MAY}
"""RFC 5546 3.2, first rows. No UID and no X- property: naive readers take the first UID that they see."""
FEED_PROPERTIES: Final[dict[str, Bounds]] = {"NAME": MAY, "X-WR-CALNAME": MAY, "REFRESH-INTERVAL": MAY}
"""RFC 7986 5.1 and 5.7, and the old name that clients read: only in a PUBLISH, which no mail carries."""

EVENTS: Final[dict[Method, Bounds]] = {"PUBLISH": ANY, "REQUEST": SOME, "CANCEL": SOME, "DECLINECOUNTER": ONE}
"""VEVENTs in one object. (RFC 5546 wants one in a PUBLISH too; a feed of somebody who has no meetings has none.)"""

ALARMS: Final[dict[Method, Bounds]] = {"PUBLISH": ANY, "REQUEST": MAY, "CANCEL": NONE, "DECLINECOUNTER": NONE}
"""VALARMs in one VEVENT: RFC 5546 3.2; in a REQUEST one at most, since clients drop or replace them."""

STATUSES: Final[dict[Method, frozenset[str]]] = {
    "PUBLISH": frozenset({"CONFIRMED", "TENTATIVE", "CANCELLED"}),
    "REQUEST": frozenset({"CONFIRMED", "TENTATIVE"}),
    "CANCEL": frozenset({"CANCELLED"}),
    "DECLINECOUNTER": frozenset(),
}
"""RFC 5546 3.2.1, 3.2.2 and 3.2.5."""

TIMEZONE_RULE_PROPERTIES: Final[dict[str, Bounds]] = {
    "DTSTART": ONE, "TZOFFSETFROM": ONE, "TZOFFSETTO": ONE, "TZNAME": MAY, "RRULE": MAY, "RDATE": ANY,
}  # fmt: skip
"""RFC 5545 3.6.5."""
