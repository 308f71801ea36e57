"""A TCP server that plays a part: one reply for each thing it receives, then silence or a hang-up.

For the failures that no real server produces on demand. It serves one connection in a thread of its own and is over
when the `with` block ends.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

Reply = Callable[[int], bytes]
"""A reply to the request with this message id (ldap3 counts them over all connections of a process)."""


def bind_succeeded(message_id: int) -> bytes:
    """A BindResponse that says yes."""
    return ldap_message(message_id, bytes.fromhex("61070a010004000400"))


def ldap_message(message_id: int, operation: bytes) -> bytes:
    """An LDAPMessage around an operation of less than a hundred bytes."""
    identity = message_id.to_bytes(4, "big")
    return bytes([0x30, 6 + len(operation), 0x02, 4]) + identity + operation


@contextmanager
def scripted_server(
    replies: Sequence[Reply], hang_up: bool = True, context: ssl.SSLContext | None = None
) -> Iterator[int]:
    """The port of a server on 127.0.0.1 that sends these replies; afterwards it hangs up, or keeps silent."""
    done = threading.Event()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        thread = threading.Thread(target=_play, args=(listener, replies, hang_up, context, done))
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            done.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _play(
    listener: socket.socket,
    replies: Sequence[Reply],
    hang_up: bool,
    context: ssl.SSLContext | None,
    done: threading.Event,
) -> None:
    try:
        peer, _ = listener.accept()
    except OSError:
        return
    with suppress(OSError), peer:
        # wrap_socket takes the descriptor over and closes it when the client refuses our certificate
        talking = context.wrap_socket(peer, server_side=True) if context else peer
        with talking:
            for reply in replies:
                request = talking.recv(65536)
                if not request:
                    return
                talking.sendall(reply(_message_id(request)))
            if not hang_up:
                done.wait()


def _message_id(request: bytes) -> int:
    start = 2 + (request[1] & 0x7F if request[1] > 0x7F else 0)
    return int.from_bytes(request[start + 2 : start + 2 + request[start + 1]], "big")


@contextmanager
def cutting_proxy(port: int, after_bytes: int) -> Iterator[int]:
    """The port of a relay to `port` that cuts the connection once this many bytes have come back from there."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        thread = threading.Thread(target=_cut, args=(listener, port, after_bytes))
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _cut(listener: socket.socket, port: int, after_bytes: int) -> None:
    try:
        client, _ = listener.accept()
    except OSError:
        return
    with client, socket.create_connection(("127.0.0.1", port)) as server:
        forward = threading.Thread(target=_forward, args=(client, server))
        forward.start()
        left = after_bytes
        while left > 0:
            data = server.recv(min(left, 65536))
            if not data:
                break
            left -= len(data)
            with suppress(OSError):
                client.sendall(data)
        for end in (client, server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        forward.join()


def _forward(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
