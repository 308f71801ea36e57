"""The configuration: one TOML file and the environment become typed, frozen sections.

`load` answers with a `Configuration` or raises one ConfigError that lists every problem at once. Importing this package
is cheap: pydantic is imported when a configuration is loaded, so that `provision --help` never pays for it.
It does not open servers, read secrets or create folders; a secret is resolved when it is used.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from foundation.config.locate import find_config
from foundation.config.secrets import Secret

if TYPE_CHECKING:
    from foundation.config.loading import Loaded
    from foundation.config.sections import Configuration

__all__ = ["Secret", "find_config", "json_schema", "load", "load_with_origins"]


def load(path: Path | None = None) -> Configuration:
    """The configuration of this file (None: wherever `find_config` finds one). Raises ConfigError, UsageError."""
    return load_with_origins(path).configuration


def load_with_origins(path: Path | None = None) -> Loaded:
    """Like `load`, and beside every value where it came from. Raises ConfigError, UsageError."""
    from foundation.config.loading import load_file

    return load_file(find_config(path))


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the configuration file, for editors and for checking in other tools."""
    from foundation.config.sections import Configuration

    return Configuration.model_json_schema(by_alias=True)
