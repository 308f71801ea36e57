"""What `deploy/389ds` makes 389-DS refuse: duplicates across primary addresses and aliases, strangers, curiosity."""

from __future__ import annotations

from collections.abc import Mapping

import ldap3
import pytest

from foundation.directory.connection import ConnectionSettings
from foundation.directory.ldap import open_connection
from foundation.directory.schema import Service
from foundation.errors import Unreachable
from tests.support.directory_entries import (
    AGENCY,
    AGENCY_DN,
    BASE,
    LIST,
    LIST_DN,
    RESERVATION,
    RESERVATION_DN,
    RESERVED_HASH,
    ROLE,
    ROLE_DN,
    Attributes,
    person,
    person_dn,
)
from tests.support.ds389_server import Ds389Server

pytestmark = pytest.mark.server

SUCCESS, CONSTRAINT_VIOLATION, INSUFFICIENT_ACCESS = 0, 19, 50
PASSWORD = "mat-khau-du-dai-1234"


def spelled(attributes: Mapping[str, list[str]]) -> Attributes:
    """The entry as 389-DS names its parts."""
    names = {"mailLocalAddress": "mailAlternateAddress", "inetLocalMailRecipient": "mailRecipient"}
    return {names.get(key, key): [names.get(value, value) for value in values] for key, values in attributes.items()}


def result_of_add(server: Ds389Server, dn: str, attributes: Mapping[str, list[str]], who: Service = "provision") -> int:
    with open_connection(server.settings(who)) as connection:
        connection.add(dn, attributes=spelled(attributes))  # type: ignore[no-untyped-call]
        return int(connection.result["result"])


@pytest.fixture
def one_person(ds389: Ds389Server) -> Ds389Server:
    ds389.add_all({person_dn("first"): spelled(person("first")), AGENCY_DN: AGENCY})
    return ds389


@pytest.mark.parametrize("address", ["first.sxd@tinh.test", "first.cu@tinh.test", "First.CU@tinh.test"])
@pytest.mark.parametrize(
    ("dn", "attributes"),
    [(person_dn("second"), person("second")), (LIST_DN, LIST), (ROLE_DN, ROLE)],
    ids=["person", "list", "role"],
)
def test_nobody_is_given_an_address_that_somebody_has(
    one_person: Ds389Server, dn: str, attributes: Attributes, address: str
) -> None:
    taken = {**attributes, "mail": [address], "mailLocalAddress": [address]}
    assert result_of_add(one_person, dn, taken) == CONSTRAINT_VIOLATION
    as_alias = {**attributes, "mailLocalAddress": [*attributes["mail"], address]}
    assert result_of_add(one_person, dn, as_alias) == CONSTRAINT_VIOLATION
    assert result_of_add(one_person, dn, attributes) == SUCCESS


def test_an_office_may_have_the_address_that_its_agency_names(one_person: Ds389Server) -> None:
    office = {**ROLE, "mail": AGENCY["mail"], "mailLocalAddress": AGENCY["mail"]}
    assert result_of_add(one_person, ROLE_DN, office) == SUCCESS


def test_one_person_has_one_entry(one_person: Ds389Server) -> None:
    twin = {**person("second"), "congvuPersonKey": ["hr:first"]}
    assert result_of_add(one_person, person_dn("second"), twin) == CONSTRAINT_VIOLATION


def test_a_reserved_address_is_never_given_again(ds389: Ds389Server) -> None:
    ds389.add_all({RESERVATION_DN: RESERVATION})
    taken = {**person("second"), "congvuAddressHash": [RESERVED_HASH]}
    assert result_of_add(ds389, person_dn("second"), taken) == CONSTRAINT_VIOLATION


def test_nobody_reads_anything_anonymously(one_person: Ds389Server) -> None:
    connection = ldap3.Connection(ldap3.Server(one_person.url, get_info=ldap3.NONE))
    connection.open(read_server_info=False)
    try:
        for base in (BASE, "cn=schema", person_dn("first")):
            connection.search(base, "(objectClass=*)", "BASE", attributes=["*"])
            assert not connection.response, base
    finally:
        connection.unbind()


