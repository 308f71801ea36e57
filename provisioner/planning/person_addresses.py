"""The addresses of one person: may the present one stay, which base is needed, which records stand there afterwards.

* An address changes only for a reason in the person's life (another name, another agency), never because the pattern in
  the configuration changed, and never for what stood in an entry before it was ours.
* The old address stays as an alias with a last day; whoever comes back to an old name gets the old address back.

Pure but for the keyed hashes; numbering among namesakes is `naming`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from foundation.directory import schema
from provisioner import address_records
from provisioner.address_records import AddressRecord
from provisioner.changes import Attributes
from provisioner.naming import AddressPattern, AddressRequest
from provisioner.people import Agency, Name, Person
from provisioner.planning import attributes as shapes
from provisioner.planning.address_book import RegisterKeys
from provisioner.planning.attributes import Shape, first
from provisioner.settings import Settings


class PersonAddresses:
    """Answers for one plan; see the module docstring for the rules."""

    def __init__(
        self, agencies: Mapping[str, Agency], settings: Settings, shape: Shape, keys: RegisterKeys, today: date
    ) -> None:
        self._agencies = agencies
        self._settings = settings
        self._shape = shape
        self._keys = keys
        self._today = today
        self._pattern = AddressPattern(settings.pattern)

    def request(self, person: Person, has_entry: bool) -> AddressRequest:
        """What `naming.assign` needs to give this person a new address."""
        return AddressRequest(
            person.employee_id, person.hired_on, self._base(person), self._domain_of(person.agency), has_entry
        )

    def needed_base(self, person: Person, live: Attributes) -> str | None:
        """The base of the address that this person now needs, None when the present one may stay."""
        primary = first(live, "mail").lower()
        if not primary:
            return self._base(person)
        if not live.get(schema.POST):
            return None  # taken over and never compared: what stood there was not ours, so nothing in the life changed
        old_agency = first(live, "departmentNumber") or person.agency
        if old_agency == person.agency and first(live, "cn") == person.name.full:
            return None
        base = self._base(person)
        local_part, _, domain = primary.partition("@")
        if AddressPattern.fits(base, local_part) and domain == self._domain_of(person.agency):
            return None
        if old_agency not in self._agencies:
            return base
        old_base = self._pattern.base(_name_of(live), self._label(old_agency))
        unchanged = old_base == base and self._domain_of(old_agency) == self._domain_of(person.agency)
        return None if unchanged else base

    def is_settled(self, live: Attributes) -> bool:
        """Whether the entry holds one address, recorded and registered: most people, for whom no more need be asked."""
        primary = first(live, "mail")
        stored, digests = live.get(schema.ADDRESS_RECORD, ()), live.get(schema.ADDRESS_HASH, ())
        return (
            primary == primary.lower()
            and live.get(self._shape.alias_attribute) == live.get("mail") == (primary,)
            and len(stored) == 1
            and stored[0].startswith("primary ")
            and stored[0].endswith(f" - {primary}")
            and any(digest in digests for digest in self._keys.digests(primary))
        )

    def records(self, live: Attributes) -> list[AddressRecord]:
        """A dated record for every address that the entry really holds, those that ran out included."""
        mail = [address.lower() for address in live.get("mail", ())]
        held = [address.lower() for address in live.get(self._shape.alias_attribute, ())]
        stored = address_records.parse(live.get(schema.ADDRESS_RECORD, ()))
        return address_records.complete(stored, mail[0] if mail else "", dict.fromkeys((*mail, *held)), self._today)

    def unexpired(self, records: list[AddressRecord]) -> list[AddressRecord]:
        """The records whose last day has not passed."""
        return address_records.unexpired(records, self._today)

    def of_old(self, person: Person, base: str, records: list[AddressRecord]) -> str | None:
        """The person's own alias that is just what they need now: they came back to an old name or agency."""
        wanted = self._domain_of(person.agency)
        for record in records:
            local_part, _, domain = record.address.partition("@")
            if record.kind == "alias" and domain == wanted and AddressPattern.fits(base, local_part):
                return record.address
        return None

    def renamed(self, records: list[AddressRecord], address: str) -> list[AddressRecord]:
        """The records once `address` is the primary one."""
        return address_records.renamed(self.unexpired(records), address, self._today, self._settings.alias_days)

    def of_joiner(self, address: str) -> dict[str, tuple[str, ...]]:
        """The address attributes of a new entry."""
        record = AddressRecord("primary", self._today, None, address)
        return shapes.addresses(self._shape, [record], [self._keys.digest(address)])

    def attributes(self, records: list[AddressRecord], live: Attributes) -> dict[str, tuple[str, ...]]:
        """The address attributes for these records; no hash that stands there is ever taken away."""
        digests = (*live.get(schema.ADDRESS_HASH, ()), *self._new_digests(records, live))
        return shapes.addresses(self._shape, records, digests)

    def _new_digests(self, records: list[AddressRecord], live: Attributes) -> Iterator[str]:
        """The hashes of addresses that the entry holds without one of ours; any key's hash is good."""
        stored = live.get(schema.ADDRESS_HASH, ())
        for record in records:
            digests = self._keys.digests(record.address)
            if not any(digest in stored for digest in digests):
                yield digests[0]

    def _base(self, person: Person) -> str:
        return self._pattern.base(person.name, self._label(person.agency))

    def _label(self, code: str) -> str:
        agency = self._agencies.get(code)
        return agency.label if agency else ""

    def _domain_of(self, code: str) -> str:
        agency = self._agencies.get(code)
        return (agency.domain if agency else "") or self._settings.domain


def _name_of(live: Attributes) -> Name:
    """The name parts of an entry; the middle part is what stands in cn besides the other two."""
    full, family, given = first(live, "cn"), first(live, "sn"), first(live, "givenName")
    family = "" if family == full else family
    middle = full.split()
    for word in (*family.split(), *given.split()):
        if word in middle:
            middle.remove(word)
    return Name(full, family, " ".join(middle), given)
