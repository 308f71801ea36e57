"""The channel towards a peer that offers PIPELINING: what is written together, and that it stays in step."""

from __future__ import annotations

import pytest

from mailrelay.envelope import Recipient
from mailrelay.sending.features import Features
from tests.support.channel_stage import ALL, GO, OK, MemoryBody, Stage, transaction

ENVELOPE = b"MAIL FROM:<an@tinh.test> SIZE=24\r\nRCPT TO:<binh@xa.test>\r\nDATA\r\n"
BODY = b"Subject: x\r\n\r\nxin chao\r\n"
NO = b"550 5.1.1 unknown\r\n"


def test_an_envelope_is_one_write() -> None:
    assert Stage().give(transaction("binh@xa.test")).written == ENVELOPE


def test_the_next_envelope_follows_the_final_dot_in_the_same_write() -> None:
    stage = Stage().give(transaction("binh@xa.test"), transaction("binh@xa.test"), transaction("binh@xa.test"))
    assert stage.say(OK, OK, GO) == BODY + b".\r\n" + ENVELOPE
    assert len(stage.transport.written) == 1
    assert stage.say(OK, OK, OK, GO) == BODY + b".\r\n" + ENVELOPE
    assert stage.say(OK, OK, OK, GO) == BODY + b".\r\n"
    assert stage.resting == 0
    assert stage.say(b"250 2.0.0 queued as X\r\n") == b""
    assert stage.kinds() == [["sent"]] * 3
    assert stage.resting == 1
    assert stage.results[-1].recipients[0].reply.text == "queued as X"
    assert stage.results[-1].host == "peer[192.0.2.1]:25"
    assert stage.results[-1].takes_dsn


def test_replies_cut_anywhere_mean_the_same() -> None:
    stage = Stage().give(transaction("binh@xa.test"), transaction("cuc@xa.test"))
    for octet in OK + OK + GO + OK + b"250-2.1.0 long\r\n250 2.1.0 Ok\r\n" + OK + GO + OK:
        stage.say(bytes([octet]))
    assert stage.kinds() == [["sent"], ["sent"]]


def test_one_refused_recipient_leaves_the_others() -> None:
    stage = Stage().give(transaction("a@xa.test", "b@xa.test", "c@xa.test"))
    stage.say(OK, OK, NO, b"450 4.2.1 later\r\n", GO)
    stage.say(OK)
    assert stage.kinds() == [["sent", "permanent", "temporary"]]
    assert stage.results[0].recipients[1].reply[:3] == (550, "5.1.1", "unknown")
    assert stage.results[0].recipients[1].stage == "rcpt"


def test_all_refused_and_data_refused_needs_a_reset() -> None:
    stage = Stage().give(transaction("a@xa.test"), transaction("binh@xa.test"))
    assert stage.say(OK, NO, b"554 5.5.1 no valid recipients\r\n") == b"RSET\r\n" + ENVELOPE
    assert stage.kinds() == [["permanent"]]
    stage.say(OK, OK, OK, GO)
    stage.say(OK)
    assert stage.kinds() == [["permanent"], ["sent"]]


def test_all_refused_but_data_accepted_sends_the_lone_dot() -> None:
    stage = Stage().give(transaction("a@xa.test"), transaction("binh@xa.test"))
    assert stage.say(OK, NO, GO) == b".\r\n"
    assert stage.kinds() == [["permanent"]]
    assert stage.say(b"554 5.5.1 nobody\r\n") == ENVELOPE
    stage.say(OK, OK, GO)
    stage.say(OK)
    assert stage.kinds() == [["permanent"], ["sent"]]


def test_a_message_announced_ahead_may_be_refused_whole() -> None:
    stage = Stage().give(transaction("a@xa.test"), transaction("b@xa.test"), transaction("binh@xa.test"))
    stage.say(OK, OK, GO)
    refused = b"451 4.3.2 sender later\r\n"
    assert stage.say(OK, refused, b"503 5.5.1 MAIL first\r\n", b"503 5.5.1 MAIL first\r\n") == ENVELOPE
    assert stage.kinds() == [["sent"], ["temporary"]]
    assert stage.results[1].recipients[0].reply.text == "sender later"
    assert stage.results[1].recipients[0].stage == "mail"


def test_data_refused_decides_the_accepted_only() -> None:
    stage = Stage().give(transaction("a@xa.test", "b@xa.test"))
    stage.say(OK, NO, OK, b"451 4.3.0 disk\r\n")
    assert stage.kinds() == [["permanent", "temporary"]]
    assert [each.stage for each in stage.results[0].recipients] == ["rcpt", "data"]


