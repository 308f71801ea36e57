"""Slugs, keys, initials and the order of Vietnamese lists."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from foundation.vietnamese import equality_key, initials, search_key, slug, sort_key
from tests.support.vietnamese_names import names, unusual_names

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Đặng Đức", "dangduc"),
        ("Ðặng ðức", "dangduc"),  # eth, the look-alike
        ("Nguye\u0302\u0303n", "nguyen"),
        ("H'Bliă Êban", "hbliaeban"),
        ("H’ Jŭ Ayŭn", "hjuayun"),
        ("K'Brếp", "kbrep"),
        ("ƀ Ƀ êƀ Čư̆ ñ ĭ ŏ ĕ", "bbebcunioe"),
        ("Rơ Châm Ơ̆", "rochamo"),
        ("UBND xã Ea Kar – 2", "ubndxaeakar2"),
        ("Müller Straße", "mullerstrasse"),
        ("Øre Łódź Иван", "orelodzivan"),
        ("''–?!", ""),
        ("", ""),
    ],
)
def test_slug(text: str, expected: str) -> None:
    assert slug(text) == expected


def test_every_extra_letter_has_its_plain_letter() -> None:
    extra = {
        letter: plain
        for letter, plain in names()["ethnic_minority"]["extra_letters"].items()
        if letter != "apostrophes"
    }
    assert {letter: slug(letter) for letter in extra} == {letter: plain.lower() for letter, plain in extra.items()}


def test_every_name_has_a_slug_of_letters() -> None:
    assert [name for name in unusual_names() if not slug(name).isalpha()] == []


@pytest.mark.parametrize(("one", "other"), names()["special_cases"]["tone_variants"])
def test_styles_of_tone_marks_are_equal(one: str, other: str) -> None:
    assert equality_key(f"Nguyễn {one}") == equality_key(f"NGUYỄN {other}")


@pytest.mark.parametrize(("one", "other"), names()["special_cases"]["i_y_variants_not_equal"])
def test_i_and_y_differ_in_legal_names(one: str, other: str) -> None:
    assert equality_key(one) != equality_key(other)
    assert search_key(one)[0] == search_key(other)[0]


@pytest.mark.parametrize("form", ["H'Jŭ", "H’Jŭ", "HʼJŭ", "H‘Jŭ", "H' Jŭ", "h`jŭ", "H´Jŭ", "H'Ju\u0306"])
def test_apostrophe_forms_are_one_name(form: str) -> None:
    assert equality_key(f"{form} Ayŭn") == equality_key("H'Jŭ Ayŭn")
    assert search_key(f"{form}  Ayŭn") == "hju ayun"


def test_keys_keep_tones_and_letters_apart() -> None:
    assert equality_key("Lê Thị Hà") == "lê thi5 ha1"
    assert len({equality_key(name) for name in ("Hà", "Hạ", "Hả", "Há", "Hã", "Ha")}) == 6
    assert equality_key("Ðinh") == equality_key("Đinh") != equality_key("Dinh")
    assert equality_key("Y-Blum Niê") == equality_key("Y Blum  Niê\u00a0")


def test_search_key_and_initials() -> None:
    assert search_key("Nguyễn Văn  An") == "nguyen van an"
    assert initials("Nguyễn Văn") == "nv"
    assert initials(["Đặng", "Thị", "H'Bliă"]) == "dth"
    assert initials("") == ""


def _is_sorted(words: list[str]) -> bool:
    keys = [sort_key(word, "") for word in words]
    return all(first < second for first, second in pairwise(keys))


def _order(people: list[str]) -> list[str]:
    return sorted(people, key=lambda name: sort_key(name.split()[-1], " ".join(name.split()[:-1])))


def test_lists_are_sorted_by_given_name_then_by_the_rest() -> None:
    people = ["Trần Văn Bình", "Nguyễn Thị Ánh", "Nguyễn Văn An", "Lê Thị An", "Lê Văn An", "Đỗ Văn An", "Dương Văn An"]
    assert _order(people) == [
        "Dương Văn An",
        "Đỗ Văn An",
        "Lê Thị An",
        "Lê Văn An",
        "Nguyễn Văn An",
        "Nguyễn Thị Ánh",
        "Trần Văn Bình",
    ]


def test_letters_and_tones_have_the_vietnamese_order() -> None:
    letters = list("aăâbcdđeêghiklmnoôơpqrstuưvxy")
    assert _is_sorted(letters)
    tones = ["a", "à", "ả", "ã", "á", "ạ", "ă", "â"]
    assert _is_sorted(tones)


def test_syllables_compare_one_by_one() -> None:
    assert sort_key("Hoa Bình", "") < sort_key("Hòa Ánh", "")  # whole-string collation says the opposite
    assert sort_key("An", "") < sort_key("An Anh", "")


def test_the_order_is_total() -> None:
    assert sort_key("Hòa", "Lê") != sort_key("Hoà", "Lê")


def test_importing_reads_no_table_and_nothing_heavy() -> None:
    program = (
        "import sys, foundation.vietnamese, foundation.documents, foundation.addresses, foundation.workdays as w;"
        "from foundation.vietnamese.encodings import table; assert table.cache_info().currsize == 0;"
        "print(sorted({'json', 'anyascii', 'holidays', 'pathlib', 'ipaddress'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-S", "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
