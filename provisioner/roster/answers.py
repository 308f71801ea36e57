"""The administrator's answers to our questions: employee id, column, the right text.

An answer replaces one cell of every row of that person, before the cell is read, and is taken letter by letter. An
answer that fits no row or no column is reported, so that a stale answers file does not go unnoticed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from foundation.errors import Problem
from foundation.language import Text
from provisioner.roster.columns import Vocabulary, find_header, require, scorer
from provisioner.roster.employee_ids import BadId, parse_employee_id
from provisioner.roster.problem_list import ProblemList
from provisioner.roster.sizes import HEADER_SEARCH_ROWS
from provisioner.roster.table_file import open_table, read_file
from provisioner.roster.texts import raw_text, tidy
from provisioner.roster.words import ANSWER_HEADERS

_NEEDED = (("employee_id",), ("column",), ("text",))

NO_SUCH_COLUMN = Text("câu trả lời cho cột không có", "an answer for a column that does not exist")
TWO_ANSWERS = Text("hai câu trả lời khác nhau cho cùng một ô", "two different answers for one cell")
INCOMPLETE = Text("câu trả lời thiếu mã hoặc cột", "an answer without an id or a column")
UNUSED = Text("câu trả lời không khớp dòng nào của danh sách", "an answer that fits no row of the roster")
REMOVE = Text("xóa dòng này khỏi tệp trả lời, hoặc sửa mã", "delete this line of the answers file, or correct the id")


@dataclass(slots=True)
class Answers:
    """Texts by employee id and field, the problems of the answers file, and where each answer stands."""

    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    file: str = ""
    rows: dict[tuple[str, str], int] = field(default_factory=dict)

    def unused(self, answered: Collection[tuple[str, str]]) -> list[Problem]:
        """A warning for each answer that was not used."""
        problems = ProblemList(self.file)
        for (employee_id, name), row in self.rows.items():
            if (employee_id, name) not in answered:
                problems.warning(UNUSED, row=row, value=employee_id, hint=REMOVE)
        return problems.sorted()


def read_answers(path: Path, columns: Vocabulary) -> Answers:
    """Read the answers file. Raises UsageError and InputError as `read_roster` does."""
    file = read_file(path)
    words = Vocabulary(ANSWER_HEADERS)
    problems = ProblemList(file.name)
    answers = Answers(file=file.name)
    table = open_table(file, scorer(words, _NEEDED))
    head = list(islice(table.rows(), HEADER_SEARCH_ROWS))
    header = find_header(head, words, table.widths)
    if require(header, head, _NEEDED, words, problems) and header is not None:
        for number, cells in islice(table.rows(), header.data_start, None):
            values = {name: cells[index] if index < len(cells) else "" for name, index in header.fields.items()}
            try:
                employee_id = parse_employee_id(values["employee_id"])
            except BadId as bad:
                problems.error(bad.reason, row=number, value=raw_text(values["employee_id"]))
                continue
            column, text = tidy(raw_text(values["column"])), tidy(raw_text(values["text"]))
            if employee_id or column or text:
                _add(answers, number, employee_id, column, text, columns, problems)
    answers.problems = problems.sorted()
    return answers


def _add(
    answers: Answers, number: int, employee_id: str, column: str, text: str, columns: Vocabulary, problems: ProblemList
) -> None:
    if not employee_id or not column:
        problems.error(INCOMPLETE, row=number, value=f"{employee_id} {column}".strip())
        return
    name = columns.field_of(column) or columns.field_of(column.rpartition(" / ")[2])
    if name is None:
        problems.error(NO_SUCH_COLUMN, row=number, value=column)
        return
    texts = answers.texts.setdefault(employee_id, {})
    if texts.setdefault(name, text) != text:
        problems.error(TWO_ANSWERS, row=number, value=f"{employee_id}, {column}")
    answers.rows[employee_id, name] = number
