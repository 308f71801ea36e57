"""The beginning of a run: a daemon does not start on another clock than the one that somebody set."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from foundation.daemon.running import Daemon, Parts
from foundation.errors import ConfigError
from foundation.service import Service


async def never_opened(stack: AsyncExitStack, dies: Callable[[Exception], None]) -> Parts:
    raise AssertionError("the parts were opened")


@pytest.mark.parametrize("content", ["+8d17h30m", "tomorrow"])
def test_a_clock_file_that_cannot_be_read_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    file = tmp_path / "clock"
    file.write_text(content)
    monkeypatch.setenv("CONGVU_CLOCK_FILE", str(file))
    with pytest.raises(ConfigError):
        asyncio.run(Daemon(Service("meetings", "meetings"), None, never_opened).run())


def test_a_clock_file_that_is_a_folder_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONGVU_CLOCK_FILE", str(tmp_path))
    with pytest.raises(ConfigError, match="clock file"):
        asyncio.run(Daemon(Service("meetings", "meetings"), None, never_opened).run())
