"""uvicorn with our options: a connection whose request never ends is closed; nothing of uvicorn shows."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.responses import PlainTextResponse
from uvicorn import Config
from uvicorn.server import ServerState

from foundation.web.serving import ImpatientProtocol, server_options


class Wire(asyncio.Transport):
    """A connection in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""
        self.closed = asyncio.Event()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("192.0.2.1", 1) if name in ("peername", "sockname") else default

    def write(self, data: Any) -> None:
        self.sent += bytes(data)

    def close(self) -> None:
        self.closed.set()

    def is_closing(self) -> bool:
        return self.closed.is_set()

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


def connect(head_seconds: float) -> tuple[ImpatientProtocol, Wire]:
    config = Config(PlainTextResponse("tốt"), **server_options())
    config.load()
    protocol = ImpatientProtocol(config, ServerState(), {})
    protocol.head_seconds = head_seconds
    wire = Wire()
    protocol.connection_made(wire)
    return protocol, wire


def test_whoever_says_nothing_is_cut_off() -> None:
    async def story() -> None:
        _, wire = connect(0.0)
        await asyncio.wait_for(wire.closed.wait(), 10)

    asyncio.run(story())


def test_single_letters_do_not_renew_the_time() -> None:
    async def story() -> None:
        protocol, wire = connect(0.05)
        for letter in b"GET /m/x HTTP/1.1\r\nHost: x\r\nX-Slow: ":
            protocol.data_received(bytes([letter]))
        first = protocol._waiting
        protocol.data_received(b"a")
        assert protocol._waiting is first
        await asyncio.wait_for(wire.closed.wait(), 10)
        assert wire.sent == b""
        protocol.connection_lost(None)

    asyncio.run(story())


def test_a_whole_request_is_answered_and_the_next_is_waited_for() -> None:
    async def story() -> None:
        protocol, wire = connect(1000.0)
        protocol.data_received(b"GET /m/x HTTP/1.1\r\nHost: x\r\n\r\n")
        assert protocol._waiting is None
        while b"\r\n\r\n" not in wire.sent:
            await asyncio.sleep(0)
        head = wire.sent.lower()
        assert head.startswith(b"http/1.1 200")
        assert b"server:" not in head
        assert not wire.closed.is_set()
        while protocol._waiting is None:
            await asyncio.sleep(0)
        protocol.connection_lost(None)
        assert protocol._waiting is None

    asyncio.run(story())


def test_proxies_and_logs_are_our_own_business() -> None:
    options = server_options()
    assert options["proxy_headers"] is False
    assert options["access_log"] is False
    assert options["limit_concurrency"] > 0
