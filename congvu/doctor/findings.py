"""What a check finds: a frozen value with a stable name, a state, and the next step when something is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from foundation.errors import CongvuError
from foundation.language import Text

State = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check. `name` is stable for scripts; `title` and `detail` are for people."""

    name: str
    title: Text
    state: State
    detail: Text
    next_step: Text | None = None

    def as_json(self) -> dict[str, Any]:
        """The shape of `congvu doctor --json`."""
        return {
            "name": self.name,
            "title": str(self.title),
            "state": self.state,
            "detail": str(self.detail),
            "next_step": str(self.next_step) if self.next_step else "",
        }


@dataclass(frozen=True, slots=True)
class Subject:
    """What is being checked; makes its findings."""

    name: str
    title: Text

    def ok(self, detail: Text) -> Finding:
        """All is well."""
        return Finding(self.name, self.title, "ok", detail)

    def warning(self, detail: Text, next_step: Text) -> Finding:
        """It works, but somebody should know."""
        return Finding(self.name, self.title, "warning", detail, next_step)

    def failed(self, detail: Text, next_step: Text | None = None) -> Finding:
        """It does not work, or it is not safe."""
        return Finding(self.name, self.title, "failed", detail, next_step)

    def attempt(self, check: Callable[[], Finding]) -> Finding:
        """The finding of this check; an expected error becomes a failure with its own hint."""
        try:
            return check()
        except CongvuError as error:
            return self.failed(error.message, error.hint)
