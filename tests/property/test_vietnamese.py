"""Properties of Vietnamese text that no example may break."""

from __future__ import annotations

from itertools import pairwise
from unicodedata import is_normalized, normalize

from hypothesis import given
from hypothesis import strategies as st

from foundation.vietnamese import (
    CONFIDENT,
    candidates,
    column_mixture,
    encode_tcvn3,
    encode_vni,
    equality_key,
    initials,
    nfc,
    repair_cells,
    repair_line,
    repair_name_cells,
    repair_name_rows,
    repair_text,
    search_key,
    slug,
    sort_key,
    syllable_is_valid,
)
from foundation.vietnamese.encodings import decode_tcvn3, decode_vni
from foundation.vietnamese.letters import DEFINITE, SPLIT
from tests.support.vietnamese_names import every_name, misread

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" + "".join(sorted(SPLIT))
FIRST_READABLE = "".join(letter for letter in LETTERS if not (letter.isupper() and SPLIT.get(letter, ("", 0))[1]))

anything = st.text(max_size=60)
latin = st.text(st.characters(max_codepoint=0x24F), max_size=40)
vietnamese = st.text(LETTERS + " .-", max_size=40)
names = st.sampled_from(sorted({part for person in every_name() for part in person}))
people = st.tuples(names, names, names)


@given(st.one_of(anything, latin, vietnamese))
def test_any_text_is_repaired_into_nfc_and_kept_beside(text: str) -> None:
    for repaired in (repair_line(text), repair_name_cells([text])[0], *repair_cells([text])):
        assert repaired.original == text
        assert is_normalized("NFC", repaired.text)
        assert 0.0 <= repaired.confidence <= 1.0


@given(st.one_of(anything, latin))
def test_definite_unicode_is_never_changed(text: str) -> None:
    definite = normalize("NFC", f"{text}ễ")
    assert DEFINITE.search(definite)
    assert repair_line(definite).text == definite
    assert [cell.text for cell in repair_name_cells(["V¨n", definite, "Tó"], "tcvn3")][1] == definite


@given(st.one_of(anything, latin))
def test_a_text_has_as_many_repaired_lines_as_lines(text: str) -> None:
    lines = repair_text(text)
    assert len(lines) == text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    assert all("\n" not in line.text for line in lines)


@given(vietnamese)
def test_vni_round_trip(text: str) -> None:
    assert decode_vni(encode_vni(text)) == nfc(text)


@given(st.text(FIRST_READABLE + " .-", max_size=40))
def test_tcvn3_round_trip(text: str) -> None:
    assert decode_tcvn3(encode_tcvn3(text)) == nfc(text)


@given(st.lists(st.lists(latin, min_size=2, max_size=2), max_size=6))
def test_rows_keep_their_shape_and_mixtures_are_shares(rows: list[list[str]]) -> None:
    repaired = repair_name_rows(rows)
    assert [[cell.original for cell in row] for row in repaired] == rows
    assert all(0 <= share <= 1.001 for share in column_mixture(rows).values())


@given(people, st.sampled_from(["tcvn3", "vni"]))
def test_no_name_is_read_wrongly_with_confidence(person: tuple[str, str, str], encoding: str) -> None:
    write = {"tcvn3": lambda text: encode_tcvn3(text, capital_font=True), "vni": encode_vni}[encoding]
    cells = repair_name_cells(list(map(write, ("Nguyễn", *person))), encoding, ["family", "middle", "middle", "given"])
    confident = [
        (cell.text, part) for cell, part in zip(cells[1:], person, strict=True) if cell.confidence >= CONFIDENT
    ]
    assert [text for text, _ in confident] == [part for _, part in confident]


@given(people)
def test_mojibake_is_read_back_however_often(person: tuple[str, str, str]) -> None:
    name = " ".join(("Nguyễn", *person))
    assert repair_line(misread(name)).text == name
    assert repair_line(misread(misread(name))).text == name
    assert repair_line(misread(normalize("NFD", name))).text == name


@given(st.one_of(anything, latin, vietnamese))
def test_repair_is_idempotent_where_it_is_confident(text: str) -> None:
    first = repair_line(text)
    if first.confidence >= CONFIDENT and DEFINITE.search(first.text):
        assert repair_line(first.text).text == first.text


@given(st.one_of(anything, latin))
def test_candidates_hold_every_text_that_may_be_chosen(text: str) -> None:
    offered = candidates(text)
    assert offered
    chosen = repair_name_cells([text])[0]
    assert chosen.text in offered or chosen.encoding in ("unknown", "tcvn3")  # capitals may follow the row


@given(anything)
def test_slugs_are_plain_and_stable(text: str) -> None:
    plain = slug(text)
    assert all(letter in "abcdefghijklmnopqrstuvwxyz0123456789" for letter in plain)
    assert slug(plain) == plain
    assert slug(normalize("NFD", text)) == slug(normalize("NFC", text)) == plain
    assert set(initials(text)) <= set(plain)


@given(vietnamese, vietnamese)
def test_equal_names_have_equal_search_keys_and_slugs(one: str, other: str) -> None:
    assert equality_key(normalize("NFD", one)) == equality_key(one.upper()) == equality_key(one)
    if equality_key(one) == equality_key(other):
        assert search_key(one) == search_key(other)
        assert slug(one) == slug(other)


@given(st.lists(st.tuples(vietnamese, vietnamese), max_size=6))
def test_sort_keys_compare_and_agree_with_equality(people: list[tuple[str, str]]) -> None:
    ordered = sorted(people, key=lambda person: sort_key(*person))
    keys = [sort_key(*person) for person in ordered]
    assert all(first <= second for first, second in pairwise(keys))
    for given_name, rest in people:
        same = sort_key(normalize("NFD", given_name.upper()), rest.upper())
        assert same[:2] == sort_key(given_name, rest)[:2]


@given(anything)
def test_syllables_answer_for_any_text(text: str) -> None:
    assert syllable_is_valid(text) in (True, False)
