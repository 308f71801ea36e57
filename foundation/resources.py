"""Where the files are that ship beside our code: templates, deployment files, the example configuration.

In a wheel they lie inside this package; in a checkout they lie at its top. Both are found from this file's own place,
so neither the current folder nor an environment variable can redirect them.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def templates_folder() -> Path:
    """The templates as shipped; an administrator's own folder is asked before this one (`rendering`)."""
    return _shipped("templates")


def deploy_folder() -> Path:
    """Schema, server configuration and units for production."""
    return _shipped("deploy")


def example_configuration() -> Path:
    """`config.example.toml`: every key once, with its default and its reason."""
    return _shipped("config.example.toml")


def _shipped(name: str) -> Path:
    inside = _PACKAGE / name
    return inside if inside.exists() else _PACKAGE.parent / name
