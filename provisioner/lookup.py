"""Who is it? One person or more by address (also one they had long ago), employee id or name.

An address of the past is found by its keyed hash, so the register answers without being readable. A name is matched
exactly first; only when nobody has it are all names compared without marks and tone styles ("nguyen thi hoa").
An address may also belong to a role mailbox or a list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from foundation.directory import schema
from foundation.directory.entries import Entry
from foundation.directory.lookup import Directory
from foundation.vietnamese import equality_key, nfc, search_key
from provisioner import address_records, post_values
from provisioner.planning.address_book import RegisterKeys
from provisioner.planning.attributes import Shape
from provisioner.planning.groups_planner import GROUP_ATTRIBUTES
from provisioner.settings import Settings
from provisioner.store import StoredChange

MOST_FOUND = 200
"""More than this is not an answer any more; the rest is cut off."""


@dataclass(frozen=True, slots=True)
class Finder:
    """Searches ou=people for persons of ours."""

    directory: Directory
    settings: Settings
    keys: RegisterKeys

    def find(self, query: str) -> list[Entry]:
        """Everybody the query names, at most `MOST_FOUND`, sorted by name and id."""
        text = nfc(query).strip()
        found = self._by_address(text) if "@" in text else (self._by_id(text) or self._by_name(text))
        return sorted(found, key=lambda entry: (entry.first("cn"), entry.first("employeeNumber")))[:MOST_FOUND]

    def _by_address(self, address: str) -> list[Entry]:
        condition = self._of_address(address)
        return self._search(condition) if condition else []

    def _of_address(self, address: str) -> str:
        """The filter for entries that hold or held an address; "" when it cannot be one."""
        from foundation.errors import InputError

        value = _escaped(address.lower())
        try:
            digests = self.keys.digests(address)
        except InputError:
            return ""
        hashes = "".join(f"({schema.ADDRESS_HASH}={_escaped(digest)})" for digest in digests)
        return f"(|(mail={value})({self._shape.alias_attribute}={value}){hashes})"

    def _by_id(self, employee_id: str) -> list[Entry]:
        value = _escaped(employee_id)
        key = _escaped(self.settings.person_key(employee_id))
        return self._search(
            f"(|({schema.PERSON_KEY}={key})({schema.PERSON_KEY}={value})(employeeNumber={value})(uid={value}))"
        )

    def _by_name(self, name: str) -> list[Entry]:
        exact = self._search(f"(cn={_escaped(name)})")
        if exact:
            return exact
        same, alike = equality_key(name), search_key(name)
        names = list(self.directory.search(self.settings.subtrees.people, f"({schema.PERSON_KEY}=*)", ("cn",)))
        dns = [entry.dn for entry in names if equality_key(entry.first("cn")) == same]
        dns = dns or [entry.dn for entry in names if alike and f" {alike} " in f" {search_key(entry.first('cn'))} "]
        read = (self.directory.read(dn, self._attributes) for dn in dns[:MOST_FOUND])
        return [entry for entry in read if entry is not None]

    def _search(self, condition: str) -> list[Entry]:
        wanted = f"(&(objectClass={schema.PERSON_CLASS}){condition})"
        return list(self.directory.search(self.settings.subtrees.people, wanted, self._attributes))

    @property
    def _shape(self) -> Shape:
        dialect = self.directory.dialect
        return Shape(dialect.alias_attribute, dialect.alias_class)

    @property
    def _attributes(self) -> tuple[str, ...]:
        return ("uid", *self._shape.person_attributes())

    def as_json(self, entry: Entry, history: list[StoredChange]) -> dict[str, Any]:
        """The shape of `provision show`."""
        source, _, employee_id = entry.first(schema.PERSON_KEY).partition(":")
        return {
            "employee_id": employee_id,
            "source": source,
            "uid": entry.first("uid"),
            "dn": entry.dn,
            "name": entry.first("cn"),
            "address": entry.first("mail"),
            "addresses": list(self._addresses(entry, history)),
            "state": entry.first(schema.STATE),
            "agency": entry.first("departmentNumber"),
            "title": entry.first("title"),
            "telephone": entry.first("telephoneNumber"),
            "posts": [post_values.as_json(value) for value in sorted(entry.values(schema.POST))],
            "history": [_event(change) for change in history],
        }

    def _addresses(self, entry: Entry, history: list[StoredChange]) -> Iterator[dict[str, str | None]]:
        """Current addresses first, then those that ran out, which only the history still knows in clear."""
        records = address_records.parse(entry.values(schema.ADDRESS_RECORD))
        held = {record.address for record in records}
        for record in records:
            yield record.as_json()
        for address in entry.values(self._shape.alias_attribute):
            if address not in held:
                kind = "primary" if address == entry.first("mail") else "alias"
                yield {"address": address, "kind": kind, "since": None, "until": None}
        current = {*held, *entry.values(self._shape.alias_attribute)}
        past: dict[str, address_records.AddressRecord] = {}
        for change in history:
            for record in address_records.parse(change.before.get(schema.ADDRESS_RECORD, ())):
                earlier = past.get(record.address)
                if record.address not in current and (record.until or earlier is None or earlier.until is None):
                    past[record.address] = record  # the newest that has an end: as a primary address it had none
        for record in past.values():
            yield {**record.as_json(), "kind": "expired"}

    # -- role mailboxes and lists -----------------------------------------------------------------------------------

    def find_groups(self, query: str) -> list[Entry]:
        """The role mailboxes and lists that hold, or held, this address; none for a question without an @."""
        text = nfc(query).strip()
        condition = self._of_address(text) if "@" in text else ""
        if not condition:
            return []
        subtrees = self.settings.subtrees
        attributes = (*GROUP_ATTRIBUTES, self._shape.alias_attribute)
        found: list[Entry] = []
        for base, name in ((subtrees.roles, schema.ROLE_MAILBOX_CLASS), (subtrees.lists, schema.LIST_CLASS)):
            found += self.directory.search(base, f"(&(objectClass={name}){condition})", attributes)
        return found

    def group_as_json(self, entry: Entry) -> dict[str, Any]:
        """The shape of `groups` in `provision show`; members are names of entries."""
        nobody = self.settings.subtrees.lists.lower()
        is_list = bool(entry.values(schema.LIST_KIND))
        members = entry.values("member" if is_list else "roleOccupant")
        return {
            "kind": "list" if is_list else "role_mailbox",
            "dn": entry.dn,
            "name": entry.first("displayName") or entry.first("cn"),
            "address": entry.first("mail"),
            "agency": entry.first("departmentNumber"),
            "members": sorted(dn for dn in members if dn.lower() != nobody),
        }

    def who(self, dn: str) -> str:
        """`employee id name` of one member, or the first part of its entry's name when it is nobody of ours."""
        entry = self.directory.read(dn, ("cn", "employeeNumber"))
        found = f"{entry.first('employeeNumber')} {entry.first('cn')}".strip() if entry else ""
        return found or dn.partition(",")[0]


def _event(change: StoredChange) -> dict[str, Any]:
    from foundation import clock
    from foundation.language import Text

    at = change.settled_at or change.planned_at
    return {
        "at": clock.from_microseconds(at).isoformat(timespec="seconds"),
        "run": change.run_id,
        "action": change.action,
        "outcome": change.outcome or "unknown",
        "why": str(Text(*change.why)),
        "before": change.before,
        "after": {} if change.action == "create" else change.after,
    }


def _escaped(value: str) -> str:
    """A value inside a filter (RFC 4515 section 3)."""
    return "".join(f"\\{ord(character):02x}" if character in "\\*()\0" else character for character in value)
