"""One run of a command: its global options, and the configuration once somebody asks for it.

Loading the configuration is the moment from which its language and its clock apply. Nothing here parses a command line.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from foundation.clock import use_clock_file
from foundation.language import use_language

if TYPE_CHECKING:
    from foundation.config.sections import Configuration


@dataclass(slots=True)
class Invocation:
    """The global options of one run of a command, and the configuration once somebody asks for it."""

    program: str
    config_file: Path | None = None
    json: bool = False
    language: str | None = None
    color: bool | None = None
    verbosity: int = 0
    answered: bool = False
    _configuration: Configuration | None = field(default=None, repr=False)

    @property
    def configuration(self) -> Configuration:
        """The configuration; loaded on first use, and its language and clock apply from then on. Raises ConfigError."""
        if self._configuration is None:
            from foundation.config import load

            self._configuration = load(self.config_file)
            if self.language is None:
                use_language(self._configuration.organisation.language)
            use_clock_file(self._configuration.sandbox.clock_file)
        return self._configuration


def invocation() -> Invocation:
    """The invocation of the command that is running."""
    found = click.get_current_context().find_object(Invocation)
    if found is None:
        raise RuntimeError("no command is running")
    return found
