"""Collects the problems of one file, all of them, but lists only the first hundred of each kind and counts the rest.

It decides nothing about what is wrong; it promises bounded memory however bad the file is, and an order by row.
"""

from __future__ import annotations

from typing import Any

from foundation.errors import Problem, Severity
from foundation.language import Text
from provisioner.roster.sizes import PROBLEMS_OF_A_KIND

_VALUE_CHARACTERS = 200

AND_MORE = Text("và {count} dòng nữa cùng lỗi: {message}", "and {count} more rows like: {message}")


class ProblemList:
    """Problems of the file `file`; a kind is a severity, a message (before its values are filled in) and a column."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._listed: list[Problem] = []
        self._counts: dict[tuple[Severity, str, str], int] = {}
        self._messages: dict[tuple[Severity, str, str], Text] = {}

    def add(
        self,
        severity: Severity,
        message: Text,
        *,
        row: int | None = None,
        column: str = "",
        value: object = "",
        hint: Text | None = None,
        **values: Any,
    ) -> None:
        """Add one problem; `values` fill the `{name}` fields of message and hint."""
        kind = (severity, message.en, column)
        count = self._counts.get(kind, 0) + 1
        self._counts[kind] = count
        if count > PROBLEMS_OF_A_KIND:
            return
        if values:
            message = message.format(**values)
            hint = hint.format(**values) if hint else None
        self._messages.setdefault(kind, message)
        shown = str(value)[:_VALUE_CHARACTERS]
        self._listed.append(Problem(severity, message, self.file, row, column, shown, hint))

    def error(self, message: Text, **details: Any) -> None:
        """Add a problem that must be corrected in the file."""
        self.add("error", message, **details)

    def question(self, message: Text, **details: Any) -> None:
        """Add a problem that a person must decide."""
        self.add("question", message, **details)

    def warning(self, message: Text, **details: Any) -> None:
        """Add something worth knowing that stops nothing."""
        self.add("warning", message, **details)

    @property
    def error_count(self) -> int:
        """How many errors there are, listed or only counted."""
        return sum(count for (severity, _, _), count in self._counts.items() if severity == "error")

    def room_for(self, severity: Severity, message: Text, column: str = "") -> bool:
        """Whether one more problem of this kind would be listed: ask before an expensive hint is made."""
        return self._counts.get((severity, message.en, column), 0) < PROBLEMS_OF_A_KIND

    def sorted(self) -> list[Problem]:
        """All problems by row (those of the whole file first), each kind that was cut followed by its count."""
        problems = sorted(self._listed, key=lambda problem: problem.row or 0)
        for kind, count in self._counts.items():
            if count > PROBLEMS_OF_A_KIND:
                severity, _, column = kind
                text = AND_MORE.format(count=count - PROBLEMS_OF_A_KIND, message=self._messages[kind])
                problems.append(Problem(severity, text, self.file, None, column))
        return problems
