"""What lies in the folder of a sandbox, and how it gets there: certificates, secrets, keys, ports, the configuration.

    sandbox.json      the answer of `up` while it runs       settings.json  what stays the same from run to run
    supervisor.json   who the supervisor is                  people.json    who was put into the directory
    config.toml       for every command of ours              clock          the offset of our time (empty: none)
    secrets/ keys/ tls/ data/ log/ slapd/                    0700 each; secrets, keys and private keys 0600

Everything is made once and found again later. Nothing here starts or stops anything.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from congvu.servers.certificates import ServerCertificate, make_certificate
from congvu.servers.slapd import SlapdSettings
from foundation import atomic_files
from foundation.directory.schema import SERVICE_NAMES, Service, service_dn
from foundation.errors import UsageError
from foundation.language import Text

DOMAIN: Final = "tinh.test"
BASE: Final = "dc=tinh,dc=test"
ORGANISATION: Final = "Tỉnh Thử Nghiệm"
TIMEZONE: Final = "Asia/Ho_Chi_Minh"

_MARKER: Final = ".congvu-sandbox"
_KEY_KINDS: Final = ("journal", "links", "address-register")
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
        return self.root / "log" / "supervisor.log"

    @property
    def exists(self) -> bool:
        """Whether a sandbox was made here before."""
        return (self.root / _MARKER).is_file()

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

    def slapd_settings(self) -> SlapdSettings:
        """slapd's place and ports, as `prepare` left them."""
        settings = read_json(self.root / "settings.json") or {}
        return SlapdSettings(
            folder=self.root / "slapd",
            log=self.root / "log" / "slapd.log",
            base=BASE,
            organisation=ORGANISATION,
            port=int(settings["ldap_port"]),
            tls_port=int(settings["ldaps_port"]),
            has_ipv6=bool(settings["has_ipv6"]),
        )

    # ---- making --------------------------------------------------------------------------------------------------

    def make(self) -> None:
        """Make the folder itself, private, if there is none. Raises UsageError when that cannot be."""
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                Text("không tạo được {dir}: {why}", "cannot make {dir}: {why}").format(
                    dir=self.root, why=error.strerror
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
            self._write_certificate(make_certificate())
        for service in SERVICE_NAMES:
            _create(self.secret_file(service), secrets.token_urlsafe(_PASSWORD_BYTES).encode())
        _create(self.clock, b"", 0o644)
        self._create_keys()
        self._choose_ports()
        atomic_files.write(self.configuration, self._configuration_text().encode(), 0o600)

    def _write_certificate(self, made: ServerCertificate) -> None:
        atomic_files.write(self.authority, made.authority, 0o644)
        atomic_files.write(self.root / "tls" / "server.pem", made.certificate, 0o644)
        atomic_files.write(self.root / "tls" / "server.key", made.key)

    def _create_keys(self) -> None:
        from foundation import key_files
        from foundation.keys import KINDS

        for name in _KEY_KINDS:
            path = self.root / "keys" / f"{name}.keys"
            if not path.exists():
                key_files.create(KINDS[name], path, TIMEZONE)

    def _choose_ports(self) -> None:
        path = self.root / "settings.json"
        before = read_json(path) or {}
        has_ipv6 = _can_listen("::1", 0)
        hosts = ("127.0.0.1", "::1") if has_ipv6 else ("127.0.0.1",)
        chosen: dict[str, Any] = {"has_ipv6": has_ipv6}
        for name in ("ldap_port", "ldaps_port"):
            port = int(before.get(name, 0))
            chosen[name] = port if port and all(_can_listen(host, port) for host in hosts) else _free_port(hosts)
        atomic_files.write(path, json.dumps(chosen, indent=2).encode() + b"\n")

    def _configuration_text(self) -> str:
        settings = self.slapd_settings()
        return f"""# Written by `congvu sandbox up`; relative paths start at this folder.

[organisation]
name = {json.dumps(ORGANISATION, ensure_ascii=False)}
domain = "{DOMAIN}"
language = "vi"
timezone = "{TIMEZONE}"
levels = ["tỉnh", "xã"]

[storage]
url = "sqlite:data"

[directory]
url = "ldap://127.0.0.1:{settings.port}"
base = "{BASE}"
bind_dn = "{service_dn("provision", BASE)}"
bind_password = {{ file = "secrets/provision.password" }}
people = "ou=people"
agencies = "ou=agencies"
lists = "ou=lists"
role_mailboxes = "ou=roles"
reservations = "ou=reservations"
tls = {{ ca_file = "tls/ca.pem" }}

[roster]
source = "hr"

[addresses]
register_key = {{ file = "keys/address-register.keys" }}

[journal]
signing_key = {{ file = "keys/journal.keys" }}

[keys]
directory = "keys"

[sandbox]
clock_file = "clock"
"""


def read_json(path: Path) -> dict[str, Any] | None:
    """The object in a file of ours, or None when there is none (or a half one that a crash left elsewhere)."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Put an object into a file of ours, whole or not at all."""
    atomic_files.write(path, json.dumps(content, ensure_ascii=False, indent=2).encode() + b"\n")


def _create(path: Path, content: bytes, mode: int = 0o600) -> None:
    try:
        atomic_files.create(path, content, mode)
    except FileExistsError:
        return


def _can_listen(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # slapd does so: a lingering one may stay
            listener.bind((host, port))
    except OSError:
        return False
    return True


def _free_port(hosts: tuple[str, ...]) -> int:
    """A port that is free on every one of our loopback addresses."""
    while True:
        with socket.socket() as listener:
            listener.bind((hosts[0], 0))
            port = int(listener.getsockname()[1])
        if all(_can_listen(host, port) for host in hosts):
            return port
