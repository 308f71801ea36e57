"""How much one peer may ask for: requests a minute, bytes of a body, seconds until a body is there.

Counted per address (IPv6: per /64) in bounded memory. Whoever passes a limit gets 429 with Retry-After; nothing is
remembered beyond the window, so that an agency behind one address is slowed and never shut out.
"""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from foundation.rates import Window, site_of
from foundation.web.clients import client_address

REQUESTS_PER_MINUTE: Final = 600
"""Per address: all of an agency stands behind one. Five hundred people who open a letter in the same minute pass;
nginx's own example for one person is ten a second (ngx_http_limit_req_module), which is the same number."""

BODY_BYTES: Final = 64 << 10
"""Our longest form holds an answer with a reason of some thousand letters; 64 KiB is ten times that."""

BODY_SECONDS: Final = 20.0
"""Apache's mod_reqtimeout gives a body 20 seconds to begin with (RequestReadTimeout)."""


class RequestRate:
    """ASGI middleware: at most so many requests a minute from one address."""

    def __init__(self, app: ASGIApp, per_minute: float = REQUESTS_PER_MINUTE) -> None:
        self._app = app
        self._window = Window(per_minute, 60.0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._window.take(site_of(client_address(scope))):
            raise too_many()
        await self._app(scope, receive, send)


def too_many(seconds: int = 60) -> HTTPException:
    """The refusal of whoever asks too often (RFC 6585 section 4)."""
    return HTTPException(429, headers={"Retry-After": str(seconds)})


class BodyLimit:
    """ASGI middleware: a longer body is refused with 413, before it is read when it says its length; one that does not
    come within the time with 408."""

    def __init__(self, app: ASGIApp, largest_bytes: int = BODY_BYTES, seconds: float = BODY_SECONDS) -> None:
        self._app = app
        self._largest_bytes = largest_bytes
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._check_announced(Headers(scope=scope).get("content-length", "0"))
        await self._app(scope, self._limited(receive), send)

    def _check_announced(self, length: str) -> None:
        if not length.isascii() or not length.isdigit():
            raise HTTPException(400)
        if len(length) > 9 or int(length) > self._largest_bytes:
            raise HTTPException(413)

    def _limited(self, receive: Receive) -> Receive:
        deadline = asyncio.get_running_loop().time() + self._seconds
        received_bytes = 0
        complete = False

        async def limited() -> Message:
            nonlocal received_bytes, complete
            if complete:  # from here on only the end of the connection can come, which may take its time
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408) from None
            received_bytes += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if received_bytes > self._largest_bytes:
                raise HTTPException(413)
            return message

        return limited
