"""Progress of long work: a bar on a terminal, one line a minute elsewhere; always on stderr, never on stdout.

The caller counts; this module only shows. rich is imported only when a bar is really drawn.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import click

from foundation.clock import monotonic
from foundation.language import Text

SECONDS_BETWEEN_LINES = 60.0
"""Often enough to see that it lives, seldom enough for a log."""


class Advance(Protocol):
    """Called with the number of items done since the last call."""

    def __call__(self, count: int = 1) -> None: ...


@contextmanager
def progress(what: Text, total: int | None = None) -> Iterator[Advance]:
    """Show the progress of work on `total` items (None: unknown) while the block runs."""
    if sys.stderr.isatty():
        with _bar(what, total) as advance:
            yield advance
    else:
        yield _Lines(what, total)


@contextmanager
def _bar(what: Text, total: int | None) -> Iterator[Advance]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(str(what), total=total)

        def advance(count: int = 1) -> None:
            bar.advance(task, count)

        yield advance


class _Lines:
    """Counts silently and says where it is once a minute."""

    def __init__(self, what: Text, total: int | None) -> None:
        self._what = what
        self._total = total
        self._done = 0
        self._said_at = monotonic()

    def __call__(self, count: int = 1) -> None:
        self._done += count
        if monotonic() - self._said_at >= SECONDS_BETWEEN_LINES:
            self._said_at = monotonic()
            of_total = f"/{self._total}" if self._total is not None else ""
            click.echo(f"{self._what}: {self._done}{of_total}", err=True)
