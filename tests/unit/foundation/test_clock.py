"""The clock that tests and trials may move; a file with nonsense in it moves nothing and is told once."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from foundation import clock, logs
from foundation.errors import ConfigError


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "clock"
    monkeypatch.setenv("CONGVU_CLOCK_FILE", str(path))
    yield path
    path.unlink(missing_ok=True)
    clock.offset()


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    target, ours = io.StringIO(), logging.getLogger("congvu")
    before = ours.level, ours.propagate
    logs.configure(2, target)
    yield target
    ours.handlers.clear()
    ours.setLevel(before[0])
    ours.propagate = before[1]


def test_the_file_moves_the_clock(file: Path) -> None:
    assert clock.offset() == timedelta()
    for text, moved in (("", 0), ("86400", 86400), ("-2h\n", -7200), ("+7d", 7 * 86400), (" 30m", 1800)):
        file.write_text(text)
        assert clock.offset() == timedelta(seconds=moved)


@pytest.mark.parametrize("garbage", [b"garbage", b"+7x", b"\xff\xfe", b"9" * 30, b"1e400", b"200000d"])
def test_a_file_with_garbage_moves_nothing_and_is_told_once(file: Path, stream: io.StringIO, garbage: bytes) -> None:
    file.write_bytes(garbage)
    for _ in range(3):
        assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)
        logs.event(logging.INFO, "test", "something happens")
    lines = stream.getvalue().splitlines()
    assert len([line for line in lines if "the clock file is not used" in line]) == 1
    assert len(lines) == 4
    with pytest.raises(ConfigError):
        clock.read_offset()


def test_it_is_told_again_when_it_was_right_in_between(file: Path, stream: io.StringIO) -> None:
    for text in ("garbage", "+1h", "garbage"):
        file.write_text(text)
        clock.offset()
    assert stream.getvalue().count("the clock file is not used") == 2


def test_a_folder_is_no_file(file: Path, stream: io.StringIO) -> None:
    file.mkdir()
    assert clock.offset() == timedelta()
    assert "the clock file is not used" in stream.getvalue()
    file.rmdir()
