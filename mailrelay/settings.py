"""What the relay takes from the configuration, as frozen values; tests build them in one line.

Where a number has no source beside it, `config.example.toml` gives it. Durations are seconds, sizes are bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal

from foundation.config.secrets import Secret
from mailrelay.envelope import ListenerKind

TlsLevel = Literal["none", "opportunistic", "required", "pinned"]
Urgency = Literal["normal", "urgent"]


@dataclass(frozen=True, slots=True)
class Listener:
    """One socket to listen on. Port 0 lets the kernel choose (tests)."""

    kind: ListenerKind
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class NextHop:
    """Where a route leads: protocol, host and port, or a Unix socket (`host` is its path, port 0); `mx`: look MX up."""

    protocol: Literal["smtp", "lmtp"]
    host: str
    port: int
    mx: bool = False
    unix: bool = False


@dataclass(frozen=True, slots=True)
class TlsPolicy:
    """How a destination's TLS is handled. `pins`: SHA-256 (hex) of public keys (SPKI), one of which must match."""

    level: TlsLevel = "opportunistic"
    pins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """Our own certificate, whom we believe, and how strict we are towards whom (by domain or next host)."""

    certificate: Path | None = None
    key: Path | None = None
    ca_file: Path | None = None
    outbound: TlsPolicy = TlsPolicy()
    destinations: Mapping[str, TlsPolicy] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a peer may ask of us. Sources: RFC 5321 4.5.3, Postfix's defaults."""

    message_bytes: int = 50 << 20
    recipients: int = 10_000
    line_bytes: int = 998  # RFC 5322 2.1.1
    connections: int = 1000
    connections_per_address: int = 50  # smtpd_client_connection_count_limit
    command_timeout_seconds: float = 300  # RFC 5321 4.5.3.2.7
    session_seconds: float = 3600
    minimum_bytes_per_second: int = 500  # smtpd_min_data_rate
    memory_bytes: int = 64 << 20
    errors_per_session: int = 20  # smtpd_hard_error_limit
    messages_per_account_hour: int = 500
    recipients_per_account_day: int = 20_000
    messages_per_address_minute: int = 600  # untrusted networks only
    authentication_failures: int = 3  # per session
    free_disk_percent: int = 5
    received_headers: int = 50  # hopcount_limit


@dataclass(frozen=True, slots=True)
class RetrySettings:
    """When to try again, when to tell the sender, when to give up."""

    first_seconds: float = 60
    factor: float = 2
    longest_seconds: float = 3600
    jitter: float = 0.2
    expire_seconds: float = 5 * 86400  # RFC 5321 4.5.4.1
    delay_notice_seconds: float = 4 * 3600


@dataclass(frozen=True, slots=True)
class Concurrency:
    """How many connections and messages are on their way."""

    connections_per_destination: int = 8  # measured: more gains nothing on a local network
    connections: int = 100
    in_flight: int = 2000
    idle_seconds: float = 5
    messages_per_connection: int = 1000


@dataclass(frozen=True, slots=True)
class Application:
    """A program that logs in by its name. `addresses` are normalised; it may add +details to them.
    `messages_per_hour` 0 = no limit."""

    addresses: tuple[str, ...]
    password: Secret
    messages_per_hour: int = 0


@dataclass(frozen=True, slots=True)
class Directory:
    """The subtrees that hold addresses; full distinguished names."""

    base: str
    people: str
    lists: str
    roles: str
    agencies: str
    credentials: str


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """Everything the daemon runs on, besides database, directory connection and keys."""

    hostname: str
    domains: tuple[str, ...]
    language: str
    timezone: str
    spool: Path
    control_socket: Path
    directory: Directory
    listeners: tuple[Listener, ...] = ()
    trusted_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    local_delivery: NextHop = NextHop("lmtp", "127.0.0.1", 24)
    routes: Mapping[str, NextHop] = field(default_factory=dict)
    applications: Mapping[str, Application] = field(default_factory=dict)
    smarthost: NextHop | None = None
    filter: NextHop | None = None
    tls: TlsSettings = TlsSettings()
    limits: Limits = Limits()
    retry: Mapping[Urgency, RetrySettings] = field(
        default_factory=lambda: {
            "normal": RetrySettings(),
            "urgent": RetrySettings(30, 2, 600, 0.2, 86400, 900),
        }
    )
    concurrency: Concurrency = Concurrency()
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 9125
    control_group: str = ""
    dkim_domains: tuple[str, ...] = ()
    dkim_key: Path | None = None
    dkim_selector: str = "congvu"
    keep_body_seconds: float = 0
    event_loop: Literal["auto", "asyncio"] = "auto"
    organisation: str = ""
    templates: Path | None = None
    nameservers: tuple[tuple[str, int], ...] = ()
    """Address and port of DNS servers to ask instead of the system's (tests, the sandbox)."""
    list_senders: Literal["authenticated", "members", "anybody"] = "authenticated"
    """Who may write to lists: whoever logged in or is in a trusted network; only members of the list (and trusted
    networks); or the whole world."""

    postmaster_mailbox: str = ""
    """Who reads the mail to postmaster@ and abuse@ of our domains that nobody in the directory has; "" = nobody."""

    @property
    def postmaster(self) -> str:
        """From whom reports come, and where undeliverable ones go (RFC 5321 4.5.1)."""
        return f"postmaster@{self.domains[0]}"
