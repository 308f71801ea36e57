"""The `[meetings]` section: in whose name letters go out, where replies and people come in, what is asked of a meeting.

Types, defaults and checks of form only; `config.example.toml` gives each default its reason, and `meetings` its
meaning. An engine for rooms that does not exist is refused here, with those that do.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator

from foundation.config.fields import OptionalPath, RequiredPath, SecretPlace, Wrong
from foundation.config.network_fields import (
    ListenAddress,
    Network,
    OptionalListenAddress,
    OptionalMailAddress,
)
from foundation.config.secrets import Secret
from foundation.config.section import Section
from foundation.language import Text

ROOM_ENGINES: Final = ("static",)
"""What `meetings/rooms` can do; a room that is made for each meeting needs an engine of its own."""

_NAME = r"^[a-z][a-z0-9-]{0,31}$"


def _engine(value: str) -> str:
    if value not in ROOM_ENGINES:
        raise Wrong(
            Text("không có loại phòng họp này", "there is no such room engine"),
            Text("hiện có: {names}", "there is: {names}").format(names=", ".join(ROOM_ENGINES)),
        )
    return value


def _web_address(value: str, schemes: tuple[str, ...]) -> str:
    try:
        parts = urlsplit(value)
        right = parts.scheme in schemes and bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        right = False
    if not right or parts.fragment or any(mark.isspace() or not mark.isprintable() for mark in value):
        raise Wrong(
            Text("không phải địa chỉ web", "is not a web address"),
            Text('ví dụ: "https://hop.tinh.example"', 'for example: "https://hop.tinh.example"'),
        )
    return value


def _public_url(value: str) -> str:
    """Where people find our pages. HTTP is for trials on this machine: a link is a key to its page."""
    if not value:
        return value
    address = _web_address(value, ("https", "http")).rstrip("/")
    parts = urlsplit(address)
    if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise Wrong(
            Text("trang họp phải qua HTTPS", "the pages must go through HTTPS"),
            Text("chỉ 127.0.0.1 mới được dùng http://", "only 127.0.0.1 may use http://"),
        )
    if parts.query:
        raise Wrong(Text("địa chỉ này không được có dấu ?", "this address must not have a query"))
    return address


def _room_url(value: str) -> str:
    return _web_address(value, ("https",)) if value else value


def _distinct_hours(value: tuple[float, ...]) -> tuple[float, ...]:
    if len(set(value)) != len(value):
        raise Wrong(Text("hai lần nhắc cùng một giờ", "two reminders at the same hour"))
    return tuple(sorted(value, reverse=True))


Engine = Annotated[str, AfterValidator(_engine)]
PublicUrl = Annotated[str, AfterValidator(_public_url)]
RoomUrl = Annotated[str, AfterValidator(_room_url)]
Hours = Annotated[float, Field(gt=0, le=24 * 60)]


class MeetingsSubmission(Section):
    """How letters are handed to the relay."""

    connect: ListenAddress = "127.0.0.1:465"
    tls: Literal["implicit", "starttls"] = "implicit"
    server_name: str = ""
    ca_file: OptionalPath = None
    username: str = Field(default="meetings", pattern=_NAME)
    password: SecretPlace | None = None
    connections: int = Field(default=4, ge=1, le=32)


class MeetingsRoom(Section):
    """Where people meet when a meeting's places do not say it themselves."""

    engine: Engine = "static"
    url: RoomUrl = ""
    sip: str = ""
    h323: str = ""
    telephone: str = ""
    pin: str = ""
    opens_minutes: int = Field(default=60, ge=0, le=24 * 60)

    @field_validator("sip", "h323", "telephone", "pin")
    @classmethod
    def _one_word_line(cls, value: str) -> str:
        if not value.isprintable() or len(value) > 255:
            raise Wrong(Text("phải là một dòng, không quá 255 ký tự", "must be one line of at most 255 characters"))
        return value


class MeetingsLetterhead(Section):
    """What the printed giấy mời says beside the organisation's name (Decree 30/2020/NĐ-CP, appendix III, form 1.7)."""

    parent: str = ""
    place_name: str = ""
    signer_title: str = ""
    signer_name: str = ""

    @field_validator("parent", "place_name", "signer_title", "signer_name")
    @classmethod
    def _one_line(cls, value: str) -> str:
        if not value.isprintable() or len(value) > 200:  # Decree 30, appendix VI: OrganName
            raise Wrong(Text("phải là một dòng, không quá 200 ký tự", "must be one line of at most 200 characters"))
        return value


class MeetingsReminders(Section):
    """When people are reminded, and when the secretary is told who has not been reached."""

    before_hours: Annotated[tuple[Hours, ...], AfterValidator(_distinct_hours)] = (24, 1)
    alarm_before_hours: float = Field(default=24, ge=0, le=24 * 60)


class MeetingsLimits(Section):
    """What a meeting and a mail that comes in may be."""

    attendees: int = Field(default=10_000, ge=2, le=100_000)
    message_bytes: int = Field(default=10 << 20, ge=64 << 10)
    lmtp_connections: int = Field(default=50, ge=1)
    kept_bytes: int = Field(default=1 << 30, ge=1 << 20)
    kept_day_bytes: int = Field(default=256 << 20, ge=1 << 20)
    kept_day_mails: int = Field(default=10_000, ge=1)
    handover_expire_hours: float = Field(default=48, gt=0)


class MeetingsWeek(Section):
    """The weekly work schedule."""

    leaders: tuple[str, ...] = ()


class Meetings(Section):
    """The meetings tool."""

    organiser: OptionalMailAddress = ""
    organiser_name: str = ""
    bounce_address: OptionalMailAddress = ""
    secretary: OptionalMailAddress = ""
    public_url: PublicUrl = ""
    lmtp_listen: ListenAddress = "127.0.0.1:2424"
    lmtp_trusted: tuple[Network, ...] = ()
    web_listen: ListenAddress = "127.0.0.1:8025"
    control_socket: RequiredPath = Path("/run/congvu/meetings.sock")
    control_group: str = ""
    metrics_listen: OptionalListenAddress = "127.0.0.1:9126"
    bind_dn: str = ""
    bind_password: SecretPlace | None = None
    links_key: SecretPlace = Secret("file", "/etc/congvu/keys/links.keys")
    working_days: int = Field(default=3, ge=0, le=30)
    clash: Literal["refuse", "warn"] = "refuse"
    leader_lists: tuple[str, ...] = ("lanhdao",)
    submission: MeetingsSubmission = MeetingsSubmission()
    room: MeetingsRoom = MeetingsRoom()
    letterhead: MeetingsLetterhead = MeetingsLetterhead()
    reminders: MeetingsReminders = MeetingsReminders()
    limits: MeetingsLimits = MeetingsLimits()
    week: MeetingsWeek = MeetingsWeek()
