"""A letter box whose host can be told to misbehave: connection by connection, or at the end of each message.

`moods` are what it does instead of talking, one for each connection to come; afterwards it is an ordinary letter box.
`seen` counts the messages that came to their final dot, whatever became of them.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from tests.support.letter_box import LetterBox
from tests.support.mail_house import QUICK_RETRIES, MailHouse
from tests.support.slapd_server import SlapdServer

Mood = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

TRUSTED_CLIENT = "127.0.0.8"
"""A client at this address may relay; one at 127.0.0.1 is a stranger."""

_HELLO = b"250-box.test\r\n250 8BITMIME\r\n"


class TroubleBox(LetterBox):
    """See the module."""

    def __init__(self) -> None:
        super().__init__()
        self.moods: deque[Mood] = deque()
        self.connections = 0
        self.seen = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self.moods:
            await self.moods.popleft()(reader, writer)
        else:
            await super().talk(reader, writer)

    # -- moods ------------------------------------------------------------------------------------------------------

    def hang_after_the_dot(self, seconds: float) -> Mood:
        """Takes the message, says nothing for so long, then hangs up."""

        async def mood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._up_to_the_dot(reader, writer)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(reader.read(), seconds)

        return mood

    def answer_the_dot(self, answer: bytes) -> Mood:
        """Takes the message, says this and hangs up."""

        async def mood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._up_to_the_dot(reader, writer)
            writer.write(answer)

        return mood

    def close_in_the_content(self) -> Mood:
        """Hangs up when the content begins."""

        async def mood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._up_to_data(reader, writer)
            await reader.readline()

        return mood

    def answer_mail(self, answer: bytes) -> Mood:
        """Greets, and answers every MAIL with this."""

        async def mood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while line := await reader.readline():
                verb = line[:4].upper()
                if verb == b"QUIT":
                    return
                writer.write({b"EHLO": _HELLO, b"MAIL": answer}.get(verb, b"503 5.5.1 no\r\n"))

        return mood

    def never_stop_talking(self) -> Mood:
        """Answers EHLO with a reply that has no end; ends when the peer has had enough."""

        async def mood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readline()
            while True:
                writer.write(b"250-" + b"x" * 400 + b"\r\n")
                await writer.drain()

        return mood

    def read_slowly(self, bytes_at_once: int, pause_seconds: float, dripping: int) -> Mood:
        """Takes the first `dripping` pieces of the content with a pause after each, the rest at once; then 250."""

        async def mood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._up_to_data(reader, writer)
            content = b""
            for _ in range(dripping):
                content += await reader.read(bytes_at_once)
                await asyncio.sleep(pause_seconds)
            while not content.endswith(b"\r\n.\r\n"):
                content += await reader.read(65536)
            self.seen += 1
            writer.write(b"250 2.0.0 taken\r\n")
            await reader.readline()

        return mood

    async def _up_to_data(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (line := await reader.readline()) and not line.upper().startswith(b"DATA"):
            writer.write(_HELLO if line[:4].upper() == b"EHLO" else b"250 2.0.0 ok\r\n")
        writer.write(b"354 go on\r\n")

    async def _up_to_the_dot(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._up_to_data(reader, writer)
        while await reader.readuntil(b"\r\n") != b".\r\n":
            pass
        self.seen += 1


class TroubledHouse(MailHouse):
    """A mail house whose two neighbours may misbehave."""

    inside: TroubleBox
    outside: TroubleBox

    def cpu_seconds(self) -> float:
        """What the daemon has used of a processor so far."""
        assert self.process is not None
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100

    def memory_bytes(self) -> int:
        """What the daemon holds in memory now."""
        assert self.process is not None
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("the daemon has ended")

    def queued(self) -> int:
        """How many messages wait."""
        return len(self.run("queue", "list", "--json").json["messages"])

    def set_clock(self, offset: str) -> None:
        """Set the clock, at once and whole."""
        fresh = self.folder / "clock.new"
        fresh.write_text(offset)
        fresh.rename(self.folder / "clock")


@contextlib.contextmanager
def troubled_house(
    folder: Path, slapd: SlapdServer, more: str = QUICK_RETRIES, storage: str = "sqlite:data", *, start: bool = True
) -> Iterator[TroubledHouse]:
    """A house that runs (unless told to wait) and trusts TRUSTED_CLIENT; what is left of it ends with the block."""
    with TroubleBox() as inside, TroubleBox() as outside:
        trusted = f'trusted_networks = ["{TRUSTED_CLIENT}/32"]\n'
        house = TroubledHouse(folder, slapd, inside, outside, trusted + more, storage)
        try:
            if start:
                house.start()
            yield house
        finally:
            if house.process is not None:
                house.process.kill()
                house.process.wait()
