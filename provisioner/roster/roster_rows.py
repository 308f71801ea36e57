"""One row of cells becomes one post of one person, or problems that say what to correct.

Works row by row, so memory stays bounded. Rows that are no people (headings, totals, signatures, a repeated header) are
told from people without an id: the former are counted, the latter are errors. Names are read in `name_cells`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from sys import intern

from foundation.language import Text
from foundation.vietnamese import Encoding, repair_cells, slug
from provisioner.people import Name, PostKind, Standing
from provisioner.roster.agency_lookup import AgencyLookup
from provisioner.roster.columns import Header
from provisioner.roster.dates import HOW_TO_WRITE, NotADate, parse_birth, parse_date
from provisioner.roster.employee_ids import FORMAT_AS_TEXT, BadId, parse_employee_id
from provisioner.roster.name_cells import FILL_IN, NameReader
from provisioner.roster.phones import looks_like_phone, parse_phone
from provisioner.roster.posts import PostRow
from provisioner.roster.problem_list import ProblemList
from provisioner.roster.settings import RosterSettings
from provisioner.roster.sizes import CELL_CHARACTERS, TEXT_CHARACTERS
from provisioner.roster.tables import BadCell, Cell
from provisioner.roster.texts import has_control, is_definite_unicode, raw_text, tidy
from provisioner.roster.words import FOOTERS, POST_KINDS, STATUSES

_NO_NAME = Name("", "", "", "")
_FOOTER_KEYS = tuple(slug(line) for line in FOOTERS)
_NUMBER = re.compile(r"\d+\.?\Z")
_CACHE_ENTRIES = 50_000

FORMULA = Text("ô bắt đầu bằng dấu công thức ( = + - @ )", "the cell begins like a formula ( = + - @ )")
FORMULA_HINT = Text("thay công thức bằng giá trị của nó", "replace the formula by its value")
NEVER_CALCULATED = Text("ô công thức chưa có giá trị", "a formula that was never calculated")
ERROR_CELL = Text("ô lỗi của bảng tính", "an error value of the sheet")
RECALCULATE = Text(
    "mở tệp bằng Excel, tính lại, sửa lỗi rồi dán dạng giá trị",
    "open the file in Excel, recalculate, correct and paste as values",
)
TOO_LONG = Text("ô dài {count} ký tự, tối đa {limit}", "the cell has {count} characters, at most {limit}")
WRONG_COLUMN = Text("có thể nội dung bị lệch cột", "the content may be in the wrong column")
CONTROL = Text("ô có ký tự điều khiển", "the cell holds control characters")
NO_ID = Text("dòng không có mã cán bộ", "a row without an employee id")
NO_AGENCY = Text("dòng không có đơn vị", "a row without an agency")
BAD_DATE = Text("ngày không đọc được: {reason}", "cannot read the date: {reason}")
BAD_ID = Text("mã cán bộ không dùng được: {reason}", "the employee id cannot be used: {reason}")
BAD_PHONE = Text("số điện thoại không đọc được, bỏ trống", "cannot read the phone number, left empty")
PHONE_HINT = Text("viết dạng 0912345678", "write it as 0912345678")
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
        self._header = header
        self._labels = {name: header.label(name) for name in header.fields}
        self._columns = dict(header.fields)
        self._width = max(header.fields.values(), default=0) + 1
        self._lookup = lookup
        self._today = today
        self._problems = problems
        self._answers = answers
        self._is_csv = is_csv
        self._statuses = {slug(word): standing for standing, words in STATUSES.items() for word in words}
        self._statuses |= {slug(word): standing for word, standing in settings.status.items()}
        self._kinds = {slug(word): kind for kind, words in POST_KINDS.items() for word in words}
        self._mixture = mixture
        self.names = NameReader(header, problems, mixture)
        self._header_keys = {slug(label) for label in header.labels if label}
        self._texts: dict[str, str] = {}
        self._dates: dict[str, date | None] = {}
        self._footer_seen = False
        self.waiting_ids: set[str] = set()
        self.waiting = 0
        self.rows = 0
        self.ignored: list[int] = []
        self.answered: set[tuple[str, str]] = set()

    def read(self, number: int, cells: Sequence[Cell]) -> PostRow | None:
        """The post in a row; None for blank, ignored, waiting and faulty rows."""
        if not any(cells):
            return None
        if len(cells) < self._width:
            cells = [*cells, *[""] * (self._width - len(cells))]
        employee_id = self._employee_id(number, cells)
        if employee_id is None:
            return None
        self.rows += 1
        answers = self._answers.get(employee_id)
        if answers:
            cells = self._with_answers(employee_id, cells, answers)
            employee_id = intern(answers.get("employee_id", employee_id))
        return self._post(number, cells, employee_id, answers or {})

    def _post(self, number: int, cells: Sequence[Cell], employee_id: str, answers: Mapping[str, str]) -> PostRow | None:
        ethnic_group = self._text("ethnic_group", number, cells, None)
        raw = [self._raw(name, number, cells) for name in self.names.fields]
        read = self.names.read(number, employee_id, raw, cells, ethnic_group, answers)
        encoding = read.encoding
        post = PostRow(
            row=number,
            employee_id=employee_id,
            name=read.name or _NO_NAME,
            agency=self._agency(number, cells, encoding) or "",
            title=self._text("title", number, cells, encoding),
            rank=self._rank(number, cells, encoding),
            kind=self._kind(number, cells, encoding),
            standing=self._standing(number, cells, encoding),
            hired_on=self._date("hired_on", number, cells),
            phone=self._phone(number, cells),
            decision=self._decision(number, cells, encoding),
            effective_on=self._date("effective_on", number, cells),
        )
        self._check_birth(number, cells)
        if post.effective_on and post.effective_on > self._today:
            self.waiting += 1
            self.waiting_ids.add(employee_id)
            return None
        return post

    # other fields

    def _employee_id(self, number: int, cells: Sequence[Cell]) -> str | None:
        cell = cells[self._columns["employee_id"]]
        column = self._labels["employee_id"]
        if not isinstance(cell, BadCell):
            try:
                found = parse_employee_id(cell)
            except BadId as bad:
                value = raw_text(cell)
                self._problems.error(
                    BAD_ID, row=number, column=column, value=value, hint=FORMAT_AS_TEXT, reason=bad.reason
                )
                return None
            if found and not self._is_formula(found):
                if self._footer_seen or slug(found) in self._header_keys:
                    return self._unless_header(number, cells, found)
                return found
            if not found:
                self._without_id(number, cells)
                return None
        self._raw("employee_id", number, cells)  # says what is wrong
        return None

    def _unless_header(self, number: int, cells: Sequence[Cell], found: str) -> str | None:
        filled = [slug(raw_text(cell)) for cell in cells if cell]
        if sum(1 for key in filled if key in self._header_keys) * 2 > len(filled):
            self.ignored.append(number)
            return None
        return found

    def _without_id(self, number: int, cells: Sequence[Cell]) -> None:
        """A row without an id is blank, a heading, a total, a signature - or a person whose id is missing."""
        by_field = {name: raw_text(cells[index]) for name, index in self._columns.items()}
        ordinal = by_field.pop("ordinal", "")
        filled = [text for text in map(raw_text, cells) if text]
        telling = [text for name, text in by_field.items() if text and name not in ("note", "sex")]
        if not filled or (filled == [ordinal] and _NUMBER.match(ordinal)):
            return
        keys = [slug(cell.text) for cell in repair_cells(filled)]
        self._footer_seen = self._footer_seen or any(key.startswith(_FOOTER_KEYS) for key in keys if key)
        is_heading = len(telling) <= 1 and not _NUMBER.match(ordinal)
        is_header = sum(1 for key in keys if key in self._header_keys) * 2 > len(keys)
        if self._footer_seen or is_heading or is_header or not telling:
            self.ignored.append(number)
            return
        name = " ".join(by_field.get(name, "") for name in self.names.fields).strip()
        self._problems.error(
            NO_ID, row=number, column=self._labels["employee_id"], value=name or ", ".join(telling), hint=FILL_IN
        )

    def _agency(self, number: int, cells: Sequence[Cell], encoding: Encoding | None) -> str | None:
        code = self._text("agency_code", number, cells, encoding)
        name = self._text("agency_name", number, cells, encoding)
        columns = (self._labels.get("agency_code", ""), self._labels.get("agency_name", ""))
        if not code and not name:
            self._problems.error(NO_AGENCY, row=number, column=columns[0] or columns[1], hint=FILL_IN)
            return None
        return self._lookup.resolve(code, name, number, columns, self._problems)

    def _rank(self, number: int, cells: Sequence[Cell], encoding: Encoding | None) -> str:
        rank = self._text("rank", number, cells, encoding)
        step = self._text("step", number, cells, encoding)
        return intern(f"{rank}, bậc {step}") if rank and step else rank

    def _decision(self, number: int, cells: Sequence[Cell], encoding: Encoding | None) -> str:
        decision = self._text("decision", number, cells, encoding)
        signed_on = self._date("decision_date", number, cells)
        return f"{decision} ngày {signed_on:%d/%m/%Y}" if decision and signed_on else decision

    def _standing(self, number: int, cells: Sequence[Cell], encoding: Encoding | None) -> Standing:
        text = self._text("standing", number, cells, encoding)
        if not text:
            return "working"
        found = self._statuses.get(slug(text))
        if found is None:
            self._problems.question(
                UNKNOWN_STATUS,
                row=number,
                column=self._labels["standing"],
                value=text,
                hint=STATUS_HINT.format(value=text),
            )
        return found or "working"

    def _kind(self, number: int, cells: Sequence[Cell], encoding: Encoding | None) -> PostKind | None:
        text = self._text("post_kind", number, cells, encoding)
        if not text:
            return None
        found = self._kinds.get(slug(text))
        if found is None:
            self._problems.question(
                UNKNOWN_KIND, row=number, column=self._labels["post_kind"], value=text, hint=KIND_HINT
            )
        return found

    def _phone(self, number: int, cells: Sequence[Cell]) -> str:
        if "phone" not in self._columns or not cells[self._columns["phone"]]:
            return ""
        text = self._raw("phone", number, cells)
        phone = parse_phone(text) if text else ""
        if phone is None:
            self._problems.warning(BAD_PHONE, row=number, column=self._labels["phone"], value=text, hint=PHONE_HINT)
        return phone or ""

    def _date(self, name: str, number: int, cells: Sequence[Cell]) -> date | None:
        index = self._columns.get(name)
        if index is None or not cells[index]:
            return None
        cell = cells[index]
        if isinstance(cell, str) and cell in self._dates:
            return self._dates[cell]
        if isinstance(cell, BadCell):
            self._raw(name, number, cells)
            return None
        try:
            found = parse_date(cell)
        except NotADate as bad:
            self._problems.error(
                BAD_DATE,
                row=number,
                column=self._labels[name],
                value=raw_text(cell),
                hint=HOW_TO_WRITE,
                reason=bad.reason,
            )
            return None
        if isinstance(cell, str):
            _make_room(self._dates)
            self._dates[cell] = found
        return found

    def _check_birth(self, number: int, cells: Sequence[Cell]) -> None:
        index = self._columns.get("birth")
        if index is None or not cells[index]:
            return
        cell = cells[index]
        if isinstance(cell, BadCell):
            self._raw("birth", number, cells)
            return
        try:
            parse_birth(cell, self._today)
        except NotADate as bad:
            self._problems.error(
                BAD_DATE,
                row=number,
                column=self._labels["birth"],
                value=raw_text(cell),
                hint=HOW_TO_WRITE,
                reason=bad.reason,
            )

    # cells

    def _raw(self, name: str, number: int, cells: Sequence[Cell]) -> str:
        """The text of a cell before any repair; "" and a problem when the cell cannot be used."""
        cell = cells[self._columns[name]]
        if isinstance(cell, BadCell):
            message = NEVER_CALCULATED if cell.formula else ERROR_CELL
            self._problems.error(message, row=number, column=self._labels[name], value=cell.text, hint=RECALCULATE)
            return ""
        text = raw_text(cell)
        if self._is_formula(text) and not (name == "phone" and looks_like_phone(text)):
            self._problems.error(FORMULA, row=number, column=self._labels[name], value=text, hint=FORMULA_HINT)
            return ""
        if len(text) > CELL_CHARACTERS:
            self._too_long(name, number, text, CELL_CHARACTERS)
            return ""
        return text

    def _text(self, name: str, number: int, cells: Sequence[Cell], encoding: Encoding | None) -> str:
        """The text of a cell, repaired and tidy."""
        index = self._columns.get(name)
        if index is None:
            return ""
        cell = cells[index]
        if isinstance(cell, str) and (known := self._texts.get(cell)) is not None:
            return known
        raw = self._raw(name, number, cells)
        if not raw:
            return ""
        safe = raw.isascii() or is_definite_unicode(raw)
        text = intern(tidy(raw if safe else repair_cells([raw], prior=encoding or self._mixture, role="words")[0].text))
        if len(text) > TEXT_CHARACTERS:
            self._too_long(name, number, text, TEXT_CHARACTERS)
            return ""
        if has_control(text):
            self._problems.error(CONTROL, row=number, column=self._labels[name], value=repr(text), hint=FILL_IN)
            return ""
        if safe and isinstance(cell, str):
            _make_room(self._texts)
            self._texts[cell] = text
        return text

    def _too_long(self, name: str, number: int, text: str, limit: int) -> None:
        self._problems.error(
            TOO_LONG,
            row=number,
            column=self._labels[name],
            value=text[:80],
            hint=WRONG_COLUMN,
            count=len(text),
            limit=limit,
        )

    def _is_formula(self, text: str) -> bool:
        return self._is_csv and text[:1] in ("=", "+", "-", "@") and text != ""

    def _with_answers(self, employee_id: str, cells: Sequence[Cell], answers: Mapping[str, str]) -> Sequence[Cell]:
        changed = list(cells)
        for name, text in answers.items():
            if name in self._columns:
                changed[self._columns[name]] = text
                self.answered.add((employee_id, name))
        return changed


def _make_room(cache: dict[str, date | None] | dict[str, str]) -> None:
    if len(cache) >= _CACHE_ENTRIES:
        cache.clear()
