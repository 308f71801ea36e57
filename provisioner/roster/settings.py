"""What an administrator may decide about reading rosters; the configuration fills this in, nothing here reads a
file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from provisioner.people import Standing


@dataclass(frozen=True, slots=True)
class RosterSettings:
    """How to read a roster.

    `columns` maps a header of the file to one of our field names (`columns.ROSTER_FIELDS`), or to "ignore".
    `status` maps a word of the status column to a standing; it wins over the built-in words.
    `encoding` is "auto" or a codec that Python knows; `sheet` names the sheet of a workbook that holds several rosters.
    `scope_agency` is the code of the only agency whose roster this is, None for the roster of the whole organisation.
    `answers` is a file with the columns employee_id, column, text: what the administrator answered to questions.
    """

    source: str = "hr"
    columns: Mapping[str, str] = field(default_factory=dict)
    status: Mapping[str, Standing] = field(default_factory=dict)
    encoding: str = "auto"
    answers: Path | None = None
    sheet: str = ""
    scope_agency: str | None = None
