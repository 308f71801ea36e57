"""The channel towards a peer without PIPELINING: one command at a time, and nothing said in vain."""

from __future__ import annotations

from mailrelay.sending.features import NOTHING
from tests.support.channel_stage import GO, OK, SINGLE, MemoryBody, Stage, transaction

NO = b"550 5.1.1 unknown\r\n"


def test_one_command_after_the_other() -> None:
    stage = Stage(SINGLE).give(transaction("a@xa.test", "b@xa.test"), transaction("c@xa.test"))
    assert stage.written == b"MAIL FROM:<an@tinh.test> SIZE=24\r\n"
    assert stage.say(OK) == b"RCPT TO:<a@xa.test>\r\n"
    assert stage.say(OK) == b"RCPT TO:<b@xa.test>\r\n"
    assert stage.say(NO) == b"DATA\r\n"
    assert stage.say(GO).endswith(b"xin chao\r\n.\r\n")
    assert stage.say(OK) == b"MAIL FROM:<an@tinh.test> SIZE=24\r\n"
    assert stage.kinds() == [["sent", "permanent"]]


def test_a_refused_sender_ends_it_at_once() -> None:
    stage = Stage(SINGLE).give(transaction("a@xa.test"), transaction("c@xa.test"))
    assert stage.say(b"550 5.7.1 not you\r\n") == b"MAIL FROM:<an@tinh.test> SIZE=24\r\n"
    assert stage.kinds() == [["permanent"]]


def test_data_for_nobody_is_not_asked_and_the_transaction_reset() -> None:
    stage = Stage(SINGLE).give(transaction("a@xa.test"), transaction("c@xa.test"))
    stage.say(OK)
    assert stage.say(NO) == b"RSET\r\n"
    assert stage.kinds() == [["permanent"]]
    assert stage.say(OK) == b"MAIL FROM:<an@tinh.test> SIZE=24\r\n"


def test_a_refused_reset_ends_the_connection() -> None:
    stage = Stage(SINGLE).give(transaction("a@xa.test"), transaction("c@xa.test"))
    stage.say(OK)
    stage.say(NO)
    stage.say(b"500 what?\r\n")
    assert stage.transport.aborted
    assert len(stage.back) == 1


def test_a_cut_in_the_middle_is_temporary() -> None:
    stage = Stage(SINGLE).give(transaction("a@xa.test"))
    stage.say(OK)
    stage.channel.connection_lost(None)
    assert stage.only()[0] == "temporary"
    assert stage.only().stage == "rcpt"


def test_a_host_that_knows_only_helo_takes_ascii() -> None:
    stage = Stage(NOTHING).give(transaction("a@xa.test", eight_bit=True))
    assert stage.written == b"MAIL FROM:<an@tinh.test>\r\n"


def test_a_host_that_knows_only_helo_takes_no_8_bit_octets() -> None:
    stage = Stage(NOTHING).give(transaction("a@xa.test", body="Kính gửi\r\n".encode()))
    assert stage.only().reply[:2] == (554, "5.6.3")


def test_a_large_body_is_read_before_it_is_judged() -> None:
    ascii_body = MemoryBody(b"x" * 700_000 + b"\r\n", inline=False, by_hand=True)
    stage = Stage(NOTHING).give(transaction("a@xa.test", body=ascii_body))
    assert stage.written == b""
    for _ in range(3):
        ascii_body.waiting.pop(0)()
    assert stage.written == b"MAIL FROM:<an@tinh.test>\r\n"


def test_a_large_8_bit_body_is_refused_and_the_next_goes_on() -> None:
    body = MemoryBody(b"x" * 300_000 + b"\xe1\r\n", inline=False)
    stage = Stage(NOTHING).give(transaction("a@xa.test", body=body), transaction("b@xa.test"))
    assert stage.kinds() == [["permanent"]]
    assert stage.written == b"MAIL FROM:<an@tinh.test>\r\n"


def test_a_connection_lost_while_a_body_is_examined_tells_it_once() -> None:
    body = MemoryBody(b"x" * 300_000, inline=False, by_hand=True)
    stage = Stage(NOTHING).give(transaction("a@xa.test", body=body))
    stage.channel.connection_lost(None)
    body.waiting.pop(0)()
    body.waiting.pop(0)()
    assert stage.kinds() == [["temporary"]]


def test_an_unreadable_body_is_temporary() -> None:
    body = MemoryBody(b"x" * 300_000, inline=False)
    body.fault = OSError("disk")
    stage = Stage(NOTHING).give(transaction("a@xa.test", body=body))
    assert stage.only()[0] == "temporary"
    assert not stage.transport.aborted
