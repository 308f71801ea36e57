"""`meetings held` on a database: what was answered, also by what counted at once, in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from foundation.storage import Database, open_database
from tests.support.meeting_book import BINH, CUONG, DUNG, MIGRATIONS, answered, create, reply, send_all
from tests.support.meetings_tool import MeetingsTool


@pytest.fixture
def tool(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> MeetingsTool:
    return MeetingsTool(tmp_path, capsys)


@pytest.fixture
def database(tool: MeetingsTool) -> Iterator[Database]:
    with open_database(tool.url, "meetings", MIGRATIONS) as opened:
        yield opened


def test_what_counted_at_once_still_says_whose_answer_it_was(tool: MeetingsTool, database: Database) -> None:
    created = create(database)
    send_all(database)
    assert reply(database, created, answered(BINH.address, "DECLINED", comment="Bận họp Bộ")).verdict == "counted"
    assert reply(database, created, answered(CUONG.address, "ACCEPTED"), detail="").verdict == "held"
    assert reply(database, created, answered(DUNG.address, ""), method="COUNTER").verdict == "counted"
    code, out, _ = tool.run("held", "list", "--all", "--json")
    found = json.loads(out)["held"]
    assert (code, [each["partstat"] for each in found]) == (0, ["DECLINED", "ACCEPTED", ""])
    assert [each["verdict"] for each in found] == ["counted", "held", "counted"]
    assert (found[0]["attendee"]["name"], found[0]["comment"]) == (BINH.name, "Bận họp Bộ")
    _, out, _ = tool.run("held", "list", "--all")
    for said in ("không dự", "tham dự", "đề xuất thời gian khác", BINH.name):
        assert said in out
    assert json.loads(tool.run("held", "list", "--json")[1])["held"] == [found[1]]


def test_one_mail_is_told_in_words(tool: MeetingsTool, database: Database) -> None:
    created = create(database)
    stranger = answered("la@noi.khac.example", "DECLINED", attendee_name="Người Lạ")
    number = reply(database, created, stranger).incoming_id
    code, out, _ = tool.run("held", "show", str(number))
    assert code == 0
    lines = {line[:12].strip(): line[12:].strip() for line in out.splitlines()}
    assert lines["trả lời cho"] == "Người Lạ <la@noi.khac.example> (chưa được mời)"
    assert (lines["trả lời"], lines["kết quả"]) == ("không dự", "đang chờ")
    assert lines["vì sao"] == "người trả lời không có trong thành phần mời"
    assert lines["nhận lúc"].endswith("/2026")
    for code_word in ("received_at", "partstat", "DECLINED", "trusted_by", "not_invited"):
        assert code_word not in out
    assert tool.run("--lang", "en", "held", "show", str(number))[1].count("declined") == 1
