"""The commands of `meetings` in a sandbox: what they answer, how they end, what they say when something is wrong."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest

from congvu.sandbox import sandbox_down, sandbox_up
from tests.support.project import FOLDER

pytestmark = pytest.mark.server

DEADLINE_SECONDS = 60
TODAY = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).replace(minute=0, second=0, microsecond=0)
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.stdout)
        return found


class House:
    """A sandbox with a meetings server, and its commands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = sandbox_up(folder / "province", 60)
        self.samples = {sample["role"]: sample["address"] for sample in self.state["samples"]}
        self._meetings = 0

    def run(self, *words: str | Path, config: str = "") -> Answer:
        done = subprocess.run(
            [sys.executable, "-m", "meetings.cli", "--lang", "en", *map(str, words)],
            env=self.environment(config),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def environment(self, config: str = "") -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CONGVU_")}
        return {**kept, "PYTHONPATH": str(FOLDER), "CONGVU_CONFIG": config or self.state["config"]}

    def form(self, **changes: Any) -> Path:
        """A form without a mistake, at a time and place of its own."""
        self._meetings += 1
        number = self._meetings
        fields: dict[str, Any] = {
            "number": f"{number}/GM-VPUB",
            "summary": f"Họp lần {number}",
            "chair": self.samples["leader"],
            "start": at(20 + number).isoformat(),
            "duration": "2h",
            "content": "Giao ban.",
            "requirements": "Chuẩn bị báo cáo.",
            "contact": "Lê Thị Lan; 0255 3822 000",
            "places": [f"Phòng họp số {number}"],
            "required": [self.samples["staff"], self.samples["secretary"]],
        }
        lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in {**fields, **changes}.items()]
        path = self.folder / f"hop-{number}.toml"
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    def create(self, **changes: Any) -> dict[str, Any]:
        answer = self.run("create", self.form(**changes), "--json")
        assert answer.code == 0, answer.stderr
        return answer.json

    def show(self, who: str) -> dict[str, Any]:
        answer = self.run("show", who, "--json")
        assert answer.code == 0, answer.stderr
        return answer.json

    def people(self, who: str) -> dict[str, dict[str, Any]]:
        return {person["address"]: person for person in self.show(who)["attendees"]}


def at(days: int, hour: int = 8) -> datetime:
    """A morning so many days from now."""
    return TODAY.replace(hour=hour) + timedelta(days=days)


def eventually(look: Callable[[], Found | None]) -> Found:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while (found := look()) is None:
        assert time.monotonic() < deadline, "did not happen in time"
    return found


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    parent = Path(tempfile.mkdtemp(prefix="congvu-e2e-meetings-"))
    try:
        yield House(parent)
    finally:
        sandbox_down(parent / "province")
        shutil.rmtree(parent)


# ---- create ----------------------------------------------------------------------------------------------------------


def test_a_meeting_is_created_shown_and_reaches_everybody(house: House) -> None:
    created = house.create()
    everybody = {house.samples[role] for role in ("leader", "staff", "secretary")}
    wanted = "schema_version uid number sequence start end timezone rrule occurrences join mails warnings dry_run"
    assert set(created) == set(wanted.split())
    assert set(created["join"]) == everybody
    assert all(link.startswith(house.state["web"]["meetings"]) for link in created["join"].values())

    def reached() -> dict[str, Any] | None:
        found = house.people(created["uid"])
        return found if {person["delivery"] for person in found.values()} == {"delivered"} else None

    people = eventually(reached)
    assert set(people) == everybody
    assert {person["role"] for person in people.values()} == {"CHAIR", "REQ-PARTICIPANT"}
    shown = house.show(created["number"])
    wanted = "schema_version took_ms uid sequence status number summary start end timezone attendees held ignored"
    assert set(wanted.split()) <= set(shown)
    assert (shown["uid"], shown["status"], shown["sequence"]) == (created["uid"], "CONFIRMED", 0)
    table = house.run("show", created["uid"])
    assert table.code == 0
    assert all(address in table.stdout for address in everybody)


