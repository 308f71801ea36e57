"""Web pages served inside a daemon's loop: begun, exchanged, ended; the signals stay the daemon's."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from foundation.daemon.asgi_server import AsgiServer
from foundation.errors import Unreachable
from foundation.service import Service
from foundation.web.serving import server_options

SERVICE = Service("meetings", "meetings")


def saying(word: bytes) -> Callable[..., Awaitable[None]]:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"3")]})
        await send({"type": "http.response.body", "body": word})

    return application


async def fetched(address: tuple[str, int]) -> bytes:
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    return answer.rpartition(b"\r\n\r\n")[2]


def test_pages_are_served_exchanged_and_ended() -> None:
    async def story() -> None:
        before = signal.getsignal(signal.SIGTERM)
        server = AsgiServer(SERVICE, "web_listen", "127.0.0.1", 0)
        await server.start(saying(b"one"), server_options())
        assert signal.getsignal(signal.SIGTERM) == before
        assert await fetched(server.address) == b"one"
        server.replace(saying(b"two"))
        assert await fetched(server.address) == b"two"
        place = server.address
        await server.stop()
        with pytest.raises(OSError):
            await asyncio.open_connection(*place)

    asyncio.run(story())


def test_one_that_never_began_ends_in_peace() -> None:
    asyncio.run(AsgiServer(SERVICE, "web_listen", "127.0.0.1", 0).stop())


def test_a_port_in_use_is_told_with_its_key() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = AsgiServer(SERVICE, "web_listen", *taken.getsockname()[:2])
        with pytest.raises(Unreachable) as caught:
            asyncio.run(server.start(saying(b"one"), server_options()))
    assert caught.value.hint is not None
    assert "[meetings] web_listen" in caught.value.hint.en
