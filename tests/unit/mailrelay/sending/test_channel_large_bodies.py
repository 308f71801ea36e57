"""Bodies that are read in slices: as fast as the peer takes them, and never ended when they are not whole."""

from __future__ import annotations

import hashlib

from mailrelay.sending.streaming import SLICE_BYTES
from tests.support.channel_stage import ALL, GO, OK, MemoryBody, Stage, transaction

LARGE = b"Subject: x\r\n\r\n" + b".dots\r\n" * 100_000


def test_the_whole_body_and_the_next_envelope_behind_it() -> None:
    stage = Stage().give(transaction("a@xa.test", body=MemoryBody(LARGE, inline=False), prefix=b"Received: x\r\n"))
    stage.give(transaction("b@xa.test"))
    written = stage.say(OK, OK, GO)
    expected = b"Received: x\r\n" + LARGE.replace(b"\r\n.", b"\r\n..") + b".\r\nMAIL FROM:<an@tinh.test>"
    assert written.startswith(expected)
    assert max(len(piece) for piece in stage.transport.written) <= SLICE_BYTES * 2
    stage.say(OK, OK, OK, GO)
    stage.say(OK)
    assert stage.kinds() == [["sent"], ["sent"]]


def test_a_large_body_in_memory_goes_in_slices_too() -> None:
    stage = Stage().give(transaction("a@xa.test", body=LARGE))
    assert stage.say(OK, OK, GO) == LARGE.replace(b"\r\n.", b"\r\n..") + b".\r\n"
    assert len(stage.transport.written) > 2


def test_what_the_spool_has_in_memory_is_not_read() -> None:
    body = MemoryBody(LARGE, inline=False)
    body.fault = OSError("read")
    body.pieces = {at: LARGE[at : at + 99_999] for at in range(0, len(LARGE), 99_999)}
    stage = Stage().give(transaction("a@xa.test", body=body))
    assert stage.say(OK, OK, GO) == LARGE.replace(b"\r\n.", b"\r\n..") + b".\r\n"


def test_the_stream_waits_for_a_slow_peer() -> None:
    stage = Stage().give(transaction("a@xa.test", body=MemoryBody(LARGE, inline=False)))
    stage.channel.pause_writing()
    stage.say(OK, OK, GO)
    assert stage.written == b""
    stage.channel.resume_writing()
    assert stage.written.endswith(b"\r\n.\r\n")


def test_one_slice_is_read_at_a_time() -> None:
    body = MemoryBody(LARGE, inline=False, by_hand=True)
    stage = Stage().give(transaction("a@xa.test", body=body))
    stage.say(OK, OK, GO)
    while body.waiting:
        assert len(body.waiting) == 1
        body.waiting.pop()()
    assert stage.written == LARGE.replace(b"\r\n.", b"\r\n..") + b".\r\n"


def test_a_peer_that_takes_nothing_for_three_minutes_is_left() -> None:
    stage = Stage().give(transaction("a@xa.test", body=MemoryBody(LARGE, inline=False)))
    stage.channel.pause_writing()
    stage.say(OK, OK, GO)
    stage.pass_seconds(181)
    assert stage.only()[0] == "temporary"
    assert stage.only().stage == "body"


def test_a_body_that_cannot_be_read_is_never_ended() -> None:
    body = MemoryBody(LARGE, inline=False, by_hand=True)
    stage = Stage().give(transaction("a@xa.test", body=body))
    stage.say(OK, OK, GO)
    body.waiting.pop()()
    body.fault = OSError("the disk is gone")
    body.waiting.pop()()
    assert stage.transport.aborted
    assert not stage.written.endswith(b"\r\n.\r\n")
    assert stage.only()[0] == "temporary"
    assert "the disk is gone" in stage.only().reply.text


def test_a_body_that_is_too_short_is_never_ended() -> None:
    body = MemoryBody(LARGE, inline=False)
    body.size += 5
    stage = Stage().give(transaction("a@xa.test", body=body))
    stage.say(OK, OK, GO)
    assert stage.transport.aborted
    assert stage.only()[0] == "temporary"


def test_a_refusal_in_the_middle_of_the_body_decides() -> None:
    stage = Stage().give(transaction("a@xa.test", body=MemoryBody(LARGE, inline=False)))
    stage.channel.pause_writing()
    stage.say(OK, OK, GO)
    stage.say(b"552 5.3.4 too much\r\n")
    assert stage.only()[0] == "permanent"
    assert stage.transport.aborted


def test_a_connection_lost_in_the_middle_of_the_body_is_temporary() -> None:
    body = MemoryBody(LARGE, inline=False, by_hand=True)
    stage = Stage().give(transaction("a@xa.test", body=body))
    stage.say(OK, OK, GO)
    stage.channel.connection_lost(None)
    body.waiting.pop()()
    assert stage.kinds() == [["temporary"]]


def test_a_body_without_a_last_line_end_gets_one() -> None:
    """BDAT may have brought it (RFC 3030 2); DATA cannot say it otherwise."""
    stage = Stage().give(transaction("a@xa.test", body=b"x\r\n\r\nend"))
    assert stage.say(OK, OK, GO) == b"x\r\n\r\nend\r\n.\r\n"


def test_a_header_beyond_ascii_in_a_large_body_is_found() -> None:
    body = MemoryBody("Subject: Công văn\r\n\r\n".encode() + b"x" * 700_000, inline=False)
    no_utf8 = ALL._replace(smtputf8=False)
    stage = Stage(no_utf8).give(transaction("a@xa.test", body=body, smtputf8=True))
    assert stage.only().reply.enhanced == "5.6.7"


def test_an_ascii_header_needs_no_smtputf8_whatever_the_keyword_said() -> None:
    body = MemoryBody(b"Subject: x\r\n\r\n" + "Công văn".encode() * 100_000, inline=False)
    no_utf8 = ALL._replace(smtputf8=False)
    stage = Stage(no_utf8).give(transaction("a@xa.test", body=body, smtputf8=True))
    assert b"MAIL FROM:<an@tinh.test>" in stage.written
    assert b"SMTPUTF8" not in stage.written


def test_digests_are_what_they_were() -> None:
    stage = Stage().give(transaction("a@xa.test", body=MemoryBody(b"a\r\n" * 200_000, inline=False)))
    sent = stage.say(OK, OK, GO).removesuffix(b".\r\n")
    assert hashlib.sha256(sent).digest() == hashlib.sha256(b"a\r\n" * 200_000).digest()
