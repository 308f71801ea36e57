"""A host that takes mail and shows what it got: SMTP or LMTP, told by the greeting; replies can be set per recipient.

In a thread of its own on loopback. It stands for Dovecot and for foreign hosts where a test needs to see the bytes or
wants trouble; that the real ones behave so is tested elsewhere.
"""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

_PATH = re.compile(rb"<([^>]*)>")


@dataclass(frozen=True)
class Letter:
    """One copy for its accepted recipients."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes

    @property
    def parsed(self) -> EmailMessage:
        return message_from_bytes(self.data, policy=policy.default)  # type: ignore[return-value]


class LetterBox:
    """`refuse[address]` is the reply to RCPT; `after_data` the reply to the content (for each recipient in LMTP)."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.refuse: dict[str, str] = {}
        self.after_data = ""
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> LetterBox:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def wait_for(self, wanted: Callable[[Letter], bool], seconds: float = 20) -> Letter:
        """The first letter that is wanted; fails when none has come by then."""
        deadline = time.monotonic() + seconds
        while True:
            for letter in list(self.letters):
                if wanted(letter):
                    return letter
            assert time.monotonic() < deadline, f"not among {[letter.recipients for letter in self.letters]}"
            time.sleep(0.02)

    def wait_to(self, recipient: str, seconds: float = 20) -> Letter:
        """The first letter for this recipient."""
        return self.wait_for(lambda letter: recipient in letter.recipients, seconds)

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
            writer.write(b"220 box.test ready\r\n")
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lmtp, sender, recipients = False, "", list[str]()
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb in (b"LHLO", b"EHLO"):
                lmtp = verb == b"LHLO"
                writer.write(b"250-box.test\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250 8BITMIME\r\n")
            elif verb == b"MAIL":
                sender, recipients = _path(line), []
                writer.write(b"250 2.1.0 ok\r\n")
            elif verb == b"RCPT":
                writer.write(self._recipient(_path(line), recipients))
            elif verb == b"DATA":
                writer.write(b"354 go on\r\n" if recipients else b"554 5.5.1 no recipients\r\n")
                if recipients:
                    data = await _content(reader)
                    if not self.after_data:
                        self.letters.append(Letter(sender, tuple(recipients), data))
                    reply = (self.after_data or "250 2.0.0 taken").encode() + b"\r\n"
                    writer.write(reply * (len(recipients) if lmtp else 1))
            elif verb == b"QUIT":
                writer.write(b"221 2.0.0 bye\r\n")
                return
            else:
                writer.write(b"250 2.0.0 ok\r\n")

    def _recipient(self, address: str, recipients: list[str]) -> bytes:
        refused = self.refuse.get(address)
        if refused:
            return refused.encode() + b"\r\n"
        recipients.append(address)
        return b"250 2.1.5 ok\r\n"


def _path(line: bytes) -> str:
    found = _PATH.search(line)
    return found[1].decode() if found else ""


async def _content(reader: asyncio.StreamReader) -> bytes:
    lines = []
    while (line := await reader.readuntil(b"\r\n")) != b".\r\n":
        lines.append(line[1:] if line.startswith(b".") else line)
    return b"".join(lines)
