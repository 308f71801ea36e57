"""One spelling of an address, and none for what is no address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.addresses import normalise
from foundation.errors import InputError
from mailrelay.policy.addressing import normalised, spelled


@pytest.mark.parametrize(
    ("written", "address", "domain"),
    [
        ("an@tinh.test", "an@tinh.test", "tinh.test"),
        ("An.Nguyen@TINH.Test", "an.nguyen@tinh.test", "tinh.test"),
        ("ân@tinh.test", "ân@tinh.test", "tinh.test"),
        ("a\u0302n@tinh.test", "ân@tinh.test", "tinh.test"),
        ("an@tỉnh.test", "an@xn--tnh-dlz.test", "xn--tnh-dlz.test"),
        ('"an nguyen"@tinh.test', '"an nguyen"@tinh.test', "tinh.test"),
        ("an@[192.0.2.1]", "an@[192.0.2.1]", "[192.0.2.1]"),
        ("a%b@tinh.test", "a%b@tinh.test", "tinh.test"),
    ],
)
def test_addresses_have_one_spelling(written: str, address: str, domain: str) -> None:
    found = spelled(written)
    assert found is not None
    assert found.address == address
    assert found.domain == domain
    assert normalised(written) == address


@pytest.mark.parametrize(
    "written",
    [
        "",
        "an",
        "@tinh.test",
        "an@",
        "a b@tinh.test",
        "@x.test:an@tinh.test",
        "a@b@tinh.test",
        "an@tinh..test",
        "a..b@t.test",
    ],
)
def test_what_is_no_address_has_none(written: str) -> None:
    assert spelled(written) is None
    assert normalised(written) == ""


@pytest.mark.parametrize(
    ("written", "without"),
    [
        ("an+hop@tinh.test", "an@tinh.test"),
        ("an+a+b@tinh.test", "an@tinh.test"),
        ("an@tinh.test", "an@tinh.test"),
        ("+a@tinh.test", "+a@tinh.test"),
        ('"a b+c"@tinh.test', '"a b+c"@tinh.test'),
    ],
)
def test_a_detail_is_cut_off(written: str, without: str) -> None:
    found = spelled(written)
    assert found is not None
    assert found.without_detail == without


@given(st.text(alphabet='abA0-_.+%!@"\\ ộ[]:', max_size=80))
def test_the_short_cut_says_what_the_grammar_says(written: str) -> None:
    try:
        expected: str | None = normalise(written)
    except InputError:
        expected = None
    found = spelled(written)
    assert (found.address if found else None) == expected
