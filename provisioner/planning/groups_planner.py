"""Role mailboxes and lists: who owns them and who is in them, from the posts that people hold.

Each agency that exists today has exactly one mailbox of each role (agency, văn thư) and one list; positions and named
lists are the administrator's rules. An agency that follows another one under the same address takes over its entry, and
with it the letters that lie there; groups of other agencies that have ended lose their people. Members of other sources
and members that we cannot judge (a roster of one agency only) are kept. An emptied list keeps its entry, with the
lists' own subtree as the member that groupOfNames demands (RFC 4519 section 3.5): a deleted entry would free its
address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from foundation.directory import schema
from foundation.directory.entries import Entry
from foundation.errors import Problem
from foundation.language import Text
from foundation.terminal import counted
from provisioner.address_records import AddressRecord
from provisioner.changes import Attributes, Change, Kind, Population
from provisioner.people import Agency
from provisioner.planning import attributes as shapes
from provisioner.planning.address_book import AddressBook, RegisterKeys
from provisioner.planning.attributes import Shape
from provisioner.planning.people_planner import Member
from provisioner.planning.reasons import changed_fields
from provisioner.planning.wanted_groups import Group, Places, WantedGroups
from provisioner.settings import Settings

GROUP_ATTRIBUTES = (
    "objectClass",
    "cn",
    "displayName",
    "departmentNumber",
    "mail",
    "member",
    "roleOccupant",
    schema.STATE,
    schema.ROLE,
    schema.LIST_KIND,
    schema.ADDRESS_RECORD,
    schema.ADDRESS_HASH,
)


class GroupsPlanner:
    """Plans ou=roles and ou=lists; `reserve_addresses` before people get theirs, `plan` after."""

    def __init__(
        self,
        agencies: Mapping[str, Agency],
        live_roles: Mapping[str, Entry],
        live_lists: Mapping[str, Entry],
        settings: Settings,
        shape: Shape,
        keys: RegisterKeys,
        book: AddressBook,
        today: date,
    ) -> None:
        self._live = {**live_roles, **live_lists}
        self._settings = settings
        self._shape = shape
        self._keys = keys
        self._book = book
        self._today = today
        self.unchanged = 0
        self._leaving: Mapping[str, str] = {}
        self._places = Places(settings)
        existing = {code: agency for code, agency in agencies.items() if agency.exists_on(today)}
        self._ended = agencies.keys() - existing.keys()
        wanted = WantedGroups(existing, settings, shape, keys)
        self._groups = {(group.kind, group.fixed["cn"][0]): group for group in wanted}
        self._entries = self._matched(agencies)
        for entry in self._live.values():
            book.hold(entry.attributes.get("mail", ()))
            book.hold(entry.attributes.get(shape.alias_attribute, ()))
            book.reserve(entry.attributes.get(schema.ADDRESS_HASH, ()))

    # -- addresses --------------------------------------------------------------------------------------------------

    def reserve_addresses(self) -> list[Problem]:
        """Hold the addresses of groups still to be created; an address that somebody has is an error."""
        problems = []
        for key, group in self._groups.items():
            if key in self._entries:
                continue
            if self._book.is_taken(group.address, group.dn):
                problems.append(_taken(group))
            self._book.hold([group.address])
        return problems

    # -- members ----------------------------------------------------------------------------------------------------

    def plan(
        self,
        members: Iterable[Member],
        is_foreign: Callable[[str], bool],
        population: Population,
        leaving: Mapping[str, str] | None = None,
    ) -> tuple[list[Change], list[Problem]]:
        """Put people into their groups and compare with the directory.

        `leaving` ({name of the entry in lower case: suspend or move}) are people whom this plan suspends or moves: they
        count against those limits, so groups that lose them lose nothing unexplained.
        """
        self._leaving = leaving or {}
        for member in members:
            self._admit(member)
        found = []
        for key, group in self._groups.items():
            entry = self._entries.get(key)
            if entry is not None:
                found.append(self._compare(group, entry, is_foreign, population))
            elif group.kind == "role_mailbox" or group.members:
                found.append(self._create(group))
        taken = {entry.dn for entry in self._entries.values()}
        found += [
            self._release(entry, is_foreign, population) for entry in self._live.values() if entry.dn not in taken
        ]
        changes = [change for change in found if change is not None]
        self.unchanged += len(found) - len(changes)
        return changes, self._unowned()

    # -- whose entry is it ------------------------------------------------------------------------------------------

    def _matched(self, agencies: Mapping[str, Agency]) -> dict[tuple[Kind, str], Entry]:
        """The entry of each wanted group: its own, one it took over before, or one that a predecessor leaves it."""
        by_office = {_office(entry): entry for entry in self._live.values()}
        matched = {}
        for key, group in self._groups.items():
            entry = self._live.get(group.dn.lower()) or by_office.get(group.office)
            predecessors = agencies[group.agency].predecessors if group.agency else ()
            for code in predecessors if entry is None else ():
                left = by_office.get((*group.office[:2], code))
                if code in self._ended and left is not None and group.address in left.values("mail"):
                    entry = left
            if entry is not None:
                matched[key] = entry
        return matched

    def _admit(self, member: Member) -> None:
        for code, title in member.posts:
            self._put("list", f"agency.{code}", member.dn)
            roles, positions = self._places.of_title(title)
            for role in roles:
                self._put("role_mailbox", f"{role}.{code}", member.dn)
            for local_part in positions:
                self._put("list", f"position.{local_part}", member.dn)
        for local_part in self._places.named(member.employee_id):
            self._put("list", f"named.{local_part}", member.dn)

    def _put(self, kind: Kind, cn: str, dn: str) -> None:
        group = self._groups.get((kind, cn))
        if group is not None:
            group.members.append(dn)

    # -- comparison -------------------------------------------------------------------------------------------------

    def _create(self, group: Group) -> Change:
        record = AddressRecord("primary", self._today, None, group.address)
        after: dict[str, tuple[str, ...]] = {
            **group.fixed,
            **group.facts,
            **shapes.addresses(self._shape, [record], [self._keys.digest(group.address)]),
        }
        members = tuple(sorted(set(group.members)))
        if members:
            after[group.member_attribute] = members
        why = {
            "list": Text("danh sách thư mới", "new list"),
            "role_mailbox": Text("hộp thư chức năng mới", "new role mailbox"),
        }[group.kind]
        return Change(group.kind, "create", "", group.dn, group.address, {}, after, why, group.agency, name=group.name)

    def _compare(
        self, group: Group, entry: Entry, is_foreign: Callable[[str], bool], population: Population
    ) -> Change | None:
        live = entry.attributes
        current = {dn.lower(): dn for dn in live.get(group.member_attribute, ())}
        placeholder = self._settings.subtrees.lists
        _count_members(group.kind, len(current.keys() - {placeholder.lower()}), population)
        desired_members = {dn.lower(): dn for dn in group.members}
        desired_members.update((low, dn) for low, dn in current.items() if low in desired_members or is_foreign(low))
        lost = len(current.keys() - desired_members.keys() - self._leaving.keys() - {placeholder.lower()})
        if group.kind == "list" and not desired_members:
            desired_members = {placeholder.lower(): placeholder}
        desired: Attributes = {**group.facts, group.member_attribute: tuple(sorted(desired_members.values()))}
        before, after = shapes.difference(live, desired)
        if not after:
            return None
        address = next(iter(live.get("mail", ())), "")
        return Change(
            group.kind,
            "update",
            "",
            entry.dn,
            address,
            before,
            after,
            changed_fields(after),
            group.agency,
            lost,
            name=group.name,
        )

    def _release(self, entry: Entry, is_foreign: Callable[[str], bool], population: Population) -> Change | None:
        """A group that this plan does not make: of an agency that has ended it loses all our people, else leavers."""
        kind: Kind = "role_mailbox" if entry.first(schema.ROLE) else "list"
        attribute = "roleOccupant" if kind == "role_mailbox" else "member"
        placeholder = self._settings.subtrees.lists
        current = [dn for dn in entry.values(attribute) if dn.lower() != placeholder.lower()]
        _count_members(kind, len(current), population)
        agency = entry.first("departmentNumber")
        kept = tuple(dn for dn in current if is_foreign(dn.lower()) or not self._goes(dn.lower(), agency))
        if len(kept) == len(current):
            return None
        unexplained = [dn for dn in current if dn not in kept and dn.lower() not in self._leaving]
        desired = kept or ((placeholder,) if kind == "list" else ())
        before, after = shapes.difference(entry.attributes, {attribute: desired})
        name, address = entry.first("displayName"), entry.first("mail")
        why = Text("đơn vị đã kết thúc", "the agency has ended") if agency in self._ended else changed_fields(after)
        return Change(kind, "update", "", entry.dn, address, before, after, why, agency, len(unexplained), name=name)

    def _goes(self, dn: str, agency: str) -> bool:
        """Whether a member leaves a group of this agency ("" for positions and named lists)."""
        action = self._leaving.get(dn)
        return agency in self._ended or action == "suspend" or (action == "move" and bool(agency))

    def _unowned(self) -> list[Problem]:
        """One warning for all role mailboxes that nobody owns: letters would lie there unread."""
        ownerless = sorted(
            group.agency
            for group in self._groups.values()
            if group.fixed.get(schema.ROLE) == ("van_thu",) and not group.members
        )
        if not ownerless:
            return []
        return [
            Problem(
                "warning",
                Text("{agencies} chưa có ai giữ hộp thư văn thư", "nobody in the văn thư mailbox of {agencies}").format(
                    agencies=counted(len(ownerless), Text("đơn vị", "agency"))
                ),
                value=", ".join(ownerless[:20]) + (" …" if len(ownerless) > 20 else ""),
                hint=Text(
                    "ghi chức vụ văn thư vào danh sách, hoặc đổi [addresses.role_mailboxes] titles",
                    "give somebody the title in the roster, or change [addresses.role_mailboxes] titles",
                ),
            )
        ]


def _office(entry: Entry) -> tuple[str, str, str]:
    """What an entry is for, whatever it is called: kind, role or kind of list, agency."""
    role = entry.first(schema.ROLE)
    kind = "role_mailbox" if role else "list"
    return (kind, role or entry.first(schema.LIST_KIND), entry.first("departmentNumber") or entry.dn.lower())


def _count_members(kind: Kind, members: int, population: Population) -> None:
    if kind == "list":
        population.memberships += members
    else:
        population.occupancies += members


def _taken(group: Group) -> Problem:
    return Problem(
        "error",
        Text(
            "địa chỉ {address} dành cho {dn} đã thuộc về người khác",
            "the address {address} meant for {dn} belongs to somebody else",
        ).format(address=group.address, dn=group.dn),
        value=group.address,
        hint=Text(
            "đổi nhãn thư của đơn vị hoặc [addresses.role_mailboxes] address; xem 'provision show'",
            "change the agency's mail label or [addresses.role_mailboxes] address; see 'provision show'",
        ),
    )
