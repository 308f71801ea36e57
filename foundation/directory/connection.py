"""Where the directory is and as whom we go there, checked before anything is sent.

A password never travels in clear text over a network: a simple bind is allowed through TLS, through the local socket,
or to this machine itself (loopback). Nothing here opens a connection.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from foundation.directory.url import Address, parse_url
from foundation.errors import ConfigError
from foundation.language import Text

if TYPE_CHECKING:
    from foundation.config.sections import Directory as DirectorySection


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
