"""Heads as strangers write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from meetings.replies.header_fields import (
    decoded,
    fields_of,
    first,
    identifiers,
    instant_of,
    mailboxes,
    parameters,
    text_of,
    values_of,
)


def test_fields_are_unfolded_in_order_with_lower_case_names() -> None:
    fields = fields_of("Subject: một\n hai\nX-A:1\nnot a field\nSUBJECT : ba\n".encode())
    assert fields == (("subject", "một hai"), ("x-a", "1"), ("subject", "ba"))
    assert first(fields, "subject") == "một hai"
    assert first(fields, "none") == ""
    assert list(values_of(fields, "subject", "none")) == ["một hai", "ba"]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("=?UTF-8?B?SOG7jXA=?= =?utf-8?q?_giao_ban?=", "Họp giao ban"),
        ("=?utf-8*vi?Q?H=E1=BB=8Dp?=", "Họp"),
        ("=?windows-1258?Q?Ho=A0p?=", "Ho p"),
        ("=?x-unknown?B?SOG7jXA=?=", "Họp"),
        ("=?utf-8?B?SOG7jXA?=", "Họp"),
        ("=?utf-8?B?A?=", "=?utf-8?B?A?="),
        ("=?utf-8?X?a?=", "=?utf-8?X?a?="),
        ("a\x00b\u202ec\td", "abc d"),
        ("Họp", "Họp"),
    ],
)
def test_words(written: str, text: str) -> None:
    assert text_of(written) == text


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        ("Hội".encode(), "us-ascii", "Hội"),
        ("Hội".encode(), "iso-8859-1", "Hội"),
        (b"caf\xe9", "iso-8859-1", "café"),
        (b"caf\xe9", "zlib", "café"),
        (b"caf\xe9", "", "café"),
        ("Hội".encode("utf-16"), "UTF-16", "Hội"),
        (b"\xff", "utf-16", "ÿ"),
    ],
)
def test_charsets(data: bytes, charset: str, text: str) -> None:
    assert decoded(data, charset) == text


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("An <An@Tinh.TEST>", (("An", "an@tinh.test"),)),
        ('"Nguyễn, An" <an@tinh.test>, binh@tinh.test', (("Nguyễn, An", "an@tinh.test"), ("", "binh@tinh.test"))),
        ("=?utf-8?q?=C4=90=E1=BB=A9c?= <duc@tinh.test>", (("Đức", "duc@tinh.test"),)),
        ("undisclosed-recipients:;", ()),
        ("nobody", ()),
        ("", ()),
    ],
)
def test_mailboxes(value: str, found: tuple[tuple[str, str], ...]) -> None:
    assert mailboxes(value) == found


def test_identifiers_are_bounded_and_each_once() -> None:
    assert identifiers("<a@b> text <c@d> <a@b> <> <x y>") == ("a@b", "c@d")
    assert len(identifiers("".join(f"<{number}@x>" for number in range(500)))) == 50


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ("Mon, 23 Nov 2026 09:00:00 +0700", datetime(2026, 11, 23, 2, 0, tzinfo=UTC)),
        ("Mon, 23 Nov 2026 09:00:00 +0700 (ICT)", datetime(2026, 11, 23, 2, 0, tzinfo=UTC)),
        ("23 Nov 2026 02:00 GMT", datetime(2026, 11, 23, 2, 0, tzinfo=UTC)),
        ("23 Nov 2026 02:00:00 -0000", datetime(2026, 11, 23, 2, 0, tzinfo=UTC)),
        ("yesterday", None),
        ("", None),
        ("32 Nov 2026 02:00:00 +0000", None),
        ("31 Dec 9999 23:59:59 -2300", None),
    ],
)
def test_dates(value: str, at: datetime | None) -> None:
    assert instant_of(value) == at


def test_parameters() -> None:
    written = (
        "text/calendar; METHOD=reply; charset=\"utf-8\"; name*0*=utf-8''h%E1%BB; name*1*=%8Dp.ics;"
        ' x="a;\\"b"; charset=x'
    )
    assert parameters(written) == {"method": "reply", "charset": "utf-8", "name": "họp.ics", "x": 'a;"b'}
    assert parameters("text/plain") == {}
