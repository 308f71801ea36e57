"""Twenty things that aiosmtpd 1.4.6 does and a relay must not: each with the test of its cure."""

from __future__ import annotations

import asyncio
import inspect
import threading
from base64 import b64encode
from collections.abc import Callable

import pytest
from aiosmtpd.smtp import SMTP

from foundation.storage import TemporaryFailure
from foundation.storage.failures import disk_full
from mailrelay.reception.connection import Connection
from mailrelay.reception.session import Session
from tests.support.reception_stage import Stage

CONTENT = b"From: an@bo.test\r\nSubject: Xin chao\r\n\r\nChao.\r\n"


def test_cure_01_an_exception_of_ours_is_temporary_and_resets_the_transaction(played: Stage) -> None:
    with played.connect() as client:
        for step in ("message", "rcpt", "mail"):
            played.rooms.policy.fail_at = step
            client.ask("EHLO may.bo.test", "250-")
            client.say("MAIL FROM:<an@bo.test>")
            if step == "mail":
                client.expect("451 4.3.0")
            else:
                client.expect("250")
                client.say("RCPT TO:<binh@tinh.test>")
                if step == "rcpt":
                    client.expect("451 4.3.0")
                else:
                    client.expect("250")
                    assert client.hand_over(CONTENT).startswith("451 4.3.0")
            played.rooms.policy.fail_at = ""
            client.envelope(hello=False)
            client.ask("RSET", "250")
    assert not played.rooms.ledger.messages
    assert all(writer.abandoned for writer in played.rooms.bodies.writers)


@pytest.mark.parametrize(
    ("error", "reply"),
    [
        (OSError(28, "No space left on device"), "452 4.3.1"),
        (TemporaryFailure(disk_full("x").message), "451 4.3.0"),
        (ValueError("a secret detail"), "451 4.3.0"),
    ],
)
def test_cure_01_no_failure_of_the_ledger_bounces_mail_or_tells_its_reason(
    played: Stage, error: Exception, reply: str
) -> None:
    played.rooms.ledger.error = error
    with played.connect() as client:
        client.envelope()
        answer = client.hand_over(CONTENT)
        assert answer.startswith(reply)
        assert "secret" not in answer
        assert "OSError" not in answer
        played.rooms.ledger.error = None
        client.envelope(hello=False)
        assert client.hand_over(CONTENT).startswith("250")


def test_cure_02_a_client_gone_in_mid_commit_loses_nothing_and_is_recorded(played: Stage) -> None:
    rooms = played.rooms
    rooms.ledger.hold = True
    client = played.connect()
    client.envelope()
    client.ask("DATA", "354")
    client.send(CONTENT + b".\r\n")
    played.await_true(lambda: bool(rooms.ledger.waiting), "the commit is on its way")
    client.reset()
    played.await_true(lambda: not played.desk.sessions, "the session has ended")
    played.do(rooms.ledger.release)
    number = rooms.ledger.messages[0].number
    assert rooms.offered == rooms.ledger.messages
    assert rooms.unacknowledged == [number]
    assert played.reception.counters.unacknowledged_messages == 1
    assert played.desk.commits == 0


def test_cure_02_a_client_that_half_closes_in_mid_commit_gets_its_250(played: Stage) -> None:
    rooms = played.rooms
    rooms.ledger.hold = True
    with played.connect() as client:
        client.envelope()
        client.ask("DATA", "354")
        client.send(CONTENT + b".\r\nNOOP\r\n")
        client.half_close()
        played.await_true(lambda: bool(rooms.ledger.waiting), "the commit is on its way")
        played.do(rooms.ledger.release)
        client.expect("250 2.0.0 Ok: queued as ")
        client.expect("250 2.0.0 Ok")
        client.expect_end()
    assert rooms.unacknowledged == []


def test_cure_03_parameters_are_kept_per_recipient_and_in_their_case(played: Stage) -> None:
    with played.connect() as client:
        client.ask("EHLO may.bo.test", "250-")
        client.ask("MAIL FROM:<an@bo.test> RET=FULL ENVID=Ab+2BcD", "250")
        client.ask("RCPT TO:<Binh@tinh.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;Binh@Tinh.Test", "250")
        client.ask("RCPT TO:<chi@tinh.test> NOTIFY=NEVER", "250")
        client.ask("RCPT TO:<dung@tinh.test>", "250")
        assert client.hand_over(CONTENT).startswith("250")
    envelope = played.rooms.ledger.messages[0].envelope
    assert (envelope.returned, envelope.identifier) == ("FULL", "Ab+cD")
    assert [(each.address, each.notify, each.original) for each in envelope.recipients] == [
        ("Binh@tinh.test", ("SUCCESS", "FAILURE"), "rfc822;Binh@Tinh.Test"),
        ("chi@tinh.test", ("NEVER",), ""),
        ("dung@tinh.test", (), ""),
    ]


