"""A survey of the directory as it is: what is double, orphaned, unused or changed by hand. Reads only.

Findings are of these kinds: `duplicate_address` (two entries hold one address), `address_given_twice` (two entries
claim one address of the register, now or in the past), `duplicate_key`, `unmanaged_account` (not ours),
`account_without_person` and `person_without_account` (against a roster), `never_used` (never activated, or active and
never logged in), `drift` (differs from what the last run wrote), `vanished` (a run wrote it, now it is gone),
`agency_without_van_thu`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from foundation.directory import schema
from foundation.directory.entries import Entry
from foundation.directory.lookup import Directory
from foundation.language import Text
from provisioner.people import Person
from provisioner.planning import attributes as shapes
from provisioner.planning.attributes import NOT_MANAGED, Shape
from provisioner.planning.groups_planner import GROUP_ATTRIBUTES
from provisioner.planning.planner import AGENCY_ATTRIBUTES
from provisioner.settings import Settings

UNUSED_DAYS = 30
"""Accounts that nobody used within a month of their creation are listed: reports are monthly."""

LAST_LOGIN = "authTimestamp"
"""Written by slapd's contrib lastbind overlay."""

SERIOUS = frozenset({"duplicate_address", "address_given_twice", "duplicate_key", "vanished", "drift"})
"""Findings that make the command exit 1: promises of ours are broken or somebody works by hand."""

