"""The invented province: the same bytes every time, realistic, and readable without a single problem."""

from __future__ import annotations

from collections import Counter
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from foundation.errors import UsageError
from foundation.vietnamese import equality_key, slug
from provisioner.generate import (
    ONLY_UNICODE,
    THREE_ENCODINGS,
    Province,
    change_roster,
    generate,
    write_agencies,
    write_broken_roster,
    write_roster,
)
from provisioner.people import Person
from provisioner.roster import Roster, RosterSettings, read_agencies, read_roster
from provisioner.synthetic.dice import Weighted
from provisioner.synthetic.staff import IT_OFFICER, SECRETARY, VAN_THU
from tests.support.roster_files import TODAY, stopping


@pytest.fixture(scope="module")
def province() -> Province:
    return generate(1000, 7)


def read(province: Province, folder: Path, name: str = "roster.csv", today: date = TODAY, **options: object) -> Roster:
    write_roster(province, folder / name, **options)  # type: ignore[arg-type]
    write_agencies(province, folder / "agencies.csv")
    agencies = read_agencies(folder / "agencies.csv", RosterSettings())
    assert agencies.problems == []
    return read_roster(folder / name, RosterSettings(), agencies.agencies, today)


def by_id(roster: Roster) -> dict[str, Person]:
    return {person.employee_id: person for person in roster.people}


def test_the_same_seed_gives_the_same_bytes_on_every_python_version(tmp_path: Path) -> None:
    write_roster(generate(50, 1), tmp_path / "roster.csv", THREE_ENCODINGS)
    write_agencies(generate(50, 1), tmp_path / "agencies.csv")
    digests = [sha256((tmp_path / name).read_bytes()).hexdigest()[:16] for name in ("roster.csv", "agencies.csv")]
    assert digests == ["833dfc814b505f40", "e83631725400f520"]
    write_roster(generate(50, 2), tmp_path / "other.csv", THREE_ENCODINGS)
    assert (tmp_path / "other.csv").read_bytes() != (tmp_path / "roster.csv").read_bytes()


@pytest.mark.parametrize("people", [1, 2, 3, 5, 14, 15, 59, 60, 200, 1000])
def test_every_size_reads_without_a_problem(people: int, tmp_path: Path) -> None:
    province = generate(people, people)
    roster = read(province, tmp_path)
    assert len(roster.people) == people == len(province.employee_ids)
    assert roster.problems == []


@pytest.mark.parametrize("reform", ["before", "after"])
def test_agencies_of_both_times(reform: str, tmp_path: Path) -> None:
    province = generate(600, 3, reform=reform)  # type: ignore[arg-type]
    roster = read(province, tmp_path, today=date(2024, 12, 1) if reform == "before" else TODAY)
    expected = "rows are not yet in effect" if reform == "before" else None
    assert all(expected and expected in problem.message.en for problem in roster.problems)
    levels = {agency.level for agency in province.agencies}
    assert levels == {"tỉnh", "huyện", "xã"}
    assert province.employee_ids == generate(600, 3).employee_ids


def test_an_old_roster_names_the_successors_today(tmp_path: Path) -> None:
    roster = read(generate(600, 3, reform="before"), tmp_path)
    assert stopping(roster)
    assert all(
        "does not exist today" in problem.message.en or "more rows" in problem.message.en
        for problem in stopping(roster)
    )
    assert any("Sở Khoa học và Công nghệ" in str(problem.hint) for problem in stopping(roster))


def test_three_encodings_are_read_back_letter_by_letter(province: Province, tmp_path: Path) -> None:
    plain, mixed = by_id(read(province, tmp_path)), read(province, tmp_path, encodings=THREE_ENCODINGS)
    assert set(mixed.encodings) == {"ascii", "tcvn3", "unicode", "vni"}
    questions = [problem for problem in mixed.problems if problem.severity == "question"]
    assert len(questions) <= 2
    assert len(mixed.people) == 1000
    wrong = [
        one
        for one in mixed.people
        if one.name != plain[one.employee_id].name and one.row not in {q.row for q in questions}
    ]
    assert wrong == []
    assert {one.title for one in mixed.people} == {one.title for one in plain.values()}


def test_xlsx_says_the_same_as_csv(tmp_path: Path) -> None:
    province = generate(200, 5)
    assert read(province, tmp_path, "roster.xlsx").people == read(province, tmp_path, "roster.csv").people


