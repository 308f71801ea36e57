"""A host that takes mail and shows what it got: SMTP or LMTP, told by the greeting; replies can be set per recipient.

In a thread of its own on loopback. It stands for Dovecot and for foreign hosts where a test needs to see the bytes or
wants trouble; that the real ones behave so is tested elsewhere.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from tests.support.threaded_host import ThreadedHost

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


class LetterBox(ThreadedHost):
    """`refuse[address]` is the reply to RCPT; `after_data` the reply to the content (for each recipient in LMTP)."""

    greeting = b"220 box.test ready\r\n"

    def __init__(self) -> None:
        super().__init__()
        self.letters: list[Letter] = []
        self.refuse: dict[str, str] = {}
        self.after_data = ""

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

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
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
