"""Where the directory is and as whom we go there, checked before anything is sent.

A password never travels in clear text over a network: a simple bind is allowed through TLS, through the local socket,
or to this machine itself (loopback). Nothing here opens a connection.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import quote, unquote, urlsplit

from foundation.errors import ConfigError
from foundation.language import Text

if TYPE_CHECKING:
    from foundation.config.sections import Directory as DirectorySection

DEFAULT_SOCKET: Final = "/run/slapd/ldapi"
"""Where Debian's slapd listens for `ldapi:///`."""

_DEFAULT_PORTS: Final = {"ldap": 389, "ldaps": 636}


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """How to reach the directory. Without `bind_dn` the local socket says who we are (SASL EXTERNAL)."""

    url: str
    base: str
    bind_dn: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    start_tls: bool = False
    connect_timeout_seconds: float = 5
    receive_timeout_seconds: float = 60


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed URL: a socket path, or a host and a port."""

    kind: Literal["ldap", "ldaps", "ldapi"]
    host: str = ""
    port: int = 0
    path: str = ""

    def __str__(self) -> str:
        if self.kind == "ldapi":
            return f"ldapi://{quote(self.path, safe='')}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.kind}://{host}:{self.port}"

    @property
    def is_local(self) -> bool:
        """Whether what we send stays on this machine."""
        if self.kind == "ldapi" or self.host.lower() == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def settings_from(section: DirectorySection) -> ConnectionSettings:
    """The settings that the [directory] section describes; reads the password. Raises ConfigError."""
    secret = section.bind_password
    return ConnectionSettings(
        url=section.url,
        base=section.base,
        bind_dn=section.bind_dn if secret else "",
        password=secret.read() if secret else "",
        ca_file=section.tls.ca_file,
        start_tls=section.tls.start_tls,
        connect_timeout_seconds=section.connect_timeout_seconds,
        receive_timeout_seconds=section.receive_timeout_seconds,
    )


def parse_url(url: str) -> Address:
    """Parse `ldap://`, `ldaps://` or `ldapi://` (RFC 4516; ldapi as OpenLDAP writes it). Raises ConfigError."""
    try:
        parts = urlsplit(url)
        kind, host, port = parts.scheme, parts.hostname or "", parts.port
    except ValueError as error:
        raise _bad_url(url) from error
    if kind == "ldapi":
        return Address("ldapi", path=unquote(url[len("ldapi://") :]).removesuffix("/") or DEFAULT_SOCKET)
    if kind not in ("ldap", "ldaps") or not host:
        raise _bad_url(url)
    return Address("ldap" if kind == "ldap" else "ldaps", host, port or _DEFAULT_PORTS[kind])


def check(settings: ConnectionSettings) -> Address:
    """The address, if we may go there this way. Raises ConfigError."""
    address = parse_url(settings.url)
    if not settings.bind_dn and address.kind != "ldapi":
        raise ConfigError(
            Text("chưa biết đăng nhập thư mục bằng tài khoản nào", "no account to log in to the directory with"),
            Text(
                "đặt bind_dn và bind_password trong [directory]; chỉ ldapi:// mới không cần",
                "set bind_dn and bind_password in [directory]; only ldapi:// does without",
            ),
        )
    if settings.bind_dn and not settings.password:
        # RFC 4513 section 5.1.2: a bind without a password succeeds as nobody. Never let that look like a login.
        raise ConfigError(
            Text("mật khẩu của {dn} rỗng", "the password of {dn} is empty").format(dn=settings.bind_dn),
            Text("đặt bind_password trong [directory]", "set bind_password in [directory]"),
        )
    if address.kind == "ldap" and not settings.start_tls and not address.is_local:
        raise ConfigError(
            Text(
                "từ chối gửi mật khẩu không mã hóa tới {url}", "refusing to send a password unencrypted to {url}"
            ).format(url=address),
            Text(
                "dùng ldaps://, hoặc tls = {{ start_tls = true }} trong [directory]",
                "use ldaps://, or tls = {{ start_tls = true }} in [directory]",
            ).format(),
        )
    return address


def _bad_url(url: str) -> ConfigError:
    return ConfigError(
        Text("địa chỉ thư mục không đọc được: {url}", "cannot read the address of the directory: {url}").format(
            url=repr(url)
        ),
        Text("ví dụ: ldaps://ldap.tinh.gov.vn hoặc ldapi:///", "for example: ldaps://ldap.tinh.gov.vn or ldapi:///"),
    )
