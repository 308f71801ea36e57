"""Sockets that systemd opened for us (sd_listen_fds(3)): ports below 1024 without a privilege, no gap on restart.

`FileDescriptorName=` of the socket unit names the kind of listener: relay, submission, submissions, reinjection.
"""

from __future__ import annotations

import os
import socket
from typing import Final, cast, get_args

from mailrelay.envelope import ListenerKind

_FIRST: Final = 3
"""SD_LISTEN_FDS_START."""


def passed_sockets() -> dict[ListenerKind, list[socket.socket]]:
    """The sockets handed over, by kind of listener; once: the variables are removed, so that children do not see them.
    Sockets with another name are left alone."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return {}
    count = int(os.environ.pop("LISTEN_FDS", "0"))
    names = os.environ.pop("LISTEN_FDNAMES", "").split(":")
    os.environ.pop("LISTEN_PID", None)
    found: dict[ListenerKind, list[socket.socket]] = {}
    for offset, name in zip(range(count), names, strict=False):
        if name in get_args(ListenerKind) and name != "local":
            found.setdefault(cast(ListenerKind, name), []).append(socket.socket(fileno=_FIRST + offset))
    return found
