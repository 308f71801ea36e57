"""What is handed to the ledger, in which order, and what happens when a step fails."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from foundation.language import Text
from foundation.storage import TemporaryFailure
from foundation.storage.failures import disk_full
from mailrelay.queue_ids import new_number, spell
from mailrelay.reception import replies
from mailrelay.reception.trouble import reply_to
from mailrelay.settings import NextHop
from mailrelay.store.values import RepeatedIdentifier
from tests.support.reception_stage import Stage, stage

TEXT = Text("thử", "trial")
CONTENT = b"From: an@bo.test\r\nSubject: Xin chao\r\nMessage-ID: <1@bo.test>\r\n\r\nChao.\r\n"


def test_the_whole_message_reaches_the_ledger_and_then_the_dispatcher(played: Stage) -> None:
    with played.connect() as client:
        client.envelope()
        answer = client.hand_over(CONTENT)
    message = played.rooms.ledger.messages[0]
    assert answer == f"250 2.0.0 Ok: queued as {spell(message.number)}"
    assert message.body.inline == CONTENT
    assert message.headers.message_id == "<1@bo.test>"
    assert message.received.startswith(b"Received: from may.bo.test ([127.0.0.1])")
    assert spell(message.number).encode() in message.received
    assert [each.mailbox for each in message.deliveries] == ["ubinh"]
    assert message.client.listener == "relay"
    assert message.origin == "client"
    assert not message.envelope.eight_bit
    assert played.rooms.offered == [message]
    counters = played.reception.counters
    assert (counters.accepted_messages, counters.accepted_bytes) == (1, len(CONTENT))


def test_what_is_promised_before_the_commit_is_withdrawn_when_nothing_is_stored(played: Stage) -> None:
    rooms = played.rooms
    with played.connect() as client:
        client.envelope()
        assert client.hand_over(CONTENT).startswith("250")
        assert (rooms.promised, rooms.withdrawn) == (rooms.offered, [])
        for answer in (disk_full("test"), TemporaryFailure(TEXT, may_be_stored=True), RepeatedIdentifier(TEXT)):
            rooms.ledger.error = answer
            client.envelope(hello=False)
            assert not client.hand_over(CONTENT).startswith("250")
        rooms.ledger.error, rooms.ledger.repeats = None, 7
        client.envelope(hello=False)
        assert client.hand_over(CONTENT).startswith("250")
    numbers = [message.number for message in rooms.promised[1:]]
    assert rooms.withdrawn == list(zip(numbers, (False, True, False, False), strict=True))
    assert len(rooms.offered) == 1


def test_an_authenticated_client_under_tls_is_known_to_the_ledger(played: Stage) -> None:
    with played.connect("submission") as client:
        client.login(played.client_context())
        client.envelope(sender="an@tinh.test", recipient="khach@bo.test", hello=False)
        assert client.hand_over(CONTENT).startswith("250")
    client_facts = played.rooms.ledger.messages[0].client
    assert (client_facts.account, client_facts.login) == ("uan", "an@tinh.test")
    assert client_facts.tls == "TLSv1.3 TLS_AES_256_GCM_SHA384"
    assert b"with ESMTPSA" in played.rooms.ledger.messages[0].received


def test_bytes_above_127_are_marked_with_and_without_the_keyword(played: Stage) -> None:
    with played.connect() as client:
        client.envelope()
        assert client.hand_over("Subject: Kính gửi\r\n\r\n".encode()).startswith("250")
        client.ask("MAIL FROM:<an@bo.test> BODY=8BITMIME", "250")
        client.ask("RCPT TO:<binh@tinh.test>", "250")
        assert client.hand_over(CONTENT).startswith("250")
    assert [message.envelope.eight_bit for message in played.rooms.ledger.messages] == [True, False]


def test_the_policy_sees_the_headers_before_anything_is_stored(played: Stage) -> None:
    with played.connect() as client:
        client.envelope()
        assert client.hand_over(b"From: chutich@tinh.test\r\n\r\n").startswith("550 5.7.1")
        client.ask("RCPT TO:<binh@tinh.test>", "503")
    assert played.rooms.bodies.writers[0].abandoned
    assert not played.rooms.ledger.messages
    assert played.reception.counters.refused == {550: 1, 503: 1}


def test_pipelined_commands_wait_for_the_commit_and_keep_their_order(played: Stage) -> None:
    rooms = played.rooms
    rooms.ledger.hold = True
    with played.connect() as client:
        client.envelope()
        client.ask("DATA", "354")
        client.send(CONTENT + b".\r\nNOOP\r\nRSET\r\nMAIL FROM:<chi@bo.test>\r\nDATA\r\n")
        played.await_true(lambda: bool(rooms.ledger.waiting), "the commit is on its way")
        client.send(b"")
        played.do(rooms.ledger.release)
        for begin in ("250 2.0.0 Ok: queued", "250 2.0.0 Ok", "250 2.0.0 Ok", "250 2.1.0", "503 5.5.1"):
            client.expect(begin)


def test_a_ledger_that_answers_within_the_call_is_no_trouble(played: Stage) -> None:
    played.rooms.ledger.at_once = True
    with played.connect() as client:
        client.envelope()
        client.ask("DATA", "354")
        client.send(CONTENT + b".\r\nMAIL FROM:<chi@bo.test>\r\nRCPT TO:<binh@tinh.test>\r\nDATA\r\n")
        for begin in ("250 2.0.0 Ok: queued", "250 2.1.0", "250 2.1.5", "354"):
            client.expect(begin)


def test_a_repeated_submission_is_acknowledged_with_the_first_queue_id_and_not_delivered_again(played: Stage) -> None:
    earlier = played.rooms.ledger.repeats = new_number()
    with played.connect() as client:
        client.envelope()
        assert client.hand_over(CONTENT) == f"250 2.0.0 Ok: queued as {spell(earlier)}"
    assert not played.rooms.offered
    assert played.reception.counters.repeated_messages == 1


def test_a_dispatcher_that_fails_costs_no_message(played: Stage) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError

    played.do(lambda: setattr(played.desk, "offer", fail))
    with played.connect() as client:
        client.envelope()
        assert client.hand_over(CONTENT).startswith("250")


def test_recipients_that_resolve_to_nobody_are_our_trouble(played: Stage) -> None:
    played.rooms.resolve_to_nobody = True
    with played.connect() as client:
        client.envelope()
        assert client.hand_over(CONTENT).startswith("451 4.3.0")
    assert played.rooms.bodies.writers[0].abandoned


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "452 4.3.1"),
        (OSError(errno.EDQUOT, "Quota"), "452 4.3.1"),
        (TemporaryFailure(disk_full("spool").message), "452 4.3.1"),
        (OSError(errno.EIO, "Input/output error"), "451 4.3.0"),
    ],
)
@pytest.mark.parametrize("step", ["write_error", "finish_error"])
def test_a_disk_that_fails_is_temporary(
    open_stage: Callable[..., Stage], step: str, error: Exception, code: str
) -> None:
    played = open_stage()
    setattr(played.rooms.bodies, step, error)
    with played.connect() as client:
        client.envelope()
        assert client.hand_over(CONTENT).startswith(code)
        setattr(played.rooms.bodies, step, None)
        client.envelope(hello=False)
        assert client.hand_over(CONTENT).startswith("250")
    assert len(played.rooms.ledger.messages) == 1
    assert played.desk.memory_bytes == 0


def test_no_room_is_said_at_mail(played: Stage) -> None:
    played.rooms.bodies.room = False
    with played.connect() as client:
        client.ask("EHLO may.bo.test", "250-")
        client.ask("MAIL FROM:<an@bo.test>", "452 4.3.1")
        played.rooms.bodies.room = True
        client.ask("MAIL FROM:<an@bo.test>", "250")


def test_a_header_section_without_end_is_refused(played: Stage) -> None:
    with played.connect() as client:
        client.envelope()
        assert client.hand_over(b"X-Dong: " + b"x" * 60 + b"\r\n").startswith("250")
        client.envelope(hello=False)
        assert client.hand_over((b"X-Dong: " + b"x" * 60 + b"\r\n") * 1000 + b"\r\n") == (
            "550 5.6.0 The header section is too long"
        )


def test_a_head_that_comes_in_many_pieces(played: Stage) -> None:
    with played.connect() as client:
        client.envelope()
        client.ask("DATA", "354")
        for number in range(len(CONTENT)):
            client.send(CONTENT[number : number + 1])
        client.send(b".\r\n")
        client.expect("250")
    assert played.rooms.policy.seen_headers[0].subject == "Xin chao"
    assert played.rooms.ledger.messages[0].body.inline == CONTENT


def test_a_message_id_used_twice_is_the_clients_doing() -> None:
    from foundation.language import Text

    assert reply_to(RepeatedIdentifier(Text("trùng", "repeated")), "commit") == replies.REPEATED_IDENTIFIER


def test_a_full_disk_is_found_among_the_causes() -> None:
    class FullError(Exception):
        """Named like apsw's."""

    error = TemporaryFailure(disk_full("x").message)
    error.__cause__ = FullError()
    assert reply_to(error, "commit") == replies.NO_ROOM
    assert reply_to(ValueError(), "commit") == replies.INTERNAL


