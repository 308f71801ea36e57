"""Reports of other hosts: the forms that Postfix, Exchange, Exim and mail clients send, wrapped and damaged too."""

from __future__ import annotations

import base64

import pytest

from mailrelay.reports.returned import Returned, parse_report

POSTFIX = b"""\
From: MAILER-DAEMON@else.example (Mail Delivery System)\r
To: an@tinh.test\r
Subject: Undelivered Mail Returned to Sender\r
Content-Type: multipart/report; report-type=delivery-status;\r
\tboundary="6F1D.1/mx.else.example"\r
\r
This is a MIME-encapsulated message.\r
\r
--6F1D.1/mx.else.example\r
Content-Description: Notification\r
Content-Type: text/plain; charset=us-ascii\r
\r
I'm sorry to have to inform you\r
\r
--6F1D.1/mx.else.example\r
Content-Description: Delivery report\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.else.example\r
X-Postfix-Queue-ID: 6F1D\r
Original-Envelope-Id: 0D5FY3XKQ7ZAB\r
Arrival-Date: Sun, 22 Nov 2026 04:21:00 +0700 (+07)\r
\r
Final-Recipient: rfc822; binh@else.example\r
Original-Recipient: rfc822;Binh@else.example\r
Action: failed\r
Status: 5.1.1\r
Diagnostic-Code: smtp; 550 5.1.1 <binh@else.example>: Recipient address\r
    rejected: User unknown\r
\r
Final-Recipient: rfc822; cuong@else.example\r
Action: delayed (will retry)\r
Status: 4.4.1 (no answer)\r
\r
--6F1D.1/mx.else.example\r
Content-Description: Undelivered Message\r
Content-Type: message/rfc822\r
\r
Received: by x\r
Message-ID:\r
 <1.2@tinh.test>\r
Subject: x\r
\r
body\r
--6F1D.1/mx.else.example--\r
"""
BINH = Returned(
    kind="dsn",
    envelope_identifier="0D5FY3XKQ7ZAB",
    original_recipient="Binh@else.example",
    final_recipient="binh@else.example",
    action="failed",
    status="5.1.1",
    diagnostic="550 5.1.1 <binh@else.example>: Recipient address rejected: User unknown",
    original_message_id="<1.2@tinh.test>",
)
MDN = b"""\
Content-Type: multipart/report; report-type=disposition-notification; boundary=xx\r
In-Reply-To: <other@tinh.test>\r
\r
--xx\r
\r
The message was displayed.\r
--xx\r
Content-Type: message/disposition-notification; name="MDNPart2.txt"\r
\r
Reporting-UA: else.example; Mailer 1.0\r
Original-Recipient: rfc822;an@else.example\r
Final-Recipient: rfc822;an2@else.example\r
Original-Message-ID: <1.2@tinh.test>\r
Disposition: manual-action/MDN-sent-manually; Displayed/error\r
--xx--\r
"""


def test_a_report_of_postfix() -> None:
    first, second = parse_report(POSTFIX)
    assert first == BINH
    assert second == Returned(
        "dsn",
        "0D5FY3XKQ7ZAB",
        "",
        "cuong@else.example",
        "delayed",
        "4.4.1",
        original_message_id="<1.2@tinh.test>",
    )


def test_a_read_receipt() -> None:
    assert parse_report(MDN) == [
        Returned(
            "mdn",
            original_recipient="an@else.example",
            final_recipient="an2@else.example",
            original_message_id="<1.2@tinh.test>",
            disposition="displayed",
        )
    ]


def test_line_ends_of_other_systems() -> None:
    assert parse_report(POSTFIX.replace(b"\r\n", b"\n"))[0] == BINH


def test_a_wrapped_report() -> None:
    inner = POSTFIX[POSTFIX.index(b"Content-Type") :]
    outer = b"Content-Type: MULTIPART/mixed; boundary=o\r\n\r\n--o\r\n" + inner + b"--o\r\n\r\nA footer.\r\n--o--\r\n"
    assert parse_report(outer)[0] == BINH