def test_cure_04_the_null_sender_is_an_empty_string(played: Stage) -> None:
    with played.connect() as client:
        client.envelope(sender="")
        assert client.hand_over(CONTENT).startswith("250")
    assert played.rooms.ledger.messages[0].envelope.sender == ""


def test_cure_05_ehlo_offers_what_we_implement_in_one_write(played: Stage) -> None:
    with played.connect() as client:
        offered = client.ask("EHLO may.bo.test", "250-").splitlines()
    words = {line[4:].split()[0] for line in offered}
    assert {"PIPELINING", "ENHANCEDSTATUSCODES", "CHUNKING", "DSN", "SIZE", "8BITMIME", "SMTPUTF8"} <= words
    assert offered[-1].startswith("250 ")


def test_cure_06_a_large_message_is_read_in_chunks_and_arrives_byte_for_byte(played: Stage) -> None:
    content = b"Subject: lon\r\n\r\n" + b"".join(b".%d dong\r\n" % n * 3 for n in range(60_000))
    with played.connect() as client:
        client.envelope()
        assert client.hand_over(content).startswith("250")
    message = played.rooms.ledger.messages[0]
    assert message.body.inline == content
    assert message.headers.subject == "lon"
    assert len(played.rooms.bodies.writers[0].pieces) < 200


def test_cure_07_bdat_with_several_chunks_pipelined(played: Stage) -> None:
    with played.connect() as client:
        client.envelope()
        half = len(CONTENT) // 2
        client.send(b"BDAT %d\r\n%bBDAT %d LAST\r\n" % (half, CONTENT[:half], len(CONTENT) - half) + CONTENT[half:])
        client.expect(f"250 2.0.0 {half} bytes")
        client.expect("250 2.0.0 Ok: queued as ")
    assert played.rooms.ledger.messages[0].body.inline == CONTENT


def test_cure_08_a_trusted_network_may_send_longer_lines_than_strangers(played: Stage) -> None:
    content = b"Subject: quet\r\n\r\n" + b"x" * 5000 + b"\r\n"
    with played.connect() as client:
        client.envelope()
        assert client.hand_over(content).startswith("550 5.6.0")
        client.envelope(hello=False)
        assert client.hand_over(CONTENT).startswith("250")
    played.rooms.policy.trusted_addresses.add("127.0.0.1")
    with played.connect() as client:
        client.envelope()
        assert client.hand_over(content).startswith("250")
        client.envelope(hello=False)
        assert client.hand_over(content.replace(b"x" * 5000, b"x" * 9000)).startswith("550 5.6.0")


@pytest.mark.parametrize("bad", [b"a\nb", b"a\rb", b"a\0b", b"\n.\n", b"\r\n.\n"])
def test_cure_09_bare_line_ends_and_nul_are_refused_after_the_real_end(played: Stage, bad: bytes) -> None:
    with played.connect() as client:
        client.envelope()
        client.ask("DATA", "354")
        client.send(b"Subject: x\r\n\r\n" + bad + b"\r\nQUIT\r\n.\r\n")
        client.expect("550 5.6.0")
        client.ask("NOOP", "250")
    assert not played.rooms.ledger.messages
    assert played.rooms.bodies.writers[0].abandoned


def test_cure_09_a_command_that_ends_in_a_bare_lf_is_refused(played: Stage) -> None:
    with played.connect() as client:
        client.send(b"EHLO may.bo.test\n")
        client.expect("500 5.5.2")
        client.expect_end()


