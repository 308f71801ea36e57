"""People against the directory, one entry at a time.

Entries stream past `visit`; `finish` gives addresses to those who need one and returns the changes. An unchanged person
leaves nothing behind but counts, which keeps a plan for 100,000 people small. The rules:

* a person is found by (source, employee id) and by nothing else;
* addresses follow the rules of `person_addresses`;
* entries without our key belong to somebody else: their addresses are respected, they are reported, not touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from foundation.directory import schema
from foundation.directory.entries import Entry
from foundation.errors import Problem
from foundation.language import Text
from provisioner import post_values
from provisioner.address_records import AddressRecord
from provisioner.changes import Action, Attributes, Change, Population
from provisioner.naming import AddressRequest, assign
from provisioner.people import Agency, Person
from provisioner.planning import attributes as shapes
from provisioner.planning.address_book import AddressBook, RegisterKeys
from provisioner.planning.attributes import Shape, first
from provisioner.planning.people_problems import impossible_address, somebody_else, two_entries
from provisioner.planning.person_addresses import PersonAddresses
from provisioner.planning.person_identity import SAID_BY_COLUMNS, is_somebody_else, with_what_is_not_said
from provisioner.planning.reasons import NEW_PERSON, changed_fields, moved, renamed, suspended
from provisioner.settings import Settings

_NOTHING: Attributes = {}


@dataclass(slots=True)
class _Renaming:
    """A person with an entry whose new address is not decided yet."""

    person: Person
    entry: Entry
    records: list[AddressRecord]


@dataclass(slots=True)
class Member:
    """One person as lists and role mailboxes see them: the entry and the (agency, title) pairs of their posts."""

    dn: str
    employee_id: str
    posts: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class PeopleOutcome:
    """What `finish` returns."""

    changes: list[Change]
    problems: list[Problem]
    given: list[tuple[Person, str]] = field(default_factory=list)


class PeoplePlanner:
    """Compares one roster with the people subtree; see the module docstring for the rules."""

    def __init__(
        self,
        roster: list[Person],
        agencies: Mapping[str, Agency],
        settings: Settings,
        shape: Shape,
        keys: RegisterKeys,
        book: AddressBook,
        today: date,
        waiting: frozenset[str] = frozenset(),
        confirmed: frozenset[str] = frozenset(),
        columns: frozenset[str] | None = None,
    ) -> None:
        self._expected = {person.employee_id: person for person in roster}
        self._settings = settings
        self._shape = shape
        self._keys = keys
        self._book = book
        self._since_value = shapes.day_value(today)
        self._waiting = waiting
        self._confirmed = confirmed
        self._silent = frozenset() if columns is None else SAID_BY_COLUMNS - columns
        self._bookkeeping = {shape.alias_attribute, schema.ADDRESS_RECORD, schema.ADDRESS_HASH}
        self._addresses = PersonAddresses(agencies, settings, shape, keys, today)
        self._prefix = f"{settings.source}:"
        self._changes: list[Change] = []
        self._renaming: list[_Renaming] = []
        self._met: dict[str, str] = {}
        self._problems: list[Problem] = []
        self.population = Population()
        self.unchanged = 0
        self.unmanaged: list[str] = []
        self.suspended_by_hand: list[str] = []
        self.foreign_members: set[str] = set()
        self.kept_members: list[Member] = []

    # -- the stream -------------------------------------------------------------------------------------------------

    def visit(self, entry: Entry) -> None:
        """Compare one entry of the people subtree."""
        live = entry.attributes
        self._book.hold(live.get("mail", ()))
        self._book.hold(live.get(self._shape.alias_attribute, ()))
        self._book.reserve(live.get(schema.ADDRESS_HASH, ()))
        key = first(live, schema.PERSON_KEY)
        if not key:
            self.unmanaged.append(entry.dn)
            return
        if not key.startswith(self._prefix):
            self.foreign_members.add(entry.dn.lower())
            return
        employee_id = key[len(self._prefix) :]
        self._count(live)
        if employee_id in self._met:
            self._problems.append(two_entries(key, self._met[employee_id], entry.dn))
            return
        self._met[employee_id] = entry.dn
        person = self._expected.get(employee_id)
        if person is not None and person.standing == "working":
            self._compare(person, entry)
        elif employee_id in self._waiting and person is None:
            self._keep(employee_id, entry)
        else:
            self._leave(employee_id, person, entry)

    def _count(self, live: Attributes) -> None:
        if first(live, schema.STATE) == schema.STATE_SUSPENDED:
            return
        agency = first(live, "departmentNumber")
        self.population.people += 1
        self.population.by_agency[agency] = self.population.by_agency.get(agency, 0) + 1

    def _keep(self, employee_id: str, entry: Entry) -> None:
        """Somebody whom this roster cannot judge keeps what they have: rows of the future, another agency's people."""
        live = entry.attributes
        self.unchanged += 1
        if first(live, schema.STATE) != schema.STATE_SUSPENDED:
            posts = [post_values.as_json(value) for value in live.get(schema.POST, ())]
            held = [(post["agency"] or "", post["title"] or "") for post in posts]
            held = held or [(first(live, "departmentNumber"), first(live, "title"))]
            self.kept_members.append(Member(entry.dn, employee_id, tuple(held)))

    def _leave(self, employee_id: str, person: Person | None, entry: Entry) -> None:
        """Somebody whom a full roster no longer names, or names as gone or suspended from duty."""
        live = entry.attributes
        agency = first(live, "departmentNumber")
        if self._settings.scope_agency not in (None, agency):
            self._keep(employee_id, entry)  # an agency's roster may say "moved away" long after the other one took over
            return
        if first(live, schema.STATE) == schema.STATE_SUSPENDED:
            self.unchanged += 1
            return
        before, after = shapes.difference(
            live, {schema.STATE: (schema.STATE_SUSPENDED,), schema.SUSPENDED_SINCE: (self._since_value,)}
        )
        self._changes.append(
            Change(
                "person",
                "suspend",
                employee_id,
                entry.dn,
                first(live, "mail"),
                before,
                after,
                suspended(person),
                agency,
                decision=person.decision if person else "",
                name=first(live, "cn"),
            )
        )

    def _compare(self, person: Person, entry: Entry) -> None:
        live = entry.attributes
        if self._silent:
            person = with_what_is_not_said(person, live, self._silent)
        if is_somebody_else(person, live) and person.employee_id not in self._confirmed:
            self._problems.append(somebody_else(person, first(live, "cn")))
            return
        base = self._addresses.needed_base(person, live)
        if base is None and self._addresses.is_settled(live):
            self._settle(person, entry, None, first(live, "mail"))
            return
        records = self._addresses.records(live)
        if base is None:
            self._settle(person, entry, self._addresses.unexpired(records), first(live, "mail").lower())
            return
        address = self._addresses.of_old(person, base, records)
        if address is not None:
            self._settle(person, entry, self._addresses.renamed(records, address), address)
            return
        self._book.own(self._settings.person_key(person.employee_id), tuple(live.get(schema.ADDRESS_HASH, ())))
        self._renaming.append(_Renaming(person, entry, records))

    def _settle(self, person: Person, entry: Entry, records: list[AddressRecord] | None, address: str) -> None:
        change = self._change(person, entry, records, address)
        if change is None:
            self.unchanged += 1
        else:
            self._changes.append(change)

    def _change(self, person: Person, entry: Entry, records: list[AddressRecord] | None, address: str) -> Change | None:
        """What differs; without `records` the addresses are known to be in order."""
        live = entry.attributes
        desired = shapes.person_facts(person)
        if records is not None:
            desired.update(self._addresses.attributes(records, live))
        state = first(live, schema.STATE)
        if state == schema.STATE_SUSPENDED and not live.get(schema.SUSPENDED_SINCE):
            self.suspended_by_hand.append(person.employee_id)
        elif state == schema.STATE_SUSPENDED:
            activated = bool(live.get(schema.ACTIVATED_SINCE))
            desired[schema.STATE] = (schema.STATE_ACTIVE if activated else schema.STATE_INVITED,)
            desired[schema.SUSPENDED_SINCE] = ()
        before, after = shapes.difference(live, desired)
        if not after:
            return None
        action, why = _action(person, live, before, after)
        agency = first(live, "departmentNumber")
        return Change(
            "person",
            action,
            person.employee_id,
            entry.dn,
            address,
            before,
            after,
            why,
            agency,
            decision=_new_decision(person, live),
            name=person.name.full,
            limited=bool(live.get(schema.POST)) and not after.keys() <= self._bookkeeping,
        )

    # -- the end of the stream --------------------------------------------------------------------------------------

    def finish(self) -> PeopleOutcome:
        """Give addresses by seniority and return every change; to be called once, after the last entry."""
        joiners = list(self._joiners())
        waiting = [*(renaming.person for renaming in self._renaming), *joiners]
        given, impossible = assign(map(self._request, waiting), self._is_taken)
        self._problems += [impossible_address(self._expected[request.key], request) for request in impossible]
        outcome = PeopleOutcome(self._changes, self._problems)
        for renaming in self._renaming:
            if address := given.get(renaming.person.employee_id):
                records = self._addresses.renamed(renaming.records, address)
                self._settle(renaming.person, renaming.entry, records, address)
        for person in joiners:
            if address := given.get(person.employee_id):
                outcome.changes.append(self._create_change(person, address))
        outcome.given = [(person, given[person.employee_id]) for person in waiting if person.employee_id in given]
        return outcome

    def _request(self, person: Person) -> AddressRequest:
        return self._addresses.request(person, has_entry=person.employee_id in self._met)

    def _is_taken(self, address: str, employee_id: str) -> bool:
        return self._book.is_taken(address, self._settings.person_key(employee_id))

    def _joiners(self) -> Iterator[Person]:
        for person in self._expected.values():
            if person.employee_id not in self._met and person.standing == "working":
                yield person

    def _create_change(self, person: Person, address: str) -> Change:
        after = partial(self._create_attributes, person, address)
        dn = self._met[person.employee_id] = self._new_dn(person.employee_id)
        return Change(
            "person",
            "create",
            person.employee_id,
            dn,
            address,
            _NOTHING,
            after,
            NEW_PERSON,
            person.agency,
            decision=person.decision,
            name=person.name.full,
        )

    def _create_attributes(self, person: Person, address: str) -> Attributes:
        key = self._settings.person_key(person.employee_id)
        found = {
            "objectClass": self._shape.person_classes(),
            "uid": (self._keys.opaque_id(key),),
            **shapes.person_facts(person),
            **self._addresses.of_joiner(address),
            schema.PERSON_KEY: (key,),
            schema.STATE: (schema.STATE_INVITED,),
        }
        return {name: values for name, values in found.items() if values}

    def _new_dn(self, employee_id: str) -> str:
        """Where a person of ours is created: the opaque id is stable, so a repeated create meets the first one."""
        return f"uid={self._keys.opaque_id(self._settings.person_key(employee_id))},{self._settings.subtrees.people}"

    def members(self) -> Iterator[Member]:
        """Everybody in good standing with the entry they have or will have; call after `finish`."""
        yield from self.kept_members
        for person in self._expected.values():
            if person.standing == "working":
                dn = self._met.get(person.employee_id)
                if dn is not None:  # None: no address could be made, which is an error already
                    yield Member(dn, person.employee_id, tuple((post.agency, post.title) for post in person.posts))


def _new_decision(person: Person, live: Attributes) -> str:
    """The decision that the roster cites, unless the entry knows it already: then it is not what changed something."""
    known = {post_values.as_json(value)["decision"] for value in live.get(schema.POST, ())}
    return "" if person.decision in known else person.decision


def _action(person: Person, live: Attributes, before: Attributes, after: Attributes) -> tuple[Action, Text]:
    if schema.STATE in after:
        return "restore", Text("trở lại danh sách", "back in the roster")
    if "departmentNumber" in after and live.get(schema.POST):
        return "move", moved(person, first(live, "departmentNumber"))
    if "mail" in after and after["mail"] != tuple(address.lower() for address in before["mail"]):
        return "rename", renamed(person, first(live, "cn"))
    return "update", changed_fields(before)
