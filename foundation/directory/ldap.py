"""The directory over LDAP, for reading: ldap3 connects, negotiates TLS and binds; our decoder reads the answers.

`open_connection` is the one way to the server, for this reader and for the provisioner's writer alike: the certificate
is always verified (ldap3 itself verifies none by default), both timeouts are always set, referrals are not followed.
An answer is complete or it is an error. Nothing here writes.
"""

from __future__ import annotations

import math
import socket
import ssl
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self

import ldap3
from ldap3.core.exceptions import LDAPException
from ldap3.core.results import RESULT_CODES
from ldap3.operation.search import search_operation
from ldap3.protocol.rfc2696 import paged_search_control

from foundation.directory import failures
from foundation.directory.connection import ConnectionSettings, check
from foundation.directory.dialect import Dialect, dialect_of
from foundation.directory.entries import Entry
from foundation.directory.lookup import Scope
from foundation.directory.search_entries import MalformedAnswer, Page, read_page
from foundation.directory.url import Address
from foundation.language import Text

PAGE_SIZE: Final = 1000
"""Entries per page (RFC 2696); the size hardly matters for speed, and 1000 entries are about a megabyte."""

_CONNECTING: Final = Text("kết nối", "connecting")
_BINDING: Final = Text("đăng nhập", "binding")
_READING: Final = Text("đọc", "reading")
_SCOPES: Final[dict[Scope, Any]] = {"base": ldap3.BASE, "onelevel": ldap3.LEVEL, "subtree": ldap3.SUBTREE}
_NO_SUCH_OBJECT: Final = 32


class VerifiedTls(ldap3.Tls):
    """TLS in which OpenSSL itself verifies the certificate and the host name, IP addresses included.

    ldap3's own name check runs after the handshake and, on Python 3.12 and later, cannot match an IP address.
    """

    def __init__(self, ca_file: Path | None) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self._context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2

    def wrap_socket(self, connection: ldap3.Connection, do_handshake: bool = False) -> None:
        """Put TLS over the socket that ldap3 has opened."""
        connection.socket = self._context.wrap_socket(
            connection.socket, server_hostname=connection.server.host, do_handshake_on_connect=do_handshake
        )


