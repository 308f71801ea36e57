"""The edge where a roster enters: a file becomes people and problems, all of them at once.

It promises that the hash belongs to exactly the bytes that were read, that memory stays bounded whatever the file
holds, and that nothing is guessed silently. It never raises for what a file says, except when it is no table at all
(InputError) or no file (UsageError); it decides nothing about mailboxes.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path

from foundation.errors import Problem
from foundation.language import Text
from provisioner.people import Agency, Person
from provisioner.roster.agency_lookup import AgencyLookup
from provisioner.roster.answers import Answers, read_answers
from provisioner.roster.columns import Header, Vocabulary, find_header, require, scorer
from provisioner.roster.dates import NotADate, parse_date
from provisioner.roster.employee_ids import with_lost_zeros
from provisioner.roster.name_cells import NAME_ROLES, RepairedName, mixture_of_columns
from provisioner.roster.posts import PostRow, Reading, person_of
from provisioner.roster.problem_list import ProblemList
from provisioner.roster.roster_rows import RowReader
from provisioner.roster.settings import RosterSettings
from provisioner.roster.sizes import HEADER_SEARCH_ROWS
from provisioner.roster.table_file import open_table, read_file
from provisioner.roster.tables import Row
from provisioner.roster.words import ROSTER_HEADERS

_NEEDED = (("employee_id",), ("full_name", "given"), ("agency_code", "agency_name"))
_DATE = r"(\d{1,2}\s*[/.\-]\s*\d{1,2}\s*[/.\-]\s*\d{4}|\d{4}-\d{2}-\d{2}|\d{1,2}\s+tháng\s+\d{1,2}\s+năm\s+\d{4})"
_AS_OF = re.compile(r"(?:tính đến|đến|as of)\D{0,20}" + _DATE, re.IGNORECASE)

NO_PEOPLE = Text("tệp chỉ có tiêu đề, không có người nào", "the file has a header but no people")
EXPORT_AGAIN = Text("xuất lại danh sách từ phần mềm nhân sự", "export the roster again from the HR software")
WAITING = Text(
    "{count} dòng chưa đến ngày hiệu lực: những người đó giữ nguyên hiện trạng",
    "{count} rows are not yet in effect: those people keep what they have",
)
ELSEWHERE = Text(
    "{count} người chỉ kiêm nhiệm hoặc biệt phái trong danh sách của đơn vị này, giữ nguyên hiện trạng: {ids}",
    "{count} people have only concurrent posts in this agency's roster and keep what they have: {ids}",
)
IGNORED = Text(
    "{count} dòng không phải người, đã bỏ qua: {rows}", "{count} rows are not people and were ignored: {rows}"
)
RECASED = Text(
    "{count} tên viết toàn chữ hoa hoặc chữ thường, đã đổi thành chữ thường viết hoa đầu từ",
    "{count} names in capitals or lower case were given ordinary case",
)
DERIVED = Text(
    "không có tệp đơn vị: lấy {count} đơn vị từ chính danh sách",
    "no agencies file: {count} agencies were taken from the roster itself",
)
GIVE_AGENCIES = Text("khai [roster] agencies hoặc --agencies TỆP", "set [roster] agencies or give --agencies FILE")
LOST_ZERO = Text("mã có thể mất số 0 ở đầu: {full}?", "the id may have lost its leading zeros: {full}?")
LOST_ZERO_HINT = Text(
    "đặt cột mã thành kiểu Text rồi nhập lại, hoặc trả lời trong tệp [roster] answers: {short}, {header}, mã đúng",
    "format the column as Text and enter it again, or answer in [roster] answers: {short}, {header}, the right id",
)
SAME_BUT_CASE = Text("hai mã chỉ khác chữ hoa, chữ thường: {other}", "two ids differ only in capitals: {other}")
ONE_ID = Text("thống nhất một cách viết mã", "write the id in one way")


@dataclass(frozen=True, slots=True)
class Roster:
    """What a roster file says. `problems` may stop the run; `people` are those whose rows could be read."""

    path: Path
    sha256: str
    people: list[Person]
    problems: list[Problem]
    columns: dict[str, str] = field(default_factory=dict)
    rows: int = 0
    as_of: date | None = None
    encodings: dict[str, int] = field(default_factory=dict)
    repaired: list[RepairedName] = field(default_factory=list)
    waiting: int = 0
    waiting_ids: frozenset[str] = frozenset()
    """People whom this roster cannot judge, so they keep what they have: rows not yet in effect, and in the roster of
    one agency people without a main post there."""
    confirmed_names: frozenset[str] = frozenset()
    """Employee ids whose name the answers file gives: an administrator has looked at it."""
    derived_agencies: dict[str, Agency] = field(default_factory=dict)


@contextmanager
def _without_cyclic_collector() -> Iterator[None]:
    """Reading makes hundreds of thousands of objects and no cycles; looking for cycles costs a third of the time.

    Nor is it looked at afterwards: people stay until the command ends, and the first look costs a thirtieth of a sync.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.freeze()
            gc.enable()


