"""The agencies file: which agencies exist when, under whom, and with which part of a mail address.

Levels, agencies and domains change by decree, so all of them are data with dates. It promises that two agencies that
exist at one time never share a label in one domain, that parents exist and form no circle, and that every problem is
listed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations, islice
from pathlib import Path

from foundation.errors import Problem
from foundation.language import Text
from foundation.vietnamese import slug
from provisioner.people import Agency, Channel
from provisioner.roster.cell_reader import CellReader
from provisioner.roster.columns import Header, Vocabulary, find_header, require, scorer
from provisioner.roster.name_cells import mixture_of_columns
from provisioner.roster.problem_list import ProblemList
from provisioner.roster.settings import RosterSettings
from provisioner.roster.sizes import HEADER_SEARCH_ROWS
from provisioner.roster.table_file import open_table, read_file
from provisioner.roster.tables import Cell
from provisioner.roster.words import AGENCY_HEADERS, CHANNELS

_NEEDED = (("code",), ("name",))
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9.\-]*[a-z0-9])?\Z")
_DOMAIN = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9\-]{0,61}[a-z0-9])\Z")
"""Host names of RFC 1123 section 2.1 with at least two labels, the last beginning with a letter."""
_LIST_SEPARATORS = re.compile(r"\s*[,;|\n]\s*")
_CHANNEL_OF: dict[str, Channel] = {slug(word): channel for channel, words in CHANNELS.items() for word in words}
_LABEL_OCTETS = 40
"""With 64 octets for a local part (RFC 5321 section 4.5.3.1.1) this leaves 24 for the person's own part."""

DUPLICATE = Text("mã đơn vị đã có ở dòng {of}", "this agency code stands in row {of} already")
NO_CODE = Text("dòng không có mã đơn vị", "a row without an agency code")
NO_NAME = Text("dòng không có tên đơn vị", "a row without an agency name")
BAD_LABEL = Text("nhãn thư không hợp lệ", "not a usable label for addresses")
LABEL_HINT = Text(
    "chỉ dùng a-z, 0-9, dấu chấm và gạch nối, tối đa 40 ký tự",
    "use a-z, 0-9, dot and hyphen only, at most 40 characters",
)
BAD_DOMAIN = Text("tên miền không hợp lệ", "not a domain name")
DOMAIN_HINT = Text("viết dạng sxd.tinh.gov.vn", "write it as sxd.tinh.gov.vn")
BAD_CHANNEL = Text("không hiểu kênh này", "unknown channel")
CHANNEL_HINT = Text("ghi thư điện tử, trục liên thông hoặc cả hai", "write mail, edxml or both")
REVERSED = Text("hiệu lực đến trước hiệu lực từ", "the agency ends before it begins")
UNKNOWN_PARENT = Text("không có đơn vị cấp trên này", "there is no such parent agency")
UNKNOWN_LINK = Text("không có đơn vị này trong tệp", "no such agency in the file")
CYCLE = Text("đơn vị cấp trên đi vòng: {cycle}", "the parents form a circle: {cycle}")
COLLISION = Text(
    "nhãn thư {label} trùng với đơn vị {other} (dòng {of}) trong cùng thời gian",
    "the label {label} is also that of {other} (row {of}) at the same time",
)
OWN_LABEL = Text("ghi cột Tên viết tắt/nhãn thư khác nhau", "give them different labels in the column Nhãn thư")
NO_AGENCIES = Text("tệp không có đơn vị nào", "the file has no agencies")
CORRECT = Text("sửa ô này, hoặc thêm đơn vị còn thiếu", "correct the cell, or add the missing agency")


@dataclass(frozen=True, slots=True)
class AgencyFile:
    """The agencies of a file by code in file order, and what is wrong with it."""

    agencies: dict[str, Agency]
    problems: list[Problem]
    sha256: str


def read_agencies(path: Path, settings: RosterSettings) -> AgencyFile:
    """Read the agencies file. Raises UsageError (missing file) and InputError (not a table, beyond the limits)."""
    file = read_file(path)
    words = Vocabulary(AGENCY_HEADERS)
    problems = ProblemList(file.name)
    table = open_table(file, scorer(words, _NEEDED), encoding=settings.encoding)
    head = list(islice(table.rows(), HEADER_SEARCH_ROWS + 5))
    header = find_header(head, words, table.widths)
    agencies: dict[str, Agency] = {}
    if require(header, head, _NEEDED, words, problems) and header is not None:
        mixture = mixture_of_columns(islice(table.rows(), header.data_start, None), header, {"name": "words"})
        reader = _AgencyReader(header, problems, CellReader(header, problems, mixture, is_csv=table.is_csv))
        for number, cells in islice(table.rows(), header.data_start, None):
            if any(cells) and (agency := reader.read(number, cells)):
                earlier = agencies.setdefault(agency.code, agency)
                if earlier is not agency:
                    problems.error(
                        DUPLICATE, row=number, column=header.label("code"), value=agency.code, of=earlier.row
                    )
        agencies = _with_links(agencies, header, problems)
        _check_parents(agencies, header, problems)
        _check_labels(agencies, header, problems)
        if not reader.rows:
            problems.error(NO_AGENCIES)
    return AgencyFile(agencies, problems.sorted(), file.sha256)


