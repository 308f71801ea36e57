"""The web server for machines: its pages, and what it does with anything else."""

from __future__ import annotations

import asyncio
import socket

import pytest

from foundation.daemon.web_server import Page, WebServer, json_page
from foundation.errors import Unreachable
from foundation.service import Service

SERVICE = Service("mailrelay", "relay")


async def livez() -> Page:
    return json_page(200, {"alive": True})


def answered(request: bytes) -> bytes:
    async def main() -> bytes:
        web = WebServer(SERVICE, "127.0.0.1", 0, {"/livez": livez})
        await web.start()
        reader, writer = await asyncio.open_connection(*web.address)
        writer.write(request)
        answer = await reader.read()
        writer.close()
        await web.stop()
        return answer

    return asyncio.run(main())


def test_a_page_is_answered() -> None:
    head, _, body = answered(b"GET /livez?x=1 HTTP/1.1\r\nHost: x\r\n\r\n").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Content-Length: 16" in head
    assert body == b'{"alive": true}\n'


def test_head_has_no_body() -> None:
    assert answered(b"HEAD /livez HTTP/1.1\r\n\r\n").endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("request_bytes", "code"),
    [
        (b"GET /etc/passwd HTTP/1.1\r\n\r\n", b"404"),
        (b"POST /livez HTTP/1.1\r\n\r\n", b"405"),
        (b"\x16\x03\x01\r\n\r\n", b"400"),
        (b"GET /" + b"x" * 20_000 + b"\r\n\r\n", b"400"),
    ],
)
def test_anything_else_is_refused(request_bytes: bytes, code: bytes) -> None:
    assert answered(request_bytes).split()[1] == code


def test_a_port_in_use_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        web = WebServer(SERVICE, "127.0.0.1", taken.getsockname()[1], {})
        with pytest.raises(Unreachable, match=str(taken.getsockname()[1])):
            asyncio.run(web.start())
