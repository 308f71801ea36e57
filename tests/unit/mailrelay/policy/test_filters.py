"""Values in search filters mean themselves, whoever chose them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailrelay.policy.filters import at_least, both, equals, escaped
from tests.support.fake_directory import parse_filter


@pytest.mark.parametrize(
    ("value", "written"),
    [("an", "an"), ("*", r"\2a"), (")(uid=*", r"\29\28uid=\2a"), ("\\", r"\5c"), ("\0", r"\00"), ("ộ", r"\e1\bb\99")],
)
def test_special_characters_are_escaped(value: str, written: str) -> None:
    assert escaped(value) == written


def test_filters_are_put_together() -> None:
    assert both(equals("uid", "a*"), at_least("modifyTimestamp", "20261122000000Z")) == (
        r"(&(uid=a\2a)(modifyTimestamp>=20261122000000Z))"
    )


@given(st.text(max_size=30).filter(str.strip))
def test_a_filter_finds_exactly_its_value(value: str) -> None:
    matches = parse_filter(equals("uid", value))
    assert matches({"uid": [value]})
    assert not matches({"uid": [value + "x"]})
    assert re.fullmatch(r"[ -~]*", escaped(value))
