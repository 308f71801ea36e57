"""An ASGI application served inside a daemon's loop by uvicorn, from `start` to `stop`.

The signals stay the daemon's, the log too. How patient the server is and how much it takes is given as uvicorn's own
options (`foundation.web.serving`).
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any, Final

from foundation.errors import Unreachable
from foundation.language import Text
from foundation.service import Service
from foundation.system_errors import reason_of

if TYPE_CHECKING:
    from uvicorn import Server

BACKLOG: Final = 512
STARTUP_TURN_SECONDS: Final = 0.005


class AsgiServer:
    """Serves one application. `key` is where the configuration has the address."""

    def __init__(self, service: Service, key: str, host: str, port: int) -> None:
        self._service = service
        self._key = key
        self._host = host
        self._port = port
        self._application: Any = None
        self._server: Server | None = None
        self._running: asyncio.Task[None] | None = None
        self._listening: socket.socket | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens; the port that the kernel chose when 0 was asked for."""
        if self._listening is None:
            return self._host, self._port
        found = self._listening.getsockname()
        return str(found[0]), int(found[1])

    async def start(self, application: Any, options: Mapping[str, Any]) -> None:
        """Raises Unreachable when the port is taken."""
        from uvicorn import Config, Server

        self._listening = self._bound()
        self._application = application
        self._server = Server(Config(self._answer, **options))
        self._server.capture_signals = nullcontext  # type: ignore[method-assign,assignment]
        self._running = asyncio.get_running_loop().create_task(self._server.serve([self._listening]))
        while not self._server.started and not self._running.done():
            await asyncio.sleep(STARTUP_TURN_SECONDS)
        if self._running.done():
            await self._running

    def replace(self, application: Any) -> None:
        """Serve another application from the next request on."""
        self._application = application

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        await self._application(scope, receive, send)

    async def stop(self, timeout_seconds: float = 10) -> None:
        """No new requests; those being answered get this long."""
        if self._server is None or self._running is None:
            return
        self._server.should_exit = True
        with suppress(TimeoutError):
            await asyncio.wait_for(self._running, timeout_seconds)

    def _bound(self) -> socket.socket:
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(
                self._host, self._port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            listening = socket.socket(family, kind, protocol)
            try:
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listening.bind(address)
                listening.listen(BACKLOG)
                listening.setblocking(False)
            except OSError:
                listening.close()
                raise
        except OSError as error:
            raise Unreachable(
                Text("không mở được {host}:{port}: {reason}", "cannot listen on {host}:{port}: {reason}").format(
                    host=self._host, port=self._port, reason=reason_of(error)
                ),
                Text("sửa [{section}] {key}", "change [{section}] {key}").format(
                    section=self._service.section, key=self._key
                ),
            ) from error
        return listening