class _AgencyReader:
    """Reads the rows of the agencies file under one header."""

    def __init__(self, header: Header, problems: ProblemList, cells: CellReader) -> None:
        self._header = header
        self._problems = problems
        self._cells = cells
        self.rows = 0

    def read(self, number: int, row: Sequence[Cell]) -> Agency | None:
        """The agency in a row; None (and a problem) when it has no code or no name."""
        cells = self._cells
        cells.start(number, row)
        code, name = cells.text("code", None), cells.text("name", None)
        if not code and not name:
            return None
        self.rows += 1
        if not code or not name:
            missing = "name" if code else "code"
            cells.error(missing, NO_NAME if code else NO_CODE, value=code or name, hint=CORRECT)
            return None
        valid_from, valid_to = cells.day("valid_from"), cells.day("valid_to")
        if valid_from and valid_to and valid_to < valid_from:
            cells.error("valid_to", REVERSED, value=f"{valid_from} – {valid_to}", hint=CORRECT)
        return Agency(
            code=code,
            name=name,
            label=self._label(cells.text("label", None), code),
            level=cells.text("level", None),
            parent=cells.text("parent", None),
            domain=self._domain(cells.text("domain", None)),
            channel=self._channel(cells.text("channel", None)),
            valid_from=valid_from,
            valid_to=valid_to,
            predecessors=_codes(cells.text("predecessors", None)),
            successors=_codes(cells.text("successors", None)),
            row=number,
        )

    def _label(self, written: str, code: str) -> str:
        label = written.lower() if written else slug(code)
        if written and not label.isascii():
            label = slug(written)
        if not _LABEL.match(label) or ".." in label or len(label) > _LABEL_OCTETS:
            self._cells.error("label" if written else "code", BAD_LABEL, value=written or code, hint=LABEL_HINT)
        return label

    def _domain(self, written: str) -> str:
        domain = written.strip("@. ").lower()
        if domain and not domain.isascii():
            try:
                domain = domain.encode("idna").decode("ascii")
            except UnicodeError:
                domain = "?"
        if domain and not _DOMAIN.match(domain):
            self._cells.error("domain", BAD_DOMAIN, value=written, hint=DOMAIN_HINT)
            return ""
        return domain

    def _channel(self, written: str) -> Channel:
        channel = _CHANNEL_OF.get(slug(written)) if written else "mail"
        if channel is None:
            self._cells.error("channel", BAD_CHANNEL, value=written, hint=CHANNEL_HINT)
        return channel or "mail"


def _codes(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for code in _LIST_SEPARATORS.split(text) if code))


def _with_links(agencies: Mapping[str, Agency], header: Header, problems: ProblemList) -> dict[str, Agency]:
    """Predecessors and successors completed in both directions: offices fill in only one of the two columns."""
    predecessors: dict[str, list[str]] = {code: list(agency.predecessors) for code, agency in agencies.items()}
    successors: dict[str, list[str]] = {code: list(agency.successors) for code, agency in agencies.items()}
    for code, agency in agencies.items():
        for name, others, mirror in (
            ("predecessors", agency.predecessors, successors),
            ("successors", agency.successors, predecessors),
        ):
            for other in others:
                if other not in agencies:
                    problems.error(UNKNOWN_LINK, row=agency.row, column=header.label(name), value=other, hint=CORRECT)
                elif code not in mirror[other]:
                    mirror[other].append(code)
    return {
        code: replace(agency, predecessors=tuple(predecessors[code]), successors=tuple(successors[code]))
        for code, agency in agencies.items()
    }


def _check_parents(agencies: Mapping[str, Agency], header: Header, problems: ProblemList) -> None:
    column = header.label("parent")
    settled: set[str] = set()
    for start in agencies.values():
        if start.parent and start.parent not in agencies:
            problems.error(UNKNOWN_PARENT, row=start.row, column=column, value=start.parent, hint=CORRECT)
        path: list[str] = []
        code = start.code
        while code in agencies and code not in settled and code not in path:
            path.append(code)
            code = agencies[code].parent
        if code in path:
            cycle = [*path[path.index(code) :], code]
            problems.error(
                CYCLE, row=agencies[code].row, column=column, value=code, hint=CORRECT, cycle=" → ".join(cycle)
            )
        settled.update(path)


def _check_labels(agencies: Mapping[str, Agency], header: Header, problems: ProblemList) -> None:
    same: dict[tuple[str, str], list[Agency]] = defaultdict(list)
    for agency in agencies.values():
        same[agency.label, agency.domain].append(agency)
    for (label, _), sharing in same.items():
        for one, other in islice(combinations(sharing, 2), 1000):
            if _overlap(one, other):
                problems.error(
                    COLLISION,
                    row=other.row,
                    column=header.label("label") or header.label("code"),
                    value=f"{other.code} {other.name}",
                    hint=OWN_LABEL,
                    label=label,
                    other=one.code,
                    of=one.row,
                )


def _overlap(one: Agency, other: Agency) -> bool:
    starts = max(one.valid_from or date.min, other.valid_from or date.min)
    ends = min(one.valid_to or date.max, other.valid_to or date.max)
    return starts <= ends
