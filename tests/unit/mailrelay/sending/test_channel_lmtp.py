"""LMTP (RFC 2033): one reply per accepted recipient after the final dot, in their order."""

from __future__ import annotations

from mailrelay.sending.features import Features
from tests.support.channel_stage import GO, OK, Stage, transaction

DOVECOT = Features(pipelining=True, eight_bit=True, starttls=True)
"""Dovecot 2.3: no SIZE, no SMTPUTF8."""
FULL = b"552 5.2.2 Mailbox full\r\n"


def test_every_recipient_has_its_own_end() -> None:
    stage = Stage(DOVECOT, lmtp=True).give(transaction("a", "b", "c", "d"))
    assert stage.written.startswith(b"MAIL FROM:<an@tinh.test>\r\nRCPT TO:<a>\r\n")
    stage.say(OK, OK, b"550 5.1.1 unknown\r\n", OK, OK, GO)
    stage.say(OK, FULL)
    assert not stage.results
    stage.say(b"451 4.2.0 later\r\n")
    assert stage.kinds() == [["sent", "permanent", "permanent", "temporary"]]
    assert stage.results[0].recipients[2].stage == "dot"
    assert not stage.results[0].takes_dsn


def test_the_next_is_announced_behind_the_dot_here_too() -> None:
    stage = Stage(DOVECOT, lmtp=True).give(transaction("a", "b"), transaction("c"))
    assert stage.say(OK, OK, OK, GO).endswith(b"\r\n.\r\nMAIL FROM:<an@tinh.test>\r\nRCPT TO:<c>\r\nDATA\r\n")
    stage.say(OK, FULL, OK, OK, GO)
    stage.say(OK)
    assert stage.kinds() == [["sent", "permanent"], ["sent"]]


def test_a_cut_between_the_replies_leaves_the_rest_unknown() -> None:
    stage = Stage(DOVECOT, lmtp=True).give(transaction("a", "b"))
    stage.say(OK, OK, OK, GO)
    stage.say(OK)
    stage.channel.connection_lost(None)
    assert stage.kinds() == [["sent", "unknown"]]


def test_421_between_the_replies_decides_one() -> None:
    stage = Stage(DOVECOT, lmtp=True).give(transaction("a", "b", "c"))
    stage.say(OK, OK, OK, OK, GO)
    stage.say(OK, b"421 4.3.2 closing\r\n")
    assert stage.kinds() == [["sent", "temporary", "unknown"]]


def test_our_own_mailbox_needs_no_smtputf8() -> None:
    """Dovecot answers 555 to the keyword and 501 to an address beyond ASCII; mail that we accepted must arrive."""
    body = "Subject: Công văn\r\n\r\nKính gửi\r\n".encode()
    given = transaction("a", sender="đơn@tỉnh.test", body=body, smtputf8=True, eight_bit=True, on_local_mailbox=True)
    stage = Stage(DOVECOT, lmtp=True).give(given)
    assert stage.written == b"MAIL FROM:<> BODY=8BITMIME\r\nRCPT TO:<a>\r\nDATA\r\n"
    assert stage.say(OK, OK, GO) == body + b".\r\n"


def test_dsn_parameters_are_not_for_a_final_host() -> None:
    stage = Stage(DOVECOT._replace(dsn=True), lmtp=True).give(transaction("a", returned="FULL", identifier="x"))
    assert b"RET" not in stage.written
