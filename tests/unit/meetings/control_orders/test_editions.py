"""Create, change, cancel: what a command asks, what the daemon answers, and what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from foundation.errors import InputError, Unreachable
from foundation.storage import open_database
from meetings.store import meetings, outbox
from tests.support.meeting_book import MIGRATIONS
from tests.support.meeting_orders import HANH, HUNG, LAN, MINH, TUAN, OrdersHouse, day, form


@pytest.fixture
def house(tmp_path: Path) -> Iterator[OrdersHouse]:
    with open_database(f"sqlite:{tmp_path}", "meetings", MIGRATIONS) as database:
        yield OrdersHouse(database)


def promised(house: OrdersHouse, uid: str) -> list[tuple[str, str]]:
    """(purpose, address) of all mail ever promised for a meeting."""

    def work(transaction: Any) -> list[tuple[str, str]]:
        stored = meetings.by_uid(transaction, uid)
        assert stored is not None
        return [(mail.purpose, mail.address) for mail in outbox.of_meeting(transaction, stored.id)]

    return house.database.read(work)


def columns(told: pytest.ExceptionInfo[InputError]) -> list[str]:
    return sorted({problem.column for problem in told.value.problems if problem.stops})


def test_a_form_becomes_a_meeting_and_everybody_is_promised_one_mail(house: OrdersHouse) -> None:
    answer = house.create()
    everybody = [HUNG.address, TUAN.address, LAN.address, HANH.address]
    assert sorted(answer["join"]) == sorted(everybody)
    assert all(link.startswith("https://hop.tinh.test/j/") for link in answer["join"].values())
    assert len(set(answer["join"].values())) == 4
    assert sorted(promised(house, answer["uid"])) == sorted(("request", address) for address in everybody)
    assert [mail["role"] for mail in answer["mails"]].count("CHAIR") == 1
    assert (answer["number"], answer["sequence"], house.woken) == ("15/GM-UBND", 0, 1)


def test_a_dry_run_says_who_would_get_what_and_stores_nothing(house: OrdersHouse) -> None:
    answer = house.ask("create", form=form(), source="", check=True)
    assert (answer["uid"], answer["join"], len(answer["mails"])) == ("", {}, 4)
    assert house.database.read(lambda transaction: meetings.find(transaction, "15/GM-UBND")) == []
    assert house.woken == 0


def test_a_dry_run_of_a_series_says_its_rule_and_when_it_sits(house: OrdersHouse) -> None:
    answer = house.ask("create", form=form(rrule="FREQ=DAILY;COUNT=3"), source="", check=True)
    assert answer["rrule"] == "FREQ=DAILY;COUNT=3"
    assert [one["start"] for one in answer["occurrences"]] == [day(30 + later).isoformat() for later in range(3)]
    uid = house.create(rrule="FREQ=DAILY;COUNT=3")["uid"]
    house.ask("cancel", meeting=uid, instance=day(31).isoformat(), reason="", check=False)
    changed = house.ask("change", meeting=uid, instance="", form={"content": "Khác."}, source="", check=True)
    assert [one["start"] for one in changed["occurrences"]] == [day(30).isoformat(), day(32).isoformat()]
    assert house.create(start=day(60).isoformat(), number="16/GM-UBND")["occurrences"] == []


def test_a_change_says_old_and_new(house: OrdersHouse) -> None:
    uid = house.create()["uid"]
    form_ = {"start": day(40).isoformat(), "content": "Khác."}
    answer = house.ask("change", meeting=uid, instance="", form=form_, source="", check=True)
    told = {one["label"][1]: (one["before"][0], one["after"][0]) for one in answer["differences"]}
    assert told["Content"] == ("Đánh giá tháng 11.", "Khác.")
    assert f"{day(30):%d}" in told["Time"][0]
    assert f"{day(40):%d}" in told["Time"][1]


def test_everything_wrong_is_told_at_once_and_nothing_is_stored(house: OrdersHouse) -> None:
    with pytest.raises(InputError) as told:
        house.ask(
            "create",
            form=form(start="13h30, ngày 31/02/2027", requird=["sxd"], chair="ai.do@tinh.test", places=None),
            source="hop.toml",
            check=False,
        )
    assert {"start", "requird", "chair"} <= set(columns(told))
    assert house.database.read(lambda transaction: meetings.find(transaction, "15/GM-UBND")) == []


def test_mistakes_of_a_form_are_told_though_the_directory_is_away(house: OrdersHouse) -> None:
    house.people.away = True
    with pytest.raises(InputError) as told:
        house.create(start="hôm nào đó")
    assert "start" in columns(told)
    with pytest.raises(Unreachable):
        house.create()


def test_a_clash_is_refused_and_the_other_meeting_named(house: OrdersHouse) -> None:
    house.create()
    with pytest.raises(InputError) as told:
        house.create(number="16/GM-UBND", places=["Phòng họp số 2"], start=(day() + timedelta(hours=1)).isoformat())
    assert columns(told) == ["required"]
    assert "Họp giao ban" in told.value.problems[0].message.vi


def test_only_those_affected_are_mailed(house: OrdersHouse) -> None:
    uid = house.create()["uid"]
    answer = house.ask(
        "change", meeting="15/GM-UBND", instance="", form={"add": [MINH.address]}, source="", check=False
    )
    assert (answer["uid"], answer["sequence"], answer["changed"]) == (uid, 1, True)
    assert [(mail["purpose"], mail["address"]) for mail in answer["mails"]] == [("request", MINH.address)]
    assert list(answer["join"]) == [MINH.address]


def test_what_a_dry_run_of_a_change_says_is_what_the_change_does(house: OrdersHouse) -> None:
    uid = house.create()["uid"]
    changed = {
        "meeting": uid,
        "instance": "",
        "form": {"start": (day() + timedelta(hours=1)).isoformat(), "remove": [LAN.address], "reason": "Trùng lịch"},
        "source": "",
    }
    before = promised(house, uid)
    tried = house.ask("change", **changed, check=True)
    assert promised(house, uid) == before
    done = house.ask("change", **changed, check=False)
    assert {**tried, "join": {}} == {**done, "join": {}}
    assert ("cancel", LAN.address) in promised(house, uid)
    told = house.database.read(lambda transaction: outbox.of_meeting(transaction, 1))
    assert {mail.details.get("reason") for mail in told if mail.details.get("removed")} == {"Trùng lịch"}


def test_a_change_that_changes_nothing_mails_nobody(house: OrdersHouse) -> None:
    uid = house.create()["uid"]
    answer = house.ask("change", meeting=uid, instance="", form={"summary": "Họp giao ban"}, source="", check=False)
    assert (answer["changed"], answer["mails"], answer["sequence"]) == (False, [], 0)


def test_without_anybody_left_to_invite_there_is_no_meeting(house: OrdersHouse) -> None:
    house.people.suspended |= {TUAN.address, LAN.address}
    with pytest.raises(InputError) as refused:
        house.create(required=["stc"])
    (problem,) = [problem for problem in refused.value.problems if problem.stops]
    assert problem.column == "required"
    assert problem.hint is not None
    assert "nobody is left to invite" in problem.message.en


def test_somebody_suspended_since_stays_on_the_list_and_gets_no_mail(house: OrdersHouse) -> None:
    uid = house.create()["uid"]
    house.people.suspended.add(TUAN.address)
    form_ = {"start": (day() + timedelta(hours=1)).isoformat()}
    answer = house.ask("change", meeting=uid, instance="", form=form_, source="", check=False)
    assert TUAN.address not in {mail["address"] for mail in answer["mails"]}
    assert answer["warnings"]


def test_a_meeting_made_secret_has_no_links_and_neutral_words(house: OrdersHouse) -> None:
    uid = house.create()["uid"]
    answer = house.ask(
        "change",
        meeting=uid,
        instance="",
        form={"secret": True, "places": ["Phòng họp số 1"], "papers": []},
        source="",
        check=False,
    )
    assert answer["join"] == {}
    assert "giao ban" not in answer["summary"]
    assert {mail["purpose"] for mail in answer["mails"]} == {"cancel", "neutral"}


def test_one_of_a_series_is_moved_and_one_is_cancelled(house: OrdersHouse) -> None:
    uid = house.create(rrule="FREQ=WEEKLY;COUNT=4")["uid"]
    second, third = day() + timedelta(days=7), day() + timedelta(days=14)
    moved = house.ask(
        "change",
        meeting=uid,
        instance=second.isoformat(),
        form={"start": (second + timedelta(hours=2)).isoformat()},
        source="",
        check=False,
    )
    assert (moved["sequence"], moved["start"]) == (1, (second + timedelta(hours=2)).isoformat())
    gone = house.ask("cancel", meeting=uid, instance=third.isoformat(), reason="bão", check=False)
    assert (gone["sequence"], gone["start"], gone["status"]) == (2, third.isoformat(), "CANCELLED")
    with pytest.raises(InputError, match="this occurrence is cancelled"):
        house.ask("cancel", meeting=uid, instance=third.isoformat(), reason="bão", check=False)
    with pytest.raises(InputError) as told:
        house.ask("cancel", meeting=uid, instance=(third + timedelta(days=1)).isoformat(), reason="", check=False)
    assert columns(told) == ["instance"]


def test_a_cancelled_meeting_cannot_be_changed(house: OrdersHouse) -> None:
    uid = house.create()["uid"]
    assert len(house.ask("cancel", meeting=uid, instance="", reason="", check=True)["mails"]) == 4
    assert len(house.ask("cancel", meeting=uid, instance="", reason="", check=False)["mails"]) == 4
    with pytest.raises(InputError, match="cancelled"):
        house.ask("change", meeting=uid, instance="", form={"summary": "x"}, source="", check=False)
    with pytest.raises(InputError, match="nothing to remind of"):
        house.ask("remind", meeting=uid, everybody=True)


def test_an_unknown_meeting_is_an_answer_and_an_ambiguous_number_a_question(house: OrdersHouse) -> None:
    asked = {"instance": "", "reason": "", "check": True}
    assert "12/GM-UBND" in house.ask("cancel", meeting="12/GM-UBND", **asked)["nothing_found"]["message"][1]
    first = house.create()["uid"]
    second = house.create(start=day(60).isoformat())["uid"]
    with pytest.raises(InputError) as told:
        house.ask("cancel", meeting="15/GM-UBND", **asked)
    assert {problem.value for problem in told.value.problems} == {first, second}
    assert {problem.severity for problem in told.value.problems} == {"question"}
    assert [(one["status"], one["over"]) for one in told.value.candidates] == [("CONFIRMED", False)] * 2
    assert {one["uid"] for one in told.value.candidates} == {first, second}


def test_a_number_that_a_meeting_to_come_has_already_is_told_at_create_and_change(house: OrdersHouse) -> None:
    first = house.create()["uid"]
    again = house.create(start=day(60).isoformat())
    assert [(one["column"], first in one["message"][0]) for one in again["warnings"]] == [("number", True)]
    other = house.create(number="16/GM-UBND", start=day(61).isoformat())["uid"]
    changed = {"instance": "", "source": "", "check": True}
    renumbered = house.ask("change", meeting=other, form={"number": "15/GM-UBND"}, **changed)
    assert len([one for one in renumbered["warnings"] if one["column"] == "number"]) == 2
    kept = house.ask("change", meeting=first, form={"content": "Khác."}, **changed)
    assert not [one for one in kept["warnings"] if one["column"] == "number"]


def test_a_number_means_the_meeting_to_come_before_cancelled_ones(house: OrdersHouse) -> None:
    asked = {"instance": "", "reason": "", "check": False}
    first = house.create()["uid"]
    house.ask("cancel", meeting=first, **asked)
    again = house.create()
    assert not [one for one in again["warnings"] if one["column"] == "number"]
    assert house.ask("cancel", meeting="15/GM-UBND", **asked)["uid"] == again["uid"]
    with pytest.raises(InputError) as told:
        house.ask("cancel", meeting="15/GM-UBND", **asked)
    assert [one["status"] for one in told.value.candidates] == ["CANCELLED"] * 2
