"""A reception with stand-ins on loopback ports, its loop in a thread of its own, so that tests speak over sockets.

Also an SMTP client that says exactly what it is told, byte by byte, and reads replies whole.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from congvu.servers.certificates import ServerCertificate, make_certificate
from foundation import clock
from mailrelay.envelope import ListenerKind
from mailrelay.reception.listeners import Reception
from mailrelay.settings import Directory, Limits, Listener, RelaySettings, TlsSettings
from tests.support.reception_fakes import Rooms

DEADLINE_SECONDS = 20
LOOPS = ("asyncio", "uvloop")
KINDS: tuple[ListenerKind, ...] = ("relay", "submission", "submissions", "reinjection")
T = TypeVar("T")


def reception_settings(folder: Path, **changes: Any) -> RelaySettings:
    """Settings of `relay.tinh.test`, listening on free ports of 127.0.0.1; `changes` are fields of RelaySettings."""
    directory = Directory(*["dc=tinh,dc=test"] * 6)
    settings = RelaySettings(
        hostname="relay.tinh.test",
        domains=("tinh.test",),
        language="vi",
        timezone="Asia/Ho_Chi_Minh",
        spool=folder,
        control_socket=folder / "control",
        directory=directory,
        listeners=tuple(Listener(kind, "127.0.0.1", 0) for kind in KINDS),
    )
    return replace(settings, **changes)


def write_certificate(folder: Path) -> TlsSettings:
    """A fresh certificate for 127.0.0.1 in this folder; `ca.pem` is its authority."""
    made: ServerCertificate = make_certificate()
    (folder / "ca.pem").write_bytes(made.authority)
    (folder / "certificate.pem").write_bytes(made.certificate)
    (folder / "key.pem").write_bytes(made.key)
    return TlsSettings(folder / "certificate.pem", folder / "key.pem", folder / "ca.pem")


def new_loop(kind: str) -> asyncio.AbstractEventLoop:
    if kind == "uvloop":
        import uvloop

        loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
        return loop
    return asyncio.new_event_loop()


class Stage:
    """A running reception. `do` carries a function out on its loop; `rooms` are its stand-ins."""

    def __init__(self, loop: asyncio.AbstractEventLoop, settings: RelaySettings, folder: Path, rooms: Rooms) -> None:
        self.loop = loop
        self.settings = settings
        self.folder = folder
        self.rooms = rooms
        self.errors: list[dict[str, Any]] = []
        self.reception: Reception
        loop.set_exception_handler(lambda _, context: self.errors.append(context))

    async def open(self) -> None:
        rooms = self.rooms
        self.reception = Reception(
            self.settings,
            rooms.policy,
            rooms.authenticator,
            rooms.bodies,
            rooms.ledger,
            resolve=rooms.resolve,
            offer=rooms.offered.append,
            unacknowledged=rooms.unacknowledged.append,
            promise=rooms.promised.append,
            withdraw=rooms.withdraw,
        )
        await self.reception.start()

    def do(self, act: Callable[[], T]) -> T:
        """The value of a function called on the loop's thread."""

        async def carried_out() -> T:
            return act()

        return asyncio.run_coroutine_threadsafe(carried_out(), self.loop).result(DEADLINE_SECONDS)

    def run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(DEADLINE_SECONDS)

    def await_true(self, condition: Callable[[], bool], what: str) -> None:
        """Poll on the loop's thread until it holds."""
        deadline = clock.monotonic() + DEADLINE_SECONDS
        while not self.do(condition):
            assert clock.monotonic() < deadline, f"never came true: {what}"

    def port(self, kind: ListenerKind = "relay") -> int:
        return self.reception.addresses[kind][0][1]

    def connect(self, kind: ListenerKind = "relay", greet: bool = True) -> Client:
        """A client; with `greet` its 220 is read. On `submissions` TLS is active at once."""
        client = Client(self.port(kind), self.client_context() if kind == "submissions" else None)
        if greet:
            client.expect("220 relay.tinh.test *")
        return client

    def client_context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.folder / "ca.pem"))

    def sweep(self, seconds_later: float) -> None:
        """What the watch would do in so many seconds, now."""
        watch = self.reception._watch
        self.do(lambda: watch.sweep(clock.monotonic() + seconds_later))

    @property
    def desk(self) -> Any:
        return self.reception._desk


