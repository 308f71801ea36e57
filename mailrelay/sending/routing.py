"""Which next hop a destination has, and how its TLS is handled. Pure: settings in, values out.

It promises that one destination has one answer for the whole life of the settings, and that a wrong next hop in the
configuration is told with its reason. It looks nothing up; names are resolved in mailrelay/sending/resolver.py.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final
from urllib.parse import parse_qs, urlsplit

from foundation.addresses import ascii_domain
from foundation.errors import ConfigError
from foundation.language import Text
from mailrelay.settings import NextHop, RelaySettings, TlsPolicy

SMTP_PORT: Final = 25
"""RFC 5321 4.5.4.2."""
LMTP_PORT: Final = 24
"""IANA "priv-mail", what Dovecot and Cyrus use; RFC 2033 5 gives LMTP no port and forbids 25."""
_DEFAULT_PORTS: Final = {"smtp": SMTP_PORT, "lmtp": LMTP_PORT}

_HINT: Final = Text(
    "viết như smtp://may.tinh.example:25, smtp://tinh.example?mx=yes, lmtp://127.0.0.1:24 "
    "hoặc lmtp+unix:///run/dovecot/lmtp",
    "write it as smtp://host.province.example:25, smtp://province.example?mx=yes, lmtp://127.0.0.1:24 "
    "or lmtp+unix:///run/dovecot/lmtp",
)


def next_hop(destination: str, settings: RelaySettings) -> NextHop:
    """Where to send what is queued for a destination (see `mailrelay.envelope.Delivery`).

    `local` goes to local delivery; `address:NAME@DOMAIN` to the route of that address, or as its domain when that route
    is gone; `domain:DOMAIN` to the route of the domain, else to that of a parent domain written `.parent`, else to the
    smart host, else to the domain's mail exchangers. Raises ValueError for anything else.
    """
    kind, _, name = destination.partition(":")
    if kind == "local":
        return settings.local_delivery
    if kind == "address" and name in settings.routes:
        return settings.routes[name]
    if kind not in ("address", "domain") or not name:
        raise ValueError(f"no destination: {destination!r}")
    return _domain_hop(name.rpartition("@")[2], settings)


def _domain_hop(domain: str, settings: RelaySettings) -> NextHop:
    name = _ascii(domain)
    for key in (name, *parents(name)):
        route = settings.routes.get(key)
        if route is not None:
            return route
    return settings.smarthost or NextHop("smtp", name, SMTP_PORT, mx=True)


def parents(domain: str) -> tuple[str, ...]:
    """The keys under which a setting for all subdomains may stand, nearest first: `.tinh.test`, `.test`."""
    labels = domain.split(".")
    return tuple("." + ".".join(labels[index:]) for index in range(1, len(labels)))


def tls_policy(domain: str, hop: NextHop, settings: RelaySettings) -> TlsPolicy:
    """How strict we are towards a hop when we send mail for this domain.

    The most particular of `tls.destinations` wins: the domain (or `.parent`), `host:port`, the host. A hop that never
    leaves the machine (Unix socket, loopback) is spoken to in clear unless it is named there; all else follows
    `tls.outbound`.
    """
    named = settings.tls.destinations
    name = _ascii(domain) if domain else ""
    candidates = (name, *parents(name)) if name else ()
    for key in (*candidates, f"{hop.host}:{hop.port}", hop.host):
        policy = named.get(key)
        if policy is not None:
            return TlsPolicy("none") if hop.unix else policy
    return TlsPolicy("none") if stays_on_machine(hop) else settings.tls.outbound


def stays_on_machine(hop: NextHop) -> bool:
    """Whether no packet for this hop can be seen by others."""
    if hop.unix:
        return True
    if hop.mx:
        return False
    try:
        return ip_address(hop.host.strip("[]")).is_loopback
    except ValueError:
        return hop.host == "localhost"


def parse_next_hop(text: str) -> NextHop:
    """Read a next hop from the configuration: `smtp://host[:port][?mx=yes]`, `lmtp://host[:port]`,
    `lmtp+unix:///path` or `smtp+unix:///path`. Raises ConfigError with the reason."""
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError as error:
        raise _refused(text, Text("cổng hoặc địa chỉ không hợp lệ", "the port or the address is not valid")) from error
    protocol, _, transport = parts.scheme.partition("+")
    if protocol not in _DEFAULT_PORTS or transport not in ("", "unix"):
        raise _refused(text, Text("giao thức phải là smtp hoặc lmtp", "the protocol must be smtp or lmtp"))
    if parts.username or parts.password or parts.fragment:
        raise _refused(text, Text("không dùng tên người dùng hay dấu #", "no user name and no # belong here"))
    if transport:
        return _unix_hop(text, protocol, parts.netloc, parts.path)
    if parts.path not in ("", "/") or not parts.hostname:
        raise _refused(text, Text("thiếu tên máy, hoặc thừa đường dẫn", "the host is missing, or there is a path"))
    mx = _wants_mx(text, parts.query)
    if mx and protocol == "lmtp":
        raise _refused(text, Text("LMTP không dùng bản ghi MX", "LMTP does not use MX records"))
    port = _DEFAULT_PORTS[protocol] if port is None else port
    return NextHop("lmtp" if protocol == "lmtp" else "smtp", _host(text, parts.hostname), port, mx=mx)


def _unix_hop(text: str, protocol: str, netloc: str, path: str) -> NextHop:
    if netloc or not path.startswith("/") or len(path.encode()) > 107:  # unix(7): sun_path is 108 octets with its NUL
        raise _refused(
            text,
            Text(
                "đường dẫn socket phải là đường dẫn tuyệt đối, tối đa 107 byte",
                "the socket's path must be absolute and at most 107 octets",
            ),
        )
    return NextHop("lmtp" if protocol == "lmtp" else "smtp", path, 0, unix=True)


def _wants_mx(text: str, query: str) -> bool:
    options = parse_qs(query, keep_blank_values=True)
    values = options.pop("mx", ["no"])
    if options or values[-1] not in ("yes", "no"):
        raise _refused(text, Text("sau dấu ? chỉ có mx=yes hoặc mx=no", "only mx=yes or mx=no may follow the ?"))
    return values[-1] == "yes"


def _host(text: str, host: str) -> str:
    try:
        return str(ip_address(host))
    except ValueError:
        pass
    try:
        return host if "." not in host and host.replace("-", "").isalnum() else ascii_domain(host)
    except ValueError as error:
        raise _refused(text, Text("tên máy không hợp lệ", "the host name is not valid")) from error


def _ascii(domain: str) -> str:
    try:
        return ascii_domain(domain)
    except ValueError:
        return domain.lower()


def _refused(text: str, reason: Text) -> ConfigError:
    return ConfigError(
        Text("chặng kế tiếp {value} không hợp lệ: {why}", "the next hop {value} is not valid: {why}").format(
            value=repr(text[:100]), why=reason
        ),
        _HINT,
    )