RESULTS = (
    b"Authentication-Results: relay.tinh.test;\r\n\tauth=pass smtp.auth=an@tinh.test smtp.mailfrom=an@tinh.test\r\n"
)


def test_who_logged_in_stands_above_our_received(played: Stage) -> None:
    with played.connect("submission") as client:
        client.login(played.client_context())
        client.envelope(sender="an@tinh.test", recipient="hop@tinh.test", hello=False)
        assert client.hand_over(CONTENT).startswith("250")
    message = played.rooms.ledger.messages[0]
    assert message.received.startswith(RESULTS + b"Received: from ")
    assert message.body.inline == CONTENT


def test_a_stranger_cannot_say_who_logged_in(played: Stage) -> None:
    with played.connect() as client:
        client.envelope()
        assert client.hand_over(RESULTS + CONTENT).startswith("250")
    message = played.rooms.ledger.messages[0]
    assert message.received.startswith(b"Received: ")
    assert message.body.inline == RESULTS + CONTENT


def test_a_login_is_known_again_when_the_filter_returns_the_message(tmp_path: Path) -> None:
    found = b"Authentication-Results: relay.tinh.test; spf=none smtp.mailfrom=tinh.test\r\n"
    with stage(tmp_path, filter=NextHop("smtp", "127.0.0.1", 10025)) as played:
        with played.connect("submission") as client:
            client.login(played.client_context())
            client.envelope(sender="an@tinh.test", recipient="hop@tinh.test", hello=False)
            assert client.hand_over(CONTENT).startswith("250")
        first = played.rooms.ledger.messages[0]
        own = first.received.removeprefix(RESULTS)
        with played.connect("reinjection") as client:
            client.envelope(sender="an@tinh.test", recipient="hop@tinh.test")
            assert client.hand_over(found + own + CONTENT).startswith("250")
            client.envelope(sender="an@tinh.test", recipient="hop@tinh.test", hello=False)
            assert client.hand_over(own.replace(spell(first.number).encode(), b"0D5FY3XKQ7ZAB") + CONTENT).startswith(
                "250"
            )
        _, returned, unknown = played.rooms.ledger.messages
    assert returned.received.startswith(RESULTS + found + b"Received: from ")
    assert unknown.received.startswith(b"Received: from ")
