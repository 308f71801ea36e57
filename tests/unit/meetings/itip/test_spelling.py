"""Clean words, escapes, parameters, addresses, URIs and folded lines."""

from __future__ import annotations

import pytest

from meetings.itip.spelling import (
    LINE_OCTETS,
    Words,
    clean_text,
    common_name,
    escaped,
    folded,
    mailto,
    one_line,
    parameter,
    uri,
)


def test_a_name_has_no_quotes_no_controls_and_single_spaces() -> None:
    assert common_name(' Văn phòng\t"UBND"\r\n tỉnh\x00 ') == "Văn phòng ”UBND” tỉnh"
    assert common_name("Sở XD\\P. QLNX ^_^") == "Sở XD/P. QLNX ˆ_ˆ"


def test_what_nobody_sees_is_not_written() -> None:
    assert one_line("\ufeffAn \u202enaB\u202c") == "An naB"
    assert clean_text("\ufeffmột\nhai\u2066") == "một\nhai"
    assert one_line("👩‍👩‍👧") == "👩‍👩‍👧"


def test_words_are_composed_letters() -> None:
    assert one_line("Nguyễn") == "Nguyễn"
    assert clean_text("Nguyễn") == "Nguyễn"


def test_text_keeps_its_lines_and_tabs_and_nothing_else_below_a_space() -> None:
    assert clean_text("một\r\nhai\rba\u2028bốn\x85năm\x07\ttab \n") == "một\nhai\nba\nbốn\nnăm\ttab"
    assert clean_text("lỗi \ud800 phông") == "lỗi  phông"


def test_a_backslash_before_a_capital_n_stays_a_backslash() -> None:
    assert escaped("\\\\maychu\\Noi dung; a, b\nc") == "\\\\\\\\maychu\\\\Noi dung\\; a\\, b\\nc"
    assert Words("\\New").to_ical() == b"\\\\New"


@pytest.mark.parametrize(
    ("name", "value", "spelled"),
    [
        ("CN", "An", ";CN=An"),
        ("CN", "Nguyễn Ân", ';CN="Nguyễn Ân"'),
        ("CN", "Sở XD; TP, H:1", ';CN="Sở XD; TP, H:1"'),
        ("CN", "a^b", ";CN=a^^b"),  # as the library would; common_name leaves no caret
        ("LABEL", "Vào họp", ";LABEL=Vào họp"),
        ("LABEL", "PIN: 1", ';LABEL="PIN: 1"'),
        ("SENT-BY", "mailto:a@b.test", ';SENT-BY="mailto:a@b.test"'),
    ],
)
def test_parameters_are_quoted_where_they_must_be(name: str, value: str, spelled: str) -> None:
    assert parameter(name, value) == spelled


def test_an_address_never_breaks_its_uri() -> None:
    assert mailto("an@tinh.test") == "mailto:an@tinh.test"
    assert mailto('"a b"@tinh.test') == "mailto:%22a%20b%22@tinh.test"
    assert mailto("50%@tinh.test") == "mailto:50%25@tinh.test"
    assert mailto("ân@tỉnh.test") == "mailto:ân@tỉnh.test"


def test_a_uri_has_only_what_uris_have() -> None:
    assert uri(" https://hop.tinh.test/họp 1?a=b#c ") == "https://hop.tinh.test/h%E1%BB%8Dp%201?a=b#c"
    assert uri("https://x.test/%20\r\nX:1") == "https://x.test/%20%0D%0AX:1"


@pytest.mark.parametrize("letter", ["a", "ế", "€", "😀", "e\u0323"])
@pytest.mark.parametrize("before", range(60, 80))
def test_no_line_is_long_and_no_letter_is_split(letter: str, before: int) -> None:
    line = "SUMMARY:" + "x" * (before - 8) + letter * 60
    lines = folded(line).split(b"\r\n")
    assert lines[-1] == b""
    assert all(len(piece) <= LINE_OCTETS for piece in lines)
    assert "".join(piece.decode().removeprefix(" ") for piece in lines) == line


def test_an_escape_is_not_folded_apart() -> None:
    for before in range(60, 80):
        pieces = folded("X:" + "a" * before + "\\," * 40).split(b"\r\n ")
        assert not any(piece.endswith(b"\\") for piece in pieces)
