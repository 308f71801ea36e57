"""The sections of the configuration and every key there is today, with type, default and check.

The models are frozen and strict, and they refuse unknown keys: a misspelt key must not silently mean the default. They
name what the keys are; `config.example.toml` says why each default is what it is. Keys of parts that are not built yet
are refused too (`loading.LATER`), so that nobody relies on a setting that does nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationInfo, field_validator, model_validator

from foundation.config.fields import (
    AgencyPattern,
    MailDomain,
    NonEmpty,
    OptionalPath,
    PersonPattern,
    RequiredPath,
    SecretPlace,
    Wrong,
    explained,
    folder_of,
)
from foundation.config.meetings_section import Meetings
from foundation.config.relay_section import Relay
from foundation.config.secrets import Secret
from foundation.config.section import Section
from foundation.directory.url import parse_url as parse_directory_url
from foundation.language import Language, Text
from foundation.storage.location import SqliteLocation
from foundation.storage.location import parse_url as parse_storage_url


class Organisation(Section):
    """Whose installation this is."""

    name: NonEmpty
    domain: MailDomain
    other_domains: tuple[MailDomain, ...] = ()
    language: Language = "vi"
    timezone: str = "Asia/Ho_Chi_Minh"
    levels: tuple[NonEmpty, ...] = ("tỉnh", "xã")
    focal_agency: str = ""

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ValueError, OSError, LookupError) as error:
            raise Wrong(
                Text("không có múi giờ này", "no such timezone"),
                Text("ví dụ: Asia/Ho_Chi_Minh", "for example: Asia/Ho_Chi_Minh"),
            ) from error
        return value


class Storage(Section):
    """Where runs and proofs are remembered."""

    url: str = "sqlite:///var/lib/congvu"
    password: SecretPlace | None = None

    @field_validator("url")
    @classmethod
    def _known_database(cls, value: str, information: ValidationInfo) -> str:
        with explained():
            location = parse_storage_url(value)
        if isinstance(location, SqliteLocation):
            return f"sqlite://{folder_of(information).absolute() / location.folder}"
        return value


class DirectoryTls(Section):
    """How the directory's certificate is verified; verification cannot be switched off."""

    ca_file: OptionalPath = None
    start_tls: bool = False


class Directory(Section):
    """The LDAP server and our subtrees in it; the subtrees are full names once loaded."""

    url: str = "ldapi:///"
    base: str = ""
    bind_dn: str = ""
    bind_password: SecretPlace | None = None
    people: NonEmpty = "ou=people"
    agencies: NonEmpty = "ou=agencies"
    lists: NonEmpty = "ou=lists"
    role_mailboxes: NonEmpty = "ou=roles"
    reservations: NonEmpty = "ou=reservations"
    tls: DirectoryTls = DirectoryTls()
    connect_timeout_seconds: float = Field(default=5, gt=0, le=300)
    receive_timeout_seconds: float = Field(default=60, gt=0, le=3600)

    @field_validator("url")
    @classmethod
    def _ldap_url(cls, value: str) -> str:
        with explained():
            parse_directory_url(value)
        return value


class Roster(Section):
    """How the roster of the personnel department is read."""

    source: str = Field(default="hr", pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")
    scope: str = Field(default="full", pattern=r"^(full|agency:\S.*)$")
    agencies: OptionalPath = None
    answers: OptionalPath = None
    status: dict[str, Literal["working", "suspended", "left"]] = Field(default={})
    columns: dict[str, str] = Field(default={})
    encoding: NonEmpty = "auto"
    sheet: str = ""


class RoleMailbox(Section):
    """One role mailbox that every agency has; people with one of the titles own it."""

    address: AgencyPattern
    titles: tuple[NonEmpty, ...]


class RoleMailboxes(Section):
    """The role mailboxes of an agency."""

    agency: RoleMailbox = RoleMailbox(address="{agency}", titles=("Chánh Văn phòng", "Văn thư"))
    van_thu: RoleMailbox = RoleMailbox(
        address="vanthu.{agency}",
        titles=("Văn thư", "Nhân viên văn thư", "Văn thư viên", "Văn thư viên chính", "Văn thư viên trung cấp"),
    )


class Lists(Section):
    """The lists that we keep: everyone of an agency, everyone in a position, and named ones by employee ids."""

    agency: AgencyPattern = "canbo.{agency}"
    positions: dict[str, tuple[NonEmpty, ...]] = Field(
        default={
            "lanhdao": (
                "Chủ tịch",
                "Phó Chủ tịch",
                "Giám đốc",
                "Phó Giám đốc",
                "Chánh Văn phòng",
                "Phó Chánh Văn phòng",
            )
        }
    )
    named: dict[str, tuple[NonEmpty, ...]] = Field(default={})


class Addresses(Section):
    """How addresses are formed and how long old ones work."""

    pattern: PersonPattern = "{given}{initials}.{agency}"
    role_mailboxes: RoleMailboxes = RoleMailboxes()
    lists: Lists = Lists()
    alias_days: int = Field(default=180, ge=0)
    reserve_months: int = Field(default=12, ge=0)
    register_key: SecretPlace = Secret("file", "/etc/congvu/keys/address-register.keys")


class Limit(Section):
    """Exceeded when the count is above max(floor, percent of the base)."""

    percent: float = Field(ge=0, le=100)
    floor: int = Field(ge=0)


class Limits(Section):
    """Safety limits by kind of change. Creates are never limited."""

    suspend: Limit = Limit(percent=5, floor=3)
    other: Limit = Limit(percent=20, floor=10)
    update: Limit | None = None
    rename: Limit | None = None
    move: Limit | None = None
    restore: Limit | None = None
    list: Limit | None = None
    agency: Limit | None = None
    role_mailbox: Limit | None = None
    per_agency: bool = True
    window_days: int = Field(default=7, ge=0, le=366)

    def of(self, name: str) -> Limit:
        """The limit of one kind of change: its own, or `other`."""
        limit = getattr(self, name, None)
        return limit if isinstance(limit, Limit) else self.other


class Lifecycle(Section):
    """What a run may change, and how long a plan may wait."""

    limits: Limits = Limits()
    plan_expires_hours: int = Field(default=72, ge=1)


class Journal(Section):
    """Who signs the journal, and under which name."""

    signing_key: SecretPlace = Secret("file", "/etc/congvu/keys/journal.keys")
    origin: str = ""


class Keys(Section):
    """Where `congvu keys` keeps the keys that no other section places."""

    directory: RequiredPath = Path("/etc/congvu/keys")


class Templates(Section):
    """The administrator's own templates, which win over ours."""

    directory: OptionalPath = None


class Sandbox(Section):
    """Only for trials: the offset of our clock."""

    clock_file: OptionalPath = None


class Configuration(Section):
    """The whole configuration."""

    organisation: Organisation
    storage: Storage = Storage()
    directory: Directory = Directory()
    roster: Roster = Roster()
    addresses: Addresses = Addresses()
    lifecycle: Lifecycle = Lifecycle()
    relay: Relay = Relay()
    meetings: Meetings = Meetings()
    journal: Journal = Journal()
    keys: Keys = Keys()
    templates: Templates = Templates()
    sandbox: Sandbox = Sandbox()

    @model_validator(mode="after")
    def _domains_differ(self) -> Configuration:
        if self.organisation.domain in self.organisation.other_domains:
            raise Wrong(
                Text(
                    "other_domains nhắc lại tên miền chính {domain}", "other_domains repeats the main domain {domain}"
                ).format(domain=self.organisation.domain)
            )
        return self
