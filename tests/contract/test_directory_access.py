"""Who may read and write what in the reference slapd, identity by identity, proved against the real server.

The tables below are the access policy in words a person can check; `deploy/openldap/slapd.conf.template` is the same in
slapd's words. Reading is compared exactly: an attribute too many fails as well as one too few.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import ldap3
import pytest

from foundation.directory.connection import ConnectionSettings
from foundation.directory.ldap import VerifiedTls, open_connection
from foundation.directory.schema import SERVICE_NAMES, SUBTREES, Service
from foundation.errors import ConfigError, Unreachable
from tests.support.directory_entries import (
    AGENCY,
    AGENCY_DN,
    APP_PASSWORD,
    BASE,
    LIST,
    LIST_DN,
    PASSWORD,
    RESERVATION,
    RESERVATION_DN,
    ROLE,
    ROLE_DN,
    credential_dn,
    one_of_each,
    person,
    person_dn,
)
from tests.support.slapd_server import SlapdServer

pytestmark = pytest.mark.server

SUCCESS, INSUFFICIENT_ACCESS = 0, 50

PERSON = set(person("any"))
BOOK = {"objectClass", "cn", "sn", "givenName", "displayName", "title", "departmentNumber", "telephoneNumber"}
BOOK |= {"mobile", "mail"}
ADDRESSING = {"objectClass", "uid", "mail", "mailLocalAddress", "congvuState"}
NOTHING: set[str] = set()
CREDENTIAL = {"objectClass", "uid", "seeAlso"}

# who -> what of which entry they see. An entry that is not named is not seen at all.
READS: dict[str, dict[str, set[str]]] = {
    "a person": {
        person_dn("active"): BOOK,
        person_dn("other"): BOOK,
        person_dn("invited"): BOOK,
        AGENCY_DN: {
            "objectClass",
            "ou",
            "displayName",
            "telephoneNumber",
            "mail",
            "congvuAgencyLevel",
            "congvuParentAgency",
        },
        LIST_DN: {"objectClass", "cn", "displayName", "description", "mail"},
        ROLE_DN: {"objectClass", "cn", "displayName", "description", "telephoneNumber", "mail"},
    },
    "an app password": {},
    "provision": {
        **{person_dn(uid): PERSON for uid in ("active", "other", "invited", "suspended")},
        AGENCY_DN: set(AGENCY),
        LIST_DN: set(LIST),
        ROLE_DN: set(ROLE),
        RESERVATION_DN: set(RESERVATION),
    },
    "relay": {
        **{person_dn(uid): ADDRESSING for uid in ("active", "other", "invited", "suspended")},
        AGENCY_DN: {
            "objectClass",
            "ou",
            "displayName",
            "mail",
            "congvuChannel",
            "congvuMailDomain",
            "congvuValidFrom",
            "congvuValidTo",
            "congvuSuccessor",
        },
        LIST_DN: set(LIST) - {"description", "congvuAddressHash", "congvuAddressRecord"},
        ROLE_DN: set(ROLE)
        - {"description", "telephoneNumber", "congvuAddressHash", "congvuAddressRecord", "congvuQuotaMebibytes"},
        credential_dn("active"): CREDENTIAL,
        credential_dn("suspended"): CREDENTIAL,
    },
    "meetings": {
        **{
            person_dn(uid): (BOOK | ADDRESSING | {"employeeNumber"}) - {"sn", "givenName"}
            for uid in ("active", "other", "invited", "suspended")
        },
        AGENCY_DN: {
            "objectClass",
            "ou",
            "displayName",
            "telephoneNumber",
            "mail",
            "congvuMailLabel",
            "congvuMailDomain",
            "congvuValidFrom",
            "congvuValidTo",
            "congvuSuccessor",
        }.intersection(AGENCY),
        LIST_DN: set(LIST) - {"description", "congvuAddressHash", "congvuAddressRecord"},
        ROLE_DN: set(ROLE) - {"description", "congvuAddressHash", "congvuAddressRecord", "congvuQuotaMebibytes"},
    },
    "dovecot": {
        **{
            person_dn(uid): ADDRESSING | {"congvuQuotaMebibytes"} for uid in ("active", "other", "invited", "suspended")
        },
        ROLE_DN: ADDRESSING | {"cn", "roleOccupant", "congvuQuotaMebibytes"},
        credential_dn("active"): CREDENTIAL,
        credential_dn("suspended"): CREDENTIAL,
    },
    "portal": {
        **{
            person_dn(uid): BOOK | ADDRESSING | {"employeeNumber", "congvuPersonKey", "congvuActivatedSince"}
            for uid in ("active", "other", "invited", "suspended")
        },
        AGENCY_DN: {"objectClass", "ou", "displayName"},
        credential_dn("active"): CREDENTIAL,
        credential_dn("suspended"): CREDENTIAL,
    },
    "auditor": {
        **{person_dn(uid): PERSON for uid in ("active", "other", "invited", "suspended")},
        AGENCY_DN: set(AGENCY),
        LIST_DN: set(LIST),
        ROLE_DN: set(ROLE),
        RESERVATION_DN: set(RESERVATION),
        credential_dn("active"): CREDENTIAL,
        credential_dn("suspended"): CREDENTIAL,
    },
}

# The frame of the tree, and what only the last table of each identity decides.
FRAME = {BASE, *(f"{subtree},{BASE}" for subtree in SUBTREES)}
FRAME_FOR_ALL = {BASE, *(f"ou={name},{BASE}" for name in ("people", "agencies", "lists", "roles"))}


@pytest.fixture(scope="module")
def filled(running_slapd: SlapdServer) -> Iterator[SlapdServer]:
    """A directory with one entry of each kind, for tests that only read."""
    running_slapd.wipe()
    running_slapd.add_all(one_of_each())
    yield running_slapd
    running_slapd.wipe()


@pytest.fixture
def refilled(slapd: SlapdServer) -> SlapdServer:
    """The same, made afresh for each test that writes."""
    slapd.add_all(one_of_each())
    return slapd


def login(server: SlapdServer, who: str) -> ldap3.Connection:
    """A connection as one of the identities of the tables."""
    if who in SERVICE_NAMES:
        return open_connection(server.settings(next(name for name in SERVICE_NAMES if name == who)))
    names = {
        "a person": (person_dn("active"), PASSWORD),
        "an app password": (credential_dn("active"), APP_PASSWORD),
    }
    dn, password = names[who]
    return open_connection(ConnectionSettings(server.url, server.base, dn, password))


def everything_seen(connection: ldap3.Connection) -> dict[str, set[str]]:
    """{dn: user attributes} of all that this identity gets when it asks for everything."""
    connection.search(BASE, "(objectClass=*)", attributes=["*"])
    return {item["dn"]: set(item["raw_attributes"]) for item in connection.response or ()}


@pytest.mark.parametrize("who", sorted(READS))
def test_each_identity_reads_exactly_what_its_row_says(filled: SlapdServer, who: str) -> None:
    with login(filled, who) as connection:
        seen = everything_seen(connection)
    policies_and_services = (f",ou=policies,{BASE}", f",ou=services,{BASE}")
    entries = {dn: names for dn, names in seen.items() if dn not in FRAME and not dn.endswith(policies_and_services)}
    assert entries == READS[who]
    assert who == "an app password" or set(seen) >= FRAME_FOR_ALL


# who -> of which entries they see when they last changed. The relay asks every twenty seconds what is new.
TIMES: dict[str, set[str]] = {
    "a person": set(),
    "an app password": set(),
    "dovecot": set(),
    "meetings": set(),
    "relay": {*(person_dn(uid) for uid in ("active", "other", "invited", "suspended")), LIST_DN, ROLE_DN},
    "portal": {credential_dn("active"), credential_dn("suspended")},  # which it keeps itself
}


@pytest.mark.parametrize("who", sorted(TIMES))
def test_when_an_entry_changed_is_seen_by_whoever_must(filled: SlapdServer, who: str) -> None:
    with login(filled, who) as connection:
        connection.search(BASE, "(objectClass=*)", attributes=["modifyTimestamp", "contextCSN"])
        seen = {item["dn"]: set(item["raw_attributes"]) for item in connection.response or () if item["raw_attributes"]}
    assert seen.pop(BASE, set()) == ({"contextCSN"} if who == "relay" else set())
    assert seen == {dn: {"modifyTimestamp"} for dn in TIMES[who]}


@pytest.mark.parametrize("who", sorted(READS))
def test_nobody_sees_a_password_or_service_accounts(filled: SlapdServer, who: str) -> None:
    with login(filled, who) as connection:
        connection.search(BASE, "(userPassword=*)", attributes=["userPassword", "pwdHistory"])
        assert connection.response == []
        connection.search(BASE, "(objectClass=*)", attributes=["userPassword", "pwdHistory"])
        assert not any(item["raw_attributes"] for item in connection.response or ())
        services = [dn for dn in everything_seen(connection) if dn.endswith(f",ou=services,{BASE}")]
    assert bool(services) == (who == "auditor")


@pytest.mark.parametrize("url", ["url", "ldaps_url", "ldapi_url"])
def test_nobody_reads_anything_anonymously(filled: SlapdServer, url: str) -> None:
    server = ldap3.Server(getattr(filled, url), tls=VerifiedTls(filled.ca_file), get_info=ldap3.NONE)
    connection = ldap3.Connection(server)
    connection.open(read_server_info=False)
    try:
        for base in ("", "cn=Subschema", BASE, person_dn("active")):
            connection.search(base, "(objectClass=*)", "BASE", attributes=["*", "+"])
            assert connection.response == [], base
            assert connection.result["result"] in (8, 53)  # strongerAuthRequired, unwillingToPerform
        assert not connection.bind(read_server_info=False)
    finally:
        connection.unbind()


def test_an_empty_password_is_never_sent(filled: SlapdServer) -> None:
    with pytest.raises(ConfigError):
        open_connection(ConnectionSettings(filled.url, BASE, person_dn("active"), ""))


# ---- who may log in --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dn", "password", "allowed"),
    [
        (person_dn("active"), PASSWORD, True),
        (person_dn("active"), "wrong-password", False),
        (person_dn("invited"), PASSWORD, False),
        (person_dn("suspended"), PASSWORD, False),
        (person_dn("nobody"), PASSWORD, False),
        (credential_dn("active"), APP_PASSWORD, True),
        (credential_dn("suspended"), APP_PASSWORD, False),
        (credential_dn("active"), PASSWORD, False),
        (person_dn("active"), APP_PASSWORD, False),
    ],
)
def test_only_the_active_log_in(filled: SlapdServer, dn: str, password: str, allowed: bool) -> None:
    settings = ConnectionSettings(filled.url, BASE, dn, password)
    if allowed:
        open_connection(settings).unbind()
        return
    with pytest.raises(Unreachable) as refused:
        open_connection(settings)
    assert "49" in refused.value.message.en


def test_ten_wrong_passwords_lock_a_person_but_never_a_service(slapd: SlapdServer) -> None:
    slapd.add(person_dn("victim"), person("victim", password=PASSWORD))
    right = ConnectionSettings(slapd.url, BASE, person_dn("victim"), PASSWORD)
    for settings in (right, slapd.settings("relay")):
        for _ in range(11):
            with pytest.raises(Unreachable):
                open_connection(replace(settings, password="wrong-password"))
    with pytest.raises(Unreachable):
        open_connection(right)
    open_connection(slapd.settings("relay")).unbind()


def test_the_last_login_is_remembered_to_the_hour(slapd: SlapdServer) -> None:
    slapd.add(person_dn("active"), person("active", password=PASSWORD))
    seen = []
    for _ in range(2):
        open_connection(ConnectionSettings(slapd.url, BASE, person_dn("active"), PASSWORD)).unbind()
        with slapd.directory("auditor") as directory:
            entry = directory.read(person_dn("active"), ["authTimestamp"])
            assert entry is not None
            seen.append(entry.values("authTimestamp"))
    assert len(seen[0]) == 1
    assert seen[0] == seen[1]


def test_passwords_are_kept_as_argon2_when_they_come_in_clear(slapd: SlapdServer) -> None:
    slapd.add(person_dn("active"), person("active") | {"userPassword": [PASSWORD]})
    with slapd.admin_connection() as admin:
        admin.search(person_dn("active"), "(objectClass=*)", "BASE", attributes=["userPassword"])
        kept = next(item["raw_attributes"]["userPassword"][0] for item in admin.response or ())
    assert kept.startswith(b"{ARGON2}$argon2")
    assert b"m=19456,t=2,p=1" in kept


# ---- who may write ---------------------------------------------------------------------------------------------------

ADD, DELETE, REPLACE = ldap3.MODIFY_ADD, ldap3.MODIFY_DELETE, ldap3.MODIFY_REPLACE
ACTIVE, OTHER, INVITED, SUSPENDED = (person_dn(uid) for uid in ("active", "other", "invited", "suspended"))
HASH = "k1:0000000000000000000000000000ffff"

# who, what they do to which entry, and whether it works. A tuple of changes is one modify.
Change = tuple[str, str, list[str]]
WRITES: list[tuple[str, str, tuple[Change, ...], bool]] = [
    # provision keeps the managed attributes, adds hashes, and touches nothing else
    ("provision", ACTIVE, (("title", DELETE, ["Chuyên viên"]), ("title", ADD, ["Trưởng phòng"])), True),
    ("provision", ACTIVE, (("congvuState", REPLACE, ["suspended"]),), True),
    ("provision", SUSPENDED, (("congvuState", REPLACE, ["active"]),), True),
    ("provision", ACTIVE, (("mail", REPLACE, ["active.cu@tinh.test"]),), True),
    ("provision", ACTIVE, (("congvuAddressHash", ADD, [HASH]),), True),
    ("provision", ACTIVE, (("congvuAddressHash", REPLACE, [HASH]),), False),
    ("provision", ACTIVE, (("congvuAddressHash", DELETE, []),), False),
    ("provision", ACTIVE, (("uid", REPLACE, ["someone"]),), False),
    ("provision", ACTIVE, (("userPassword", REPLACE, ["another-password-1"]),), False),
    ("provision", ACTIVE, (("userPassword", ADD, ["another-password-1"]),), False),
    ("provision", ACTIVE, (("pwdAccountLockedTime", ADD, ["000001010000Z"]),), False),
    ("provision", ACTIVE, (("description", ADD, ["note"]),), False),
    ("provision", LIST_DN, (("member", ADD, [OTHER]),), True),
    ("provision", ROLE_DN, (("roleOccupant", REPLACE, [OTHER]),), True),
    ("provision", AGENCY_DN, (("displayName", REPLACE, ["Sở Xây dựng và Giao thông"]),), True),
    ("provision", credential_dn("active"), (("userPassword", REPLACE, ["another-password-1"]),), False),
    ("provision", f"cn=relay,ou=services,{BASE}", (("userPassword", REPLACE, ["another-password-1"]),), False),
    ("provision", f"cn=default,ou=policies,{BASE}", (("pwdMinLength", REPLACE, ["1"]),), False),
    ("provision", f"ou=people,{BASE}", (("description", ADD, ["note"]),), False),
    # portal activates, sets passwords, keeps app passwords; it cannot lift a suspension
    ("portal", INVITED, (("userPassword", REPLACE, ["another-password-1"]),), True),
    ("portal", ACTIVE, (("userPassword", REPLACE, ["another-password-1"]),), True),
    ("portal", SUSPENDED, (("userPassword", REPLACE, ["another-password-1"]),), False),
    ("portal", INVITED, (("congvuState", DELETE, ["invited"]), ("congvuState", ADD, ["active"])), True),
    ("portal", INVITED, (("congvuActivatedSince", REPLACE, ["20261123000000Z"]),), True),
    ("portal", INVITED, (("congvuState", REPLACE, ["active"]),), False),
    ("portal", SUSPENDED, (("congvuState", DELETE, ["suspended"]), ("congvuState", ADD, ["active"])), False),
    ("portal", SUSPENDED, (("congvuState", REPLACE, ["active"]),), False),
    ("portal", ACTIVE, (("congvuState", DELETE, ["active"]), ("congvuState", ADD, ["invited"])), False),
    ("portal", SUSPENDED, (("congvuActivatedSince", REPLACE, ["20261123000000Z"]),), False),
    ("portal", ACTIVE, (("mail", REPLACE, ["active.cu@tinh.test"]),), False),
    ("portal", credential_dn("active"), (("userPassword", ADD, ["another-password-1"]),), True),
    ("portal", f"cn=relay,ou=services,{BASE}", (("userPassword", REPLACE, ["another-password-1"]),), False),
    # the readers write nothing
    *(
        (who, dn, (change,), False)
        for who in ("relay", "meetings", "dovecot", "auditor", "an app password")
        for dn, change in (
            (ACTIVE, ("userPassword", REPLACE, ["another-password-1"])),
            (ACTIVE, ("congvuState", REPLACE, ["active"])),
            (ACTIVE, ("mail", REPLACE, ["active.cu@tinh.test"])),
            (LIST_DN, ("member", ADD, [OTHER])),
            (credential_dn("active"), ("userPassword", ADD, ["another-password-1"])),
            (f"cn=relay,ou=services,{BASE}", ("userPassword", REPLACE, ["another-password-1"])),
        )
    ),
    # a person sets their own password and nothing more
    ("a person", ACTIVE, (("userPassword", REPLACE, ["another-password-1"]),), True),
    ("a person", OTHER, (("userPassword", REPLACE, ["another-password-1"]),), False),
    ("a person", ACTIVE, (("congvuState", REPLACE, ["active"]),), False),
    ("a person", ACTIVE, (("displayName", REPLACE, ["Chủ tịch"]),), False),
    ("a person", ACTIVE, (("mobile", REPLACE, ["1"]),), False),
    ("a person", ACTIVE, (("mailLocalAddress", ADD, ["chutich@tinh.test"]),), False),
    ("a person", credential_dn("active"), (("userPassword", ADD, ["another-password-1"]),), False),
    ("a person", LIST_DN, (("member", ADD, [OTHER]),), False),
]


def _row_name(row: object) -> str:
    if isinstance(row, dict):
        return "with password" if "userPassword" in row else "entry"
    if isinstance(row, tuple):
        return "+".join(f"{change[1].removeprefix('MODIFY_').lower()} {change[0]}" for change in row)
    return str(row).partition(",")[0]


@pytest.mark.parametrize(("who", "dn", "changes", "allowed"), WRITES, ids=_row_name)
def test_each_identity_changes_exactly_what_its_row_says(
    refilled: SlapdServer, who: str, dn: str, changes: tuple[Change, ...], allowed: bool
) -> None:
    combined: dict[str, list[tuple[str, list[str]]]] = {}
    for attribute, operation, values in changes:
        combined.setdefault(attribute, []).append((operation, values))
    with login(refilled, who) as connection:
        connection.modify(dn, combined)  # type: ignore[no-untyped-call]
        assert connection.result["result"] == (SUCCESS if allowed else INSUFFICIENT_ACCESS), connection.result


NEW_PERSON = person("new", "invited")
NEW_LIST = LIST | {
    "cn": ["moi"],
    "mail": ["moi@tinh.test"],
    "mailLocalAddress": ["moi@tinh.test"],
    "congvuAddressHash": [HASH],
}

ADDS: list[tuple[str, str, dict[str, list[str]], bool]] = [
    ("provision", person_dn("new"), NEW_PERSON, True),
    ("provision", person_dn("new"), NEW_PERSON | {"userPassword": [PASSWORD]}, False),
    ("provision", f"cn=moi,ou=lists,{BASE}", NEW_LIST, True),
    ("provision", f"ou=MOI,ou=agencies,{BASE}", AGENCY | {"ou": ["MOI"]}, True),
    (
        "provision",
        f"congvuAddressHash={HASH},ou=reservations,{BASE}",
        RESERVATION | {"congvuAddressHash": [HASH]},
        True,
    ),
    ("provision", credential_dn("new"), {"objectClass": ["account"], "uid": ["new"]}, False),
    ("provision", f"cn=new,ou=services,{BASE}", {"objectClass": ["organizationalRole"], "cn": ["new"]}, False),
    ("provision", f"ou=new,{BASE}", {"objectClass": ["organizationalUnit"], "ou": ["new"]}, False),
    (
        "portal",
        credential_dn("other"),
        {"objectClass": ["account", "simpleSecurityObject"], "uid": ["other"], "userPassword": [APP_PASSWORD]},
        True,
    ),
    ("portal", person_dn("new"), NEW_PERSON, False),
    *((who, person_dn("new"), NEW_PERSON, False) for who in ("relay", "dovecot", "auditor", "a person")),
]


@pytest.mark.parametrize(("who", "dn", "attributes", "allowed"), ADDS, ids=_row_name)
def test_each_identity_creates_exactly_what_its_row_says(
    refilled: SlapdServer, who: str, dn: str, attributes: dict[str, list[str]], allowed: bool
) -> None:
    with login(refilled, who) as connection:
        connection.add(dn, attributes=attributes)  # type: ignore[no-untyped-call]
        assert connection.result["result"] == (SUCCESS if allowed else INSUFFICIENT_ACCESS), connection.result


DELETES: list[tuple[str, str, bool]] = [
    ("provision", ACTIVE, False),
    ("provision", AGENCY_DN, False),
    ("provision", RESERVATION_DN, False),
    ("provision", credential_dn("active"), False),
    ("provision", LIST_DN, True),
    ("provision", ROLE_DN, True),
    ("portal", credential_dn("active"), True),
    ("portal", ACTIVE, False),
    ("relay", ACTIVE, False),
    ("dovecot", ACTIVE, False),
    ("auditor", LIST_DN, False),
    ("a person", ACTIVE, False),
]


@pytest.mark.parametrize(("who", "dn", "allowed"), DELETES, ids=_row_name)
def test_each_identity_deletes_exactly_what_its_row_says(
    refilled: SlapdServer, who: str, dn: str, allowed: bool
) -> None:
    with login(refilled, who) as connection:
        connection.delete(dn)  # type: ignore[no-untyped-call]
        assert connection.result["result"] == (SUCCESS if allowed else INSUFFICIENT_ACCESS), connection.result


def test_provision_renames_lists_and_offices_but_no_person(refilled: SlapdServer) -> None:
    with login(refilled, "provision") as connection:
        for dn, name, expected in (
            (LIST_DN, "cn=canbo.sxdgt", SUCCESS),
            (ROLE_DN, "cn=vanthu.sxdgt", SUCCESS),
            (ACTIVE, "uid=changed", INSUFFICIENT_ACCESS),
            (AGENCY_DN, "ou=SXDGT", INSUFFICIENT_ACCESS),
        ):
            connection.modify_dn(dn, name)
            assert connection.result["result"] == expected, dn


def test_a_person_changes_their_password_only_to_a_long_enough_one(refilled: SlapdServer) -> None:
    with login(refilled, "a person") as connection:
        assert not connection.extend.standard.modify_password(ACTIVE, PASSWORD, "short")
        assert connection.result["result"] == 19  # constraintViolation, by ppolicy
        assert connection.extend.standard.modify_password(ACTIVE, PASSWORD, "a-long-enough-password")


def test_a_service_reads_more_than_the_size_limit_of_a_person(slapd: SlapdServer) -> None:
    uids = [f"p{number:04}" for number in range(600)]
    slapd.add_all({person_dn(uid): person(uid) for uid in uids})
    slapd.replace(person_dn(uids[0]), {"userPassword": [PASSWORD]})
    with slapd.directory("provision") as directory:
        assert len(list(directory.search(f"ou=people,{BASE}", "(uid=*)", ["uid"]))) == len(uids)
    with open_connection(ConnectionSettings(slapd.url, BASE, person_dn(uids[0]), PASSWORD)) as connection:
        connection.search(f"ou=people,{BASE}", "(cn=*)", attributes=["cn"])
        assert connection.result["result"] == 4  # sizeLimitExceeded
        found, cookie = 0, None
        while True:
            connection.search(f"ou=people,{BASE}", "(cn=*)", attributes=["cn"], paged_size=100, paged_cookie=cookie)
            found += len(connection.response or ())
            control = connection.result.get("controls", {}).get("1.2.840.113556.1.4.319", {})
            cookie = control.get("value", {}).get("cookie")
            if not cookie:
                break
        assert found <= 500


def test_services_are_all_known() -> None:
    services: tuple[Service, ...] = SERVICE_NAMES
    assert set(services) <= set(READS)
