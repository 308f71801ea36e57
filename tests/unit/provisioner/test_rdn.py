"""Names of entries: written with their escapes, compared whatever their spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.planning.rdn import rdn, same_name

PLAIN = "uid=old2,ou=people,dc=tinh,dc=test"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("an", "cn=an"),
        ("a,b+c", r"cn=a\,b\+c"),
        (" a ", r"cn=\ a\ "),
        (" ", r"cn=\ "),
        ('#"<>;=\\', r"cn=\#\"\<\>\;\=\\"),
        ("a\0", r"cn=a\00"),
        ("Nguyễn", "cn=Nguyễn"),
    ],
)
def test_a_value_is_escaped(value: str, written: str) -> None:
    assert rdn("cn", value) == written


@pytest.mark.parametrize(
    "spelling",
    [
        PLAIN,
        "UID=old2, ou=People,dc=tinh,dc=test",
        "  uid = OLD2 ,  OU=people , DC = Tinh,dc=test  ",
        r"uid=\6Fld2,ou=peopl\65,dc=tinh,dc=test",
        r"uid=\ old2\20,ou=people,dc=tinh,dc=test",
    ],
)
def test_spellings_of_one_name_are_one(spelling: str) -> None:
    assert same_name(spelling) == PLAIN


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"cn=Nguy\E1\BB\85n Văn  An,dc=test", "CN=nguyễn văn an,dc=TEST"),
        ("cn=Hoa\u0300,dc=test", "cn=hoà,dc=test"),
        (r"cn=An\, Nguyễn,dc=test", r"cn=An\2C Nguyễn,dc=test"),
        (r"cn=a\\b,dc=test", r"cn=a\5Cb,dc=test"),
        (r"cn=a\=b,dc=test", "cn=a=b,dc=test"),
        (r"cn=a\#b,dc=test", "cn=a#b,dc=test"),
        ("cn=an+uid=1,dc=test", "UID=1 + CN=An, dc=test"),
        ("cn=,dc=test", "cn= ,dc=test"),
        ("uid=#04036F6C64,dc=test", "UID= #04036f6c64 ,dc=test"),
        ("0.9.2342.19200300.100.1.1=an,dc=test", "0.9.2342.19200300.100.1.1=An,dc=test"),
    ],
)
def test_two_spellings_are_the_same(one: str, other: str) -> None:
    assert same_name(one) == same_name(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("uid=old2,dc=test", "uid=old3,dc=test"),
        ("uid=old2,dc=test", "cn=old2,dc=test"),
        ("uid=old2,ou=a,dc=test", "uid=old2,dc=test"),
        (r"cn=a\,dc=test", "cn=a,dc=test"),
        (r"cn=a\+uid=b,dc=test", "cn=a+uid=b,dc=test"),
        ("cn=hòa,dc=test", "cn=hoà,dc=test"),
        ("cn=hòa,dc=test", "cn=hoa,dc=test"),
        ("cn=a b,dc=test", "cn=ab,dc=test"),
        (r"uid=\#04,dc=test", "uid=#04,dc=test"),
    ],
)
def test_different_names_stay_apart(one: str, other: str) -> None:
    assert same_name(one) != same_name(other)


def test_a_parent_is_told_by_the_end() -> None:
    assert same_name("uid=a , OU=People,dc=test").endswith(",ou=people,dc=test")
    assert not same_name(r"uid=a\,ou=people,dc=test").endswith(",ou=people,dc=test")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nvan",
        "An@tinh.test",
        "uid=a,",
        ",uid=a",
        "uid=a,,dc=b",
        "=a",
        "uid=a\\",
        r"uid=\zz",
        'cn="a"',
        "uid=a;dc=b",
    ],
)
def test_what_is_no_name_equals_no_entry(text: str) -> None:
    assert same_name(f" {text.upper()}") == text.upper().lower()


def test_bytes_that_are_no_text_equal_no_entry() -> None:
    assert same_name(r"uid=\FF,dc=test") == r"uid=\ff,dc=test"


VALUES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)


@given(st.lists(VALUES, min_size=1, max_size=4))
def test_a_name_in_hexadecimal_is_the_name_and_once_is_enough(values: list[str]) -> None:
    name = ",".join(rdn("cn", value) for value in values)
    hexadecimal = ",".join("CN = " + "".join(f"\\{octet:02X}" for octet in value.encode()) for value in values)
    assert same_name(hexadecimal) == same_name(name)
    assert same_name(same_name(name)) == same_name(name)
