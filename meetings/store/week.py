"""Editions of the weekly schedule: what was issued, for ever; and mails that wait to tell of it.

Nothing changes an edition but `blank`, when a meeting becomes secret: then its rows, and its lines in mails about the
week, lose their words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from foundation.clock import from_microseconds, microseconds
from foundation.storage import Row as Columns
from foundation.storage import Transaction
from foundation.storage.batches import insert_rows
from meetings.store.as_json import json_text
from meetings.week.as_json import BLANKED_LINE, read_row, stored_row
from meetings.week.changes import blanked
from meetings.week.iso_week import IsoWeek
from meetings.week.rows import in_order
from meetings.week.table import Edition

_INSERT = "INSERT INTO week_edition (week, number, issued_at, issued_by) VALUES (?, ?, ?, ?)"
_INSERT_ROWS = "INSERT INTO week_row (week, number, uid, recurrence_id, content)"
_SELECT = "SELECT number, issued_at, issued_by FROM week_edition WHERE week = ? ORDER BY number"
_SELECT_LAST = "SELECT number, issued_at, issued_by FROM week_edition WHERE week = ? ORDER BY number DESC LIMIT 1"
_SELECT_ROWS = "SELECT number, uid, recurrence_id, content FROM week_row WHERE week = ?"
_SELECT_ROWS_OF = "SELECT number, uid, recurrence_id, content FROM week_row WHERE week = ? AND number = ?"
_SELECT_OF_MEETING = "SELECT week, number, recurrence_id, content FROM week_row WHERE uid = ?"
_UPDATE_ROW = "UPDATE week_row SET content = ? WHERE week = ? AND number = ? AND uid = ? AND recurrence_id = ?"
_SELECT_MAILS = "SELECT id, details FROM promised WHERE purpose = 'week' AND details LIKE ? ESCAPE '!'"
_UPDATE_MAIL = "UPDATE promised SET details = ? WHERE id = ?"


def add(transaction: Transaction, edition: Edition) -> None:
    """Store an edition. Raises ConstraintViolated when another of this number was issued meanwhile."""
    week = str(edition.week)
    transaction.execute(_INSERT, (week, edition.number, microseconds(edition.issued_at), edition.issued_by))
    rows = [(week, edition.number, row.uid, row.recurrence_id, json_text(stored_row(row))) for row in edition.rows]
    insert_rows(transaction, _INSERT_ROWS, rows)


def last(transaction: Transaction, week: IsoWeek, timezone: str) -> Edition | None:
    """What was issued last; None when nothing was."""
    found = transaction.execute(_SELECT_LAST, (str(week),))
    if not found:
        return None
    rows = transaction.execute(_SELECT_ROWS_OF, (str(week), found[0][0]))
    return _edition(week, found[0], rows, timezone)


def editions(transaction: Transaction, week: IsoWeek, timezone: str) -> list[Edition]:
    """All that was issued of a week, the first first."""
    rows: dict[int, list[Columns]] = {}
    for row in transaction.execute(_SELECT_ROWS, (str(week),)):
        rows.setdefault(row[0], []).append(row)
    issued = transaction.execute(_SELECT, (str(week),))
    return [_edition(week, each, rows.get(each[0], []), timezone) for each in issued]


def blank(transaction: Transaction, uid: str, timezone: str) -> None:
    """This meeting is secret from now on: no edition and no mail about the week says anything of it."""
    for week, number, recurrence_id, content in transaction.execute(_SELECT_OF_MEETING, (uid,)):
        row = blanked(read_row(uid, recurrence_id, json.loads(content), timezone))
        transaction.execute(_UPDATE_ROW, (json_text(stored_row(row)), week, number, uid, recurrence_id))
    for mail, details in transaction.execute(_SELECT_MAILS, (f"%{_escaped(uid)}%",)):
        transaction.execute(_UPDATE_MAIL, (json_text(_without(uid, json.loads(details))), mail))


def _without(uid: str, details: Mapping[str, Any]) -> dict[str, Any]:
    rows = [_blank_line(row) if row.get("uid") == uid else row for row in details.get("rows", ())]
    return {**details, "rows": rows}


def _blank_line(row: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: BLANKED_LINE.vi if row.get(name) else "" for name in ("before", "after")}
    beside = {f"{name}_en": BLANKED_LINE.en if row.get(f"{name}_en") else "" for name in ("before", "after")}
    return {**row, **said, **beside}


def _escaped(text: str) -> str:
    for letter in "!%_":
        text = text.replace(letter, "!" + letter)
    return text


def _edition(week: IsoWeek, issued: Columns, rows: Sequence[Columns], timezone: str) -> Edition:
    number, issued_at, issued_by = issued
    read = [read_row(uid, recurrence_id, json.loads(content), timezone) for _, uid, recurrence_id, content in rows]
    at = from_microseconds(issued_at).astimezone(ZoneInfo(timezone))
    return Edition(week, number, at, issued_by, tuple(sorted(read, key=in_order)))
