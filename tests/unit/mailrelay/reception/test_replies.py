"""Replies on the wire."""

from __future__ import annotations

import pytest

from mailrelay.policy.refusals import Refusal
from mailrelay.reception import replies
from mailrelay.reception.replies import Reply, wire, worded

ALL = [value for value in vars(replies).values() if isinstance(value, Reply)]


@pytest.mark.parametrize("reply", ALL, ids=lambda reply: reply.text[:30])
def test_every_reply_is_one_ascii_line_whose_classes_agree(reply: Reply) -> None:
    line = wire(reply)
    assert line.isascii()
    assert line.endswith(b"\r\n")
    assert len(line) <= 512
    assert not reply.enhanced or reply.enhanced[0] == str(reply.code)[0]
    assert reply.enhanced or reply.code == 354


def test_a_refusal_of_the_policy_goes_on_the_wire_like_a_reply() -> None:
    assert wire(Refusal(550, "5.1.1", "No such mailbox")) == b"550 5.1.1 No such mailbox\r\n"


def test_a_text_can_not_break_its_line() -> None:
    assert wire(Reply(550, "5.7.1", "a\r\n250 ok: được")) == b"550 5.7.1 a??250 ok: ???c\r\n"
    assert len(wire(Reply(550, "5.7.1", "x" * 600))) == 512


@pytest.mark.parametrize(
    ("status", "reply"),
    [
        ("250 Supported commands: A", Reply(250, "2.0.0", "Supported commands: A")),
        ("501 Supported commands: A", Reply(501, "5.5.4", "Supported commands: A")),
        ("501 5.5.2 Can't decode base64", Reply(501, "5.5.2", "Can't decode base64")),
        ("334 VXNlcm5hbWU6", Reply(334, "", "VXNlcm5hbWU6")),
        ("nonsense", replies.INTERNAL),
    ],
)
def test_what_aiosmtpd_words_gets_an_enhanced_code(status: str, reply: Reply) -> None:
    assert worded(status) == reply
