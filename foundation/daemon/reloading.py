"""What a reload may change of a running daemon, and what stays as it was until a restart. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from foundation.config.sections import Configuration

Settings = TypeVar("Settings", bound=Any)
"""A frozen dataclass of one tool."""


def kept_until_restart(old: Settings, new: Settings, names: Iterable[str]) -> tuple[Settings, list[str]]:
    """The new settings with what only a restart can change (`names`) as it was; and which of them wait for one."""
    waiting = [name for name in names if getattr(old, name) != getattr(new, name)]
    return replace(new, **{name: getattr(old, name) for name in waiting}), waiting


def sections_that_wait(old: Configuration, new: Configuration, section: str) -> list[str]:
    """What is read once, at the start, and has changed: which database, which directory, and in the tool's own section
    as whom."""
    changed = [name for name in ("storage", "directory", "journal") if getattr(old, name) != getattr(new, name)]
    before, after = getattr(old, section), getattr(new, section)
    account = [name for name in ("bind_dn", "bind_password") if getattr(before, name) != getattr(after, name)]
    return changed + [f"{section}.{name}" for name in account]
