"""TCVN3 and VNI tables: every letter, every published vector, every pair."""

from __future__ import annotations

import pytest

from foundation.vietnamese import encode_tcvn3, encode_vni, nfc
from foundation.vietnamese.encodings import decode_tcvn3, decode_vni, stands_in_capitals, table, with_capitals
from foundation.vietnamese.letters import SPLIT

LETTERS = [letter for letter in SPLIT if not letter.isascii()]
TONED_CAPITALS = [letter for letter in LETTERS if letter.isupper() and SPLIT[letter][1]]


def test_the_alphabet_has_134_accented_letters() -> None:
    assert len(LETTERS) == 134
    assert len(TONED_CAPITALS) == 60


@pytest.mark.parametrize(("surface", "text"), table("tcvn3.json")["test_vectors"])
def test_tcvn3_vectors(surface: str, text: str) -> None:
    assert decode_tcvn3(surface) == text
    assert encode_tcvn3(text) == surface


@pytest.mark.parametrize(("surface", "text"), table("vni.json")["test_vectors"])
def test_vni_vectors(surface: str, text: str) -> None:
    assert decode_vni(surface) == text
    assert encode_vni(text) == surface


def test_every_vni_pair_is_read_back() -> None:
    alphabet = [*LETTERS, *"abcdefghijklmnopqrstuvwxyzAEIOUY -./"]
    pairs = [first + second for first in alphabet for second in alphabet]
    assert [pair for pair in pairs if decode_vni(encode_vni(pair)) != pair] == []


def test_every_tcvn3_letter_is_read_back_but_for_capitals_with_a_tone() -> None:
    assert [
        letter for letter in LETTERS if letter not in TONED_CAPITALS and decode_tcvn3(encode_tcvn3(letter)) != letter
    ] == []
    for capital in TONED_CAPITALS:
        with pytest.raises(ValueError, match="has no code in TCVN3"):
            encode_tcvn3(capital)
        assert decode_tcvn3(encode_tcvn3(capital, capital_font=True)) == capital.lower()


def test_the_u_with_horn_of_tcvn3_is_a_soft_hyphen() -> None:
    assert encode_tcvn3("thư") == "th\xad"


@pytest.mark.parametrize("letter", ["ŭ", "č", "ƀ", "ñ", "ơ\u0306", "é\u0323", "Ж"])
def test_letters_without_a_code_are_refused(letter: str) -> None:
    with pytest.raises(ValueError, match=r"no code|would be read"):
        encode_tcvn3(f"Y {letter}")
    with pytest.raises(ValueError, match=r"no code|would be read"):
        encode_vni(f"Y {letter}")


def test_a_mark_takes_the_case_of_its_letter() -> None:
    assert decode_vni("NGUYEãN VAêN aØ") == "NGUYỄN VĂN à"


def test_what_has_no_meaning_is_no_reading() -> None:
    assert decode_tcvn3("Hà") is None  # E0 is no letter of TCVN3
    assert decode_vni("Hå") is None
    assert decode_tcvn3("Nguyễn") is None


@pytest.mark.parametrize(
    ("decoded", "heading", "name", "expected"),
    [
        ("NGUYễN VĂN AN", False, True, "NGUYỄN VĂN AN"),
        ("CộNG HOà Xã HộI", True, False, "CỘNG HOÀ XÃ HỘI"),
        ("Xã", False, False, "Xã"),
        ("ủY BAN", False, False, "ỦY BAN"),
        ("Nguyễn Thị ánh", False, True, "Nguyễn Thị Ánh"),
        ("nguyễn thị ánh", False, True, "nguyễn thị ánh"),
        ("thị trấn ánh", False, False, "thị trấn ánh"),
        ("ý", False, True, "Ý"),
    ],
)
def test_capitals_that_the_encoding_cannot_hold(decoded: str, heading: bool, name: bool, expected: str) -> None:
    assert with_capitals(decoded, heading=heading, name=name) == expected


def test_abbreviations_do_not_make_a_heading_of_a_sentence() -> None:
    assert not stands_in_capitals("Số: 12/QĐ-UBND", name=False)
    assert stands_in_capitals("CHỉ THị", name=False)
    assert stands_in_capitals("MINH", name=True)
    assert stands_in_capitals("Vũ", name=True) is None
    assert stands_in_capitals("Minh", name=True) is False


def test_nfc_composes() -> None:
    assert nfc("Nguye\u0302\u0303n") == "Nguyễn"
    assert nfc("Nguyen") == "Nguyen"