def read_roster(path: Path, settings: RosterSettings, agencies: Mapping[str, Agency] | None, today: date) -> Roster:
    """Read a roster as of `today`; `agencies` by code, or None to take them from the roster's own columns.

    Raises UsageError (missing file), InputError (not a table, beyond the limits), ConfigError (settings name no field).
    """
    words = Vocabulary(ROSTER_HEADERS, settings.columns)
    answers = read_answers(settings.answers, words) if settings.answers else Answers()
    file = read_file(path)
    problems = ProblemList(file.name)
    table = open_table(file, scorer(words, _NEEDED), encoding=settings.encoding, sheet=settings.sheet)
    sha256 = file.sha256
    del file  # its bytes stay with the table until the rows are read
    head = list(islice(table.rows(), HEADER_SEARCH_ROWS + 5))
    header = find_header(head, words, table.widths)
    if header:
        _accept_short_headers(header)
    if not require(header, head, _NEEDED, words, problems) or header is None:
        return Roster(path, sha256, [], [*problems.sorted(), *answers.problems], header_columns(header))
    lookup = AgencyLookup(agencies, today)
    with _without_cyclic_collector():
        mixture = mixture_of_columns(islice(table.rows(), header.data_start, None), header, NAME_ROLES)
        reader = RowReader(header, settings, lookup, today, problems, answers.texts, mixture, is_csv=table.is_csv)
        rows = _rows_by_id(reader, islice(table.rows(), header.data_start, None))
        table.close()
        scope = settings.scope_agency
        if scope is not None and not lookup.check_scope(scope, problems):
            rows.clear()  # whose people these are cannot be told: one error instead of one for every row
        reading = Reading(header_columns(header), scope, reader.confirmed_mains, reader.waiting_ids)
        people = _people(rows, reading, problems, reader.answered)
    _notes(reader, lookup, reading, problems)
    return Roster(
        path=path,
        sha256=sha256,
        people=people,
        problems=[*problems.sorted(), *answers.problems, *answers.unused(reader.answered)],
        columns=header_columns(header),
        rows=reader.rows,
        as_of=_as_of(header.titles),
        encodings=dict(sorted(reader.names.encodings.items())),
        repaired=sorted(reader.names.repaired, key=lambda repaired: repaired.row),
        waiting=reader.waiting,
        waiting_ids=_waiting(reader, reading, people),
        confirmed_names=frozenset(reader.confirmed_names),
        derived_agencies=lookup.derived,
    )


def header_columns(header: Header | None) -> dict[str, str]:
    """Field -> header as the file spells it."""
    return {name: header.label(name) for name in header.fields} if header else {}


def _rows_by_id(reader: RowReader, rows: Iterable[Row]) -> dict[str, list[PostRow]]:
    """The readable rows of each employee id, in file order."""
    found: dict[str, list[PostRow]] = {}
    for number, cells in rows:
        post = reader.read(number, cells)
        if post is not None:
            found.setdefault(post.employee_id, []).append(post)
    return found


def _people(
    rows: dict[str, list[PostRow]],
    reading: Reading,
    problems: ProblemList,
    answered: Collection[tuple[str, str]],
) -> list[Person]:
    """The people of these rows by id; empties `rows` on the way, so that both are never held at once."""
    settled = {employee_id for employee_id, name in answered if name == "employee_id"}
    _check_ids(rows, reading.columns["employee_id"], problems, settled)
    people = []
    for employee_id in sorted(rows):
        own = rows.pop(employee_id)
        if all(row.name.full and row.agency for row in own) and (person := person_of(own, reading, problems)):
            people.append(person)
    return people


def _accept_short_headers(header: Header) -> None:
    """A lone "Tên" beside no family column is the full name."""
    fields = header.fields
    if "given" in fields and not {"full_name", "family", "family_middle"} & set(fields):
        fields["full_name"] = fields.pop("given")


def _check_ids(
    rows: Mapping[str, Sequence[PostRow]], column: str, problems: ProblemList, settled: Collection[str]
) -> None:
    for short, full in with_lost_zeros(rows).items():
        if short in settled:
            continue
        problems.question(
            LOST_ZERO,
            row=rows[short][0].row,
            column=column,
            value=short,
            hint=LOST_ZERO_HINT,
            full=full,
            short=short,
            header=column,
        )
    seen: dict[str, str] = {}
    for employee_id, own in rows.items():
        other = seen.setdefault(employee_id.casefold(), employee_id)
        if other is not employee_id:
            problems.error(SAME_BUT_CASE, row=own[0].row, column=column, value=employee_id, hint=ONE_ID, other=other)


def _waiting(reader: RowReader, reading: Reading, people: Iterable[Person]) -> frozenset[str]:
    kept = set(reader.waiting_ids)
    if reading.scope_agency is not None:
        kept.update(reading.without_main)
    return frozenset(kept.difference(person.employee_id for person in people))


def _notes(reader: RowReader, lookup: AgencyLookup, reading: Reading, problems: ProblemList) -> None:
    if reader.rows == 0:
        problems.error(NO_PEOPLE, hint=EXPORT_AGAIN)
    if reader.waiting:
        problems.warning(WAITING, count=reader.waiting)
    if reading.scope_agency is not None and reading.without_main:
        ids = ", ".join(reading.without_main[:10]) + (" …" if len(reading.without_main) > 10 else "")
        problems.warning(ELSEWHERE, count=len(reading.without_main), ids=ids)
    if reader.others.ignored:
        rows = ", ".join(map(str, reader.others.ignored[:10])) + (" …" if len(reader.others.ignored) > 10 else "")
        problems.warning(IGNORED, count=len(reader.others.ignored), rows=rows)
    if reader.names.recased:
        problems.warning(RECASED, count=reader.names.recased)
    if lookup.derived:
        problems.warning(DERIVED, count=len(lookup.derived), hint=GIVE_AGENCIES)


def _as_of(titles: Sequence[str]) -> date | None:
    """The date of the list from the lines above it: "tính đến ngày 30/6/2026"."""
    text = " ".join(titles)
    match = _AS_OF.search(text) or re.search(_DATE, text, re.IGNORECASE)
    if not match:
        return None
    try:
        return parse_date(match[1])
    except NotADate:
        return None
