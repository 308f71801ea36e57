"""slapd as an unprivileged child with the reference configuration of `deploy/openldap`, all under one folder.

The folder belongs to the child; slapd starts inside it and knows only relative paths, so the folder may lie beneath one
that nobody else can enter, or at a path longer than a socket name may be. Whoever started it is the directory's
administrator through the local socket: there is no root password. The machine's own /etc/ldap and /var/lib/ldap are
read for Debian's schema files only and never written.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from congvu.servers.certificates import ServerCertificate
from congvu.servers.child import (
    ProcessIdentity,
    find_program,
    give_to_child,
    identify,
    run_without_privileges,
    start_child,
)
from foundation import atomic_files
from foundation.clock import monotonic
from foundation.directory.connection import ConnectionSettings
from foundation.directory.schema import SERVICE_NAMES, Service
from foundation.errors import CongvuError, Unreachable
from foundation.language import Text
from foundation.resources import deploy_folder

START_TIMEOUT_SECONDS: Final = 30
STOP_TIMEOUT_SECONDS: Final = 30
"""slapd is ready in a tenth of a second and stops faster; a loaded machine is given a hundred times that."""

LONGEST_SOCKET_PATH_BYTES: Final = 107
"""sun_path of unix(7) holds 108 bytes, the last of them a NUL."""

_SCHEMA_FOLDER: Final = Path("/etc/ldap/schema")
_MODULE_FOLDER: Final = Path("/usr/lib/ldap")
_SOCKET: Final = "ldapi"
_LOADED: Final = "loaded"
"""A mark that the data are whole: slapadd may be killed halfway."""

_POLL_SECONDS: Final = 0.01
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


class Slapd:
    """A slapd of ours: `configure`, `load` once, then `start` and `stop` as often as one likes; the data stay."""

    def __init__(self, settings: SlapdSettings) -> None:
        self.settings = settings
        self.process: subprocess.Popen[bytes] | None = None
        self._short_folder: Path | None = None

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
        direct = self.settings.folder / _SOCKET
        if len(os.fsencode(direct)) <= LONGEST_SOCKET_PATH_BYTES:
            return direct
        if self._short_folder is None:
            self._short_folder = Path(tempfile.mkdtemp(prefix="congvu-"))
            (self._short_folder / _SOCKET).symlink_to(direct)
        return self._short_folder / _SOCKET

    @property
    def short_folder(self) -> Path | None:
        """The folder outside ours that holds the link, to be remembered by whoever may have to remove it."""
        return self._short_folder

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

    def start(self) -> ProcessIdentity:
        """Start it and wait until it answers. Raises Unreachable with its own words when it ends instead."""
        self.end_orphan()
        (self.settings.folder / _SOCKET).unlink(missing_ok=True)
        written_before = self.settings.log.stat().st_size if self.settings.log.exists() else 0
        self.process = start_child(
            [find_program("slapd", "slapd"), "-d", _DEBUG_LEVEL, "-f", "slapd.conf", "-h", " ".join(self._listeners())],
            self.settings.folder,
            self.settings.log,
        )
        deadline = monotonic() + START_TIMEOUT_SECONDS
        while not self._answers():
            if self.process.poll() is not None or monotonic() > deadline:
                self.stop()
                words = self.settings.log.read_bytes()[written_before:].decode(errors="replace").strip()
                raise Unreachable(
                    Text("slapd không khởi động được: {why}", "slapd does not start: {why}").format(why=words or "?"),
                    Text("xem {log}", "see {log}").format(log=self.settings.log),
                )
            time.sleep(_POLL_SECONDS)
        identity = identify(self.process.pid)
        if identity is None:
            raise Unreachable(Text("slapd đã dừng", "slapd has ended"))
        return identity

    def stop(self) -> None:
        """Stop it and wait until it is gone; its data are safe on disk."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(STOP_TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None
        if self._short_folder is not None:
            shutil.rmtree(self._short_folder, ignore_errors=True)
            self._short_folder = None

    def end_orphan(self) -> None:
        """End a slapd of this very folder that outlived its supervisor (killed between fork and PR_SET_PDEATHSIG)."""
        try:
            pid = int((self.settings.folder / "run" / "slapd.pid").read_text())
            same_folder = Path(f"/proc/{pid}/cwd").samefile(self.settings.folder)
        except (OSError, ValueError):
            return
        identity = identify(pid)
        if same_folder and identity is not None:
            identity.stop(STOP_TIMEOUT_SECONDS)

    def _listeners(self) -> list[str]:
        listeners = [f"ldapi://{_SOCKET}", f"ldap://127.0.0.1:{self.settings.port}"]
        listeners.append(f"ldaps://127.0.0.1:{self.settings.tls_port}")
        if self.settings.has_ipv6:
            listeners.append(f"ldaps://[::1]:{self.settings.tls_port}")
        return listeners

    def _answers(self) -> bool:
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
    return _fill(
        (deploy_folder() / "openldap" / "slapd.conf.template").read_text(encoding="utf-8"),
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
    return _fill(
        (deploy_folder() / "openldap" / "base.ldif.template").read_text(encoding="utf-8"),
        {"BASE": settings.base, "DC": first, "ORGANISATION": settings.organisation, **hashes},
    )


def _fill(template: str, values: Mapping[str, str]) -> str:
    lines = []
    for line in template.splitlines():
        if not line.startswith("#"):
            for name, value in values.items():
                line = line.replace(f"@{name}@", value)
        lines.append(line)
    return "\n".join(lines) + "\n"