def test_the_final_reply_decides() -> None:
    for reply, kind in ((b"250 ok\r\n", "sent"), (b"451 x\r\n", "temporary"), (b"554 5.7.1 x\r\n", "permanent")):
        stage = Stage().give(transaction("a@xa.test"))
        stage.say(OK, OK, GO)
        stage.say(reply)
        assert stage.only().kind == kind
        assert stage.only().stage == "dot"


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (b"552 5.2.2 mailbox full\r\n", "permanent"),
        (b"552 too many recipients\r\n", "temporary"),
        (b"552 5.5.3 too many recipients\r\n", "temporary"),
        (b"452 4.5.3 too many recipients\r\n", "temporary"),
        (b"503 5.5.1 out of sequence\r\n", "temporary"),
    ],
)
def test_replies_whose_code_is_not_the_whole_truth(reply: bytes, kind: str) -> None:
    stage = Stage().give(transaction("a@xa.test"))
    stage.say(OK, reply, b"554 nobody\r\n")
    assert stage.only().kind == kind


def test_a_cut_after_the_final_dot_is_unknown_and_the_one_ahead_is_given_back() -> None:
    stage = Stage().give(transaction("a@xa.test"), transaction("b@xa.test"), transaction("c@xa.test"))
    stage.say(OK, OK, GO)
    stage.say(OK, OK, OK, GO)
    stage.channel.connection_lost(None)
    assert stage.kinds() == [["sent"], ["unknown"]]
    assert [attempt.transaction.recipients[0].address for attempt in stage.back] == ["c@xa.test"]
    assert stage.ended == 1


def test_a_cut_before_the_final_dot_is_temporary() -> None:
    stage = Stage().give(transaction("a@xa.test"))
    stage.say(OK, OK)
    stage.channel.connection_lost(ConnectionResetError("reset"))
    assert stage.only().kind == "temporary"
    assert "reset" in stage.only().reply.text
    assert stage.only().reply.ours


def test_a_fresh_connection_that_breaks_at_once_gives_nothing_back() -> None:
    """Else a peer that always hangs up would be tried for ever."""
    stage = Stage().give(transaction("a@xa.test"))
    stage.channel.connection_lost(None)
    assert stage.only().kind == "temporary"
    assert not stage.back


def test_giving_back_ends() -> None:
    stage = Stage().give(transaction("a@xa.test"), transaction("b@xa.test"))
    stage.work[0].resubmits = 2
    stage.say(OK, OK, GO)
    stage.say(OK)
    stage.channel.connection_lost(None)
    assert stage.kinds() == [["sent"], ["temporary"]]


def test_421_decides_what_it_answers() -> None:
    stage = Stage().give(transaction("a@xa.test"), transaction("b@xa.test"))
    stage.say(OK, OK, GO)
    stage.say(b"421 4.3.2 closing\r\n")
    assert stage.kinds() == [["temporary"]]
    assert stage.only().reply.code == 421
    assert not stage.only().reply.ours
    assert len(stage.back) == 1
    assert stage.transport.aborted


def test_421_to_mail_on_a_used_connection_gives_the_message_back() -> None:
    stage = Stage().give(transaction("a@xa.test"))
    stage.say(OK, OK, GO)
    stage.say(OK)
    stage.give(transaction("b@xa.test"))
    stage.say(b"421 4.4.2 idle for too long\r\n")
    assert stage.kinds() == [["sent"]]
    assert len(stage.back) == 1


def test_421_while_resting_is_taken_quietly() -> None:
    stage = Stage().give()
    stage.say(b"421 4.4.2 idle for too long\r\n")
    assert (stage.results, stage.ended) == ([], 1)


@pytest.mark.parametrize("wrong", [b"hello\r\n", b"2500 x\r\n", b"99 x\r\n", b"250x\r\n", b"\r\n", b"\xff\xfe\r\n"])
def test_nonsense_ends_the_connection(wrong: bytes) -> None:
    stage = Stage().give(transaction("a@xa.test"))
    stage.say(wrong)
    assert stage.only().kind == "temporary"
    assert stage.transport.aborted


@pytest.mark.parametrize("piece", [b"2" * 5000, b"250-x\r\n" * 10000, b"250-" + b"x" * 4000 + b"\r\n"])
def test_replies_without_end_are_bounded(piece: bytes) -> None:
    stage = Stage().give(transaction("a@xa.test"))
    for _ in range(30):
        if not stage.transport.aborted:
            stage.channel.data_received(piece)
    assert stage.transport.aborted
    assert stage.only().kind == "temporary"


@pytest.mark.parametrize(
    "replies",
    [
        [GO],  # 354 to MAIL
        [OK, GO],  # 354 to RCPT
        [OK, OK, OK],  # 250 to DATA
        [NO, OK, GO],  # the sender refused, the recipient taken: not one octet of the message
    ],
)
def test_replies_out_of_step_end_the_connection_before_any_body(replies: list[bytes]) -> None:
    stage = Stage().give(transaction("a@xa.test"))
    assert stage.say(*replies) == b""
    assert stage.only().kind == "temporary"
    assert stage.transport.aborted


