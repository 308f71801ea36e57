"""Addresses from names: the closed pattern language, numbering, what is impossible and what is unpleasant."""

from __future__ import annotations

import random
from datetime import date

import pytest

from foundation.errors import ConfigError
from provisioner.naming import LOCAL_PART_OCTETS, AddressPattern, AddressRequest, assign, is_rude, skeleton
from provisioner.people import Name
from tests.support.small_province import make_keys, name

DEFAULT = AddressPattern("{given}{initials}.{agency}")
AN = name("Nguyễn Văn An")


def _free(address: str, key: str) -> bool:
    return False


def _request(key: str, hired_on: date | None = None, base: str = "an\0.sxd", returning: bool = False) -> AddressRequest:
    return AddressRequest(key, hired_on, base, "tinh.test", returning)


# -- the pattern ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("{given}{initials}.{agency}", "annv{}.sxd"),
        ("{given}.{initials}", "an.nv{}"),
        ("{agency}.{given}{initials}", "sxd.annv{}"),
        ("{family}.{given}-{agency}", "nguyen.an{}-sxd"),
        ("{given}{agency}", "an{}sxd"),
        ("{family}{middle}{given}", "nguyenvanan{}"),
        ("cb.{given}_{agency}", "cb.an{}_sxd"),
        ("{agency}.{given}.{agency}", "sxd.an{}.sxd"),
    ],
)
def test_the_number_stands_behind_the_name(pattern: str, expected: str) -> None:
    compiled = AddressPattern(pattern)
    base = compiled.base(AN, "sxd")
    assert compiled.numbered(base, 1) == expected.format("")
    assert compiled.numbered(base, 2) == expected.format("2")
    assert compiled.numbered(base, 12) == expected.format("12")


@pytest.mark.parametrize(
    "pattern",
    [
        "{given.__class__}",
        "{given.__class__.__mro__}.{agency}",
        "{given[0]}",
        "{given!r}",
        "{given!s}.{agency}",
        "{given:>10}",
        "{given:{family}}",
        "{0}",
        "{}",
        "{self}",
        "{nickname}",
        "{given",
        "given}",
        "{{given}}",
        "{given}{{",
        "{given}@{agency}",
        "{given} {agency}",
        "{given}/../{agency}",
        "{given}Ă",
        "{given}\x00",
        "{GIVEN}",
        "{agency}",
        "chung",
        "",
    ],
)
def test_a_pattern_reaches_nothing_but_its_fields(pattern: str) -> None:
    with pytest.raises(ConfigError) as caught:
        AddressPattern(pattern)
    assert caught.value.hint is not None


def test_a_name_that_looks_like_a_pattern_is_only_a_name() -> None:
    base = DEFAULT.base(Name("{agency} {family!r}", "{family!r}", "", "{agency}"), "sxd")
    assert DEFAULT.numbered(base, 1) == "agencyf.sxd"


def test_letters_become_ascii() -> None:
    assert DEFAULT.numbered(DEFAULT.base(name("Đặng Thị Ngọc Ánh"), "sxd"), 1) == "anhdtn.sxd"
    ede = Name("H'Bliă Niê Kdăm", "Niê Kdăm", "", "H'Bliă")
    assert DEFAULT.numbered(DEFAULT.base(ede, "sxd"), 1) == "hbliank.sxd"
    assert DEFAULT.numbered(DEFAULT.base(name("Thượng"), "sxd"), 1) == "thuong.sxd"


@pytest.mark.parametrize(
    ("local_part", "fits"),
    [
        ("annv.sxd", True),
        ("annv2.sxd", True),
        ("annv17.sxd", True),
        ("annv02.sxd", False),
        ("annv0.sxd", False),
        ("annvx.sxd", False),
        ("annv.stc", False),
        ("ann.sxd", False),
        ("annv-2.sxd", False),
        ("annv².sxd", False),
        ("", False),
    ],
)
def test_an_address_fits_its_base_with_any_number(local_part: str, fits: bool) -> None:
    assert AddressPattern.fits(DEFAULT.base(AN, "sxd"), local_part) is fits


def test_head_and_tail_of_a_base_never_overlap() -> None:
    assert not AddressPattern.fits("aa\0aa", "aaa")


# -- numbering ------------------------------------------------------------------------------------------------------


def test_who_was_hired_first_comes_first() -> None:
    requests = [
        _request("b", date(2020, 1, 1)),
        _request("c"),
        _request("a", date(2021, 1, 1)),
        _request("d", date(1999, 12, 31)),
    ]
    given, impossible = assign(requests, _free)
    assert not impossible
    assert given == {
        "d": "an.sxd@tinh.test",
        "b": "an2.sxd@tinh.test",
        "a": "an3.sxd@tinh.test",
        "c": "an4.sxd@tinh.test",
    }


