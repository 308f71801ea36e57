"""The reading protocol, kept alike by slapd, by 389-DS and by the fake that stands for them in unit tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pytest

from foundation.directory import ldap
from foundation.directory.connection import check
from foundation.directory.dialect import DS389, OPENLDAP, Dialect
from foundation.directory.ldap import LdapDirectory
from foundation.directory.lookup import Directory, Scope
from tests.support.directory_entries import (
    AGENCY,
    AGENCY_DN,
    BASE,
    LIST,
    LIST_DN,
    RESERVATION,
    RESERVATION_DN,
    ROLE,
    ROLE_DN,
    person,
    person_dn,
)
from tests.support.ds389_server import Ds389Server
from tests.support.fake_directory import FakeDirectory
from tests.support.slapd_server import SlapdServer

pytestmark = pytest.mark.server

PEOPLE = f"ou=people,{BASE}"
Attributes = Mapping[str, Sequence[str]]


@dataclass
class Reading:
    """A directory to ask, and a way to put entries into it."""

    directory: Directory
    dialect: Dialect
    fake: FakeDirectory | None = None
    server: SlapdServer | Ds389Server | None = None

    def add_all(self, entries: Mapping[str, Attributes]) -> None:
        """Put entries there, spelled in the server's dialect."""
        translated = {dn: self._translated(attributes) for dn, attributes in entries.items()}
        if self.server is not None:
            self.server.add_all(translated)
        elif self.fake is not None:
            for dn, attributes in translated.items():
                self.fake.add(dn, attributes)

    def _translated(self, attributes: Attributes) -> Attributes:
        names = {OPENLDAP.alias_attribute: self.dialect.alias_attribute}
        classes = {OPENLDAP.alias_class: self.dialect.alias_class}
        return {
            names.get(name, name): [classes.get(value, value) for value in values]
            for name, values in attributes.items()
        }


@pytest.fixture(params=["fake", "slapd", "ds389"])
def reading(request: pytest.FixtureRequest) -> Iterator[Reading]:
    """The same empty tree, three times."""
    if request.param == "fake":
        fake = FakeDirectory()
        fake.add(BASE, {"objectClass": ["organization"]})
        for name in ("people", "agencies", "lists", "roles", "reservations"):
            fake.add(f"ou={name},{BASE}", {"objectClass": ["organizationalUnit"], "ou": [name]})
        yield Reading(fake, OPENLDAP, fake=fake)
        return
    server: SlapdServer | Ds389Server = request.getfixturevalue(request.param)
    with server.directory("provision") as directory:
        yield Reading(directory, OPENLDAP if request.param == "slapd" else DS389, server=server)


def uids(reading: Reading, filter: str, base: str = PEOPLE) -> list[str]:
    return sorted(entry.first("uid") for entry in reading.directory.search(base, filter, ["uid"]))


def test_the_server_says_which_dialect_it_speaks(reading: Reading) -> None:
    assert reading.directory.dialect == reading.dialect


def test_one_of_each_kind_is_read_as_it_was_written(reading: Reading) -> None:
    entries: dict[str, Attributes] = {
        AGENCY_DN: AGENCY,
        person_dn("active"): person("active"),
        LIST_DN: LIST,
        ROLE_DN: ROLE,
        RESERVATION_DN: RESERVATION,
    }
    reading.add_all(entries)
    for dn, attributes in entries.items():
        names = [name for name in attributes if name not in ("objectClass", OPENLDAP.alias_attribute)]
        entry = reading.directory.read(dn, names)
        assert entry is not None, dn
        assert {name: sorted(entry.values(name)) for name in names} == {
            name: sorted(attributes[name]) for name in names
        }
    entry = reading.directory.read(person_dn("active"), [reading.dialect.alias_attribute, "objectClass"])
    assert entry is not None
    assert sorted(entry.values(reading.dialect.alias_attribute)) == ["active.cu@tinh.test", "active.sxd@tinh.test"]
    assert {reading.dialect.alias_class, "congvuPerson"} <= set(entry.values("objectClass"))


def test_only_what_was_asked_for_comes_under_the_name_it_was_asked_by(reading: Reading) -> None:
    reading.add_all({person_dn("a"): person("a")})
    for names in (("uid", "mail"), ("UID", "Mail"), ("mail", "pager")):
        (entry,) = reading.directory.search(PEOPLE, "(uid=a)", names)
        assert set(entry.attributes) == set(names) - {"pager"}
        assert entry.values("pager") == ()
        assert entry.first("pager") == ""


