"""Number and symbol of documents, and their kinds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from foundation.documents import (
    ADMINISTRATIVE_KINDS,
    ALL_KINDS,
    DocumentNumber,
    Kind,
    find_numbers,
    kind_of,
    parse_number,
)
from tests.support.vietnamese_names import DATA

VECTORS: Any = json.loads((DATA / "docnum_vectors.json").read_text(encoding="utf-8"))
FORMS = {"qppl": "legal", "qh": "assembly", "named": "named", "party": "party", "letter": "letter"}


@pytest.mark.parametrize("vector", VECTORS["positive"], ids=lambda vector: str(vector["canonical"]))
def test_positive_vectors(vector: dict[str, str]) -> None:
    found = parse_number(vector["input"])
    assert found is not None
    assert found.canonical == str(found) == vector["canonical"]
    assert found.form == FORMS[vector["form"]]
    assert find_numbers(vector["input"]) == (found,)
    assert parse_number(found.canonical) == found


@pytest.mark.parametrize("text", VECTORS["negative"])
def test_negative_vectors(text: str) -> None:
    assert find_numbers(text) == ()
    assert parse_number(text) is None


def test_the_references_of_five_directives() -> None:
    found = {
        number.canonical
        for path in (DATA / "directives").glob("*.txt")
        for number in find_numbers(path.read_text(encoding="utf-8"))
    }
    assert found == {
        "15-CT/TU", "16/2009/CT-UBND", "21/2005/CT-UBND", "23/2002/QĐ-UB", "34/2008/CT-TTg", "36/TB-UBND", "58/CT-TW",
        "64/2007/NĐ-CP", "112/2001/QĐ-TTg", "235/QĐ-UBND", "395/CV-BĐH112", "449/CV-BĐH112", "2188/KH-UBND",
        "2405/QĐ-UBND", "43/2008/TTLT-BTC-BTTTT", "55/2008/CT-BGDĐT",
    }  # fmt: skip


def test_the_parts_of_a_number() -> None:
    assert parse_number("Số: 43/2008/TTLT – BTC- BTTTT") == DocumentNumber(
        "legal", "43", 2008, "TTLT", ("BTC", "BTTTT")
    )
    assert parse_number("12/UBND-VX") == DocumentNumber("letter", "12", None, "", ("UBND", "VX"))
    assert parse_number("60-NQ/TW") == DocumentNumber("party", "60", None, "NQ", ("TW",))
    assert [number.symbol for number in find_numbers("7/GM-SXD, 16/2009/CT-UBND; 15-CT/TU")] == [
        "GM-SXD",
        "CT-UBND",
        "CT/TU",
    ]


def test_spelling() -> None:
    for text in ("7/GM-SXD", "07/GM-SXD", "007 / GM\u00a0–SXD", "7/GM‑SXD"):
        assert str(parse_number(text)) == "07/GM-SXD"
    assert str(parse_number("5a/QĐ-SXD")) == "05a/QĐ-SXD"
    assert str(parse_number("9/QyĐ-SXD")) == "09/QyĐ-SXD"


@pytest.mark.parametrize("text", ["    /GM-STTTT", "Số:      /GM-STTTT", "Số: ……/GM-STTTT", "số ..../GM-STTTT"])
def test_a_blank_number_is_a_draft(text: str) -> None:
    draft = parse_number(text)
    assert draft is not None
    assert draft.is_draft
    assert draft.canonical == "/GM-STTTT"
    assert find_numbers(text) == ()


def test_an_issued_number_is_no_draft() -> None:
    assert not find_numbers("36/TB-UBND")[0].is_draft
    assert parse_number("") is None
    assert parse_number("Công văn/UBND") is None


def test_kinds_are_those_of_decree_30() -> None:
    assert len(ADMINISTRATIVE_KINDS) == 29
    assert sum(bool(kind.abbreviation) for kind in ADMINISTRATIVE_KINDS) == 27
    abbreviations = [kind.abbreviation for kind in ADMINISTRATIVE_KINDS if kind.abbreviation]
    assert len(set(abbreviations)) == 27
    assert all(parse_number(f"12/{abbreviation}-UBND").kind == abbreviation for abbreviation in abbreviations)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("GM", "Giấy mời"),
        ("giấy mời", "Giấy mời"),
        ("GIẤY UỶ QUYỀN", "Giấy ủy quyền"),
        ("QyĐ", "Quy định"),
        ("Công văn", "Công văn"),
        (" TB ", "Thông báo"),
    ],
)
def test_kind_by_name_or_abbreviation(text: str, name: str) -> None:
    kind = kind_of(text)
    assert kind is not None
    assert kind.name == name


@pytest.mark.parametrize("text", ["", "gm", "Thư mời", "-"])
def test_unknown_kinds(text: str) -> None:
    assert kind_of(text) is None


def test_every_kind_is_found_by_its_name() -> None:
    first = {kind.name: kind for kind in reversed(ALL_KINDS)}
    assert {name: kind_of(name) for name in first} == first
    assert kind_of("CV") == Kind("Công văn", "CV")


def test_long_hostile_texts_end_quickly() -> None:
    for text in ("1" + " " * 50_000, "1/A" + "-A" * 25_000, "12/2009/CT" * 5_000, ":" + "." * 50_000, "1/" * 25_000):
        find_numbers(text)
        parse_number(text)
