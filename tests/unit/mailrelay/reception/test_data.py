"""Where data end: the matrix of end-of-data sequences, cut everywhere."""

from __future__ import annotations

import pytest

from mailrelay.reception.data import ChunkReader, DataReader

NOT_THE_END = [
    b"\n.\n",
    b"\n.\r\n",
    b"\n.\r",
    b"\r.\r",
    b"\r.\n",
    b"\r.\r\n",
    b"\r\n.\n",
    b"\r\n.\r",
    b"\r\n.\r\r\n",
    b"\r\r\n.\r\r\n",
    b"\r\n\0.\r\n",
    b"\r\n.\0\r\n",
]


def read(chunks: list[bytes]) -> tuple[bytes, int]:
    """The content, and the index behind the end within the last chunk that was needed (-1: no end)."""
    reader, content = DataReader(), []
    for chunk in chunks:
        end = reader.feed(chunk, 0, content.append)
        if end >= 0:
            return b"".join(content), end
    return b"".join(content), -1


@pytest.mark.parametrize("sequence", NOT_THE_END)
def test_only_five_bytes_end_the_data(sequence: bytes) -> None:
    stream = b"Mot." + sequence + b"Hai.\r\n.\r\nQUIT\r\n"
    end = stream.rindex(b"\r\n.\r\n") + 5
    for first in range(len(stream)):
        for second in range(first + 1, min(first + 8, len(stream))):
            pieces = [piece for piece in (stream[:first], stream[first:second], stream[second:]) if piece]
            content, reached = read(pieces)
            assert b"Hai.\r\n" in content
            if second <= end - 5:
                assert reached == len(pieces[-1]) - len(b"QUIT\r\n")


@pytest.mark.parametrize(
    ("stream", "content"),
    [
        (b".\r\n", b""),
        (b"\r\n.\r\n", b"\r\n"),
        (b"a\r\n.\r\n", b"a\r\n"),
        (b"..\r\n.\r\n", b".\r\n"),
        (b"...\r\n..a\r\n.\r\n", b"..\r\n.a\r\n"),
        (b"a\r\n..\r\n..\r\n.\r\n", b"a\r\n.\r\n.\r\n"),
        (b".a\r\n.b\r\n.\r\n", b"a\r\nb\r\n"),
        (b"\r\n\r\n..\r\n\r\n.\r\n", b"\r\n\r\n.\r\n\r\n"),
    ],
)
def test_dots_are_unstuffed_wherever_the_network_cuts(stream: bytes, content: bytes) -> None:
    assert read([stream + b"NOOP"]) == (content, len(stream))
    assert read([stream[at : at + 1] for at in range(len(stream))]) == (content, 1)
    for cut in range(1, len(stream)):
        assert read([stream[:cut], stream[cut:]])[0] == content


def test_reading_begins_anywhere_in_a_chunk() -> None:
    content: list[bytes] = []
    assert DataReader().feed(b"DATA\r\nab\r\n.\r\nX", 6, content.append) == 13
    assert content == [b"ab\r\n"]


def test_whole_chunks_are_not_copied() -> None:
    chunk = b"x" * 1000
    content: list[bytes] = []
    DataReader().feed(chunk, 0, content.append)
    assert content[0] is chunk


def test_a_chunk_has_as_many_bytes_as_it_said() -> None:
    content: list[bytes] = []
    reader = ChunkReader(5)
    assert reader.feed(b"ab", 0, content.append) == -1
    assert reader.feed(b"xxcdeNOOP", 2, content.append) == 5
    assert b"".join(content) == b"abcde"
    assert reader.left == 0
