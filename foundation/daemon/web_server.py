"""The small web server for machines: `/livez`, `/readyz` (also `/healthz`) and `/metrics`, on loopback.

It reads one request line and answers; it keeps no connection open and knows no more of HTTP than that (RFC 9112). It is
not meant for a network: it has no password and no TLS.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from foundation import logs
from foundation.errors import Unreachable
from foundation.language import Text
from foundation.service import Service
from foundation.system_errors import reason_of

REQUEST_TIMEOUT_SECONDS = 5
REQUEST_BYTES = 8192
_REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 503: "Service Unavailable"}


class Page(NamedTuple):
    """What a path answers."""

    code: int
    content_type: str
    body: bytes


def json_page(code: int, fields: Mapping[str, Any]) -> Page:
    """A page of JSON."""
    return Page(code, "application/json", json.dumps(fields).encode() + b"\n")


Answer = Callable[[], Awaitable[Page]]


class WebServer:
    """Serves `pages` by path from `start` to `stop`."""

    def __init__(self, service: Service, host: str, port: int, pages: Mapping[str, Answer]) -> None:
        self._service = service
        self._host = host
        self._port = port
        self._pages = pages
        self._server: asyncio.Server | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens; the port that the kernel chose when 0 was asked for."""
        if self._server is None:
            return self._host, self._port
        found = self._server.sockets[0].getsockname()
        return str(found[0]), int(found[1])

    async def start(self) -> None:
        """Raises Unreachable when the port is taken."""
        try:
            self._server = await asyncio.start_server(self._serve, self._host, self._port, limit=REQUEST_BYTES)
        except OSError as error:
            raise Unreachable(
                Text("không mở được {host}:{port}: {reason}", "cannot listen on {host}:{port}: {reason}").format(
                    host=self._host, port=self._port, reason=reason_of(error)
                ),
                Text("sửa [{section}] metrics_listen", "change [{section}] metrics_listen").format(
                    section=self._service.section
                ),
            ) from error

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, TimeoutError, asyncio.IncompleteReadError):
            page = await self._page(reader)
            head = (
                f"HTTP/1.1 {page.code} {_REASONS[page.code]}\r\nContent-Type: {page.content_type}\r\n"
                f"Content-Length: {len(page.body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
            )
            writer.write(head.encode() + page.body)
            await writer.drain()
        writer.close()

    async def _page(self, reader: asyncio.StreamReader) -> Page:
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), REQUEST_TIMEOUT_SECONDS)
        except asyncio.LimitOverrunError:
            return json_page(400, {"error": "request too long"})
        words = head.split(b"\r\n", 1)[0].decode("ascii", "replace").split()
        if len(words) != 3:
            return json_page(400, {"error": "not a request"})
        if words[0] not in ("GET", "HEAD"):
            return json_page(405, {"error": "only GET"})
        answer = self._pages.get(words[1].partition("?")[0])
        if answer is None:
            return json_page(404, {"error": "no such page", "pages": sorted(self._pages)})
        try:
            page = await answer()
        except Exception as error:
            logs.event(logging.ERROR, f"{self._service.name}.web", "a page failed", page=words[1], reason=repr(error))
            page = json_page(503, {"error": "see the log"})
        return page if words[0] == "GET" else page._replace(body=b"")
