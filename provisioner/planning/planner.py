"""One plan from one roster and one directory: the order of the steps and nothing else.

agencies -> groups hold their addresses -> people stream past -> addresses are given -> groups get their members ->
the plan, sorted. Reads the directory once; holds the changes, the people of the roster and the addresses in memory,
never the entries.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from foundation.directory import schema
from foundation.directory.entries import Entry
from foundation.directory.lookup import Directory
from foundation.errors import Problem
from foundation.language import Text
from foundation.terminal import counted
from provisioner.changes import Change, Plan
from provisioner.people import Agency, Person
from provisioner.planning.address_book import AddressBook, RegisterKeys
from provisioner.planning.agencies_planner import plan_agencies
from provisioner.planning.attributes import Shape
from provisioner.planning.groups_planner import GROUP_ATTRIBUTES, GroupsPlanner
from provisioner.planning.managed import ManagedDigest
from provisioner.planning.people_planner import PeoplePlanner
from provisioner.planning.unpleasant import report_unpleasant
from provisioner.settings import Settings

AGENCY_ATTRIBUTES = (
    "ou",
    "displayName",
    schema.AGENCY_LEVEL,
    schema.PARENT_AGENCY,
    schema.CHANNEL,
    schema.VALID_FROM,
    schema.VALID_TO,
    schema.PREDECESSOR,
    schema.SUCCESSOR,
    schema.MAIL_DOMAIN,
    schema.MAIL_LABEL,
)


@dataclass(slots=True)
class Wanted:
    """What the input files say: people in good order, agencies, and the ids whose rows lie in the future.

    `agencies` are all that are known, `agencies_given` those that the files name: only these are written. `confirmed`
    are ids whose new name an administrator has vouched for; `columns` are the fields that the roster has (None: all).
    """

    people: list[Person]
    agencies: Mapping[str, Agency]
    agencies_given: Mapping[str, Agency]
    waiting: frozenset[str] = frozenset()
    confirmed: frozenset[str] = frozenset()
    columns: frozenset[str] | None = None
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class Planner:
    """Everything a plan is made from besides the roster."""

    directory: Directory
    settings: Settings
    keys: RegisterKeys
    today: date
    issued: Callable[[], Mapping[str, str]] = dict
    bind: bool = False
    progress: Callable[[int], None] = lambda count: None

    @property
    def shape(self) -> Shape:
        dialect = self.directory.dialect
        return Shape(dialect.alias_attribute, dialect.alias_class)

    def live_agencies(self) -> dict[str, Entry]:
        """The agencies that the directory knows, by code."""
        found = self.directory.search(self.settings.subtrees.agencies, "(objectClass=congvuAgency)", AGENCY_ATTRIBUTES)
        return {entry.attributes["ou"][0]: entry for entry in found if entry.attributes.get("ou")}

    def plan(self, wanted: Wanted, live_agencies: Mapping[str, Entry]) -> Plan:
        """The plan; `live_agencies` comes from `live_agencies()`, which a caller needs before it reads a roster."""
        shape, settings = self.shape, self.settings
        digest = ManagedDigest() if self.bind else None
        agency_changes, unchanged_agencies = plan_agencies(
            wanted.agencies_given, live_agencies, settings.subtrees.agencies
        )
        book = AddressBook(self.keys, self.issued)
        self._reservations(book, digest)
        groups = self._groups(wanted, shape, book, digest)
        people = PeoplePlanner(
            wanted.people,
            wanted.agencies,
            settings,
            shape,
            self.keys,
            book,
            self.today,
            wanted.waiting,
            wanted.confirmed,
            wanted.columns,
        )
        self._stream(people, shape, digest)
        problems = wanted.problems + groups.reserve_addresses()
        outcome = people.finish()
        population = people.population
        population.agencies = len(live_agencies)
        leaving = {
            change.dn.lower(): change.action for change in outcome.changes if change.action in ("suspend", "move")
        }
        group_changes, group_problems = groups.plan(
            people.members(), lambda dn: dn in people.foreign_members, population, leaving
        )
        problems += outcome.problems + group_problems + report_unpleasant(outcome.given, wanted.agencies)
        problems += (
            _by_hand(people.suspended_by_hand) + _unmanaged(people.unmanaged) + _unreadable(book.unreadable_keys())
        )
        changes = sorted(agency_changes + outcome.changes + group_changes, key=lambda change: change.order)
        plan = Plan(changes, problems, population, people.unchanged, unchanged_agencies + groups.unchanged)
        if digest is not None:
            for entry in live_agencies.values():
                digest.add(entry)
            plan.rest_digest = digest.rest({change.dn.lower() for change in changes})
            plan.bound = {change.dn: digest.of(change.dn) for change in changes}
        plan.plan_id = plan_identity(changes)
        return plan

    def _reservations(self, book: AddressBook, digest: ManagedDigest | None) -> None:
        found = self.directory.search(
            self.settings.subtrees.reservations, "(objectClass=congvuReservation)", (schema.ADDRESS_HASH,)
        )
        for entry in found:
            book.reserve(entry.attributes.get(schema.ADDRESS_HASH, ()))
            if digest is not None:
                digest.add(entry)

    def _groups(self, wanted: Wanted, shape: Shape, book: AddressBook, digest: ManagedDigest | None) -> GroupsPlanner:
        wanted_attributes = (*GROUP_ATTRIBUTES, shape.alias_attribute)
        subtrees = self.settings.subtrees
        live = []
        for base, name in ((subtrees.roles, "congvuRoleMailbox"), (subtrees.lists, "congvuList")):
            found = {
                entry.dn.lower(): entry
                for entry in self.directory.search(base, f"(objectClass={name})", wanted_attributes)
            }
            live.append(found)
            if digest is not None:
                for entry in found.values():
                    digest.add(entry)
        return GroupsPlanner(wanted.agencies, live[0], live[1], self.settings, shape, self.keys, book, self.today)

    def _stream(self, people: PeoplePlanner, shape: Shape, digest: ManagedDigest | None) -> None:
        base = self.settings.subtrees.people
        found = self.directory.search(base, "(objectClass=*)", shape.person_attributes())
        container = base.lower()
        for number, entry in enumerate(found, 1):
            if entry.dn.lower() == container:
                continue
            people.visit(entry)
            if digest is not None:
                digest.add(entry)
            if number % 1000 == 0:
                self.progress(number)


def plan_identity(changes: Iterable[Change]) -> str:
    """A name for exactly these changes: the first 16 hex digits of the SHA-256 over all of them in order."""
    total = hashlib.sha256()
    for change in changes:
        text = json.dumps(
            [change.kind, change.action, change.dn, dict(change.before), dict(change.after)],
            ensure_ascii=False,
            separators=(",", ":"),
        )
        total.update(text.encode())
        total.update(b"\n")
    return total.hexdigest()[:16]


def _unreadable(key_ids: list[str]) -> list[Problem]:
    if not key_ids:
        return []
    return [
        Problem(
            "error",
            Text(
                "sổ địa chỉ trong thư mục dùng khóa mà máy này không có: {ids}",
                "the address register in the directory uses keys that this machine does not have: {ids}",
            ).format(ids=", ".join(key_ids)),
            value=", ".join(key_ids),
            hint=Text(
                "khôi phục tệp khóa từ bản sao lưu ([addresses] register_key), hoặc: congvu keys import",
                "restore the key file from the backup ([addresses] register_key), or: congvu keys import",
            ),
        )
    ]


def _by_hand(employee_ids: list[str]) -> list[Problem]:
    if not employee_ids:
        return []
    return [
        Problem(
            "warning",
            Text(
                "{accounts} bị tạm khóa bằng tay dù danh sách ghi đang làm việc; giữ nguyên",
                "{accounts} suspended by hand although the roster says working: left suspended",
            ).format(accounts=counted(len(employee_ids), Text("tài khoản", "account"))),
            value=", ".join(employee_ids[:20]) + (" …" if len(employee_ids) > 20 else ""),
            hint=Text(
                "mở lại cũng bằng tay: đặt congvuState về giá trị cũ",
                "open them by hand too: put congvuState back to what it was",
            ),
        )
    ]


def _unmanaged(dns: list[str]) -> list[Problem]:
    if not dns:
        return []
    return [
        Problem(
            "warning",
            Text(
                "{entries} trong nhánh người dùng không do Congvu tạo; giữ nguyên, không sửa",
                "{entries} under people not ours: left alone",
            ).format(entries=counted(len(dns), Text("mục", "entry"))),
            value=", ".join(dns[:5]) + (" …" if len(dns) > 5 else ""),
            hint=Text("tiếp nhận bằng 'provision adopt'", "take them over with 'provision adopt'"),
        )
    ]
