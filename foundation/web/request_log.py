"""One log line per request, without anything that opens a page: no path, no token, only which kind of page."""

from __future__ import annotations

import logging
from collections.abc import Collection

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from foundation import clock
from foundation.logs import event
from foundation.web.clients import client_address


class RequestLog:
    """ASGI middleware; `kinds` are the first parts of our paths, anything else is logged as "other"."""

    def __init__(self, app: ASGIApp, area: str, kinds: Collection[str]) -> None:
        self._app = app
        self._area = area
        self._kinds = frozenset(kinds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0
        began = clock.monotonic()

        async def send_and_see(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_and_see)
        finally:
            first = scope["path"].split("/", 2)[1:2]
            event(
                logging.INFO,
                self._area,
                "answered a request",
                method=scope["method"] if scope["method"] in ("GET", "HEAD", "POST") else "other",
                page=first[0] if first and first[0] in self._kinds else "other",
                status=status,
                took_ms=round((clock.monotonic() - began) * 1000, 1),
                client=client_address(scope),
            )
