"""slapd as an unprivileged child with the reference configuration of `deploy/openldap`, all under one folder.

The folder belongs to the child; slapd starts inside it and knows only relative paths, so the folder may lie beneath one
that nobody else can enter, or at a path longer than a socket name may be. Whoever started it is the directory's
administrator through the local socket: there is no root password. The machine's own /etc/ldap and /var/lib/ldap are
read for Debian's schema files only and never written.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from congvu.servers.certificates import ServerCertificate
from congvu.servers.child import find_program, give_to_child, run_without_privileges
from congvu.servers.filling import filled
from congvu.servers.server import Server
from congvu.servers.short_paths import ShortPaths
from foundation import atomic_files
from foundation.directory.connection import ConnectionSettings
from foundation.directory.schema import SERVICE_NAMES, Service
from foundation.errors import CongvuError, Unreachable
from foundation.language import Text
from foundation.resources import deploy_folder

_SCHEMA_FOLDER: Final = Path("/etc/ldap/schema")
_MODULE_FOLDER: Final = Path("/usr/lib/ldap")
_SOCKET: Final = "ldapi"
_LOADED: Final = "loaded"
"""A mark that the data are whole: slapadd may be killed halfway."""

_DBNOSYNC: Final = "dbnosync\ncheckpoint 1024 1"

_DEBUG_LEVEL: Final = "shell"
"""Keeps slapd in the foreground with only its important words on stderr: level 0 hides why it could not start, and
level none has the constraint overlay write a line for every change."""


@dataclass(frozen=True, slots=True)
class SlapdSettings:
    """One slapd: where it lives, what it serves, where it listens. `durable=False` is for tests: it skips fsync."""

    folder: Path
    log: Path
    base: str
    organisation: str
    port: int
    tls_port: int
    has_ipv6: bool = False
    durable: bool = True
    maximum_bytes: int = 4 << 30


class Slapd(Server):
    """A slapd of ours: `configure`, `load` once, then `start` and `stop` as often as one likes; the data stay."""

    name = "slapd"

    def __init__(self, settings: SlapdSettings, short_paths: ShortPaths | None = None) -> None:
        super().__init__(settings.folder, settings.log)
        self.settings = settings
        self._short_paths = short_paths or ShortPaths()
        self._owns_short_paths = short_paths is None

    @property
    def url(self) -> str:
        return f"ldap://127.0.0.1:{self.settings.port}"

    @property
    def ldaps_url(self) -> str:
        return f"ldaps://localhost:{self.settings.tls_port}"

    @property
    def ldapi_url(self) -> str:
        return f"ldapi://{quote(str(self.socket_path), safe='')}"

    @property
    def socket_path(self) -> Path:
        """The socket by a path that a client can use: through a link in a short private folder if need be."""
        return self._short_paths.shorten(self.settings.folder / _SOCKET)

    def administrator(self) -> ConnectionSettings:
        """How whoever started this server reaches it as its administrator."""
        return ConnectionSettings(self.ldapi_url, self.settings.base)

    # ---- making and unmaking ---------------------------------------------------------------------------------------

    def configure(self, certificate: ServerCertificate) -> None:
        """Write everything but the data: the folders, the configuration, the schema, the certificate."""
        for folder in (self.settings.folder, self.settings.folder / "run", self.settings.folder / "tls"):
            folder.mkdir(mode=0o700, exist_ok=True)
            give_to_child(folder)
        self._write("tls/server.pem", certificate.certificate)
        self._write("tls/server.key", certificate.key)
        self._write("tls/ca.pem", certificate.authority)
        self._write("congvu.schema", (deploy_folder() / "openldap" / "congvu.schema").read_bytes())
        self._write("slapd.conf", render_configuration(self.settings).encode())

    @property
    def has_data(self) -> bool:
        """Whether something was loaded before, to its end."""
        return (self.settings.folder / _LOADED).exists()

    def load(self, ldif: str) -> None:
        """Replace all data by this LDIF, offline and without the overlays' checks. slapd must be stopped.

        Raises CongvuError in slapadd's words; then there are no data.
        """
        data = self.settings.folder / "data"
        (self.settings.folder / _LOADED).unlink(missing_ok=True)
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir(mode=0o700)
        give_to_child(data)
        self._write("base.ldif", ldif.encode())
        try:
            done = run_without_privileges(
                [find_program("slapadd", "slapd"), "-w", "-f", "slapd.conf", "-l", "base.ldif"], self.settings.folder
            )
        finally:
            (self.settings.folder / "base.ldif").unlink()
        if done.returncode != 0:
            shutil.rmtree(data)
            raise CongvuError(
                Text("slapadd không nạp được: {why}", "slapadd could not load: {why}").format(why=done.stderr.strip())
            )
        atomic_files.write(self.settings.folder / _LOADED, b"")

    def _write(self, name: str, content: bytes) -> None:
        path = self.settings.folder / name
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        give_to_child(path)

    # ---- running ---------------------------------------------------------------------------------------------------

    def command(self) -> list[str]:
        """slapd in the foreground, with relative paths only."""
        program = find_program("slapd", "slapd")
        return [program, "-d", _DEBUG_LEVEL, "-f", "slapd.conf", "-h", " ".join(self._listeners())]

    def before_start(self) -> None:
        """A socket that is left over would look like an answer."""
        (self.settings.folder / _SOCKET).unlink(missing_ok=True)

    def after_stop(self) -> None:
        """The short name of the socket, if it was ours alone."""
        if self._owns_short_paths:
            self._short_paths.remove()

    def is_ours(self, arguments: Sequence[str]) -> bool:
        """slapd is one process."""
        return Path(arguments[0]).name == "slapd"

    def _listeners(self) -> list[str]:
        listeners = [f"ldapi://{_SOCKET}", f"ldap://127.0.0.1:{self.settings.port}"]
        listeners.append(f"ldaps://127.0.0.1:{self.settings.tls_port}")
        if self.settings.has_ipv6:
            listeners.append(f"ldaps://[::1]:{self.settings.tls_port}")
        return listeners

    def answers(self) -> bool:
        """Whether the administrator can bind."""
        from foundation.directory.ldap import connect

        if not (self.settings.folder / _SOCKET).exists():
            return False
        try:
            connect(self.administrator()).close()
        except Unreachable:
            return False
        return True


def render_configuration(settings: SlapdSettings) -> str:
    """The reference slapd.conf for a server whose every path is relative to its folder."""
    return filled(
        "openldap/slapd.conf.template",
        {
            "BASE": settings.base,
            "SCHEMA": str(_SCHEMA_FOLDER),
            "MODULES": str(_MODULE_FOLDER),
            "CONGVU_SCHEMA": "congvu.schema",
            "RUN": "run",
            "DATA": "data",
            "TLS_CERTIFICATE": "tls/server.pem",
            "TLS_KEY": "tls/server.key",
            "TLS_CA": "tls/ca.pem",
            "MAXIMUM_BYTES": str(settings.maximum_bytes),
            "MINIMUM_SSF": "0",
            "LOG_LEVEL": "0",
            "DURABILITY": "" if settings.durable else _DBNOSYNC,
            "ADMIN_UID": str(os.geteuid()),
        },
    )


def render_base(settings: SlapdSettings, passwords: Mapping[Service, str]) -> str:
    """The LDIF of the tree's frame and the service accounts, their passwords hashed with argon2id."""
    from argon2 import PasswordHasher

    # The parameters of `moduleload argon2` in slapd.conf: OWASP's for argon2id.
    hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
    hashes = {f"{name.upper()}_HASH": "{ARGON2}" + hasher.hash(passwords[name]) for name in SERVICE_NAMES}
    first = settings.base.split(",")[0].partition("=")[2]
    return filled(
        "openldap/base.ldif.template",
        {"BASE": settings.base, "DC": first, "ORGANISATION": settings.organisation, **hashes},
    )
