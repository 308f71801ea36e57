"""Safety limits: exceeded is more than max(floor, percent of the base), on three scales, and force names them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import UsageError
from foundation.language import Text
from provisioner import limits
from provisioner.changes import Change, Limit, Population
from provisioner.settings import LimitRule, Limits

WHY = Text("vì", "why")
PERSON_ACTIONS = ["create", "update", "rename", "move", "suspend", "restore", "adopt"]


def _change(kind: str = "person", action: str = "suspend", agency: str = "SXD", lost: int = 0) -> Change:
    return Change(kind, action, "1", "uid=1", "", {}, {}, WHY, agency, lost)  # type: ignore[arg-type]


def _population(people: int = 100, **by_agency: int) -> Population:
    return Population(people, by_agency, agencies=50, memberships=200, occupancies=30)


def _by_name(found: list[Limit]) -> dict[str, Limit]:
    return {limit.name: limit for limit in found}


@pytest.mark.parametrize(
    ("action", "people", "allowed"),
    [
        ("suspend", 0, 3),
        ("suspend", 60, 3),
        ("suspend", 79, 3),
        ("suspend", 80, 4),
        ("suspend", 100_000, 5000),
        ("move", 0, 10),
        ("move", 50, 10),
        ("move", 55, 11),
        ("update", 1000, 200),
        ("rename", 1000, 200),
        ("restore", 1000, 200),
    ],
)
def test_the_defaults_are_those_of_the_design(action: str, people: int, allowed: int) -> None:
    at, over = ([_change(action=action)] * count for count in (allowed, allowed + 1))
    rules = Limits(per_agency=False)
    assert not any(limit.exceeded for limit in limits.evaluate(at, _population(people), rules, {}))
    found = _by_name(limits.evaluate(over, _population(people), rules, {}))
    assert found[action] == Limit(action, allowed + 1, allowed)
    assert [limit.name for limit in found.values() if limit.exceeded] == [action]


@pytest.mark.parametrize("action", ["create", "adopt"])
def test_creates_and_adoptions_are_never_limited(action: str) -> None:
    changes = [_change(action=action)] * 10_000
    assert not any(limit.exceeded for limit in limits.evaluate(changes, _population(0), Limits(), {}))


def test_new_groups_are_never_limited_and_old_ones_count_what_they_lose() -> None:
    changes = [_change("list", "create", lost=0)] * 500 + [_change("list", "update", lost=41)]
    found = _by_name(limits.evaluate(changes, _population(), Limits(), {}))
    assert found["list"] == Limit("list", 41, 40)
    assert found["list"].exceeded
    growing = [_change("list", "update", lost=0)] * 500
    assert not any(limit.exceeded for limit in limits.evaluate(growing, _population(), Limits(), {}))


def test_each_kind_has_its_own_base() -> None:
    changes = [
        *[_change("agency", "update")] * 11,
        *[_change("role_mailbox", "update", lost=1)] * 11,
    ]
    found = _by_name(limits.evaluate(changes, _population(), Limits(), {}))
    assert (found["agency"].value, found["agency"].limit) == (11, 10)
    assert (found["role_mailbox"].value, found["role_mailbox"].limit) == (11, 10)


def test_one_agency_is_measured_against_its_own_people() -> None:
    changes = [_change(agency="NHO")] * 4 + [_change(agency="TO")] * 4
    found = _by_name(limits.evaluate(changes, _population(10_000, NHO=5, TO=1000), Limits(), {}))
    assert found["suspend.agency:NHO"].exceeded
    assert not found["suspend.agency:TO"].exceeded
    assert not found["suspend"].exceeded
    without = limits.evaluate(changes, _population(10_000, NHO=5, TO=1000), Limits(per_agency=False), {})
    assert not any(":" in limit.name for limit in without)


def test_a_week_adds_what_earlier_runs_did() -> None:
    changes = [_change()] * 3
    found = _by_name(limits.evaluate(changes, _population(100), Limits(per_agency=False), {"suspend": 3}))
    assert not found["suspend"].exceeded
    assert found["suspend.week"] == Limit("suspend.week", 6, 5)
    assert found["suspend.week"].exceeded


def test_a_week_that_was_too_much_does_not_stop_a_run_that_adds_nothing() -> None:
    found = limits.evaluate([], _population(100), Limits(), {"suspend": 50, "move": 70})
    assert not any(limit.exceeded for limit in found)


def test_the_window_can_be_switched_off() -> None:
    found = limits.evaluate([_change()] * 3, _population(100), Limits(window_days=0), {"suspend": 50})
    assert not any(limit.exceeded for limit in found)


def test_own_rules_win_over_other_and_suspend_never_falls_back_on_other() -> None:
    rules = Limits({"other": LimitRule(0, 0), "move": LimitRule(100, 0)}, per_agency=False)
    found = _by_name(
        limits.evaluate([_change(action=action) for action in ("suspend", "move", "update")], _population(), rules, {})
    )
    assert (found["suspend"].limit, found["move"].limit, found["update"].limit) == (5, 100, 0)
    assert found["update"].exceeded


# -- force ----------------------------------------------------------------------------------------------------------

EXCEEDED = [
    Limit("suspend", 9, 5),
    Limit("suspend.agency:SXD", 9, 3),
    Limit("move.week", 30, 20),
    Limit("update", 0, 9),
]


@pytest.mark.parametrize(
    ("forced", "left"),
    [
        ([], ["suspend", "suspend.agency:SXD", "move.week"]),
        (["suspend"], ["move.week"]),
        (["suspend.agency:SXD"], ["suspend", "move.week"]),
        (["suspend", "move.week"], []),
        (["suspend", "move"], []),
        (["update"], ["suspend", "suspend.agency:SXD", "move.week"]),
    ],
)
def test_a_type_is_forced_on_every_scale_and_a_scale_alone(forced: list[str], left: list[str]) -> None:
    assert [limit.name for limit in limits.unforced(EXCEEDED, forced)] == left


@pytest.mark.parametrize(
    "name", ["suspend", "suspend.agency:SXD", "move", "move.week", "roster_older", "roster_columns"]
)
def test_known_names_may_be_forced(name: str) -> None:
    limits.check_names([name], EXCEEDED)


@pytest.mark.parametrize("name", ["suspned", "suspend.agency:STC", "all", "", "create", "SUSPEND"])
def test_a_misspelt_name_is_no_decision(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        limits.check_names(["suspend", name], EXCEEDED)
    assert "suspend.agency:SXD" in str(caught.value.hint)


def test_the_refusal_says_how_to_go_on() -> None:
    error = limits.refuse(EXCEEDED[:3])
    assert error.exit_code == 4
    assert "suspend: 9 > 5" in error.message.en
    assert "--force suspend --force move --reason" in error.hint.en  # type: ignore[union-attr]


# -- monotone -------------------------------------------------------------------------------------------------------

CHANGES = st.lists(
    st.builds(
        _change,
        st.sampled_from(["person", "list", "role_mailbox", "agency"]),
        st.sampled_from(PERSON_ACTIONS),
        st.sampled_from(["SXD", "STC"]),
        st.integers(0, 5),
    ),
    max_size=30,
)
POPULATIONS = st.builds(
    lambda people, one, two, agencies, memberships: Population(
        people, {"SXD": one, "STC": two}, agencies, memberships, memberships
    ),
    *[st.integers(0, 200)] * 5,
)
RECENT = st.dictionaries(st.sampled_from(limits.PERSON_TYPES), st.integers(0, 20))


@given(CHANGES, CHANGES, POPULATIONS, RECENT)
def test_more_changes_never_make_a_run_acceptable(
    some: list[Change], more: list[Change], population: Population, recent: dict[str, int]
) -> None:
    few = {limit.name for limit in limits.evaluate(some, population, Limits(), recent) if limit.exceeded}
    many = {limit.name for limit in limits.evaluate(some + more, population, Limits(), recent) if limit.exceeded}
    assert few <= many


@given(CHANGES, POPULATIONS, st.integers(0, 200))
def test_a_larger_population_never_makes_a_run_unacceptable(
    changes: list[Change], population: Population, added: int
) -> None:
    larger = Population(
        population.people + added,
        {code: count + added for code, count in population.by_agency.items()},
        population.agencies + added,
        population.memberships + added,
        population.occupancies + added,
    )
    before = {limit.name for limit in limits.evaluate(changes, larger, Limits(), {}) if limit.exceeded}
    after = {limit.name for limit in limits.evaluate(changes, population, Limits(), {}) if limit.exceeded}
    assert before <= after


@given(CHANGES, CHANGES, POPULATIONS)
def test_splitting_a_run_within_the_window_gains_nothing(
    first: list[Change], second: list[Change], population: Population
) -> None:
    """What both halves do to people is counted together in the second run, as in one run."""
    whole = {limit.name for limit in limits.evaluate(first + second, population, Limits(), {}) if limit.exceeded}
    earlier, _ = limits.count(first)
    later = limits.evaluate(second, population, Limits(), earlier)
    total, _ = limits.count(second)
    for name in whole & set(limits.PERSON_TYPES):
        if total[name]:
            assert any(limit.exceeded for limit in later if limit.name.partition(".")[0] == name)
