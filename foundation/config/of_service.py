"""What every daemon of ours takes from the configuration in the same way: its journal, its account, a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from foundation.directory.connection import ConnectionSettings, settings_from
from foundation.errors import ConfigError, Problem
from foundation.language import Text

if TYPE_CHECKING:
    from foundation.config.sections import Configuration
    from foundation.service import Service


def directory_connection(configuration: Configuration, service: Service) -> ConnectionSettings:
    """How the daemon reaches the directory: as its own account, or without one as that of [directory]. Reads the
    password. Raises ConfigError."""
    section = getattr(configuration, service.section)
    account = {"bind_dn": section.bind_dn, "bind_password": section.bind_password} if section.bind_password else {}
    return settings_from(configuration.directory.model_copy(update=account))


def journal_origin(configuration: Configuration, service: Service) -> str:
    """The name of its journal: one log per tool."""
    return f"{configuration.journal.origin or configuration.organisation.domain}/{service.name}"


def misfit(key: str, message: Text, hint: Text) -> Problem:
    """Something that no value alone could show."""
    return Problem("error", message, column=key, hint=hint)


def refuse(problems: Sequence[Problem], service: Service) -> None:
    """Raise ConfigError with all that does not fit together in its section, if anything."""
    if problems:
        told = Text("phần [{section}] của cấu hình có lỗi", "the section [{section}] of the configuration has problems")
        hint = Text("sửa rồi chạy: congvu config check", "mend them, then run: congvu config check")
        raise ConfigError(told.format(section=service.section), hint, tuple(problems))