def test_scopes(reading: Reading) -> None:
    reading.add_all({person_dn("a"): person("a")})

    def found(base: str, scope: str) -> set[str]:
        directory = reading.directory
        scopes = {
            "base": lambda: directory.search(base, "(objectClass=*)", ["ou"], "base"),
            "onelevel": lambda: directory.search(base, "(objectClass=*)", ["ou"], "onelevel"),
            "subtree": lambda: directory.search(base, "(objectClass=*)", ["ou"], "subtree"),
        }
        return {entry.dn for entry in scopes[scope]()}

    assert found(PEOPLE, "base") == {PEOPLE}
    assert found(PEOPLE, "onelevel") == {person_dn("a")}
    assert found(PEOPLE, "subtree") == {PEOPLE, person_dn("a")}
    assert person_dn("a") not in found(BASE, "onelevel")
    assert person_dn("a") in found(BASE, "subtree")


def test_what_is_not_there_is_no_error(reading: Reading) -> None:
    assert reading.directory.read(person_dn("nobody"), ["uid"]) is None
    assert list(reading.directory.search(f"ou=nowhere,{BASE}", "(objectClass=*)", ["uid"])) == []
    assert list(reading.directory.search(PEOPLE, "(uid=nobody)", ["uid"])) == []


def test_filters(reading: Reading) -> None:
    awkward = {"title": ["Phó (quyền) * \\ Trưởng"], "congvuState": ["suspended"]}
    reading.add_all({person_dn("a"): person("a"), person_dn("b"): person("b"), person_dn("c"): person("c") | awkward})
    assert uids(reading, "(mail=A.SXD@tinh.test)") == ["a"]
    assert uids(reading, "(|(uid=a)(uid=b))") == ["a", "b"]
    assert uids(reading, "(&(objectClass=congvuPerson)(!(congvuState=suspended)))") == ["a", "b"]
    assert uids(reading, r"(title=Phó \28quyền\29 \2a \5c Trưởng)") == ["c"]
    assert uids(reading, "(cn=Đặng Thị*)") == ["a", "b", "c"]
    assert uids(reading, "(cn=*nobody*)") == []
    assert uids(reading, "(congvuPersonKey=hr:b)") == ["b"]
    assert uids(reading, "(congvuPersonKey=HR:B)") == []
    assert uids(reading, "(pager=*)") == []


def test_more_than_a_page(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ldap, "PAGE_SIZE", 10)
    expected = sorted(f"p{number}" for number in range(35))
    reading.add_all({person_dn(uid): person(uid) for uid in expected})
    assert uids(reading, "(objectClass=congvuPerson)") == expected
    assert len(list(reading.directory.search(PEOPLE, "(uid=p1*)", ["uid"]))) == 11
    # read in between, break off early, and start afresh
    for entry in reading.directory.search(PEOPLE, "(objectClass=congvuPerson)", ["uid"]):
        same = reading.directory.read(entry.dn, ["uid"])
        assert same is not None
        assert same.first("uid") == entry.first("uid")
    next(iter(reading.directory.search(PEOPLE, "(objectClass=congvuPerson)", ["uid"])))
    assert uids(reading, "(objectClass=congvuPerson)") == expected


def test_a_list_of_a_thousand_members(reading: Reading) -> None:
    members = [person_dn(f"m{number}") for number in range(1000)]
    reading.add_all({LIST_DN: LIST | {"member": members}})
    entry = reading.directory.read(LIST_DN, ["member"])
    assert entry is not None
    assert sorted(entry.values("member")) == sorted(members)


@pytest.mark.parametrize("name", ["slapd", "ds389"])
def test_every_entry_is_what_ldap3_makes_of_it(request: pytest.FixtureRequest, name: str) -> None:
    """Our decoder against ldap3's own, on all there is in a real server, its schema and configuration included."""
    server: SlapdServer | Ds389Server = request.getfixturevalue(name)
    dialect = OPENLDAP if name == "slapd" else DS389
    reading = Reading(FakeDirectory(), dialect, server=server)
    reading.add_all({AGENCY_DN: AGENCY, person_dn("active"): person("active"), LIST_DN: LIST, ROLE_DN: ROLE})
    with server.admin_connection() as connection:
        directory = LdapDirectory(connection, check(server.settings()))
        for base in ("", BASE, "cn=Subschema" if name == "slapd" else "cn=schema"):
            scope: Scope = "subtree" if base == BASE else "base"
            ours = {
                entry.dn: {key: sorted(values) for key, values in entry.attributes.items()}
                for entry in directory.search(base, "(objectClass=*)", ["*", "+"], scope)
            }
            connection.search(base, "(objectClass=*)", "SUBTREE" if base == BASE else "BASE", attributes=["*", "+"])
            theirs = {
                item["dn"]: {
                    key: sorted(value.decode() for value in values) for key, values in item["raw_attributes"].items()
                }
                for item in connection.response or ()
            }
            assert ours
            assert ours == theirs
