"""Which role mailboxes and lists there should be, and to which of them a post leads.

Each agency that exists today has one mailbox of each role and one list; positions and named lists are the
administrator's rules. Pure: nothing is compared here and nobody is put anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from foundation.directory import schema
from foundation.language import Text
from foundation.vietnamese import search_key
from provisioner.changes import Attributes, Kind
from provisioner.people import Agency
from provisioner.planning.address_book import RegisterKeys
from provisioner.planning.attributes import Shape
from provisioner.planning.rdn import rdn
from provisioner.settings import Settings

ROLE_NAMES = {
    "agency": Text("Hộp thư đơn vị {name}", "Mailbox of {name}"),
    "van_thu": Text("Văn thư {name}", "Registry of {name}"),
}


@dataclass(slots=True)
class Group:
    """One list or role mailbox as it should be."""

    kind: Kind
    dn: str
    address: str
    agency: str
    fixed: Attributes
    facts: Attributes
    member_attribute: str
    members: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What people read in their address book."""
        return self.facts["displayName"][0]

    @property
    def office(self) -> tuple[str, str, str]:
        """What the group is for, whatever its entry is called: kind, role or kind of list, agency."""
        what = self.fixed.get(schema.ROLE) or self.fixed[schema.LIST_KIND]
        return (self.kind, what[0], self.agency or self.dn.lower())


class WantedGroups:
    """The groups of the agencies given, which exist today."""

    def __init__(self, agencies: Mapping[str, Agency], settings: Settings, shape: Shape, keys: RegisterKeys) -> None:
        self._agencies = agencies
        self._settings = settings
        self._shape = shape
        self._keys = keys

    def __iter__(self) -> Iterator[Group]:
        yield from self._roles()
        yield from self._lists()

    def _in_scope(self) -> Iterator[Agency]:
        only = self._settings.scope_agency
        return (agency for code, agency in sorted(self._agencies.items()) if only in (None, code))

    def _roles(self) -> Iterator[Group]:
        for agency in self._in_scope():
            for rule in self._settings.roles:
                name = ROLE_NAMES.get(rule.role, Text("{name}", "{name}")).vi.format(name=agency.name)
                cn = f"{rule.role}.{agency.code}"
                yield Group(
                    "role_mailbox",
                    f"{rdn('cn', cn)},{self._settings.subtrees.roles}",
                    self._address(rule.address, agency),
                    agency.code,
                    {
                        "objectClass": ("top", "organizationalRole", self._shape.alias_class, "congvuRoleMailbox"),
                        "cn": (cn,),
                        "uid": (self._keys.opaque_id(f"role:{cn}"),),
                        schema.STATE: (schema.STATE_ACTIVE,),
                        schema.ROLE: (rule.role,),
                    },
                    {"displayName": (name,), "departmentNumber": (agency.code,)},
                    "roleOccupant",
                )

    def _lists(self) -> Iterator[Group]:
        rules = self._settings.lists
        if rules.agency:
            for agency in self._in_scope():
                name = f"Cán bộ, công chức, viên chức {agency.name}"
                yield self._list(
                    f"agency.{agency.code}", "agency", name, self._address(rules.agency, agency), agency.code
                )
        if self._settings.scope_agency is None:
            for kind, names in (("position", rules.positions), ("named", rules.named)):
                for local_part in sorted(names):
                    yield self._list(
                        f"{kind}.{local_part}", kind, local_part, f"{local_part}@{self._settings.domain}", ""
                    )

    def _list(self, cn: str, kind: str, name: str, address: str, agency: str) -> Group:
        facts = {"displayName": (name,)}
        if agency:
            facts["departmentNumber"] = (agency,)
        fixed = {
            "objectClass": ("top", "groupOfNames", self._shape.alias_class, "congvuList"),
            "cn": (cn,),
            schema.LIST_KIND: (kind,),
        }
        dn = f"{rdn('cn', cn)},{self._settings.subtrees.lists}"
        return Group("list", dn, address, agency, fixed, facts, "member")

    def _address(self, pattern: str, agency: Agency) -> str:
        return f"{pattern.format(agency=agency.label)}@{agency.domain or self._settings.domain}".lower()


class Places:
    """To which roles and lists a title and a person lead; titles repeat, so answers are remembered."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._by_title: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
        self._named: dict[str, list[str]] = {}
        for local_part, employee_ids in settings.lists.named.items():
            for employee_id in employee_ids:
                self._named.setdefault(employee_id, []).append(local_part)

    def named(self, employee_id: str) -> Iterable[str]:
        """The named lists that this person is in."""
        return self._named.get(employee_id, ())

    def of_title(self, title: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The roles and the position lists that a title gives."""
        known = self._by_title.get(title)
        if known is None:
            words = search_key(title)
            roles = tuple(rule.role for rule in self._settings.roles if _matches(words, rule.titles))
            positions = self._settings.lists.positions
            lists = tuple(name for name, titles in positions.items() if _matches(words, titles))
            known = self._by_title[title] = (roles, lists)
        return known


def _matches(words: str, titles: Iterable[str]) -> bool:
    """Whether a title (as a search key) is one of these or begins with one of these, word by word."""
    return any(f"{words} ".startswith(f"{search_key(title)} ") for title in titles)
