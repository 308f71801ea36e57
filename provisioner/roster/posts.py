"""Rows of one person key become one person: the main post first, the other posts after it in file order.

A person may stand in several rows (kiêm nhiệm, biệt phái). Homonyms with different ids are different people and give
nothing; one id with two names is an error that names both rows. A person is working when any row says so; the posts of
the rows that say less (moved away, retired from that post) are then not held any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from foundation.language import Text
from foundation.vietnamese import equality_key
from provisioner.people import Name, Person, Post, PostKind, Standing
from provisioner.roster.problem_list import ProblemList

TWO_NAMES = Text("cùng mã nhưng khác tên: {first} (dòng {of})", "one id, two names: {first} (row {of})")
TWO_MAINS = Text("hai vị trí chính của cùng một người (dòng {of})", "two main posts of one person (row {of})")
SAME_POST = Text("lặp lại dòng {of}, bỏ qua", "repeats row {of}, ignored")
TAKEN_AS_CONCURRENT = Text(
    "dòng thứ hai của cùng một người, hiểu là kiêm nhiệm (dòng đầu: {of})",
    "a second row of one person, read as a concurrent post (first row: {of})",
)
_CHECK_IDS = Text(
    "mỗi người một mã: sửa mã hoặc tên ở một trong hai dòng",
    "every person has an own id: correct the id or the name in one of the rows",
)
_ONE_MAIN = Text(
    "mỗi người chỉ có một vị trí chính; các dòng khác ghi kiêm nhiệm hoặc biệt phái",
    "a person has one main post; write kiêm nhiệm or biệt phái in the other rows",
)
_SAY_KIND = Text(
    "ghi rõ ở cột Hình thức: chính, kiêm nhiệm hoặc biệt phái",
    "say in the column Hình thức: chính, kiêm nhiệm or biệt phái",
)
_STANDING_ORDER: Final[dict[Standing, int]] = {"working": 0, "suspended": 1, "left": 2}


@dataclass(slots=True)
class PostRow:
    """One row of the roster, read: a person in a post. `kind` is None where the row does not say."""

    row: int
    employee_id: str
    name: Name
    agency: str
    title: str
    rank: str
    kind: PostKind | None
    standing: Standing
    hired_on: date | None
    phone: str
    decision: str
    effective_on: date | None


def person_of(rows: list[PostRow], columns: dict[str, str], problems: ProblemList) -> Person | None:
    """The person of all rows with one id (in file order); None when the rows contradict each other."""
    first = rows[0]
    if len(rows) == 1:
        return _person(first, (_post(first, "main"),))
    key = equality_key(first.name.full)
    for other in rows[1:]:
        if other.name.full != first.name.full and equality_key(other.name.full) != key:
            problems.error(
                TWO_NAMES,
                row=other.row,
                column=columns.get("employee_id", ""),
                value=f"{other.employee_id}: {other.name.full}",
                hint=_CHECK_IDS,
                first=first.name.full,
                of=first.row,
            )
            return None
    best = min(_STANDING_ORDER[row.standing] for row in rows)
    held = _without_repeats([row for row in rows if _STANDING_ORDER[row.standing] == best], problems)
    main = _main_row(held, columns, problems)
    if main is None:
        return None
    others = tuple(
        _post(row, row.kind if row.kind in ("concurrent", "secondment") else "concurrent")
        for row in held
        if row is not main
    )
    return _person(main, (_post(main, "main"), *others), rows)


def _main_row(rows: list[PostRow], columns: dict[str, str], problems: ProblemList) -> PostRow | None:
    mains = [row for row in rows if row.kind == "main"]
    column = columns.get("post_kind", "")
    if len(mains) > 1:
        problems.error(
            TWO_MAINS, row=mains[1].row, column=column, value=mains[1].employee_id, hint=_ONE_MAIN, of=mains[0].row
        )
        return None
    unsaid = [row for row in rows if row.kind is None]
    main = (mains or unsaid or rows)[0]
    for row in unsaid:
        if row is not main:
            problems.warning(
                TAKEN_AS_CONCURRENT, row=row.row, column=column, value=row.employee_id, hint=_SAY_KIND, of=main.row
            )
    return main


def _without_repeats(rows: list[PostRow], problems: ProblemList) -> list[PostRow]:
    """The rows without those that say again what an earlier row said: same agency, title and kind."""
    seen: dict[tuple[str, str, PostKind | None], PostRow] = {}
    kept = []
    for row in rows:
        earlier = seen.setdefault((row.agency, row.title, row.kind), row)
        if earlier is row:
            kept.append(row)
        else:
            problems.warning(SAME_POST, row=row.row, value=f"{row.employee_id}: {row.name.full}", of=earlier.row)
    return kept


def _post(row: PostRow, kind: PostKind) -> Post:
    return Post(row.agency, row.title, row.rank, kind, row.effective_on, row.decision)


def _person(main: PostRow, posts: tuple[Post, ...], rows: list[PostRow] | None = None) -> Person:
    hired_on, phone, first_row = main.hired_on, main.phone, main.row
    if rows:
        hired_on = hired_on or next((row.hired_on for row in rows if row.hired_on), None)
        phone = phone or next((row.phone for row in rows if row.phone), "")
        first_row = rows[0].row
    return Person(
        main.employee_id, main.name, posts, main.standing, hired_on, phone, main.decision, main.effective_on, first_row
    )
