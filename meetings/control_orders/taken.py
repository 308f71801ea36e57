"""Who was found to be taken while a form was drafted, and whether that still holds when the form is stored.

One daemon drafts one form after the other. On PostgreSQL another one may take its place after a cut and take the same
people meanwhile, so there the unit of work that stores a form looks once more, alone.
"""

from __future__ import annotations

from typing import Final

from foundation.storage import Database, Transaction
from meetings.desk import views
from meetings.form.values import BusyQuestion, Calendars

_ALONE: Final = "calendars"


class Moved(Exception):
    """The meeting, or who is free at its time, is not what it was when the form was drafted."""


class Taken:
    """Of one form."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._found: list[tuple[BusyQuestion, Calendars]] = []

    def ask(self, question: BusyQuestion) -> Calendars:
        """Whose intervals are taken now. Blocks."""
        found = self._database.read(lambda transaction: views.busy(transaction, question))
        self._found.append((question, found))
        return found

    def check(self, transaction: Transaction) -> None:
        """Nobody else was taken since, and until the end of this unit of work nobody will be. Raises Moved."""
        if transaction.dialect == "sqlite":  # one process writes
            return
        if not transaction.try_exclusive(_ALONE):
            raise Moved
        if any(views.busy(transaction, question) != found for question, found in self._found):
            raise Moved
