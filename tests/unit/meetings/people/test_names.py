"""What a name in a form may be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import Problem
from meetings.people.names import Named, read_name


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
