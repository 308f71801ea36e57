"""What commands make of the daemon's answer, and of its silence."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from foundation import clock
from foundation.command_line import run
from foundation.control import client
from foundation.errors import Busy, InputError, Problem
from foundation.language import Text, use_language
from foundation.storage import open_database
from meetings.cli import meetings
from tests.support.meeting_book import MIGRATIONS

Answering = Callable[..., dict[str, Any]]
CREATED = {
    "uid": "u@tinh.test",
    "number": "15/GM-UBND",
    "summary": "Họp",
    "sequence": 0,
    "start": "2026-12-01T08:00:00+07:00",
    "end": "2026-12-01T10:00:00+07:00",
    "timezone": "Asia/Ho_Chi_Minh",
    "status": "CONFIRMED",
    "rrule": "",
    "repeats": ["", ""],
    "occurrences": [],
    "join": {"hanh@tinh.test": "https://hop.tinh.test/j/x"},
    "mails": [{"address": "hanh@tinh.test", "name": "Hạnh", "role": "CHAIR", "purpose": "request"}],
    "warnings": [{"message": ["thiếu liên hệ", "no contact"], "column": "contact", "value": "", "hint": None}],
}


class Terminal(io.StringIO):
    """Somebody who answers."""

    def isatty(self) -> bool:
        return True


class Tool:
    """Runs `meetings` in this process against a daemon that answers as it is told."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.config = folder / "config.toml"
        self.config.write_text(
            '[organisation]\nname = "Tỉnh"\ndomain = "tinh.test"\n[meetings]\ncontrol_socket = "nobody"\n'
        )
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._capsys = capsys
        self._patch = patch

    def daemon(self, answering: Answering) -> None:
        def ask(_: object, __: Path, verb: str, **fields: Any) -> dict[str, Any]:
            self.asked.append((verb, fields))
            return answering()

        self._patch.setattr(client, "ask", ask)

    def run(self, *words: str) -> tuple[int, str, str]:
        code = run(meetings, "meetings", ["--config", str(self.config), "--lang", "en", *words])
        told = self._capsys.readouterr()
        return code, told.out, told.err


