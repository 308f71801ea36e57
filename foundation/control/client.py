"""Asks the running daemon one question over its control socket. For commands: synchronous, one connection each.

A daemon that does not run is Unreachable with the next step; what the daemon refuses is raised here as the same error
that it raised there.
"""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

from foundation.control.protocol import LINE_BYTES, Garbled, decode, question, raise_refusal
from foundation.errors import Unreachable
from foundation.language import Text
from foundation.service import Service
from foundation.system_errors import reason_of

TIMEOUT_SECONDS = 120
"""A queue of a hundred thousand changed at once takes a few seconds; a large message waits for its disk."""
_PIECE_BYTES = 256 << 10


def ask(
    service: Service,
    path: Path,
    verb: str,
    *,
    body: bytes = b"",
    timeout_seconds: float = TIMEOUT_SECONDS,
    **fields: Any,
) -> dict[str, Any]:
    """The answer of this service's daemon at `path`. Raises Unreachable when nobody answers, and whatever error the
    daemon answers with."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(timeout_seconds)
            connection.connect(str(path))
            return raise_refusal(decode(_exchange(connection, question(verb, len(body), **fields), body)))
    except PermissionError as error:
        raise _not_allowed(service, path) from error
    except (OSError, Garbled) as error:
        raise _unreachable(service, path, error) from error


def _exchange(connection: socket.socket, line: bytes, body: bytes) -> bytes:
    try:
        connection.sendall(line)
        for start in range(0, len(body), _PIECE_BYTES):
            connection.sendall(body[start : start + _PIECE_BYTES])
    except ConnectionError:
        pass  # it refused before the end of the body: its answer says why
    answer = bytearray()
    while not answer.endswith(b"\n"):
        piece = connection.recv(_PIECE_BYTES)
        if not piece or len(answer) > 16 * LINE_BYTES:
            raise Garbled("no whole answer")
        answer += piece
    return bytes(answer)


def _unreachable(service: Service, path: Path, error: Exception) -> Unreachable:
    reason = reason_of(error) if isinstance(error, OSError) else str(error) or type(error).__name__
    return Unreachable(
        Text("{name} không trả lời ở {path}: {reason}", "{name} does not answer at {path}: {reason}").format(
            name=service.name, path=path, reason=reason
        ),
        Text(
            "khởi động dịch vụ: systemctl start {unit} (hoặc: {command}), rồi chạy lại lệnh này",
            "start the service: systemctl start {unit} (or: {command}), then run this command again",
        ).format(unit=service.unit, command=service.command),
    )


def _not_allowed(service: Service, path: Path) -> Unreachable:
    return Unreachable(
        Text("tài khoản này không được dùng {path}", "this account may not use {path}").format(path=path),
        Text(
            "chạy bằng root, bằng tài khoản của dịch vụ, hoặc vào nhóm đặt ở [{section}] control_group",
            "run it as root, as the service's account, or as a member of the group in [{section}] control_group",
        ).format(section=service.section),
    )