def test_354_to_the_final_dot_is_unknown() -> None:
    stage = Stage().give(transaction("a@xa.test"))
    stage.say(OK, OK, GO)
    stage.say(GO)
    assert stage.only().kind == "unknown"


def test_a_reply_that_nobody_waits_for_ends_the_connection() -> None:
    stage = Stage().give(transaction("a@xa.test"))
    stage.say(OK, OK, GO)
    stage.say(OK, OK)
    assert stage.kinds() == [["sent"]]
    assert stage.transport.aborted


def test_silence_is_measured_by_the_command() -> None:
    """RFC 5321 4.5.3.2: five minutes for MAIL, ten for the final dot."""
    stage = Stage().give(transaction("a@xa.test"))
    stage.pass_seconds(299)
    assert not stage.results
    stage.say(OK, OK, GO)
    stage.pass_seconds(599)
    assert not stage.results
    stage.pass_seconds(2)
    assert stage.only().kind == "unknown"
    assert "silent" in stage.only().reply.text


def test_half_a_reply_is_no_sign_of_life() -> None:
    stage = Stage().give(transaction("a@xa.test"))
    for octet in (b"2", b"5", b"0"):
        stage.pass_seconds(99)
        stage.say(octet)
    stage.pass_seconds(10)
    assert stage.only().kind == "temporary"
    assert stage.only().stage == "mail"


def test_an_idle_connection_says_quit() -> None:
    stage = Stage().give()
    stage.pass_seconds(6)
    assert stage.written == b"QUIT\r\n"
    stage.say(b"221 2.0.0 bye\r\n")
    assert stage.ended == 1


def test_a_peer_that_does_not_answer_quit_is_left() -> None:
    stage = Stage().give()
    stage.pass_seconds(11)
    assert stage.ended == 1


def test_work_after_a_rest() -> None:
    stage = Stage().give()
    stage.pass_seconds(3)
    stage.give(transaction("a@xa.test"))
    stage.pass_seconds(100)
    stage.say(OK, OK, GO)
    stage.say(OK)
    assert stage.kinds() == [["sent"]]


def test_so_many_messages_and_no_more() -> None:
    stage = Stage(messages=2).give(*(transaction("binh@xa.test") for _ in range(3)))
    stage.say(OK, OK, GO)
    assert stage.say(OK, OK, OK, GO) == BODY + b".\r\n"
    assert stage.say(OK) == b"QUIT\r\n"
    assert len(stage.work) == 1


def test_quit_waits_for_what_is_under_way() -> None:
    stage = Stage().give(transaction("a@xa.test"))
    stage.channel.quit()
    stage.say(OK, OK, GO)
    assert stage.say(OK) == b"QUIT\r\n"
    assert stage.kinds() == [["sent"]]


def test_what_the_peer_cannot_take_is_refused_without_asking() -> None:
    small = ALL._replace(size_limit=10)
    stage = Stage(small).give(transaction("a@xa.test"))
    assert stage.only().reply[:2] == (552, "5.3.4")
    assert stage.written == b""
    assert stage.resting == 1


def test_a_recipient_beyond_ascii_falls_alone() -> None:
    stage = Stage(Features(pipelining=True, eight_bit=True)).give(transaction("ơn@xa.test", "binh@xa.test"))
    assert stage.written == b"MAIL FROM:<an@tinh.test>\r\nRCPT TO:<binh@xa.test>\r\nDATA\r\n"
    stage.say(OK, OK, GO)
    stage.say(OK)
    assert stage.kinds() == [["permanent", "sent"]]
    assert stage.results[0].recipients[0].reply.enhanced == "5.6.7"


def test_dsn_parameters_go_to_those_who_understand_them() -> None:
    asked = transaction(
        Recipient("a@xa.test", ("SUCCESS", "FAILURE"), "rfc822;A+B@xa.test"), returned="HDRS", identifier="q=1"
    )
    written = Stage(Features(pipelining=True, dsn=True)).give(asked).written
    assert b"MAIL FROM:<an@tinh.test> RET=HDRS ENVID=q+3D1\r\n" in written
    assert b"RCPT TO:<a@xa.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;A+2BB@xa.test\r\n" in written
    plain = Stage(Features(pipelining=True)).give(asked)
    assert b"NOTIFY" not in plain.written
    plain.say(OK, OK, GO)
    plain.say(OK)
    assert not plain.results[0].takes_dsn


def test_a_listener_that_raises_does_not_reach_the_peer() -> None:
    """The lane guards `done`; the channel only tells its owner."""
    stage = Stage().give(transaction("a@xa.test", body=MemoryBody(b".\r\n..\r\n")))
    assert stage.say(OK, OK, GO) == b"..\r\n...\r\n.\r\n"
