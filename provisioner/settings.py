"""What the provisioner takes from the configuration, as one frozen value.

Planning and applying ask this value and never the configuration file, so tests build it in one line. Distinguished
names are complete (with the base).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Subtrees:
    """The distinguished names under which we write; everything else in the directory is only looked at."""

    base: str
    people: str
    agencies: str
    lists: str
    roles: str
    reservations: str


@dataclass(frozen=True, slots=True)
class RoleRule:
    """One kind of role mailbox per agency: its address pattern and the titles of the people who own it."""

    role: str
    address: str
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListRules:
    """Which lists we keep: one per agency, one per position (by titles), and named ones (by employee ids)."""

    agency: str = "canbo.{agency}"
    positions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    named: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LimitRule:
    """A change count is exceeded when it is greater than max(floor, percent of the base)."""

    percent: float
    floor: int


SUSPEND_LIMIT = LimitRule(percent=5, floor=3)
OTHER_LIMIT = LimitRule(percent=20, floor=10)


@dataclass(frozen=True, slots=True)
class Limits:
    """Safety limits by type, counted per run, per agency and over a window of days (0 switches the window off)."""

    rules: Mapping[str, LimitRule] = field(default_factory=dict)
    per_agency: bool = True
    window_days: int = 7

    def rule(self, kind: str) -> LimitRule:
        """The rule of one type; docs/configuration.md gives the defaults."""
        return self.rules.get(kind) or (SUSPEND_LIMIT if kind == "suspend" else self.rules.get("other") or OTHER_LIMIT)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that decides a plan besides the roster and the directory."""

    source: str
    domain: str
    subtrees: Subtrees
    pattern: str = "{given}{initials}.{agency}"
    scope: str = "full"
    alias_days: int = 180
    roles: tuple[RoleRule, ...] = (
        RoleRule("agency", "{agency}", ("Văn thư",)),
        RoleRule("van_thu", "vanthu.{agency}", ("Văn thư",)),
    )
    lists: ListRules = field(default_factory=ListRules)
    limits: Limits = field(default_factory=Limits)
    plan_expires_hours: int = 72
    timezone: str = "Asia/Ho_Chi_Minh"

    @property
    def scope_agency(self) -> str | None:
        """The agency code when the roster covers one agency only, else None."""
        return self.scope.partition(":")[2] or None if self.scope.startswith("agency:") else None

    def person_key(self, employee_id: str) -> str:
        """The identity of a person in the directory: source and employee id, so that merged provinces do not clash."""
        return f"{self.source}:{employee_id}"
