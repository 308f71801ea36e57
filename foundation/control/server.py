"""The daemon's end of the control socket: who may ask, one question at a time per connection, handlers by verb.

Root, the daemon's own user and the members of one group may ask; the kernel says who asks (SO_PEERCRED, unix(7)), and
that name goes into the journal. What a verb does is its handler's business.
"""

from __future__ import annotations

import asyncio
import grp
import logging
import os
import pwd
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foundation import logs
from foundation.control.protocol import (
    LINE_BYTES,
    SOCKET_PATH_BYTES,
    VERSION,
    Garbled,
    decode,
    encode,
    refusal,
)
from foundation.errors import Busy, ConfigError, CongvuError, UsageError
from foundation.language import Text
from foundation.service import Service
from foundation.system_errors import reason_of

QUESTION_TIMEOUT_SECONDS = 60
"""Between two pieces of a question; the peer is a program of ours on this machine."""
_PIECE_BYTES = 64 << 10
_CREDENTIALS = struct.Struct("3i")
SOCKET_MODE = 0o660


@dataclass(slots=True)
class Question:
    """One question: its verb's fields, who asks, and the bytes behind it, read as they are wanted."""

    verb: str
    fields: dict[str, Any]
    operator: str
    body_bytes: int
    _reader: asyncio.StreamReader

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body, piece by piece. Raises Garbled when it ends too early."""
        left = self.body_bytes
        while left:
            piece = await asyncio.wait_for(self._reader.read(min(left, _PIECE_BYTES)), QUESTION_TIMEOUT_SECONDS)
            if not piece:
                raise Garbled("the body ended too early")
            left -= len(piece)
            yield piece


Handler = Callable[[Question], Awaitable[dict[str, Any]]]

TURNS_TO_ARRIVE = 10
"""Turns of the loop until a connection that was just accepted is a task of ours (asyncio takes four): a server that
closes sooner leaves such a connection open for ever."""


class ControlServer:
    """Listens on `path` from `start` to `stop`."""

    def __init__(self, service: Service, path: Path, group: str, handlers: Mapping[str, Handler]) -> None:
        self._service = service
        self._path = path
        self._group = group
        self._handlers = handlers
        self._server: asyncio.Server | None = None
        self._members: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Raises Busy when a daemon already answers there, ConfigError when we cannot listen there."""
        group_id = _group_id(self._service, self._group)
        listening = _bind(self._service, self._path, group_id)
        self._server = await asyncio.start_unix_server(self._serve, sock=listening, limit=LINE_BYTES)

    async def stop(self, timeout_seconds: float = 5) -> None:
        """No new questions; those being answered get this long."""
        if self._server is None:
            return
        for _ in range(TURNS_TO_ARRIVE):
            await asyncio.sleep(0)
        self._server.close()
        with suppress(OSError):
            self._path.unlink()
        if self._members:
            await asyncio.wait(self._members, timeout=timeout_seconds)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # a stream's callback runs as a task
        self._members.add(task)
        try:
            answer = await self._answer(reader, writer)
            if answer is not None:
                writer.write(encode(answer))
                await writer.drain()
        except (ConnectionError, TimeoutError, Garbled) as error:
            logs.event(logging.INFO, f"{self._service.name}.control", "a question was not finished", reason=str(error))
        finally:
            writer.close()
            with suppress(ConnectionError, TimeoutError):
                await writer.wait_closed()
            self._members.discard(task)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> dict[str, Any] | None:
        operator = _operator(writer, self._service, self._group)
        if operator is None:
            return refusal(_not_you(self._service, self._group))
        try:
            line = await asyncio.wait_for(reader.readline(), QUESTION_TIMEOUT_SECONDS)
        except ValueError:
            raise Garbled("a question longer than any") from None
        if not line:
            return None
        fields = decode(line)
        try:
            return await self._handler(fields)(_question(fields, operator, reader))
        except CongvuError as error:
            return refusal(error)
        except (ConnectionError, TimeoutError, Garbled, asyncio.CancelledError):
            raise
        except Exception:
            logging.getLogger(f"congvu.{self._service.name}.control").exception("a verb failed")
            return refusal(
                CongvuError(
                    Text("lỗi của chúng tôi khi thực hiện lệnh", "a bug of ours while doing it"),
                    Text("xem nhật ký của {name}", "read the log of {name}").format(name=self._service.name),
                )
            )

    def _handler(self, fields: dict[str, Any]) -> Handler:
        handler = self._handlers.get(str(fields.get("verb")))
        if fields.get("version") != VERSION or handler is None:
            raise UsageError(
                Text(
                    "lệnh này và dịch vụ đang chạy không cùng phiên bản",
                    "this command and the running service are of different versions",
                ),
                Text(
                    "khởi động lại dịch vụ: systemctl restart {unit}",
                    "restart the service: systemctl restart {unit}",
                ).format(unit=self._service.unit),
            )
        return handler


