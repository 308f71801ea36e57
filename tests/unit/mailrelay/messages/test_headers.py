"""What the relay reads in a head: each field, folded and encoded, and what it does with strange ones."""

from __future__ import annotations

import pytest

from mailrelay.messages.headers import HEAD_LIMIT_BYTES, Headers, end_of_head, scan

QUEUE_ID = "0D5FY3XKQ7ZAB"
RELAY = "mail.tinh.test"


def head(*lines: str) -> bytes:
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


def test_a_typical_head() -> None:
    assert scan(
        head(
            "Received: from pc.tinh.test ([10.0.0.1])",
            f"\tby {RELAY} (Congvu) with ESMTPSA id {QUEUE_ID};",
            "\tSun, 22 Nov 2026 04:21:00 +0700",
            "MESSAGE-ID:<a.1@tinh.test>",
            "From: =?utf-8?Q?Nguy=E1=BB=85n_V=C4=83n_An?= <an@tinh.test>",
            "Sender: Văn thư <vanthu@tinh.test>",
            "Subject: =?utf-8?B?VGjDtG5nIGLDoW8=?=",
            " =?utf-8?B?IGjhu41w?=",
            "Congvu-Document-Number: 36/TB-UBND",
            "Congvu-Document-Kind: =?utf-8?Q?Th=C3=B4ng_b=C3=A1o?=",
            "To: binh@tinh.test",
        ),
        RELAY,
    ) == Headers(
        message_id="<a.1@tinh.test>",
        from_addresses=("an@tinh.test",),
        sender_address="vanthu@tinh.test",
        document_number="36/TB-UBND",
        document_kind="Thông báo",
        received_count=1,
        own_queue_ids=(QUEUE_ID,),
        subject="Thông báo họp",
        eight_bit=True,
    )


@pytest.mark.parametrize("data", [b"", b"\r\n", b"\r\nFrom: a@b.test\r\n", b":\r\n\r\n", b"\x00\xff\r\r\n\n"])
def test_a_message_without_a_head_says_nothing(data: bytes) -> None:
    assert scan(data) in (Headers(), Headers(eight_bit=True))


def test_all_from_fields_count() -> None:
    fields = head(
        "From: a@tinh.test", "FROM : b@tinh.test", "from:", " c@tinh.test,", "\td@tinh.test", "X-From: e@f.test"
    )
    assert scan(fields).from_addresses == ("a@tinh.test", "b@tinh.test", "c@tinh.test", "d@tinh.test")


def test_the_body_is_not_read() -> None:
    assert scan(head("Subject: a") + b"From: a@tinh.test\r\nReceived: x\r\n") == Headers(subject="a")


def test_of_a_field_that_may_occur_once_the_first_counts() -> None:
    fields = scan(head("Subject: a", "Subject: b", "Message-ID: <1@a.test>", "Message-ID: <2@a.test>"))
    assert (fields.subject, fields.message_id) == ("a", "<1@a.test>")


@pytest.mark.parametrize(
    ("line", "message_id"),
    [
        ("Message-ID: <a@b.test>", "<a@b.test>"),
        ("Message-Id: \r\n <a@b.test> (comment)", "<a@b.test>"),
        ("Message-ID: a@b.test", "a@b.test"),
        ("Message-ID: <a b@c.test>", "<a b@c.test>"),
        ("Message-ID: <đ@b.test>", "<đ@b.test>"),
        ("Message-ID: <a\x00\x01@b.test>", "<a@b.test>"),
        ("Message-ID:", ""),
    ],
)
def test_message_ids_keep_their_brackets(line: str, message_id: str) -> None:
    assert scan(head(line)).message_id == message_id


