"""How a schedule calls people: leaders by their given name (đ/c Thanh), others by their agency. Pure.

A Vietnamese given name stands last. Two leaders with one given name are told apart by as many words more as it takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from foundation.language import Text
from meetings.meeting import Attendee, Guest

MOST_PARTICIPANTS: Final = 12
"""Ours: three or four lines of a table cell; the letter has everybody."""


OUTSIDER: Final = "khách mời ngoài tỉnh"
"""Somebody whom no directory of ours has, invited without a name. The schedule's own words, in one language."""


def short_names(leaders: Sequence[Guest]) -> dict[str, str]:
    """{address: the shortest end of the name that no other leader's name has}; the whole name when none is short
    enough."""
    words = {leader.address: leader.name.split() for leader in leaders}
    return {address: _shortest(address, words) for address in words}


def _shortest(address: str, words: Mapping[str, Sequence[str]]) -> str:
    own = words[address]
    for count in range(1, len(own) + 1):
        end = " ".join(own[-count:]).casefold()
        others = (" ".join(other[-count:]).casefold() for key, other in words.items() if key != address)
        if end not in others:
            return " ".join(own[-count:])
    return " ".join(own) or address


def participants(people: Iterable[Attendee]) -> tuple[str, ...]:
    """Who is invited besides the leaders: agencies once each, others by name, in the order of the list; those who only
    are to know come last."""
    ordered = sorted(people, key=lambda person: person.guest.role == "OPT-PARTICIPANT")
    called = dict.fromkeys(_called(person.guest) for person in ordered)
    return tuple(name for name in called if name)


def _called(guest: Guest) -> str:
    """Nobody's address stands in a schedule: somebody from elsewhere without a name is a guest."""
    return without_address(" ".join((guest.agency_name or guest.name).split()))


def without_address(name: str) -> str:
    """The name, or what a schedule says where only an address is known."""
    return OUTSIDER if "@" in name else name


def listed(names: Sequence[str]) -> Text:
    """The names in one line; of many the first, and how many more."""
    if len(names) <= MOST_PARTICIPANTS:
        return Text(", ".join(names), ", ".join(names))
    shown, more = ", ".join(names[:MOST_PARTICIPANTS]), len(names) - MOST_PARTICIPANTS
    return Text(f"{shown} và {more} đơn vị, cá nhân khác", f"{shown} and {more} others")
