"""Who plays in the meeting of the demo: chosen so that the story works whatever names and uids chance gave the people.

An agency's code invites its leaders, so whoever stands in for another must lead nothing: everybody here is a member of
the agency's own list alone, has their main post in that agency, receives mail, and holds no office mailbox.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from congvu.demo.mail import provisioner
from congvu.demo.stage import StoryBroken
from foundation.directory import Entry, schema
from foundation.language import Text

_AGENCIES: Final = 3
_DEPARTMENT: Final = re.compile(r"S[A-Z]+\Z")
_WANTED: Final = (schema.EMPLOYEE_NUMBER, schema.MAIL, schema.STATE, schema.DEPARTMENT_NUMBER)
_LIVE: Final = frozenset({schema.STATE_ACTIVE, schema.STATE_INVITED})


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the province."""

    employee_id: str
    address: str


@dataclass(frozen=True, slots=True)
class Cast:
    """The chair, who declines, who sends whom; the codes of the three agencies."""

    agencies: tuple[str, ...]
    chair: Person
    declines: Person
    sends: Person
    deputy: Person


def find_cast(state: Mapping[str, Any]) -> Cast:
    """The cast that the directory of the sandbox has. Raises StoryBroken when it has too few agencies."""
    from foundation.directory.ldap import connect

    with connect(provisioner(state)) as directory:
        base = state["directory"]["base"]
        members = (schema.MEMBER, schema.DEPARTMENT_NUMBER, schema.LIST_KIND)
        lists = [*directory.search(f"ou=lists,{base}", f"({schema.LIST_KIND}=*)", members, "onelevel")]
        offices = [
            *directory.search(f"ou=roles,{base}", f"({schema.ROLE}=*)", (schema.ROLE_OCCUPANT,), "onelevel"),
        ]
        people = [*directory.search(f"ou=people,{base}", f"({schema.EMPLOYEE_NUMBER}=*)", _WANTED, "onelevel")]
    return choose_cast(lists, offices, people)


def choose_cast(lists: Iterable[Entry], offices: Iterable[Entry], people: Iterable[Entry]) -> Cast:
    """Three departments, the smallest first, with two plain members each. Raises StoryBroken."""
    lists = list(lists)
    taken = {name.lower() for office in offices for name in office.values(schema.ROLE_OCCUPANT)}
    for entry in lists:
        if entry.first(schema.LIST_KIND) != "agency":
            taken.update(name.lower() for name in entry.values(schema.MEMBER))
    free = {entry.dn.lower(): entry for entry in people if entry.dn.lower() not in taken and _receives(entry)}
    found = []
    for entry in sorted(lists, key=lambda one: (len(one.values(schema.MEMBER)), one.dn)):
        code = entry.first(schema.DEPARTMENT_NUMBER)
        if entry.first(schema.LIST_KIND) != "agency" or not _DEPARTMENT.match(code):
            continue
        members = [free[name] for name in sorted(map(str.lower, entry.values(schema.MEMBER))) if name in free]
        plain = [_person(one) for one in members if one.first(schema.DEPARTMENT_NUMBER) == code]
        if len(plain) > 1:
            found.append((code, plain))
    if len(found) < _AGENCIES:
        raise StoryBroken(str(Text("không đủ đơn vị cho chuyện", "too few agencies for the story")))
    (first, chairs), (second, decliners), (third, (sends, deputy, *_)) = found[:_AGENCIES]
    return Cast((first, second, third), chairs[0], decliners[0], sends, deputy)


def _receives(entry: Entry) -> bool:
    return entry.first(schema.STATE) in _LIVE and bool(entry.first(schema.MAIL))


def _person(entry: Entry) -> Person:
    return Person(entry.first(schema.EMPLOYEE_NUMBER), entry.first(schema.MAIL))
