"""Kinds of values that name places on a network: addresses to listen on, networks, next hops, strictness of TLS.

Each is checked for its form only, with a message in both languages; the tool that uses it gives it its meaning. Nothing
here asks DNS or opens a socket.
"""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from foundation.addresses import ascii_domain, normalise
from foundation.config.fields import Wrong
from foundation.errors import InputError
from foundation.language import Text

_LISTEN = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9.-]+)):(?P<port>\d{1,5})\Z")
_PINS = re.compile(r"pinned:[0-9A-Fa-f]{64}(,[0-9A-Fa-f]{64})*\Z")
_LARGEST_PORT = 65535
TLS_WORDS = ("none", "opportunistic", "required")


def split_listen(text: str) -> tuple[str, int]:
    """(host without brackets, port) of `127.0.0.1:25` or `[::]:25`. Raises Wrong."""
    found = _LISTEN.match(text)
    if not found or int(found["port"]) > _LARGEST_PORT:
        raise Wrong(
            Text("không phải địa chỉ kèm cổng", "is not an address with a port"),
            Text('ví dụ: "0.0.0.0:25" hoặc "[::]:25"', 'for example: "0.0.0.0:25" or "[::]:25"'),
        )
    return found["v6"] or found["host"], int(found["port"])


def _listen(value: str) -> str:
    split_listen(value)
    return value


def _optional_listen(value: str) -> str:
    return _listen(value) if value else value


def _network(value: str) -> str:
    try:
        ip_network(value)
    except ValueError as error:
        raise Wrong(
            Text("không phải mạng IP", "is not an IP network"),
            Text('ví dụ: "10.1.0.0/16" hoặc "2001:db8::/32"', 'for example: "10.1.0.0/16" or "2001:db8::/32"'),
        ) from error
    return value


def _next_hop(value: str) -> str:
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise _no_next_hop() from None
    protocol, _, transport = parts.scheme.partition("+")
    if transport == "unix":
        right = not parts.netloc and len(parts.path) > 1 and not parts.query
    else:
        query = parts.query in ("", "mx=no") or (protocol == "smtp" and parts.query == "mx=yes")
        right = not transport and bool(parts.hostname) and parts.path in ("", "/") and query
    right = right and protocol in ("smtp", "lmtp")
    if not right or parts.username is not None or parts.fragment or port == 0:
        raise _no_next_hop()
    return value


def _no_next_hop() -> Wrong:
    return Wrong(
        Text("không phải nơi chuyển tiếp", "is not a next hop"),
        Text(
            "viết smtp://MÁY, smtp://MÁY:CỔNG, smtp://MIỀN?mx=yes, lmtp://MÁY:CỔNG hoặc lmtp+unix:///ĐƯỜNG/DẪN",
            "write smtp://HOST, smtp://HOST:PORT, smtp://DOMAIN?mx=yes, lmtp://HOST:PORT or lmtp+unix:///PATH",
        ),
    )


def _optional_next_hop(value: str) -> str:
    return _next_hop(value) if value else value


def _tls_level(value: str) -> str:
    if value not in TLS_WORDS and not _PINS.match(value):
        raise Wrong(
            Text("không phải mức TLS", "is not a level of TLS"),
            Text(
                'viết "none", "opportunistic", "required" hoặc "pinned:SHA256" (64 chữ số hex; nhiều mã: dấu phẩy)',
                'write "none", "opportunistic", "required" or "pinned:SHA256" (64 hex digits; several with commas)',
            ),
        )
    return value


def _domain_name(value: str) -> str:
    try:
        return ascii_domain(value)
    except ValueError as error:
        raise Wrong(Text("không phải tên miền", "is not a domain name")) from error


def _destination(value: str) -> str:
    """A domain, all below it (`.gov.example`), a host, or a host with its port."""
    host, _, port = value.rpartition(":") if re.search(r"[^:]:\d{1,5}\Z", value) else (value, "", "")
    try:
        name = str(ip_address(host.strip("[]")))
    except ValueError:
        name = _below(host) if "." in host else host.lower()
    return f"{name}:{port}" if port else name


def _below(value: str) -> str:
    return "." + _domain_name(value[1:]) if value.startswith(".") else _domain_name(value)


def _domain_or_address(value: str) -> str:
    """A domain (`bo.gov.example`), all below it (`.gov.example`) or one address, as they are compared."""
    try:
        return normalise(value) if "@" in value else _below(value)
    except (InputError, Wrong) as error:
        raise Wrong(
            Text("không phải tên miền hay địa chỉ thư", "is neither a domain nor a mail address"),
            Text('ví dụ: "bo.example", "hop@tinh.example"', 'for example: "bo.example", "hop@tinh.example"'),
        ) from error


def _optional_address(value: str) -> str:
    """A mail address as it is compared, or nothing."""
    return _address(value) if value else value


def _address(value: str) -> str:
    """A mail address as it is compared."""
    try:
        return normalise(value)
    except InputError as error:
        raise Wrong(
            Text("không phải địa chỉ thư", "is not a mail address"),
            Text('ví dụ: "quantri@tinh.example"', 'for example: "quantri@tinh.example"'),
        ) from error


ListenAddress = Annotated[str, AfterValidator(_listen)]
OptionalListenAddress = Annotated[str, AfterValidator(_optional_listen)]
Network = Annotated[str, AfterValidator(_network)]
NextHopUrl = Annotated[str, AfterValidator(_next_hop)]
OptionalNextHopUrl = Annotated[str, AfterValidator(_optional_next_hop)]
TlsLevel = Annotated[str, AfterValidator(_tls_level)]
DomainName = Annotated[str, AfterValidator(_domain_name)]
Destination = Annotated[str, AfterValidator(_destination)]
MailAddress = Annotated[str, AfterValidator(_address)]
OptionalMailAddress = Annotated[str, AfterValidator(_optional_address)]
DomainOrAddress = Annotated[str, AfterValidator(_domain_or_address)]