def test_the_same_as_flags_and_an_agency_by_its_code(house: House) -> None:
    answer = house.run(
        *("create", "--json", "--number", "90/GM-VPUB", "--summary", "Họp bằng tham số"),
        *("--chair", house.samples["leader"], "--start", at(90).isoformat(), "--end", at(90, 10).isoformat()),
        *("--place", "Hội trường;pin=1234;url=https://phonghop.tinh.test/90", "--required", house.samples["staff"]),
        *("--optional", house.samples["secretary"], "--paper", "Báo cáo=https://tinh.test/bc.pdf"),
        *("--requirements", "Không", "--contact", "Lan;0255 3822 000", "--content", "Nội dung"),
    )
    assert answer.code == 0, answer.stderr
    roles = {person["address"]: person["role"] for person in house.show("90/GM-VPUB")["attendees"]}
    assert roles[house.samples["secretary"]] == "OPT-PARTICIPANT"


def test_a_dry_run_ends_with_3_and_leaves_nothing(house: House) -> None:
    path = house.form(number="70/GM-VPUB", start=at(70).isoformat())
    answer = house.run("create", path, "--dry-run", "--json")
    assert (answer.code, answer.json["uid"], answer.json["dry_run"]) == (3, "", True)
    assert (answer.json["start"], answer.json["timezone"]) == (at(70).isoformat(), "Asia/Ho_Chi_Minh")
    assert {mail["purpose"] for mail in answer.json["mails"]} == {"request"}
    told = house.run("create", path, "--dry-run")
    assert house.samples["staff"] in told.stdout
    assert house.run("show", "70/GM-VPUB").code == 1


def test_everything_wrong_with_a_form_is_told_with_file_and_key(house: House) -> None:
    path = house.form(chair="khong.co@tinh.test", start="13h30, ngày 24/11/2030 (thứ Hai)", sumary="x")
    answer = house.run("create", path, "--json")
    assert answer.code == 65
    problems = [problem for problem in answer.json["problems"] if problem["severity"] == "error"]
    assert {"chair", "start", "sumary"} <= {problem["column"] for problem in problems}
    assert {problem["file"] for problem in problems} == {str(path)}


def test_a_form_that_is_no_toml_names_its_line(house: House) -> None:
    path = house.folder / "broken.toml"
    path.write_text('summary = "Họp"\nstart = 13h30\n', encoding="utf-8")
    answer = house.run("create", path, "--json")
    assert answer.code == 65
    assert [(problem["file"], problem["row"]) for problem in answer.json["problems"]] == [(str(path), 2)]
    assert house.run("create", house.folder / "none.toml").code == 2


def test_a_clash_and_a_short_notice_are_refused_an_urgent_reason_helps(house: House) -> None:
    created = house.create()
    shown = house.show(created["uid"])
    answer = house.run("create", house.form(start=shown["start"], number="71/GM-VPUB"), "--json")
    assert answer.code == 65
    assert any(shown["summary"] in problem["message"] for problem in answer.json["problems"])
    soon = at(1, 20).isoformat()
    assert house.run("create", house.form(start=soon)).code == 65
    assert house.run("create", house.form(start=soon, urgent_reason="bão số 9")).code == 0


def test_a_secret_meeting_shows_nothing_anywhere(house: House) -> None:
    answer = house.run("create", house.form(secret=True, summary="Bàn việc kín"), "--json")
    assert answer.code == 0, answer.stderr
    assert answer.json["join"] == {}
    assert {mail["purpose"] for mail in answer.json["mails"]} == {"neutral"}
    assert "Bàn việc kín" not in house.run("show", answer.json["uid"], "--json").stdout
    assert house.run("create", house.form(secret=True, papers=["A=https://tinh.test/a"])).code == 65


# ---- change, cancel --------------------------------------------------------------------------------------------------


def test_a_change_mails_only_those_affected(house: House) -> None:
    uid = house.create()["uid"]
    tried = house.run("change", uid, "--add", house.samples["van_thu"], "--dry-run", "--json")
    assert tried.code == 3
    answer = house.run("change", uid, "--add", house.samples["van_thu"], "--json")
    assert answer.json["changed"] is True
    assert answer.code == 0, answer.stderr
    assert answer.json["mails"] == tried.json["mails"]
    assert [mail["address"] for mail in answer.json["mails"]] == [house.samples["van_thu"]]
    assert list(answer.json["join"]) == [house.samples["van_thu"]]
    assert house.show(uid)["sequence"] == 1
    assert house.run("change", uid).code == 2


