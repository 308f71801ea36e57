"""An invented province for trials and benchmarks: people, agencies and the files that hold them.

The same arguments give the same bytes on every run and every Python version. Names follow published frequencies, so
collisions are those of real life; nobody in it exists. Use `change_roster` for what happens between two syncs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Literal

from foundation.errors import UsageError
from foundation.language import Text
from provisioner.people import Agency
from provisioner.synthetic import roster_changes
from provisioner.synthetic.invented_agencies import invent_agencies
from provisioner.synthetic.personal_names import Region
from provisioner.synthetic.roster_files import ONLY_UNICODE, THREE_ENCODINGS, agency_table, roster_table, write_table
from provisioner.synthetic.staff import MEAN_STAFF, StaffRow, invent_staff

__all__ = [
    "ONLY_UNICODE",
    "THREE_ENCODINGS",
    "Province",
    "change_roster",
    "generate",
    "write_agencies",
    "write_broken_roster",
    "write_roster",
]

MOST_PEOPLE = 1_000_000
"""As many rows as Excel and the roster reader take, near enough."""


@dataclass(frozen=True, slots=True)
class Province:
    """What `generate` made: the rows of the roster and all agencies, those of former times included."""

    rows: list[StaffRow]
    agencies: list[Agency]
    random_seed: int

    @property
    def employee_ids(self) -> list[str]:
        """The ids of the people in file order, each once; the first five are staff, văn thư, secretary, leader, IT
        officer."""
        return list(dict.fromkeys(row.employee_id for row in self.rows))


def generate(
    people: int, random_seed: int, *, region: Region = "national", reform: Literal["before", "after"] = "after"
) -> Province:
    """A province with this many people; `reform` puts them in the agencies of three levels or of two (since 1 July
    2025).

    Raises UsageError for a number of people that is not between 1 and a million.
    """
    if not 1 <= people <= MOST_PEOPLE:
        raise UsageError(
            Text("số người phải từ 1 đến {most}", "the number of people must be between 1 and {most}").format(
                most=MOST_PEOPLE
            )
        )
    dice = Random(random_seed)  # noqa: S311  (no secret: invented data)
    invented, history = invent_agencies(max(1, people // MEAN_STAFF, min(3, people // 5)))
    rows = invent_staff(dice, people, invented, region, before=reform == "before")
    names = {agency.code: agency.name for agency in history}
    rows = [replace(row, agency_name=names[row.agency]) if row.agency in names else row for row in rows]
    return Province(rows, [*history, *(one.agency for one in invented)], random_seed)


def write_roster(province: Province, path: Path, encodings: Mapping[str, float] = ONLY_UNICODE) -> None:
    """Write the roster as CSV or XLSX (by the suffix); `encodings` gives shares of rows in unicode, tcvn3 and vni."""
    write_table(path, roster_table(province.rows, encodings, province.random_seed))


def write_agencies(province: Province, path: Path) -> None:
    """Write the agencies file as CSV or XLSX (by the suffix)."""
    write_table(path, agency_table(province.agencies))


def write_broken_roster(province: Province, path: Path) -> None:
    """Write the first ten rows of the roster with one of each mistake that real files have, then the others as they
    are."""
    write_table(path, roster_changes.broken(list(roster_table(province.rows, ONLY_UNICODE, province.random_seed))))


def change_roster(
    province: Province,
    *,
    joiners: int = 0,
    movers: int = 0,
    renames: int = 0,
    leavers: int = 0,
    absent: bool = True,
    truncate: float = 0.0,
) -> Province:
    """The province some time later, with the same agencies. Leavers are absent from the file, or marked as retired.

    The changes touch different people as long as there are enough of them; the first five are never touched.
    """
    rows = province.rows
    if leavers:
        rows = roster_changes.with_leavers(rows, leavers, absent=absent)
    if movers:
        rows = roster_changes.with_movers(rows, movers)
    if renames:
        rows = roster_changes.with_new_family_names(rows, renames)
    if joiners:
        rows = roster_changes.with_joiners(rows, joiners, province.random_seed + 1)
    if truncate:
        rows = roster_changes.truncated(rows, truncate)
    return replace(province, rows=list(rows))
