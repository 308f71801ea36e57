"""What each program's mail says, one by one (tests/data/replies/README.md)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from meetings.replies.reading import Answered, Report
from tests.support.reply_mails import TOKEN, UID, fixture, fixtures, reading

MONDAY = datetime(2026, 11, 30, 1, 0, tzinfo=UTC)


def at(hour: int, minute: int, second: int = 0) -> datetime:
    return datetime(2026, 11, 23, hour, minute, second, tzinfo=UTC)


def test_gmail() -> None:
    said = reading("gmail_accepted")
    assert (said.kind, said.reason, said.method, said.uid) == ("itip", "", "REPLY", UID)
    assert said.automatic
    assert (said.sender, said.sender_name) == ("le.cuc@khach.example", "Lê Thị Cúc")
    assert said.answers == (
        Answered("le.cuc@khach.example", "Lê Thị Cúc", partstat="ACCEPTED", sequence=2, dtstamp=at(2, 12, 29)),
    )
    assert said.message_id == "calendar-5d2c1b40-8f8a-4c54-8a8e-8f4f6f6d2a11@google.example"
    assert said.recipients == (f"hop+{TOKEN}@tinh.test",)


def test_gmail_answers_a_series_and_its_occurrences_at_once() -> None:
    answers = reading("gmail_series").answers
    assert [(each.partstat, each.recurrence_id) for each in answers] == [
        ("ACCEPTED", None),
        ("DECLINED", datetime(2026, 12, 7, 1, 0, tzinfo=UTC)),
        ("TENTATIVE", datetime(2026, 12, 14, 1, 0, tzinfo=UTC)),
    ]


def test_exchange() -> None:
    said = reading("exchange_accepted")
    assert said.sender == "pham.duc@khach.example"
    assert said.in_reply_to == ("3n8d0w5y2r6t9q1x@tinh.test",)
    assert said.answers == (
        Answered(
            "pham.duc@khach.example",
            "Phạm Văn Đức",
            partstat="ACCEPTED",
            comment="Tôi sẽ có mặt, đến trước 10 phút.",
            sequence=4,
            dtstamp=at(2, 20, 11),
            recurrence_id=MONDAY,
        ),
    )


def test_exchange_proposes_another_time() -> None:
    said = reading("exchange_counter")
    (answer,) = said.answers
    assert (said.method, answer.partstat) == ("COUNTER", "TENTATIVE")
    assert answer.comment == "Xin lùi sang buổi chiều vì trùng lịch tiếp công dân."
    assert (answer.proposed_start, answer.proposed_end) == (
        datetime(2026, 11, 30, 7, 0, tzinfo=UTC),
        datetime(2026, 11, 30, 9, 0, tzinfo=UTC),
    )


def test_apple() -> None:
    said = reading("apple_declined")
    (answer,) = said.answers
    assert (said.method, answer.attendee, answer.partstat) == ("REPLY", "vu.huy@khach.example", "DECLINED")
    assert answer.email_parameter == "vu.huy@khach.example"


def test_thunderbird_with_a_login() -> None:
    said = reading("thunderbird_tentative")
    assert [each.partstat for each in said.answers] == ["TENTATIVE"]
    assert said.received_account == "tran.binh@sxd.tinh.test"


def test_obm() -> None:
    (answer,) = reading("obm_accepted").answers
    assert (answer.attendee, answer.attendee_name, answer.partstat) == ("do.en@khach.example", "Đỗ Thị Én", "ACCEPTED")
    assert (answer.proposed_start, answer.proposed_end) == (None, None)


def test_grommunio_without_attendee_is_its_sender_and_no_answer() -> None:
    said = reading("grommunio_accepted")
    assert said.answers == (Answered("phong.a2@khach.example", comment="ok", sequence=2, dtstamp=at(2, 40)),)


def test_kolab_delegates() -> None:
    said = reading("kolab_delegated")
    assert said.answers == (
        Answered(
            "nguyen.an@sxd.tinh.test",
            "Nguyễn Văn An",
            partstat="DELEGATED",
            comment="Tôi đi công tác; cử đồng chí Giang dự thay.",
            sequence=2,
            dtstamp=at(2, 45),
            delegated_to="hoang.giang@sxd.tinh.test",
            delegated_to_name="Hoàng Giang",
        ),
    )


def test_declined_with_a_reason() -> None:
    (answer,) = reading("declined_with_comment").answers
    assert (answer.attendee, answer.sent_by) == ("bui.khanh@khach.example", "thu.ky@khach.example")
    assert answer.comment == (
        "Bận dự kỳ họp Hội đồng nhân dân, xin phép vắng mặt và gửi ý kiến bằng văn bản. Trân trọng!"
    )


def test_refresh() -> None:
    said = reading("refresh")
    assert (said.kind, said.method, said.uid) == ("itip", "REFRESH", UID)
    assert [(each.attendee, each.partstat) for each in said.answers] == [("ly.long@khach.example", "")]


def test_odd_spelling() -> None:
    said = reading("odd_spelling")
    assert (said.method, said.uid, said.sender_name) == ("REPLY", UID, "Mai Xuân Oanh")
    assert said.answers == (
        Answered("mai.oanh@khach.example", "Mai Xuân Oanh", partstat="ACCEPTED", sequence=2, dtstamp=at(3, 0)),
    )


def test_winmail() -> None:
    said = reading("winmail")
    assert (said.kind, said.reason, said.answers) == ("tnef", "tnef", ())


def test_a_report_of_our_relay() -> None:
    said = reading("report_delivered")
    assert (said.kind, said.reason, said.automatic) == ("report", "", True)
    assert said.reports == (
        Report(
            "3n8d0w5y2r6t9q1x",
            "3n8d0w5y2r6t9q1x",
            "nguyen.an@sxd.tinh.test",
            "delivered",
            "2.0.0",
            "250 2.0.0 <u1> Saved",
        ),
    )


def test_a_report_of_another_server_is_known_by_the_mail_it_returns() -> None:
    said = reading("report_failed")
    assert [(each.token, each.final_recipient, each.action, each.status) for each in said.reports] == [
        ("3n8d0w5y2r6t9q1x", "phan.quang@donvi.example", "failed", "5.1.1"),
        ("3n8d0w5y2r6t9q1x", "khac@donvi.example", "delayed", "4.7.1"),
    ]
    assert said.answers == ()


@pytest.mark.parametrize(
    ("name", "kind", "reason"),
    [
        ("read_receipt", "automatic", "automatic"),
        ("out_of_office", "automatic", "automatic"),
        ("question", "plain", "no_calendar"),
        ("own_mail", "automatic", "own_mail"),
        ("forwarded_invitation", "itip", "unknown_method"),
    ],
)
def test_what_is_no_answer(name: str, kind: str, reason: str) -> None:
    said = reading(name)
    assert (said.kind, said.reason, said.answers, said.reports) == (kind, reason, (), ())


def test_every_fixture_is_read_the_same_with_lf_alone_and_ends_in_crlf() -> None:
    from meetings.replies.reading import read
    from tests.support.reply_mails import OURS

    for name in fixtures():
        data = fixture(name)
        assert b"\n" not in data.replace(b"\r\n", b"")
        with_lf = read(data.replace(b"\r\n", b"\n"), ours=OURS)
        assert (with_lf.kind, with_lf.answers, with_lf.reports) == (
            reading(name).kind,
            reading(name).answers,
            reading(name).reports,
        )
