"""The form as flags: the same keys as the file, which they override."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from meetings.commands.form_flags import form_fields, source_of


def fields(**flags: Any) -> dict[str, Any]:
    return form_fields(None, flags)


def test_only_what_was_given_is_said() -> None:
    assert fields(summary="Họp", content=None, places=(), required=(), secret=False, full_list=True) == {
        "summary": "Họp",
        "full_list": True,
    }


def test_an_empty_flag_says_that_there_is_nothing() -> None:
    assert fields(content="", papers=("",)) == {"content": "", "papers": []}


def test_flags_win_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "hop.toml"
    path.write_text('summary = "cũ"\nchair = "chutich@tinh.test"\n', encoding="utf-8")
    assert form_fields(path, {"summary": "mới"}) == {"summary": "mới", "chair": "chutich@tinh.test"}
    assert source_of(path) == str(path)


def test_flags_of_the_command_itself_are_left_to_it() -> None:
    flags = {"summary": "Họp", "reason": "bão"}
    form_fields(None, flags)
    assert flags == {"reason": "bão"}


def test_lists_are_lists_and_blank_items_are_none() -> None:
    assert fields(places=("Phòng họp số 1;pin=1", " "), required=("sxd",)) == {
        "places": ["Phòng họp số 1;pin=1"],
        "required": ["sxd"],
    }
