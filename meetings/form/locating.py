"""Where: the places of the form, their groups in the spelling by which the guests know them. Pure.

A group is an address, a list or the code of an agency. `meetings.meeting.place_of` compares texts exactly, so each
group is written here as its guests have it; a group that nobody belongs to is a mistake in a new form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from foundation.addresses import normalise
from foundation.errors import InputError
from foundation.language import Text
from meetings.form.texts import Reporter
from meetings.form.values import Values
from meetings.meeting import Guest, Meeting, Place
from meetings.names import group_key


def located(values: Values, before: Meeting | None, guests: Sequence[Guest], report: Reporter) -> tuple[Place, ...]:
    """The places of the meeting: those of the form, else those before."""
    given = values.has("places")
    places = values.places if given else before.places if before else ()
    known = _spellings(guests)
    found = tuple(
        replace(place, groups=tuple(_group(group, place, known, given, report) for group in place.groups))
        for place in places
    )
    if given:
        _say_repeated(found, report)
    return found


def _spellings(guests: Sequence[Guest]) -> dict[str, str]:
    """{text in lower case: as the guests have it}."""
    return {
        text.lower(): text
        for guest in guests
        for text in (*guest.aliases, *guest.groups, guest.agency, guest.address)
        if text
    }


def _group(group: str, place: Place, known: dict[str, str], given: bool, report: Reporter) -> str:
    text = group_key(group)
    if "@" in text:
        try:
            text = normalise(text)
        except InputError as error:
            report.error("places", error.message, group, error.hint)
            return group
    if text in known:
        return known[text]
    message = Text(
        "không ai trong thành phần mời thuộc “{group}” của địa điểm {name}",
        "nobody who is invited belongs to “{group}” of the place {name}",
    ).format(group=group, name=place.name)
    hint = Text(
        "mời đơn vị hoặc danh sách này, hoặc bỏ nó khỏi địa điểm",
        "invite this agency or list, or take it out of the place",
    )
    (report.error if given else report.warning)("places", message, group, hint)
    return group


def _say_repeated(places: Sequence[Place], report: Reporter) -> None:
    """Two places for the same group: whoever belongs to it is shown both."""
    seen: dict[str, str] = {}
    for place in places:
        for group in place.groups:
            if group in seen and seen[group] != place.name:
                message = Text("{group} có ở cả hai địa điểm {one} và {other}", "{group} is in both {one} and {other}")
                report.warning("places", message.format(group=group, one=seen[group], other=place.name))
            seen.setdefault(group, place.name)
