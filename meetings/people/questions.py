"""What is asked of the directory, few searches for many names: each filter carries up to 200 values.

Everything that was not found is left out of the answer; nothing is judged. Addresses and codes are compared as the
server compares them: without regard to case.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from foundation.addresses import normalise
from foundation.directory import Directory, Entry, schema
from foundation.errors import InputError
from meetings.settings import Subtrees

VALUES_IN_A_FILTER: Final = 200
"""A filter of some 10 KiB; slapd takes 256 KiB (sockbuf_max_incoming) from whoever has logged in, 389-DS 2 MiB."""

_AROUND_SIGNS: Final = re.compile(r"\s*([,=+])\s*")
_BLANK: Final = re.compile(r"\s")
_PLAIN_ADDRESS: Final = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*@(?:[a-z0-9]+\.)+[a-z]{2,}")
"""What nearly all are: normal already."""
_PLAIN_UID: Final = re.compile(r"uid=([^,+\\=]+)", re.IGNORECASE)


class Found(NamedTuple):
    """Entries that hold some address, by kind."""

    people: list[Entry]
    offices: list[Entry]
    lists: list[Entry]


class Questions:
    """One connection, asked in batches. One search runs at a time, so each answer is read to its end. Every method
    raises Unreachable."""

    def __init__(self, directory: Directory, subtrees: Subtrees) -> None:
        self._directory = directory
        self._subtrees = subtrees
        self._alias = directory.dialect.alias_attribute
        common = (schema.UID, schema.MAIL, self._alias, schema.STATE, schema.DEPARTMENT_NUMBER, schema.TELEPHONE_NUMBER)
        self._person = (*common, schema.COMMON_NAME, schema.DISPLAY_NAME, schema.TITLE, schema.MOBILE)
        self._office = (*common, schema.COMMON_NAME, schema.DISPLAY_NAME, schema.ROLE, schema.ROLE_OCCUPANT)
        self._list = (schema.MAIL, self._alias, schema.COMMON_NAME, schema.DISPLAY_NAME, schema.MEMBER)
        self._agency = (
            schema.ORGANIZATIONAL_UNIT,
            schema.DISPLAY_NAME,
            schema.MAIL_LABEL,
            schema.MAIL_DOMAIN,
            schema.VALID_FROM,
            schema.VALID_TO,
            schema.SUCCESSOR,
        )

    def by_address(self, addresses: Collection[str]) -> Found:
        """Everything that has one of these addresses, the primary one or another. An address has one owner, whatever
        its kind, so offices and lists are asked for what is left."""
        found = Found([], [], [])
        left = set(addresses)
        for entries, base, object_class, attributes in (
            (found.people, self._subtrees.people, schema.PERSON_CLASS, self._person),
            (found.offices, self._subtrees.roles, schema.ROLE_MAILBOX_CLASS, self._office),
            (found.lists, self._subtrees.lists, schema.LIST_CLASS, self._list),
        ):
            entries.extend(self._search(base, object_class, self._alias, left, attributes))
            left.difference_update(*(self.addresses(entry) for entry in entries))
        return found

    def by_employee_number(self, numbers: Collection[str]) -> list[Entry]:
        """The people with these employee ids."""
        attributes = (*self._person, schema.EMPLOYEE_NUMBER)
        return self._search(self._subtrees.people, schema.PERSON_CLASS, schema.EMPLOYEE_NUMBER, numbers, attributes)

    def by_full_name(self, names: Collection[str]) -> list[Entry]:
        """Everybody who has one of these names."""
        return self._search(self._subtrees.people, schema.PERSON_CLASS, schema.COMMON_NAME, names, self._person)

    def people_of(self, agencies: Collection[str]) -> list[Entry]:
        """Everybody whose main post is in one of these agencies."""
        return self._search(
            self._subtrees.people, schema.PERSON_CLASS, schema.DEPARTMENT_NUMBER, agencies, self._person
        )

    def offices_of(self, agencies: Collection[str]) -> list[Entry]:
        """The office mailboxes of these agencies (not their registries)."""
        found = self._search(
            self._subtrees.roles, schema.ROLE_MAILBOX_CLASS, schema.DEPARTMENT_NUMBER, agencies, self._office
        )
        return [entry for entry in found if entry.first(schema.ROLE) == "agency"]

    def agencies(self) -> list[Entry]:
        """All agencies: they are few."""
        wanted = equals(schema.OBJECT_CLASS, schema.AGENCY_CLASS)
        return list(self._directory.search(self._subtrees.agencies, wanted, self._agency))

    def members(self, names: Collection[str]) -> Found:
        """The entries with these distinguished names, whatever they are; people by their uid, 200 at a time."""
        uids, others = [], []
        for name in names:
            uid = self._uid_of(name)
            if uid:
                uids.append(uid)
            else:
                others.append(name)
        found = Found(self._search(self._subtrees.people, schema.PERSON_CLASS, schema.UID, uids, self._person), [], [])
        for name in others:
            self._read(name, found)
        return found

    def _read(self, name: str, found: Found) -> None:
        place = normalised_name(name)
        kinds: tuple[tuple[str, list[Entry], Sequence[str]], ...] = (
            (self._subtrees.people, found.people, self._person),
            (self._subtrees.roles, found.offices, self._office),
            (self._subtrees.lists, found.lists, self._list),
        )
        for subtree, entries, attributes in kinds:
            if place.endswith(f",{normalised_name(subtree)}"):
                entry = self._directory.read(name, attributes)
                if entry is not None:
                    entries.append(entry)

    def _uid_of(self, name: str) -> str:
        """The uid that the distinguished name of a person shows; empty when it shows none."""
        place = normalised_name(name)
        first, _, parent = place.partition(",")
        match = _PLAIN_UID.fullmatch(first)
        return match[1] if match and parent == normalised_name(self._subtrees.people) else ""

    def addresses(self, entry: Entry) -> tuple[str, ...]:
        """All addresses of an entry, normalised, the primary one first; what is no address is left out."""
        primary, aliases = entry.first(schema.MAIL), sorted(entry.values(self._alias))
        found = (_normalised(address) for address in ([primary, *aliases] if primary else aliases))
        return tuple(dict.fromkeys(address for address in found if address))

    def _search(
        self, base: str, object_class: str, attribute: str, values: Collection[str], attributes: Sequence[str]
    ) -> list[Entry]:
        found: dict[str, Entry] = {}
        for batch in _batches(values):
            wanted = "".join(equals(attribute, value) for value in batch)
            condition = f"(&{equals(schema.OBJECT_CLASS, object_class)}(|{wanted}))"
            for entry in self._directory.search(base, condition, attributes):
                found[normalised_name(entry.dn)] = entry
        return list(found.values())


def normalised_name(dn: str) -> str:
    """A distinguished name in one spelling for comparing: lower case, no blanks around signs (RFC 4514)."""
    return (_AROUND_SIGNS.sub(r"\1", dn.strip()) if _BLANK.search(dn) else dn).lower()


def equals(attribute: str, value: str) -> str:
    """`(attribute=value)` with everything escaped that means something in a filter (RFC 4515 section 3)."""
    return f"({attribute}={''.join(map(_escaped, value))})"


def _escaped(letter: str) -> str:
    if letter.isascii() and letter.isprintable() and letter not in "\\*()":
        return letter
    return "".join(f"\\{octet:02x}" for octet in letter.encode("utf-8", "surrogatepass"))


def _normalised(address: str) -> str:
    if _PLAIN_ADDRESS.fullmatch(address):
        return address
    try:
        return normalise(address)
    except InputError:
        return ""


def _batches(values: Iterable[str]) -> Iterator[list[str]]:
    every = sorted(set(values))
    for start in range(0, len(every), VALUES_IN_A_FILTER):
        yield every[start : start + VALUES_IN_A_FILTER]
