"""An SMTP or LMTP host for the tests of the sender, on the test's own loop: plays by the book unless told otherwise.

It takes STARTTLS when it has a certificate, notes every command, keeps every message, and gives the answers of `say`
(verb -> reply lines) instead of its own; an answer of None hangs up.
"""

from __future__ import annotations

import asyncio
import ssl
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from congvu.servers.certificates import ServerCertificate

Answer = Callable[[bytes], bytes | None]
EVERYTHING = ("PIPELINING", "SIZE 100000000", "8BITMIME", "SMTPUTF8", "DSN")


@dataclass
class Taken:
    """One message as it came."""

    mail: bytes
    recipients: list[bytes]
    data: bytes = b""
    tls: bool = False


@dataclass
class Peer:
    """`async with Peer() as peer`: it listens on `port` (or on `path`)."""

    keywords: Sequence[str] = EVERYTHING
    certificate: ServerCertificate | None = None
    greeting: bytes | None = b"220 peer.test\r\n"
    say: dict[bytes, Answer] = field(default_factory=dict)
    lmtp: bool = False
    host: str = "127.0.0.1"
    path: str = ""
    hang_up_after: int = 10**9
    most_at_once: int = 10**9
    taken: list[Taken] = field(default_factory=list)
    commands: list[bytes] = field(default_factory=list)
    connections: int = 0
    open_now: int = 0
    most_open: int = 0
    port: int = 0

    async def __aenter__(self) -> Peer:
        if self.path:
            self._server: asyncio.Server = await asyncio.start_unix_server(self._serve, self.path)
        else:
            self._server = await asyncio.start_server(self._serve, self.host, self.port)
            self.port = self._server.sockets[0].getsockname()[1]
        self._tasks: set[asyncio.Task[Any]] = set()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            await self._talk(reader, writer)
        except (OSError, EOFError, asyncio.CancelledError):
            pass  # the stream module of Python 3.11 would log a cancelled handler as an error
        finally:
            self.open_now -= 1
            self._tasks.discard(task)
            writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.greeting is None:
            return
        if self.open_now > self.most_at_once:
            writer.write(b"421 4.7.0 too many connections\r\n")
            await writer.drain()
            return
        writer.write(self.greeting)
        tls, messages = False, 0
        now: Taken | None = None
        while line := await reader.readline():
            self.commands.append(line)
            verb = line.split(b" ", 1)[0].strip().upper().split(b":")[0]
            answer = self.say[verb](line) if verb in self.say else b""
            if answer is None:
                return
            if answer:
                writer.write(answer)
                continue
            if verb in (b"EHLO", b"LHLO"):
                writer.write(self._hello(tls))
            elif verb == b"STARTTLS":
                writer.write(b"220 go ahead\r\n")
                await writer.start_tls(self._context())
                tls = True
            elif verb == b"MAIL":
                now = Taken(line, [], tls=tls)
                writer.write(b"250 2.1.0 Ok\r\n")
            elif verb == b"RCPT" and now is not None:
                now.recipients.append(line)
                writer.write(b"250 2.1.5 Ok\r\n")
            elif verb == b"DATA" and now is not None:
                writer.write(b"354 go ahead\r\n")
                now.data = await _message(reader)
                self.taken.append(now)
                dot = self.say[b"."](line) if b"." in self.say else b""
                if dot is None:
                    return
                writer.write(dot or b"250 2.0.0 taken\r\n" * (len(now.recipients) if self.lmtp else 1))
                messages += 1
                now = None
                if messages >= self.hang_up_after:
                    await writer.drain()
                    return
            elif verb == b"QUIT":
                writer.write(b"221 2.0.0 bye\r\n")
                await writer.drain()
                return
            else:
                writer.write(b"250 2.0.0 Ok\r\n" if verb in (b"RSET", b"HELO", b"NOOP") else b"503 5.5.1 order\r\n")

    def _hello(self, tls: bool) -> bytes:
        keywords = [*self.keywords, *(["STARTTLS"] if self.certificate and not tls else [])]
        lines = ["peer.test", *keywords]
        marked = [f"250-{line}" for line in lines[:-1]] + [f"250 {lines[-1]}"]
        return "".join(line + "\r\n" for line in marked).encode()

    def _context(self) -> ssl.SSLContext:
        assert self.certificate is not None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "both.pem"
            path.write_bytes(self.certificate.key + self.certificate.certificate)
            context.load_cert_chain(path)
        return context


async def _message(reader: asyncio.StreamReader) -> bytes:
    """The message behind DATA, unstuffed."""
    lines: list[bytes] = []
    while (line := await reader.readuntil(b"\r\n")) != b".\r\n":
        lines.append(line[1:] if line.startswith(b".") else line)
    return b"".join(lines)