@pytest.mark.parametrize(
    ("line", "urgency"),
    [
        ("X-Priority: 1 (Highest)", "urgent"),
        ("X-Priority: 2", "urgent"),
        ("X-Priority: 3 (Normal)", "normal"),
        ("Importance: High", "urgent"),
        ("Importance: normal", "normal"),
        ("Priority: urgent", "urgent"),
        ("Priority: non-urgent", "normal"),
        ("Congvu-Document-Urgency: Hỏa tốc", "urgent"),
        ("Congvu-Document-Urgency: =?utf-8?B?SG/huqMgdOG7kWM=?=", "urgent"),
        ("Congvu-Document-Urgency: THƯỢNG KHẨN", "urgent"),
        ("Congvu-Document-Urgency: khẩn", "urgent"),
        ("Congvu-Document-Urgency: thường", "normal"),
        ("X-Priority:", "normal"),
    ],
)
def test_urgency(line: str, urgency: str) -> None:
    assert scan(head(line)).urgency == urgency


@pytest.mark.parametrize(
    ("line", "automatic"),
    [
        ("Auto-Submitted: auto-replied", True),
        ("Auto-Submitted: auto-generated; x=y", True),
        ("Auto-Submitted: no", False),
        ("Auto-Submitted: No (a person)", False),
        ("Auto-Submitted:", False),
        ("List-Id: <x.tinh.test>", True),
        ("Precedence: bulk", True),
        ("Precedence: first-class", False),
    ],
)
def test_automatic_mail(line: str, automatic: bool) -> None:
    assert scan(head(line)).automatic is automatic


@pytest.mark.parametrize(
    ("line", "known"),
    [
        (f"Received: by {RELAY} (Congvu) id {QUEUE_ID}; x", True),
        (f"Received: from x\r\n\tby MAIL.tinh.test\r\n\twith ESMTP id\r\n\t{QUEUE_ID}; x", True),
        (f"Received: from x by other.test id {QUEUE_ID}; x", False),
        (f"Received: from x by {RELAY}.other.test id {QUEUE_ID}; x", False),
        (f"Received: from x by {RELAY} id 4Zx-99; x", False),
        (f"Received: from x by {RELAY} id {QUEUE_ID}A; x", False),
    ],
)
def test_our_own_queue_ids_are_known_again(line: str, known: bool) -> None:
    fields = scan(head(line), RELAY)
    assert fields.own_queue_ids == ((QUEUE_ID,) if known else ())
    assert fields.received_count == 1


def test_received_fields_are_counted() -> None:
    assert scan(head(*["Received: x"] * 51)).received_count == 51


@pytest.mark.parametrize(
    ("line", "subject"),
    [
        ("Subject: a\tb   c ", "a b c"),
        ("Subject: Thông báo", "Thông báo"),
        ("Subject: Tho\u0302ng", "Thông"),
        ("Subject: =?utf-8?Q?a=0D=0ABcc:_x@y.test?=", "a Bcc: x@y.test"),
        ("Subject: a\x00\x1b[31mb", "a[31mb"),
        ("Subject: a\u202eb", "ab"),
    ],
)
def test_text_is_one_clean_line(line: str, subject: str) -> None:
    assert scan(head(line)).subject == subject


def test_long_text_is_cut() -> None:
    assert len(scan(head("Subject: " + "x" * 60_000)).subject) == 998
    assert len(scan(head("Message-ID: <" + "x" * 60_000 + ">")).message_id) == 998


def test_only_so_much_of_a_head_is_read() -> None:
    late = b"X: y\r\n" * (HEAD_LIMIT_BYTES // 6) + b"Subject: late\r\n"
    assert scan(late).subject == ""


def test_the_filter_mark_comes_back() -> None:
    assert scan(head("Congvu-Filtered: 0D5FY3XKQ7ZAB abc")).filtered == "0D5FY3XKQ7ZAB abc"


@pytest.mark.parametrize(
    ("data", "end"),
    [(b"", -1), (b"a: b\r\n", -1), (b"a: b\r\n\r\n", 8), (b"a: b\r\n\r\nx\r\n\r\n", 8), (b"\r\nx", 2), (b"a\n\nb", -1)],
)
def test_where_the_head_ends(data: bytes, end: int) -> None:
    assert end_of_head(data) == end