def test_the_first_five_are_the_people_that_trials_need(province: Province) -> None:
    assert [row.title for row in province.rows[:5]] == [
        "Chuyên viên",
        VAN_THU,
        SECRETARY,
        "Chánh Văn phòng",
        IT_OFFICER,
    ]
    assert [row.employee_id for row in province.rows[:5]] == [f"CB00000{number}" for number in range(1, 6)]


def test_every_agency_has_a_head_a_van_thu_and_an_it_officer(province: Province) -> None:
    titles: dict[str, Counter[str]] = {}
    for row in province.rows:
        if row.kind == "Chính":
            titles.setdefault(row.agency, Counter())[row.title] += 1
    assert len(titles) > 10
    for counts in titles.values():
        assert counts[VAN_THU] == counts[IT_OFFICER] == 1
        assert sum(counts[head] for head in ("Chánh Văn phòng", "Giám đốc", "Chủ tịch", "Hiệu trưởng")) == 1


def test_collisions_minorities_and_second_posts_are_those_of_real_life(province: Province) -> None:
    people = [row for row in province.rows if row.kind == "Chính"]
    names = Counter(equality_key(row.name.full) for row in people)
    namesakes = sum(count for count in names.values() if count > 1)
    assert 60 <= namesakes <= 220  # research: about 12 % of 1,000 share an exact name
    annv = Counter(
        slug(row.name.given) + "".join(slug(word)[:1] for word in f"{row.name.family} {row.name.middle}".split())
        for row in people
    )
    assert 60 <= 1000 - len(annv) <= 250  # research: 11.7 % of addresses like annv@ need a number
    assert {"Êđê", "Gia Rai", "Khmer", "Hmông", "Xơ Đăng"} <= {row.name.ethnic_group for row in people}
    assert {row.kind for row in province.rows} == {"Chính", "Kiêm nhiệm", "Biệt phái"}


def test_what_happens_between_two_syncs(province: Province, tmp_path: Path) -> None:
    before = by_id(read(province, tmp_path))
    after = by_id(read(change_roster(province, joiners=10, movers=7, renames=2, leavers=5), tmp_path))
    assert len(set(after) - set(before)) == 10
    assert len(set(before) - set(after)) == 5
    both = [(before[one], after[one]) for one in after if one in before]
    assert sum(old.agency != new.agency for old, new in both) == 7
    renamed = [(old, new) for old, new in both if old.name != new.name]
    assert len(renamed) == 2
    assert all(old.name.given == new.name.given and old.name.family != new.name.family for old, new in renamed)
    untouched = province.employee_ids[:5]
    assert [before[one] for one in untouched] == [after[one] for one in untouched]


def test_leavers_may_stay_in_the_file_as_retired(province: Province, tmp_path: Path) -> None:
    roster = read(change_roster(province, leavers=4, absent=False), tmp_path)
    assert Counter(person.standing for person in roster.people) == {"working": 996, "left": 4}


def test_a_truncated_roster_lacks_its_end(province: Province) -> None:
    rows = change_roster(province, truncate=0.3).rows
    assert rows == province.rows[: len(rows)]
    assert len(rows) == len(province.rows) - int(len(province.rows) * 0.3)


def test_the_broken_roster_has_one_of_each_mistake(province: Province, tmp_path: Path) -> None:
    write_broken_roster(province, tmp_path / "roster.csv")
    write_agencies(province, tmp_path / "agencies.csv")
    agencies = read_agencies(tmp_path / "agencies.csv", RosterSettings()).agencies
    roster = read_roster(tmp_path / "roster.csv", RosterSettings(), agencies, TODAY)
    assert [(problem.row, problem.column) for problem in stopping(roster)] == [
        (3, "Mã CBCC"), (4, "Ngày hiệu lực"), (5, "Mã đơn vị"), (6, "Chức vụ"), (7, "Họ và tên"), (8, "Họ và tên"),
        (9, "Trạng thái"), (10, "Mã CBCC"), (11, "Ngày tuyển dụng"),
    ]  # fmt: skip


@pytest.mark.parametrize("people", [0, -1, 1_000_001])
def test_numbers_of_people_that_make_no_sense_are_refused(people: int) -> None:
    with pytest.raises(UsageError):
        generate(people, 1)


def test_weights_are_respected() -> None:
    from random import Random

    choice, dice = Weighted({"a": 3.0, "b": 1.0, "never": 0.0}), Random(1)
    counts = Counter(choice.pick(dice) for _ in range(4000))
    assert 2800 < counts["a"] < 3200
    assert counts["never"] == 0
    assert ONLY_UNICODE == {"unicode": 1.0}
