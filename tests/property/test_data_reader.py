"""The data reader and the content check against a plain description of RFC 5321, however the bytes are cut."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from mailrelay.reception.content import ContentCheck
from mailrelay.reception.data import ChunkReader, DataReader
from mailrelay.reception.grammar import parse_chunk, parse_mail, parse_name, parse_rcpt
from mailrelay.reception.parameters import mail_parameters, rcpt_parameters
from mailrelay.reception.replies import Reply

PIECES = st.sampled_from(
    [b"\r\n", b"\r", b"\n", b".", b"..", b"a", b"\0", b"\xc3\xa0", b"\r\n.", b"\n.\r\n", b"\r\n.\r"]
)
STREAMS = st.lists(PIECES, max_size=30).map(b"".join)
CUTS = st.lists(st.integers(1, 12), min_size=1, max_size=12)


def chunks(stream: bytes, cuts: list[int]) -> list[bytes]:
    """The stream cut into chunks of these lengths, over and over."""
    pieces, at, turn = [], 0, 0
    while at < len(stream):
        length = cuts[turn % len(cuts)]
        pieces.append(stream[at : at + length])
        at, turn = at + length, turn + 1
    return pieces


def described(stream: bytes) -> tuple[bytes, bytes]:
    """Content and what follows its end, by splitting at CR LF: the slow way that nobody doubts."""
    content = []
    lines = stream.split(b"\r\n")
    for number, line in enumerate(lines):
        if line == b"." and number < len(lines) - 1:
            return b"".join(content), b"\r\n".join(lines[number + 1 :])
        content.append((line[1:] if line.startswith(b".") else line) + b"\r\n")
    raise AssertionError("the stream has no end")


@given(STREAMS, CUTS)
@example(b".\r", [1])
@example(b"\r\n.\r", [3, 1, 2])
def test_the_end_is_found_and_dots_are_unstuffed(stream: bytes, cuts: list[int]) -> None:
    whole = stream + b"\r\n.\r\nQUIT\r\n"
    reader, content, pieces = DataReader(), list[bytes](), chunks(whole, cuts)
    for number, piece in enumerate(pieces):
        end = reader.feed(piece, 0, content.append)
        if end >= 0:
            rest = piece[end:] + b"".join(pieces[number + 1 :])
            break
    else:
        raise AssertionError("no end found")
    assert (b"".join(content), rest) == described(whole)
    assert all(content)


@given(STREAMS, CUTS)
def test_content_without_fault_can_not_end_anybodys_data_early(stream: bytes, cuts: list[int]) -> None:
    content, _ = described(stream + b"\r\n.\r\n")
    check = ContentCheck(1 << 20, 998)
    for piece in chunks(content, cuts):
        check.look(piece)
    bare = re.search(rb"\r(?!\n)|(?<!\r)\n|\0", content)
    assert (check.end() is None) == (bare is None)
    assert check.fault is not None or check.eight_bit == (not content.isascii())


@given(st.lists(st.integers(0, 60), max_size=20), CUTS, st.integers(1, 40))
def test_lines_are_measured(lengths: list[int], cuts: list[int], limit: int) -> None:
    content = b"".join(b"x" * length + b"\r\n" for length in lengths)
    check = ContentCheck(1 << 20, limit)
    for piece in chunks(content, cuts):
        check.look(piece)
    assert (check.end() is None) == all(length <= limit for length in lengths)


@given(st.binary(max_size=60), st.integers(0, 40), CUTS)
def test_a_chunk_takes_what_it_announced_and_leaves_the_rest(stream: bytes, size: int, cuts: list[int]) -> None:
    reader, content, rest, ended = ChunkReader(size), list[bytes](), b"", size == 0
    for piece in chunks(stream, cuts):
        if ended:
            rest += piece
            continue
        end = reader.feed(piece, 0, content.append)
        if end >= 0:
            ended, rest = True, piece[end:]
    assert b"".join(content) + rest == stream
    assert len(b"".join(content)) == min(size, len(stream))


@given(st.binary(max_size=80))
@example(b"FROM:<a@b.test> ENVID=+FF")
@example(b'TO:<"\\"@b.test>')
@example(b"\x1c!")
def test_no_argument_makes_the_grammar_fail(argument: bytes) -> None:
    for text in (argument, b"FROM:<" + argument + b">", b"TO:<" + argument + b"@tinh.test>"):
        mail, rcpt = parse_mail(text), parse_rcpt(text)
        if not isinstance(mail, Reply):
            assert mail.sender.isprintable()
        if not isinstance(rcpt, Reply):
            assert rcpt.recipient.address.isprintable()
    found, recipient = mail_parameters(argument), rcpt_parameters(b"ORCPT=utf-8;" + argument)
    assert isinstance(found, Reply) or found.identifier.isprintable()
    assert isinstance(recipient, Reply) or recipient.original.isprintable()
    parse_chunk(argument)
    name = parse_name(argument)
    assert name is None or name.isprintable()
