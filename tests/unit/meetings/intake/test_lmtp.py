"""The LMTP server: who may speak, to whom mail is taken, and one reply for each recipient."""

from __future__ import annotations

import asyncio
import smtplib
import socket
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from foundation.errors import Unreachable
from meetings.intake.addresses import own_address
from meetings.intake.lmtp import LmtpServer
from meetings.settings import Limits, Listen, MeetingsSettings
from tests.support.meetings_settings import BOUNCES, ORGANISER, meetings_settings

MAIL = b"From: an@bo.test\r\nSubject: =?utf-8?q?x?=\r\n\r\n.dot\r\nTi\xe1\xba\xbfng Vi\xe1\xbb\x87t\r\n"


class Taken:
    """What was handed over; the replies follow the recipients."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, tuple[str, ...], bytes]] = []
        self.replies: dict[str, str] = {}

    async def __call__(self, sender: str, recipients: Sequence[str], mail: bytes) -> list[str]:
        self.mails.append((sender, tuple(recipients), mail))
        return [self.replies.get(each, "250 2.0.0 Taken in") for each in recipients]


def with_server(client: Callable[[int], Any], taken: Taken | None = None, **changes: Any) -> Any:
    """What the client function answers, run in a thread beside a server; it gets the port."""

    async def main() -> Any:
        errors: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))
        server = LmtpServer(meetings_settings(**changes), taken or Taken())
        await server.start()
        try:
            return await asyncio.to_thread(client, server.addresses[0][1])
        finally:
            await server.stop()
            assert not errors

    return asyncio.run(main())


def lmtp(port: int) -> smtplib.LMTP:
    talk = smtplib.LMTP("127.0.0.1", port, local_hostname="mail.tinh.test")
    talk.ehlo()
    return talk


@pytest.mark.parametrize(
    ("recipient", "means"),
    [
        ("hop@tinh.test", ORGANISER),
        ("Hop+AbC7@Tinh.Test", ORGANISER),
        ("hop-bao-phat+token@tinh.test", BOUNCES),
        ("hop+a+b@tinh.test", ORGANISER),
        ("hop+a_b@tinh.test", ORGANISER),
        (f"hop+{'a' * 61}@tinh.test", ""),
        ("hop@bo.test", ""),
        ("hopx@tinh.test", ""),
        ("+hop@tinh.test", ""),
        ("hop", ""),
        ("", ""),
        ("hop@tinh.test@tinh.test", ""),
    ],
)
def test_which_addresses_are_ours(recipient: str, means: str) -> None:
    assert own_address(recipient, {ORGANISER, BOUNCES}) == means


def test_a_mail_reaches_the_receiver_as_it_was_sent() -> None:
    taken = Taken()

    def send(port: int) -> None:
        with lmtp(port) as talk:
            assert talk.has_extn("pipelining")
            talk.sendmail("an@bo.test", ["hop+r4@tinh.test"], MAIL, ["BODY=8BITMIME"])

    with_server(send, taken)
    assert taken.mails == [("an@bo.test", ("hop+r4@tinh.test",), MAIL)]


def test_a_report_comes_from_nobody() -> None:
    taken = Taken()

    def send(port: int) -> None:
        with lmtp(port) as talk:
            talk.sendmail("", ["hop-bao-phat+t0k@tinh.test"], MAIL)

    with_server(send, taken)
    assert taken.mails[0][:2] == ("", ("hop-bao-phat+t0k@tinh.test",))


@pytest.mark.parametrize(
    ("written", "code"),
    [
        (b"<>", b"250"),
        (b"<> SIZE=10 BODY=8BITMIME", b"250"),
        (b" <an.binh+x@bo.test> SIZE=10", b"250"),
        (b'<"an binh"@bo.test>', b"250"),
        ("<ánh@bo.test> SMTPUTF8".encode(), b"250"),
        (b"<an@bo.test> SIZE=999999999999", b"552"),
        (b"<an@bo.test> NONSENSE=1", b"555"),
        (b"<@>", b"553"),
    ],
)
def test_a_sender_is_understood_however_it_is_written(written: bytes, code: bytes) -> None:
    lines = with_server(lambda port: raw_talk(port, b"LHLO mail.tinh.test\r\nMAIL FROM:" + written + b"\r\nQUIT\r\n"))
    assert lines[-2][:3] == code


def raw_talk(port: int, lines: bytes) -> list[bytes]:
    with socket.create_connection(("127.0.0.1", port), 20) as connection:
        connection.sendall(lines)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer.split(b"\r\n")[:-1]


PIPELINED = (
    b"LHLO mail.tinh.test\r\nMAIL FROM:<an@bo.test>\r\nRCPT TO:<hop@tinh.test>\r\nRCPT TO:<ai@tinh.test>\r\n"
    b"RCPT TO:<hop-bao-phat+x@tinh.test>\r\nDATA\r\n"
)


def test_every_accepted_recipient_gets_a_reply_of_its_own() -> None:
    taken = Taken()
    taken.replies["hop-bao-phat+x@tinh.test"] = "451 4.3.0 later"
    lines = with_server(lambda port: raw_talk(port, PIPELINED + MAIL + b".\r\nQUIT\r\n"), taken)
    codes = [line.split(b" ")[0] for line in lines if b"-" not in line[:4]]
    assert codes == [b"220", b"250", b"250", b"250", b"550", b"250", b"354", b"250", b"451", b"221"]


def test_a_mail_too_large_is_refused_for_each_of_its_recipients() -> None:
    taken = Taken()
    limits = Limits(message_bytes=1000)
    sent = PIPELINED + b"x" * 900 + b"\r\n" + b"y" * 900 + b"\r\n.\r\nQUIT\r\n"
    lines = with_server(lambda port: raw_talk(port, sent), taken, limits=limits)
    assert [line[:3] for line in lines].count(b"552") == 2
    assert taken.mails == []


def test_a_line_may_be_as_long_as_the_mail_and_two_mails_may_come_at_once() -> None:
    taken = Taken()
    long = b"x" * 300_000 + b"\r\n"
    lines = with_server(
        lambda port: raw_talk(port, PIPELINED + long + b".\r\n" + PIPELINED + MAIL + b".\r\nQUIT\r\n"), taken
    )
    assert [mail for _, _, mail in taken.mails] == [long, MAIL.replace(b"\r\n.dot", b"\r\ndot")]
    assert lines[-1].startswith(b"221")


def test_a_size_that_is_told_beforehand_is_refused_at_once() -> None:
    def told(port: int) -> tuple[int, bytes]:
        with lmtp(port) as talk:
            return talk.mail("an@bo.test", ["size=20000000"])

    assert with_server(told)[0] == 552


def test_strangers_on_the_network_may_not_deliver() -> None:
    server = LmtpServer(meetings_settings(), Taken())
    assert [server.may_speak(peer) for peer in ("127.0.0.1", "::1", "::ffff:127.0.0.1")] == [True] * 3
    assert [server.may_speak(peer) for peer in ("192.0.2.1", "::ffff:192.0.2.1", "", "unix")] == [False] * 4
    trusting = LmtpServer(trusting_settings(), Taken())
    assert [trusting.may_speak(peer) for peer in ("10.1.0.7", "10.2.0.7")] == [True, False]


def trusting_settings() -> MeetingsSettings:
    from ipaddress import ip_network

    return meetings_settings(lmtp_trusted=(ip_network("10.1.0.0/16"),))


def test_a_refused_peer_hears_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LmtpServer, "may_speak", lambda *_: False)
    assert with_server(lambda port: raw_talk(port, b""))[0].startswith(b"554 5.7.1")


def test_too_many_connections_are_told_to_come_later() -> None:
    def crowd(port: int) -> bytes:
        with socket.create_connection(("127.0.0.1", port), 20) as first:
            assert first.recv(100).startswith(b"220")
            with socket.create_connection(("127.0.0.1", port), 20) as second:
                return second.recv(100)

    assert with_server(crowd, limits=Limits(lmtp_connections=1)).startswith(b"421 4.3.2")


def test_a_port_in_use_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = LmtpServer(meetings_settings(lmtp=Listen("127.0.0.1", taken.getsockname()[1])), Taken())
        with pytest.raises(Unreachable, match="cannot listen"):
            asyncio.run(server.start())
