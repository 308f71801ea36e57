"""One row of cells becomes one post of one person, or problems that say what to correct.

Works row by row, so memory stays bounded. Cells are read by `cell_reader`, names by `name_cells`, agencies are looked
up by `agency_lookup`; here a row is put together. Rows whose day of effect lies ahead wait: the person keeps what he
has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from sys import intern

from foundation.language import Text
from foundation.vietnamese import Encoding, repair_line, slug
from provisioner.people import Name, PostKind, Standing
from provisioner.roster.agency_lookup import AgencyLookup
from provisioner.roster.cell_reader import CellReader
from provisioner.roster.columns import Header
from provisioner.roster.employee_ids import FORMAT_AS_TEXT, BadId, parse_employee_id
from provisioner.roster.name_cells import FILL_IN, NAME_ROLES, NameReader, encoding_of
from provisioner.roster.other_rows import OtherRows
from provisioner.roster.posts import PostRow
from provisioner.roster.problem_list import ProblemList
from provisioner.roster.settings import RosterSettings
from provisioner.roster.tables import BadCell, Cell
from provisioner.roster.texts import raw_text
from provisioner.roster.words import POST_KINDS, STATUSES

_NO_NAME = Name("", "", "", "")

NO_ID = Text("dòng không có mã cán bộ", "a row without an employee id")
NO_AGENCY = Text("dòng không có đơn vị", "a row without an agency")
BAD_ID = Text("mã cán bộ không dùng được: {reason}", "the employee id cannot be used: {reason}")
UNKNOWN_STATUS = Text("không hiểu trạng thái này", "unknown status")
STATUS_HINT = Text(
    'khai trong [roster] status: "{value}" = "working", "suspended" hoặc "left"',
    'say in [roster] status: "{value}" = "working", "suspended" or "left"',
)
UNKNOWN_KIND = Text("không hiểu hình thức này", "unknown kind of post")
KIND_HINT = Text(
    "ghi chính, kiêm nhiệm hoặc biệt phái", "write chính (main), kiêm nhiệm (concurrent) or biệt phái (secondment)"
)


class RowReader:
    """Reads the rows of one table under one header."""

    def __init__(
        self,
        header: Header,
        settings: RosterSettings,
        lookup: AgencyLookup,
        today: date,
        problems: ProblemList,
        answers: Mapping[str, Mapping[str, str]],
        mixture: Mapping[Encoding, float],
        *,
        is_csv: bool,
    ) -> None:
        self._cells = CellReader(header, problems, mixture, is_csv=is_csv)
        self.names = NameReader(header, problems, mixture)
        self.others = OtherRows(header, lookup.knows)
        self._lookup = lookup
        self._today = today
        self._problems = problems
        self._answers = answers
        self._agency_labels = (header.label("agency_code"), header.label("agency_name"))
        own = {slug(word): standing for word, standing in settings.status.items()}
        self._standing_words = {slug(word): standing for standing, words in STATUSES.items() for word in words} | own
        self._kind_words = {slug(word): kind for kind, words in POST_KINDS.items() for word in words}
        self._standings: dict[str, Standing] = {"": "working"}
        self._kinds: dict[str, PostKind | None] = {"": None}
        self.rows = 0
        self.waiting = 0
        self.waiting_ids: set[str] = set()
        self.answered: set[tuple[str, str]] = set()
        self.confirmed_names: set[str] = set()
        self.confirmed_mains: set[str] = set()

    def read(self, number: int, cells: Sequence[Cell]) -> PostRow | None:
        """The post in a row; None for blank, ignored, waiting and faulty rows."""
        if not any(cells):
            return None
        self._cells.start(number, cells)
        employee_id = self._employee_id()
        if employee_id is None:
            return None
        answers = self._answers.get(employee_id) or {}
        if answers:
            employee_id = self._answer(employee_id, answers)
        post = self._post(employee_id, answers)
        if post.effective_on and post.effective_on > self._today:
            self.waiting += 1
            self.waiting_ids.add(employee_id)
            return None
        return post

    def _answer(self, employee_id: str, answers: Mapping[str, str]) -> str:
        """Put the answers of a person into the current row; gives the right id.

        "Chính" as the kind of post is no cell of every row: it says that a person without a main row has one after
        all, and settles a word that we do not know.
        """
        texts = dict(answers)
        is_main = self._kind_words.get(slug(texts.get("post_kind", ""))) == "main"
        own_kind = raw_text(self._cells.cell("post_kind"))
        if is_main and (not own_kind or slug(repair_line(own_kind).text) in self._kind_words):
            texts["post_kind"] = own_kind
        used = self._cells.replace(texts)
        self.answered.update((employee_id, name) for name in used)
        employee_id = texts.get("employee_id", employee_id)
        if any(name in NAME_ROLES for name in used):
            self.confirmed_names.add(employee_id)
        if is_main and "post_kind" in used:
            self.confirmed_mains.add(employee_id)
        return employee_id

    def _post(self, employee_id: str, answers: Mapping[str, str]) -> PostRow:
        cells = self._cells
        raw = [cells.raw(name) for name in self.names.fields]
        repaired = self.names.repair(raw, cells.cells, answers)
        encoding = encoding_of(repaired)
        name = self.names.read(cells.number, employee_id, repaired, cells.text("ethnic_group", encoding))
        cells.check_birth(self._today)
        return PostRow(
            row=cells.number,
            employee_id=employee_id,
            name=name or _NO_NAME,
            agency=self._agency(encoding) or "",
            title=cells.text("title", encoding),
            rank=self._rank(encoding),
            kind=self._kind(encoding),
            standing=self._standing(encoding),
            hired_on=cells.day("hired_on"),
            phone=cells.phone(),
            decision=self._decision(encoding),
            effective_on=cells.day("effective_on"),
        )

    def _employee_id(self) -> str | None:
        cells = self._cells
        cell = cells.cell("employee_id")
        self.rows += 1  # unless the row turns out to be no person
        if isinstance(cell, BadCell):
            cells.raw("employee_id")  # says what is wrong
            return None
        try:
            found = parse_employee_id(cell)
        except BadId as bad:
            cells.error("employee_id", BAD_ID, value=raw_text(cell), hint=FORMAT_AS_TEXT, reason=bad.reason)
            return None
        if not found:
            if self.others.misses_its_id(cells.number, cells.cells):
                name = " ".join(raw_text(cells.cell(name)) for name in self.names.fields)
                cells.error("employee_id", NO_ID, value=name.strip(), hint=FILL_IN)
            else:
                self.rows -= 1
            return None
        if self.others.is_no_person(cells.number, cells.cells, found):
            self.rows -= 1
            return None
        if not found[0].isalnum() and not cells.raw("employee_id"):  # begins like a formula: said there
            return None
        return found

    def _agency(self, encoding: Encoding | None) -> str | None:
        code = self._cells.text("agency_code", encoding)
        name = self._cells.text("agency_name", encoding)
        if not code and not name:
            column = self._agency_labels[0] or self._agency_labels[1]
            self._problems.error(NO_AGENCY, row=self._cells.number, column=column, hint=FILL_IN)
            return None
        return self._lookup.resolve(code, name, self._cells.number, self._agency_labels, self._problems)

    def _rank(self, encoding: Encoding | None) -> str:
        rank, step = self._cells.text("rank", encoding), self._cells.text("step", encoding)
        return intern(f"{rank}, bậc {step}") if rank and step else rank

    def _decision(self, encoding: Encoding | None) -> str:
        decision, signed_on = self._cells.text("decision", encoding), self._cells.day("decision_date")
        if not decision or not signed_on:
            return decision
        return f"{decision} ngày {signed_on.day:02d}/{signed_on.month:02d}/{signed_on.year}"

    def _standing(self, encoding: Encoding | None) -> Standing:
        text = self._cells.text("standing", encoding)
        if (known := self._standings.get(text)) is not None:
            return known
        found = self._standing_words.get(slug(text))
        if found is None:
            self._cells.question("standing", UNKNOWN_STATUS, value=text, hint=STATUS_HINT.format(value=text))
            return "working"
        self._standings[text] = found
        return found

    def _kind(self, encoding: Encoding | None) -> PostKind | None:
        text = self._cells.text("post_kind", encoding)
        if text in self._kinds:
            return self._kinds[text]
        found = self._kind_words.get(slug(text))
        if found is None:
            self._cells.question("post_kind", UNKNOWN_KIND, value=text, hint=KIND_HINT)
            return None
        self._kinds[text] = found
        return found
