"""The `[relay]` section: where the relay listens, whom it trusts, where mail goes, what it allows, when it gives up.

Types, defaults and checks of form only; `config.example.toml` gives each default its reason, and `mailrelay` its
meaning.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from foundation.config.fields import MailDomain, OptionalPath, RequiredPath, SecretPlace, Wrong
from foundation.config.network_fields import (
    Destination,
    DomainName,
    DomainOrAddress,
    ListenAddress,
    MailAddress,
    Network,
    NextHopUrl,
    OptionalListenAddress,
    OptionalMailAddress,
    OptionalNextHopUrl,
    TlsLevel,
)
from foundation.config.secrets import Secret
from foundation.config.section import Section
from foundation.language import Text


class Listeners(Section):
    """The addresses of each kind of listener."""

    relay: tuple[ListenAddress, ...] = ("0.0.0.0:25", "[::]:25")
    submission: tuple[ListenAddress, ...] = ("0.0.0.0:587", "[::]:587")
    submissions: tuple[ListenAddress, ...] = ("0.0.0.0:465", "[::]:465")
    reinjection: tuple[ListenAddress, ...] = ()


class RelayTls(Section):
    """Our certificate, whom we believe, and how strict we are towards whom."""

    certificate: OptionalPath = None
    key: SecretPlace | None = None
    ca_file: OptionalPath = None
    outbound: TlsLevel = "opportunistic"
    destinations: dict[Destination, TlsLevel] = Field(default={})

    @model_validator(mode="after")
    def _both_halves(self) -> RelayTls:
        if (self.certificate is None) != (self.key is None):
            raise Wrong(
                Text("chứng thư và khóa của nó phải đi cùng nhau", "a certificate and its key must be given together"),
                Text(
                    'đặt cả certificate = "..." và key = {{ file = "..." }} trong [relay.tls]',
                    'set both certificate = "..." and key = {{ file = "..." }} in [relay.tls]',
                ).format(),
            )
        if self.key is not None and self.key.kind == "env":
            raise Wrong(
                Text("khóa TLS phải là một tệp", "the TLS key must be a file"),
                Text(
                    'viết { file = "ĐƯỜNG_DẪN" } hoặc { credential = "TÊN" }',
                    'write { file = "PATH" } or { credential = "NAME" }',
                ),
            )
        return self


class Dkim(Section):
    """Whose mail is signed, with which key."""

    domains: tuple[MailDomain, ...] = ()
    selector: str = Field(default="congvu", pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")
    key: SecretPlace = Secret("file", "/etc/congvu/keys/dkim.pem")


class RelayLimits(Section):
    """What a peer may ask of us."""

    message_bytes: int = Field(default=50 << 20, ge=64 << 10)
    recipients: int = Field(default=10_000, ge=100)
    connections: int = Field(default=1000, ge=1)
    connections_per_address: int = Field(default=50, ge=1)
    command_timeout_seconds: float = Field(default=300, gt=0)
    session_seconds: float = Field(default=3600, gt=0)
    minimum_bytes_per_second: int = Field(default=500, ge=0)
    memory_bytes: int = Field(default=64 << 20, ge=4 << 20)
    errors_per_session: int = Field(default=20, ge=1)
    messages_per_account_hour: int = Field(default=500, ge=1)
    recipients_per_account_day: int = Field(default=20_000, ge=1)
    messages_per_address_minute: int = Field(default=600, ge=1)
    authentication_failures: int = Field(default=3, ge=1)
    free_disk_percent: int = Field(default=5, ge=0, le=90)
    received_headers: int = Field(default=50, ge=5)


class RetrySchedule(Section):
    """When to try again, when to tell the sender, when to give up."""

    first_seconds: float = Field(default=60, gt=0)
    factor: float = Field(default=2, ge=1)
    longest_seconds: float = Field(default=3600, gt=0)
    jitter: float = Field(default=0.2, ge=0, lt=1)
    expire_seconds: float = Field(default=432_000, gt=0)
    delay_notice_seconds: float = Field(default=14_400, gt=0)


class UrgentRetrySchedule(RetrySchedule):
    """The same for urgent documents, with defaults of its own."""

    first_seconds: float = Field(default=30, gt=0)
    longest_seconds: float = Field(default=600, gt=0)
    expire_seconds: float = Field(default=86_400, gt=0)
    delay_notice_seconds: float = Field(default=900, gt=0)


class RelayRetry(Section):
    """One schedule for each urgency."""

    normal: RetrySchedule = RetrySchedule()
    urgent: UrgentRetrySchedule = UrgentRetrySchedule()


class RelayConcurrency(Section):
    """How many connections and messages are on their way at once."""

    connections_per_destination: int = Field(default=8, ge=1)
    connections: int = Field(default=100, ge=1)
    in_flight: int = Field(default=2000, ge=1)
    idle_seconds: float = Field(default=5, ge=0)
    messages_per_connection: int = Field(default=1000, ge=1)


class RelayApplication(Section):
    """A program that logs in by its name: as which addresses (and their +details) it sends, and how much."""

    addresses: tuple[MailAddress, ...] = Field(min_length=1)
    password: SecretPlace
    messages_per_hour: int = Field(default=0, ge=0)


ApplicationName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
"""As it is given to AUTH; without @, so that it is nobody's address."""


class Relay(Section):
    """The mail relay."""

    hostname: DomainName = "localhost.localdomain"
    spool: RequiredPath = Path("/var/spool/congvu")
    control_socket: RequiredPath = Path("/run/congvu/mailrelay.sock")
    control_group: str = ""
    metrics_listen: OptionalListenAddress = "127.0.0.1:9125"
    bind_dn: str = ""
    bind_password: SecretPlace | None = None
    trusted_networks: tuple[Network, ...] = ()
    postmaster: OptionalMailAddress = ""
    list_senders: Literal["authenticated", "members", "anybody"] = "authenticated"
    local_delivery: NextHopUrl = "lmtp://127.0.0.1:24"
    smarthost: OptionalNextHopUrl = ""
    nameservers: tuple[ListenAddress, ...] = ()
    filter: OptionalNextHopUrl = ""
    keep_body_seconds: float = Field(default=0, ge=0)
    event_loop: Literal["auto", "asyncio"] = "auto"
    listeners: Listeners = Listeners()
    routes: dict[DomainOrAddress, NextHopUrl] = Field(default={})
    applications: dict[ApplicationName, RelayApplication] = Field(default={})
    tls: RelayTls = RelayTls()
    dkim: Dkim = Dkim()
    limits: RelayLimits = RelayLimits()
    retry: RelayRetry = RelayRetry()
    concurrency: RelayConcurrency = RelayConcurrency()
