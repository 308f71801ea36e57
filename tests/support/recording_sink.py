"""A mail host that remembers what it took: for each marked message, the hashes of every copy that arrived.

A message is known by the line `X-Token: N` with which its own bytes begin; whatever stands before that line was put
there on the way. The sink speaks plain SMTP with PIPELINING on loopback, in a thread of its own, and takes everything.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections import defaultdict

from tests.support.threaded_host import ThreadedHost

_TOKEN = re.compile(rb"(?:\A|\r\n)(X-Token: (\d+)\r\n)")


class RecordingSink(ThreadedHost):
    """`copies` maps each token to the SHA-256 of the bytes of every copy that was acknowledged with 250."""

    greeting = b"220 sink.test ESMTP\r\n"

    def __init__(self) -> None:
        super().__init__()
        self.copies: dict[int, list[str]] = defaultdict(list)
        self.unmarked = 0

    def wait_for(self, tokens: set[int], seconds: float) -> set[int]:
        """Wait until a copy of each has arrived; returns those that are still missing at the deadline."""
        deadline = time.monotonic() + seconds
        while missing := tokens - self.copies.keys():
            if time.monotonic() > deadline:
                return missing
            time.sleep(0.05)
        return set()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            await self._answer(line.strip().upper(), reader, writer)

    async def _answer(self, command: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if command.startswith(b"EHLO"):
            writer.write(b"250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE\r\n")
        elif command == b"DATA":
            writer.write(b"354 go on\r\n")
            self._remember(await self._content(reader))
            writer.write(b"250 2.0.0 taken\r\n")
        elif command == b"QUIT":
            writer.write(b"221 bye\r\n")
            writer.close()
        else:
            writer.write(b"250 2.0.0 ok\r\n")

    async def _content(self, reader: asyncio.StreamReader) -> bytes:
        lines = []
        while (line := await reader.readuntil(b"\r\n")) != b".\r\n":
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)

    def _remember(self, content: bytes) -> None:
        found = _TOKEN.search(content)
        if found is None:
            self.unmarked += 1
        else:
            digest = hashlib.sha256(content[found.start(1) :]).hexdigest()
            self.copies[int(found[2])].append(digest)  # hashed first: who waits for the token must find the copy too
