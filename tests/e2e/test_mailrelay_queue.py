"""`mailrelay queue` and `mailrelay trace` beside a daemon whose mailboxes are closed for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from tests.support.directory_entries import one_of_each
from tests.support.mail_house import MailHouse, mail_house
from tests.support.slapd_server import SlapdServer

AN = "active.sxd@tinh.test"
BINH = "other.sxd@tinh.test"
FOREIGN = "ai@noi-khac.example"
SLOW = "retry = { normal = { first_seconds = 3600, longest_seconds = 3600 } }"

pytestmark = pytest.mark.server


@pytest.fixture
def house(slapd: SlapdServer, tmp_path: Path) -> Iterator[MailHouse]:
    """Its retries are an hour apart, so that only orders make it try again."""
    slapd.add_all(one_of_each())
    with mail_house(tmp_path / "house", slapd, SLOW) as running:
        running.inside.refuse["active"] = "451 4.2.1 mailbox busy"
        yield running


def deferred(house: MailHouse) -> str:
    queue_id = house.hand_over(FOREIGN, [AN])
    house.wait_state(queue_id, "deferred")
    return queue_id


def recipients(house: MailHouse) -> list[dict[str, object]]:
    messages = house.run("queue", "list", "--json").json["messages"]
    return [recipient for message in messages for recipient in message["recipients"]]


def test_list_shows_what_waits_and_why(house: MailHouse) -> None:
    queue_id = deferred(house)
    (message,) = house.run("queue", "list", "--json").json["messages"]
    assert message["queue_id"] == queue_id
    assert message["sender"] == FOREIGN
    (recipient,) = message["recipients"]
    assert (recipient["address"], recipient["state"], recipient["attempts"]) == (AN, "deferred", 1)
    assert recipient["next_attempt_at"] > message["accepted_at"]
    shown = house.run("queue", "list")
    assert "chờ thử lại" in shown.stdout
    assert "mailbox busy" in shown.stdout
    assert house.run("queue", "list", "--recipient", BINH, "--json").json["messages"] == []
    assert "không có thư đang chờ nào khớp điều kiện" in house.run("queue", "list", "--recipient", BINH).stderr
    assert len(house.run("queue", "list", "--recipient", AN.upper(), "--json").json["messages"]) == 1
    assert recipient["held_because"] is None
    assert len(house.run("queue", "list", "--destination", "local", "--json").json["messages"]) == 1
    assert house.run("queue", "list", "--state", "held", "--json").json["messages"] == []


def test_show_knows_one_message_and_says_when_there_is_none(house: MailHouse) -> None:
    queue_id = deferred(house)
    (message,) = house.run("queue", "show", queue_id.lower(), "--json").json["messages"]
    assert message["queue_id"] == queue_id
    assert house.run("queue", "show", "0000000000000").code == 1
    assert house.run("queue", "show", "không-phải-mã").code == 2


def test_retry_tries_at_once(house: MailHouse) -> None:
    queue_id = deferred(house)
    del house.inside.refuse["active"]
    answer = house.run("queue", "retry", queue_id, "--json")
    assert answer.json["recipients"] == 1
    message = house.wait_state(queue_id, "delivered")
    types = [event["type"] for event in message["recipients"][0]["events"]]
    assert types == ["message.accepted", "recipient.deferred", "recipient.retried", "recipient.delivered"]


def test_hold_keeps_and_release_delivers(house: MailHouse) -> None:
    queue_id = deferred(house)
    assert house.run("queue", "hold", "--recipient", AN, "--json").json["recipients"] == 1
    del house.inside.refuse["active"]
    assert [(each["state"], each["held_because"]) for each in recipients(house)] == [("held", "operator")]
    assert house.run("queue", "retry", queue_id).code == 1  # what is held is not retried
    told = house.run("queue", "release", queue_id)
    assert told.code == 0
    assert "đã thả 1 nơi nhận" in told.stderr
    house.wait_state(queue_id, "delivered")


def test_hold_survives_a_restart(house: MailHouse) -> None:
    queue_id = deferred(house)
    house.run("queue", "hold", queue_id)
    house.stop()
    del house.inside.refuse["active"]
    house.start()
    house.wait_state(house.hand_over(FOREIGN, [BINH]), "delivered")
    assert [recipient["state"] for recipient in recipients(house)] == ["held"]


def test_remove_ends_it_and_the_trail_says_who_did(house: MailHouse) -> None:
    queue_id = deferred(house)
    for chosen in (("--destination", "local"), ("--sender", FOREIGN), ("--recipient", AN)):
        refused = house.run("queue", "remove", *chosen)
        assert refused.code == 2
        assert "1 nơi nhận của 1 thư" in refused.stderr
    assert len(recipients(house)) == 1
    assert house.run("queue", "remove", "--destination", "local", "--yes").code == 0
    message = house.wait_state(queue_id, "removed")
    assert "operator=" in message["recipients"][0]["events"][-1]["detail"]
    assert recipients(house) == []


def test_all_needs_a_yes(house: MailHouse) -> None:
    deferred(house)
    assert house.run("queue", "remove", "--all").code == 2
    assert house.run("queue", "remove").code == 2
    assert len(recipients(house)) == 1
    assert house.run("queue", "remove", "--all", "--yes", "--json").json["recipients"] == 1


def test_an_unknown_id_is_told_and_the_others_are_changed(house: MailHouse) -> None:
    queue_id = deferred(house)
    answer = house.run("queue", "hold", queue_id, "0000000000000", "--json")
    assert answer.code == 1
    assert answer.json["unknown"] == ["0000000000000"]
    assert answer.json["recipients"] == 1


def test_trace_finds_by_everything_that_people_have_at_hand(house: MailHouse) -> None:
    house.inside.refuse.clear()
    queue_id = house.hand_over(
        FOREIGN, [AN], message_id="<dau-viet-7@noi-khac.example>", Congvu_Document_Number="36/TB-UBND"
    )
    house.wait_state(queue_id, "delivered")
    for query in (
        queue_id,
        queue_id.lower(),
        "<dau-viet-7@noi-khac.example>",
        "dau-viet-7@noi-khac.example",
        AN,
        FOREIGN,
    ):
        assert [message["queue_id"] for message in house.traced(query)] == [queue_id], query
    assert house.traced("--document", "36/TB-UBND") == []  # a stranger's claim
    assert house.traced("--recipient", AN, "--since", "1h")[0]["queue_id"] == queue_id
    assert house.traced("--recipient", AN, "--since", "2099-01-01") == []
    assert house.run("trace", "khong-co@noi-khac.example").code == 1
    assert house.run("trace").code == 2
    assert house.run("trace", AN, "--since", "hôm qua").code == 2


def test_trace_speaks_vietnamese_and_english(house: MailHouse) -> None:
    queue_id = deferred(house)
    told = house.run("trace", queue_id)
    assert "chưa phát được, sẽ thử lại" in told.stdout
    assert "451 4.2.1 mailbox busy" in told.stdout
    assert "will be tried again" in house.run("trace", queue_id, "--lang", "en").stdout


def test_trace_says_loudly_what_somebody_altered(house: MailHouse) -> None:
    house.inside.refuse.clear()
    queue_id = house.hand_over(FOREIGN, [AN])
    house.wait_state(queue_id, "delivered")
    assert house.run("trace", queue_id).code == 0
    house.stop()
    (file,) = house.folder.rglob("mailrelay.sqlite3")
    with closing(apsw.Connection(str(file))) as connection:
        connection.execute("UPDATE recipient SET state = 'failed'")
        connection.execute("UPDATE private SET value = replace(value, '250 2', '250 3')")
    answer = house.run("trace", queue_id)
    assert answer.code == 1
    assert "CẢNH BÁO: không khớp với nhật ký" in answer.stdout
    assert "trạng thái" in answer.stdout
    (message,) = house.traced(queue_id)
    assert message["altered"] == []
    assert message["recipients"][0]["altered"] == ["state", "events"]


def test_a_cut_answer_says_so(house: MailHouse) -> None:
    for _ in range(2):
        house.wait_state(house.hand_over(FOREIGN, [AN]), "deferred")
    assert "còn nữa" in house.run("trace", AN, "--limit", "1").stderr
    assert house.run("trace", AN, "--limit", "1", "--json").json["more"] is True
    assert house.run("trace", AN, "--limit", "2", "--json").json["more"] is False


def test_reading_works_without_a_daemon_and_before_the_first_one(house: MailHouse, tmp_path: Path) -> None:
    queue_id = deferred(house)
    house.stop()
    assert house.traced(queue_id)[0]["recipients"][0]["state"] == "deferred"
    assert house.run("queue", "list").code == 0
    assert house.run("queue", "hold", queue_id).code == 69
    fresh = MailHouse(tmp_path / "fresh", house.slapd, house.inside, house.outside)
    assert fresh.run("trace", AN).code == 69
