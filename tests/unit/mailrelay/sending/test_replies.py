"""Replies out of a byte stream: whole, bounded, and what they mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailrelay.sending.replies import MalformedReply, ReplyReader, parse_reply
from mailrelay.sending.transactions import Reply


@pytest.mark.parametrize(
    ("data", "replies"),
    [
        (b"250 ok\r\n", [b"250 ok"]),
        (b"250\r\n", [b"250"]),
        (b"250 ok\n354 go\n", [b"250 ok", b"354 go"]),
        (b"250-a\r\n250-b\r\n250 c\r\n", [b"250 a\nb\nc"]),
        (b"250-a\r\n250\r\n", [b"250 a\n"]),
        (b"550-5.1.1 no\r\n551 5.1.1 such\r\n", [b"551 5.1.1 no\n5.1.1 such"]),
    ],
)
def test_whole_replies(data: bytes, replies: list[bytes]) -> None:
    reader = ReplyReader()
    assert reader.feed(data) == replies
    assert not reader.pending


@given(st.lists(st.integers(1, 40), max_size=10))
def test_cuts_do_not_matter(cuts: list[int]) -> None:
    data = b"250-mail.test\r\n250-SIZE 1000\r\n250 8BITMIME\r\n250 2.1.0 Ok\r\n550 5.1.1 <a@b.test>: no\r\n"
    reader, found = ReplyReader(), []
    for cut in cuts:
        found += reader.feed(data[:cut])
        data = data[cut:]
    found += reader.feed(data)
    assert found == [b"250 mail.test\nSIZE 1000\n8BITMIME", b"250 2.1.0 Ok", b"550 5.1.1 <a@b.test>: no"]


@given(st.binary(max_size=300))
def test_any_octets_are_replies_or_malformed(data: bytes) -> None:
    try:
        for raw in ReplyReader().feed(data):
            reply = parse_reply(raw)
            assert reply.text.isprintable()
            assert 200 <= reply.code <= 599
    except MalformedReply:
        pass


@pytest.mark.parametrize(
    ("raw", "reply"),
    [
        (b"250 2.0.0 Ok: queued", Reply(250, "2.0.0", "Ok: queued")),
        (b"250 Ok", Reply(250, "2.0.0", "Ok")),
        (b"250", Reply(250, "2.0.0", "")),
        (b"550 no such person", Reply(550, "5.0.0", "no such person")),
        (b"450 5.1.1 class of another code", Reply(450, "4.0.0", "5.1.1 class of another code")),
        (b"550 5.1.1 one\n5.1.1 two", Reply(550, "5.1.1", "one two")),
        (b"550 5.1.1", Reply(550, "5.1.1", "")),
        ("550 5.1.1 không có".encode(), Reply(550, "5.1.1", "không có")),
        (b"550 5.1.1 \x1b[31mred\x00\xff", Reply(550, "5.1.1", "?[31mred?\ufffd")),
    ],
)
def test_what_a_reply_says(raw: bytes, reply: Reply) -> None:
    assert parse_reply(raw) == reply


def test_a_long_text_is_cut() -> None:
    assert len(parse_reply(b"550 " + b"x" * 4000).text) == 1000


def test_a_reply_as_text() -> None:
    assert str(Reply(550, "5.1.1", "no")) == "550 5.1.1 no"
