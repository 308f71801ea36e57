"""Stories over the running servers that nobody plans: another time, the chair's deputy, a suspension in between, and a
meeting that becomes secret when its week is out."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from pypdf import PdfReader

from tests.support.directory_entries import one_of_each, person_dn
from tests.support.letter_box import Letter, LetterBox
from tests.support.meeting_answers import (
    asked,
    calendar_of,
    calendar_reply,
    organiser_of,
    page_link,
    pressed,
    property_of,
)
from tests.support.meetings_house import ORGANISER, MeetingsHouse, await_true, form, meetings_house
from tests.support.slapd_server import SlapdServer

CHAIR = "active.sxd@tinh.test"
OTHER = "other.sxd@tinh.test"
FOREIGN = "ai@noi-khac.example"
NEW_TIME = ("DTSTART:20301213T020000Z", "DTEND:20301213T033000Z", "COMMENT:Sáng 12 tôi họp Bộ")
LEADERS = f'[meetings.week]\nleaders = ["{CHAIR}"]'
SIGN = "KIMSON7"
"""A word that stands in all that was said of what a meeting is about, before it became secret."""
pytestmark = pytest.mark.server


@pytest.fixture
def house(slapd: SlapdServer, tmp_path: Path) -> Iterator[MeetingsHouse]:
    slapd.add_all(one_of_each())
    with meetings_house(tmp_path / "house", slapd, submission=LEADERS) as running:
        yield running


def method(letter: Letter) -> str:
    """Of the calendar in it; empty: it has none."""
    has_one = any(part.get_content_type() == "text/calendar" for part in letter.parsed.walk())
    return property_of(calendar_of(letter.parsed), "METHOD") if has_one else ""


def wait_mail(box: LetterBox, recipient: str, wanted: str, sequence: int) -> EmailMessage:
    """The letter of this method and SEQUENCE for them."""

    def fits(letter: Letter) -> bool:
        if recipient not in letter.recipients or method(letter) != wanted:
            return False
        return property_of(calendar_of(letter.parsed), "SEQUENCE") == str(sequence)

    return box.wait_for(fits).parsed


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def ask(house: MeetingsHouse, *words: str) -> dict[str, Any]:
    """The JSON answer of a command that works."""
    answer = house.run("--json", *words)
    assert answer.code == 0, answer.stderr
    return answer.json


def send(house: MeetingsHouse, sender: str, recipient: str, mail: bytes) -> None:
    """From somewhere in the world."""
    client = house.mail.client()
    client.sendmail(sender, [recipient], mail)
    client.close()


def countered(house: MeetingsHouse) -> str:
    """A meeting for which somebody elsewhere has proposed another time; its UID."""
    uid = str(house.create(form([OTHER, FOREIGN]))["uid"])
    theirs = house.mail.outside.wait_to(FOREIGN).parsed
    send(house, FOREIGN, organiser_of(theirs), calendar_reply(theirs, FOREIGN, "DECLINED", "COUNTER", NEW_TIME))
    await_true(lambda: bool(ask(house, "counter", "list", uid)["counters"]), "the proposal is there")
    return uid


def test_another_time_that_the_secretary_takes_goes_out_to_all(house: MeetingsHouse) -> None:
    uid = countered(house)
    assert {one["address"] for one in ask(house, "counter", "accept", uid, FOREIGN)["mails"]} == {CHAIR, OTHER, FOREIGN}
    boxes = ((house.mail.outside, FOREIGN), (house.mail.inside, "active"), (house.mail.inside, "other"))
    for box, recipient in boxes:
        mail = wait_mail(box, recipient, "REQUEST", 1)
        assert property_of(calendar_of(mail), "DTSTART;TZID") == "20301213T090000"
        assert "Lý do thay đổi: theo đề xuất của người được mời" in text_of(mail)
        assert "mới: từ 09 giờ 00 đến 10 giờ 30, thứ Sáu, ngày 13" in text_of(mail)
    (proposal,) = ask(house, "counter", "list", uid, "--all")["counters"]
    assert proposal["state"] == "accepted"
    assert house.run("counter", "decline", uid, FOREIGN).code == 1, "it is settled"
    mail = house.mail.outside.letters[-1].parsed
    send(house, FOREIGN, organiser_of(mail), calendar_reply(mail, FOREIGN, "ACCEPTED"))
    shown = house.wait_shown(uid, lambda shown: any(one["partstat"] == "ACCEPTED" for one in shown["attendees"]))
    assert (shown["sequence"], shown["start"]) == (1, "2030-12-13T09:00:00+07:00")


def test_another_time_that_the_secretary_declines_is_answered_to_its_proposer_alone(house: MeetingsHouse) -> None:
    uid = countered(house)
    assert ask(house, "counter", "decline", uid, FOREIGN, "--reason", "Hội trường bận")["address"] == FOREIGN
    mail = wait_mail(house.mail.outside, FOREIGN, "DECLINECOUNTER", 0)
    assert "Hội trường bận" in text_of(mail)
    assert property_of(calendar_of(mail), "UID") == uid
    assert house.show(uid)["start"] == "2030-12-12T08:00:00+07:00"
    everybody = [*house.mail.inside.letters, *house.mail.outside.letters]
    assert sum(method(letter) == "DECLINECOUNTER" for letter in everybody) == 1
    assert ask(house, "counter", "list", uid, "--all")["counters"][0]["state"] == "refused"


def test_the_chair_sends_a_deputy(house: MeetingsHouse) -> None:
    uid = str(house.create(form([FOREIGN]))["uid"])
    own = house.mail.inside.wait_to("active").parsed
    assert pressed(page_link(own), "deputy", address=OTHER, comment="Họp Bộ")[0] == 200
    consent = house.mail.inside.wait_for(lambda letter: "Họp Bộ" in text_of(letter.parsed) and not method(letter))
    assert consent.recipients == ("rvanthusxd",), "nobody is asked about their own deputy"
    assert house.run("deputy", "consent", uid, CHAIR).code == 0
    pair = wait_mail(house.mail.inside, "other", "REQUEST", 1)
    assert "DELEGATED-FROM" in calendar_of(pair)
    people = {one["address"]: one for one in house.show(uid)["attendees"]}
    assert people[CHAIR]["delegated_to"] == OTHER
    assert people[OTHER]["delegated_from"] == CHAIR
    assert people[CHAIR]["partstat"] == "DELEGATED"
    assert asked(page_link(own))[0] == 410, "the link of whoever sends a deputy opens nothing"
    assert pressed(page_link(pair), "answer", answer="accepted")[0] == 200
    assert house.run("change", uid, "--content", "Thêm việc khác").code == 0
    wait_mail(house.mail.inside, "other", "REQUEST", 2)


def test_who_is_suspended_between_invitation_and_change_gets_nothing_and_the_secretary_is_told(
    house: MeetingsHouse, slapd: SlapdServer
) -> None:
    uid = str(house.create(form([OTHER, FOREIGN]))["uid"])
    house.mail.inside.wait_to("other")
    slapd.replace(person_dn("other"), {"congvuState": ["suspended"]})
    moved = ("--start", "2030-12-13T08:00:00+07:00", "--end", "2030-12-13T09:00:00+07:00")
    done = house.run("--lang", "vi", "change", uid, *moved)
    assert "đã bị tạm khóa: giữ trong thành phần, không gửi thư (other.sxd@tinh.test)" in done.stderr
    wait_mail(house.mail.inside, "active", "REQUEST", 1)
    wait_mail(house.mail.outside, FOREIGN, "REQUEST", 1)
    assert sum("other" in letter.recipients for letter in house.mail.inside.letters) == 1
    assert "không còn hộp thư" in house.run("--lang", "vi", "show", uid).stdout
    slapd.replace(person_dn("other"), {"congvuState": ["active"]})
    assert house.run("change", uid, "--content", "Thêm việc khác").code == 0
    again = wait_mail(house.mail.inside, "other", "REQUEST", 2)
    assert "thứ Sáu, ngày 13" in text_of(again), "who is back hears of all that changed"
    assert not any(one["unreachable"] for one in house.show(uid)["attendees"])


def test_a_meeting_of_an_issued_week_that_becomes_secret_is_nowhere(house: MeetingsHouse) -> None:
    said = form([OTHER, FOREIGN], summary=f"Họp về {SIGN}").replace("Giao ban", SIGN)
    uid = str(house.create(said.replace("Mang theo", SIGN))["uid"])
    mine, theirs = house.mail.inside.wait_to("other").parsed, house.mail.outside.wait_to(FOREIGN).parsed
    feed = str(ask(house, "links", "show", uid, OTHER)["feed"])
    leader = str(ask(house, "links", "show", uid, CHAIR)["feed"]).removesuffix(".ics")
    assert pressed(page_link(mine), "answer", answer="accepted", comment=f"Tôi dự {SIGN}")[0] == 200
    send(house, FOREIGN, organiser_of(theirs), calendar_reply(theirs, FOREIGN, "DECLINED", "COUNTER", NEW_TIME))
    send(
        house, "la@noi-khac.example", ORGANISER, calendar_reply(theirs, FOREIGN, "DECLINED", more=(f"COMMENT:{SIGN}",))
    )
    house.wait_shown(uid, lambda shown: bool(shown["held"]))
    assert house.run("week", "--week", "2030-W50", "--issue").code == 0
    places = [
        f"{base}/week/2030-W50{end}" for base in (f"http://127.0.0.1:{house.web}", leader) for end in ("", ".ics")
    ]
    places += [feed, *(f"{base}/week/2030-W50.pdf" for base in (f"http://127.0.0.1:{house.web}", leader))]
    for place in places:
        assert SIGN in read(place), place

    done = house.run("change", uid, "--secret")
    assert done.code == 0, done.stderr
    for place in places:
        assert SIGN not in read(place), place
    for words in (("show", uid), ("week", "--week", "2030-W50"), ("week", "--week", "2030-W50", "--log"), ("list",)):
        for how in ((), ("--json",)):
            assert SIGN not in house.run(*how, *words).stdout, words
    for link in (page_link(mine), page_link(theirs)):
        assert SIGN not in asked(link)[1]
    assert house.run("week", "--week", "2030-W50", "--issue").code == 0
    for place in places:
        assert SIGN not in read(place), place
    assert SIGN not in text_of(wait_mail(house.mail.inside, "other", "CANCEL", 1))
    await_true(lambda: found_in_files(house) == [], "no file has it, while it runs")
    assert house.stop() == 0
    assert found_in_files(house) == []


def read(url: str) -> str:
    """What a person reads there; nothing, when there is nothing for them."""
    if not url.endswith(".pdf"):
        return asked(url)[1].replace("\r\n ", "")
    try:
        with urlopen(url, timeout=30) as answer:  # noqa: S310  # our own, on loopback
            return "".join(page.extract_text() for page in PdfReader(BytesIO(answer.read())).pages)
    except HTTPError as refused:
        refused.close()
        if refused.code != 404:
            raise
        return ""


def found_in_files(house: MeetingsHouse) -> list[str]:
    """Files of the meetings database in which the word can be read."""
    files = sorted((house.folder / "data").glob("meetings*"))
    assert files
    return [path.name for path in files if SIGN.encode() in path.read_bytes()]