def test_cure_10_data_may_take_long_as_long_as_it_flows(open_stage: Callable[..., Stage]) -> None:
    played = open_stage(limits={"command_timeout_seconds": 300, "minimum_bytes_per_second": 500})
    with played.connect() as client:
        client.envelope()
        client.ask("DATA", "354")
        content = b"Subject: cham\r\n\r\n" + (b"x" * 98 + b"\r\n") * 2000
        client.send(content[:150_000])
        played.await_true(lambda: _received(played) >= 149_000, "most of it has come")
        _touch(played, later=400)
        played.sweep(400)  # 300 s, and 150,000 bytes at 500 a second are 300 s more
        client.send(content[150_000:] + b".\r\n")
        client.expect("250 2.0.0 Ok")


def test_cure_10_a_trickle_is_cut_off(open_stage: Callable[..., Stage]) -> None:
    played = open_stage(limits={"command_timeout_seconds": 300, "minimum_bytes_per_second": 500})
    with played.connect() as client:
        client.envelope()
        client.ask("DATA", "354")
        client.send(b"Subject: nho giot\r\n")
        played.await_true(lambda: _received(played) > 0, "a little has come")
        _touch(played, later=350)
        played.sweep(350)
        client.expect("421 4.4.2 Data comes too slowly")
        client.expect_end()
    assert played.rooms.bodies.writers[0].abandoned


def _received(played: Stage) -> int:
    return sum(writer.size for writer in played.rooms.bodies.writers)


def _touch(played: Stage, later: float) -> None:
    """As if a byte had come just now."""

    def touch() -> None:
        for session in played.desk.sessions:
            session.moved_at += later

    played.do(touch)


def test_cure_11_limits_of_commands_do_not_change_from_one_connection_to_the_next(played: Stage) -> None:
    line = f"MAIL FROM:<an@bo.test> ENVID={'x' * 90} AUTH={'y' * 400}"
    for _ in range(2):
        with played.connect() as one, played.connect() as other:
            for client in (one, other):
                client.ask("EHLO may.bo.test", "250-")
                client.ask("EHLO may.bo.test", "250-")
                client.ask(line, "250 2.1.0")
                client.ask(f"NOOP {'x' * 520}", "500 5.5.2")


