"""Whatever bytes a file holds, reading it gives people or problems: no other exception, no unbounded memory."""

from __future__ import annotations

import contextlib
import csv
import io
import resource
import tempfile
import zipfile
from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import InputError
from foundation.vietnamese import encode_tcvn3
from provisioner.roster import Roster, RosterSettings, read_agencies, read_roster
from provisioner.roster.columns import Vocabulary
from provisioner.roster.dates import NotADate, parse_birth, parse_date
from provisioner.roster.employee_ids import BadId, parse_employee_id
from provisioner.roster.name_checks import name_fault
from provisioner.roster.names import split_name
from provisioner.roster.phones import parse_phone
from provisioner.roster.words import ROSTER_HEADERS
from tests.support.roster_files import AGENCIES, HEADER, TODAY, write_ods, write_xls, write_xlsx

FUZZ = settings(max_examples=150, deadline=None)
MEMORY_BYTES = 300 * 1_048_576
"""What reading small hostile files may add to the process at most; one real bomb would take many times as much."""

telling = """00001|SXD|SXDD|Nguyễn Văn An|H'Bliă Êban|=1+1|31/02/2020|05/01/2020|1,23E+11|#REF!|Tổng cộng|Kiêm nhiệm
nghỉ hưu|a\x00b|a\nb|"|Lª V¨n Hµ|Họ và tên|\xad|\u202e|\x85|\xa0|-|1980|43835|+84912345678|'00123|{0}|{x}|Y Wăn Niê"""
cells = st.one_of(st.text(max_size=40), st.sampled_from(["", "9" * 400, *telling.replace("\nngh", "|ngh").split("|")]))
headers = st.lists(
    st.one_of(st.sampled_from([header for words in ROSTER_HEADERS.values() for header in words[:3]]), cells),
    max_size=14,
)
tables = st.lists(st.lists(cells, max_size=14), max_size=14)


def as_csv(rows: list[list[str]], separator: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, escapechar="\\", quoting=csv.QUOTE_ALL).writerows(rows)
    return text.getvalue()


def read(content: bytes) -> Roster | None:
    """Read the bytes as a roster and as an agencies file; check what must hold of any answer."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fuzz"
        path.write_bytes(content)
        with contextlib.suppress(InputError):
            read_agencies(path, RosterSettings())
        roster = None
        with contextlib.suppress(InputError):
            roster = read_roster(path, RosterSettings(), AGENCIES, TODAY)
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < MEMORY_BYTES
    if roster is not None:
        check(roster)
    return roster


def check(roster: Roster) -> None:
    ids = [person.employee_id for person in roster.people]
    assert ids == sorted(set(ids))
    assert not roster.waiting_ids & set(ids)
    for person in roster.people:
        assert person.employee_id
        assert name_fault(person.name.full) is None
        assert person.agency in AGENCIES
        assert [post.kind for post in person.posts].count("main") == 1
        assert person.posts[0].kind == "main"
    for problem in roster.problems:
        assert problem.message.vi
        assert problem.message.en
        assert len(problem.value) <= 200
    stops = any(problem.stops for problem in roster.problems)
    assert roster.people or roster.waiting or stops


@FUZZ
@given(st.binary(max_size=4000))
def test_any_bytes(content: bytes) -> None:
    read(content)


@FUZZ
@given(
    headers, tables, st.sampled_from(",;\t|"), st.sampled_from(["utf-8", "utf-16", "utf-16-le", "latin-1", "cp1258"])
)
def test_any_table_as_csv(header: list[str], rows: list[list[str]], separator: str, encoding: str) -> None:
    read(as_csv([header, *rows], separator).encode(encoding, "replace"))


@FUZZ
@given(tables, st.binary(max_size=30), st.integers(0, 400))
def test_any_rows_under_a_good_header_with_stray_bytes(rows: list[list[str]], stray: bytes, at: int) -> None:
    content = as_csv([HEADER, *rows]).encode()
    read(content[:at] + stray + content[at:])


@cache
def workbook(kind: str) -> bytes:
    rows = [
        [*HEADER, "Ngày hiệu lực"],
        ["1", "Lê An", "SXD", encode_tcvn3("Kế toán"), TODAY],
        ["2", "Võ Ý", "SNV", 12.5, ""],
    ]
    writer = {"xlsx": write_xlsx, "xls": write_xls, "ods": write_ods}[kind]
    with tempfile.TemporaryDirectory() as folder:
        return writer(Path(folder) / f"a.{kind}", rows).read_bytes()


@FUZZ
@given(st.sampled_from(["xlsx", "xls", "ods"]), st.data())
def test_a_workbook_with_changed_bytes(kind: str, data: st.DataObject) -> None:
    content = bytearray(workbook(kind))
    for _ in range(data.draw(st.integers(1, 12))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    read(bytes(content[: data.draw(st.integers(8, len(content)))]))


@FUZZ
@given(st.sampled_from(["xlsx", "ods"]), st.data())
def test_a_workbook_with_changed_xml(kind: str, data: st.DataObject) -> None:
    """Changes behind the checksum of the archive, where the reader of the sheets itself must hold."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(kind))) as old, zipfile.ZipFile(changed, "w") as new:
        parts = [name for name in old.namelist() if name.endswith(".xml") or name.endswith(".rels")]
        chosen = data.draw(st.sampled_from(parts))
        for name in old.namelist():
            part = old.read(name)
            if name == chosen:
                start = data.draw(st.integers(0, len(part)))
                end = data.draw(st.integers(start, min(len(part), start + 60)))
                piece = data.draw(
                    st.one_of(
                        st.binary(max_size=20),
                        st.sampled_from([b'r="XFD1048576"', b"<f>1</f>", b"<c>", b'="999999999"', b"]]>"]),
                    )
                )
                part = part[:start] + piece + part[end:]
            new.writestr(name, part)
    read(changed.getvalue())


@given(cells)
def test_cells_alone_never_fail_otherwise(cell: str) -> None:
    with contextlib.suppress(NotADate):
        parse_date(cell)
    with contextlib.suppress(BadId):
        parse_employee_id(cell)
    with contextlib.suppress(NotADate):
        parse_birth(cell, TODAY)
    phone = parse_phone(cell)
    assert phone is None or (phone.isascii() and phone.isdigit() and phone.startswith("0"))
    Vocabulary(ROSTER_HEADERS).field_of(cell)


words_of_names = st.text(st.characters(categories=("L", "M"), include_characters="'’-"), min_size=1, max_size=8)


@given(
    st.lists(words_of_names, min_size=1, max_size=7),
    st.sampled_from(["", "Kinh", "Êđê", "Gia Rai", "Ba Na", "Cơ Ho", "Khmer", "Chăm"]),
)
def test_a_split_name_loses_no_word(words: list[str], group: str) -> None:
    name = split_name(" ".join(words), group).name
    assert name.full == " ".join(words)
    assert name.given
    letters = sorted(letter for letter in name.full if letter.isalnum())
    parts = sorted(letter for letter in name.family + name.middle + name.given if letter.isalnum())
    assert [letter.upper() for letter in letters] == [letter.upper() for letter in parts] or len(parts) == len(letters)


@FUZZ
@given(st.permutations(range(8)))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    rows = [[str(number), "Lê An", "SXD", f"Chức vụ {number}"] for number in range(8)]
    plain = read(as_csv([HEADER, *rows]).encode())
    mixed = read(as_csv([HEADER, *(rows[index] for index in order)]).encode())
    assert plain is not None
    assert mixed is not None
    assert [(one.employee_id, one.posts) for one in plain.people] == [
        (one.employee_id, one.posts) for one in mixed.people
    ]
