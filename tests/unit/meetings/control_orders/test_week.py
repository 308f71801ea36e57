"""The verb week_issue: the leaders of the directory, checked first or done, nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from foundation.errors import Unreachable, UsageError
from foundation.storage import open_database
from meetings.store import outbox
from meetings.week.iso_week import IsoWeek
from tests.support.meeting_book import MIGRATIONS
from tests.support.meeting_orders import HANH, HUNG, LAN, OrdersHouse, day

WEEK = str(IsoWeek.of(day().date()))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[OrdersHouse]:
    with open_database(f"sqlite:{tmp_path}", "meetings", MIGRATIONS) as database:
        yield OrdersHouse(database, week_leaders=(HUNG.address, LAN.address))


def test_issuing_answers_edition_changes_and_whom_it_tells(house: OrdersHouse) -> None:
    house.create()
    woken = house.woken
    answer = house.ask("week_issue", week=WEEK, check=False)
    assert (answer["week"], answer["edition"], answer["unchanged"]) == (WEEK, 0, False)
    assert [change["change"] for change in answer["changes"]] == ["added"]
    assert answer["mailed"] == [HUNG.address, LAN.address]
    assert answer["warnings"] == []
    assert house.woken == woken + 1


def test_a_check_stores_and_promises_nothing(house: OrdersHouse) -> None:
    house.create()
    assert house.ask("week_issue", week=WEEK, check=True)["edition"] == 0
    assert house.database.read(lambda unit: outbox.of_meeting(unit, 0)) == []
    assert not house.ask("week_issue", week=WEEK, check=False)["unchanged"]
    assert house.ask("week_issue", week=WEEK, check=True)["unchanged"]


def test_the_next_one_is_an_adjustment(house: OrdersHouse) -> None:
    uid = house.create()["uid"]
    house.ask("week_issue", week=WEEK)
    house.ask("cancel", meeting=uid, instance="", reason="", check=False)
    answer = house.ask("week_issue", week=WEEK)
    assert (answer["edition"], answer["changes"][0]["why"][0]) == (1, "hủy")


def test_without_leaders_it_is_issued_and_says_that_nobody_is_told(house: OrdersHouse) -> None:
    house.settings = house.settings.__class__(
        **{name: getattr(house.settings, name) for name in house.settings.__slots__} | {"week_leaders": ()}
    )
    house.create()
    answer = house.ask("week_issue", week=WEEK)
    assert answer["mailed"] == []
    assert answer["warnings"][0]["column"] == "meetings.week.leaders"


def test_a_leader_whom_nobody_knows_is_a_warning(house: OrdersHouse) -> None:
    house.people.guests.pop(LAN.address)
    house.people.agencies.pop("stc")
    house.create(required=[HANH.address])
    answer = house.ask("week_issue", week=WEEK)
    assert [each["value"] for each in answer["warnings"]] == [LAN.address]


def test_without_the_directory_nothing_is_issued(house: OrdersHouse) -> None:
    house.people.away = True
    with pytest.raises(Unreachable):
        house.ask("week_issue", week=WEEK)


@pytest.mark.parametrize("week", ["", "2026-W60", "tuần sau"])
def test_what_is_no_week_is_refused(house: OrdersHouse, week: str) -> None:
    with pytest.raises(UsageError):
        house.ask("week_issue", week=week)


def test_an_empty_week_is_not_issued_but_one_that_became_empty_is(house: OrdersHouse) -> None:
    refused = house.ask("week_issue", week=WEEK, check=False)
    assert "không ban hành" in refused["nothing_found"]["message"][0]
    uid = house.create()["uid"]
    assert house.ask("week_issue", week=WEEK)["edition"] == 0
    house.ask("cancel", meeting=uid, instance="", reason="bão số 9", check=False)
    answer = house.ask("week_issue", week=WEEK)
    assert (answer["edition"], answer["changes"][0]["why"]) == (
        1,
        ("hủy, lý do: bão số 9", "cancelled, reason: bão số 9"),
    )
