"""Tells the family, middle and given part of a full name, in the order of the bearer's ethnic group.

Kinh and most others write family, middle, given. Êđê and Mnông write marker, given, clan ("Y Wăn Niê": given Wăn),
Jrai clan first, Xơ Đăng and Ba Na a marker and no family (A, Y), Cơ Ho K' or Ka, Khmer of An Giang Chau or Néang. The
column Dân tộc decides, else markers and letters. The full name itself is never rewritten. Always answers; says when
the order was a guess.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files
from sys import intern
from typing import Any, NamedTuple

from foundation.vietnamese import equality_key, slug, syllable_is_valid
from provisioner.people import Name

_MARKER = re.compile(r"([HKhk])['’‘ʼ′`´](.*)\Z")
_Y_HYPHEN = re.compile(r"([Yy])[-–](.+)\Z")
_LONG_NAME_WORDS = 5
"""From this many words on, "Nguyễn Phúc" is the royal family; in a shorter name Phúc is a middle name."""


class Parts(NamedTuple):
    """The parts of one name, each a list of words; `guessed` when the order could not be told."""

    family: Sequence[str]
    middle: Sequence[str]
    given: Sequence[str]
    guessed: bool = False


class Split(NamedTuple):
    """A name and whether its order was a guess."""

    name: Name
    guessed: bool


def split_name(full: str, ethnic_group: str = "") -> Split:
    """Split a tidy full name; `ethnic_group` is the text of the column Dân tộc, "" when there is none."""
    words = full.split(" ")
    order = _order_of_group(ethnic_group) if ethnic_group else ""
    if order in ("", "kinh") and not _is_special(words[0]) and "'" not in full and "’" not in full:
        parts = _kinh(words)
    else:
        parts = _special(words, order)
    name = Name(full, intern(" ".join(parts.family)), intern(" ".join(parts.middle)), intern(" ".join(parts.given)))
    return Split(name, parts.guessed)


def join_name(family: str, middle: str, given: str, ethnic_group: str = "") -> Name:
    """The name made of explicit parts: their order in the full name is that of the ethnic group."""
    parts = [part for part in (family, middle, given) if part]
    marker = slug(middle or given.split(" ")[0])
    last = (
        _order_of_group(ethnic_group) == "marker_given_clan" if ethnic_group else slug(family) in _tables().clans_last
    )
    if family and last and (marker in ("y", "h") or _MARKER.match(given)):
        parts = [middle, given, family]
    return Name(" ".join(part for part in parts if part), intern(family), intern(middle), intern(given))


def split_family_middle(family_middle: str, given: str, ethnic_group: str = "") -> Split:
    """The name of two columns "Họ đệm" and "Tên"; minority names that a program cut at the last word are put right."""
    words = family_middle.split(" ") if family_middle else []
    if words and (_is_special(words[0]) or (_order_of_group(ethnic_group) not in ("", "kinh"))):
        return split_name(f"{family_middle} {given}".strip(), ethnic_group)
    size = _compound(words, len(words) + 1) or min(len(words), 1)
    full = f"{family_middle} {given}".strip()
    return Split(Name(full, intern(" ".join(words[:size])), intern(" ".join(words[size:])), intern(given)), False)


def is_compound_family(family: str) -> bool:
    """Whether a family name of several words is known: a family column that holds others holds middle names too."""
    key = slug(family)
    return equality_key(family) in _tables().compounds or key in _tables().clans_last or key in _tables().clans_first


def _kinh(words: Sequence[str]) -> Parts:
    if len(words) == 1:
        return Parts((), (), words)
    size = _compound(words, len(words)) if len(words) > 2 else 0
    size = size or 1
    return Parts(words[:size], words[size:-1], words[-1:])


def _compound(words: Sequence[str], total: int) -> int:
    """How many words at the start make a known compound family, leaving at least one for the given name."""
    if not words or not _starts_compound(words[0], total >= _LONG_NAME_WORDS):
        return 0
    tables = _tables()
    for size in range(min(4, total - 1), 1, -1):
        key = equality_key(" ".join(words[:size]))
        if key in tables.compounds or (key in tables.long_compounds and total >= _LONG_NAME_WORDS):
            return size
    return 0


def _special(words: Sequence[str], order: str) -> Parts:
    rest: Sequence[str]
    for index, word in enumerate(words):
        if match := _MARKER.match(word):
            rest = ([match[2]] if match[2] else []) + list(words[index + 1 :])
            marker = match[1].upper() + "'"
            if not rest:
                return Parts((), words[:index], (word,))
            return (
                _given_clan(marker, rest, sure=marker == "H'") if index == 0 else Parts(words[:index], (marker,), rest)
            )
    if match := _Y_HYPHEN.match(words[0]):
        return _given_clan("Y", [match[2], *words[1:]], sure=True)
    first = slug(words[0])
    if len(words) > 1 and order != "kinh":
        if first == "h" and order in ("", "marker_given_clan"):
            return _given_clan("H'", words[1:], sure=True)
        if words[0] in ("Y", "y") and order in ("", "marker_given_clan"):
            return _given_clan(words[0], words[1:], sure=order != "")
        if order in ("", "marker_given") and words[0] in ("A", "Y", "Ka", "a", "y", "ka", "KA"):
            guessed = order == "" and len(words) > 2
            return Parts((), words[:-1], words[-1:], guessed)
        if first in ("chau", "neang") and words[0].lower() in ("chau", "néang") and order in ("", "khmer"):
            return Parts(words[:1], (), words[1:])
        clans = _tables().clans_last if order == "marker_given_clan" else _tables().clans_first | _tables().clans_last
        if order in ("", "clan_first", "marker_given_clan") and (size := _clan_prefix(words, clans)):
            rest = words[size:]
            return Parts(words[:size], rest[:-1], rest[-1:])
        if order == "clan_first" and len(words) > 2 and first in ("ro", "rah"):
            return Parts(words[:2], words[2:-1], words[-1:])
        if order == "cham" and first not in _tables().cham_families and len(words) > 2:
            return _kinh(words)._replace(guessed=not _is_kinh_family(words[0]))
    return _kinh(words)


def _given_clan(marker: str, rest: Sequence[str], sure: bool) -> Parts:
    """The words after the marker: the given name, then the clan (which may be two or three words), if there is one."""
    if len(rest) == 1:
        return Parts((), (marker,), rest)
    clans = _tables().clans_last
    for size in range(min(3, len(rest) - 1), 0, -1):
        if slug("".join(rest[-size:])) in clans:
            return Parts(rest[-size:], (marker,), rest[:-size])
    foreign = any(not syllable_is_valid(word) for word in rest)
    return Parts(rest[1:], (marker,), rest[:1], guessed=not sure and not foreign)


def _clan_prefix(words: Sequence[str], clans: frozenset[str]) -> int:
    for size in range(min(3, len(words) - 1), 0, -1):
        if slug("".join(words[:size])) in clans:
            return size
    return 0


class _Tables(NamedTuple):
    orders: dict[str, str]
    clans_last: frozenset[str]
    clans_first: frozenset[str]
    cham_families: frozenset[str]
    compounds: frozenset[str]
    long_compounds: frozenset[str]
    compound_heads: frozenset[str]
    long_compound_heads: frozenset[str]
    special_heads: frozenset[str]


@cache
def _tables() -> _Tables:
    data: dict[str, Any] = json.loads((files("provisioner") / "data" / "name_orders.json").read_text(encoding="utf-8"))
    orders = {
        slug(group): order for order, part in data.items() if isinstance(part, dict) for group in part.get("groups", ())
    }
    last, first = data["marker_given_clan"]["clans"], data["clan_first"]["clans"]
    compounds, long_compounds = data["compound_families"], data["long_compound_families"]
    heads = {slug(clan.split(" ")[0]) for clan in (*last, *first)} | {"y", "h", "a", "ka", "chau", "neang", "ro", "rah"}
    return _Tables(
        orders,
        frozenset(map(slug, last)),
        frozenset(map(slug, first)),
        frozenset(map(slug, data["cham"]["families"])),
        frozenset(map(equality_key, compounds)),
        frozenset(map(equality_key, long_compounds)),
        frozenset(slug(name.split(" ")[0]) for name in compounds),
        frozenset(slug(name.split(" ")[0]) for name in long_compounds),
        frozenset(heads),
    )


@lru_cache(maxsize=4096)
def _is_special(word: str) -> bool:
    """Whether a first word may open a name that is not in Kinh order."""
    return bool(_MARKER.match(word) or _Y_HYPHEN.match(word)) or slug(word) in _tables().special_heads


@lru_cache(maxsize=4096)
def _starts_compound(word: str, is_long: bool) -> bool:
    return slug(word) in _tables().compound_heads or (is_long and slug(word) in _tables().long_compound_heads)


@lru_cache(maxsize=256)
def _order_of_group(group: str) -> str:
    """The order of an ethnic group: a key of the data file; "" when the group is unnamed or unknown."""
    return _tables().orders.get(slug(group), "")


@cache
def _kinh_families() -> frozenset[str]:
    data = json.loads((files("provisioner") / "data" / "names.json").read_text(encoding="utf-8"))
    return frozenset(data["family_names"]["national"])


def _is_kinh_family(word: str) -> bool:
    return word in _kinh_families()
