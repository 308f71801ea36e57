"""What an entry of ours holds, attribute by attribute: pure functions from people and agencies to LDAP values.

An absent value is an absent attribute. Names are those of `foundation.directory.schema`. Birth dates have no way in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from foundation.directory import schema
from provisioner import post_values
from provisioner.address_records import AddressRecord
from provisioner.changes import Attributes
from provisioner.people import Agency, Person


@dataclass(frozen=True, slots=True)
class Shape:
    """What differs between servers: the attribute and class that hold all addresses of an entry."""

    alias_attribute: str
    alias_class: str

    def person_classes(self) -> tuple[str, ...]:
        return ("top", "person", "organizationalPerson", "inetOrgPerson", self.alias_class, schema.PERSON_CLASS)

    def person_attributes(self) -> tuple[str, ...]:
        """Every attribute of a person's entry that a plan reads."""
        return (*PERSON_ATTRIBUTES, self.alias_attribute)


PERSON_ATTRIBUTES = (
    "cn",
    "sn",
    "givenName",
    "employeeNumber",
    "title",
    "departmentNumber",
    "telephoneNumber",
    "mail",
    schema.PERSON_KEY,
    schema.STATE,
    schema.POST,
    schema.ADDRESS_RECORD,
    schema.ADDRESS_HASH,
    schema.ACTIVATED_SINCE,
    schema.SUSPENDED_SINCE,
)

NOT_MANAGED = frozenset({schema.ACTIVATED_SINCE, "uid"})
"""Read, but owned by somebody else: the portal writes the activation."""


def first(live: Attributes, name: str) -> str:
    """The value of a single-valued attribute, "" when the entry has none."""
    values = live.get(name)
    return values[0] if values else ""


def one(value: str) -> tuple[str, ...]:
    """A single value, or none when it is empty."""
    return (value,) if value else ()


def person_facts(person: Person) -> dict[str, tuple[str, ...]]:
    """What the roster alone decides about a person's entry."""
    name = person.name
    return {
        "cn": (name.full,),
        "sn": (name.family or name.full,),
        "givenName": one(name.given),
        "employeeNumber": (person.employee_id,),
        "title": one(person.title),
        "departmentNumber": one(person.agency),
        "telephoneNumber": one(person.phone),
        schema.POST: _posts(person),
    }


def _posts(person: Person) -> tuple[str, ...]:
    """One value per post; LDAP takes values that differ only in capitals for one (caseIgnoreMatch)."""
    if len(person.posts) == 1:
        return (post_values.to_value(person.posts[0]),)
    values = [post_values.to_value(post) for post in person.posts]
    return tuple({value.lower(): value for value in reversed(values)}.values())[::-1]


def addresses(shape: Shape, records: Iterable[AddressRecord], digests: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The address attributes for these records; `digests` are all hashes that the entry keeps for ever."""
    records = list(records)
    return {
        "mail": tuple(record.address for record in records if record.kind == "primary"),
        shape.alias_attribute: tuple(record.address for record in records),
        schema.ADDRESS_RECORD: tuple(str(record) for record in records),
        schema.ADDRESS_HASH: tuple(sorted(set(digests))),
    }


def agency_facts(agency: Agency) -> dict[str, tuple[str, ...]]:
    """The managed attributes of an agency's entry (the code itself is its name there)."""
    return {
        "displayName": one(agency.name),
        schema.AGENCY_LEVEL: one(agency.level),
        schema.PARENT_AGENCY: one(agency.parent),
        schema.CHANNEL: one(agency.channel),
        schema.VALID_FROM: one(day_value(agency.valid_from)),
        schema.VALID_TO: one(day_value(agency.valid_to)),
        schema.PREDECESSOR: tuple(sorted(agency.predecessors)),
        schema.SUCCESSOR: tuple(sorted(agency.successors)),
        schema.MAIL_DOMAIN: one(agency.domain),
        schema.MAIL_LABEL: one(agency.label),
    }


def agency_from(attributes: Attributes) -> Agency:
    """The agency that an entry describes."""

    def first(name: str) -> str:
        return next(iter(attributes.get(name, ())), "")

    channel = first(schema.CHANNEL)
    return Agency(
        code=first("ou"),
        name=first("displayName") or first("ou"),
        label=first(schema.MAIL_LABEL),
        level=first(schema.AGENCY_LEVEL),
        parent=first(schema.PARENT_AGENCY),
        domain=first(schema.MAIL_DOMAIN),
        channel=channel if channel in ("mail", "edxml", "both") else "mail",  # type: ignore[arg-type]
        valid_from=day_from(first(schema.VALID_FROM)),
        valid_to=day_from(first(schema.VALID_TO)),
        predecessors=tuple(attributes.get(schema.PREDECESSOR, ())),
        successors=tuple(attributes.get(schema.SUCCESSOR, ())),
    )


def generalized_time(instant: datetime) -> str:
    """An aware instant as GeneralizedTime in UTC (RFC 4517 section 3.3.13)."""
    return instant.astimezone(UTC).strftime("%Y%m%d%H%M%SZ")


def day_value(day: date | None) -> str:
    """A date as GeneralizedTime at midnight UTC, the whole day meaning that calendar day."""
    return f"{day.isoformat().replace('-', '')}000000Z" if day else ""


def day_from(value: str) -> date | None:
    """The calendar day of a GeneralizedTime, None when absent or unreadable."""
    try:
        return date(int(value[0:4]), int(value[4:6]), int(value[6:8]))
    except ValueError:
        return None


def holds(live: Attributes, wanted: Attributes) -> bool:
    """Whether an entry holds exactly these values, capitals aside; a server may add object classes."""
    for name, values in wanted.items():
        found = {value.lower() for value in live.get(name, ())}
        expected = {value.lower() for value in values}
        if not (expected <= found if name == schema.OBJECT_CLASS else expected == found):
            return False
    return True


def difference(live: Attributes, desired: Attributes) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """The attributes of `desired` that differ from `live`, as (before, after); order of values does not matter."""
    before: dict[str, tuple[str, ...]] = {}
    after: dict[str, tuple[str, ...]] = {}
    for name, values in desired.items():
        current = live.get(name, ())
        if current != values and (len(current) != len(values) or set(current) != set(values)):
            before[name] = tuple(current)
            after[name] = values
    return before, after
