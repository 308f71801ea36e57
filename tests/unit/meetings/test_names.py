"""What a name in a form may be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import Problem
from meetings.names import Named, display_name, group_key, read_name


@pytest.mark.parametrize(
    ("text", "address", "agency", "display"),
    [
        ("AN.sxd@Tinh.Test", "an.sxd@tinh.test", "", ""),
        ("Trần Văn An <an@ngoai.test>", "an@ngoai.test", "", "Trần Văn An"),
        ('"Trần, An" <an@ngoai.test>', "an@ngoai.test", "", "Trần, An"),
        ("<an@ngoai.test>", "an@ngoai.test", "", ""),
        ("agency:SXD", "", "SXD", ""),
        ("Agency : X.AN", "", "X.AN", ""),
    ],
)
def test_names(text: str, address: str, agency: str, display: str) -> None:
    assert read_name(text) == Named(text, address, agency, display)


@pytest.mark.parametrize(
    ("text", "display"),
    [
        ('Nguyễn "Tí" An <an@ngoai.test>', "Nguyễn Tí An"),
        (r'"Nguyễn \"Tí\" An" <an@ngoai.test>', 'Nguyễn "Tí" An'),
        ('"Nguyễn <Tí>, An"<an@ngoai.test>', "Nguyễn <Tí>, An"),
        ('Ông  "An"<an@ngoai.test>', "Ông An"),
    ],
)
def test_quotes_in_a_name_are_read_as_mail_does(text: str, display: str) -> None:
    assert read_name(text) == Named(text, "an@ngoai.test", display_name=display)


def test_an_open_quote_is_told_how_to_write_it() -> None:
    problem = read_name('Nguyễn "Tí An <an@ngoai.test>')
    assert isinstance(problem, Problem)
    assert "Tên <an@noikhac.example>" in str(problem.hint)


def test_what_has_no_address_may_be_a_short_word_or_a_full_name() -> None:
    assert read_name("sxd") == Named("sxd", short="sxd")
    assert read_name("CB000001") == Named("CB000001", short="CB000001")
    assert read_name(" Lê  Tiến Phong ") == Named("Lê  Tiến Phong", full_name="Lê Tiến Phong")


@pytest.mark.parametrize(
    "text", ["", 'Nguyễn "Văn An', "a@", "@tinh.test", "a b@tinh.test", "An <an>", "a,b", "x" * 65]
)
def test_what_is_no_name(text: str) -> None:
    problem = read_name(text)
    assert isinstance(problem, Problem)
    assert problem.hint is not None


@given(st.text(max_size=80))
def test_any_text_is_a_name_or_a_problem(text: str) -> None:
    assert isinstance(read_name(text), Named | Problem)


def test_a_name_may_stand_before_an_address() -> None:
    assert display_name(' "Trần, An" <an@ngoai.test> ') == ("Trần, An", "an@ngoai.test")
    assert display_name(" an@ngoai.test ") == ("", "an@ngoai.test")


@pytest.mark.parametrize("text", ["SXD", "agency:sxd", "Agency : sxd", "Sở Xây dựng <sxd>"])
def test_a_group_is_known_however_it_is_written(text: str) -> None:
    assert group_key(text) == "sxd"
