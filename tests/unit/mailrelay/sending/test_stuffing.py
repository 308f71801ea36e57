"""Transparency: whatever is sent comes out as it was, and no line of it is a lone dot."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mailrelay.sending.stuffing import FINAL_DOT, Stuffer, whole

PIECES = st.lists(st.sampled_from([b".", b"\r\n", b"\r", b"\n", b"a", b"..", b"\r\n.", b""]), max_size=12)


def unstuffed(wire: bytes) -> bytes:
    """What a server keeps (RFC 5321 4.5.2), line by line."""
    assert wire.endswith(b"\r\n.\r\n") or wire == FINAL_DOT
    lines = wire[: -len(FINAL_DOT)].split(b"\r\n")
    return b"\r\n".join(line[1:] if line.startswith(b".") else line for line in lines)


@given(PIECES)
def test_pieces_come_out_as_they_were(pieces: list[bytes]) -> None:
    stuffer = Stuffer()
    wire = b"".join(stuffer.stuff(piece) for piece in pieces) + stuffer.ending()
    message = b"".join(pieces)
    expected = message if message.endswith(b"\r\n") or not message else message + b"\r\n"
    assert unstuffed(wire) == expected
    assert b"\r\n.\r\n" not in wire[:-3]


@given(PIECES)
def test_a_whole_message_is_as_its_pieces(pieces: list[bytes]) -> None:
    stuffer = Stuffer()
    body = b"".join(pieces)
    assert b"".join(whole(b"", body)) == stuffer.stuff(body) + stuffer.ending()
    prefixed = Stuffer()
    expected = prefixed.stuff(b"Received: x\r\n") + prefixed.stuff(body) + prefixed.ending()
    assert b"".join(whole(b"Received: x\r\n", body)) == expected