def test_a_boundary_that_begins_like_another() -> None:
    inner = POSTFIX[POSTFIX.index(b"Content-Type") :].replace(b"6F1D.1/mx.else.example", b"o1")
    outer = b"Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n" + inner + b"--o--\r\n"
    assert parse_report(outer)[0] == BINH


def test_an_encoded_report() -> None:
    status = b"Final-Recipient: rfc822; <a@b.test>\r\nAction: FAILED\r\nStatus: 5.2.2\r\n"
    for encoding, body in (
        (b"base64", base64.encodebytes(status)),
        (b"quoted-printable", status.replace(b"b.", b"b=2E")),
    ):
        message = (
            b"Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\nContent-Type: message/delivery-status\r\n"
            b"Content-Transfer-Encoding: " + encoding + b"\r\n\r\n" + body + b"\r\n--x--\r\n"
        )
        (returned,) = parse_report(message)
        assert (returned.final_recipient, returned.action, returned.status) == ("a@b.test", "failed", "5.2.2")


def test_one_block_without_a_message_block() -> None:
    message = (
        b"Content-Type: multipart/report; boundary=x\nIn-Reply-To: <1@tinh.test>\n\n--x\n"
        b"Content-Type: message/delivery-status\n\nOriginal-Envelope-Id: E1\nFinal-Recipient: rfc822;a@b.test\n"
        b"Action: failed\nStatus: 5.0.0"
    )
    assert parse_report(message) == [
        Returned("dsn", "E1", "", "a@b.test", "failed", "5.0.0", original_message_id="<1@tinh.test>")
    ]


def test_addresses_beyond_ascii() -> None:
    status = r"Final-Recipient: utf-8; \x{111}\x{1EE9}c@b.test" + "\n\nFinal-Recipient: utf-8; đức@b.test\n"
    message = b"Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/global-delivery-status\n\n\n"
    assert [found.final_recipient for found in parse_report(message + status.encode())] == ["đức@b.test"] * 2


def test_a_truncated_report_gives_what_it_has() -> None:
    cut = POSTFIX[: POSTFIX.index(b"Final-Recipient: rfc822; cuong")]
    (returned,) = parse_report(cut)
    assert returned.final_recipient == "binh@else.example"
    assert returned.original_message_id == ""


def test_only_so_many_recipients_are_taken() -> None:
    blocks = b"\r\n".join(b"Final-Recipient: rfc822; a%d@b.test\r\n" % number for number in range(5000))
    message = (
        b"Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\n"
        b"Reporting-MTA: x\r\n\r\n" + blocks
    )
    assert len(parse_report(message)) == 1000
    assert len(parse_report(message, 3)) == 3


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\r\n",
        b"Subject: Undeliverable\r\n\r\nbinh@else.example: user unknown\r\n",
        b"Content-Type: multipart/report\r\n\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n",
        b"Content-Type: text/plain\r\n\r\nFinal-Recipient: rfc822; a@b.test\r\nAction: failed\r\n",
        b"Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\n--x--",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
        + b"--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" * 99,
        b"Content-Type: multipart/report; boundary=x\r\n\r\n" + b"--x\r\n" * 100_000,
        b"Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\n"
        b"Content-Type: message/disposition-notification\r\n\r\nDisposition: \xff\xfe\r\n",
    ],
)
def test_what_is_no_report_gives_nothing(message: bytes) -> None:
    assert parse_report(message) == []


def test_nothing_in_it_becomes_a_line_of_its_own() -> None:
    message = (
        b"Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\n"
        b"Final-Recipient: utf-8; \\x{0A}Bcc: \\x{D800}\\x{FFFFFF}a@b.test\nDiagnostic-Code: smtp; a\x00\x1b[31mb\rc\n"
    )
    (returned,) = parse_report(message)
    assert returned.final_recipient.isprintable()
    assert returned.diagnostic == "a[31mb c"