@pytest.fixture
def tool(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    yield Tool(tmp_path, capsys, monkeypatch)
    use_language("vi")
    clock.use_clock_file(None)


def raising(error: Exception) -> Answering:
    def answering() -> dict[str, Any]:
        raise error

    return answering


def test_the_uid_goes_to_stdout_and_the_rest_beside(tool: Tool) -> None:
    tool.daemon(lambda: CREATED)
    code, out, err = tool.run("create", "--summary", "Họp")
    assert (code, out) == (0, "u@tinh.test\n")
    assert "meetings show u@tinh.test" in err
    assert "no contact" in err
    assert tool.asked[0][1]["form"] == {"summary": "Họp"}


def test_warnings_are_problems_in_json(tool: Tool) -> None:
    tool.daemon(lambda: CREATED)
    code, out, _ = tool.run("create", "--summary", "Họp", "--json")
    assert code == 0
    (warning,) = json.loads(out)["warnings"]
    assert (warning["severity"], warning["column"], warning["message"]) == ("warning", "contact", "no contact")


def test_warnings_name_the_file_that_the_form_came_from(tool: Tool, tmp_path: Path) -> None:
    path = tmp_path / "hop.toml"
    path.write_text('summary = "Họp"\n')
    tool.daemon(lambda: CREATED)
    assert f"{path}:contact: " in tool.run("create", str(path))[2]


def test_a_person_at_a_terminal_sees_what_would_be_sent_before_it_is(
    tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = {
        **CREATED,
        "changed": True,
        "mails": [{**CREATED["mails"][0], "address": f"a{number}@tinh.test"} for number in range(30)],  # type: ignore[index]
        "differences": [{"label": ["Thời gian", "Time"], "before": ["8h", "8:00"], "after": ["9h", "9:00"]}],
    }
    tool.daemon(lambda: changed)
    monkeypatch.setattr("sys.stdin", Terminal("k\n"))
    code, out, err = tool.run("change", "15/GM-UBND", "--start", "9h00")
    assert (code, out, [fields["check"] for _, fields in tool.asked]) == (2, "", [True])
    assert "08:00, Tuesday, 01/12/2026 – 10:00" in err
    assert "Time: 8:00 → 9:00" in err
    assert "a19@tinh.test" in err
    assert "a20@tinh.test" not in err
    assert "10 more" in err
    assert "15/GM-UBND: send 30 mails?" in err
    assert "nothing was changed" in err
    assert "Error" not in err, "who says no has made no mistake"


def test_nobody_is_asked_about_a_change_that_changes_nothing(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    tool.daemon(lambda: {**CREATED, "changed": False, "mails": [], "warnings": []})
    monkeypatch.setattr("sys.stdin", Terminal(""))
    code, _, err = tool.run("change", "15/GM-UBND", "--summary", "Họp")
    assert (code, "nothing is different" in err, "?" in err) == (0, True, False)


def test_a_dry_run_that_finds_nothing_to_change_ends_with_0(tool: Tool) -> None:
    tool.daemon(lambda: {**CREATED, "changed": False, "mails": []})
    assert tool.run("change", "15/GM-UBND", "--summary", "Họp", "--dry-run", "--json")[0] == 0
    assert "nothing is different" in tool.run("change", "15/GM-UBND", "--summary", "Họp", "--dry-run")[2]
    tool.daemon(lambda: {**CREATED, "changed": True})
    assert tool.run("change", "15/GM-UBND", "--summary", "Khác", "--dry-run", "--json")[0] == 3


def test_a_person_at_a_terminal_sees_who_would_be_reminded(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    people = {"uid": "u", "number": "15/GM-UBND", "summary": "Họp", "reminded": ["hanh@tinh.test"], "already": []}
    tool.daemon(lambda: people)
    monkeypatch.setattr("sys.stdin", Terminal("c\n"))
    code, _, err = tool.run("remind", "15/GM-UBND")
    assert (code, [fields.get("check", False) for _, fields in tool.asked]) == (0, [True, False])
    assert "hanh@tinh.test" in err
    assert "15/GM-UBND: remind 1 person?" in err


def test_a_cancellation_is_asked_about_with_the_time_as_people_read_it(
    tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool.daemon(lambda: CREATED)
    monkeypatch.setattr("sys.stdin", Terminal("k\n"))
    err = tool.run("cancel", "15/GM-UBND")[2]
    assert "cancel 15/GM-UBND (08:00, Tuesday, 01/12/2026) and tell 1 person?" in err
    assert [fields["check"] for _, fields in tool.asked] == [True]


def test_problems_name_the_file_that_the_form_came_from(tool: Tool, tmp_path: Path) -> None:
    path = tmp_path / "hop.toml"
    path.write_text('summary = "Họp"\n')
    problem = Problem("error", Text("thiếu", "missing"), column="chair")
    tool.daemon(raising(InputError(Text("chưa làm gì", "nothing was done"), None, (problem,))))
    code, out, err = tool.run("create", str(path), "--json")
    assert (code, json.loads(out)["problems"][0]["file"]) == (65, str(path))
    assert f"{path}:chair" in err


def test_silence_is_69_with_the_next_step_unless_the_form_is_wrong(tool: Tool) -> None:
    code, _, err = tool.run("create", "--summary", "Họp")
    assert code == 69
    assert "systemctl start congvu-meetings" in err
    assert tool.run("create", "--start", "hôm nào")[0] == 65
    assert tool.run("remind", "15/GM-UBND")[0] == 69


def test_nothing_to_say_is_wrong_use(tool: Tool) -> None:
    tool.daemon(lambda: CREATED)
    for words in (
        ("create",),
        ("change", "15/GM-UBND"),
        ("cancel", "15/GM-UBND"),
        ("remind", "x", "--all", "--unanswered"),
    ):
        assert tool.run(*words)[0] == 2, words
    assert tool.asked == []


def test_what_is_not_there_ends_with_1(tool: Tool) -> None:
    tool.daemon(lambda: {"nothing_found": {"message": ["không có", "there is none"], "hint": ["xem", "look"]}})
    code, out, err = tool.run("links", "show", "15/GM-UBND", "--json")
    assert (code, json.loads(out)["error"]["message"]) == (1, "there is none")
    assert "look" in err


def test_a_mail_that_is_not_there_is_answered_in_json_too(tool: Tool, tmp_path: Path) -> None:
    config = f'[storage]\nurl = "sqlite:{tmp_path}"\n'
    tool.config.write_text(tool.config.read_text() + config)
    with open_database(f"sqlite:{tmp_path}", "meetings", MIGRATIONS):
        code, out, err = tool.run("held", "show", "9999", "--json")
    assert (code, json.loads(out)["error"]["exit_code"]) == (1, 1)
    assert "there is no mail 9999" in err


def test_an_error_of_the_daemon_keeps_its_exit_code(tool: Tool) -> None:
    tool.daemon(raising(Busy(Text("đang bận", "busy"))))
    assert tool.run("resend", "15/GM-UBND", "hanh@tinh.test")[0] == 75


def test_many_warnings_are_counted(tool: Tool) -> None:
    many = [{**CREATED["warnings"][0], "value": str(number)} for number in range(30)]  # type: ignore[index]
    tool.daemon(lambda: {**CREATED, "warnings": many})
    assert "10 more" in tool.run("create", "--summary", "Họp")[2]


def test_a_cancellation_sent_again_is_called_one(tool: Tool) -> None:
    tool.daemon(lambda: {"uid": "u@tinh.test", "sent": ["hanh@tinh.test"], "purpose": "cancel"})
    assert "the cancellation (the meeting is cancelled) is on the way" in tool.run("resend", "u", "hanh@tinh.test")[2]


def test_revoking_says_that_the_feed_ends_too(tool: Tool) -> None:
    links = {
        "uid": "u",
        "address": "h@tinh.test",
        "page": "P",
        "join": "J",
        "feed": "F",
        "revoked": ["page", "join", "feed"],
    }
    tool.daemon(lambda: links)
    code, out, err = tool.run("links", "revoke", "u", "h@tinh.test")
    assert code == 0
    assert "page, join, feed" in err
    assert "subscribe to it again" in err
    assert out.count("F") == 1
    assert tool.run("links", "revoke", "u", "--feed")[0] == 2


def test_a_held_answer_that_does_not_count_is_a_failure(tool: Tool) -> None:
    tool.daemon(lambda: {"id": 7, "verdict": "ignored", "reason": "over", "attendees": []})
    code, _, err = tool.run("held", "accept", "7")
    assert (code, "not counted, the meeting is over" in err) == (1, True)
    assert tool.run("held", "reject", "7")[0] == 0


def test_for_whom_a_held_mail_counts_is_said_with_as_what(tool: Tool) -> None:
    tool.daemon(lambda: {"id": 7, "verdict": "counted", "reason": "", "attendees": []})
    assert tool.run("held", "accept", "7", "--for", "an@tinh.test")[0] == 2
    assert tool.run("held", "accept", "7", "--as", "perhaps")[0] == 2
    assert tool.run("held", "accept", "7", "--as", "declined", "--for", "an@tinh.test")[0] == 0


def test_a_held_answer_that_counts_says_whose_it_is(tool: Tool) -> None:
    whose = [{"address": "hanh@tinh.test", "name": "Đặng Thị Hạnh"}]
    tool.daemon(lambda: {"id": 7, "verdict": "counted", "reason": "", "attendees": whose})
    code, _, err = tool.run("held", "accept", "7")
    assert (code, "counted as the answer of Đặng Thị Hạnh <hanh@tinh.test>" in err) == (0, True)
