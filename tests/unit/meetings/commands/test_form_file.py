"""A secretary's form as it comes from a disk: good TOML, broken TOML, no TOML at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from foundation.errors import InputError, UsageError
from meetings.commands.form_file import DEEPEST, LARGEST_BYTES, read_file


def form(folder: Path, content: str | bytes) -> Path:
    path = folder / "hop.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_dates_become_text_and_all_of_it_fits_into_json(tmp_path: Path) -> None:
    fields = read_file(
        form(
            tmp_path,
            'summary = "Họp giao ban"\nstart = 2026-11-24T13:30:00+07:00\nend = 2026-11-24T15:00:00\n'
            'answer_by = 2026-11-23\nplaces = ["Phòng họp số 1", {name = "Điểm cầu Sở Xây dựng", for = ["sxd"]}]\n'
            "weight = inf\n",
        )
    )
    assert fields["start"] == "2026-11-24T13:30:00+07:00"
    assert fields["end"] == "2026-11-24T15:00:00"
    assert fields["answer_by"] == "2026-11-23"
    assert fields["places"][1] == {"name": "Điểm cầu Sở Xây dựng", "for": ["sxd"]}
    assert json.loads(json.dumps(fields, allow_nan=False)) == fields


def test_windows_line_ends_and_a_byte_order_mark_are_no_mistake(tmp_path: Path) -> None:
    assert read_file(form(tmp_path, b'\xef\xbb\xbfsummary = "a"\r\nchair = "b"\r\n')) == {"summary": "a", "chair": "b"}


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('summary = "Họp"\nstart = 13h30\n', 2),
        ('summary = "Họp"\n\nrequired = ["sxd", "stc"\n', 4),
        ('summary = "một"\nsummary = "hai"\n', 2),
        (b'summary = "a"\nchair = "\xff\xfe"\n', 2),
    ],
)
def test_a_broken_form_names_its_line(tmp_path: Path, content: str | bytes, line: int) -> None:
    path = form(tmp_path, content)
    with pytest.raises(InputError) as told:
        read_file(path)
    (problem,) = told.value.problems
    assert (problem.file, problem.row, problem.severity) == (str(path), line, "error")


@pytest.mark.parametrize(
    "content",
    ["x = " + "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), "x = " + "[" * 100_000, b"#" * (LARGEST_BYTES + 1)],
    ids=["deep", "bottomless", "large"],
)
def test_a_bomb_is_refused(tmp_path: Path, content: str | bytes) -> None:
    with pytest.raises(InputError):
        read_file(form(tmp_path, content))


def test_a_missing_file_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as told:
        read_file(tmp_path / "none.toml")
    assert told.value.exit_code == 2


def test_a_form_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        read_file(tmp_path / "khong-co.toml")
    assert raised.value.message.vi.endswith("khong-co.toml: không có tệp hay ổ cắm này")
