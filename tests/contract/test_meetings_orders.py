"""The orders of commands on both databases: what is stored, what is taken back, and two who change the same meeting."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from secrets import token_hex
from typing import Any

import pytest

from foundation.errors import Busy, InputError
from foundation.storage import Transaction, open_database
from meetings.control_orders.taken import Taken
from meetings.form.values import BusyQuestion, Calendars
from meetings.store import meetings, outbox
from tests.support.databases import Place
from tests.support.meeting_book import MIGRATIONS
from tests.support.meeting_orders import HANH, LAN, MINH, OrdersHouse, day, form
from tests.support.postgres_server import PostgresServer


@pytest.fixture
def house(place: Place) -> Iterator[OrdersHouse]:
    with open_database(place.url, f"meetings{place.suffix}", MIGRATIONS) as database:
        yield OrdersHouse(database)


def mails(house: OrdersHouse, uid: str) -> int:
    def work(transaction: Transaction) -> int:
        stored = meetings.by_uid(transaction, uid)
        assert stored is not None
        return len(outbox.of_meeting(transaction, stored.id))

    return house.database.read(work)


def changed(house: OrdersHouse, uid: str, check: bool = False, **fields: Any) -> dict[str, Any]:
    return house.ask("change", meeting=uid, instance="", form=fields, source="", check=check)


def test_a_dry_run_is_the_real_run_taken_back(house: OrdersHouse) -> None:
    tried = house.ask("create", form=form(), source="", check=True)
    created = house.create()
    assert tried["mails"] == created["mails"]
    uid = created["uid"]
    later = (day() + timedelta(hours=1)).isoformat()
    tried = changed(house, uid, check=True, start=later, add=[MINH.address], remove=[LAN.address])
    assert mails(house, uid) == 4
    done = changed(house, uid, start=later, add=[MINH.address], remove=[LAN.address])
    assert (tried["mails"], tried["sequence"]) == (done["mails"], done["sequence"])
    assert len(house.ask("cancel", meeting=uid, instance="", reason="", check=True)["mails"]) == 4
    assert len(house.ask("cancel", meeting=uid, instance="", reason="", check=False)["mails"]) == 4


def test_a_change_made_meanwhile_is_seen_and_the_form_is_drafted_again(house: OrdersHouse) -> None:
    """A deputy is consented to while the secretary's form is being looked up: both hold in the end."""
    uid = house.create()["uid"]
    house.ask("deputy_propose", meeting=uid, who=HANH.address, deputy=MINH.address, reason="", other_agency=False)
    house.people.meanwhile = [
        lambda: house.ask("deputy_consent", meeting=uid, who=HANH.address, other_agency=False),
    ]
    answer = changed(house, uid, content="Nội dung mới")
    assert answer["sequence"] == 2
    assert MINH.address in {mail["address"] for mail in answer["mails"]}


def test_who_is_always_overtaken_is_told_to_try_again(house: OrdersHouse) -> None:
    uid = house.create()["uid"]

    def overtake() -> None:
        def work(transaction: Transaction) -> None:
            stored = meetings.by_uid(transaction, uid)
            assert stored is not None
            transaction.execute("UPDATE meeting SET sequence = sequence + 1 WHERE id = ?", (stored.id,))

        house.database.run(work)

    house.people.meanwhile = [overtake] * 9
    with pytest.raises(Busy):
        changed(house, uid, content="Nội dung mới")


def test_two_daemons_that_take_the_same_people_at_once_store_one_meeting(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Possible for a moment after the connection of one was cut: both look, both find everybody free."""
    url, tool = postgres_server.url(), f"meetings_{token_hex(4)}"
    with open_database(url, tool, MIGRATIONS) as one, open_database(url, tool, MIGRATIONS) as two:
        first, second = OrdersHouse(one), OrdersHouse(two)
        ask = Taken.ask
        meanwhile = [lambda: second.create(number="16/GM-UBND")]

        def look(taken: Taken, question: BusyQuestion) -> Calendars:
            found = ask(taken, question)
            if meanwhile and taken._database is one:
                meanwhile.pop()()
            return found

        monkeypatch.setattr(Taken, "ask", look)
        with pytest.raises(InputError) as refused:
            first.create()
        assert any("bận họp" in problem.message.vi for problem in refused.value.problems)
        found = one.read(lambda unit: [meetings.find(unit, f"{number}/GM-UBND") for number in (15, 16)])
        assert [len(each) for each in found] == [0, 1]
