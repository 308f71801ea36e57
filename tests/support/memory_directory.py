"""A directory in memory that reads like `foundation.directory.lookup.Directory` and takes changes like our slapd.

It is strict where the reference slapd is strict: a deleted value must be there, an added one must not, addresses and
hashes are unique across all entries, a person has one primary address among its addresses, a list has a member. A
change that slapd would refuse raises `Refused`, so a plan that cannot be written fails its test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from foundation.directory import schema
from foundation.directory.dialect import OPENLDAP, Dialect
from foundation.directory.entries import Entry
from foundation.directory.lookup import Scope
from provisioner.changes import Change
from provisioner.ldap_writer import modifications

EXACT = frozenset({schema.PERSON_KEY.lower(), schema.ADDRESS_HASH.lower()})
SINGLE = frozenset({schema.PERSON_KEY, schema.STATE, schema.ACTIVATED_SINCE, schema.SUSPENDED_SINCE, "employeeNumber"})
ADDRESS = re.compile(r"[a-z0-9]([a-z0-9._+-]{0,62}[a-z0-9])?@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]+")

Match = Callable[[Entry], bool]


class Refused(Exception):
    """What a server would answer with a result code other than success."""


class MemoryDirectory:
    """Entries by lower-case name; `put`, `edit` and `remove` are the hands that nobody asked."""

    def __init__(self, dialect: Dialect = OPENLDAP) -> None:
        self._dialect = dialect
        self.entries: dict[str, Entry] = {}

    # -- lookup.Directory -------------------------------------------------------------------------------------------

    @property
    def dialect(self) -> Dialect:
        return self._dialect

    def search(self, base: str, filter: str, attributes: Sequence[str], scope: Scope = "subtree") -> Iterator[Entry]:
        matches = compile_filter(filter)
        for dn, entry in sorted(self.entries.items()):
            if _within(dn, base.lower(), scope) and matches(entry):
                yield Entry(entry.dn, _only(entry.attributes, attributes))

    def read(self, dn: str, attributes: Sequence[str]) -> Entry | None:
        entry = self.entries.get(dn.lower())
        return Entry(entry.dn, _only(entry.attributes, attributes)) if entry else None

    def close(self) -> None:
        """Nothing to close."""

    # -- hands ------------------------------------------------------------------------------------------------------

    def put(self, dn: str, **attributes: str | Sequence[str]) -> None:
        """An entry that somebody made by hand; nothing is checked."""
        values = {name: (found,) if isinstance(found, str) else tuple(found) for name, found in attributes.items()}
        self.entries[dn.lower()] = Entry(dn, {name: found for name, found in values.items() if found})

    def edit(self, dn: str, **attributes: str | Sequence[str]) -> None:
        """Values that somebody changed by hand; an empty sequence removes the attribute."""
        entry = self.entries[dn.lower()]
        values = {name: (found,) if isinstance(found, str) else tuple(found) for name, found in attributes.items()}
        merged = {name: found for name, found in {**entry.attributes, **values}.items() if found}
        self.entries[dn.lower()] = Entry(entry.dn, merged)

    def remove(self, dn: str) -> None:
        del self.entries[dn.lower()]

    # -- changes ----------------------------------------------------------------------------------------------------

    def apply(self, change: Change) -> None:
        """One change as the writer would send it. Raises Refused."""
        name = change.dn.lower()
        if change.action == "create":
            if name in self.entries:
                raise Refused(f"68 entryAlreadyExists {change.dn}")
            after = {attribute: tuple(values) for attribute, values in change.after.items() if values}
        else:
            if name not in self.entries:
                raise Refused(f"32 noSuchObject {change.dn}")
            after = _modified(self.entries[name], change)
        entry = Entry(change.dn, after)
        self._check(entry)
        self.entries[name] = entry

    def _check(self, entry: Entry) -> None:
        alias = self._dialect.alias_attribute
        for attribute, values in entry.attributes.items():
            if len({_folded(attribute, value) for value in values}) != len(values):
                raise Refused(f"20 attributeOrValueExists {entry.dn} {attribute} {values}")
            if attribute in SINGLE and len(values) != 1:
                raise Refused(f"19 constraintViolation {entry.dn} {attribute}")
        for attributes in ((alias, schema.ADDRESS_HASH), (schema.PERSON_KEY,)):
            self._check_unique(entry, attributes)
        classes = entry.values("objectClass")
        if "groupOfNames" in classes and not entry.values("member"):
            raise Refused(f"65 objectClassViolation {entry.dn} has no member")
        if {"congvuPerson", "congvuList", "congvuRoleMailbox"} & set(classes):
            mail = entry.values("mail")
            if len(mail) > 1 or not set(mail) <= set(entry.values(alias)):
                raise Refused(f"19 constraintViolation {entry.dn} mail {mail}")
            if not all(ADDRESS.fullmatch(address) for address in (*mail, *entry.values(alias))):
                raise Refused(f"19 constraintViolation {entry.dn} {mail} {entry.values(alias)}")

    def _check_unique(self, entry: Entry, attributes: Sequence[str]) -> None:
        mine = {(name, _folded(name, value)) for name in attributes for value in entry.values(name)}
        for other in self.entries.values():
            if other.dn.lower() == entry.dn.lower():
                continue
            theirs = {(name, _folded(name, value)) for name in attributes for value in other.values(name)}
            if mine & theirs:
                raise Refused(f"19 constraintViolation not unique {entry.dn} {other.dn} {mine & theirs}")


def _modified(entry: Entry, change: Change) -> dict[str, tuple[str, ...]]:
    values = {name: list(found) for name, found in entry.attributes.items()}
    for operation, name, listed in modifications(change.before, change.after):
        held = values.setdefault(name, [])
        for value in listed:
            here = [other for other in held if _folded(name, other) == _folded(name, value)]
            if operation == "delete":
                if not here:
                    raise Refused(f"16 noSuchAttribute {change.dn} {name} {value}")
                held.remove(here[0])
            else:
                if here:
                    raise Refused(f"20 attributeOrValueExists {change.dn} {name} {value}")
                held.append(value)
    return {name: tuple(found) for name, found in values.items() if found}


def _only(held: Mapping[str, tuple[str, ...]], attributes: Sequence[str]) -> dict[str, tuple[str, ...]]:
    by_name = {name.lower(): values for name, values in held.items()}
    return {name: by_name[name.lower()] for name in attributes if name.lower() in by_name}


def _within(dn: str, base: str, scope: Scope) -> bool:
    if scope == "base":
        return dn == base
    if scope == "onelevel":
        return dn.endswith(f",{base}") and "," not in dn[: -len(base) - 1]
    return dn == base or dn.endswith(f",{base}")


def _folded(attribute: str, value: str) -> str:
    return value if attribute.lower() in EXACT else " ".join(value.split()).lower()


# -- filters (RFC 4515: and, or, not, equality, presence) -----------------------------------------------------------


def compile_filter(text: str) -> Match:
    """A predicate for a filter. Raises ValueError for what this directory does not know."""
    match, rest = _filter(text)
    if rest:
        raise ValueError(f"trailing text in filter: {rest!r}")
    return match


def _filter(text: str) -> tuple[Match, str]:
    if not text.startswith("("):
        raise ValueError(f"a filter begins with a parenthesis: {text!r}")
    sign, inner = text[1:2], text[2:]
    if sign in ("&", "|", "!"):
        parts: list[Match] = []
        while inner.startswith("("):
            part, inner = _filter(inner)
            parts.append(part)
        if not inner.startswith(")"):
            raise ValueError(f"unbalanced filter: {text!r}")
        return _combined(sign, parts), inner[1:]
    comparison, closed, rest = text[1:].partition(")")
    name, equals, value = comparison.partition("=")
    if not (closed and equals and name):
        raise ValueError(f"not a comparison: {text!r}")
    return _comparison(name, value), rest


def _combined(sign: str, parts: list[Match]) -> Match:
    if sign == "&":
        return lambda entry: all(part(entry) for part in parts)
    if sign == "|":
        return lambda entry: any(part(entry) for part in parts)
    return lambda entry: not parts[0](entry)


def _comparison(name: str, value: str) -> Match:
    def values(entry: Entry) -> tuple[str, ...]:
        return next((found for held, found in entry.attributes.items() if held.lower() == name.lower()), ())

    if value == "*":
        return lambda entry: name.lower() == "objectclass" or bool(values(entry))
    if "*" in value:
        raise ValueError(f"substrings are not known here: {value!r}")
    wanted = _folded(name, re.sub(r"\\([0-9a-fA-F]{2})", lambda match: chr(int(match[1], 16)), value))
    return lambda entry: any(_folded(name, found) == wanted for found in values(entry))
