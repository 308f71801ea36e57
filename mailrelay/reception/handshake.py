"""The TLS handshake of a session, after STARTTLS or at once (RFC 3207, RFC 8314), under asyncio and uvloop.

A handshake that fails closes the connection and counts. It knows no certificates: the desk has the context.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from mailrelay.reception.connection import Connection

HANDSHAKE_SECONDS: Final = 30.0
"""A TLS handshake takes two round trips; asyncio's own default of 60 would let idle handshakes pile up."""


async def shake_hands(connection: Connection, secured: Callable[[], None]) -> None:
    """Protect the connection and say so, or close it."""
    context, transport = connection.desk.tls, connection.transport
    if context is None or transport is None:
        return
    connection.loop.call_soon(_pass_on, connection, transport)
    try:
        protected = await connection.loop.start_tls(
            transport, connection, context, server_side=True, ssl_handshake_timeout=HANDSHAKE_SECONDS
        )
    except OSError as error:  # ssl.SSLError, TimeoutError and ConnectionError are
        connection.desk.counters.tls_failures += 1
        transport.abort()
        connection.connection_lost(error)
        return
    if protected is None or connection.closing:
        transport.abort()
        connection.connection_lost(None)
        return
    connection.desk.counters.tls_sessions += 1
    connection.protected(protected, _description(protected.get_extra_info("ssl_object")))
    secured()


def _pass_on(connection: Connection, transport: asyncio.Transport) -> None:
    """Give the TLS layer what came before it was there: uvloop reads right after `connection_made`, whatever that
    paused. Only with implicit TLS can there be anything: bytes behind STARTTLS are refused."""
    held = connection.take_held()
    layer = cast(asyncio.BufferedProtocol, transport.get_protocol())
    while held:
        room = cast(memoryview, layer.get_buffer(len(held)))
        count = min(len(room), len(held))
        room[:count] = held[:count]
        layer.buffer_updated(count)
        held = held[count:]


def _description(ssl_object: Any) -> str:
    """`TLSv1.3 TLS_AES_256_GCM_SHA384`."""
    cipher = ssl_object.cipher()
    return f"{ssl_object.version()} {cipher[0] if cipher else ''}".strip()
