"""The names of the directory: attributes, classes, subtrees and service accounts, each spelled once.

The same names stand in `deploy/openldap/congvu.schema` and `deploy/389ds/98congvu.ldif`; a test compares all of them.
Standard attributes keep the names of their RFCs (4519, 2798, 4524). Nothing here talks to a server.
"""

from __future__ import annotations

from typing import Final, Literal

OID_ARC: Final = "2.25.96975629372884876901611153471036932370"

# Standard attributes that we manage
OBJECT_CLASS: Final = "objectClass"
UID: Final = "uid"
COMMON_NAME: Final = "cn"
FAMILY_NAME: Final = "sn"
GIVEN_NAME: Final = "givenName"
DISPLAY_NAME: Final = "displayName"
EMPLOYEE_NUMBER: Final = "employeeNumber"
TITLE: Final = "title"
DEPARTMENT_NUMBER: Final = "departmentNumber"
TELEPHONE_NUMBER: Final = "telephoneNumber"
MOBILE: Final = "mobile"
MAIL: Final = "mail"
MEMBER: Final = "member"
ROLE_OCCUPANT: Final = "roleOccupant"
ORGANIZATIONAL_UNIT: Final = "ou"
DESCRIPTION: Final = "description"
USER_PASSWORD: Final = "userPassword"  # noqa: S105 - the name of an attribute

# Attributes of ours, in the order of their OIDs (arc .1.N)
PERSON_KEY: Final = "congvuPersonKey"
STATE: Final = "congvuState"
ADDRESS_RECORD: Final = "congvuAddressRecord"
ADDRESS_HASH: Final = "congvuAddressHash"
POST: Final = "congvuPost"
QUOTA_MEBIBYTES: Final = "congvuQuotaMebibytes"
ACTIVATED_SINCE: Final = "congvuActivatedSince"
SUSPENDED_SINCE: Final = "congvuSuspendedSince"
RETAIN_UNTIL: Final = "congvuRetainUntil"
VALID_FROM: Final = "congvuValidFrom"
VALID_TO: Final = "congvuValidTo"
AGENCY_LEVEL: Final = "congvuAgencyLevel"
PARENT_AGENCY: Final = "congvuParentAgency"
PREDECESSOR: Final = "congvuPredecessor"
SUCCESSOR: Final = "congvuSuccessor"
CHANNEL: Final = "congvuChannel"
MAIL_DOMAIN: Final = "congvuMailDomain"
LIST_KIND: Final = "congvuListKind"
ROLE: Final = "congvuRole"
RESERVED_SINCE: Final = "congvuReservedSince"
APP_PASSWORD_LABEL: Final = "congvuAppPasswordLabel"  # noqa: S105 - the name of an attribute
MAIL_LABEL: Final = "congvuMailLabel"

OUR_ATTRIBUTES: Final = (
    PERSON_KEY,
    STATE,
    ADDRESS_RECORD,
    ADDRESS_HASH,
    POST,
    QUOTA_MEBIBYTES,
    ACTIVATED_SINCE,
    SUSPENDED_SINCE,
    RETAIN_UNTIL,
    VALID_FROM,
    VALID_TO,
    AGENCY_LEVEL,
    PARENT_AGENCY,
    PREDECESSOR,
    SUCCESSOR,
    CHANNEL,
    MAIL_DOMAIN,
    LIST_KIND,
    ROLE,
    RESERVED_SINCE,
    APP_PASSWORD_LABEL,
    MAIL_LABEL,
)

# Classes of ours, in the order of their OIDs (arc .2.N)
PERSON_CLASS: Final = "congvuPerson"
AGENCY_CLASS: Final = "congvuAgency"
LIST_CLASS: Final = "congvuList"
ROLE_MAILBOX_CLASS: Final = "congvuRoleMailbox"
RESERVATION_CLASS: Final = "congvuReservation"

OUR_CLASSES: Final = (PERSON_CLASS, AGENCY_CLASS, LIST_CLASS, ROLE_MAILBOX_CLASS, RESERVATION_CLASS)

# The structural and standard classes beneath them; the alias class depends on the server (dialect.py)
PERSON_CLASSES: Final = ("top", "person", "organizationalPerson", "inetOrgPerson")
AGENCY_CLASSES: Final = ("top", "organizationalUnit")
LIST_CLASSES: Final = ("top", "groupOfNames")
ROLE_MAILBOX_CLASSES: Final = ("top", "organizationalRole")
RESERVATION_CLASSES: Final = ("top",)

State = Literal["invited", "active", "suspended"]
STATE_INVITED: Final = "invited"
STATE_ACTIVE: Final = "active"
STATE_SUSPENDED: Final = "suspended"

# Subtrees under the base
PEOPLE: Final = "ou=people"
AGENCIES: Final = "ou=agencies"
LISTS: Final = "ou=lists"
ROLES: Final = "ou=roles"
RESERVATIONS: Final = "ou=reservations"
MAIL_CREDENTIALS: Final = "ou=mailcredentials"
POLICIES: Final = "ou=policies"
SERVICES: Final = "ou=services"

SUBTREES: Final = (PEOPLE, AGENCIES, LISTS, ROLES, RESERVATIONS, MAIL_CREDENTIALS, POLICIES, SERVICES)

Service = Literal["provision", "relay", "meetings", "dovecot", "portal", "auditor"]
SERVICE_NAMES: Final[tuple[Service, ...]] = ("provision", "relay", "meetings", "dovecot", "portal", "auditor")


def service_dn(service: Service, base: str) -> str:
    """The distinguished name of one of our service accounts."""
    return f"cn={service},{SERVICES},{base}"
