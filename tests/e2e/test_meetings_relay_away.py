"""The relay is down for an hour: what is promised waits, over a restart too, leaves once, and the secretary sees it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.support.directory_entries import one_of_each
from tests.support.letter_box import Letter
from tests.support.meeting_answers import calendar_of, property_of
from tests.support.meetings_house import MeetingsHouse, await_true, fetched, form, meetings_house
from tests.support.slapd_server import SlapdServer

FOREIGN = [f"nguoi{number}@noi-khac.example" for number in range(40)]
BEGINS = datetime.fromisoformat("2030-12-12T08:00:00+07:00")
URGENT = 'urgent_reason = "Bão số 9"'
pytestmark = pytest.mark.server


@pytest.fixture
def house(slapd: SlapdServer, tmp_path: Path) -> Iterator[MeetingsHouse]:
    slapd.add_all(one_of_each())
    with meetings_house(tmp_path / "house", slapd) as running:
        yield running


def hours_before(house: MeetingsHouse, hours: float) -> None:
    """It is so many hours before the meeting."""
    seconds = (BEGINS - datetime.now(BEGINS.tzinfo)).total_seconds() - hours * 3600
    fresh = house.folder / "clock.new"
    fresh.write_text(f"+{int(seconds)}s")
    fresh.rename(house.folder / "clock")


def kind(letter: Letter) -> str:
    """The METHOD of its calendar, or nothing."""
    calendar = any(part.get_content_type() == "text/calendar" for part in letter.parsed.walk())
    return property_of(calendar_of(letter.parsed), "METHOD") if calendar else ""


def reports(house: MeetingsHouse) -> list[str]:
    """What the secretary's mailbox got of alarms."""
    letters = [letter for letter in house.mail.inside.letters if "rvanthusxd" in letter.recipients]
    return [str(letter.parsed["Subject"]) for letter in letters if "Cảnh báo" in str(letter.parsed["Subject"])]


def test_an_hour_without_a_relay_costs_an_hour(house: MeetingsHouse) -> None:
    """The hour has the mark of the first reminder and of the alarm in it."""
    hours_before(house, 24.5)
    house.mail.stop()
    uid = house.create(form(FOREIGN, more=URGENT))["uid"]
    house.wait_log("letters wait: the relay takes none")
    hours_before(house, 24.2)
    house.kill()
    house.start()
    hours_before(house, 23.5)
    await_true(lambda: house.log.read_text().count("letters wait") == 2, "it is tried again")

    shown = house.run("--lang", "vi", "show", uid)
    assert shown.stdout.count("chưa gửi được, đang thử lại") == len(FOREIGN) + 1
    (one, *_) = house.show(uid)["attendees"]
    assert "Connection refused" in one["delivery_text"]
    status, page = fetched(house.run("--json", "links", "show", uid).json["secretary"])
    assert status == 200
    assert page.count("chưa gửi được, đang thử lại") >= len(FOREIGN)
    figures = house.page("metrics")[1]
    assert f"meetings_letters_waiting {len(FOREIGN) + 1}.0" in figures
    assert "meetings_relay_open 0.0" in figures

    house.mail.start()
    await_true(lambda: "meetings_letters_waiting 0.0" in house.page("metrics")[1], "all are handed over", 90)
    await_true(lambda: len(reports(house)) == 1, "those who got it and have not answered are told", 60)
    await_true(lambda: "mailrelay_queue_messages 0.0" in house.mail.page("metrics")[1], "all are delivered", 90)
    letters = house.mail.outside.letters
    kinds = Counter((recipient, kind(letter)) for letter in letters for recipient in letter.recipients)
    assert kinds == {(each, "REQUEST"): 1 for each in FOREIGN}, "no reminder on top of a late invitation"
    alarm = next(each for each in house.mail.inside.letters if "rvanthusxd" in each.recipients)
    assert "chưa gửi được" not in str(alarm.parsed.get_body(("plain",)))
    hours_before(house, 0.9)
    await_true(lambda: len(letters) == 2 * len(FOREIGN), "the last reminder comes", 60)
    assert len(reports(house)) == 1
