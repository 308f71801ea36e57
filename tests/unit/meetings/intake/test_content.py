"""The bytes of a mail are what was sent, however they arrive."""

from __future__ import annotations

import asyncio
import tracemalloc

import pytest

from meetings.intake.content import read_content

LARGEST = 1000


async def arriving(sent: bytes, pieces: int, largest: int = LARGEST) -> tuple[bytes | None, bytes]:
    """(the mail, what is left) of bytes that come in pieces of this length."""
    reader = asyncio.StreamReader()

    async def feed() -> None:
        for start in range(0, len(sent), pieces):
            reader.feed_data(sent[start : start + pieces])
            await asyncio.sleep(0)
        reader.feed_eof()

    feeding = asyncio.create_task(feed())
    mail = await read_content(reader, largest)
    await feeding
    return mail, await reader.read()


@pytest.mark.parametrize("pieces", [1, 2, 3, 4, 5, 7, 1000])
@pytest.mark.parametrize(
    ("sent", "mail"),
    [
        (b".\r\n", b""),
        (b"\r\n.\r\n", b"\r\n"),
        (b"a\r\n.\r\n", b"a\r\n"),
        (b"..\r\n.\r\n", b".\r\n"),
        (b"a\r\n..b\r\n...\r\n.\r\n", b"a\r\n.b\r\n..\r\n"),
        (b"a\n.\nb\r.\r\n.\nc\r\n.\r\n", b"a\n.\nb\r.\r\n\nc\r\n"),
        (b"x" * LARGEST + b"\r\n.\r\n", None),
        (b"x\r\n" * (LARGEST * 5) + b".\r\n", None),
        (b"x" * (LARGEST - 2) + b"\r\n.\r\n", b"x" * (LARGEST - 2) + b"\r\n"),
    ],
)
def test_a_mail_ends_at_the_lone_dot_and_nowhere_else(sent: bytes, mail: bytes | None, pieces: int) -> None:
    assert asyncio.run(arriving(sent, pieces)) == (mail, b"")


def test_what_came_pipelined_is_read_later() -> None:
    async def main() -> tuple[bytes | None, bytes]:
        reader = asyncio.StreamReader()
        reader.feed_data(b"a\r\n.\r\nMAIL FROM:<>\r\nRCPT")
        return await read_content(reader, LARGEST), await reader.readuntil(b"\r\n")

    assert asyncio.run(main()) == (b"a\r\n", b"MAIL FROM:<>\r\n")


def test_a_connection_that_ends_too_early_brings_no_mail() -> None:
    with pytest.raises(ConnectionResetError):
        asyncio.run(arriving(b"a\r\n.\r", 1))


def test_a_mail_of_empty_lines_costs_a_few_times_its_size() -> None:
    sent = b"\r\n" * 1_000_000 + b".\r\n"
    tracemalloc.start()
    mail, _ = asyncio.run(arriving(sent, 65_536, len(sent)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert mail is not None
    assert len(mail) == 2_000_000
    assert peak < 5 * len(sent)
