"""How meetings look on a terminal: times as people say them, tables without empty columns, nothing that steers it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from foundation.language import Language, Text, use_language
from meetings.commands import presentation

HEADERS = (Text("tên", "name"), Text("trả lời", "answer"), Text("vào họp", "joined"))


@pytest.fixture(autouse=True)
def vietnamese_again() -> Iterator[None]:
    yield
    use_language("vi")


@pytest.mark.parametrize(
    ("language", "words"),
    [("vi", "13h30, thứ Ba, 24/11/2026"), ("en", "13:30, Tuesday, 24/11/2026")],
)
def test_an_instant_has_its_weekday(language: Language, words: str) -> None:
    use_language(language)
    assert presentation.instant("2026-11-24T13:30:00+07:00") == words


def test_every_weekday_has_its_name() -> None:
    days = [presentation.instant(f"2026-11-{day}T08:00:00+07:00").split(", ")[1] for day in range(23, 30)]
    assert days == ["thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật"]


def test_a_column_in_which_nobody_has_anything_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[list[presentation.Cell]] = [
        [("Đặng Thị Hạnh", None), ("tham dự", "green"), ("—", None)],
        [("Lan", None), ("chưa trả lời", None), ("—", None)],
    ]
    presentation.table(HEADERS, rows)
    assert capsys.readouterr().out.splitlines() == [
        "tên            trả lời",
        "Đặng Thị Hạnh  tham dự",
        "Lan            chưa trả lời",
    ]


def test_a_name_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    presentation.table(HEADERS, [[("Hạnh\x1b[31m\r\nLan", None), ("x", None), ("y", None)]])
    out = capsys.readouterr().out
    assert "\x1b[31m" not in out
    assert len(out.splitlines()) == 2


def test_nothing_is_said_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    presentation.table_or_nothing(HEADERS, [])
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "không có gì\n")


def test_answers_are_counted_in_words() -> None:
    people = [{"partstat": name} for name in ("ACCEPTED", "ACCEPTED", "DECLINED", "NEEDS-ACTION")]
    assert presentation.counts(people) == "4 người: 1 chưa trả lời, 2 tham dự, 1 không dự"


def test_a_dry_run_shows_the_meeting_and_who_would_get_what(capsys: pytest.CaptureFixture[str]) -> None:
    answer: dict[str, Any] = {
        "uid": "",
        "sequence": 0,
        "number": "15/GM-UBND",
        "summary": "Họp giao ban",
        "status": "CONFIRMED",
        "start": "2026-11-24T13:30:00+07:00",
        "end": "2026-11-25T11:00:00+07:00",
        "mails": [
            {"address": "hanh@tinh.test", "name": "Hạnh", "role": "REQ-PARTICIPANT", "purpose": "request"},
        ],
    }
    presentation.plan(answer)
    out = capsys.readouterr().out
    assert "15/GM-UBND  Họp giao ban" in out
    assert "11h00, thứ Tư, 25/11/2026" in out
    assert "hanh@tinh.test" in out
    presentation.plan({**answer, "mails": []})
    assert "không ai nhận thư nào" in capsys.readouterr().out


def test_a_dry_run_of_a_series_shows_its_rule_and_its_occurrences(capsys: pytest.CaptureFixture[str]) -> None:
    answer: dict[str, Any] = {
        "uid": "",
        "sequence": 0,
        "number": "15/GM-UBND",
        "summary": "Họp giao ban",
        "status": "CONFIRMED",
        "start": "2026-11-24T13:30:00+07:00",
        "end": "2026-11-24T15:00:00+07:00",
        "repeats": ["hằng tuần, vào thứ Ba", "every week on Tuesday"],
        "occurrences": [
            {"start": f"2026-11-{day}T13:30:00+07:00", "end": f"2026-11-{day}T15:00:00+07:00"} for day in (10, 17, 24)
        ],
        "mails": [],
    }
    presentation.plan(answer)
    out = capsys.readouterr().out
    assert "định kỳ: hằng tuần, vào thứ Ba; 3 buổi:" in out
    assert "13h30, thứ Ba, 17/11/2026 – 15h00" in out
    presentation.plan(answer, 1, err=True)
    told = capsys.readouterr()
    assert (told.out, "17/11" in told.err, "2 nữa" in told.err) == ("", False, True)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"status": "CONFIRMED"}, "báo thôi mời dự họp"),
        ({"status": "CONFIRMED", "secret": True}, "thu hồi giấy mời"),
        ({"status": "CANCELLED"}, "báo hủy"),
    ],
)
def test_a_dry_run_says_which_kind_of_cancel_somebody_gets(
    fields: dict[str, Any], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    mail = {"address": "hanh@tinh.test", "name": "Hạnh", "role": "", "purpose": "cancel"}
    when = {"start": "2026-11-24T13:30:00+07:00", "end": "2026-11-24T15:00:00+07:00"}
    presentation.plan({"uid": "u", "sequence": 1, "summary": "Họp", **when, "mails": [mail], **fields})
    assert words in capsys.readouterr().out


def test_every_state_has_its_word() -> None:
    from typing import get_args

    from meetings.meeting import PartStat, Role
    from meetings.terms import DELIVERIES, DELIVERY_STATES, PARTSTATS, PURPOSES, ROLES

    assert set(PARTSTATS) == set(get_args(PartStat))
    assert set(ROLES) == set(get_args(Role))
    assert set(DELIVERIES) == set(DELIVERY_STATES)
    assert set(presentation.PURPOSES) == set(PURPOSES)
