"""Invents the staff of a province: who works where, as what, since when.

Every agency has a head, a văn thư and an IT officer (Phú Thọ 16/2009/CT-UBND: at least one per agency) as soon as it
has three people. The first five rows are an ordinary officer, a văn thư, a secretary, a leader and an IT officer, so
that trials find one of each without searching.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from provisioner.synthetic.dice import Weighted, between, pick
from provisioner.synthetic.invented_agencies import InventedAgency, Kind
from provisioner.synthetic.personal_names import InventedName, NameMaker, Region, Sex

VAN_THU = "Văn thư"
IT_OFFICER = "Chuyên viên công nghệ thông tin"
SECRETARY = "Chuyên viên văn phòng"
MEAN_STAFF = 60
"""People per agency: 1,428 agencies for 100,000 people in the model of the name collisions, rounded down."""

_HEADS: dict[Kind, str] = {
    "office": "Chánh Văn phòng",
    "department": "Giám đốc",
    "commune": "Chủ tịch",
    "school": "Hiệu trưởng",
}
_DEPUTIES: dict[Kind, str] = {
    "office": "Phó Chánh Văn phòng",
    "department": "Phó Giám đốc",
    "commune": "Phó Chủ tịch",
    "school": "Phó Hiệu trưởng",
}
_OTHERS: dict[Kind, dict[str, float]] = {
    "office": {
        "Chuyên viên": 50,
        SECRETARY: 20,
        "Chuyên viên chính": 15,
        "Trưởng phòng": 6,
        "Phó Trưởng phòng": 7,
        "Kế toán": 2,
    },
    "department": {"Chuyên viên": 55, "Chuyên viên chính": 20, "Trưởng phòng": 9, "Phó Trưởng phòng": 12, "Kế toán": 4},
    "commune": {
        "Chuyên viên": 45,
        "Công chức tư pháp - hộ tịch": 15,
        "Công chức địa chính": 15,
        SECRETARY: 10,
        "Kế toán": 8,
        "Trưởng phòng": 7,
    },
    "school": {"Giáo viên": 88, "Tổ trưởng chuyên môn": 7, "Kế toán": 2, "Nhân viên thư viện": 3},
}
_RANKS = {
    "Giáo viên": "Giáo viên hạng II",
    "Chuyên viên chính": "Chuyên viên chính",
    "Kế toán": "Kế toán viên",
    VAN_THU: "Văn thư viên",
}
_SIZES: dict[Kind, float] = {"office": 1.6, "department": 1.6, "commune": 1.0, "school": 0.8}
_STATUSES = Weighted({"Đang làm việc": 970, "Nghỉ thai sản": 14, "Đi học": 8, "Tập sự": 8})
_LATEST = date(2025, 12, 31)
"""No date of an invented roster is later, so that every row is in effect whenever the project is used."""


@dataclass(frozen=True, slots=True)
class StaffRow:
    """One row of an invented roster: a person in a post. Dates are real dates; the file decides how to write them."""

    employee_id: str
    name: InventedName
    sex: Sex
    birth: date
    agency: str
    agency_name: str
    title: str
    rank: str
    phone: str
    decision: str
    decision_date: date
    effective_on: date
    hired_on: date
    status: str = "Đang làm việc"
    kind: str = "Chính"


def invent_staff(
    dice: Random, people: int, agencies: Sequence[InventedAgency], region: Region, *, before: bool
) -> list[StaffRow]:
    """Rows for `people` people, by agency; some people have a second row for a concurrent post or a secondment."""
    names = NameMaker(region)
    rows: list[StaffRow] = []
    number = 0
    for invented, size in zip(agencies, _sizes(people, agencies), strict=True):
        for title in _titles(dice, invented.kind, size, first=invented is agencies[0]):
            number += 1
            # a former agency is chosen by the number of the person alone, so both rosters name the same people
            code = invented.before[number % len(invented.before)] if before else invented.agency.code
            rows.append(_person(dice, number, names, invented, code, title))
    rows.extend(_second_posts(dice, rows, agencies))
    return rows


def _sizes(people: int, agencies: Sequence[InventedAgency]) -> list[int]:
    """How many people each agency has: three at least, the rest by the weight of its kind."""
    least = min(3, people // len(agencies))
    weights = [_SIZES[invented.kind] for invented in agencies]
    total = 0.0
    for weight in weights:
        total += weight
    sizes = [least + int((people - least * len(agencies)) * weight / total) for weight in weights]
    sizes[0] += people - sum(sizes)
    return sizes


def _titles(dice: Random, kind: Kind, size: int, *, first: bool) -> Iterator[str]:
    others = Weighted(_OTHERS[kind])
    fixed = [_HEADS[kind], VAN_THU, IT_OFFICER, *[_DEPUTIES[kind]] * min(3, size // 12)]
    if first:
        fixed = ["Chuyên viên", VAN_THU, SECRETARY, _HEADS[kind], IT_OFFICER, *fixed[3:]]
    yield from fixed[:size]
    for _ in range(size - len(fixed)):
        yield others.pick(dice)


def _person(dice: Random, number: int, names: NameMaker, invented: InventedAgency, code: str, title: str) -> StaffRow:
    sex = names.sex(dice)
    year = names.birth_year(dice)
    name = names.name(dice, sex, year)
    birth = date(year, 1, 1) + timedelta(days=between(dice, 0, 364))
    hired_on = min(date(year + between(dice, 22, 27), between(dice, 1, 12), between(dice, 1, 28)), _LATEST)
    effective_on = hired_on + timedelta(days=between(dice, 0, max(0, (_LATEST - hired_on).days)))
    return StaffRow(
        employee_id=f"CB{number:06d}",
        name=name,
        sex=sex,
        birth=birth,
        agency=code,
        agency_name=invented.agency.name,
        title=title,
        rank=_RANKS.get(title, "Chuyên viên"),
        phone=f"0{pick(dice, '35789')}{between(dice, 0, 99_999_999):08d}",
        decision=f"{between(dice, 1, 2500)}/QĐ-{'SNV' if invented.kind != 'school' else 'SGDĐT'}",
        decision_date=effective_on - timedelta(days=between(dice, 1, 20)),
        effective_on=effective_on,
        hired_on=hired_on,
        status=_STATUSES.pick(dice),
    )


def _second_posts(dice: Random, rows: Sequence[StaffRow], agencies: Sequence[InventedAgency]) -> Iterator[StaffRow]:
    """One person in sixty also holds a post in another agency (kiêm nhiệm), one in three hundred is seconded (biệt
    phái)."""
    if len(agencies) < 2:
        return
    by_code = {invented.agency.code: invented.agency for invented in agencies}
    present = sorted({row.agency for row in rows})
    names = {row.agency: row.agency_name for row in rows}
    for index, row in enumerate(rows):
        draw = dice.random()
        if index < 5 or draw > 1 / 60 + 1 / 300:
            continue
        other = pick(dice, present)
        if other != row.agency:
            kind, title = ("Kiêm nhiệm", "Thành viên Ban chỉ đạo") if draw < 1 / 60 else ("Biệt phái", row.title)
            name = by_code[other].name if other in by_code else names[other]
            yield replace(row, agency=other, agency_name=name, title=title, kind=kind)
