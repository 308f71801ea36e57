"""Clients that pour marked messages into a relay and remember exactly what was acknowledged.

`acknowledged` maps a token to the SHA-256 of the message's bytes, once its 250 was read. A message whose reply never
came is in nobody's books: the relay may have kept it or not. Bodies are random: empty ones, lines that begin with
dots, 8-bit text, up to several hundred kilobytes.
"""

from __future__ import annotations

import hashlib
import itertools
import random
import re
import socket
import threading

_QUEUE_ID = re.compile(rb"queued as ([0-9A-Z]{13})")


class RecordingSenders:
    """Several threads that send until `stop`; connections that break are opened again."""

    def __init__(self, port: int, threads: int, seed: int, largest_bytes: int = 300_000) -> None:
        self.acknowledged: dict[int, str] = {}
        self.queue_ids: set[str] = set()
        self.refused: list[bytes] = []
        self._port = port
        self._largest_bytes = largest_bytes
        self._tokens = itertools.count(1)
        self._door = threading.Lock()
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=(random.Random(seed * 1000 + n),), daemon=True)
            for n in range(threads)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after the message under way; joins all threads."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _work(self, dice: random.Random) -> None:
        while not self._over.is_set():
            try:
                with socket.create_connection(("127.0.0.1", self._port), timeout=30) as connection:
                    self._talk(connection, dice)
            except (OSError, EOFError):
                self._over.wait(0.02)  # the relay is down for a moment

    def _talk(self, connection: socket.socket, dice: random.Random) -> None:
        stream = connection.makefile("rb")
        _expect(stream.readline(), b"220")
        connection.sendall(b"EHLO sender.test\r\n")
        while (line := _some(stream.readline()))[3:4] == b"-":
            pass
        _expect(line, b"250")
        for _ in range(dice.choice((1, 1, 5, 50))):
            if self._over.is_set():
                return
            self._send(connection, stream, dice)

    def _send(self, connection: socket.socket, stream: object, dice: random.Random) -> None:
        readline = stream.readline  # type: ignore[attr-defined]
        with self._door:
            token = next(self._tokens)
        content = message(token, dice, self._largest_bytes)
        connection.sendall(b"MAIL FROM:<van.thu@tinh.test>\r\nRCPT TO:<nhan@bo.test>\r\nDATA\r\n")
        for code in (b"250", b"250", b"354"):
            _expect(readline(), code)
        stuffed = re.sub(rb"(?m)^\.", b"..", content)
        connection.sendall(stuffed + b".\r\n")
        reply = _some(readline())
        if not reply.startswith(b"250"):
            with self._door:
                self.refused.append(reply)
            return
        found = _QUEUE_ID.search(reply)
        with self._door:
            self.acknowledged[token] = hashlib.sha256(content).hexdigest()
            self.queue_ids.add(found[1].decode() if found else f"none in {reply!r}")


def message(token: int, dice: random.Random, largest_bytes: int) -> bytes:
    """A message with this token; about half of them are small."""
    head = b"X-Token: %d\r\nSubject: thu %d\r\n\r\n" % (token, token)
    size = dice.choice((0, 10, 500, 4000, 31_000, 40_000, dice.randrange(largest_bytes)))
    lines = []
    while size > 0:
        line = dice.choice(
            (b"", b".", b"..", b".a", "Kính gửi quý cơ quan".encode(), dice.randbytes(30).hex().encode())
        )
        lines.append(line + b"\r\n")
        size -= len(line) + 2
    return head + b"".join(lines)


def _some(line: bytes) -> bytes:
    if not line.endswith(b"\n"):
        raise EOFError
    return line


def _expect(line: bytes, code: bytes) -> None:
    if not _some(line).startswith(code):
        raise EOFError
