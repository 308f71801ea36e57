"""A province of a few agencies and people on a directory in memory: plan, apply, ask, a day at a time.

All names are invented. `Province` plays the administrator: it plans with the real planner, applies the changes one by
one and remembers the addresses issued, as the database would.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from foundation.directory import schema
from foundation.directory.entries import Entry
from foundation.errors import Problem
from foundation.keys import AddressRegisterKeys, Key, Keyring, key_id
from provisioner import records
from provisioner.changes import Change, Plan
from provisioner.people import Agency, Name, Person, Post, PostKind, Standing
from provisioner.planning.attributes import Shape
from provisioner.planning.planner import Planner, Wanted
from provisioner.settings import Settings, Subtrees
from tests.support.memory_directory import MemoryDirectory

BASE = "dc=tinh,dc=test"
SUBTREES = Subtrees(
    BASE, f"ou=people,{BASE}", f"ou=agencies,{BASE}", f"ou=lists,{BASE}", f"ou=roles,{BASE}", f"ou=reservations,{BASE}"
)
SETTINGS = Settings(source="hr", domain="tinh.test", subtrees=SUBTREES)
SHAPE = Shape("mailLocalAddress", "inetLocalMailRecipient")
TODAY = date(2026, 11, 22)

SXD = Agency("SXD", "Sở Xây dựng", "sxd")
STC = Agency("STC", "Sở Tài chính", "stc")
XAN = Agency("X.AN", "Xã An Bình", "xanbinh", domain="xa.tinh.test")
AGENCIES = {agency.code: agency for agency in (SXD, STC, XAN)}


def make_keys(*secrets: bytes, imported: Iterable[bytes] = ()) -> AddressRegisterKeys:
    """A key ring, oldest first; by default one key of our own."""
    own = [
        Key(key_id("hmac-sha256", secret), date(2026, 1, 1), "hmac-sha256", secret)
        for secret in secrets or (b"1" * 32,)
    ]
    others = [
        Key(key_id("hmac-sha256", secret), date(2020, 1, 1), "hmac-sha256", secret, "tinhcu") for secret in imported
    ]
    return AddressRegisterKeys(Keyring((*own, *others)))


def name(full: str) -> Name:
    """Family name first, given name last, as most Vietnamese names are."""
    family, *middle, given = full.split() if " " in full else ("", full)
    return Name(full, family, " ".join(middle), given)


def post(agency: str = "SXD", title: str = "Chuyên viên", kind: PostKind = "main") -> Post:
    return Post(agency, title, kind=kind)


def person(
    employee_id: str,
    full: str = "Nguyễn Văn An",
    agency: str = "SXD",
    title: str = "Chuyên viên",
    *others: Post,
    standing: Standing = "working",
    hired_on: date | None = None,
    decision: str = "",
    phone: str = "",
) -> Person:
    """One person; the first post is the main one."""
    posts = (post(agency, title), *others)
    return Person(employee_id, name(full), posts, standing, hired_on, phone, decision)


@dataclass
class Province:
    """A directory with its subtrees, the settings, the keys and today."""

    settings: Settings = SETTINGS
    keys: AddressRegisterKeys = field(default_factory=make_keys)
    today: date = TODAY
    directory: MemoryDirectory = field(default_factory=MemoryDirectory)
    issued: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for dn in (SUBTREES.people, SUBTREES.agencies, SUBTREES.lists, SUBTREES.roles, SUBTREES.reservations):
            self.directory.put(dn, objectClass=("top", "organizationalUnit"), ou=dn.split(",")[0][3:])

    # -- what the administrator does --------------------------------------------------------------------------------

    def plan(
        self,
        people: Iterable[Person],
        agencies: Mapping[str, Agency] = AGENCIES,
        *,
        waiting: Iterable[str] = (),
        bind: bool = False,
    ) -> Plan:
        planner = Planner(self.directory, self.settings, self.keys, self.today, lambda: self.issued, bind)
        people = list(people)
        names = frozenset(one.employee_id for one in people)  # every new name is vouched for; test_person_identity asks
        wanted = Wanted(people, agencies, agencies, frozenset(waiting), names)
        return planner.plan(wanted, planner.live_agencies())

    def apply(self, changes: Iterable[Change]) -> None:
        """Intents first, as the database has it, then the write."""
        for change in changes:
            for digest, owner in records.issued([change], self.settings.source):
                self.issued.setdefault(digest, owner)
            self.directory.apply(change)

    def sync(
        self, people: Iterable[Person], agencies: Mapping[str, Agency] = AGENCIES, *, waiting: Iterable[str] = ()
    ) -> Plan:
        """Plan and apply; the plan must have no problem that stops."""
        plan = self.plan(people, agencies, waiting=waiting)
        assert not plan.stops, plan.problems
        self.apply(plan.changes)
        return plan

    def later(self, days: int = 1) -> None:
        self.today += timedelta(days=days)

    def with_settings(self, **changes: object) -> None:
        self.settings = replace(self.settings, **changes)  # type: ignore[arg-type]

    # -- what the directory holds -----------------------------------------------------------------------------------

    def person(self, employee_id: str) -> Entry:
        key = self.settings.person_key(employee_id)
        return next(entry for entry in self.directory.entries.values() if entry.first(schema.PERSON_KEY) == key)

    def mail(self, employee_id: str) -> str:
        return self.person(employee_id).first("mail")

    def addresses(self, employee_id: str) -> set[str]:
        return set(self.person(employee_id).values("mailLocalAddress"))

    def state(self, employee_id: str) -> str:
        return self.person(employee_id).first(schema.STATE)

    def role(self, cn: str) -> Entry:
        return self.directory.entries[f"cn={cn},{SUBTREES.roles}".lower()]

    def list(self, cn: str) -> Entry:
        return self.directory.entries[f"cn={cn},{SUBTREES.lists}".lower()]

    def members(self, cn: str) -> set[str]:
        """The employee ids in a list."""
        return self._ids(self.list(cn).values("member"))

    def owners(self, cn: str) -> set[str]:
        """The employee ids that own a role mailbox."""
        return self._ids(self.role(cn).values("roleOccupant"))

    def _ids(self, dns: Iterable[str]) -> set[str]:
        found = [self.directory.entries.get(dn.lower()) for dn in dns]
        return {entry.first("employeeNumber") for entry in found if entry and entry.first("employeeNumber")}


def only(plan: Plan, kind: str = "person") -> Change:
    """The one change of this kind."""
    found = [change for change in plan.changes if change.kind == kind]
    assert len(found) == 1, [(change.action, change.dn, change.after) for change in plan.changes]
    return found[0]


def shown(problems: Iterable[Problem]) -> str:
    """The English messages and values, for looking into."""
    return "\n".join(f"{problem.severity}: {problem.message.en} | {problem.value}" for problem in problems)
