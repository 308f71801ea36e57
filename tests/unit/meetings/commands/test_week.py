"""`meetings week` on a database of one meeting: what it shows, writes, asks the daemon, and refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from foundation import clock
from foundation.control import client
from foundation.errors import UsageError
from foundation.storage import open_database
from meetings.commands.week_reading import leader_address
from meetings.desk.week import issue
from meetings.meeting import Place
from tests.support.meeting_book import AT, CHAIR, MIGRATIONS, a_meeting, context, create
from tests.support.meetings_tool import MeetingsTool

PUBLIC_URL = "https://hop.tinh.test"


class Tool(MeetingsTool):
    """Runs `meetings week`."""

    def run(self, *words: str) -> tuple[int, str, str]:
        return super().run("week", *words)


@pytest.fixture
def tool(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Tool:
    tool = Tool(tmp_path, capsys)
    with open_database(tool.url, "meetings", MIGRATIONS) as database:
        create(database, a_meeting())
        database.run(
            lambda unit: issue(unit, _week_of(), (replace(CHAIR, role="REQ-PARTICIPANT"),), context(AT), PUBLIC_URL)
        )
    return tool


def _week_of() -> Any:
    from meetings.week.iso_week import IsoWeek

    return IsoWeek(2026, 49)


def test_the_week_is_told_in_text(tool: Tool) -> None:
    code, out, _ = tool.run("--week", "2026-W49")
    assert code == 0
    assert "LỊCH CÔNG TÁC TUẦN 49 NĂM 2026" in out
    assert "08h00 - 10h00    Họp triển khai nhiệm vụ" in out
    assert "0900 000 000" in out


def test_the_public_part_has_no_telephone(tool: Tool) -> None:
    code, out, _ = tool.run("--week", "2026-W49", "--public")
    assert code == 0
    assert "Họp triển khai nhiệm vụ" in out
    assert "0900 000 000" not in out


def test_the_answer_for_scripts(tool: Tool) -> None:
    code, out, _ = tool.run("--week", "2026-W49", "--json", "--log")
    answer = json.loads(out)
    assert code == 0
    assert (answer["schema_version"], answer["week"], answer["from"], answer["to"]) == (
        1,
        "2026-W49",
        "2026-11-30",
        "2026-12-06",
    )
    assert (answer["cut"], answer["edition"]) == ("full", 0)
    (row,) = answer["rows"]
    assert (row["day"], row["start"], row["number"]) == ("2026-12-01", "2026-12-01T08:00:00+07:00", "15/GM-UBND")
    assert [entry["edition"] for entry in answer["log"]] == [0]
    assert answer["took_ms"] >= 0


@pytest.mark.parametrize(("kind", "begins"), [("html", b"<!DOCTYPE html>"), ("ics", b"BEGIN:VCALENDAR\r\n")])
def test_a_file_is_written(tool: Tool, kind: str, begins: bytes) -> None:
    file = tool.folder / f"lich.{kind}"
    code, out, err = tool.run("--week", "2026-W49", "--format", kind, "--out", str(file))
    assert (code, out) == (0, "")
    assert str(file) in err
    assert file.read_bytes().lstrip().startswith(begins)
    assert file.stat().st_mode & 0o777 == 0o644


def test_without_the_directory_the_last_edition_is_shown(tool: Tool) -> None:
    tool.configure(f'[meetings.week]\nleaders = ["{CHAIR.address}"]\n')
    code, out, err = tool.run("--week", "2026-W49", "--leader", CHAIR.address)
    assert code == 0
    assert "hiện bản đã ban hành" in err
    assert "Đ/c Chủ (chủ trì)" in out


@pytest.mark.parametrize(
    "words",
    [
        ["--week", "2026-W60"],
        ["--public", "--leader", "a@tinh.test"],
        ["--leader", "khong.phai@tinh.test"],
        ["--issue", "--public"],
        ["--issue", "--format", "pdf"],
        ["--dry-run"],
        ["--json", "--format", "ics"],
        ["--format", "docx"],
    ],
)
def test_flags_that_do_not_go_together_are_refused(tool: Tool, words: list[str]) -> None:
    assert tool.run(*words)[0] == 2


ISSUED: dict[str, Any] = {
    "week": "2026-W49",
    "edition": 1,
    "unchanged": False,
    "changes": [
        {
            "change": "removed",
            "day": "2026-12-01",
            "before": ["Họp", "Họp"],
            "after": None,
            "why": ["hủy", "cancelled"],
            "fields": [],
        }
    ],
    "mailed": ["a@tinh.test"],
    "warnings": [],
}


def test_issuing_asks_the_daemon(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, dict[str, Any]]] = []

    def answer(service: object, socket: object, verb: str, **fields: Any) -> dict[str, Any]:
        asked.append((verb, fields))
        return dict(ISSUED)

    monkeypatch.setattr(client, "ask", answer)
    code, out, err = tool.run("--week", "2026-W49", "--issue")
    assert (code, out) == (0, "- Họp (hủy)\n")
    assert "tuần 2026-W49: điều chỉnh lần 1, 1 thay đổi; báo cho 1 lãnh đạo" in err
    assert (asked[0][0], asked[0][1]["week"], asked[0][1]["check"]) == ("week_issue", "2026-W49", False)
    assert tool.run("--week", "2026-W49", "--issue", "--dry-run")[0] == 3
    assert asked[1][1]["check"] is True
    code, out, _ = tool.run("--lang", "en", "--week", "2026-W49", "--issue", "--json")
    answered = json.loads(out)
    assert (answered["mailed"], answered["changes"][0]["why"]) == (["a@tinh.test"], "cancelled")


def test_nothing_new_is_said_to_be_so(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "ask", lambda *given, **fields: ISSUED | {"unchanged": True, "changes": []})
    code, out, err = tool.run("--issue", "--dry-run")
    assert (code, out) == (0, "")
    assert "tuần 2026-W49 không có gì khác bản điều chỉnh lần 1" in err


def test_the_first_issue_counts_meetings_and_no_changes(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    added = ISSUED["changes"][0] | {"change": "added", "before": None, "after": ["Họp", "Meeting"], "why": ["", ""]}
    monkeypatch.setattr(client, "ask", lambda *given, **fields: ISSUED | {"edition": 0, "changes": [added]})
    _, out, err = tool.run("--issue")
    assert out == "+ Họp\n"
    assert "tuần 2026-W49: ban hành lần đầu, 1 cuộc họp; báo cho 1 lãnh đạo" in err


def test_a_meeting_in_the_common_room_is_online(tool: Tool) -> None:
    with open_database(tool.url, "meetings", MIGRATIONS) as database:
        create(database, a_meeting(uid="hai@tinh.test", number="", summary="Họp khác", places=(Place("Phòng số 2"),)))
    words = ("--week", "2026-W49", "--json")
    assert [row["online"] for row in json.loads(tool.run(*words)[1])["rows"] if row["content"] == "Họp khác"] == [False]
    tool.configure('[meetings.room]\nurl = "https://phong.tinh.test/chung"\n')
    assert [row["online"] for row in json.loads(tool.run(*words)[1])["rows"] if row["content"] == "Họp khác"] == [True]
    assert "Phòng số 2; có trực tuyến" in tool.run("--week", "2026-W49")[1]


def test_this_week_is_the_default(tool: Tool) -> None:
    code, out, _ = tool.run("--json")
    year, number, _ = clock.today("Asia/Ho_Chi_Minh").isocalendar()
    assert (code, json.loads(out)["week"]) == (0, f"{year}-W{number:02}")


@pytest.mark.parametrize("word", [CHAIR.address, CHAIR.address.partition("@")[0], CHAIR.name])
def test_a_leader_is_named_by_address_its_first_half_or_full_name(word: str) -> None:
    assert leader_address(word, (CHAIR,)) == CHAIR.address
    with pytest.raises(UsageError):
        leader_address("Ai Đó", (CHAIR,))