def test_cure_12_a_connection_inspects_nothing(played: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def inspected(*_: object) -> None:
        raise AssertionError("a connection inspects its classes")

    monkeypatch.setattr(inspect, "getmembers", inspected)
    monkeypatch.setattr(inspect, "signature", inspected)
    monkeypatch.setattr("builtins.dir", inspected)
    with played.connect() as client:
        client.ask("EHLO may.bo.test", "250-")
        client.ask("HELP MAIL", "250 2.0.0 Syntax: MAIL")
    assert not issubclass(SMTP, Connection)
    assert Session.__init__ is Connection.__init__ is not SMTP.__init__


def test_cure_13_implicit_tls_offers_auth_and_no_starttls(played: Stage) -> None:
    with played.connect("submissions") as client:
        offered = client.ask("EHLO may.tinh.test", "250-")
    assert "AUTH PLAIN LOGIN" in offered
    assert "STARTTLS" not in offered


def test_cure_14_a_login_blocks_nobody_else(played: Stage) -> None:
    authenticator = played.rooms.authenticator
    authenticator.hold = event = asyncio.Event()
    secret = b64encode("\0an@tinh.test\0mật khẩu".encode()).decode()
    with played.connect("submissions") as slow, played.connect("submissions") as other:
        slow.ask("EHLO may.tinh.test", "250-")
        slow.say(f"AUTH PLAIN {secret}")
        played.await_true(lambda: bool(authenticator.asked), "the login is being verified")
        other.ask("EHLO may.tinh.test", "250-")
        played.do(event.set)
        slow.expect("235 2.7.0")
    assert authenticator.asked == [("an@tinh.test", "mật khẩu", "127.0.0.1")]


def test_cure_14_a_directory_that_is_down_is_temporary_and_no_failure_of_the_person(played: Stage) -> None:
    played.rooms.authenticator.down = True
    secret = b64encode("\0an@tinh.test\0mật khẩu".encode()).decode()
    with played.connect("submissions") as client:
        client.ask("EHLO may.tinh.test", "250-")
        for _ in range(4):
            client.ask(f"AUTH PLAIN {secret}", "454 4.7.0")
        played.rooms.authenticator.down = False
        client.ask(f"AUTH PLAIN {secret}", "235 2.7.0")


def test_cure_15_connections_are_limited_in_all_and_per_address(open_stage: Callable[..., Stage]) -> None:
    played = open_stage(limits={"connections": 4, "connections_per_address": 2})
    with played.connect() as one, played.connect() as two:
        with played.connect(greet=False) as third:
            third.expect("421 4.7.0")
            third.expect_end()
        played.await_true(lambda: len(played.desk.sessions) == 2, "the third is gone")
        played.rooms.policy.trusted_addresses.add("127.0.0.1")
        with played.connect() as trusted, played.connect(greet=False) as fourth:
            trusted.ask("NOOP", "250")
            fourth.expect("421 4.3.2")
            fourth.expect_end()
        one.ask("QUIT", "221")
        two.ask("QUIT", "221")
    played.await_true(lambda: played.desk.admission.total == 0, "nobody is counted any more")


def test_cure_16_recipients_are_limited(open_stage: Callable[..., Stage]) -> None:
    played = open_stage(limits={"recipients": 2})
    with played.connect() as client:
        client.envelope()
        client.ask("RCPT TO:<chi@tinh.test>", "250")
        client.ask("RCPT TO:<dung@tinh.test>", "452 4.5.3")
        assert client.hand_over(CONTENT).startswith("250")
    assert len(played.rooms.ledger.messages[0].envelope.recipients) == 2


def test_cure_16_ten_thousand_recipients_pipelined(played: Stage) -> None:
    with played.connect() as client:
        client.ask("EHLO may.bo.test", "250-")
        client.ask("MAIL FROM:<an@bo.test>", "250")
        for start in range(0, 10_000, 1000):
            client.say(*(f"RCPT TO:<nguoi{number}@tinh.test>" for number in range(start, start + 1000)))
            for _ in range(1000):
                client.expect("250 2.1.5")
        assert client.hand_over(CONTENT).startswith("250")
    assert len(played.rooms.ledger.messages[0].deliveries) == 10_000


def test_cure_17_bytes_behind_starttls_are_refused_and_the_session_closed(played: Stage) -> None:
    with played.connect() as client:
        client.ask("EHLO may.bo.test", "250-")
        client.send(b"STARTTLS\r\nMAIL FROM:<an@bo.test>\r\n")
        client.expect("554 5.5.0")
        client.expect_end()


def test_cure_17_a_second_starttls_is_503(played: Stage) -> None:
    with played.connect() as client:
        client.ask("EHLO may.bo.test", "250-")
        client.start_tls(played.client_context())
        client.ask("EHLO may.bo.test", "250-")
        client.ask("STARTTLS", "503 5.5.1")


def test_cure_18_a_smuggled_message_is_never_a_second_message(played: Stage) -> None:
    smuggled = b"MAIL FROM:<chutich@tinh.test>\r\nRCPT TO:<binh@tinh.test>\r\nDATA\r\nSubject: gia\r\n\r\nGia.\r\n"
    for end in (b"\n.\r\n", b"\r\n.\n", b"\r.\r\n", b"\n.\n", b"\r\n.\r", b"\r\n\0.\r\n"):
        with played.connect() as client:
            client.envelope()
            client.ask("DATA", "354")
            client.send(b"Subject: that\r\n\r\nThat." + end + smuggled + b".\r\n")
            client.expect("550 5.6.0")
            client.ask("QUIT", "221")
    assert not played.rooms.ledger.messages


def test_cure_19_no_thread_of_its_own(played: Stage) -> None:
    before = threading.active_count()
    with played.connect() as client:
        client.envelope()
        assert client.hand_over(CONTENT).startswith("250")
        assert threading.active_count() == before
    assert played.do(lambda: played.desk.loop is asyncio.get_running_loop())


def test_cure_20_a_connection_costs_few_objects_and_no_task(played: Stage) -> None:
    with played.connect() as client:
        client.envelope()
        client.ask("DATA", "354")
        tasks = played.do(lambda: len(asyncio.all_tasks()))
        session = played.do(lambda: next(iter(played.desk.sessions)))
        client.send(b".\r\n")
        client.expect("250")
    assert tasks == 1  # the one that looks
    assert len(vars(session)) < 40


def test_cure_20_receptions_share_nothing(open_stage: Callable[..., Stage]) -> None:
    one, other = open_stage(), open_stage()
    with one.connect() as client:
        client.envelope()
        assert client.hand_over(CONTENT).startswith("250")
        assert (len(one.desk.sessions), len(other.desk.sessions)) == (1, 0)
    assert (one.reception.counters.accepted_messages, other.reception.counters.accepted_messages) == (1, 0)
