"""What the meetings tool takes from the configuration, as frozen values; tests build them in one line.

Where a number has no source beside it, `config.example.toml` gives it. Durations and sizes have their unit in the name.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Final, Literal

from foundation.config.secrets import Secret
from foundation.language import Language
from meetings.meeting import Place

_NO_ROOM: Final = Place("")


@dataclass(frozen=True, slots=True)
class Listen:
    """One socket to listen on. Port 0 lets the kernel choose (tests); an empty host means none."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Submission:
    """The relay's door for letters. `server_name` is what its certificate must say. The password is read whenever it is
    used; without one letters wait."""

    host: str = "127.0.0.1"
    port: int = 465
    tls: Literal["implicit", "starttls"] = "implicit"
    server_name: str = "localhost"
    ca_file: Path | None = None
    username: str = "meetings"
    password: Secret | None = None
    connections: int = 4


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What the printed giấy mời says beside the organisation's name: the organ above it, the name of the place where it
    sits, who signs. Empty = not said."""

    parent: str = ""
    place_name: str = ""
    signer_title: str = ""
    signer_name: str = ""


@dataclass(frozen=True, slots=True)
class Reminders:
    """Hours before the beginning, longest first; `alarm_before_hours` 0 = never."""

    before_hours: tuple[float, ...] = (24, 1)
    alarm_before_hours: float = 24


@dataclass(frozen=True, slots=True)
class Limits:
    """What a meeting and a mail that comes in may be, and how much of such mail is kept."""

    attendees: int = 10_000
    message_bytes: int = 10 << 20
    lmtp_connections: int = 50
    kept_bytes: int = 1 << 30
    kept_day_bytes: int = 256 << 20
    kept_day_mails: int = 10_000
    handover_expire_hours: float = 48


@dataclass(frozen=True, slots=True)
class Subtrees:
    """Where people, lists, offices and agencies are; full distinguished names."""

    base: str = "dc=tinh,dc=test"
    people: str = "ou=people,dc=tinh,dc=test"
    lists: str = "ou=lists,dc=tinh,dc=test"
    roles: str = "ou=roles,dc=tinh,dc=test"
    agencies: str = "ou=agencies,dc=tinh,dc=test"


@dataclass(frozen=True, slots=True)
class MeetingsSettings:
    """Everything the daemon runs on, besides database, directory connection and keys."""

    domains: tuple[str, ...]
    organiser: str
    bounce_address: str
    public_url: str
    organisation: str = ""
    """The name of the organisation, for letterheads."""
    organiser_name: str = ""
    secretary: str = ""
    language: Language = "vi"
    timezone: str = "Asia/Ho_Chi_Minh"
    authserv_id: str = "localhost"
    """The relay's host name: whose trace and authentication lines we believe (RFC 8601)."""
    lmtp: Listen = Listen("127.0.0.1", 2424)
    lmtp_trusted: tuple[IPv4Network | IPv6Network, ...] = ()
    web: Listen = Listen("127.0.0.1", 8025)
    metrics: Listen = Listen("127.0.0.1", 9126)
    control_socket: Path = Path("/run/congvu/meetings.sock")
    control_group: str = ""
    working_days: int = 3
    clash: Literal["refuse", "warn"] = "refuse"
    leader_lists: tuple[str, ...] = ("lanhdao",)
    week_leaders: tuple[str, ...] = ()
    submission: Submission = Submission()
    room: Place = _NO_ROOM
    """Where people meet when a meeting's places do not say it themselves."""
    room_opens_minutes: int = 60
    letterhead: Letterhead = Letterhead()
    reminders: Reminders = Reminders()
    limits: Limits = Limits()
    directory: Subtrees = Subtrees()
    templates: Path | None = None
    """The administrator's own templates."""

    @property
    def own_addresses(self) -> frozenset[str]:
        """What LMTP takes mail for, without details: the organiser, and where delivery reports return."""
        return frozenset({self.organiser, self.bounce_address})
