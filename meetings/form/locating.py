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


def located(
    values: Values,
    before: Meeting | None,
    guests: Sequence[Guest],
    report: Reporter,
    series: Meeting | None = None,
) -> tuple[Place, ...]:
    """The places of the meeting: those of the form, else those before. A new place for one occurrence of `series`,
    given without a way in, keeps that of the series: the people online must not end up in another room."""
    given = values.has("places")
    places = values.places if given else before.places if before else ()
    known = _spellings(guests)
    found = tuple(
        replace(place, groups=tuple(_group(group, place, known, given, report) for group in place.groups))
        for place in places
    )
    if given:
        _say_repeated(found, report)
        if series is not None:
            found = _entered_as_before(found, series, report)
    return found


def _entered_as_before(places: tuple[Place, ...], series: Meeting, report: Reporter) -> tuple[Place, ...]:
    entered = [place for place in series.places if place.can_be_entered]
    if not entered or any(place.can_be_entered for place in places):
        return places
    usual = entered[0]
    hint = Text("ghi url, sip, h323 hoặc telephone cho địa điểm mới", "give the new place url, sip, h323 or telephone")
    same = {place for place in places if set(place.groups) == set(usual.groups)}
    same = same or {place for place in places if not place.groups}
    if len(entered) > 1 or not same:
        message = Text("buổi này không còn đường vào họp trực tuyến", "this occurrence has no way in online any more")
        report.warning("places", message, hint=hint)
        return places
    message = Text("vẫn vào họp trực tuyến như {name}", "is entered online as {name} is").format(name=usual.name)
    report.warning("places", message, hint=hint)
    ways = {key: getattr(usual, key) for key in ("url", "sip", "h323", "telephone", "pin")}
    return tuple(replace(place, **ways) if place in same else place for place in places)


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