def test_the_key_decides_between_equal_hire_dates() -> None:
    given, _ = assign([_request("10"), _request("9"), _request("1")], _free)
    assert sorted(given, key=given.__getitem__) == ["1", "10", "9"]


def test_the_order_of_the_rows_decides_nothing() -> None:
    dice = random.Random(7)
    requests = [
        _request(f"{number:03}", date(2000 + number % 5, 1, 1), f"{'ab'[number % 2]}\0.sxd") for number in range(60)
    ]
    expected, _ = assign(requests, _free)
    for _ in range(5):
        dice.shuffle(requests)
        assert assign(requests, _free)[0] == expected


def test_taken_numbers_are_passed_over() -> None:
    taken = {"an.sxd@tinh.test", "an3.sxd@tinh.test"}
    given, _ = assign([_request("1"), _request("2"), _request("3")], lambda address, key: address in taken)
    assert list(given.values()) == ["an2.sxd@tinh.test", "an4.sxd@tinh.test", "an5.sxd@tinh.test"]


def test_two_bases_that_meet_in_one_address_are_kept_apart() -> None:
    given, _ = assign([_request("1"), _request("2"), _request("3", base="an2\0.sxd")], _free)
    assert len(set(given.values())) == 3


def test_who_comes_back_gets_the_old_number_although_seniors_ask_for_the_same_name() -> None:
    """annv3 is the junior's own past; the seniors' search must not carry the junior past it."""
    owners = {"an.sxd@tinh.test": "x", "an2.sxd@tinh.test": "y", "an3.sxd@tinh.test": "junior"}
    requests = [_request("senior", date(1990, 1, 1)), _request("junior", date(2020, 1, 1), returning=True)]
    given, _ = assign(requests, lambda address, key: owners.get(address, key) != key)
    assert given == {"senior": "an4.sxd@tinh.test", "junior": "an3.sxd@tinh.test"}


# -- what is impossible ---------------------------------------------------------------------------------------------


def _asks_the_register(address: str, key: str) -> bool:
    """Like the real register, which refuses to hash what is no address."""
    return make_keys().digest(address) == ""


@pytest.mark.parametrize(
    "base",
    [
        "\0.sxd",
        "\0",
        "an\0.",
        "an\0..sxd",
        ".an\0",
        "a" * LOCAL_PART_OCTETS + "\0.sxd",
        "an\0.sở",
        "an\0.s xd",
        "an\0.-sxd-",
    ],
)
def test_an_impossible_local_part_is_named_and_the_others_get_theirs(base: str) -> None:
    given, impossible = assign([_request("1", base=base), _request("2")], _asks_the_register)
    assert [request.key for request in impossible] == ["1"]
    assert given == {"2": "an.sxd@tinh.test"}


def test_a_local_part_has_at_most_64_octets_with_its_number() -> None:
    longest = "a" * (LOCAL_PART_OCTETS - 4) + "\0.sxd"
    given, impossible = assign([_request("1", base=longest), _request("2", base=longest)], _asks_the_register)
    assert [len(address.partition("@")[0]) for address in given.values()] == [64]
    assert [request.key for request in impossible] == ["2"]


def test_the_domain_counts_too() -> None:
    requests = [AddressRequest("1", None, "an\0", "tinh.test"), AddressRequest("2", None, "an\0", "xa.tinh.test")]
    given, _ = assign(requests, _free)
    assert given == {"1": "an@tinh.test", "2": "an@xa.tinh.test"}


# -- what a person should look at -----------------------------------------------------------------------------------


@pytest.mark.parametrize("local_part", ["ngu", "ngu2", "lon.sxd", "sxd.dam", "an_shit", "ass", "vcl-3"])
def test_rude_words_are_seen(local_part: str) -> None:
    assert is_rude(local_part)


@pytest.mark.parametrize("local_part", ["nguyen", "annv.sxd", "long", "assam", "dungnt", "damnt", "lont", "sussex"])
def test_longer_words_are_not_rude(local_part: str) -> None:
    assert not is_rude(local_part)


@pytest.mark.parametrize(
    ("one", "other"), [("lo", "10"), ("lien", "iien"), ("arnv", "amv"), ("an-nv", "an.nv"), ("vvan", "wan")]
)
def test_look_alikes_have_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(("one", "other"), [("annv", "anpv"), ("binh", "minh"), ("an", "on")])
def test_what_the_eye_tells_apart_has_two(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)
