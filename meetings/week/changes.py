"""What differs between two editions of a week, and whom it concerns. Pure.

Rows are compared by meeting and occurrence, so that one that is moved is one change. What a reader cannot see
(SEQUENCE) is no difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from foundation.language import Text
from meetings.week import wording
from meetings.week.cuts import cut_any
from meetings.week.table import FULL, Cut, Row

ChangeKind = Literal["added", "changed", "removed"]
KINDS: Final[dict[ChangeKind, Text]] = {
    "added": Text("thêm", "added"),
    "changed": Text("đổi", "changed"),
    "removed": Text("bỏ", "removed"),
}

_COLUMNS: Final[tuple[tuple[str, Text, Callable[[Row], object], Callable[[Row], Text]], ...]] = (
    ("time", wording.TIME, lambda row: (row.start, row.end), wording.moment),
    ("content", wording.CONTENT, lambda row: (row.secret, row.content), wording.content),
    ("leaders", wording.LEADERS, lambda row: row.leaders, wording.leaders),
    ("places", wording.PLACES, lambda row: (row.places, row.online), wording.places),
    ("participants", wording.PARTICIPANTS, lambda row: row.participants, wording.participants),
    ("followed_by", wording.FOLLOWED_BY, lambda row: row.followed_by, wording.followed_by),
    ("notes", wording.NOTES, lambda row: (row.number, row.urgency), wording.notes),
)


_NOT_IN_A_LINE: Final = ("participants", "followed_by", "notes")
"""Columns that the line of a row leaves out."""
_NOTHING: Final = Text("", "")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One column of a row, before and after; `name` is the key for scripts, `label` the heading."""

    name: str
    label: Text
    before: Text
    after: Text


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that is new, other, or gone. `why`: of a removed one, cancelled (hủy) or moved to another week; then
    `moved` is where it went."""

    kind: ChangeKind
    before: Row | None
    after: Row | None
    fields: tuple[FieldChange, ...] = ()
    why: Text = _NOTHING

    @property
    def row(self) -> Row:
        """What it is about: as it is now, else as it was."""
        found = self.after or self.before
        if found is None:
            raise ValueError("a difference has a row before or after it")
        return found

    def concerns(self, address: str) -> bool:
        """Whether this leader chaired or attended, or does now."""
        return any(row is not None and row.concerns(address) for row in (self.before, self.after))


def differences(before: Sequence[Row], after: Sequence[Row], cut: Cut = FULL) -> tuple[Difference, ...]:
    """What became of the rows of this cut, in the order of the days. Rows of the two editions are given uncut."""
    old = {row.key: row for row in cut_any(before, cut) if row.standing == "on"}
    now = {row.key: row for row in cut_any(after, cut)}
    found = [
        *(_gone(row, now.get(key)) for key, row in old.items() if key not in now or now[key].standing != "on"),
        *(_other(old.get(key), row) for key, row in now.items() if row.standing == "on"),
    ]
    return tuple(sorted((one for one in found if one), key=lambda one: (one.row.day, one.row.secret, one.row.start)))


def lines(one: Difference) -> tuple[Text, Text]:
    """(before, after), each the row in one line with whatever else differs; empty for what there is not. A removed row
    says why."""
    before = wording.summary(one.before) if one.before else _NOTHING
    after = wording.summary(one.after) if one.after else _NOTHING
    for each in one.fields:
        if each.name in _NOT_IN_A_LINE:
            before, after = _with(before, each.label, each.before), _with(after, each.label, each.after)
    if one.why.vi and not one.after:
        before = Text(f"{before.vi}: {one.why.vi}", f"{before.en}: {one.why.en}")
    return before, after


def _with(line: Text, label: Text, said: Text) -> Text:
    return Text(f"{line.vi}; {label.vi}: {said.vi or '—'}", f"{line.en}; {label.en}: {said.en or '—'}")


def same_week(before: Sequence[Row], after: Sequence[Row]) -> bool:
    """Whether a reader of everything sees the same."""
    return not differences(before, after)


def _gone(before: Row, now: Row | None) -> Difference:
    if now is not None and now.standing == "cancelled":
        return Difference("removed", before, None, why=wording.cancelled(now))
    if now is not None and now.standing == "moved" and not now.secret:
        return Difference("removed", before, None, why=wording.MOVED.format(when=wording.moment(now)))
    return Difference("removed", before, None)


def _other(before: Row | None, after: Row) -> Difference | None:
    if before is None:
        return Difference("added", None, after)
    changed = tuple(
        FieldChange(name, label, said(before), said(after))
        for name, label, value, said in _COLUMNS
        if value(before) != value(after)
    )
    return Difference("changed", before, after, changed) if changed else None


def affected(found: Iterable[Difference], addresses: Sequence[str]) -> dict[str, tuple[Difference, ...]]:
    """{leader's address: the differences that concern them}, without those whom none concerns."""
    listed = tuple(found)
    of = {address: tuple(one for one in listed if one.concerns(address)) for address in addresses}
    return {address: own for address, own in of.items() if own}


def blanked(row: Row) -> Row:
    """A row of an older edition whose meeting has become secret since: the day and nothing else; out of the schedule,
    so that calendars which have it take it out."""
    return replace(
        Row(row.uid, row.recurrence_id, row.sequence, row.start, row.end),
        secret=True,
        standing="cancelled",
    )
