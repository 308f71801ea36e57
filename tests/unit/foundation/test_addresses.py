"""One meaning of "the same mail address"."""

from __future__ import annotations

import pytest

from foundation.addresses import (
    Address,
    ascii_domain,
    is_valid_local_part,
    normalise,
    parse_address,
    same_address,
    without_detail,
)
from foundation.errors import InputError


@pytest.mark.parametrize(
    ("text", "local", "domain"),
    [
        ("annv.sxd@tinh.test", "annv.sxd", "tinh.test"),
        (" AnNV@TINH.Test ", "AnNV", "tinh.test"),
        ('"van thu"@tinh.test', "van thu", "tinh.test"),
        ('"a@b\\"c"@tinh.test', 'a@b"c', "tinh.test"),
        ("văn.thư@tỉnh.example", "văn.thư", "xn--tnh-dlz.example"),
        ("an@xn--tnh-dlz.example", "an", "xn--tnh-dlz.example"),
        ("an@[192.0.2.1]", "an", "[192.0.2.1]"),
        ("an@[IPv6:2001:DB8::1]", "an", "[ipv6:2001:db8::1]"),
        ("a+b/c=d@localhost", "a+b/c=d", "localhost"),
    ],
)
def test_parse(text: str, local: str, domain: str) -> None:
    assert parse_address(text) == Address(local, domain)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "an",
        "@tinh.test",
        "an@",
        "an@@tinh.test",
        "a b@tinh.test",
        ".an@tinh.test",
        "an.@tinh.test",
        "a..n@tinh.test",
        "an@tinh..test",
        "an@-tinh.test",
        "an@tinh_.test",
        "an@tinh.test.",
        "an@192.0.2.1",
        "an@[300.0.2.1]",
        "Nguyễn An <an@tinh.test>",
        "an@tinh.test\r\nBcc: b@tinh.test",
        "an\x00@tinh.test",
        "a\u202en@tinh.test",
        '"an@tinh.test',
        "x" * 65 + "@tinh.test",
        "ư" * 33 + "@tinh.test",
        "an@" + "x" * 64 + ".test",
        "x" * 60 + "@" + ".".join(["x" * 60] * 4),
    ],
)
def test_what_is_no_address_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_address(text)
    assert refused.value.exit_code == 65
    assert refused.value.hint is not None
    assert [problem.value for problem in refused.value.problems] == [text]


def test_same_address() -> None:
    assert same_address("AnNV@Tinh.test", "annv@tinh.TEST")
    assert same_address('"annv"@tinh.test', "annv@tinh.test")
    assert same_address("thu\u031b@tinh.test", "THƯ@tinh.test")
    assert same_address("an@tỉnh.example", "an@XN--TNH-DLZ.example")
    assert not same_address("an@tinh.test", "an@tinh.example")
    assert not same_address("hòa@tinh.test", "hoà@tinh.test")
    assert not same_address("nobody", "nobody")


def test_normal_form_is_stable_and_readable_again() -> None:
    for text in ('"Van Thu"@Tinh.test', "THƯ@tỉnh.example", '"a\\\\b\\""@tinh.test', "an@[IPv6:2001:DB8:0::1]"):
        assert normalise(normalise(text)) == normalise(text)
    assert normalise('"Van Thu"@Tinh.test') == '"van thu"@tinh.test'


def test_ascii_addresses_are_told_from_those_that_need_smtputf8() -> None:
    assert parse_address("an@tỉnh.example").is_ascii
    assert not parse_address("thư@tinh.test").is_ascii


@pytest.mark.parametrize("local", ["annv.sxd", "vanthu", "a", "x" * 64, "o'hara", "nguyen-van.an2"])
def test_local_parts_we_give_out(local: str) -> None:
    assert is_valid_local_part(local)


@pytest.mark.parametrize("local", ["", "x" * 65, "annv.", ".a", "a..b", "a b", "thư", "a@b", 'a"b', "a\n"])
def test_local_parts_we_never_give_out(local: str) -> None:
    assert not is_valid_local_part(local)


def test_domains() -> None:
    assert ascii_domain("Tỉnh.Example") == "xn--tnh-dlz.example"
    for wrong in ("", ".", "a..b", "a b", "-a", "a" * 64, ".".join(["a" * 60] * 5), "1.2.3.4", "\u200b.test"):
        with pytest.raises(ValueError):
            ascii_domain(wrong)


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("hop+x7@tinh.test", "hop@tinh.test"),
        ("hop+x+y@tinh.test", "hop@tinh.test"),
        ("hop@tinh.test", "hop@tinh.test"),
        ('"hop+x"@tinh.test', '"hop+x"@tinh.test'),
        ("+x@tinh.test", "+x@tinh.test"),
        ("x", "x"),
    ],
)
def test_the_mailbox_of_an_address_with_a_detail(address: str, mailbox: str) -> None:
    assert without_detail(address) == mailbox
