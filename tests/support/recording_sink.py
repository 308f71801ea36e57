"""A mail host that remembers what it took: for each marked message, the hashes of every copy that arrived.

A message is known by the line `X-Token: N` with which its own bytes begin; whatever stands before that line was put
there on the way. The sink speaks plain SMTP with PIPELINING on loopback, in a thread of its own, and takes everything.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import threading
import time
from collections import defaultdict

_TOKEN = re.compile(rb"(?:\A|\r\n)(X-Token: (\d+)\r\n)")


class RecordingSink:
    """`copies` maps each token to the SHA-256 of the bytes of every copy that was acknowledged with 250."""

    def __init__(self) -> None:
        self.copies: dict[int, list[str]] = defaultdict(list)
        self.unmarked = 0
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> RecordingSink:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def wait_for(self, tokens: set[int], seconds: float) -> set[int]:
        """Wait until a copy of each has arrived; returns those that are still missing at the deadline."""
        deadline = time.monotonic() + seconds
        while missing := tokens - self.copies.keys():
            if time.monotonic() > deadline:
                return missing
            time.sleep(0.05)
        return set()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0, limit=1 << 20))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(b"220 sink.test ESMTP\r\n")
            while line := await reader.readline():
                await self._answer(line.strip().upper(), reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return  # the relay was killed
        finally:
            writer.close()

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
