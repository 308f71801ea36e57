"""Where the demo plays: runs our commands, shows what they say, and stops the story when one ends otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import click

from foundation.clock import monotonic
from foundation.language import Text, current_language

PATIENCE_SECONDS: Final = 60
"""The relay learns of new people within twenty seconds; a busy machine is given three times that."""

_MODULES: Final = {
    "congvu": "congvu.cli",
    "provision": "provisioner.cli",
    "mailrelay": "mailrelay.cli",
    "meetings": "meetings.cli",
}
_POLL_SECONDS: Final = 0.2

Found = TypeVar("Found")


class StoryBroken(Exception):
    """A step did not end as the story says."""


@dataclass
class Stage:
    """Where the demo plays and how it runs commands."""

    folder: Path
    config: Path | None = None

    def say(self, vi: str, en: str) -> None:
        """A heading of the story."""
        click.echo(click.style(f"\n== {Text(vi, en)}", bold=True))

    def run(
        self,
        arguments: Sequence[str | Path],
        expected: int = 0,
        show: int = 12,
        quiet: bool = False,
        again_after: int | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run one of our commands, print it, the first lines of its answer and the last ones of what it says beside.

        While it ends with `again_after` it is run again, because somebody has to hear of something first.
        """
        program, *rest = [str(argument) for argument in arguments]
        click.echo(click.style(f"$ {program} {' '.join(self.typed(part) for part in rest)}", fg="cyan"))
        deadline = monotonic() + PATIENCE_SECONDS
        done = self._run(program, rest)
        while done.returncode == again_after and monotonic() < deadline:
            time.sleep(1)
            done = self._run(program, rest)
        if not quiet:
            self._print(done.stdout, show)
            self._print(done.stderr, show, last=True)
        if done.returncode != expected:
            click.echo(done.stdout[-2000:] + done.stderr[-2000:], err=True)
            raise StoryBroken(f"{program} {' '.join(rest)}: exit {done.returncode}, expected {expected}")
        click.echo(click.style(f"  → exit {done.returncode}", dim=True))
        return done

    def ask(self, arguments: Sequence[str | Path]) -> str:
        """What a command of ours answers, shown to nobody. An unexpected end is an empty answer."""
        program, *rest = [str(argument) for argument in arguments]
        done = self._run(program, rest)
        return done.stdout if done.returncode == 0 else ""

    def show(self, text: str, most: int = 12) -> None:
        """The first lines of something."""
        self._print(text, most)

    def wait_for(self, what: str, look: Callable[[], Found | None]) -> Found:
        """What `look` finds, once it finds something. Raises StoryBroken when that takes too long."""
        deadline = monotonic() + PATIENCE_SECONDS
        while (found := look()) is None:
            if monotonic() > deadline:
                raise StoryBroken(str(Text("quá lâu: {what}", "took too long: {what}").format(what=what)))
            time.sleep(_POLL_SECONDS)
        return found

    def _run(self, program: str, rest: Sequence[str]) -> subprocess.CompletedProcess[str]:
        environment = dict(os.environ)
        if self.config is not None:
            environment["CONGVU_CONFIG"] = str(self.config)
        return subprocess.run(
            [sys.executable, "-m", _MODULES[program], "--lang", current_language(), *rest],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def typed(self, part: str) -> str:
        """As a person would type it in the folder of the demo."""
        short = part.replace(f"{self.folder}/", "")
        return f"'{short}'" if " " in short else short

    def _print(self, text: str, most: int, last: bool = False) -> None:
        lines = text.splitlines()
        left_out = max(0, len(lines) - most)
        more = "  " + str(Text("… và {count} dòng nữa", "… and {count} more lines").format(count=left_out))
        shown = [f"  {line}" for line in (lines[left_out:] if last else lines[:most])]
        if left_out:
            shown.insert(0 if last else len(shown), more)
        for line in shown:
            click.echo(line)
