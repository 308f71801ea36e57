"""The people of a meeting put together: those of the form, looked up already, and on a change those who were invited.

Lists replace: `required` and `optional` take the place of everybody invited that way before, `chair` of the chair;
`add` and `add_optional` put people in, `remove` takes people out by address, list or agency. Nobody comes twice: the
best role wins (chair, required, optional). Who was invited before keeps the address under which they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from foundation.errors import Problem
from foundation.language import Text
from meetings.form.texts import Reporter
from meetings.form.values import Values
from meetings.meeting import Guest, Role
from meetings.names import group_key

_RANK: Final[dict[Role, int]] = {"CHAIR": 0, "REQ-PARTICIPANT": 1, "OPT-PARTICIPANT": 2}


@dataclass(frozen=True, slots=True)
class Named:
    """What the directory answered to the names of each key, and what was wrong with them."""

    chair: tuple[Guest, ...] = ()
    required: tuple[Guest, ...] = ()
    optional: tuple[Guest, ...] = ()
    add: tuple[Guest, ...] = ()
    add_optional: tuple[Guest, ...] = ()
    problems: tuple[Problem, ...] = ()


Expand = Callable[[Sequence[str], Role, str], tuple[tuple[Guest, ...], tuple[Problem, ...]]]
"""`meetings.people.People.expand`."""

_KEYS: Final[tuple[tuple[str, Role], ...]] = (
    ("required", "REQ-PARTICIPANT"),
    ("optional", "OPT-PARTICIPANT"),
    ("add", "REQ-PARTICIPANT"),
    ("add_optional", "OPT-PARTICIPANT"),
)


def look_up(values: Values, expand: Expand) -> Named:
    """Everybody whom the form names. Raises what `expand` raises."""
    found: dict[str, tuple[Guest, ...]] = {}
    chair, problems = expand([values.chair], "CHAIR", "chair") if values.chair else ((), ())
    for key, role in _KEYS:
        found[key], more = expand(getattr(values, key), role, key)
        problems += more
    return Named(chair, **found, problems=tuple(replace(problem, file=values.source) for problem in problems))


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
    for name in values.remove:
        kept.remove(name, report)
    kept.add((*named.add, *named.add_optional))
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

    def remove(self, name: str, report: Reporter) -> None:
        wanted = group_key(name)
        exactly = [guest for guest in self.guests.values() if guest.address.lower() == wanted]
        grouped = [
            guest
            for guest in self.guests.values()
            if wanted in (guest.agency.lower(), *(group.lower() for group in guest.groups))
        ]
        former = [guest for guest in self.guests.values() if wanted in guest.aliases]
        found = exactly or grouped or former[:1]
        if not found:
            message = Text("không có trong thành phần mời", "is not among those invited")
            report.error("remove", message, name, Text("xem: meetings show", "see: meetings show"))
        for guest in found:
            if guest.role == "CHAIR":
                if len(found) == 1:
                    message = Text("không bỏ được người chủ trì", "the chair cannot be taken out")
                    report.error("remove", message, name, Text("đổi bằng khóa chair", "name another one by chair"))
                continue
            del self.guests[guest.address]


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