class BoundConnection(ldap3.Connection):
    """A connection that a `with` block closes: ldap3's own stays open when it was bound before the block."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.unbind()


def open_connection(settings: ConnectionSettings) -> BoundConnection:
    """A bound connection. Raises ConfigError (what we may not do) and Unreachable (what the server does not do)."""
    address = check(settings)
    connection = BoundConnection(
        _server(settings, address),
        **_login(settings),
        receive_timeout=math.ceil(settings.receive_timeout_seconds),
        check_names=False,
        auto_referrals=False,
        return_empty_attributes=False,
        raise_exceptions=False,
    )
    try:
        connection.open(read_server_info=False)
        if settings.start_tls and address.kind == "ldap":
            connection.start_tls(read_server_info=False)
    except (LDAPException, OSError) as error:
        _abandon(connection)
        raise failures.from_exception(error, address, _CONNECTING) from error
    try:
        bound = connection.bind(read_server_info=False)
    except (LDAPException, OSError) as error:
        _abandon(connection)
        raise failures.from_exception(error, address, _BINDING) from error
    if not bound:
        result = connection.result
        _abandon(connection)
        raise failures.from_result(
            result["result"], result["description"], result.get("message", ""), address, _BINDING
        )
    return connection


def _abandon(connection: ldap3.Connection) -> None:
    """Close the socket: ldap3 forgets one that it could not connect."""
    if connection.socket is not None:
        connection.socket.close()
    connection.closed = True


def _login(settings: ConnectionSettings) -> dict[str, Any]:
    if settings.bind_dn:
        return {"user": settings.bind_dn, "password": settings.password, "authentication": ldap3.SIMPLE}
    return {"authentication": ldap3.SASL, "sasl_mechanism": ldap3.EXTERNAL, "sasl_credentials": ""}


def _server(settings: ConnectionSettings, address: Address) -> ldap3.Server:
    if address.kind != "ldapi":
        try:
            socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise failures.unreachable(
                Text("không tìm thấy tên máy {host}", "there is no host named {host}").format(host=address.host),
                Text("kiểm tra [directory] url và DNS", "check [directory] url and the DNS"),
                address,
            ) from error
    needs_tls = address.kind == "ldaps" or (address.kind == "ldap" and settings.start_tls)
    try:
        tls = VerifiedTls(settings.ca_file) if needs_tls else None
    except (OSError, ssl.SSLError) as error:
        raise failures.unreachable(
            Text("không đọc được tệp CA {path}: {why}", "cannot read the CA file {path}: {why}").format(
                path=settings.ca_file, why=error
            ),
            Text("sửa tls.ca_file trong [directory]", "mend tls.ca_file in [directory]"),
            address,
        ) from error
    return ldap3.Server(
        str(address), tls=tls, get_info=ldap3.NONE, connect_timeout=math.ceil(settings.connect_timeout_seconds)
    )


def connect(settings: ConnectionSettings) -> LdapDirectory:
    """The directory, ready to be asked. Raises ConfigError, Unreachable."""
    return LdapDirectory(open_connection(settings), check(settings))


class LdapDirectory:
    """A `lookup.Directory` on a bound connection; `connection` may be shared with a writer in the same thread."""

    def __init__(self, connection: ldap3.Connection, address: Address) -> None:
        self.connection = connection
        self._address = address

    def __enter__(self) -> LdapDirectory:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye to the server; never fails."""
        try:
            self.connection.unbind()
        except (LDAPException, OSError):
            _abandon(self.connection)

    @cached_property
    def dialect(self) -> Dialect:
        """What is particular to this server, asked once."""
        root = self.read("", ("vendorName", "supportedControl"))
        return dialect_of(root.first("vendorName"), root.values("supportedControl")) if root else dialect_of("", ())

    def search(self, base: str, filter: str, attributes: Sequence[str], scope: Scope = "subtree") -> Iterator[Entry]:
        """See `lookup.Directory.search`. Between two entries the connection is free for other requests."""
        cookie = b""
        while True:
            page = self._page(base, filter, attributes, scope, cookie)
            yield from page.entries
            cookie = page.cookie
            if not cookie:
                return

    def read(self, dn: str, attributes: Sequence[str]) -> Entry | None:
        """See `lookup.Directory.read`."""
        page = self._page(dn, "(objectClass=*)", attributes, "base", None)
        return page.entries[0] if page.entries else None

    def _page(self, base: str, filter: str, attributes: Sequence[str], scope: Scope, cookie: bytes | None) -> Page:
        """One page, complete; `cookie` None asks without paging."""
        request = search_operation(
            base, filter, _SCOPES[scope], ldap3.DEREF_NEVER, list(attributes), 0, 0, False, False, False
        )
        controls = None if cookie is None else [paged_search_control(True, PAGE_SIZE, cookie)]
        try:
            message_id: int = self.connection.send("searchRequest", request, controls)
            self.connection.strategy._outstanding.pop(message_id, None)  # the answer is ours to read
            page = read_page(self._receive, message_id, attributes)
        except MalformedAnswer as error:
            self.close()
            raise failures.unreachable(
                Text(f"câu trả lời không đọc được: {error}", f"its answer cannot be understood: {error}"),
                Text("[directory] url có trỏ tới LDAP không?", "does [directory] url lead to an LDAP server?"),
                self._address,
            ) from error
        except (LDAPException, OSError) as error:
            self.close()
            raise failures.from_exception(error, self._address, _READING) from error
        if page.result_code == _NO_SUCH_OBJECT:
            return Page([], 0, "", b"")
        if page.result_code != 0:
            name = RESULT_CODES.get(page.result_code, "unknown")
            raise failures.from_result(page.result_code, name, page.diagnostic, self._address, _READING)
        return page

    def _receive(self, size: int) -> bytes:
        received: bytes = self.connection.socket.recv(size)
        return received
