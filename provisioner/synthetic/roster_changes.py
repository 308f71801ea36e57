"""What happens to a roster between two syncs: people join, move, change their name, leave; or the file is broken.

Pure: each function takes rows and gives new rows. The people concerned are chosen evenly over the roster, never among
the first five, which trials keep for themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from random import Random

from foundation.vietnamese import encode_tcvn3
from provisioner.synthetic.personal_names import InventedName, NameMaker
from provisioner.synthetic.staff import StaffRow

KEPT = 5
"""Rows at the start that no change touches."""


def with_joiners(rows: Sequence[StaffRow], count: int, random_seed: int) -> list[StaffRow]:
    """`count` new people, each in the agency of somebody who works there already."""
    dice = Random(random_seed)  # noqa: S311  (no secret: invented data)
    names = NameMaker("national")
    last = max((int(row.employee_id[2:]) for row in rows), default=0)
    joiners = []
    for number, colleague in enumerate(_chosen(rows, count), last + 1):
        name = names.name(dice, colleague.sex, colleague.birth.year)
        phone = f"0{int(dice.random() * 900_000_000) + 100_000_000}"
        joiners.append(
            replace(colleague, employee_id=f"CB{number:06d}", name=name, title="Chuyên viên", phone=phone, kind="Chính")
        )
    return [*rows, *joiners]


def with_movers(rows: Sequence[StaffRow], count: int) -> list[StaffRow]:
    """`count` people whose main post goes to another agency."""
    places = list(dict.fromkeys((row.agency, row.agency_name) for row in rows))

    def moved(row: StaffRow) -> StaffRow:
        index = places.index((row.agency, row.agency_name))
        agency, name = places[(index + 1) % len(places)]
        return replace(
            row, agency=agency, agency_name=name, decision=f"{1000 + index}/QĐ-UBND", decision_date=date(2026, 1, 5)
        )

    return _changed(rows, count, moved)


def with_new_family_names(rows: Sequence[StaffRow], count: int, family: str = "Trương") -> list[StaffRow]:
    """`count` people who change their family name (on marriage or adoption, by a decision of the registrar)."""

    def renamed(row: StaffRow) -> StaffRow:
        new = family if row.name.family != family else "Đoàn"
        full = " ".join(part for part in (new, row.name.middle, row.name.given) if part)
        return replace(row, name=InventedName(full, new, row.name.middle, row.name.given, "Kinh"))

    return _changed(rows, count, renamed, only=lambda row: row.name.ethnic_group == "Kinh" and row.sex == "female")


def with_leavers(rows: Sequence[StaffRow], count: int, *, absent: bool = True) -> list[StaffRow]:
    """`count` people who have left: absent from the file, or marked as retired."""
    if not absent:
        return _changed(rows, count, lambda row: replace(row, status="Nghỉ hưu"))
    gone = {row.employee_id for row in _chosen(rows, count)}
    return [row for row in rows if row.employee_id not in gone]


def truncated(rows: Sequence[StaffRow], share: float = 0.3) -> list[StaffRow]:
    """The roster without its last part, as a broken export leaves it."""
    return list(rows[: len(rows) - int(len(rows) * share)])


def broken(table: Sequence[Sequence[str]]) -> list[list[str]]:
    """The cells of a roster (header first, ten rows at least) with one of each mistake that real files have."""
    cells = [list(row) for row in table]
    column = {name: index for index, name in enumerate(cells[0])}
    cells[2][column["Mã CBCC"]] = cells[1][column["Mã CBCC"]]  # one id, two names
    cells[3][column["Ngày hiệu lực"]] = "31/02/2024"
    cells[4][column["Mã đơn vị"]] = "SXDD"
    cells[5][column["Chức vụ"]] = '=HYPERLINK("http://example.test")'
    cells[6][column["Họ và tên"]] = "Nguyễn " * 50
    # "Võ A Chua", or TCVN3 for "Vừ A Chua"? The row is TCVN3, the column Unicode: only a person can know
    cells[7] = [encode_tcvn3(cell, capital_font=True) for cell in cells[7]]
    cells[7][column["Họ và tên"]] = encode_tcvn3("Vừ A Chua")
    cells[8][column["Trạng thái"]] = "Chưa rõ"
    cells[9][column["Mã CBCC"]] = "1,23E+11"
    cells[10][column["Ngày tuyển dụng"]] = "05/01/20"
    return cells


def _chosen(rows: Sequence[StaffRow], count: int, only: Callable[[StaffRow], bool] | None = None) -> list[StaffRow]:
    """`count` main rows spread evenly over the roster."""
    once = [row for row in rows[KEPT:] if row.kind == "Chính" and (only is None or only(row))]
    if not once or count <= 0:
        return []
    step = max(1, len(once) // count)
    return once[step // 2 :: step][:count]


def _changed(
    rows: Sequence[StaffRow],
    count: int,
    change: Callable[[StaffRow], StaffRow],
    only: Callable[[StaffRow], bool] | None = None,
) -> list[StaffRow]:
    chosen = {row.employee_id for row in _chosen(rows, count, only)}
    changed = []
    for row in rows:
        if row.employee_id not in chosen:
            changed.append(row)
        elif row.kind == "Chính":
            changed.append(change(row))
        else:  # a second post of the same person follows a change of name or status, not of agency
            new = change(row)
            changed.append(replace(row, name=new.name, status=new.status))
    return changed
