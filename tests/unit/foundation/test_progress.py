"""Progress where there is no terminal: one line a minute, on stderr."""

from __future__ import annotations

import pytest

from foundation.language import Text, use_language
from foundation.progress import progress


def test_one_line_a_minute_without_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    use_language("vi")
    seconds = 0.0
    monkeypatch.setattr("foundation.progress.monotonic", lambda: seconds)
    with progress(Text("ghi", "writing"), total=10) as advance:
        for _ in range(10):
            seconds += 25
            advance()
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == ["ghi: 3/10", "ghi: 6/10", "ghi: 9/10"]


def test_quick_work_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(Text("ghi", "writing")) as advance:
        advance(1000)
    assert capsys.readouterr().err == ""
