"""An id that comes back with another name, and what a roster without a column does not say."""

from __future__ import annotations

import pytest

from foundation.directory import schema
from provisioner.people import Person
from provisioner.planning.planner import Plan, Planner, Wanted
from tests.support.small_province import AGENCIES, Province, only, person, post, shown

AN = person("1", "Nguyễn Văn An", phone="0912345678")


def _plan(province: Province, people: list[Person], **wanted: frozenset[str]) -> Plan:
    planner = Planner(province.directory, province.settings, province.keys, province.today)
    return planner.plan(Wanted(people, AGENCIES, AGENCIES, **wanted), planner.live_agencies())  # type: ignore[arg-type]


@pytest.fixture
def province() -> Province:
    made = Province()
    made.sync([AN])
    return made


def test_a_wholly_different_name_is_a_question(province: Province) -> None:
    plan = _plan(province, [person("1", "Lý Quốc Dũng")])
    assert plan.stops
    assert "is this the same person?" in shown(plan.problems)
    assert [change for change in plan.changes if change.kind == "person"] == []


def test_a_confirmed_name_is_a_rename(province: Province) -> None:
    plan = _plan(province, [person("1", "Lý Quốc Dũng")], confirmed=frozenset({"1"}))
    assert not plan.stops
    assert only(plan).action == "rename"


@pytest.mark.parametrize("name", ["Trần Thị An", "Nguyễn Thị Bình", "Nguyen Van An"])
def test_a_shared_syllable_is_enough(province: Province, name: str) -> None:
    assert not _plan(province, [person("1", name)]).stops


def test_a_column_that_the_roster_lacks_erases_nothing(province: Province) -> None:
    before = province.person("1")
    bare = Person("1", AN.name, (post("SXD", ""),))
    columns = frozenset({"employee_id", "full_name", "agency_code"})
    assert _plan(province, [bare], columns=columns).changes == []
    assert before.first("telephoneNumber") == "0912345678"


def test_an_empty_cell_erases(province: Province) -> None:
    plan = _plan(province, [person("1", "Nguyễn Văn An", phone="")], columns=frozenset({"phone", "title"}))
    change = only(plan)
    assert change.after["telephoneNumber"] == ()


def test_a_new_post_is_taken_as_it_stands(province: Province) -> None:
    """What the old post was called says nothing about the new one."""
    columns = frozenset({"employee_id", "full_name", "agency_code"})
    change = only(_plan(province, [Person("1", AN.name, (post("STC", ""),))], columns=columns))
    assert change.action == "move"
    assert change.after[schema.POST][0].startswith("STC$$")
