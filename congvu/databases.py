"""Which databases there are: every tool's own, with the migrations that the tool says belong to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from foundation.storage import Database, open_database, pending_migrations
from mailrelay.spool.opening import TOOL as MAILRELAY
from mailrelay.spool.opening import database_migrations as mailrelay_migrations
from meetings.store.opening import TOOL as MEETINGS
from meetings.store.opening import database_migrations as meetings_migrations
from provisioner.workbench import TOOL as PROVISIONER
from provisioner.workbench import database_migrations as provisioner_migrations

if TYPE_CHECKING:
    from foundation.config.sections import Configuration


def databases() -> Mapping[str, Sequence[str]]:
    """Tool -> its packages of migrations, in the order in which they apply."""
    return {
        PROVISIONER: provisioner_migrations(),
        MAILRELAY: mailrelay_migrations(),
        MEETINGS: meetings_migrations(),
    }


def pending(configuration: Configuration, tool: str) -> list[str]:
    """What opening this tool's database would apply. Changes nothing; raises StorageError, ConfigError."""
    return pending_migrations(configuration.storage.url, tool, databases()[tool], password=_password(configuration))


def open_tool(configuration: Configuration, tool: str) -> Database:
    """Open this tool's database, up to date. Raises StorageError, ConfigError."""
    return open_database(configuration.storage.url, tool, databases()[tool], password=_password(configuration))


def _password(configuration: Configuration) -> str | None:
    return configuration.storage.password.read() if configuration.storage.password else None
