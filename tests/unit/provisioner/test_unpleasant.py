"""New addresses that somebody should look at: rude ones and look-alikes, as warnings, never more than a screen."""

from __future__ import annotations

from provisioner.planning.unpleasant import SHOWN, report_unpleasant
from tests.support.small_province import AGENCIES, Province, person


def _report(*given: tuple[str, str]) -> list[tuple[str, str]]:
    pairs = [(person(employee_id), address) for employee_id, address in given]
    return [(problem.message.en, problem.value.split()[0]) for problem in report_unpleasant(pairs, AGENCIES)]


def test_rude_names_are_warned_of_in_front_of_the_agency_only() -> None:
    assert _report(("1", "ngu.sxd@tinh.test"), ("2", "annv.sxd@tinh.test")) == [
        ("the address reads as a rude word", "ngu.sxd@tinh.test")
    ]


def test_look_alikes_are_warned_of_within_one_agency() -> None:
    assert _report(("1", "arnv.sxd@tinh.test"), ("2", "amv.sxd@tinh.test"), ("3", "amv.stc@tinh.test")) == [
        ("the address is easily mistaken for amv", "arnv.sxd@tinh.test")
    ]


def test_numbered_namesakes_are_no_look_alikes() -> None:
    assert _report(("1", "annv.sxd@tinh.test"), ("2", "annv2.sxd@tinh.test"), ("3", "annv11.sxd@tinh.test")) == []


def test_only_a_screen_of_each_kind_is_listed() -> None:
    pairs = [(person(str(number)), f"ngu{number}.sxd@tinh.test") for number in range(100)]
    found = report_unpleasant(pairs, AGENCIES)
    assert len(found) == SHOWN + 1
    assert f"{100 - SHOWN} more" in found[-1].message.en


def test_a_warning_stops_nothing_and_comes_once() -> None:
    province = Province()
    rude = person("1", "Ngu")
    plan = province.sync([rude])
    assert [problem.severity for problem in plan.problems if "rude" in problem.message.en] == ["warning"]
    assert not [problem for problem in province.plan([rude]).problems if "rude" in problem.message.en]
