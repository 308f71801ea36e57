"""Who and what is taken at that time: people by their addresses, rooms by their names and by how they are entered.

The caller asks the store with `busy_question` and hands the answer in; a meeting never clashes with itself. Every
occurrence of a series that is still to come is compared, not the first one alone. Somebody who may stay away
(optional) is a warning; everybody else, and rooms, are what `Rules.clash` says.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from foundation.language import Text
from foundation.vietnamese import equality_key
from meetings.form.texts import Reporter
from meetings.form.timing import told
from meetings.form.values import Busy, BusyQuestion, Calendars, ClashRule
from meetings.itip import series
from meetings.meeting import Guest, Meeting, Place

MOST_TOLD: Final = 20
"""As many clashes as a screen shows; the rest is counted."""
_NAMES_TOLD: Final = 5

_NO_ROOMS: Final = tuple(
    equality_key(words)
    for words in (
        "trực tuyến",
        "họp trực tuyến",
        "online",
        "tại đơn vị",
        "tại cơ quan",
        "tại các điểm cầu",
        "các điểm cầu",
    )
)
"""What stands in the place of a place: any number of meetings may be held "online" at once."""


def clash_keys(meeting: Meeting, guests: Iterable[Guest]) -> dict[str, str]:
    """{key: how people call it} of everybody and every room: addresses as they are, places as `place:...`, the ways
    into a room as `room:...`. What the store keeps as busy has the same keys."""
    keys = {guest.address: guest.name or guest.address for guest in guests if guest.address}
    for place in meeting.places:
        keys.update(dict.fromkeys(place_keys(place), place.name))
    return keys


def place_keys(place: Place) -> tuple[str, ...]:
    """What makes two places one: the same name in any spelling, or the same way into a room."""
    name = equality_key(place.name)
    ways = (place.url, place.sip, place.h323)
    return (
        *((f"place:{name}",) if name and not name.startswith(_NO_ROOMS) else ()),
        *(f"room:{way}|{place.pin}" for way in ways if way),
    )


def busy_question(meeting: Meeting, guests: Iterable[Guest], now: datetime) -> BusyQuestion | None:
    """Whose busy intervals to ask for, and over which time; None when all of it is over."""
    spans = _to_come(meeting, now)
    if not spans:
        return None
    return BusyQuestion(tuple(clash_keys(meeting, guests)), spans[0][0], spans[-1][1])


def check_clashes(
    meeting: Meeting,
    guests: Sequence[Guest],
    busy: Calendars,
    now: datetime,
    rule: ClashRule,
    report: Reporter,
    keys: Mapping[str, str] | None = None,
) -> None:
    """Report every meeting that takes one of us or of our rooms at that time; `keys` narrows whom to look at."""
    spans = _to_come(meeting, now)
    optional = {guest.address for guest in guests if guest.role == "OPT-PARTICIPANT"}
    taken: dict[tuple[datetime, str], tuple[Busy, dict[str, str]]] = {}
    for key, name in (clash_keys(meeting, guests) if keys is None else keys).items():
        for interval in busy.get(key, ()):
            if interval.uid != meeting.uid and _touches(spans, interval):
                _, names = taken.setdefault((interval.start, interval.uid), (interval, {}))
                names[key] = name
    for _, (interval, names) in sorted(taken.items())[:MOST_TOLD]:
        _tell(interval, names, optional, rule, report)
    if len(taken) > MOST_TOLD:
        more = Text("và {count} cuộc họp khác trùng giờ", "and {count} more meetings at that time")
        report.warning("start", more.format(count=len(taken) - MOST_TOLD))


def _tell(interval: Busy, names: Mapping[str, str], optional: set[str], rule: ClashRule, report: Reporter) -> None:
    places = [name for key, name in names.items() if key.startswith(("place:", "room:"))]
    people = [name for key, name in names.items() if not key.startswith(("place:", "room:"))]
    where = Text("{time}: “{summary}”", "{time}: “{summary}”").format(time=_span(interval), summary=interval.summary)
    must = bool(places) or any(key not in optional for key in names)
    add = report.error if must and rule == "refuse" else report.warning
    if people:
        hint = Text("đổi giờ, hoặc mời người khác", "change the time, or invite somebody else")
        message = Text("{who} bận họp {where}", "{who}: busy {where}").format(who=_listed(people), where=where)
        add("required", message, hint=hint)
    if places:
        hint = Text("đổi giờ, hoặc đổi địa điểm", "change the time, or the place")
        message = Text("{what} đã có cuộc họp {where}", "{what}: taken {where}")
        add("places", message.format(what=_listed(list(dict.fromkeys(places))), where=where), hint=hint)


def _listed(names: Sequence[str]) -> Text:
    shown = ", ".join(names[:_NAMES_TOLD])
    if len(names) <= _NAMES_TOLD:
        return Text(shown, shown)
    more = len(names) - _NAMES_TOLD
    return Text(f"{shown} và {more} người khác", f"{shown} and {more} more")


def _span(interval: Busy) -> Text:
    return Text("{start} - {end}", "{start} - {end}").format(start=told(interval.start), end=f"{interval.end:%H:%M}")


def _to_come(meeting: Meeting, now: datetime) -> tuple[tuple[datetime, datetime], ...]:
    every = series.occurrences(meeting.rrule, meeting.start, meeting.end)
    return tuple((start, end) for start, end in every if end > now)


def _touches(spans: Sequence[tuple[datetime, datetime]], interval: Busy) -> bool:
    """Whether an interval shares time with one of ours; ours are in order and never overlap, so one look is enough."""
    index = bisect_left(spans, interval.end, key=lambda span: span[0]) - 1
    return index >= 0 and spans[index][1] > interval.start