def test_who_is_taken_out_is_named_as_in_a_form(house: House) -> None:
    ids = {sample["role"]: sample["employee_id"] for sample in house.state["samples"]}
    created = house.create()
    names = {person["address"]: person["name"] for person in house.show(created["uid"])["attendees"]}
    staff, secretary = house.samples["staff"], house.samples["secretary"]
    for word, address in (
        (ids["staff"], staff),
        (names[secretary], secretary),
        (secretary.partition("@")[0], secretary),
    ):
        answer = house.run("change", created["uid"], "--remove", word, "--dry-run", "--json")
        assert (answer.code, [mail["address"] for mail in answer.json["mails"]]) == (3, [address]), answer.stderr
    place = f"Phòng họp riêng;for={ids['staff']},{names[secretary]}"
    assert house.run("change", created["uid"], "--place", place, "--dry-run").code == 3
    found = house.run("change", created["uid"], "--secretary", ids["secretary"], "--dry-run", "--json")
    assert found.code == 3, found.stderr
    assert house.run("change", created["uid"], "--secretary", "CB-KHONG-CO", "--dry-run").code == 65


def test_one_of_a_series_is_changed_and_one_cancelled(house: House) -> None:
    uid = house.create(rrule="FREQ=WEEKLY;COUNT=3", start=at(300, 14).isoformat())["uid"]
    start = datetime.fromisoformat(house.show(uid)["start"])
    second = (start + timedelta(days=7)).isoformat()
    later = (start + timedelta(days=7, hours=1)).isoformat()
    assert house.run("change", uid, "--instance", second, "--start", later).code == 0
    third = (start + timedelta(days=14)).isoformat()
    assert house.run("cancel", uid, "--instance", third, "--yes").code == 0
    statuses = [(each["start"], each["status"]) for each in house.show(uid)["occurrences"]]
    assert statuses[1:] == [(later, "CONFIRMED"), (third, "CANCELLED")]
    assert house.run("show", uid, "--instance", second, "--json").json["start"] == later
    assert house.run("show", uid, "--instance", third, "--json").json["status"] == "CANCELLED"
    assert house.run("cancel", uid, "--instance", start.isoformat(), "--yes").code == 0
    shown = house.show(uid)
    assert (shown["next"]["start"], shown["over"]) == (later, False)
    assert f"next: {datetime.fromisoformat(later):%H:%M}" in house.run("show", uid).stdout
    listed = house.run("list", "--json").json["meetings"]
    assert [one["next"]["start"] for one in listed if one["uid"] == uid] == [later]


def test_cancelling_needs_a_yes(house: House) -> None:
    uid = house.create()["uid"]
    assert house.run("cancel", uid).code == 2
    assert house.show(uid)["status"] == "CONFIRMED"
    answer = house.run("cancel", uid, "--reason", "bão", "--yes", "--json")
    assert answer.code == 0, answer.stderr
    assert {mail["purpose"] for mail in answer.json["mails"]} == {"cancel"}
    assert house.show(uid)["status"] == "CANCELLED"
    assert house.run("change", uid, "--summary", "x").code == 65


