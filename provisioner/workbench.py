"""Opens what a command works with, from the configuration: settings, keys, directory, database.

Each is opened when it is first asked for and closed with the workbench, so `provision plan` of a roster that cannot be
read never waits for a server.
"""

from __future__ import annotations

import gc
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from foundation import clock
from foundation.directory.connection import ConnectionSettings
from foundation.directory.url import Address
from foundation.keys import AddressRegisterKeys
from foundation.storage import Database, HeldLock, open_database
from provisioner.settings import LimitRule, Limits, ListRules, RoleRule, Settings, Subtrees

if TYPE_CHECKING:
    from foundation.config.sections import Configuration
    from foundation.directory.ldap import LdapDirectory
    from provisioner.ldap_writer import LdapWriter

TOOL = "provisioner"

_COLLECTOR_THRESHOLDS = (200_000, 20, 100)
"""A plan makes millions of objects and hardly a cycle; Python's own thresholds (700, 10, 10) cost a tenth of a run."""


def database_migrations() -> list[str]:
    """The packages that make up the provisioner's tables."""
    from foundation import journal

    return [journal.MIGRATIONS, "provisioner.migrations"]


@dataclass
class Workbench:
    """Everything a provisioner's command needs; use as a context manager."""

    configuration: Configuration
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Workbench:
        clock.read_offset()  # refuse a clock that cannot be read: expiry and effective dates hang on it
        gc.set_threshold(*_COLLECTOR_THRESHOLDS)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @cached_property
    def settings(self) -> Settings:
        return settings_from(self.configuration)

    @cached_property
    def today(self) -> date:
        """The date in the province, which decides what has expired and what is in effect."""
        return clock.today(self.configuration.organisation.timezone)

    @property
    def origin(self) -> str:
        """The name of our journal: one log per tool."""
        return f"{self.configuration.journal.origin or self.configuration.organisation.domain}/{TOOL}"

    @cached_property
    def keys(self) -> AddressRegisterKeys:
        """The address register's keys. Raises ConfigError."""
        return AddressRegisterKeys.load(self.configuration.addresses.register_key)

    @cached_property
    def connection_settings(self) -> ConnectionSettings:
        from foundation.directory.connection import settings_from as connection_settings

        return connection_settings(self.configuration.directory)

    @cached_property
    def address(self) -> Address:
        from foundation.directory.connection import check

        return check(self.connection_settings)

    @cached_property
    def directory(self) -> LdapDirectory:
        """The directory, for reading. Raises ConfigError, Unreachable."""
        from foundation.directory.ldap import connect

        return self._stack.enter_context(connect(self.connection_settings))

    def writer(self) -> LdapWriter:
        """A writer on a connection of its own. Raises Unreachable."""
        from foundation.directory.ldap import connect
        from provisioner.ldap_writer import LdapWriter

        other = self._stack.enter_context(connect(self.connection_settings))
        return LdapWriter(other.connection, self.address, self.directory.dialect)

    @cached_property
    def database(self) -> Database:
        """Runs, changes and the journal. Raises StorageError."""
        storage = self.configuration.storage
        password = storage.password.read() if storage.password else None
        return self._stack.enter_context(open_database(storage.url, TOOL, database_migrations(), password=password))

    @cached_property
    def lock(self) -> HeldLock:
        """The lock of a run that writes, taken when first asked for, held until the end. Raises Busy."""
        return self._stack.enter_context(self.database.lock("sync"))


def settings_from(configuration: Configuration) -> Settings:
    """The provisioner's view of a configuration; distinguished names get the base where they lack it."""
    directory, addresses = configuration.directory, configuration.addresses
    roles = addresses.role_mailboxes
    return Settings(
        source=configuration.roster.source,
        scope=configuration.roster.scope,
        domain=configuration.organisation.domain,
        subtrees=Subtrees(
            directory.base,
            directory.people,
            directory.agencies,
            directory.lists,
            directory.role_mailboxes,
            directory.reservations,
        ),
        pattern=addresses.pattern,
        alias_days=addresses.alias_days,
        roles=(
            RoleRule("agency", roles.agency.address, roles.agency.titles),
            RoleRule("van_thu", roles.van_thu.address, roles.van_thu.titles),
        ),
        lists=ListRules(addresses.lists.agency, addresses.lists.positions, addresses.lists.named),
        limits=_limits(configuration),
        plan_expires_hours=configuration.lifecycle.plan_expires_hours,
        timezone=configuration.organisation.timezone,
    )


def _limits(configuration: Configuration) -> Limits:
    section = configuration.lifecycle.limits
    names = ("suspend", "other", "update", "rename", "move", "restore", "list", "agency", "role_mailbox")
    found = {name: getattr(section, name) for name in names}
    rules = {name: LimitRule(rule.percent, rule.floor) for name, rule in found.items() if rule is not None}
    return Limits(rules, section.per_agency, section.window_days)
