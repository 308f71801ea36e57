"""Trace headers: their words, their zone, and that nothing a peer says can leave its place."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.utils import parsedate_to_datetime

import pytest

from mailrelay.envelope import Client
from mailrelay.messages.headers import scan
from mailrelay.messages.trace import envelope_to, mail_date, received

AT = datetime(2026, 11, 22, 4, 5, 6, 789, UTC)
QUEUE_ID = "0D5FY3XKQ7ZAB"


def written(client: Client, recipient: str = "", smtputf8: bool = False) -> str:
    line = received(client, "mail.tinh.test", QUEUE_ID, AT, "Asia/Ho_Chi_Minh", recipient, smtputf8)
    assert line.endswith(b"\r\n")
    assert all(len(part) <= 998 for part in line.split(b"\r\n"))
    assert line.replace(b"\r\n", b"").count(b"\r") == line.replace(b"\r\n", b"").count(b"\n") == 0
    assert len(message_from_bytes(line + b"\r\n").items()) == 1
    assert scan(line + b"\r\n", "mail.tinh.test").own_queue_ids == (QUEUE_ID,)
    return line.decode()


def test_the_whole_header() -> None:
    client = Client("submission", "10.0.0.1", "pc.tinh.test", "u1", "an", tls="TLSv1.3 TLS_AES_256_GCM_SHA384")
    assert written(client, "binh@tinh.test") == (
        "Received: from pc.tinh.test ([10.0.0.1])\r\n"
        "\t(using TLSv1.3 TLS_AES_256_GCM_SHA384)\r\n"
        "\tby mail.tinh.test (Congvu) with ESMTPSA id 0D5FY3XKQ7ZAB\r\n"
        "\tfor <binh@tinh.test>;\r\n"
        "\tSun, 22 Nov 2026 11:05:06 +0700\r\n"
    )


@pytest.mark.parametrize(
    ("client", "smtputf8", "words"),
    [
        (Client("relay", "192.0.2.1", "a.test"), False, "with ESMTP id"),
        (Client("relay", "192.0.2.1", "a.test", tls="TLSv1.2 X"), False, "with ESMTPS id"),
        (Client("submission", "192.0.2.1", "a.test", "u1"), False, "with ESMTPA id"),
        (Client("relay", "192.0.2.1", "a.test"), True, "with UTF8SMTP id"),
        (Client("submissions", "192.0.2.1", "a.test", "u1", tls="TLSv1.3 X"), True, "with UTF8SMTPSA id"),
        (Client("relay", "2001:db8::1", "a.test"), False, "([IPv6:2001:db8::1])"),
        (Client("relay", "", ""), False, "from unknown ([unknown])"),
        (Client("relay", "192.0.2.1", "[192.0.2.1]"), False, "from [192.0.2.1] ([192.0.2.1])"),
    ],
)
def test_protocols_and_literals(client: Client, smtputf8: bool, words: str) -> None:
    assert words in written(client, smtputf8=smtputf8)


def test_what_we_made_ourselves_came_from_nobody() -> None:
    assert written(Client("local")).startswith("Received: by mail.tinh.test (Congvu) id 0D5FY3XKQ7ZAB;\r\n\tSun")


@pytest.mark.parametrize(
    "helo",
    ["x\r\nBcc: y@z.test", "x) by evil.test (", "x\x00y", "x" * 5000, "é\u202eđ", "<>;", "mail.tinh.test by x id 1"],
)
@pytest.mark.parametrize("smtputf8", [False, True])
def test_a_helo_cannot_leave_its_place(helo: str, smtputf8: bool) -> None:
    line = written(Client("relay", "192.0.2.1", helo), smtputf8=smtputf8)
    assert smtputf8 or line.isascii()
    assert line.count("\tby mail.tinh.test (Congvu)") == 1
    assert " by " not in line
    assert "\r\nBcc" not in line


def test_an_address_beyond_ascii_needs_smtputf8() -> None:
    assert "for <" not in written(Client("relay", "192.0.2.1", "a.test"), "đức@tinh.test")
    assert "for <đức@tinh.test>" in written(Client("relay", "192.0.2.1", "a.test"), "đức@tinh.test", smtputf8=True)


def test_an_address_cannot_leave_its_brackets() -> None:
    line = written(Client("relay", "192.0.2.1", "a.test"), '"a>\r\nBcc: <x"@tinh.test')
    assert 'for <"aBcc: x"@tinh.test>' in line


def test_the_addresses_of_the_envelope_stand_one_a_line() -> None:
    assert envelope_to(["an@tinh.test", "đức@tinh.test", "x\r\ny@z.test"]) == (
        "X-Original-To: an@tinh.test\r\nX-Original-To: đức@tinh.test\r\nX-Original-To: xy@z.test\r\n".encode()
    )


def test_dates_read_back() -> None:
    assert parsedate_to_datetime(mail_date(AT, "America/New_York")) == AT.replace(microsecond=0)
    assert mail_date(AT, "UTC") == "Sun, 22 Nov 2026 04:05:06 +0000"
