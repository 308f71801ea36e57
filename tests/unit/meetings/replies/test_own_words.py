"""What people write and attach beside an answer."""

from __future__ import annotations

import pytest

from meetings.replies.reading import Reading, read
from tests.support.reply_mails import OURS, calendar, event, mail, mixed, part

PDF = part(b"%PDF", "application/pdf", 'Content-Disposition: attachment; filename="bao-cao.pdf"')
ICS = part(
    calendar(event()), 'application/ics; name="invite.ics"', 'Content-Disposition: attachment; filename="invite.ics"'
)
LOGO = part(b"x", 'image/png; name="logo.png"', "Content-Disposition: inline", "Content-ID: <logo@x>")


def text(words: str, kind: str = "text/plain; charset=utf-8", *fields: str) -> str:
    return part(words, kind, *fields)


def beside(*parts: str, fields: tuple[str, ...] = (), lines: tuple[str, ...] = ()) -> Reading:
    """An answer with these parts."""
    attendee = "ATTENDEE;PARTSTAT=ACCEPTED:mailto:an@khach.example"
    answer = part(calendar(event(attendee, *lines)))
    return read(mail(mixed(*parts, answer), *fields), ours=OURS)


def comment(words: str) -> str:
    return beside(text(words)).answers[0].comment


def test_an_answer_without_a_comment_has_the_words_of_its_mail() -> None:
    said = beside(text("Tôi sẽ đến muộn 30 phút,\n gửi kèm báo cáo."), PDF)
    assert said.answers[0].comment == "Tôi sẽ đến muộn 30 phút, gửi kèm báo cáo."
    assert said.attached


@pytest.mark.parametrize(
    "after",
    [
        "-- \nAn\nSở Xây dựng",
        "________________________________\nFrom: x",
        "-----Original Message-----\nFrom: hop@tinh.test",
        "-----Thư gốc-----\nx",
        "On Mon, 23 Nov 2026 at 08:00, Văn phòng <hop@tinh.test> wrote:\n> Kính mời",
        "Vào Th 2, 23 thg 11, 2026 vào lúc 08:00 Văn phòng <\nhop@tinh.test> đã viết:\n> Kính mời",
        "Từ: Văn phòng <hop@tinh.test>\nx",
        "Sent from my iPhone",
        "> Kính mời dự họp\n> lúc 8 giờ",
    ],
)
def test_quotes_and_signatures_are_no_words_of_theirs(after: str) -> None:
    assert comment(f"Tôi đến muộn.\n\n{after}") == "Tôi đến muộn."


def test_a_date_is_no_quote() -> None:
    assert comment("Ngày 23/11/2026 tôi bận.\nXin lỗi.") == "Ngày 23/11/2026 tôi bận. Xin lỗi."


def test_at_most_500_characters_of_a_long_text_and_no_half_letters() -> None:
    assert comment("muộn " * 9000) == ("muộn " * 100).rstrip()
    assert comment("") == ""
    assert comment("đến muộn\n" * 3000) == ("đến muộn " * 60)[:500].rstrip()


def test_a_comment_of_the_calendar_goes_before_the_words_of_the_mail() -> None:
    assert beside(text("lời trong thư"), lines=("COMMENT:lý do",)).answers[0].comment == "lý do"


def test_the_words_of_programs_are_nobodys() -> None:
    assert beside(text("An đã nhận lời."), fields=("Auto-Submitted: auto-generated",)).answers[0].comment == ""


@pytest.mark.parametrize(
    "parts",
    [
        (text("<p>lời</p>", "text/html; charset=utf-8"),),
        (text("lời", 'text/plain; charset=utf-8; name="ghi-chu.txt"'),),
        (text("lời", "text/plain; charset=utf-8", "Content-Disposition: attachment"),),
    ],
)
def test_only_plain_text_that_is_shown_is_taken(parts: tuple[str, ...]) -> None:
    assert beside(*parts).answers[0].comment == ""


def test_an_answer_is_known_again_whatever_was_written_beside_it() -> None:
    assert beside(text("một")).digest == beside(text("hai")).digest


@pytest.mark.parametrize(
    ("parts", "attached"),
    [
        ((PDF,), True),
        ((part(b"x", "image/jpeg", 'Content-Disposition: attachment; filename="anh.jpg"'),), True),
        ((part(b"x", 'application/msword; name="a.doc"'),), True),
        ((text("x", 'text/plain; name="a.txt"'),), True),
        ((part(b"From: a@b.example", "message/rfc822"),), True),
        ((text("lời"), text("<p>lời</p>", "text/html")), False),
        ((LOGO,), False),
        ((ICS,), False),
        ((part(b"x", "application/pkcs7-signature; name=smime.p7s"),), False),
    ],
)
def test_files_are_what_is_neither_text_nor_calendar_nor_signature(parts: tuple[str, ...], attached: bool) -> None:
    assert beside(*parts).attached is attached


@pytest.mark.parametrize("body", ["no calendar", b"\xff\xfe\x00"], ids=["other text", "no text"])
def test_files_beside_a_calendar_that_cannot_be_read_are_seen(body: str | bytes) -> None:
    said = [read(mail(mixed(part(body), *files)), ours=OURS) for files in ((PDF,), ())]
    assert [(each.kind, each.reason, each.attached) for each in said] == [
        ("broken", "unreadable", True),
        ("broken", "unreadable", False),
    ]