READABLE: list[tuple[Service, str, bool]] = [
    ("provision", "congvuPost", True),
    ("provision", "userPassword", False),
    ("auditor", "congvuAddressHash", True),
    ("auditor", "userPassword", False),
    ("relay", "mailAlternateAddress", True),
    ("relay", "cn", False),
    ("meetings", "title", True),
    ("meetings", "congvuAddressHash", False),
    ("dovecot", "congvuQuotaMebibytes", True),
    ("dovecot", "title", False),
    ("portal", "congvuState", True),
    ("portal", "congvuAddressHash", False),
    ("portal", "userPassword", False),
]


@pytest.mark.parametrize(("who", "attribute", "allowed"), READABLE)
def test_services_read_only_what_they_need(ds389: Ds389Server, who: Service, attribute: str, allowed: bool) -> None:
    ds389.add_all({person_dn("first"): spelled(person("first") | {"userPassword": [PASSWORD]})})
    with ds389.directory(who) as directory:
        entry = directory.read(person_dn("first"), ["uid", attribute])
    assert entry is not None
    assert bool(entry.values(attribute)) == allowed


WRITABLE: list[tuple[Service, str, list[str], int]] = [
    ("provision", "title", ["Trưởng phòng"], SUCCESS),
    ("provision", "userPassword", ["another-password-1"], INSUFFICIENT_ACCESS),
    ("provision", "uid", ["someone"], INSUFFICIENT_ACCESS),
    ("portal", "userPassword", ["another-password-1"], SUCCESS),
    ("portal", "title", ["Trưởng phòng"], INSUFFICIENT_ACCESS),
    ("auditor", "title", ["Trưởng phòng"], INSUFFICIENT_ACCESS),
    ("relay", "mail", ["x@tinh.test"], INSUFFICIENT_ACCESS),
    ("meetings", "mail", ["x@tinh.test"], INSUFFICIENT_ACCESS),
]


@pytest.mark.parametrize(("who", "attribute", "values", "expected"), WRITABLE)
def test_services_write_only_what_they_must(
    ds389: Ds389Server, who: Service, attribute: str, values: list[str], expected: int
) -> None:
    ds389.add_all({person_dn("first"): spelled(person("first"))})
    with open_connection(ds389.settings(who)) as connection:
        changes = {attribute: [(ldap3.MODIFY_REPLACE, values)]}
        connection.modify(person_dn("first"), changes)  # type: ignore[no-untyped-call]
        assert connection.result["result"] == expected
        connection.delete(person_dn("first"))  # type: ignore[no-untyped-call]
        assert connection.result["result"] == INSUFFICIENT_ACCESS


def test_a_person_reads_the_address_book_and_nothing_more(ds389: Ds389Server) -> None:
    ds389.add_all(
        {
            person_dn("first"): spelled(person("first") | {"userPassword": [PASSWORD]}),
            person_dn("second"): spelled(person("second")),
            person_dn("gone"): spelled(person("gone", "suspended")),
        }
    )
    with open_connection(ConnectionSettings(ds389.url, BASE, person_dn("first"), PASSWORD)) as connection:
        connection.search(f"ou=people,{BASE}", "(objectClass=person)", attributes=["*"])
        seen = {item["dn"]: set(item["raw_attributes"]) for item in connection.response or ()}
    book = {"objectClass", "cn", "sn", "givenName", "displayName", "title", "departmentNumber", "telephoneNumber"}
    assert seen == {person_dn(uid): book | {"mobile", "mail"} for uid in ("first", "second")}


def test_a_wrong_password_is_refused(ds389: Ds389Server) -> None:
    ds389.add_all({person_dn("first"): spelled(person("first") | {"userPassword": [PASSWORD]})})
    with pytest.raises(Unreachable):
        open_connection(ConnectionSettings(ds389.url, BASE, person_dn("first"), "wrong-password"))


def test_a_deleted_person_leaves_no_dangling_member(ds389: Ds389Server) -> None:
    ds389.add_all({person_dn("active"): spelled(person("active")), LIST_DN: spelled(LIST), ROLE_DN: spelled(ROLE)})
    with ds389.admin_connection() as admin:
        admin.modify(LIST_DN, {"member": [(ldap3.MODIFY_ADD, [f"cn=relay,ou=services,{BASE}"])]})  # type: ignore[no-untyped-call]
        admin.delete(person_dn("active"))  # type: ignore[no-untyped-call]
        admin.search(BASE, f"(|(member={person_dn('active')})(roleOccupant={person_dn('active')}))", attributes=["cn"])
        assert not admin.response
