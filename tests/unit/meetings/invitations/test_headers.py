"""The fields of a head: short lines, whole letters, nothing that ends a line."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.header import decode_header, make_header
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import InputError
from meetings.invitations.headers import field, mailbox_field, message_id
from meetings.invitations.marks import clean_line

LONG = "Hội nghị trực tuyến toàn tỉnh triển khai công tác phòng, chống thiên tai và tìm kiếm cứu nạn " * 3


def value_of(line: bytes, name: str) -> str:
    return str(message_from_bytes(line + b"\r\n", policy=policy.default)[name])


@given(st.text(st.characters(exclude_categories=["Cs", "Co", "Cn"]), max_size=200))
def test_a_field_reads_back_as_it_was_written(text: str) -> None:
    line = field("Subject", text)
    assert line.isascii()
    assert all(len(each) <= 76 for each in line.split(b"\r\n"))
    shown = "".join(letter for letter in clean_line(normalize("NFC", text)) if letter.isprintable())
    assert value_of(line, "Subject").split() == shown.split()


def test_a_long_subject_is_cut_at_no_letter() -> None:
    line = field("Subject", LONG)
    assert all(len(each) <= 76 for each in line.split(b"\r\n"))
    assert value_of(line, "Subject") == LONG.strip()


def test_plain_words_stay_plain() -> None:
    assert field("Congvu-Document-Number", "15/GM-UBND") == b"Congvu-Document-Number: 15/GM-UBND\r\n"
    assert field("Subject", "=?utf-8?Q?x?=").startswith(b"Subject: =?utf-8?B?")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("", b"To: an@tinh.test\r\n"),
        ("An Nguyen", b"To: An Nguyen <an@tinh.test>\r\n"),
        ("Nguyen, An", b'To: "Nguyen, An" <an@tinh.test>\r\n'),
        ('An "Hai" \\', b'To: "An \\"Hai\\" \\\\" <an@tinh.test>\r\n'),
        ("An\r\nBcc: x@y.test", b'To: "An Bcc: x@y.test" <an@tinh.test>\r\n'),
    ],
)
def test_a_mailbox(name: str, line: bytes) -> None:
    assert mailbox_field("To", name, "an@tinh.test") == line


def test_a_long_vietnamese_name_reads_back() -> None:
    line = mailbox_field("From", LONG[:150], "hop+abcdefghijklmnopqrstuvwxyz@tinh.test")
    assert all(len(each) <= 78 for each in line.split(b"\r\n"))
    raw = message_from_bytes(line + b"\r\n", policy=policy.compat32)["From"]
    assert str(make_header(decode_header(raw))) == f"{LONG[:150].strip()} <hop+abcdefghijklmnopqrstuvwxyz@tinh.test>"


def test_only_addresses_are_addresses() -> None:
    with pytest.raises(InputError):
        mailbox_field("To", "An", "an@tinh.test, boss@tinh.test")
    with pytest.raises(InputError):
        mailbox_field("To", "An", "an@tinh.test\r\nBcc: x@y.test")
    assert not mailbox_field("To", "An", "ấn@tinh.test").isascii()  # SMTPUTF8


def test_a_message_id_is_a_token_or_one_already() -> None:
    assert message_id("abc-1_2.x", "tinh.test") == "<abc-1_2.x@tinh.test>"
    assert message_id("<a.b@other.test>", "tinh.test") == "<a.b@other.test>"
    for bad in ("", "a b", "<a b@c>", "<a@b>\r\nX: y", "a..b", "<>"):
        with pytest.raises(ValueError):
            message_id(bad, "tinh.test")
