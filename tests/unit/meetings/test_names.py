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
        ("sxd", "", "sxd", ""),
        ("agency:SXD", "", "SXD", ""),
        ("Agency : X.AN", "", "X.AN", ""),
    ],
)
def test_names(text: str, address: str, agency: str, display: str) -> None:
    assert read_name(text) == Named(text, address, agency, display)


@pytest.mark.parametrize("text", ["", "Nguyễn Văn An", "a@", "@tinh.test", "a b@tinh.test", "An <an>", "a,b", "x" * 65])
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