@contextmanager
def stage(folder: Path, loop_kind: str = "asyncio", **changes: Any) -> Iterator[Stage]:
    """A reception that runs until the block ends; `limits` may be a dict, `rooms` others than its own stand-ins. Fails
    if the loop met an error."""
    limits, rooms = changes.pop("limits", {}), changes.pop("rooms", None) or Rooms()
    settings = reception_settings(folder, limits=replace(Limits(), **limits), **changes)
    if "tls" not in changes:
        made = TlsSettings(folder / "certificate.pem", folder / "key.pem", folder / "ca.pem")
        settings = replace(settings, tls=made if (folder / "ca.pem").exists() else write_certificate(folder))
    loop = new_loop(loop_kind)
    played = Stage(loop, settings, folder, rooms)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        played.run(played.open())
        yield played
        played.run(played.reception.drain(0))
        played.await_true(lambda: not played.desk.sessions, "all sessions ended")
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
    assert not played.errors, played.errors


class Client:
    """Says what it is told. Every wait has a deadline."""

    def __init__(self, port: int, context: ssl.SSLContext | None = None, source: str = "127.0.0.1") -> None:
        plain = socket.create_connection(("127.0.0.1", port), DEADLINE_SECONDS, source_address=(source, 0))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = context.wrap_socket(plain, server_hostname="127.0.0.1") if context else plain
        self._buffer = b""

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        with suppress(OSError):
            self.socket.close()

    def reset(self) -> None:
        """Cut the connection without a word."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.close()

    def send(self, data: bytes | str) -> None:
        self.socket.sendall(data.encode() if isinstance(data, str) else data)

    def say(self, *lines: str) -> None:
        """Lines, in one packet."""
        self.send("".join(f"{line}\r\n" for line in lines))

    def half_close(self) -> None:
        self.socket.shutdown(socket.SHUT_WR)

    def line(self) -> str:
        while b"\r\n" not in self._buffer:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError(f"closed by the server after {self._buffer!r}")
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line.decode("ascii")

    def reply(self) -> str:
        """One whole reply; the lines of a longer one are joined by line breaks."""
        lines = [self.line()]
        while lines[-1][3:4] == "-":
            lines.append(self.line())
        return "\n".join(lines)

    def expect(self, pattern: str) -> str:
        """The next reply, which must begin with this (a `*` ends what is compared)."""
        found = self.reply()
        assert found.startswith(pattern.partition("*")[0]), f"wanted {pattern!r}, got {found!r}"
        return found

    def ask(self, line: str, pattern: str) -> str:
        self.say(line)
        return self.expect(pattern)

    def expect_end(self) -> None:
        """The server closes, and says nothing more."""
        try:
            data = self._buffer or self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        assert data == b"", data

    def start_tls(self, context: ssl.SSLContext) -> None:
        self.ask("STARTTLS", "220 2.0.0")
        self.shake_hands(context)

    def shake_hands(self, context: ssl.SSLContext) -> None:
        self.socket = context.wrap_socket(self.socket, server_hostname="127.0.0.1")

    def login(self, context: ssl.SSLContext | None = None) -> None:
        """EHLO, STARTTLS if a context is given, AUTH as the person whom the stand-in knows."""
        from base64 import b64encode

        self.ask("EHLO may-tram.tinh.test", "250-")
        if context is not None:
            self.start_tls(context)
            self.ask("EHLO may-tram.tinh.test", "250-")
        secret = b64encode("\0an@tinh.test\0mật khẩu".encode()).decode()
        self.ask(f"AUTH PLAIN {secret}", "235 2.7.0")

    def envelope(self, sender: str = "an@bo.test", recipient: str = "binh@tinh.test", hello: bool = True) -> None:
        """EHLO, MAIL and RCPT, each answered with 250."""
        if hello:
            self.ask("EHLO may.bo.test", "250-")
        self.ask(f"MAIL FROM:<{sender}>", "250 2.1.0")
        self.ask(f"RCPT TO:<{recipient}>", "250 2.1.5")

    def hand_over(self, content: bytes) -> str:
        """DATA with this content, which is dot-stuffed and ended here; the reply."""
        self.ask("DATA", "354 ")
        stuffed = content.replace(b"\r\n.", b"\r\n..")
        self.send((b"." if stuffed.startswith(b".") else b"") + stuffed + b".\r\n")
        return self.reply()
