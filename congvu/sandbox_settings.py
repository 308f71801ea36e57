"""What stays the same from run to run of a sandbox: its ports, and a short name for its sockets while it runs.

Kept in `settings.json`. A port is kept unless somebody else took it meanwhile. Nothing here starts or stops anything.
"""

from __future__ import annotations

import json
import secrets
import shutil
import socket
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

from congvu.servers.short_paths import ShortPaths
from foundation import atomic_files


@dataclass(frozen=True, slots=True)
class Ports:
    """One port on loopback per door of every server."""

    ldap: int
    ldaps: int
    imap: int
    imaps: int
    lmtp: int
    relay: int
    submission: int
    submissions: int
    metrics: int
    meetings_lmtp: int
    meetings_web: int
    meetings_metrics: int


NAMES: Final = tuple(field.name for field in fields(Ports))
_PORTS: Final = range(10_240, 32_768)


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """The ports, whether IPv6's loopback is there, and the folder of the short names (None: not needed)."""

    ports: Ports
    has_ipv6: bool
    short_folder: Path | None

    @property
    def short_paths(self) -> ShortPaths:
        """The short names of this run's sockets."""
        return ShortPaths(self.short_folder)


def read_settings(path: Path) -> SandboxSettings | None:
    """What an earlier run left, or None when there is nothing (or something of another version)."""
    found = read_json(path)
    try:
        ports = Ports(**{name: int(found["ports"][name]) for name in NAMES}) if found else None
    except (KeyError, TypeError, ValueError):
        return None
    if found is None or ports is None:
        return None
    short = found.get("short_folder")
    return SandboxSettings(ports, bool(found.get("has_ipv6")), Path(short) if short else None)


def choose_settings(path: Path, sockets: tuple[Path, ...]) -> SandboxSettings:
    """Keep the ports that are still free, find others, make short names for these sockets; and write it all down."""
    before = read_settings(path)
    has_ipv6 = can_listen("::1", 0)
    hosts = ("127.0.0.1", "::1") if has_ipv6 else ("127.0.0.1",)
    chosen: dict[str, int] = {}
    for name in NAMES:
        port = getattr(before.ports, name) if before else 0
        usable = port and port not in chosen.values() and all(can_listen(host, port) for host in hosts)
        chosen[name] = port if usable else _free_port(hosts, set(chosen.values()))
    short = ShortPaths()
    for place in sockets:
        short.shorten(place)
    made = SandboxSettings(Ports(**chosen), has_ipv6, short.folder)
    _write(path, made)
    return made


def forget_short_folder(path: Path) -> None:
    """Remove the short names of a run that is over."""
    settings = read_settings(path)
    if settings is not None and settings.short_folder is not None:
        shutil.rmtree(settings.short_folder, ignore_errors=True)
        _write(path, SandboxSettings(settings.ports, settings.has_ipv6, None))


def read_json(path: Path) -> dict[str, Any] | None:
    """The object in a file of ours, or None when there is none (or a half one that a crash left elsewhere)."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Put an object into a file of ours, whole or not at all."""
    atomic_files.write(path, json.dumps(content, ensure_ascii=False, indent=2).encode() + b"\n")


def _write(path: Path, settings: SandboxSettings) -> None:
    write_json(
        path,
        {
            "ports": asdict(settings.ports),
            "has_ipv6": settings.has_ipv6,
            "short_folder": str(settings.short_folder) if settings.short_folder else None,
        },
    )


def can_listen(host: str, port: int) -> bool:
    """Whether nobody listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # servers do so: a lingering one may stay
            listener.bind((host, port))
    except OSError:
        return False
    return True


def _free_port(hosts: tuple[str, ...], taken: set[int]) -> int:
    """A port that is free on every one of our loopback addresses. Not one that the kernel would give to an outgoing
    connection (ip(7), ip_local_port_range, which begins at 32768): that could take it before our server does."""
    while True:
        port = secrets.choice(_PORTS)
        if port not in taken and all(can_listen(host, port) for host in hosts):
            return port
