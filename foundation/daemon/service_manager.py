"""Tells systemd how we are: ready, reloading, stopping, still alive (sd_notify(3)). Silent where nobody listens."""

from __future__ import annotations

import os
import socket

from foundation import clock

READY = "READY=1"
STOPPING = "STOPPING=1"
ALIVE = "WATCHDOG=1"


def notify(*lines: str) -> bool:
    """Send these assignments to the service manager. False when there is none, or it cannot be reached."""
    place = os.environ.get("NOTIFY_SOCKET", "")
    if not place.startswith(("/", "@")):
        return False
    address = "\0" + place[1:] if place.startswith("@") else place
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as connection:
            connection.connect(address)
            connection.sendall("\n".join(lines).encode())
    except OSError:
        return False
    return True


def status(text: str) -> str:
    """The one line that `systemctl status` shows."""
    return f"STATUS={' '.join(text.split())}"


def reloading() -> str:
    """That a reload begins; with the moment, as systemd 253 and later want it for Type=notify-reload."""
    return f"RELOADING=1\nMONOTONIC_USEC={int(clock.monotonic() * 1e6)}"


def watchdog_seconds() -> float | None:
    """How often to say that we are alive: half of what systemd allows (sd_watchdog_enabled(3)); None when not asked."""
    pid = os.environ.get("WATCHDOG_PID", "")
    if pid and pid != str(os.getpid()):
        return None
    try:
        allowed = int(os.environ.get("WATCHDOG_USEC", ""))
    except ValueError:
        return None
    return allowed / 2e6 if allowed > 0 else None
