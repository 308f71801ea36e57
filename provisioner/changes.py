"""Changes and plans as values: what would be written, why, and what stands there now.

A `Change` names one entry, what it holds (`before`) and what it shall hold (`after`), only for the attributes that
differ; a create has no before. `after` of a create is built when asked for, so that a first load of 100,000 people does
not hold 100,000 dictionaries. Nothing here reads or writes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from foundation.errors import Problem
from foundation.language import Text

Kind = Literal["agency", "person", "role_mailbox", "list", "reservation"]
Action = Literal["create", "update", "rename", "move", "suspend", "restore", "adopt"]
Attributes = Mapping[str, tuple[str, ...]]

KIND_ORDER: dict[str, int] = {"agency": 0, "person": 1, "role_mailbox": 2, "list": 3, "reservation": 4}
"""Agencies first, then the people in them, then the mailboxes and lists that point at people."""

ACTIONS: tuple[Action, ...] = ("create", "update", "rename", "move", "suspend", "restore", "adopt")


@dataclass(slots=True, eq=False)
class Change:
    """One entry to write.

    `agency` is the code under which limits count it; `lost` counts members that it drops; `decision` is the paper;
    `name` is whom or what the entry stands for, in words; `limited` is false where no safety limit applies (an adopted
    account is compared for the first time).
    """

    kind: Kind
    action: Action
    employee_id: str
    dn: str
    address: str
    before: Attributes
    after_source: Attributes | Callable[[], Attributes]
    reason: Text
    agency: str = ""
    lost: int = 0
    decision: str = ""
    name: str = ""
    limited: bool = True

    @property
    def after(self) -> Attributes:
        """{attribute: values} that the entry shall hold; an empty tuple removes the attribute."""
        return self.after_source() if callable(self.after_source) else self.after_source

    @property
    def why(self) -> Text:
        """The reason, with the decision that says so: the audit can answer "on what paper?"."""
        if not self.decision:
            return self.reason
        return Text(f"{self.reason.vi} ({self.decision})", f"{self.reason.en} ({self.decision})")

    def as_json(self) -> dict[str, Any]:
        """The shape of docs/answers.md."""
        return {
            "kind": self.kind,
            "action": self.action,
            "employee_id": self.employee_id,
            "name": self.name,
            "dn": self.dn,
            "address": self.address,
            "before": {name: list(values) for name, values in self.before.items()},
            "after": {name: list(values) for name, values in self.after.items()},
            "why": str(self.why),
        }

    @property
    def order(self) -> tuple[int, str, str]:
        """How plans are sorted: every run prints the same plan."""
        return (KIND_ORDER[self.kind], self.employee_id, self.dn)


@dataclass(frozen=True, slots=True)
class Limit:
    """One safety limit with what the plan does against it; `exceeded` means value > limit."""

    name: str
    value: int
    limit: int

    @property
    def exceeded(self) -> bool:
        return self.value > self.limit

    def as_json(self) -> dict[str, Any]:
        """The shape of docs/answers.md."""
        return {"name": self.name, "value": self.value, "limit": self.limit, "exceeded": self.exceeded}


@dataclass(slots=True)
class Population:
    """How many entries the limits are measured against: people in good standing, by agency and in all, and others."""

    people: int = 0
    by_agency: dict[str, int] = field(default_factory=dict)
    agencies: int = 0
    memberships: int = 0
    occupancies: int = 0


@dataclass(slots=True)
class Plan:
    """Everything one run would do.

    `bound` holds the digest of each entry that the plan touches as it stood when the plan was made, `rest_digest` that
    of all others together; both are filled only for a plan that goes into a file.
    """

    changes: list[Change]
    problems: list[Problem]
    population: Population
    unchanged: int = 0
    unchanged_others: int = 0
    limits: list[Limit] = field(default_factory=list)
    plan_id: str = ""
    rest_digest: str = ""
    bound: dict[str, str] = field(default_factory=dict)

    @property
    def stops(self) -> bool:
        """Whether a problem stops the run before the first write."""
        return any(problem.stops for problem in self.problems)

    @property
    def exceeded(self) -> list[Limit]:
        return [limit for limit in self.limits if limit.exceeded]

    def counts(self) -> dict[str, int]:
        """Changes to people by action, with `unchanged`: the counts of docs/answers.md."""
        counts: dict[str, int] = dict.fromkeys(ACTIONS, 0)
        for change in self.changes:
            if change.kind == "person":
                counts[change.action] += 1
        return {**counts, "unchanged": self.unchanged}

    def other_counts(self) -> dict[str, dict[str, int]]:
        """Changes to agencies, role mailboxes and lists by action."""
        counts: dict[str, dict[str, int]] = {}
        for change in self.changes:
            if change.kind != "person":
                by_action = counts.setdefault(change.kind, {})
                by_action[change.action] = by_action.get(change.action, 0) + 1
        return counts
