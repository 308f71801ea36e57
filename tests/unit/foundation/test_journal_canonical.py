"""One spelling for each JSON value."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.journal.canonical import canonical_json


@pytest.mark.parametrize(
    ("value", "spelling"),
    [
        (None, "null"),
        (True, "true"),
        (0, "0"),
        (-(2**53 - 1), "-9007199254740991"),
        ("", '""'),
        ([1, "a", None], '[1,"a",null]'),
        ((), "[]"),
        ({"b": 1, "a": {"d": 2, "c": 3}}, '{"a":{"c":3,"d":2},"b":1}'),
        ('tab\t quote" back\\ bell\x07 delete\x7f', '"tab\\t quote\\" back\\\\ bell\\u0007 delete\x7f"'),
        ("Nguyễn Văn Ánh 𠀋", '"Nguyễn Văn Ánh 𠀋"'),
    ],
)
def test_the_spelling(value: Any, spelling: str) -> None:
    assert canonical_json(value) == spelling.encode()


def test_text_and_keys_are_nfc() -> None:
    decomposed, composed = "Tru\u031bo\u031b\u0300ng", "Trường"
    assert canonical_json({decomposed: decomposed}) == canonical_json({composed: composed})


@pytest.mark.parametrize(
    "value",
    [
        0.5,
        float("nan"),
        2**53,
        -(2**53),
        b"bytes",
        object(),
        {1: "key"},
        {"\U00020000": "astral key"},
        {"o\u031b": 1, "ơ": 2},
        "lone \ud800",
        ["nested", [0.5]],
        {"set": {1}},
    ],
)
def test_what_has_no_single_spelling_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):
        canonical_json(value)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
keys = st.text("aăâbcdđeê_ơư", max_size=6)  # letters that no normal form changes
scalars = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4))


@settings(deadline=None)
@given(values)
def test_spelling_is_stable_and_reads_back(value: Any) -> None:
    spelling = canonical_json(value)
    assert canonical_json(json.loads(spelling)) == spelling


@settings(max_examples=300)
@given(values)
def test_a_value_of_unusual_types_is_spelled_like_its_plain_twin(value: Any) -> None:
    class Letters(str):
        """Sends every text the careful way."""

    def unusual(part: Any) -> Any:
        if isinstance(part, str):
            return Letters(part)
        if isinstance(part, dict):
            return {Letters(key): unusual(element) for key, element in part.items()}
        return [unusual(element) for element in part] if isinstance(part, list) else part

    assert canonical_json(unusual(value)) == canonical_json(value)


@pytest.mark.parametrize("value", [{"a": 1.5}, {"a": [2**53]}, [{"a": {"b": float("nan")}}], {"a": {1: "b"}}])
def test_what_has_no_place_is_refused_however_deep(value: Any) -> None:
    with pytest.raises(ValueError):
        canonical_json(value)
