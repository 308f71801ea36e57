"""The URL of a directory: `ldap://`, `ldaps://` (RFC 4516) or `ldapi://` as OpenLDAP writes it. Pure."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote, unquote, urlsplit

from foundation.errors import ConfigError
from foundation.language import Text

DEFAULT_SOCKET: Final = "/run/slapd/ldapi"
"""Where Debian's slapd listens for `ldapi:///`."""

_DEFAULT_PORTS: Final = {"ldap": 389, "ldaps": 636}


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


def _bad_url(url: str) -> ConfigError:
    return ConfigError(
        Text("địa chỉ thư mục không đọc được: {url}", "cannot read the address of the directory: {url}").format(
            url=repr(url)
        ),
        Text("ví dụ: ldaps://ldap.tinh.gov.vn hoặc ldapi:///", "for example: ldaps://ldap.tinh.gov.vn or ldapi:///"),
    )
