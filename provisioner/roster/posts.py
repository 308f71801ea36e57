"""Rows of one person key become one person: the main post first, the other posts after it in file order.

A person may stand in several rows (kiêm nhiệm, biệt phái). Homonyms with different ids are different people and give
nothing; one id with two names is an error that names both rows. A person is working when any row says so; the posts of
the rows that say less (moved away, retired from that post) are then not held any more. Nobody gets a main post that no
row gives: that is a question, and in the roster of one agency (whose people may have it elsewhere) no person.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
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
NO_MAIN = Text(
    "không có vị trí chính, chỉ có kiêm nhiệm hoặc biệt phái: {name}", "no main post; only concurrent ones: {name}"
)
_ANSWER_MAIN = Text(
    "thêm dòng vị trí chính; hoặc nếu vị trí ở dòng {of} là chính, trả lời trong tệp [roster] answers: "
    "{id}, {header}, Chính",
    "add the row of the main post; or if the post in row {of} is the main one, answer in [roster] answers: "
    "{id}, {header}, Chính",
)
OTHER_AGENCY = Text("danh sách này chỉ của đơn vị {agency}", "this roster is for agency {agency} only")
_OWN_ROSTER = Text(
    "bỏ dòng này (người đó thuộc danh sách của đơn vị kia), hoặc ghi kiêm nhiệm, biệt phái",
    "remove the row (the person belongs to the other agency's roster), or write kiêm nhiệm or biệt phái",
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


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known beside the rows of a person.

    `confirmed` are the ids whose first post is the main one by the administrator's word, `waiting` those that have
    further rows not yet in effect. `without_main` collects the ids that give no person for want of a main post.
    """

    columns: Mapping[str, str]
    scope_agency: str | None = None
    confirmed: Collection[str] = ()
    waiting: Collection[str] = ()
    without_main: list[str] = field(default_factory=list)


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


def person_of(rows: list[PostRow], reading: Reading, problems: ProblemList) -> Person | None:
    """The person of all rows with one id (in file order); None when they contradict each other or give no main
    post."""
    first = rows[0]
    if len(rows) == 1:
        if first.kind not in ("main", None) and not _may_be_main(first, reading, problems):
            return None
        return _person(first, (_post(first, "main"),)) if _in_scope(first, reading, problems) else None
    key = equality_key(first.name.full)
    for other in rows[1:]:
        if other.name.full != first.name.full and equality_key(other.name.full) != key:
            problems.error(
                TWO_NAMES,
                row=other.row,
                column=reading.columns.get("employee_id", ""),
                value=f"{other.employee_id}: {other.name.full}",
                hint=_CHECK_IDS,
                first=first.name.full,
                of=first.row,
            )
            return None
    best = min(_STANDING_ORDER[row.standing] for row in rows)
    held = _without_repeats([row for row in rows if _STANDING_ORDER[row.standing] == best], problems)
    main = _main_row(held, reading, problems)
    if main is None or not _in_scope(main, reading, problems):
        return None
    others = tuple(
        _post(row, row.kind if row.kind in ("concurrent", "secondment") else "concurrent")
        for row in held
        if row is not main
    )
    return _person(main, (_post(main, "main"), *others), rows)


def _main_row(rows: list[PostRow], reading: Reading, problems: ProblemList) -> PostRow | None:
    mains = [row for row in rows if row.kind == "main"]
    column = reading.columns.get("post_kind", "")
    if len(mains) > 1:
        problems.error(
            TWO_MAINS, row=mains[1].row, column=column, value=mains[1].employee_id, hint=_ONE_MAIN, of=mains[0].row
        )
        return None
    unsaid = [row for row in rows if row.kind is None]
    if not mains and not unsaid and not _may_be_main(rows[0], reading, problems):
        return None
    main = (mains or unsaid or rows)[0]
    for row in unsaid:
        if row is not main:
            problems.warning(
                TAKEN_AS_CONCURRENT, row=row.row, column=column, value=row.employee_id, hint=_SAY_KIND, of=main.row
            )
    return main


def _may_be_main(row: PostRow, reading: Reading, problems: ProblemList) -> bool:
    """Whether the first post of somebody without a main row is the main one all the same: only when so answered."""
    if row.employee_id in reading.confirmed:
        return True
    reading.without_main.append(row.employee_id)
    if reading.scope_agency is None and row.employee_id not in reading.waiting:
        column = reading.columns.get("post_kind", "")
        problems.question(
            NO_MAIN,
            row=row.row,
            column=column,
            value=row.employee_id,
            hint=_ANSWER_MAIN,
            name=row.name.full,
            of=row.row,
            id=row.employee_id,
            header=column,
        )
    return False


def _in_scope(main: PostRow, reading: Reading, problems: ProblemList) -> bool:
    """Whether a main post belongs into this roster; an error when it does not."""
    if reading.scope_agency in (None, main.agency):
        return True
    problems.error(
        OTHER_AGENCY,
        row=main.row,
        column=reading.columns.get("agency_code") or reading.columns.get("agency_name", ""),
        value=f"{main.employee_id}: {main.agency}",
        hint=_OWN_ROSTER,
        agency=reading.scope_agency,
    )
    return False


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
