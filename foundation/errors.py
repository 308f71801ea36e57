"""The errors that a person may see, each with its exit code and the next step.

    CongvuError                 70  our bug when raised bare; every subclass below is an expected outcome
    ├── UsageError               2  wrong use, missing file, or confirmation that nobody can give
    │   └── Declined             2  somebody was asked and said no: no mistake
    ├── LimitExceeded            4  a safety limit is exceeded and not forced
    ├── StalePlan                4  a plan file no longer matches the roster or the directory, is damaged or expired
    ├── InputError              65  the input has problems of severity error or question (carries all of them)
    ├── Unreachable             69  a server cannot be reached or refuses us (bind, certificate)
    ├── StorageError            69  our own database cannot be opened, read or written
    ├── Busy                    75  another run holds the lock: try again
    └── ConfigError             78  bad configuration (carries all problems at once)

The codes are those of docs/answers.md, which follow sysexits(3) where it can. Messages are `Text`: Vietnamese and
English. `hint` is the next step; it is shown on a line of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from foundation.language import Text

Severity = Literal["error", "question", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input: where it stands, what it says and what to do.

    `row` is the 1-based line (or sheet row) of the file; `column` is the header as the file spells it; `value` is the
    offending text, cut to a length fit for a screen by whoever shows it.
    """

    severity: Severity
    message: Text
    file: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""
    hint: Text | None = None

    @property
    def stops(self) -> bool:
        """Whether this problem stops a run before the first write."""
        return self.severity != "warning"

    def as_json(self) -> dict[str, Any]:
        """The shape of docs/answers.md, in the current language."""
        return {
            "severity": self.severity,
            "file": self.file,
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "message": str(self.message),
            "hint": str(self.hint) if self.hint else "",
        }


class CongvuError(Exception):
    """Base of everything we raise on purpose."""

    exit_code: ClassVar[int] = 70

    def __init__(
        self,
        message: Text,
        hint: Text | None = None,
        problems: tuple[Problem, ...] = (),
        candidates: tuple[dict[str, Any], ...] = (),
    ) -> None:
        """`candidates`: what was meant may be one of these, as plain values for a script that has to choose."""
        super().__init__(message.en)
        self.message = message
        self.hint = hint
        self.problems = problems
        self.candidates = candidates


class UsageError(CongvuError):
    exit_code = 2


class Declined(UsageError):
    """Nothing is wrong."""


class LimitExceeded(CongvuError):
    exit_code = 4


class StalePlan(CongvuError):
    exit_code = 4


class InputError(CongvuError):
    exit_code = 65


class Unreachable(CongvuError):
    exit_code = 69


class StorageError(CongvuError):
    exit_code = 69


class Busy(CongvuError):
    exit_code = 75


class ConfigError(CongvuError):
    exit_code = 78
