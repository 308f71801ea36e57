"""The disk under the meetings database is full: nothing that was taken is lost, everybody is told to try again, and
when there is room again everything goes on by itself, nothing twice."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.directory_entries import one_of_each
from tests.support.meeting_answers import calendar_reply, organiser_of, over_lmtp, page_link, pressed
from tests.support.meetings_house import MeetingsHouse, await_true, form, meetings_house
from tests.support.slapd_server import SlapdServer
from tests.support.small_disk import SmallDisk, small_disk

FOREIGN = "ai@noi-khac.example"
pytestmark = pytest.mark.server


@contextmanager
def house_on(disk: Path, folder: Path, slapd: SlapdServer) -> Iterator[MeetingsHouse]:
    """A meetings server whose database lies in this folder; all else, the relay too, has room."""
    slapd.add_all(one_of_each())
    with meetings_house(folder, slapd, start=False) as house:
        text = house.mail.config.read_text()
        house.mail.config.write_text(text.replace('url = "sqlite:data"', f'url = "sqlite://{disk}/meetings"'))
        house.start()
        yield house


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path, 24, "ext4") as mounted:
        yield mounted


@pytest.fixture
def house(disk: SmallDisk, slapd: SlapdServer, tmp_path: Path) -> Iterator[MeetingsHouse]:
    with house_on(disk.folder, tmp_path / "house", slapd) as running:
        yield running


def until(wanted: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """What the write-ahead log has room for is still stored on a full disk: try until it is not."""
    deadline = time.monotonic() + seconds
    while not wanted():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def test_everybody_is_told_to_try_again_and_nothing_is_lost(house: MeetingsHouse, disk: SmallDisk) -> None:
    uid = house.create(form([FOREIGN]))["uid"]
    theirs = house.mail.outside.wait_to(FOREIGN).parsed
    page = page_link(theirs)
    house.wait_shown(uid, lambda shown: all(one["delivery"] for one in shown["attendees"]))
    disk.fill()

    def answer_code() -> int:
        mail = calendar_reply(theirs, FOREIGN, "TENTATIVE")
        code, reply = over_lmtp(house.lmtp, FOREIGN, organiser_of(theirs), mail)
        assert code in (250, 451), reply
        return code

    until(lambda: answer_code() == 451, "an answer is put off")
    made = house.folder / "another.toml"
    made.write_text(form(["b@noi-khac.example"], "16/GM-UBND").replace("2030-12-12", "2031-01-15"))
    for words in (
        ("create", made),
        ("change", uid, "--start", "2030-12-13T08:00:00+07:00"),
        ("cancel", uid, "--yes"),
    ):
        told = house.run("--lang", "vi", *words)
        assert told.code == 69, (words, told)
        assert "hết chỗ trên đĩa" in told.stderr
        assert "Cách xử lý: giải phóng dung lượng đĩa rồi thử lại" in told.stderr
    status, said = pressed(page, "answer", answer="accepted", comment="đúng giờ")
    assert status == 503
    assert "Tạm thời chưa phục vụ được" in said
    assert "Xin thử lại sau ít phút" in said
    assert house.show(uid)["sequence"] == 0
    assert answer_code() == 451

    disk.make_room()
    until(lambda: answer_code() == 250, "an answer is taken again")
    assert pressed(page, "answer", answer="declined", comment="bận")[0] == 200
    assert house.run("create", made).code == 0
    house.mail.outside.wait_to("b@noi-khac.example")
    shown = house.show(uid)
    assert shown["sequence"] == 0
    assert [one["partstat"] for one in shown["attendees"] if one["address"] == FOREIGN] == ["DECLINED"]
    letters = Counter(recipient for letter in house.mail.outside.letters for recipient in letter.recipients)
    assert letters == {FOREIGN: 1, "b@noi-khac.example": 1}
    assert house.stop() == 0
    assert "Traceback" not in house.log.read_text()


def test_letters_in_mid_send_wait_for_room_and_leave_once(house: MeetingsHouse, disk: SmallDisk) -> None:
    people = [f"nguoi{number}@noi-khac.example" for number in range(400)]
    uid = house.create(form(people))["uid"]
    await_true(lambda: len(house.mail.outside.letters) > 20, "letters leave")
    disk.fill()
    until(lambda: "be recorded yet" in house.log.read_text() or "can be claimed" in house.log.read_text(), "it is told")
    assert house.process is not None
    assert house.process.poll() is None
    disk.make_room()
    await_true(lambda: "meetings_letters_waiting 0.0" in house.page("metrics")[1], "all are handed over", 90)
    await_true(lambda: "mailrelay_queue_messages 0.0" in house.mail.page("metrics")[1], "all are delivered", 90)
    copies = Counter(recipient for letter in house.mail.outside.letters for recipient in letter.recipients)
    assert copies == dict.fromkeys(people, 1)
    assert not any(one["possible_duplicate"] for one in house.show(uid)["attendees"])


def test_a_daemon_that_is_killed_on_a_full_disk_and_started_on_it_forgets_nobody(
    house: MeetingsHouse, disk: SmallDisk
) -> None:
    people = [f"nguoi{number}@noi-khac.example" for number in range(400)]
    house.create(form(people))
    await_true(lambda: len(house.mail.outside.letters) > 20, "letters leave")
    disk.fill()
    until(lambda: "be recorded yet" in house.log.read_text() or "can be claimed" in house.log.read_text(), "it is told")
    house.kill()
    house.launch()
    assert house.process is not None
    until(lambda: house.page("readyz")[0] == 200 or house.process.poll() is not None, "it starts or says why not")  # type: ignore[union-attr]
    if house.process.poll() is not None:
        assert house.process.returncode == 69
        assert "Traceback" not in house.log.read_text()
        disk.make_room()
        house.start()
    disk.make_room()
    await_true(lambda: "meetings_letters_waiting 0.0" in house.page("metrics")[1], "all are handed over", 90)
    await_true(lambda: "mailrelay_queue_messages 0.0" in house.mail.page("metrics")[1], "all are delivered", 90)
    copies = Counter(recipient for letter in house.mail.outside.letters for recipient in letter.recipients)
    assert copies == dict.fromkeys(people, 1)
