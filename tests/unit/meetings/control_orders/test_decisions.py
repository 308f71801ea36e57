"""Orders about single people and mails: answers by telephone, held mail, deputies, proposed times, reminders, links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from foundation import clock
from foundation.errors import InputError, UsageError
from foundation.storage import Transaction, open_database
from meetings.desk import showing
from meetings.store import attendees, incoming, meetings, proposals
from meetings.store.incoming import NewIncoming
from meetings.store.values import CounterProposal, StoredAttendee
from tests.support.meeting_book import MIGRATIONS
from tests.support.meeting_orders import HANH, HUNG, LAN, MINH, TUAN, OrdersHouse, day


@pytest.fixture
def house(tmp_path: Path) -> Iterator[OrdersHouse]:
    with open_database(f"sqlite:{tmp_path}", "meetings", MIGRATIONS) as database:
        yield OrdersHouse(database)


@pytest.fixture
def uid(house: OrdersHouse) -> str:
    return str(house.create()["uid"])


def shown(house: OrdersHouse, uid: str) -> dict[str, Any]:
    def work(transaction: Transaction) -> dict[str, Any]:
        stored = meetings.by_uid(transaction, uid)
        assert stored is not None
        return showing.show(transaction, stored)

    return house.database.read(work)


def person(house: OrdersHouse, uid: str, address: str) -> StoredAttendee:
    def work(transaction: Transaction) -> StoredAttendee:
        stored = meetings.by_uid(transaction, uid)
        assert stored is not None
        return attendees.answering(transaction, stored.id, [address])[0]

    return house.database.read(work)


def partstats(house: OrdersHouse, uid: str) -> dict[str, str]:
    return {one["address"]: one["partstat"] for one in shown(house, uid)["attendees"]}


def proposed_time(house: OrdersHouse, uid: str, address: str, hours: int) -> int:
    """Somebody proposes to begin so many hours later."""
    start = day() + timedelta(hours=hours)

    def work(transaction: Transaction) -> int:
        stored = meetings.by_uid(transaction, uid)
        assert stored is not None
        who = attendees.answering(transaction, stored.id, [address])[0].attendee.id
        start_at, end_at = (clock.microseconds(at) for at in (start, start + timedelta(hours=2)))
        at = clock.now_microseconds()
        proposal = CounterProposal(0, who, 0, start_at, end_at, "bận", at, "open")
        return proposals.add_counter(transaction, stored.id, proposal, 0, at)

    return house.database.run(work)


# ---- answers ---------------------------------------------------------------------------------------------------------


def test_an_answer_by_telephone_counts_for_whoever_has_that_address(house: OrdersHouse, uid: str) -> None:
    answer = house.ask(
        "answer", meeting="15/GM-UBND", who="HanhDT.sxd@tinh.test", answer="declined", reason="ốm", instance=""
    )
    assert answer == {"uid": uid, "address": HANH.address, "partstat": "DECLINED"}
    assert partstats(house, uid)[HANH.address] == "DECLINED"


def test_nobody_answers_who_is_not_invited(house: OrdersHouse, uid: str) -> None:
    told = house.ask("answer", meeting=uid, who=MINH.address, answer="accepted", reason="", instance="")
    assert MINH.address in told["nothing_found"]["message"][1]
    with pytest.raises(UsageError):
        house.ask("answer", meeting=uid, who=HANH.address, answer="perhaps", reason="", instance="")


@pytest.mark.parametrize("word", ["CB000005", "Nguyễn Thị Lan", "lan.stc"])
def test_one_who_is_invited_is_named_as_in_a_form(house: OrdersHouse, uid: str, word: str) -> None:
    said = {"answer": "accepted", "reason": "", "instance": ""}
    assert house.ask("answer", meeting=uid, who=word, **said)["address"] == LAN.address
    assert house.ask("links_show", meeting=uid, address=word)["address"] == LAN.address
    assert house.ask("resend", meeting=uid, addresses=[word])["sent"] == [LAN.address]
    proposed = {"deputy": "Phạm Anh Tuấn", "reason": "", "other_agency": True}
    with pytest.raises(InputError, match="invited already"):
        house.ask("deputy_propose", meeting=uid, who=word, **proposed)
    house.ask("deputy_propose", meeting=uid, who=word, **{**proposed, "deputy": "Lê Văn Minh"})
    refused = house.ask("deputy_refuse", meeting=uid, who="Nguyễn Thị Lan", reason="")
    assert (refused["delegator"]["address"], refused["deputy"]["address"]) == (LAN.address, MINH.address)


def test_a_name_of_nobody_and_of_several_says_so(house: OrdersHouse, uid: str) -> None:
    said = {"answer": "accepted", "reason": "", "instance": ""}
    assert (
        "Ai Đó is not invited" in house.ask("answer", meeting=uid, who="Ai Đó", **said)["nothing_found"]["message"][1]
    )
    other = replace(LAN, address="lan.sxd@tinh.test", agency="SXD")
    house.people.guests[other.address] = other
    house.ask("change", meeting=uid, instance="", form={"add": [other.address]}, source="", check=False)
    with pytest.raises(InputError, match="several") as told:
        house.ask("answer", meeting=uid, who=LAN.name, **said)
    assert told.value.hint is not None
    assert (other.address in told.value.hint.vi, LAN.address in told.value.hint.vi) == (True, True)


def test_where_nothing_waits_the_next_step_is_the_list_of_what_was_proposed(house: OrdersHouse, uid: str) -> None:
    counter = house.ask("counter_decline", meeting=uid, who=TUAN.address, reason="")["nothing_found"]
    deputy = house.ask("deputy_consent", meeting=uid, who=TUAN.address, other_agency=False)["nothing_found"]
    assert f"meetings counter list {uid} --all" in counter["hint"][0]
    assert f"meetings deputy list {uid}" in deputy["hint"][0]


def test_people_are_known_by_address_though_the_directory_is_away(house: OrdersHouse, uid: str) -> None:
    house.people.away = True
    said = {"answer": "accepted", "reason": "", "instance": ""}
    for word in (LAN.address, LAN.name):
        assert house.ask("answer", meeting=uid, who=word, **said)["address"] == LAN.address


def test_a_held_mail_is_decided_once(house: OrdersHouse, uid: str) -> None:
    def keep(transaction: Transaction) -> int:
        stored = meetings.by_uid(transaction, uid)
        assert stored is not None
        return incoming.insert(
            transaction,
            NewIncoming(
                "<a@b.example>", b"1", "la@b.example", "hop@tinh.test", "", 1, "held", "not_authenticated", stored.id
            ),
        )

    held = house.database.run(keep)
    assert house.ask("held_decide", id=held, accept=False) == {
        "id": held,
        "verdict": "ignored",
        "reason": "not_authenticated",
        "attendees": [],
    }
    with pytest.raises(InputError):
        house.ask("held_decide", id=held, accept=True)
    assert "nothing_found" in house.ask("held_decide", id=4711, accept=True)


def test_a_mail_that_nobody_could_read_counts_as_the_secretary_says(house: OrdersHouse, uid: str) -> None:
    def keep(transaction: Transaction) -> int:
        stored = meetings.by_uid(transaction, uid)
        assert stored is not None
        at = clock.now_microseconds()
        new = NewIncoming(
            "<a@b.example>", b"1", "la@b.example", "hop@tinh.test", "", at, "held", "unreadable", stored.id
        )
        return incoming.insert(transaction, new)

    held = house.database.run(keep)
    with pytest.raises(InputError):
        house.ask("held_decide", id=held, accept=True)
    for wrong in ({"as": "perhaps"}, {"for": HANH.address}):
        with pytest.raises(UsageError):
            house.ask("held_decide", id=held, accept=True, **wrong)
    told = house.ask("held_decide", id=held, accept=True, **{"as": "tentative", "for": HANH.address})
    assert (told["verdict"], [one["address"] for one in told["attendees"]]) == ("counted", [HANH.address])


# ---- standing in -----------------------------------------------------------------------------------------------------


def test_a_deputy_is_proposed_consented_to_and_has_links_of_their_own(house: OrdersHouse, uid: str) -> None:
    old = house.ask("links_show", meeting=uid, address=HANH.address)
    proposed = house.ask(
        "deputy_propose", meeting=uid, who=HANH.address, deputy=MINH.address, reason="đi công tác", other_agency=False
    )
    assert (proposed["delegator"]["address"], proposed["deputy"]["name"]) == (HANH.address, MINH.name)
    done = house.ask("deputy_consent", meeting=uid, who=HANH.address, other_agency=False)
    assert {mail["address"] for mail in done["mails"]} == {HANH.address, MINH.address}
    assert {mail["purpose"] for mail in done["mails"]} == {"delegation"}
    assert partstats(house, uid)[HANH.address] == "DELEGATED"
    assert "nothing_found" in house.ask("links_show", meeting=uid, address=HANH.address)
    assert house.ask("links_show", meeting=uid, address=MINH.address)["page"] not in ("", old["page"])
    assert "nothing_found" in house.ask("deputy_consent", meeting=uid, who=HANH.address, other_agency=False)


def test_who_is_of_no_agency_of_ours_is_invited_instead_of_sent(house: OrdersHouse, uid: str) -> None:
    asked = {"meeting": uid, "who": HANH.address, "reason": "", "other_agency": True}
    for deputy, hint in (("ai@bo.example", "--add"), ("khong.ai@tinh.test", "đầu mối")):
        with pytest.raises(InputError) as refused:
            house.ask("deputy_propose", **asked, deputy=deputy)
        (problem,) = refused.value.problems
        assert problem.hint is not None
        assert hint in problem.hint.vi


def test_a_deputy_of_another_agency_needs_an_explicit_word(house: OrdersHouse, uid: str) -> None:
    asked = {"meeting": uid, "who": LAN.address, "deputy": MINH.address, "reason": ""}
    with pytest.raises(InputError, match="agency"):
        house.ask("deputy_propose", **asked, other_agency=False)
    house.ask("deputy_propose", **asked, other_agency=True)
    refused = house.ask("deputy_refuse", meeting=uid, who=LAN.address, reason="phải là lãnh đạo Sở")
    assert [mail["purpose"] for mail in refused["mails"]] == ["refusal"]
    assert partstats(house, uid)[LAN.address] == "NEEDS-ACTION"


def test_nobody_unknown_or_suspended_stands_in(house: OrdersHouse, uid: str) -> None:
    house.people.suspended.add(MINH.address)
    for deputy in (MINH.address, "ai.do@tinh.test"):
        with pytest.raises(InputError) as told:
            house.ask("deputy_propose", meeting=uid, who=HANH.address, deputy=deputy, reason="", other_agency=False)
        assert [problem.column for problem in told.value.problems] == ["deputy"]


def test_a_deputy_is_taken_out_by_name(house: OrdersHouse, uid: str) -> None:
    house.ask("deputy_propose", meeting=uid, who=HANH.address, deputy=MINH.address, reason="", other_agency=False)
    house.ask("deputy_consent", meeting=uid, who=HANH.address, other_agency=False)
    answer = house.ask(
        "change", meeting=uid, instance="", form={"remove": [MINH.address]}, source="", reason="", check=False
    )
    assert {(mail["address"], mail["purpose"]) for mail in answer["mails"]} == {
        (MINH.address, "cancel"),
        (HANH.address, "request"),
    }
    assert partstats(house, uid)[HANH.address] == "NEEDS-ACTION"


# ---- proposed times --------------------------------------------------------------------------------------------------


def test_a_proposed_time_is_declined_plainly(house: OrdersHouse, uid: str) -> None:
    number = proposed_time(house, uid, TUAN.address, 2)
    answer = house.ask("counter_decline", meeting=uid, who=TUAN.address, reason="hội trường đã kín")
    assert answer == {"uid": uid, "id": number, "address": TUAN.address}
    assert "nothing_found" in house.ask("counter_decline", meeting=uid, who=str(number), reason="")


def test_a_proposed_time_is_taken_over_as_a_change_like_any_other(house: OrdersHouse, uid: str) -> None:
    number = proposed_time(house, uid, TUAN.address, 2)
    answer = house.ask("counter_accept", meeting=uid, who=str(number), urgent_reason="")
    assert (answer["start"], answer["sequence"]) == ((day() + timedelta(hours=2)).isoformat(), 1)
    assert {mail["purpose"] for mail in answer["mails"]} == {"request"}
    assert len(answer["mails"]) == 4
    assert [each["state"] for each in shown(house, uid)["counters"]] == ["accepted"]


def test_a_proposed_time_that_clashes_stays_open(house: OrdersHouse, uid: str) -> None:
    house.create(number="16/GM-UBND", start=day(hour=14).isoformat(), places=["Phòng họp số 2"])
    proposed_time(house, uid, TUAN.address, 6)
    with pytest.raises(InputError):
        house.ask("counter_accept", meeting=uid, who=TUAN.address, urgent_reason="")
    assert [each["state"] for each in shown(house, uid)["counters"]] == ["open"]


# ---- reminders and links ---------------------------------------------------------------------------------------------


def test_everybody_is_reminded_once_within_the_hour(house: OrdersHouse, uid: str) -> None:
    house.ask("answer", meeting=uid, who=LAN.address, answer="accepted", reason="", instance="")
    house.ask("answer", meeting=uid, who=HANH.address, answer="declined", reason="", instance="")
    tried = house.ask("remind", meeting=uid, everybody=False, check=True)
    first = house.ask("remind", meeting=uid, everybody=False)
    assert tried == first, "who only looked has reminded nobody"
    assert set(first["reminded"]) == {HUNG.address, TUAN.address}
    second = house.ask("remind", meeting=uid, everybody=True)
    assert (second["reminded"], set(second["already"])) == ([LAN.address], {HUNG.address, TUAN.address})


def test_the_invitation_goes_to_one_person_again(house: OrdersHouse, uid: str) -> None:
    assert house.ask("resend", meeting=uid, addresses=[LAN.address])["sent"] == [LAN.address]
    assert "nothing_found" in house.ask("resend", meeting=uid, addresses=[LAN.address, MINH.address])
    with pytest.raises(UsageError):
        house.ask("resend", meeting=uid, addresses=[])


def test_revoked_links_end_and_new_ones_begin(house: OrdersHouse, uid: str) -> None:
    old = house.ask("links_show", meeting=uid, address=LAN.address)
    new = house.ask("links_revoke", meeting=uid, address=LAN.address)
    assert new["page"] != old["page"]
    assert new["join"] != old["join"]
    assert person(house, uid, LAN.address).attendee.link_serial == 1
    assert new["feed"] != old["feed"]
    assert new["revoked"] == ["page", "join", "feed"]
    secretary = house.ask("links_show", meeting=uid, address="")["secretary"]
    assert house.ask("links_revoke", meeting=uid, address="")["secretary"] != secretary


def test_a_feed_alone_is_renewed_without_a_mail(house: OrdersHouse, uid: str) -> None:
    old = house.ask("links_show", meeting=uid, address=LAN.address)
    answer = house.ask("links_revoke", meeting=uid, address=LAN.address, feed=True)
    new = house.ask("links_show", meeting=uid, address=LAN.address)
    assert answer["revoked"] == ["feed"]
    assert (new["page"], new["join"]) == (old["page"], old["join"])
    assert new["feed"] == answer["feed"] != old["feed"]


def test_a_secret_meeting_has_no_links_and_says_so(house: OrdersHouse) -> None:
    secret = str(house.create(secret=True, places=["Phòng 2"], contact="Lê Thị Thư, 0255 3822 000")["uid"])
    assert "họp mật" in str(house.ask("links_show", meeting=secret, address=LAN.address)["nothing_found"])
    assert "nothing_found" in house.ask("links_revoke", meeting=secret, address=LAN.address)


def test_what_is_sent_again_is_named(house: OrdersHouse, uid: str) -> None:
    assert house.ask("resend", meeting=uid, addresses=[LAN.address])["purpose"] == "request"
    house.ask("cancel", meeting=uid, instance="", reason="", check=False)
    assert house.ask("resend", meeting=uid, addresses=[LAN.address])["purpose"] == "cancel"


def test_the_weekly_schedule_is_issued_once(house: OrdersHouse, uid: str) -> None:
    """What it says is `tests/unit/meetings/week`'s business; here the verb is found and tried out."""
    week = day().strftime("%G-W%V")
    assert house.ask("week_issue", week=week, check=True)["unchanged"] is False
    assert house.ask("week_issue", week=week, check=False)["unchanged"] is False
    assert house.ask("week_issue", week=week, check=False)["unchanged"] is True
    with pytest.raises(UsageError):
        house.ask("week_issue", week="hôm nào", check=True)
