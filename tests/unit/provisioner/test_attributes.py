"""Names, times, differences and digests: the small pure pieces that plans are made of."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ldap3.utils.dn import parse_dn  # type: ignore[attr-defined]

from foundation.directory.entries import Entry
from provisioner.planning import attributes as shapes
from provisioner.planning.attributes import PERSON_ATTRIBUTES
from provisioner.planning.managed import ManagedDigest, entry_digest
from provisioner.planning.rdn import rdn
from tests.support.small_province import SHAPE, person

VALUES = st.lists(st.sampled_from("abcd"), unique=True).map(tuple)
ENTRIES = st.dictionaries(st.sampled_from(["cn", "sn", "mail"]), VALUES)


@given(ENTRIES, ENTRIES)
def test_the_difference_turns_one_into_the_other(
    live: dict[str, tuple[str, ...]], wanted: dict[str, tuple[str, ...]]
) -> None:
    before, after = shapes.difference(live, wanted)
    assert before.keys() == after.keys() <= wanted.keys()
    assert all(live.get(name, ()) == values for name, values in before.items())
    merged = {**live, **after}
    assert all(set(merged.get(name, ())) == set(values) for name, values in wanted.items())
    assert shapes.difference(merged, wanted) == ({}, {})


def test_the_order_of_values_is_no_difference() -> None:
    assert shapes.difference({"mail": ("a", "b")}, {"mail": ("b", "a")}) == ({}, {})


@pytest.mark.parametrize(
    "value", ["A", "A,B", "a+b", ' "x" ', "#1", "a=b;c<d>", "a\\b", "Sở Xây dựng", " a", "a ", "a  "]
)
def test_names_are_escaped_as_rfc_4514_says(value: str) -> None:
    text = f"{rdn('cn', value)},ou=lists,dc=tinh,dc=test"
    parts = parse_dn(text)
    assert len(parts) == 4
    assert parts[0][0] == "cn"
    assert _unescaped(parts[0][1]) == value


def _unescaped(text: str) -> str:
    found, rest = "", text
    while rest:
        if rest[0] == "\\":
            found, rest = found + rest[1], rest[2:]
        else:
            found, rest = found + rest[0], rest[1:]
    return found


def test_instants_become_utc() -> None:
    hanoi = timezone(timedelta(hours=7))
    assert shapes.generalized_time(datetime(2026, 11, 22, 3, 4, 5, tzinfo=hanoi)) == "20261121200405Z"
    assert shapes.generalized_time(datetime(2026, 11, 22, tzinfo=UTC)) == "20261122000000Z"


@given(st.dates(date(1, 1, 1), date(9999, 12, 31)))
def test_a_day_survives_the_directory(day: date) -> None:
    value = shapes.day_value(day)
    assert len(value) == 15
    assert shapes.day_from(value) == day


@pytest.mark.parametrize("value", ["", "2026", "20261332000000Z", "gestern", "2026-11-22"])
def test_an_unreadable_day_is_no_day(value: str) -> None:
    assert shapes.day_from(value) is None


def test_no_birth_date_has_a_way_in() -> None:
    facts = shapes.person_facts(person("1"))
    assert facts.keys() <= set(PERSON_ATTRIBUTES)
    assert not any("birth" in name.lower() for name in (*facts, *SHAPE.person_attributes()))


def test_every_managed_attribute_is_read() -> None:
    assert set(shapes.addresses(SHAPE, [], [])) <= set(SHAPE.person_attributes())


# -- digests --------------------------------------------------------------------------------------------------------


def test_a_digest_sees_values_not_their_order_nor_the_case_of_the_name() -> None:
    one = Entry("uid=A,dc=test", {"mail": ("a", "b"), "title": ()})
    other = Entry("UID=a,dc=test", {"MAIL": ("b", "a")})
    assert entry_digest(one) == entry_digest(other)
    assert entry_digest(one) != entry_digest(Entry("uid=A,dc=test", {"mail": ("a",)}))
    assert entry_digest(one) != entry_digest(Entry("uid=B,dc=test", {"mail": ("a", "b")}))


def test_what_the_portal_writes_is_not_in_the_digest() -> None:
    one = Entry("uid=a", {"cn": ("x",)})
    assert entry_digest(one) == entry_digest(
        Entry("uid=a", {"cn": ("x",), "congvuActivatedSince": ("20260101000000Z",)})
    )


@given(st.permutations([Entry(f"uid={number}", {"cn": (str(number),)}) for number in range(5)]))
def test_the_rest_does_not_depend_on_the_order_of_answers(entries: list[Entry]) -> None:
    digest, sorted_digest = ManagedDigest(), ManagedDigest()
    for entry in entries:
        digest.add(entry)
    for entry in sorted(entries, key=lambda entry: entry.dn):
        sorted_digest.add(entry)
    assert digest.rest({"uid=3"}) == sorted_digest.rest({"uid=3"}) != digest.rest(set())
    assert digest.of("UID=3") == sorted_digest.of("uid=3") != ""
    assert digest.of("uid=9") == ""