KIND_NAMES: dict[str, Text] = {
    "duplicate_address": Text("một địa chỉ ở hai mục", "one address on two entries"),
    "address_given_twice": Text("địa chỉ đã cấp cho hai người", "an address given to two people"),
    "duplicate_key": Text("một mã ở hai mục", "one id on two entries"),
    "unmanaged_account": Text("tài khoản không do Congvu quản lý", "accounts that are not ours"),
    "account_without_person": Text("tài khoản không có người trong danh sách", "accounts without a person"),
    "person_without_account": Text("người chưa có tài khoản", "people without an account"),
    "never_used": Text("tài khoản chưa từng dùng", "accounts never used"),
    "drift": Text("sửa tay sau lần chạy gần nhất", "changed by hand since the last run"),
    "vanished": Text("mục đã bị xóa", "entries that are gone"),
    "agency_without_van_thu": Text(
        "đơn vị chưa có người giữ hộp thư văn thư", "agencies with nobody in the văn thư mailbox"
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: which entry, whose, and what about it."""

    kind: str
    dn: str
    employee_id: str = ""
    value: str = ""
    before: Mapping[str, Iterable[str]] = field(default_factory=dict)
    after: Mapping[str, Iterable[str]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Keys of the `findings` of `provision audit --json`; `before` is what we wrote, `after` what stands there."""
        return {
            "kind": self.kind,
            "dn": self.dn,
            "employee_id": self.employee_id,
            "value": self.value,
            "before": {name: list(values) for name, values in self.before.items()},
            "after": {name: list(values) for name, values in self.after.items()},
        }


class Audit:
    """Entries stream past `visit`; `finish` compares with what runs wrote and with a roster."""

    def __init__(self, directory: Directory, settings: Settings, today: date) -> None:
        self._directory = directory
        self._settings = settings
        self._today = today
        dialect = directory.dialect
        self._shape = Shape(dialect.alias_attribute, dialect.alias_class)
        self._findings: list[Finding] = []
        self._addresses: dict[str, str] = {}
        self._hashes: dict[str, str] = {}
        self._keys: dict[str, str] = {}
        self._standing: dict[str, str] = {}
        self.entries = 0
        self.by_state: dict[str, int] = {}

    def run(
        self,
        applied: Iterable[tuple[str, Mapping[str, tuple[str, ...]]]],
        people: Iterable[Person] | None,
        waiting: Iterable[str] = (),
    ) -> list[Finding]:
        """The whole survey, findings sorted by kind and name; `waiting` are ids whose rows lie in the future."""
        written = {dn.lower(): values for dn, values in applied}
        met: set[str] = set()
        for entry in self._live():
            self._visit(entry)
            met.add(entry.dn.lower())
            expected = written.get(entry.dn.lower())
            if expected is not None:
                self._compare(entry, expected)
        for dn in sorted(written.keys() - met):
            self._findings.append(Finding("vanished", dn, next(iter(written[dn].get("employeeNumber", ())), "")))
        if people is not None:
            self._against(people, waiting)
        return sorted(self._findings, key=lambda finding: (finding.kind, finding.dn, finding.value))

    def _live(self) -> Iterator[Entry]:
        subtrees = self._settings.subtrees
        groups = (*GROUP_ATTRIBUTES, self._shape.alias_attribute)
        yield from self._directory.search(subtrees.agencies, "(objectClass=congvuAgency)", AGENCY_ATTRIBUTES)
        yield from self._directory.search(subtrees.roles, "(objectClass=congvuRoleMailbox)", groups)
        yield from self._directory.search(subtrees.lists, "(objectClass=congvuList)", groups)
        reserved = (schema.ADDRESS_HASH, schema.RESERVED_SINCE)
        yield from self._directory.search(subtrees.reservations, "(objectClass=congvuReservation)", reserved)
        wanted = (*self._shape.person_attributes(), LAST_LOGIN, "createTimestamp", schema.OBJECT_CLASS)
        for entry in self._directory.search(subtrees.people, "(objectClass=*)", wanted):
            if entry.dn.lower() != subtrees.people.lower():
                yield entry

    def _visit(self, entry: Entry) -> None:
        self.entries += 1
        live = entry.attributes
        for address in {value.lower() for value in (*entry.values("mail"), *live.get(self._shape.alias_attribute, ()))}:
            self._unique(self._addresses, address, entry, "duplicate_address")
        for digest in entry.values(schema.ADDRESS_HASH):
            self._unique(self._hashes, digest, entry, "address_given_twice")
        if entry.first(schema.ROLE) == "van_thu" and not entry.values("roleOccupant"):
            self._findings.append(Finding("agency_without_van_thu", entry.dn, value=entry.first("departmentNumber")))
        if entry.dn.lower().endswith(f",{self._settings.subtrees.people.lower()}"):
            self._visit_person(entry)

    def _visit_person(self, entry: Entry) -> None:
        key = entry.first(schema.PERSON_KEY)
        if not key:
            self._findings.append(Finding("unmanaged_account", entry.dn, value=entry.first("mail")))
            return
        self._unique(self._keys, key, entry, "duplicate_key")
        state = entry.first(schema.STATE)
        self.by_state[state] = self.by_state.get(state, 0) + 1
        source, _, employee_id = key.partition(":")
        if source == self._settings.source and state != schema.STATE_SUSPENDED:
            self._standing[employee_id] = entry.first("departmentNumber")
        if self._is_unused(entry, state):
            self._findings.append(Finding("never_used", entry.dn, employee_id, state))

    def _is_unused(self, entry: Entry, state: str) -> bool:
        if state == schema.STATE_SUSPENDED or entry.first(LAST_LOGIN):
            return False
        since = shapes.day_from(entry.first("createTimestamp"))
        return since is not None and since + timedelta(days=UNUSED_DAYS) < self._today

    def _unique(self, seen: dict[str, str], value: str, entry: Entry, kind: str) -> None:
        other = seen.setdefault(value, entry.dn)
        if other != entry.dn:
            shown = f"{value} = {other}" if kind != "address_given_twice" else other
            self._findings.append(Finding(kind, entry.dn, entry.first("employeeNumber"), shown))

    def _compare(self, entry: Entry, expected: Mapping[str, tuple[str, ...]]) -> None:
        """Differences from what we wrote, in the attributes that are ours alone."""
        wanted = {
            name: values
            for name, values in expected.items()
            if name not in NOT_MANAGED
            and name != schema.OBJECT_CLASS
            and not (name == schema.STATE and _is_activation(values, entry))
        }
        live, before = shapes.difference(entry.attributes, wanted)
        if before:
            self._findings.append(
                Finding("drift", entry.dn, entry.first("employeeNumber"), ", ".join(before), before, live)
            )

    def _against(self, people: Iterable[Person], waiting: Iterable[str]) -> None:
        named = set(waiting)
        for person in people:
            named.add(person.employee_id)
            key = self._settings.person_key(person.employee_id)
            if person.standing == "working" and key not in self._keys:
                self._findings.append(
                    Finding("person_without_account", "", person.employee_id, f"{person.name.full} ({person.agency})")
                )
        for employee_id in sorted(self._standing.keys() - named):
            if self._settings.scope_agency in (None, self._standing[employee_id]):
                dn = self._keys[self._settings.person_key(employee_id)]
                self._findings.append(Finding("account_without_person", dn, employee_id))


def _is_activation(written: tuple[str, ...], entry: Entry) -> bool:
    """The portal moves an account from invited to active, which is no drift; nobody but us opens a suspended one."""
    return written == (schema.STATE_INVITED,) and entry.first(schema.STATE) == schema.STATE_ACTIVE
