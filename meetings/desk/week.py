"""The weekly schedule at the desk: what it is now, what was issued of it, and issuing it.

An edition is stored only when a reader would see a difference; then the leaders whom the difference concerns, and
nobody else, are promised one mail with it. Which leaders there are is given; nothing here asks the directory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from foundation.clock import from_microseconds, microseconds
from foundation.journal import JSON
from foundation.storage import Transaction
from meetings.desk.context import Context
from meetings.desk.views import occurrences_between, week_occurrence
from meetings.meeting import Guest, Place
from meetings.records import WEEK_ISSUED
from meetings.store import attendees, meetings, mentions, occurrences, outbox
from meetings.store import week as editions
from meetings.store.mail_values import Promise
from meetings.store.view_values import WeekOccurrence
from meetings.week.as_json import told_rows
from meetings.week.changes import Difference, affected, differences, same_week
from meetings.week.cuts import cut_rows
from meetings.week.iso_week import IsoWeek
from meetings.week.page import LogEntry
from meetings.week.rows import all_rows, in_order
from meetings.week.table import FULL, Cut, Edition, Row, WeekTable


@dataclass(frozen=True, slots=True)
class Present:
    """A week as it is now, uncut, and the last edition of it, if any. `draft`: the two differ."""

    week: IsoWeek
    rows: tuple[Row, ...]
    last: Edition | None
    draft: bool

    def table(self, cut: Cut = FULL) -> WeekTable:
        """What the readers of this cut may read."""
        number, at = (self.last.number, self.last.issued_at) if self.last else (None, None)
        return WeekTable(self.week, cut_rows(self.rows, cut), cut, number, at, self.draft)


@dataclass(frozen=True, slots=True)
class Issued:
    """What issuing did. `unchanged`: nothing was different, `number` is the last edition's. `mailed` are the leaders'
    addresses that get a mail."""

    week: IsoWeek
    number: int
    changes: tuple[Difference, ...] = ()
    mailed: tuple[str, ...] = ()
    unchanged: bool = False


def present(
    transaction: Transaction, week: IsoWeek, timezone: str, leaders: Sequence[Guest], room: Place | None = None
) -> Present:
    """The week as the meetings have it now; `room` is that of the configuration."""
    last = editions.last(transaction, week, timezone)
    rows = _rows_now(transaction, week, timezone, leaders, last, room)
    return Present(week, rows, last, last is None or not same_week(last.rows, rows))


def as_issued(transaction: Transaction, week: IsoWeek, timezone: str) -> Present:
    """The week as it was issued last, without looking at the meetings; empty when it never was."""
    last = editions.last(transaction, week, timezone)
    return Present(week, last.rows if last else (), last, last is None)


def issued_table(transaction: Transaction, week: IsoWeek, timezone: str, cut: Cut) -> WeekTable | None:
    """The last edition as the readers of this cut may read it; None when the week was never issued."""
    last = editions.last(transaction, week, timezone)
    return WeekTable(week, cut_rows(last.rows, cut), cut, last.number, last.issued_at) if last else None


def log(transaction: Transaction, week: IsoWeek, timezone: str, cut: Cut = FULL) -> tuple[LogEntry, ...]:
    """What each edition changed for the readers of this cut, the first issue first."""
    found: list[LogEntry] = []
    before: tuple[Row, ...] = ()
    for edition in editions.editions(transaction, week, timezone):
        changes = differences(before, edition.rows, cut)
        found.append(LogEntry(edition.number, edition.issued_at, edition.issued_by, changes))
        before = edition.rows
    return tuple(found)


def issue(
    transaction: Transaction,
    week: IsoWeek,
    leaders: Sequence[Guest],
    context: Context,
    public_url: str,
    room: Place | None = None,
) -> Issued:
    """Issue the week as it is now: edition 0, or the next adjustment; nothing when it is as it was issued last."""
    timezone = context.office.timezone
    now = present(transaction, week, timezone, leaders, room)
    if now.last is not None and not now.draft:
        return Issued(week, now.last.number, unchanged=True)
    number = now.last.number + 1 if now.last else 0
    changes = differences(now.last.rows if now.last else (), now.rows)
    at = from_microseconds(context.at).astimezone(ZoneInfo(timezone))
    issued_before = {row.key for row in now.last.rows} if now.last else set()
    rows = tuple(row for row in now.rows if row.standing == "on" or row.key in issued_before)
    editions.add(transaction, Edition(week, number, at, context.operator, rows))
    mailed = _tell(transaction, week, number, changes, leaders, context, public_url)
    kinds = [change.kind for change in changes]
    public: dict[str, JSON] = {
        "week": str(week),
        "edition": number,
        "rows": sum(row.standing == "on" for row in now.rows),
        "added": kinds.count("added"),
        "changed": kinds.count("changed"),
        "removed": kinds.count("removed"),
        "mailed": len(mailed),
    }
    mentions.record(transaction, WEEK_ISSUED, context.at, None, public, {"order": {"by": context.operator}})
    return Issued(week, number, changes, mailed)


def _tell(
    transaction: Transaction,
    week: IsoWeek,
    number: int,
    changes: Sequence[Difference],
    leaders: Sequence[Guest],
    context: Context,
    public_url: str,
) -> tuple[str, ...]:
    of = 0 if context.office.language == "vi" else 1
    concerned = affected(changes, [leader.address for leader in leaders if leader.address])
    promises = [
        Promise(
            purpose="week",
            address=leader.address,
            dtstamp=context.at,
            promised_at=context.at,
            sequence=number,
            template=context.template,
            details={
                "week": str(week),
                "title": f"{week.title[of]} ({week.period[of]})",
                "title_en": f"{week.title.en} ({week.period.en})",
                "edition": number,
                "url": f"{public_url.rstrip('/')}/week/{week}" if public_url else "",
                "recipient": {"name": leader.name, "title": leader.title, "agency": leader.agency_name},
                "rows": told_rows(concerned[leader.address]),
            },
        )
        for leader in leaders
        if leader.address in concerned
    ]
    outbox.promise(transaction, promises)
    return tuple(promise.address for promise in promises)


def _rows_now(
    transaction: Transaction,
    week: IsoWeek,
    timezone: str,
    leaders: Sequence[Guest],
    last: Edition | None,
    room: Place | None,
) -> tuple[Row, ...]:
    start, end = week.bounds(timezone)
    sitting = occurrences_between(transaction, microseconds(start), microseconds(end))
    here = {(one.uid, one.recurrence_id) for one in sitting}
    gone = [row for row in last.rows if row.key not in here] if last else []
    elsewhere, ended = _elsewhere(transaction, gone)
    rows = all_rows(sitting, week, timezone, leaders, elsewhere, room)
    issued = {row.key for row in last.rows if row.standing == "on"} if last else set()
    told = (
        replace(row, reason=_why_cancelled(transaction, row))
        if row.standing == "cancelled" and not row.secret and row.key in issued
        else row
        for row in (*rows, *ended)
    )
    return tuple(sorted(told, key=in_order))


def _why_cancelled(transaction: Transaction, row: Row) -> str:
    """What the last cancellation of this sitting, or of its whole series, gave as its reason."""
    stored = meetings.by_uid(transaction, row.uid)
    return " ".join(outbox.cancellation_reason(transaction, stored.id, row.recurrence_id).split()) if stored else ""


def _elsewhere(transaction: Transaction, gone: Sequence[Row]) -> tuple[list[WeekOccurrence], list[Row]]:
    """Of rows that were in the week: the sittings that are somewhere else now, and rows of those that are nowhere."""
    found: list[WeekOccurrence] = []
    ended: list[Row] = []
    for row in gone:
        stored = meetings.by_uid(transaction, row.uid)
        sitting = occurrences.one(transaction, stored.id, row.recurrence_id) if stored else None
        if stored is not None and sitting is not None:
            people = attendees.of_meeting(transaction, stored.id)
            found.append(week_occurrence(stored, sitting, people))
        else:
            sequence = max(row.sequence, stored.sequence if stored else 0)
            ended.append(replace(row, sequence=sequence, standing="cancelled"))
    return found, ended


def stamp_of(table: WeekTable, now: datetime) -> datetime:
    """DTSTAMP of the week's calendar: when the edition was issued; of a draft, now."""
    return table.issued_at if table.issued_at and not table.draft else now
