"""How uvicorn serves our pages: quietly, boundedly, and without patience for peers that never finish a request.

uvicorn bounds the pause between requests but not the time that the head of a request takes, so that a peer which sends
one letter a minute (slow loris) would hold its connection for ever; `ImpatientProtocol` closes it. The time for a body
is bounded by `limits.BodyLimit`, the number of connections here.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS: Final = 20.0
"""Apache's mod_reqtimeout: RequestReadTimeout header=20."""

KEEP_ALIVE_SECONDS: Final = 5
"""uvicorn's own default; our pages are one request and a stylesheet."""

CONNECTIONS: Final = 1000
"""At some 60 KB each an attacker holds 60 MB at most; nginx's worker_connections is 512."""

HEAD_BYTES: Final = 16 << 10
"""nginx's large_client_header_buffers take 8 KiB a line; our links are 250 letters."""


class ImpatientProtocol(H11Protocol):
    """Closes a connection on which the head of a request does not come within `HEAD_SECONDS`."""

    head_seconds: float = HEAD_SECONDS
    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """The time begins when we wait for a head, and ends when there is one; single letters do not renew it."""
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop()
        elif self._waiting is None and not self.transport.is_closing():
            self._waiting = self.loop.call_later(self.head_seconds, self.transport.close)

    def _stop(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


def server_options() -> dict[str, Any]:
    """What to give `uvicorn.Config` beside the application and the address. Our guards know proxies, hosts and the log
    themselves."""
    return {
        "http": ImpatientProtocol,
        "ws": "none",
        "lifespan": "off",
        "interface": "asgi3",
        "access_log": False,
        "log_config": None,
        "server_header": False,
        "proxy_headers": False,
        "limit_concurrency": CONNECTIONS,
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
        "timeout_graceful_shutdown": 10,
        "h11_max_incomplete_event_size": HEAD_BYTES,
    }
