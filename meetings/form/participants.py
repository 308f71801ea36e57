"""The people of a meeting put together: those of the form, looked up already, and on a change those who were invited.

Lists replace: `required` and `optional` take the place of everybody invited that way before, `chair` of the chair;
`add` and `add_optional` put people in, `remove` takes people out: by list or agency, or one person by any name that
`required` takes too; whoever was taken out by themselves comes back only by themselves, not with a list. Nobody comes
twice: the best role wins (chair, required, optional). Who was invited before keeps the address under which they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from foundation.errors import Problem
from foundation.language import Text
from meetings.form.texts import Reporter
from meetings.form.values import Values
from meetings.meeting import Guest, Role
from meetings.names import group_key, is_called

_RANK: Final[dict[Role, int]] = {"CHAIR": 0, "REQ-PARTICIPANT": 1, "OPT-PARTICIPANT": 2}


@dataclass(frozen=True, slots=True)
class Named:
    """What the directory answered to the names of each key, and what was wrong with them. `meant` are single people by
    the words that name them where nobody is invited: in `remove`, in a place's `for`, as `secretary`."""

    chair: tuple[Guest, ...] = ()
    required: tuple[Guest, ...] = ()
    optional: tuple[Guest, ...] = ()
    add: tuple[Guest, ...] = ()
    add_optional: tuple[Guest, ...] = ()
    meant: Mapping[str, Guest] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


Expand = Callable[[Sequence[str], Role, str], tuple[tuple[Guest, ...], tuple[Problem, ...]]]
"""`meetings.people.People.expand`."""

_KEYS: Final[tuple[tuple[str, Role], ...]] = (
    ("required", "REQ-PARTICIPANT"),
    ("optional", "OPT-PARTICIPANT"),
    ("add", "REQ-PARTICIPANT"),
    ("add_optional", "OPT-PARTICIPANT"),
)


def look_up(values: Values, expand: Expand, present: Sequence[Guest] = ()) -> Named:
    """Everybody whom the form names. Raises what `expand` raises."""
    found: dict[str, tuple[Guest, ...]] = {}
    chair, problems = expand([values.chair], "CHAIR", "chair") if values.chair else ((), ())
    for key, role in _KEYS:
        found[key], more = expand(getattr(values, key), role, key)
        problems += more
    meant = _meant(values, (*present, *chair, *(guest for key in found.values() for guest in key)), expand)
    told = tuple(replace(problem, file=values.source) for problem in problems)
    return Named(chair, **found, meant=meant, problems=told)


def _meant(values: Values, known: Iterable[Guest], expand: Expand) -> dict[str, Guest]:
    """{word in lower case: the one whom it means}, for words that no list, agency or person known here answers to."""
    groups = {text.lower() for guest in known for text in (guest.agency, *guest.groups)}
    words = dict.fromkeys((*values.remove, *(group for place in values.places for group in place.groups)))
    left = [word for word in words if "@" not in word and group_key(word) not in groups]
    if values.secretary and "@" not in values.secretary:
        left.append(values.secretary)
    guests, _ = expand(left, "REQ-PARTICIPANT", "") if left else ((), ())
    return {word.lower(): guest for guest in guests for word in left if is_alone(word, guest)}


def is_alone(word: str, guest: Guest) -> bool:
    """Whether this word is an employee id, a full name or an office among the words by which a guest was named."""
    lists = any("@" in group for group in guest.groups)
    return word in guest.groups and not lists and guest.agency not in guest.groups


def settled(values: Values, named: Named, guests: Iterable[Guest]) -> tuple[Values, tuple[Problem, ...]]:
    """The form with addresses where a place's `for` and `secretary` name one person in another way, and what of
    `secretary` nobody answers to."""
    report = Reporter(values.source)
    everybody = tuple(guests)
    places = tuple(
        replace(place, groups=tuple(dict.fromkeys(_address(group, named, everybody) for group in place.groups)))
        for place in values.places
    )
    secretary = _address(values.secretary, named, ()) if values.secretary else ""
    if secretary and "@" not in secretary:
        message = Text("danh bạ không có ai như vậy, hoặc có nhiều người", "the directory has nobody, or several")
        report.error("secretary", message, secretary, Text("ghi địa chỉ thư", "write the mail address"))
    return replace(values, places=places, secretary=secretary), tuple(report.problems)


def _address(word: str, named: Named, guests: Iterable[Guest]) -> str:
    """The address of the one whom a word means; the word itself when it is an address, a list or an agency."""
    if "@" in word:
        return word
    if word.lower() in named.meant:
        return named.meant[word.lower()].address
    everybody = tuple(guests)
    wanted = group_key(word)
    if any(wanted in (guest.agency.lower(), *(group.lower() for group in guest.groups)) for guest in everybody):
        return word
    called = [guest.address for guest in everybody if is_called(word, guest.address, guest.name)]
    return called[0] if len(called) == 1 else word


def gather(
    values: Values, named: Named, present: Sequence[Guest] = ()
) -> tuple[tuple[Guest, ...], tuple[Problem, ...]]:
    """(everybody who is invited now, problems): the chair first, then in the order of the form."""
    report = Reporter(values.source)
    _say_repeated(values, report)
    kept = _Together(present)
    chair = _chair(values, named, report) if values.has("chair") else _of(present, "CHAIR")
    kept.add(chair)
    kept.add(named.required if values.has("required") else _of(present, "REQ-PARTICIPANT"))
    kept.add(named.optional if values.has("optional") else _of(present, "OPT-PARTICIPANT"))
    coming = (*named.add, *named.add_optional)
    out = {address for name in values.remove for address in kept.remove(name, coming, named.meant, report)}
    by_name = (*values.add, *values.add_optional)
    kept.add(guest for guest in coming if guest.address not in out or any(_is_named(name, guest) for name in by_name))
    return tuple(sorted(kept.guests.values(), key=lambda guest: _RANK[guest.role] != 0)), tuple(report.problems)


