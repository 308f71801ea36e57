"""Collects the problems of one file, all of them, but lists only the first of each kind and counts the rest.

It decides nothing about what is wrong; it promises bounded memory however bad the file is, and an order by row.
"""

from __future__ import annotations

from typing import Any

from foundation.errors import Problem, Severity
from foundation.language import Text
from provisioner.roster.sizes import PROBLEMS_OF_A_KIND

_VALUE_CHARACTERS = 200

_Kind = tuple[Severity, str, str]
"""Severity, message before its values are filled in, column."""

AND_MORE = Text("và {count} dòng nữa cùng lỗi: {message}", "and {count} more rows like: {message}")


class ProblemList:
    """Problems of the file `file`; a kind is a severity, a message (before its values are filled in) and a column."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._listed: list[Problem] = []
        self._counts: dict[_Kind, int] = {}
        self._values: dict[_Kind, list[str]] = {}
        self._messages: dict[_Kind, Text] = {}

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
        shown = str(value)[:_VALUE_CHARACTERS]
        self._counts[kind] = self._counts.get(kind, 0) + 1
        if not self._has_place(kind, shown):
            return
        if values:
            message = message.format(**values)
            hint = hint.format(**values) if hint else None
        self._messages.setdefault(kind, message)
        self._listed.append(Problem(severity, message, self.file, row, column, shown, hint))

    def _has_place(self, kind: _Kind, value: str) -> bool:
        """The first hundred of a kind are listed, and then a hundred more with values not listed before.

        So one unknown word in a thousand rows does not hide another one below it.
        """
        listed = self._values.setdefault(kind, [])
        if len(listed) >= PROBLEMS_OF_A_KIND and (
            len(listed) >= 2 * PROBLEMS_OF_A_KIND or not value or value in listed
        ):
            return False
        listed.append(value)
        return True

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

    def sorted(self) -> list[Problem]:
        """All problems by row (those of the whole file first), each kind that was cut followed by its count."""
        problems = sorted(self._listed, key=lambda problem: problem.row or 0)
        for kind, count in self._counts.items():
            unlisted = count - len(self._values[kind])
            if unlisted:
                severity, _, column = kind
                text = AND_MORE.format(count=unlisted, message=self._messages[kind])
                problems.append(Problem(severity, text, self.file, None, column))
        return problems