def at_a_terminal(house: House, said: bytes, *words: str | Path) -> tuple[int, str]:
    """(exit code, stderr) of a command whose question somebody answers."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "meetings.cli", "--lang", "en", *map(str, words)]
    with subprocess.Popen(
        command, env=house.environment(), stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        os.close(theirs)
        os.write(ours, said)
        _, stderr = running.communicate(timeout=60)
        os.close(ours)
    return running.returncode, stderr


def test_a_person_at_a_terminal_is_asked(house: House) -> None:
    uid = house.create()["uid"]
    code, stderr = at_a_terminal(house, b"y\n", "cancel", uid)
    assert code == 0, stderr
    assert "cancel" in stderr
    assert house.show(uid)["status"] == "CANCELLED"


def test_a_person_at_a_terminal_sees_the_series_and_its_people_before_anything_is_sent(house: House) -> None:
    start = at(300)
    path = house.form(number="73/GM-VPUB", start=start.isoformat(), rrule="FREQ=DAILY;COUNT=3")
    code, stderr = at_a_terminal(house, b"k\n", "create", path)
    assert code == 2, stderr
    assert house.samples["staff"] in stderr
    assert all(f"{start + timedelta(days=later):%d/%m/%Y}" in stderr for later in range(3))
    assert "send 3 mails?" in stderr
    assert house.run("show", "73/GM-VPUB").code == 1


# ---- looking ---------------------------------------------------------------------------------------------------------


def test_what_is_not_there_ends_with_1_and_an_ambiguous_number_with_the_candidates(house: House) -> None:
    for verb in (("show",), ("cancel", "--yes"), ("remind",), ("links", "show")):
        answer = house.run(*verb, "999/GM-VPUB", "--json")
        assert (answer.code, answer.json["error"]["exit_code"]) == (1, 1), verb
    first = house.create(number="72/GM-VPUB")["uid"]
    second = house.create(number="72/GM-VPUB")["uid"]
    for verb in (("show",), ("remind",)):
        answer = house.run(*verb, "72/GM-VPUB", "--json")
        assert answer.code == 65
        assert {problem["value"] for problem in answer.json["problems"]} == {first, second}


def test_the_list_knows_times_and_counts(house: House) -> None:
    created = house.create(start=at(200).isoformat())
    answer = house.run("list", "--from", f"{at(199):%d/%m/%Y}", "--to", f"{at(200):%d/%m/%Y}", "--json")
    assert answer.code == 0, answer.stderr
    (found,) = answer.json["meetings"]
    assert (found["uid"], found["attendees"], found["unanswered"]) == (created["uid"], 3, 3)
    assert house.run("list", "--from", "hôm nào").code == 2
    assert _uids(house, "--text", found["summary"].upper(), "--number", found["number"]) == {created["uid"]}
    assert _uids(house, "--text", "không có chữ này") == set()
    house.run("cancel", created["uid"], "--yes")
    assert created["uid"] not in _uids(house)
    assert created["uid"] in _uids(house, "--all")
    assert created["uid"] in _uids(house, "--number", found["number"].lower())


def _uids(house: House, *flags: str) -> set[str]:
    """Of the meetings that the list shows with these flags."""
    return {each["uid"] for each in house.run("list", "--json", *flags).json["meetings"]}


# ---- people ----------------------------------------------------------------------------------------------------------


def test_answers_by_telephone_reminders_and_links(house: House) -> None:
    uid, staff = house.create()["uid"], house.samples["staff"]
    answer = house.run("answer", uid, staff, "declined", "--reason", "ốm")
    assert answer.code == 0, answer.stderr
    assert house.people(uid)[staff]["partstat"] == "DECLINED"
    reminded = house.run("remind", uid, "--all", "--json")
    assert (reminded.code, len(reminded.json["reminded"])) == (0, 2)
    again = house.run("remind", uid, "--json")
    assert (again.code, again.json["reminded"], len(again.json["already"])) == (1, [], 2)
    old = house.run("links", "show", uid, staff, "--json").json
    new = house.run("links", "revoke", uid, staff, "--json").json
    assert old["join"] != new["join"]
    assert house.run("resend", uid, staff, "--yes", "--json").json["sent"] == [staff]
    assert "/s/" in house.run("links", "show", uid).stdout


def test_deputies_from_proposal_to_consent(house: House) -> None:
    uid, staff = house.create()["uid"], house.samples["staff"]
    deputy = house.samples["van_thu"]
    words = ("deputy", "propose", uid, staff, deputy, "--other-agency", "--reason", "đi công tác")
    proposed = house.run(*words, "--json")
    assert proposed.code == 0, proposed.stderr
    (waiting,) = house.run("deputy", "list", uid, "--json").json["deputies"]
    assert (waiting["deputy"]["address"], waiting["state"]) == (deputy, "open")
    done = house.run("deputy", "consent", uid, staff, "--json")
    assert {mail["address"] for mail in done.json["mails"]} == {staff, deputy}
    people = house.people(uid)
    assert (people[staff]["partstat"], people[staff]["delegated_to"]) == ("DELEGATED", deputy)
    assert house.run("deputy", "refuse", uid, staff).code == 1
    assert house.run("held", "list", "--json").json["held"] == []
    assert house.run("counter", "list", "--json").json["counters"] == []
    assert house.run("held", "accept", "4711").code == 1


# ---- without a daemon ------------------------------------------------------------------------------------------------


def test_without_a_daemon_the_form_comes_first_then_69_with_the_next_step(house: House, tmp_path: Path) -> None:
    text = Path(house.state["config"]).read_text(encoding="utf-8")
    alone = tmp_path / "config.toml"
    socket = house.state["meetings_control"]
    assert socket in text
    alone.write_text(text.replace(socket, str(tmp_path / "nobody")), encoding="utf-8")
    wrong = house.run("create", house.form(start="hôm nào"), "--json", config=str(alone))
    assert (wrong.code, [problem["column"] for problem in wrong.json["problems"]]) == (65, ["start"])
    answer = house.run("create", house.form(), "--json", config=str(alone))
    assert answer.code == 69
    assert "meetings serve" in answer.json["error"]["hint"]