def _question(fields: dict[str, Any], operator: str, reader: asyncio.StreamReader) -> Question:
    size = fields.get("body_bytes")
    if not isinstance(size, int) or size < 0:
        raise Garbled("no size of the body")
    return Question(str(fields["verb"]), fields, operator, size, reader)


def _bind(service: Service, path: Path, group_id: int | None) -> socket.socket:
    if len(os.fsencode(path)) > SOCKET_PATH_BYTES:
        raise ConfigError(
            Text(
                "đường dẫn socket quá dài (hơn 107 byte): {path}",
                "the socket's path is too long (over 107 bytes): {path}",
            ).format(path=path),
            Text("chọn [{section}] control_socket ngắn hơn", "choose a shorter [{section}] control_socket").format(
                section=service.section
            ),
        )
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
        _remove_stale(service, path)
        before = os.umask(0o777 & ~SOCKET_MODE)
        try:
            listening.bind(str(path))
        finally:
            os.umask(before)
        if group_id is not None:
            os.chown(path, -1, group_id)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        raise ConfigError(
            Text(
                "không mở được socket điều khiển {path}: {reason}", "cannot open the control socket {path}: {reason}"
            ).format(path=path, reason=reason_of(error)),
            Text(
                "kiểm tra [{section}] control_socket và quyền của thư mục chứa nó",
                "check [{section}] control_socket and the rights on its folder",
            ).format(section=service.section),
        ) from error
    except CongvuError:
        listening.close()
        raise
    return listening


def _remove_stale(service: Service, path: Path) -> None:
    """Remove a socket that nobody listens on any more. Raises Busy when somebody does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except FileNotFoundError:
            return
        except ConnectionRefusedError:
            path.unlink()
            return
    raise Busy(
        Text("một {name} khác đang trả lời ở {path}", "another {name} answers at {path}").format(
            name=service.name, path=path
        ),
        Text(
            "dừng nó trước, hoặc đặt [{section}] control_socket khác",
            "stop it first, or set another [{section}] control_socket",
        ).format(section=service.section),
    )


def _group_id(service: Service, name: str) -> int | None:
    if not name:
        return None
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        raise ConfigError(
            Text("không có nhóm {name} trên máy này", "there is no group {name} on this machine").format(name=name),
            Text(
                "sửa [{section}] control_group, hoặc: groupadd --system {name}",
                "mend [{section}] control_group, or: groupadd --system {name}",
            ).format(section=service.section, name=name),
        ) from None


def _operator(writer: asyncio.StreamWriter, service: Service, group: str) -> str | None:
    """The Unix user who asks, by name; None when they may not."""
    # The loop's own socket object may lack getsockopt (uvloop), so the descriptor is asked through a copy.
    with socket.socket(fileno=os.dup(writer.get_extra_info("socket").fileno())) as connection:
        raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, user_id, group_id = _CREDENTIALS.unpack(raw)
    try:
        name = pwd.getpwuid(user_id).pw_name
    except KeyError:
        name = str(user_id)
    if user_id in (0, os.geteuid()):
        return name
    wanted = _group_id(service, group)
    if wanted is None:
        return None
    return name if wanted in (group_id, *_groups_of(name, group_id)) else None


def _groups_of(name: str, group_id: int) -> list[int]:
    try:
        return os.getgrouplist(name, group_id)
    except (OSError, KeyError):
        return []


def _not_you(service: Service, group: str) -> UsageError:
    return UsageError(
        Text("tài khoản này không được điều khiển {name}", "this account may not control {name}").format(
            name=service.name
        ),
        Text(
            "chỉ root, tài khoản của dịch vụ và nhóm {group}", "only root, the service's account and the group {group}"
        ).format(group=group or f"({service.section}.control_group)"),
    )
