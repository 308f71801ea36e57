"""Dovecot as an unprivileged child with the reference configuration of `deploy/dovecot`, all under one folder.

Everything in its configuration is named through the descriptor under which the folder is handed down, so the folder may
lie beneath one that nobody else can enter, or at a path longer than a socket name may be. The machine's own Dovecot and
its users are not used. Passwords and mailboxes come from the directory; it is asked over its TCP port on loopback.
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from congvu.servers.certificates import ServerCertificate
from congvu.servers.child import FOLDER_DESCRIPTOR, NOBODY, find_program, give_to_child, run_without_privileges
from congvu.servers.filling import filled
from congvu.servers.server import Server
from foundation.errors import UsageError
from foundation.language import Text
from foundation.resources import deploy_folder

_PACKAGES: Final = "dovecot-imapd dovecot-lmtpd dovecot-ldap"
_HERE: Final = f"/proc/self/fd/{FOLDER_DESCRIPTOR}"
_CONFIGURATION: Final = f"{_HERE}/dovecot.conf"
_ANSWER_SECONDS: Final = 5
_TEMPLATES: Final = (
    "dovecot.conf",
    "unprivileged.conf",
    "dovecot-ldap-name.conf.ext",
    "dovecot-ldap-pass.conf.ext",
    "dovecot-ldap-user.conf.ext",
)
_END_SUSPENDED_SESSIONS: Final = "end-suspended-sessions"
_TENDING_SECONDS: Final = 15
"""How long Dovecot may take to answer about its sessions before we leave it until the next time."""


@dataclass(frozen=True, slots=True)
class DovecotSettings:
    """One Dovecot: where it lives, where it listens, which directory it asks and as whom."""

    folder: Path
    log: Path
    hostname: str
    domain: str
    imap_port: int
    imaps_port: int
    lmtp_port: int
    directory_url: str
    base: str
    directory_password: str
    has_ipv6: bool = False
    default_quota_mebibytes: int = 1024


class Dovecot(Server):
    """A Dovecot of ours: `configure`, then `start` and `stop` as often as one likes; the mailboxes stay."""

    name = "dovecot"

    def __init__(self, settings: DovecotSettings) -> None:
        super().__init__(settings.folder, settings.log)
        self.settings = settings

    def configure(self, certificate: ServerCertificate) -> None:
        """Write everything but the mailboxes: the folders, the configuration, the certificate."""
        for name in ("", "run", "state", "mail", "tls"):
            folder = self.folder / name
            folder.mkdir(mode=0o700, exist_ok=True)
            give_to_child(folder)
        self._write("tls/server.pem", certificate.certificate)
        self._write("tls/server.key", certificate.key)
        self._write("tls/ca.pem", certificate.authority)
        for name in _TEMPLATES:
            self._write(name, filled(f"dovecot/{name}.template", self._values()).encode())
        script = deploy_folder() / "dovecot" / _END_SUSPENDED_SESSIONS
        self._write(_END_SUSPENDED_SESSIONS, script.read_bytes())

    def _values(self) -> dict[str, str]:
        settings = self.settings
        return {
            "RUN": f"{_HERE}/run",
            "STATE": f"{_HERE}/state",
            "MAIL": f"{_HERE}/mail",
            "CONFIG": _HERE,
            "LOG": "/dev/stderr",
            **_owner(),
            "TLS_CERTIFICATE": f"{_HERE}/tls/server.pem",
            "TLS_KEY": f"{_HERE}/tls/server.key",
            "TLS_CA": f"{_HERE}/tls/ca.pem",
            "HOSTNAME": settings.hostname,
            "DOMAIN": settings.domain,
            "LISTEN": "127.0.0.1, ::1" if settings.has_ipv6 else "127.0.0.1",
            "IMAP_PORT": str(settings.imap_port),
            "IMAPS_PORT": str(settings.imaps_port),
            "LMTP_ADDRESS": "127.0.0.1",
            "LMTP_PORT": str(settings.lmtp_port),
            "DEFAULT_QUOTA_MEBIBYTES": str(settings.default_quota_mebibytes),
            "LDAP_URI": settings.directory_url,
            "BASE": settings.base,
            "DOVECOT_PASSWORD": settings.directory_password,
        }

    def _write(self, name: str, content: bytes) -> None:
        path = self.folder / name
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        give_to_child(path)

    # ---- running ---------------------------------------------------------------------------------------------------

    def command(self) -> list[str]:
        """Dovecot's master in the foreground."""
        for program in (
            "/usr/lib/dovecot/lmtp",
            "/usr/lib/dovecot/imap",
            "/usr/lib/dovecot/modules/auth/libauthdb_ldap.so",
        ):
            if not Path(program).exists():
                raise _missing(program)
        return [find_program("dovecot", _PACKAGES), "-F", "-c", _CONFIGURATION]

    def before_start(self) -> None:
        """A socket that is left over makes the auth process wait for seconds at the next stop."""
        run = self.folder / "run"
        shutil.rmtree(run, ignore_errors=True)
        run.mkdir(mode=0o755, exist_ok=True)  # so that Dovecot does not warn; the folder above keeps others out
        give_to_child(run)

    def is_ours(self, arguments: Sequence[str]) -> bool:
        """The master and its processes, which call themselves dovecot/NAME."""
        program = arguments[0]
        return program.startswith("dovecot/") or Path(program).name == "dovecot"

    def answers(self) -> bool:
        """Whether LMTP greets and IMAP listens."""
        return _greets(self.settings.lmtp_port, b"220 ") and _greets(self.settings.imap_port, b"* OK ")

    def tend(self) -> str:
        """End the sessions of whoever was suspended, with the very script of `deploy/dovecot`."""
        limit = [find_program("timeout", "coreutils"), str(_TENDING_SECONDS)]
        script = ["/bin/sh", f"{_HERE}/{_END_SUSPENDED_SESSIONS}", _CONFIGURATION]
        return run_without_privileges([*limit, *script], self.folder).stdout.strip()

    def administer(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run doveadm as Dovecot's own account: `auth cache flush`, `kick UID`, `mailbox status ...`."""
        return run_without_privileges(
            [find_program("doveadm", _PACKAGES), "-c", _CONFIGURATION, *arguments], self.folder
        )

    def setting(self, name: str) -> str:
        """The value of one setting as Dovecot reads its own configuration."""
        program = find_program("doveconf", _PACKAGES)
        done = run_without_privileges([program, "-c", _CONFIGURATION, "-h", name], self.folder)
        return done.stdout.strip()


def _owner() -> dict[str, str]:
    """Who the child is, by the names that Dovecot asks for. Raises UsageError for an account without a name."""
    uid, gid = (NOBODY, NOBODY) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    try:
        user, group = pwd.getpwuid(uid).pw_name, grp.getgrgid(gid).gr_name
    except KeyError as error:
        raise UsageError(
            Text(
                "tài khoản {uid}:{gid} không có tên trong /etc/passwd hay /etc/group",
                "the account {uid}:{gid} has no name in /etc/passwd or /etc/group",
            ).format(uid=uid, gid=gid),
            Text("chạy bằng một tài khoản có tên", "run as an account that has one"),
        ) from error
    return {
        "INTERNAL_USER": user,
        "INTERNAL_GROUP": group,
        "LOGIN_USER": user,
        "MAIL_UID": str(uid),
        "MAIL_GID": str(gid),
    }


def _greets(port: int, greeting: bytes) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), _ANSWER_SECONDS) as connection:
        return connection.recv(64).startswith(greeting)
    return False


def _missing(program: str) -> UsageError:
    return UsageError(
        Text("thiếu {name} của Dovecot", "Dovecot's {name} is missing").format(name=program),
        Text("cài gói: apt-get install {package}", "install its packages: apt-get install {package}").format(
            package=_PACKAGES
        ),
    )
