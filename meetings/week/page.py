"""The week as HTML (a page of its own, or the inside of one) and as plain text. Pure but for reading templates.

The table is layout A of real schedules; on a narrow screen its rows are cards. Printed it is A4 across. There is no
script, no picture and no link in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from foundation.language import Language, Text
from foundation.rendering import Renderer
from foundation.workdays import WorkCalendar
from meetings.week import wording
from meetings.week.changes import KINDS, Difference
from meetings.week.days import Day, days_of
from meetings.week.table import FULL, PUBLIC, Row, WeekTable

PAGE: Final = "reports/week.html"
INSIDE: Final = "reports/week_table.html"
TEXT: Final = "reports/week.txt"

_COLUMNS: Final = (
    ("time", wording.TIME, wording.hours),
    ("content", wording.CONTENT, wording.content),
    ("leaders", wording.LEADERS, wording.leaders),
    ("places", wording.PLACES, wording.places),
    ("participants", wording.PARTICIPANTS, wording.participants),
    ("followed", wording.FOLLOWED_BY, wording.followed_by),
    ("notes", wording.NOTES, wording.notes),
)


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One edition of the change log."""

    number: int
    issued_at: datetime
    issued_by: str
    changes: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown: the table, in whose name, whose cut (`reader`: the leader's name), and the change log."""

    table: WeekTable
    organisation: str
    calendar: WorkCalendar = field(default_factory=WorkCalendar)
    reader: str = ""
    log: Sequence[LogEntry] = ()


def page(shown: Shown, renderer: Renderer, language: Language) -> str:
    """A whole document, to print or to send. Raises ConfigError for a bad template."""
    return renderer.render(PAGE, language, **variables(shown, language))


def inside(shown: Shown, renderer: Renderer, language: Language) -> str:
    """What stands within `main` of a page of ours."""
    return renderer.render(INSIDE, language, **variables(shown, language))


def plain(shown: Shown, renderer: Renderer, language: Language) -> str:
    """The same for a terminal or a mail."""
    return renderer.render(TEXT, language, **variables(shown, language))


def variables(shown: Shown, language: Language) -> dict[str, Any]:
    """What the templates receive, in one language."""
    table, of = shown.table, 0 if language == "vi" else 1
    return {
        "organisation": shown.organisation,
        "title": table.week.title[of],
        "period": table.week.period[of],
        "edition": wording.edition(table.edition, table.draft)[of],
        "issued_at": f"{table.issued_at:%d/%m/%Y %H:%M}" if table.issued_at else "",
        "reader": _reader(shown)[of],
        "day_label": wording.DAY[of],
        "columns": [{"name": name, "label": label[of]} for name, label, _ in _COLUMNS],
        "days": [_day(day, of) for day in days_of(table.week, table.rows, shown.calendar)],
        "log": [_entry(entry, of) for entry in shown.log if entry.number],
    }


def _reader(shown: Shown) -> Text:
    if shown.table.cut in (FULL, PUBLIC):
        return Text("", "")
    return Text("Lịch của đ/c {name}", "Schedule of {name}").format(name=shown.reader or shown.table.cut)


def _day(day: Day, of: int) -> dict[str, Any]:
    return {
        "weekday": wording.weekday(day.day)[of],
        "date": f"{day.day:%d/%m/%Y}",
        "note": day.note[of],
        "rows": [_row(row, of) for row in day.rows],
    }


def _row(row: Row, of: int) -> list[dict[str, str]]:
    return [{"name": name, "label": label[of], "text": said(row)[of]} for name, label, said in _COLUMNS]


def _entry(entry: LogEntry, of: int) -> dict[str, Any]:
    return {
        "name": wording.edition(entry.number, False)[of],
        "issued_at": f"{entry.issued_at:%d/%m/%Y %H:%M}",
        "changes": [_change(change, of) for change in entry.changes],
    }


def _change(change: Difference, of: int) -> dict[str, Any]:
    return {
        "kind": KINDS[change.kind][of],
        "text": wording.summary(change.row)[of],
        "why": change.why[of],
        "fields": [
            {"label": each.label[of], "before": each.before[of], "after": each.after[of]} for each in change.fields
        ],
    }
