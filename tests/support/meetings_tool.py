"""`meetings` run in this process on a database beside a configuration of its own: no daemon, no directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from foundation.command_line import run
from foundation.language import use_language
from meetings.cli import meetings


class MeetingsTool:
    """Runs commands; `more` is written below the least configuration that reading commands need."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.config = folder / "config.toml"
        self.url = f"sqlite://{folder}/data"
        self.configure()
        self._capsys = capsys

    def configure(self, more: str = "") -> None:
        self.config.write_text(
            f'[organisation]\nname = "Tỉnh Thử"\ndomain = "tinh.test"\n[storage]\nurl = "{self.url}"\n'
            f'[directory]\nurl = "ldap://127.0.0.1:1"\n{more}'
        )

    def run(self, *words: str) -> tuple[int, str, str]:
        """Exit code, stdout, stderr; `--lang` holds for this one."""
        code = run(meetings, "meetings", ["--config", str(self.config), *words])
        use_language("vi")
        shown = self._capsys.readouterr()
        return code, shown.out, shown.err
