"""The dated addresses of one entry: reading, completing, renaming, running out."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner import address_records
from provisioner.address_records import AddressRecord
from tests.support.small_province import TODAY

DAYS = st.none() | st.dates(date(2000, 1, 1), date(2100, 1, 1))
ADDRESSES = st.sampled_from([f"{letter}@tinh.test" for letter in "abcdef"])
RECORDS = st.builds(AddressRecord, st.sampled_from(["primary", "alias"]), DAYS, DAYS, ADDRESSES)


@given(RECORDS)
def test_a_record_survives_the_directory(record: AddressRecord) -> None:
    assert address_records.parse([str(record)]) == [record]


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "primary",
        "primary 2026-11-22 -",
        "primary 2026-11-22 - a@x.test extra",
        "primary  2026-11-22 - a@x.test",
        "owner 2026-11-22 - a@x.test",
        "alias 22/11/2026 - a@x.test",
        "alias 2026-02-30 - a@x.test",
        "alias - tomorrow a@x.test",
    ],
)
def test_a_broken_value_is_left_out_and_the_others_stay(broken: str) -> None:
    good = AddressRecord("alias", None, TODAY, "b@x.test")
    assert address_records.parse([broken, str(good)]) == [good]


def test_the_primary_comes_first_then_the_aliases_by_name() -> None:
    values = ["alias - - c@x.test", "alias - - a@x.test", "primary - - b@x.test"]
    assert [record.address for record in address_records.parse(values)] == ["b@x.test", "a@x.test", "c@x.test"]


def test_completing_believes_the_addresses_not_the_records() -> None:
    stored = address_records.parse(
        [
            "primary 2020-01-01 - gone@x.test",
            "alias 2021-01-01 2027-01-01 now@x.test",
            "primary 2022-01-01 - old@x.test",
        ]
    )
    found = address_records.complete(stored, "now@x.test", ["now@x.test", "old@x.test", "hand@x.test"], TODAY)
    assert [str(record) for record in found] == [
        "primary 2021-01-01 - now@x.test",
        "alias 2026-11-22 - hand@x.test",
        "alias 2022-01-01 - old@x.test",
    ]


def test_a_rename_dates_the_old_primary_and_leaves_other_aliases_alone() -> None:
    records = address_records.parse(["primary 2020-01-01 - a@x.test", "alias 2019-01-01 2026-12-31 b@x.test"])
    found = address_records.renamed(records, "c@x.test", TODAY, 180)
    assert [str(record) for record in found] == [
        "primary 2026-11-22 - c@x.test",
        "alias 2020-01-01 2027-05-21 a@x.test",
        "alias 2019-01-01 2026-12-31 b@x.test",
    ]


@given(st.lists(RECORDS, unique_by=lambda record: record.address), ADDRESSES, st.integers(0, 1000))
def test_a_rename_loses_no_address_and_leaves_one_primary(
    records: list[AddressRecord], new: str, alias_days: int
) -> None:
    found = address_records.renamed(records, new, TODAY, alias_days)
    assert {record.address for record in found} == {new} | {record.address for record in records}
    assert [record.address for record in found if record.kind == "primary"] == [new]


def test_an_alias_counts_through_its_last_day() -> None:
    last = AddressRecord("alias", None, TODAY, "a@x.test")
    assert address_records.unexpired([last], TODAY) == [last]
    assert address_records.unexpired([last], TODAY + timedelta(days=1)) == []


@given(st.lists(RECORDS), DAYS)
def test_a_primary_or_an_open_alias_never_runs_out(records: list[AddressRecord], day: date | None) -> None:
    kept = address_records.unexpired(records, day or TODAY)
    assert all(record in kept for record in records if record.kind == "primary" or record.until is None)


def test_json_has_the_shape_of_show() -> None:
    assert AddressRecord("alias", date(2025, 1, 2), None, "a@x.test").as_json() == {
        "address": "a@x.test",
        "kind": "alias",
        "since": "2025-01-02",
        "until": None,
    }
