"""Delivery reports: read by another parser, understood by people, safe from what strangers wrote."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from foundation.clock import microseconds
from mailrelay.messages.headers import scan
from mailrelay.reports.dsn import LISTED_RECIPIENTS, ReportedRecipient, compose_report
from mailrelay.reports.returned import parse_report

AT = datetime(2026, 11, 22, 4, 5, 6, tzinfo=UTC)
US = microseconds(AT)
HEAD = b"Message-ID: <1@tinh.test>\r\nSubject: =?utf-8?B?VGjDtG5nIGLDoW8=?=\r\nFrom: an@tinh.test\r\n\r\n"


def recipient(**changes: Any) -> ReportedRecipient:
    values: dict[str, Any] = {
        "address": "x@else.example",
        "original": "rfc822;X@else.example",
        "action": "failed",
        "status": "5.1.1",
        "reply": "550 5.1.1 <x@else.example>: Recipient address rejected: User unknown in local recipient table",
        "remote": "mx.else.example",
        "via": "",
        "last_attempt_at": US,
    }
    return ReportedRecipient(**(values | changes))


def report(*recipients: ReportedRecipient, **changes: Any) -> bytes:
    values: dict[str, Any] = {
        "hostname": "mail.tinh.test",
        "postmaster": "postmaster@tinh.test",
        "to": "an@tinh.test",
        "envelope_identifier": "E+1",
        "arrived_at": US,
        "recipients": recipients or (recipient(),),
        "original_head": HEAD,
        "original": None,
        "at": AT,
        "timezone": "Asia/Ho_Chi_Minh",
        "message_id_domain": "tinh.test",
        "smtputf8": False,
        "organisation": "UBND tỉnh Thử",
    }
    return compose_report(**(values | changes))


def read(message: bytes) -> EmailMessage:
    assert b"\r" not in message.replace(b"\r\n", b"")
    assert b"\n" not in message.replace(b"\r\n", b"")
    assert max(map(len, message.split(b"\r\n"))) <= 998
    parsed = message_from_bytes(message, policy=default)
    assert isinstance(parsed, EmailMessage)
    assert not parsed.defects
    return parsed


def part(message: bytes, number: int) -> Message:
    found = read(message).get_payload(number)
    assert isinstance(found, Message)
    return found


def text(message: bytes) -> str:
    content = part(message, 0).get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode().replace("\r\n", "\n")


def blocks(message: bytes) -> list[dict[str, str]]:
    status = part(message, 1)
    assert status.get_content_type() == "message/delivery-status"
    return [dict(block.items()) for block in status.get_payload()]  # type: ignore[union-attr]


def test_the_head() -> None:
    parsed = read(report())
    assert parsed.get_content_type() == "multipart/report"
    assert parsed.get_param("report-type") == "delivery-status"
    assert parsed["auto-submitted"] == "auto-replied"
    assert parsed["subject"] == "Không gửi được thư: Thông báo / Undeliverable: Thông báo"
    assert parsed["from"].addresses[0].addr_spec == "postmaster@tinh.test"
    assert parsed["to"] == "an@tinh.test"
    assert parsed["in-reply-to"] == parsed["references"] == "<1@tinh.test>"
    assert parsed["date"] == "Sun, 22 Nov 2026 11:05:06 +0700"
    assert parsed["message-id"].endswith("@tinh.test>")
    assert scan(report()).automatic


def test_the_status_part_is_rfc_3464() -> None:
    message, failed = blocks(report())
    assert message == {
        "Reporting-MTA": "dns; mail.tinh.test",
        "Original-Envelope-Id": "E+1",
        "Arrival-Date": "Sun, 22 Nov 2026 11:05:06 +0700",
    }
    assert failed == {
        "Original-Recipient": "rfc822; X@else.example",
        "Final-Recipient": "rfc822; x@else.example",
        "Action": "failed",
        "Status": "5.1.1",
        "Remote-MTA": "dns; mx.else.example",
        "Diagnostic-Code": "smtp; 550 5.1.1 <x@else.example>: Recipient address rejected: User unknown in local"
        " recipient table",
        "Last-Attempt-Date": "Sun, 22 Nov 2026 11:05:06 +0700",
    }


def test_a_delay_says_until_when() -> None:
    _, delayed = blocks(report(recipient(action="delayed", status="4.4.1", will_retry_until=US + 432_000_000_000)))
    assert delayed["Action"] == "delayed"
    assert delayed["Will-Retry-Until"] == "Fri, 27 Nov 2026 11:05:06 +0700"


def test_what_is_missing_is_left_out() -> None:
    message, failed = blocks(report(recipient(original="", remote="", reply="", status=""), envelope_identifier=""))
    assert "Original-Envelope-Id" not in message
    assert set(failed) == {"Final-Recipient", "Action", "Status", "Last-Attempt-Date"}
    assert failed["Status"] == "5.0.0"


def test_a_reason_of_our_own_is_not_called_a_reply() -> None:
    _, failed = blocks(report(recipient(remote="", reply="delivery time expired", status="4.4.7")))
    assert failed["Diagnostic-Code"] == "x-congvu; delivery time expired"


def test_people_read_vietnamese_first_then_english_then_the_reply() -> None:
    content = text(report(recipient(via="sxd@tinh.test", possible_duplicate=True)))
    order = [
        'thư "Thông báo" mà Ông/Bà đã gửi lúc 11:05 ngày 22/11/2026',
        "THƯ KHÔNG ĐẾN ĐƯỢC",
        "x@else.example (qua địa chỉ sxd@tinh.test)",
        "Lý do: không có hộp thư nào mang địa chỉ này.",
        "Việc cần làm: kiểm tra lại từng chữ",
        "không rõ kết quả",
        "Hệ thống thư công vụ - UBND tỉnh Thử",
        'your message "Thông báo" of 2026-11-22 11:05',
        "Why: no mailbox has this address.",
        "Nguyên văn trả lời của máy chủ / What the servers said:",
        "mx.else.example: 550 5.1.1 <x@else.example>",
    ]
    places = [content.find(words) for words in order]
    assert -1 not in places
    assert places == sorted(places)
    assert "\n\n\n" not in content


@pytest.mark.parametrize(
    ("action", "subject", "words"),
    [
        ("delayed", "Thư bị chậm: Thông báo / Delayed: Thông báo", "KHÔNG CẦN gửi lại"),
        ("delivered", "Thư đã đến nơi: Thông báo / Delivered: Thông báo", "Đã vào hộp thư lúc 11:05"),
        ("relayed", "Thư đã đến nơi: Thông báo / Delivered: Thông báo", "máy chủ tiếp theo (mx.else.example)"),
        ("expanded", "Thư đã đến nơi: Thông báo / Delivered: Thông báo", "Đã chuyển tới danh sách"),
    ],
)
def test_other_news_than_failure(action: str, subject: str, words: str) -> None:
    message = report(recipient(action=action, status="", reply="", will_retry_until=US))
    assert read(message)["subject"] == subject
    assert words in text(message)
    assert "KHÔNG ĐẾN ĐƯỢC" not in text(message)


def test_the_worst_news_is_the_subject() -> None:
    message = report(recipient(action="delivered"), recipient(action="delayed"), recipient())
    assert read(message)["subject"].startswith("Không gửi được thư")
    assert len(blocks(message)) == 4


@pytest.mark.parametrize(
    ("head", "ownerless"),
    [
        (b"From: postmaster@tinh.test\r\nAuto-Submitted: auto-replied\r\n\r\n", True),
        (b"From: mailer-daemon@else.example\r\n\r\n", True),
        (b"From: postmaster@tinh.test\r\n\r\n", False),
    ],
)
def test_the_postmaster_is_told_why_it_comes_to_him(head: bytes, ownerless: bool) -> None:
    content = text(report(to="postmaster@tinh.test", original_head=head))
    assert ("Kính gửi quản trị thư" in content) is ownerless
    assert ("has no sender to be told" in content) is ownerless
    assert ("Ông/Bà đã gửi" in content) is not ownerless


def test_an_original_without_a_subject_and_an_odd_identifier() -> None:
    parsed = read(report(original_head=b"Message-ID: a b\r\n\r\n"))
    assert parsed["subject"] == "Không gửi được thư / Undeliverable"
    assert "in-reply-to" not in parsed


class TestTheReturnedPart:
    def test_the_head_comes_back_as_it_was(self) -> None:
        returned = part(report(), 2)
        assert returned.get_content_type() == "text/rfc822-headers"
        assert returned.get_payload() == HEAD.decode().removesuffix("\r\n")

    def test_a_head_beyond_ascii_is_encoded(self) -> None:
        message = report(original_head="Subject: Thông báo\r\nX: a=b \r\n\r\n".encode())
        assert message.isascii()
        content = part(message, 2).get_payload(decode=True)
        assert content == "Subject: Thông báo\r\nX: a=b \r\n".encode()

    def test_or_sent_as_it_is_where_utf_8_may_travel(self) -> None:
        message = report(original_head="Subject: Thông báo\r\n\r\n".encode(), smtputf8=True)
        assert b"Content-Type: message/global-headers\r\nContent-Transfer-Encoding: 8bit\r\n" in message

    @pytest.mark.parametrize(
        ("original", "smtputf8", "kind", "encoding"),
        [
            (HEAD + b"body\r\n", False, b"message/rfc822", b"7bit"),
            (HEAD + "nội dung\r\n".encode(), False, b"message/rfc822", b"8bit"),
            (HEAD + "nội dung\r\n".encode(), True, b"message/rfc822", b"8bit"),
            ("Subject: é\r\n\r\nx\r\n".encode(), True, b"message/global", b"8bit"),
        ],
    )
    def test_the_whole_message(self, original: bytes, smtputf8: bool, kind: bytes, encoding: bytes) -> None:
        head = original[: original.index(b"\r\n\r\n") + 4]
        message = report(original=original, original_head=head, smtputf8=smtputf8)
        assert b"Content-Type: %s\r\nContent-Transfer-Encoding: %s\r\n\r\n%s" % (kind, encoding, original) in message


class TestAddressesBeyondAscii:
    def test_escapes_where_only_ascii_may_travel(self) -> None:
        message = report(recipient(address="đức@else.example", original="utf-8;đức@else.example"))
        assert message.isascii()
        _, failed = blocks(message)
        assert failed["Final-Recipient"] == r"utf-8; \x{111}\x{1EE9}c@else.example"
        assert parse_report(message)[0].final_recipient == "đức@else.example"

    def test_utf_8_where_it_may(self) -> None:
        message = report(recipient(address="đức@else.example"), to="ánh@tinh.test")
        assert b"Content-Type: message/global-delivery-status\r\n" in message
        assert "Final-Recipient: utf-8; đức@else.example\r\n".encode() in message
        assert "To: ánh@tinh.test\r\n".encode() in message
        assert parse_report(message)[0].final_recipient == "đức@else.example"

    def test_smtputf8_alone_changes_nothing(self) -> None:
        assert report(smtputf8=True).isascii()


@pytest.mark.parametrize(
    "evil", ["x\r\nBcc: y@z.test", "x\nBcc: y@z.test\n\nbody", "\r\n\r\n--", "x\x00\x85\u2028y", "y" * 20_000]
)
def test_nothing_can_be_injected(evil: str) -> None:
    encoded = "".join(f"={byte:02X}" for byte in evil.encode()[:200])
    message = report(
        recipient(address=evil, original=f"rfc822;{evil}", reply=evil, remote=evil, via=evil, status=evil),
        envelope_identifier=evil,
        to=evil,
        organisation=evil,
        original_head=f"Subject: =?utf-8?q?{encoded}?=\r\nMessage-ID: <{encoded}>\r\n\r\n".encode(),
    )
    assert "bcc" not in read(message)
    assert len(blocks(message)) == 2
    assert all("Bcc" not in block for block in blocks(message))


def test_a_report_on_thousands_lists_some_and_holds_all() -> None:
    message = report(*(recipient(address=f"a{number}@else.example") for number in range(1000)))
    assert len(blocks(message)) == 1001
    assert text(message).count("Lý do:") == LISTED_RECIPIENTS
    assert f"Còn {1000 - LISTED_RECIPIENTS} người nhận nữa" in text(message)


class TestTemplatesOfAnAdministrator:
    def test_they_are_used(self, tmp_path: Path) -> None:
        (tmp_path / "mail/vi").mkdir(parents=True)
        names = (
            "ownerless, subject, document, accepted_at, failed, delayed, delivered, unlisted, organisation, postmaster"
        )
        (tmp_path / "mail/vi/delivery_report.txt").write_text(
            f"{{# variables: {names} #}}\nThư của tỉnh về {{{{ subject }}}}.\n"
        )
        assert "Thư của tỉnh về Thông báo." in text(report(templates=tmp_path))

    def test_a_broken_one_does_not_stop_a_report(self, tmp_path: Path) -> None:
        (tmp_path / "mail/vi").mkdir(parents=True)
        (tmp_path / "mail/vi/delivery_report.txt").write_text("{# variables: subject #}\n{{ nothing }}\n")
        assert "THƯ KHÔNG ĐẾN ĐƯỢC" in text(report(templates=tmp_path))


def test_the_number_of_the_document_is_told_in_both_languages() -> None:
    fields = b"Congvu-Document-Number: 36/TB-SXD\r\nCongvu-Document-Kind: =?utf-8?B?VGjDtG5nIGLDoW8=?=\r\n"
    content = text(report(original_head=fields + HEAD))
    assert "Văn bản: Thông báo 36/TB-SXD." in content
    assert "The document: Thông báo 36/TB-SXD." in content
    assert "Văn bản:" not in text(report())
