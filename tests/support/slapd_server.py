"""A real slapd for the tests: one per test process, started once, emptied between tests.

It is started through `congvu.servers.slapd`, so it is the reference configuration that the tests prove. Only fsync is
left out. The `slapd` fixture empties the directory before each test that asks for it.
"""

from __future__ import annotations

import contextlib
import os
import random
import socket
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import ldap3
import pytest

from congvu.servers.certificates import make_certificate
from congvu.servers.slapd import Slapd, SlapdSettings, render_base
from foundation.directory.connection import ConnectionSettings
from foundation.directory.ldap import LdapDirectory, connect, open_connection
from foundation.directory.schema import SERVICE_NAMES, Service, service_dn
from foundation.errors import Unreachable

BASE = "dc=tinh,dc=test"
_WIPE_BY_HAND = 300
"""Deleting entry by entry is quicker than a restart up to about this many."""

_NOT_OUR_DOING = ("authTimestamp", "entryCSN", "contextCSN", "hasSubordinates")
"""What a mere login, or a write somewhere else, changes in an entry."""


class SlapdServer:
    """What a test sees of the running server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.base = BASE
        self.ca_file = folder / "ca.pem"
        self._passwords: dict[Service, str] = {name: f"{name}-password-{name}-password" for name in SERVICE_NAMES}
        self._slapd = _started(folder, self._passwords)
        self._base_ldif = render_base(self._slapd.settings, self._passwords)
        self._frame = self._frame_now()

    url = property(lambda self: self._slapd.url)
    ldaps_url = property(lambda self: self._slapd.ldaps_url)
    ldapi_url = property(lambda self: self._slapd.ldapi_url)
    service_dn = property(lambda self: service_dn("provision", self.base))
    service_password = property(lambda self: self._passwords["provision"])

    def password_of(self, service: Service) -> str:
        """The password of one of the service accounts."""
        return self._passwords[service]

    def settings(self, service: Service = "provision", url: str = "") -> ConnectionSettings:
        """How a service account reaches this server."""
        return ConnectionSettings(
            url or self.url, self.base, service_dn(service, self.base), self._passwords[service], ca_file=self.ca_file
        )

    def directory(self, service: Service = "provision") -> LdapDirectory:
        """The directory as this service account sees it; the caller closes it."""
        return connect(self.settings(service))

    def admin_connection(self) -> ldap3.Connection:
        """A connection that may do everything (the local socket's administrator); the caller unbinds it."""
        return open_connection(self._slapd.administrator())

    def add(self, dn: str, attributes: Mapping[str, Sequence[str]]) -> None:
        """Add an entry as the administrator; it must succeed."""
        self.add_all({dn: attributes})

    def add_all(self, entries: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        """Add entries in this order as the administrator; all must succeed."""
        with self.admin_connection() as admin:
            for dn, attributes in entries.items():
                assert admin.add(dn, attributes=dict(attributes)), admin.result  # type: ignore[no-untyped-call]

    def replace(self, dn: str, attributes: Mapping[str, Sequence[str]]) -> None:
        """Replace all values of these attributes as the administrator; it must succeed."""
        changes = {name: [(ldap3.MODIFY_REPLACE, list(values))] for name, values in attributes.items()}
        with self.admin_connection() as admin:
            assert admin.modify(dn, changes), admin.result  # type: ignore[no-untyped-call]

    def wipe(self) -> None:
        """Back to the empty frame: no people, agencies, lists, offices, reservations, credentials."""
        if self._slapd.process is None or self._slapd.process.poll() is not None:
            self.rebuild()  # a test has stopped or killed it
            return
        with self.admin_connection() as admin:
            names = _names(admin, self.base)
            extra = [name for name in names if name not in self._frame]
            if len(extra) <= _WIPE_BY_HAND:
                for name in sorted(extra, key=lambda name: name.count(","), reverse=True):
                    admin.delete(name)  # type: ignore[no-untyped-call]
        if len(extra) > _WIPE_BY_HAND or self._frame_now() != self._frame:
            self.rebuild()

    def rebuild(self) -> None:
        """Stop, load the empty frame, start again; open connections are lost."""
        self._slapd.stop()
        self._slapd.load(self._base_ldif)
        self._slapd.start()
        self._frame = self._frame_now()

    def stop(self) -> None:
        """Stop the server; its data stay."""
        self._slapd.stop()

    def start(self) -> None:
        """Start it again after `stop`."""
        self._slapd.start()

    @property
    def pid(self) -> int:
        """The process id of slapd, for tests that stop or kill it."""
        assert self._slapd.process is not None
        return self._slapd.process.pid

    def _frame_now(self) -> dict[str, dict[str, list[bytes]]]:
        """Every entry with everything in it but the time of the last login."""
        with self.admin_connection() as admin:
            admin.search(self.base, "(objectClass=*)", attributes=["*", "+"])
            return {
                item["dn"]: {
                    name: sorted(values)
                    for name, values in item["raw_attributes"].items()
                    if name not in _NOT_OUR_DOING
                }
                for item in admin.response or ()
            }


def _names(admin: ldap3.Connection, base: str) -> list[str]:
    admin.search(base, "(objectClass=*)", attributes=["1.1"])
    return [item["dn"] for item in admin.response or ()]


_PORTS = iter(random.Random(os.getpid()).sample(range(10_240, 32_768), 22_528))
"""Below the range from which the kernel takes ports for outgoing connections, which would steal one before its server
binds it; each process of a parallel run goes through them in an order of its own, and never gives one twice."""


def free_port() -> int:
    """A TCP port that nobody listens on and that this process has not given to anybody before."""
    for port in _PORTS:
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no port is left")


def _started(folder: Path, passwords: dict[Service, str]) -> Slapd:
    certificate = make_certificate()
    (folder / "ca.pem").write_bytes(certificate.authority)
    for attempts_left in (2, 1, 0):
        settings = SlapdSettings(
            folder / "slapd", folder / "slapd.log", BASE, "Tỉnh Thử", free_port(), free_port(), durable=False
        )
        slapd = Slapd(settings)
        slapd.configure(certificate)
        slapd.load(render_base(settings, passwords))
        try:
            slapd.start()
        except Unreachable:  # somebody took the port in between
            if not attempts_left:
                raise
        else:
            return slapd
    raise AssertionError("unreachable")


@pytest.fixture(scope="session")
def running_slapd() -> Iterator[SlapdServer]:
    """The server of this test process; ask for `slapd` unless the test empties it by itself."""
    with tempfile.TemporaryDirectory(prefix="congvu-slapd-") as folder:
        server = SlapdServer(Path(folder))
        yield server
        server.stop()


@pytest.fixture
def slapd(running_slapd: SlapdServer) -> SlapdServer:
    """A running slapd with an empty directory."""
    running_slapd.wipe()
    return running_slapd
