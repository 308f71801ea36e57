"""What lies in the folder of a sandbox, and how it gets there: certificates, secrets, keys, ports, the configuration.

    sandbox.json      the answer of `up` while it runs       settings.json  what stays the same from run to run
    supervisor.json   who the supervisor is                  people.json    who was put into the directory
    config.toml       for every command of ours              clock          the offset of our time (empty: none)
    secrets/ keys/ tls/ data/ log/                           0700 each; secrets, keys and private keys 0600
    slapd/ dovecot/ relay/ meetings/                         0700 each; what each server keeps for itself

Everything is made once and found again later. Nothing here starts or stops anything.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from congvu.sandbox_configuration import HOSTNAME, TIMEZONE, WEEK_LEADERS, configuration_text
from congvu.sandbox_settings import SandboxSettings, choose_settings, read_json, read_settings
from congvu.servers.certificates import LOOPBACK_NAMES, ServerCertificate, make_certificate
from foundation import atomic_files
from foundation.directory.schema import SERVICE_NAMES, Service
from foundation.errors import CongvuError, UsageError
from foundation.language import Text
from foundation.system_errors import reason_of

_MARKER: Final = ".congvu-sandbox"
_KEY_FILES: Final = {
    "journal": "journal.keys",
    "links": "links.keys",
    "address-register": "address-register.keys",
    "dkim": "dkim.pem",
}
_PASSWORD_BYTES: Final = 24  # 32 characters of base64


@dataclass(frozen=True, slots=True)
class SandboxFolder:
    """The folder of one sandbox; every path in it has its name here."""

    root: Path

    @property
    def configuration(self) -> Path:
        return self.root / "config.toml"

    @property
    def answer(self) -> Path:
        return self.root / "sandbox.json"

    @property
    def supervisor(self) -> Path:
        return self.root / "supervisor.json"

    @property
    def people(self) -> Path:
        return self.root / "people.json"

    @property
    def clock(self) -> Path:
        return self.root / "clock"

    @property
    def authority(self) -> Path:
        return self.root / "tls" / "ca.pem"

    @property
    def supervisor_log(self) -> Path:
        return self.log("supervisor")

    @property
    def settings_file(self) -> Path:
        return self.root / "settings.json"

    @property
    def control_socket(self) -> Path:
        return self.root / "relay" / "control"

    @property
    def meetings_socket(self) -> Path:
        return self.root / "meetings" / "control"

    @property
    def meetings_login(self) -> Path:
        """The password with which the meetings server logs in at the relay."""
        return self.root / "secrets" / "meetings-relay.password"

    def log(self, name: str) -> Path:
        """The log of the supervisor or of a server."""
        return self.root / "log" / f"{name}.log"

    @property
    def exists(self) -> bool:
        """Whether a sandbox was made here before."""
        return (self.root / _MARKER).is_file()

    @property
    def is_prepared(self) -> bool:
        """Whether `prepare` ran to its end before, so that the servers can be named."""
        return self.configuration.exists() and read_settings(self.settings_file) is not None

    def secret_file(self, service: Service) -> Path:
        """The file with the password of a service account."""
        return self.root / "secrets" / f"{service}.password"

    def password(self, service: Service) -> str:
        """The password of a service account."""
        return self.secret_file(service).read_text(encoding="ascii").strip()

    def certificate(self) -> ServerCertificate:
        """The certificate that all servers of the sandbox show."""
        tls = self.root / "tls"
        return ServerCertificate(
            self.authority.read_bytes(), (tls / "server.pem").read_bytes(), (tls / "server.key").read_bytes()
        )

    def settings(self) -> SandboxSettings:
        """The ports and short names, as `prepare` left them."""
        found = read_settings(self.settings_file)
        if found is None:
            raise CongvuError(
                Text("không đọc được {path}", "cannot read {path}").format(path=self.settings_file),
                Text("chạy: congvu sandbox up --dir {dir}", "run: congvu sandbox up --dir {dir}").format(dir=self.root),
            )
        return found

    # ---- making --------------------------------------------------------------------------------------------------

    def make(self) -> None:
        """Make the folder itself, private, if there is none. Raises UsageError when that cannot be."""
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                Text("không tạo được {dir}: {why}", "cannot make {dir}: {why}").format(
                    dir=self.root, why=reason_of(error)
                )
            ) from error

    def claim(self) -> None:
        """Make the folder ours, or find that it is. Raises UsageError when it is somebody else's."""
        if self.root.stat().st_uid != os.geteuid():
            raise UsageError(
                Text("{dir} thuộc người dùng khác", "{dir} belongs to another user").format(dir=self.root),
                Text("chạy bằng người dùng đó, hoặc chọn thư mục khác", "run as that user, or choose another folder"),
            )
        if not self.exists:
            if any(self.root.iterdir()):
                raise UsageError(
                    Text("{dir} không rỗng và không phải của ta", "{dir} is not empty and not ours").format(
                        dir=self.root
                    ),
                    Text("chọn một thư mục mới hoặc rỗng", "choose a new or an empty folder"),
                )
            (self.root / _MARKER).touch(mode=0o600)

    def prepare(self) -> None:
        """Make whatever is missing; what is there stays. Ports are kept unless somebody else took them meanwhile."""
        for name in ("secrets", "keys", "tls", "data", "log"):
            (self.root / name).mkdir(mode=0o700, exist_ok=True)
        if not (self.root / "tls" / "server.key").exists():
            self._write_certificate(make_certificate((*LOOPBACK_NAMES, HOSTNAME)))
        for service in SERVICE_NAMES:
            _create(self.secret_file(service), secrets.token_urlsafe(_PASSWORD_BYTES).encode())
        _create(self.meetings_login, secrets.token_urlsafe(_PASSWORD_BYTES).encode())
        _create(self.clock, b"", 0o644)
        self._create_keys()
        sockets = self.root / "slapd" / "ldapi", self.control_socket, self.meetings_socket
        self.write_configuration(choose_settings(self.settings_file, sockets))

    def write_configuration(self, settings: SandboxSettings) -> None:
        """config.toml for these settings and for the people who are in now."""
        short = settings.short_paths
        samples = (read_json(self.people) or {}).get("samples", ())
        text = configuration_text(
            settings,
            short.shorten(self.control_socket),
            short.shorten(self.meetings_socket),
            WEEK_LEADERS if any(sample["role"] == "leader" for sample in samples) else (),
        )
        atomic_files.write(self.configuration, text.encode(), 0o600)

    def _write_certificate(self, made: ServerCertificate) -> None:
        atomic_files.write(self.authority, made.authority, 0o644)
        atomic_files.write(self.root / "tls" / "server.pem", made.certificate, 0o644)
        atomic_files.write(self.root / "tls" / "server.key", made.key)

    def _create_keys(self) -> None:
        from foundation import key_files
        from foundation.keys import KINDS

        for name, file in _KEY_FILES.items():
            path = self.root / "keys" / file
            if not path.exists():
                key_files.create(KINDS[name], path, TIMEZONE)


def _create(path: Path, content: bytes, mode: int = 0o600) -> None:
    try:
        atomic_files.create(path, content, mode)
    except FileExistsError:
        return
