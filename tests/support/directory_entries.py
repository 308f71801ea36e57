"""One entry of every kind, full of every attribute we know, for tests of the directory.

All names are invented. Passwords are hashed with the cheapest parameters, so that a table of tests stays quick.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from argon2 import PasswordHasher

BASE = "dc=tinh,dc=test"

Attributes = dict[str, list[str]]


def person_dn(uid: str) -> str:
    return f"uid={uid},ou=people,{BASE}"


def person(uid: str, state: str = "active", password: str = "", **changes: list[str]) -> Attributes:
    """A person with every attribute that the provisioner and the portal write."""
    attributes: Attributes = {
        "objectClass": [
            "top",
            "person",
            "organizationalPerson",
            "inetOrgPerson",
            "inetLocalMailRecipient",
            "congvuPerson",
        ],
        "uid": [uid],
        "cn": ["Đặng Thị Hạnh"],
        "sn": ["Đặng"],
        "givenName": ["Hạnh"],
        "displayName": ["Đặng Thị Hạnh"],
        "employeeNumber": [f"CB-{uid}"],
        "title": ["Chuyên viên"],
        "departmentNumber": ["SXD"],
        "telephoneNumber": ["+84 255 3822 000"],
        "mobile": ["+84 90 000 0000"],
        "mail": [f"{uid}.sxd@tinh.test"],
        "mailLocalAddress": [f"{uid}.sxd@tinh.test", f"{uid}.cu@tinh.test"],
        "congvuPersonKey": [f"hr:{uid}"],
        "congvuState": [state],
        "congvuAddressRecord": [f"primary 2026-11-22 - {uid}.sxd@tinh.test"],
        "congvuAddressHash": [f"k1:{uid.encode().hex():0>32}"[:35]],
        "congvuPost": ["SXD$Chuyên viên$$main$2026-11-22$12/QĐ-SNV"],
        "congvuQuotaMebibytes": ["2048"],
        "congvuActivatedSince": ["20261122000000Z"],
        "congvuSuspendedSince": ["20261122000000Z"],
        "congvuRetainUntil": ["20270522000000Z"],
    }
    if password:
        attributes["userPassword"] = [cheap_hash(password)]
    return attributes | changes


AGENCY_DN = f"ou=SXD,ou=agencies,{BASE}"
AGENCY: Attributes = {
    "objectClass": ["top", "organizationalUnit", "congvuAgency"],
    "ou": ["SXD"],
    "displayName": ["Sở Xây dựng"],
    "description": ["Trụ sở mới"],
    "telephoneNumber": ["+84 255 3822 001"],
    "mail": ["sxd@tinh.test"],
    "congvuAgencyLevel": ["tỉnh"],
    "congvuParentAgency": ["UBND"],
    "congvuChannel": ["both"],
    "congvuValidFrom": ["20250701000000Z"],
    "congvuValidTo": ["20991231000000Z"],
    "congvuPredecessor": ["SGTVT"],
    "congvuSuccessor": ["SXD2"],
    "congvuMailDomain": ["sxd.tinh.test"],
}

LIST_DN = f"cn=canbo.sxd,ou=lists,{BASE}"
LIST: Attributes = {
    "objectClass": ["top", "groupOfNames", "inetLocalMailRecipient", "congvuList"],
    "cn": ["canbo.sxd"],
    "displayName": ["Cán bộ Sở Xây dựng"],
    "description": ["Toàn thể cán bộ"],
    "departmentNumber": ["SXD"],
    "member": [person_dn("active")],
    "mail": ["canbo.sxd@tinh.test"],
    "mailLocalAddress": ["canbo.sxd@tinh.test"],
    "congvuListKind": ["agency"],
    "congvuAddressHash": ["k1:0000000000000000000000000000aaaa"],
    "congvuAddressRecord": ["primary 2026-11-22 - canbo.sxd@tinh.test"],
}

ROLE_DN = f"cn=vanthu.sxd,ou=roles,{BASE}"
ROLE: Attributes = {
    "objectClass": ["top", "organizationalRole", "inetLocalMailRecipient", "congvuRoleMailbox"],
    "cn": ["vanthu.sxd"],
    "uid": ["rvanthusxd"],
    "displayName": ["Văn thư Sở Xây dựng"],
    "description": ["Tiếp nhận công văn"],
    "departmentNumber": ["SXD"],
    "telephoneNumber": ["+84 255 3822 002"],
    "roleOccupant": [person_dn("active")],
    "mail": ["vanthu.sxd@tinh.test"],
    "mailLocalAddress": ["vanthu.sxd@tinh.test"],
    "congvuState": ["active"],
    "congvuRole": ["van_thu"],
    "congvuAddressHash": ["k1:0000000000000000000000000000bbbb"],
    "congvuAddressRecord": ["primary 2026-11-22 - vanthu.sxd@tinh.test"],
    "congvuQuotaMebibytes": ["4096"],
}

RESERVED_HASH = "k1:0000000000000000000000000000cccc"
RESERVATION_DN = f"congvuAddressHash={RESERVED_HASH},ou=reservations,{BASE}"
RESERVATION: Attributes = {
    "objectClass": ["top", "congvuReservation"],
    "congvuAddressHash": [RESERVED_HASH],
    "description": ["tỉnh cũ"],
    "congvuReservedSince": ["20250701000000Z"],
}


def credential_dn(uid: str) -> str:
    return f"uid={uid},ou=mailcredentials,{BASE}"


def credential(uid: str, password: str) -> Attributes:
    """The app passwords of a person: a login that opens mail and nothing else."""
    return {
        "objectClass": ["top", "account", "simpleSecurityObject"],
        "uid": [uid],
        "seeAlso": [person_dn(uid)],
        "userPassword": [cheap_hash(password)],
    }


@cache
def cheap_hash(password: str) -> str:
    """A userPassword value that slapd checks in a fraction of a millisecond."""
    return "{ARGON2}" + PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)


PASSWORD = "mat-khau-du-dai-1234"
APP_PASSWORD = "app-mat-khau-5678-abcd"


def one_of_each() -> Mapping[str, Attributes]:
    """{dn: attributes}, in an order in which they can be added; all passwords are `PASSWORD` or `APP_PASSWORD`."""
    return {
        AGENCY_DN: AGENCY,
        person_dn("active"): person("active", "active", PASSWORD),
        person_dn("other"): person("other", "active", PASSWORD),
        person_dn("invited"): person("invited", "invited", PASSWORD),
        person_dn("suspended"): person("suspended", "suspended", PASSWORD),
        LIST_DN: LIST,
        ROLE_DN: ROLE,
        RESERVATION_DN: RESERVATION,
        credential_dn("active"): credential("active", APP_PASSWORD),
        credential_dn("suspended"): credential("suspended", APP_PASSWORD),
    }