class _Together:
    """Guests by address, each with the best role, all groups, and what the directory says of them now."""

    def __init__(self, present: Iterable[Guest]) -> None:
        self.guests: dict[str, Guest] = {}
        self._present = {guest.address: guest for guest in present}
        self._former = {alias: guest for guest in self._present.values() for alias in guest.aliases}

    def add(self, guests: Iterable[Guest]) -> None:
        for guest in guests:
            guest = self._as_invited(guest)
            known = self.guests.get(guest.address)
            if known is not None:
                role = min(known.role, guest.role, key=_RANK.__getitem__)
                groups = tuple(dict.fromkeys((*known.groups, *guest.groups)))
                aliases = tuple(dict.fromkeys((*guest.aliases, *known.aliases)))
                guest = replace(guest, role=role, groups=groups, aliases=aliases)
            self.guests[guest.address] = guest

    def _as_invited(self, guest: Guest) -> Guest:
        """Under the address by which they are invited already, should theirs have changed since."""
        if guest.address in self._present:
            return guest
        for address in guest.aliases:
            held = self._present.get(address)
            if held is not None and held.name == guest.name:
                aliases = tuple(each for each in (guest.address, *guest.aliases) if each != address)
                return replace(guest, address=address, aliases=aliases)
        return guest

    def remove(
        self, name: str, coming: Sequence[Guest], meant: Mapping[str, Guest], report: Reporter
    ) -> tuple[str, ...]:
        """Take out whom a name means; returns who was meant by themselves, of those who come too."""
        alone = self._one_by(name, coming, meant)
        if len(alone) > 1:
            message = Text("nhiều người mang tên này", "several people have this name")
            who = ", ".join(guest.address for guest in alone)
            report.error(
                "remove",
                message,
                name,
                Text("ghi địa chỉ thư của: {who}", "write the address of: {who}").format(who=who),
            )
            return ()
        self._take_out(name, alone or self._several_by(name), report)
        return tuple(guest.address for guest in alone)

    def _one_by(self, name: str, coming: Sequence[Guest], meant: Mapping[str, Guest]) -> list[Guest]:
        """Whom a name means by itself, invited now or coming; several when it is the name of several."""
        everybody = list(
            {guest.address: guest for guest in (*map(self._as_invited, coming), *self.guests.values())}.values()
        )
        exactly = [guest for guest in everybody if guest.address.lower() == group_key(name)]
        if exactly or self._several_by(name):
            return exactly or [guest for guest in everybody if is_alone(name, guest)]
        found = meant.get(name.lower())
        known = {found.address, *found.aliases} if found else set()
        return [guest for guest in everybody if guest.address in known or is_called(name, guest.address, guest.name)]

    def _several_by(self, name: str) -> list[Guest]:
        """Whom a list or an agency means, or a former address."""
        wanted = group_key(name)
        grouped = [
            guest
            for guest in self.guests.values()
            if wanted in (guest.agency.lower(), *(group.lower() for group in guest.groups))
        ]
        former = [guest for guest in self.guests.values() if wanted in guest.aliases]
        return grouped or former[:1]

    def _take_out(self, name: str, found: Sequence[Guest], report: Reporter) -> None:
        if not found:
            message = Text("không có trong thành phần mời", "is not among those invited")
            report.error("remove", message, name, Text("xem: meetings show", "see: meetings show"))
        for guest in found:
            if guest.role == "CHAIR":
                if len(found) == 1:
                    message = Text("không bỏ được người chủ trì", "the chair cannot be taken out")
                    report.error("remove", message, name, Text("đổi bằng khóa chair", "name another one by chair"))
                continue
            self.guests.pop(guest.address, None)


def _is_named(name: str, guest: Guest) -> bool:
    """Whether a name means this guest by themselves."""
    return is_alone(name, guest) or group_key(name) in guest.aliases or is_called(name, guest.address, guest.name)


def _chair(values: Values, named: Named, report: Reporter) -> tuple[Guest, ...]:
    """Exactly one person or office."""
    if len(named.chair) > 1:
        message = Text("chủ trì phải là một người, đây là {count}", "the chair is one person, these are {count}")
        hint = Text("ghi địa chỉ thư của người chủ trì", "give the mail address of the chair")
        report.error("chair", message.format(count=len(named.chair)), values.chair, hint)
        return ()
    if not named.chair and values.chair and not any(each.column == "chair" and each.stops for each in named.problems):
        message = Text("không mời được người chủ trì", "the chair cannot be invited")
        report.error("chair", message, values.chair)
    return tuple(replace(guest, role="CHAIR") for guest in named.chair)


def _of(guests: Iterable[Guest], role: Role) -> tuple[Guest, ...]:
    return tuple(guest for guest in guests if guest.role == role)


def _say_repeated(values: Values, report: Reporter) -> None:
    """Names written twice: the secretary may have meant somebody else."""
    seen: dict[str, str] = {}
    for key, _ in _KEYS:
        for name in getattr(values, key):
            folded = group_key(name)
            if folded in seen:
                where = Text("đã có trong {key}", "is in {key} already").format(key=seen[folded])
                report.warning(key, where, name)
            seen.setdefault(folded, key)
