"""A plan for people and for scripts: the keys of the contract, and nothing that could steer a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click
import pytest

from foundation.invocation import Invocation
from foundation.language import Text, use_language
from foundation.terminal import counted
from provisioner.changes import Change, Limit, Plan, Population
from provisioner.presentation import ROWS_SHOWN, emit_plan, plan_fields, post_text, show_plan
from tests.support.small_province import Province, person, post

BEFORE = [person("1"), person("3", "Lê Văn Ba"), person("4", "Hồ Thị Tư", "STC", "Văn thư")]
AFTER = [
    person("1", "Nguyễn Thị Bình", decision="12/QĐ"),
    person("2", "Trần Văn Hai"),
    person("4", "Hồ Thị Tư", "SXD", "Văn thư"),
]


@pytest.fixture(autouse=True)
def _inside_a_command() -> Iterator[None]:
    """English, as the running command would have set it."""
    use_language("en")
    with click.Context(click.Command("plan"), obj=Invocation("provision")):
        yield
    use_language("vi")


@pytest.fixture
def plan() -> Plan:
    """A rename, a create, a suspension and a move."""
    province = Province()
    province.sync(BEFORE)
    return province.plan(AFTER)


def test_the_json_has_the_keys_of_the_contract(plan: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    plan.limits = [Limit("suspend", 1, 3)]
    emit_plan(plan_fields(plan), plan.changes)
    answer = json.loads(capsys.readouterr().out)
    assert {"schema_version", "plan_id", "counts", "changes", "problems", "limits"} <= answer.keys()
    wanted = {"create": 1, "update": 0, "rename": 1, "move": 1, "suspend": 1, "restore": 0, "unchanged": 0}
    assert wanted.items() <= answer["counts"].items()
    assert answer["limits"] == [{"name": "suspend", "value": 1, "limit": 3, "exceeded": False}]
    assert len(answer["changes"]) == len(plan.changes)
    for change in answer["changes"]:
        assert {"kind", "action", "employee_id", "dn", "address", "before", "after", "why"} <= change.keys()
        assert change["kind"] in ("person", "agency", "list", "role_mailbox")
        assert all(isinstance(values, list) for values in (*change["before"].values(), *change["after"].values()))
    for problem in answer["problems"]:
        assert {"severity", "file", "row", "column", "value", "message", "hint"} <= problem.keys()


def test_the_json_of_nothing_is_a_document(capsys: pytest.CaptureFixture[str]) -> None:
    empty = Plan([], [], Population())
    emit_plan(plan_fields(empty), [])
    assert json.loads(capsys.readouterr().out)["changes"] == []


def test_a_person_reads_who_what_and_why(plan: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    show_plan(plan)
    shown = capsys.readouterr().out
    assert "binhnt.sxd@tinh.test" in shown
    assert "renamed from Nguyễn Văn An to Nguyễn Thị Bình (12/QĐ)" in shown
    assert "moved from STC to SXD" in shown
    assert "no longer in the roster" in shown
    assert "congvuAddressHash" not in shown


def test_what_stands_in_a_file_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    province = Province()
    province.sync([person("1")])
    evil = person("1", title="x\x1b[2J\u202egnp.exe\nfake line", decision="\x1b]0;owned\x07")
    show_plan(province.plan([evil, person("\x1b[31m2", "An\x1b[0m\r Ba")]))
    shown = capsys.readouterr()
    for text in (shown.out, shown.err):
        assert not set(text) & set("\x1b\x07\r\u202e")
        assert not any(line.startswith("fake") for line in text.splitlines())


def test_a_long_plan_is_cut_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    plan = Province().plan([person(f"{number:04}") for number in range(ROWS_SHOWN + 50)])
    show_plan(plan)
    shown = capsys.readouterr().out
    assert f"… and {len(plan.changes) - ROWS_SHOWN} more" in shown
    assert "People: create 250, unchanged 0" in shown


def test_a_plan_of_many_never_stands_in_memory_as_text(plan: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    """Changes are asked for one by one while the document is written."""
    asked = []

    def one_by_one() -> Iterator[Change]:
        for change in plan.changes:
            asked.append(len(capsys.readouterr().out))
            yield change

    emit_plan(plan_fields(plan), one_by_one())
    assert all(written > 0 for written in asked)


def _members_changed(before: tuple[str, ...], after: tuple[str, ...]) -> Change:
    return Change(
        "list", "update", "", "cn=x,ou=lists", "x@tinh.test", {"member": before}, {"member": after}, Text("a", "b")
    )


def test_of_long_lists_only_who_comes_and_goes_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    members = tuple(f"uid={number},ou=people" for number in range(50))
    show_plan(Plan([_members_changed(members, members[1:])], [], Population()))
    assert "members: - uid=0\n" in capsys.readouterr().out
    show_plan(Plan([_members_changed(members, members[10:])], [], Population()))
    shown = capsys.readouterr().out
    assert "members: +0 -10\n" in shown
    assert "uid=7" not in shown


def test_the_subtree_in_an_empty_list_is_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    show_plan(Plan([_members_changed(("uid=1,ou=people",), ("ou=lists",))], [], Population()))
    assert "members: - uid=1\n" in capsys.readouterr().out


def test_members_are_shown_as_people_where_the_plan_knows_them(plan: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    show_plan(plan)
    shown = capsys.readouterr().out
    assert "+ 4 Hồ Thị Tư" in shown
    assert "- 3 Lê Văn Ba" in shown


def test_posts_and_states_are_shown_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert post_text("SNV$Chuyên viên$$concurrent$2026-01-02$12/QĐ") == (
        "Chuyên viên, SNV (concurrent, 2026-01-02, 12/QĐ)"
    )
    use_language("vi")
    assert post_text("SNV$Chuyên viên$Bậc 2$concurrent$$") == "Chuyên viên, Bậc 2, SNV (kiêm nhiệm)"
    assert post_text("") == "— (chính)"
    province = Province()
    province.sync([person("1"), person("2", "Lê Văn Ba")])
    show_plan(province.plan([person("1", "Nguyễn Văn An", "SXD", "Chuyên viên", post("STC", kind="secondment"))]))
    shown = capsys.readouterr().out
    assert "Chuyên viên, STC (biệt phái)" in shown
    assert "trạng thái: đã mời → tạm khóa" in shown
    assert "$" not in shown


def test_one_is_one_and_many_are_many() -> None:
    nouns = {"agency": "agencies", "hash": "hashes", "error": "errors", "day": "days"}
    for one, many in nouns.items():
        assert counted(1, Text("x", one)) == Text("1 x", f"1 {one}")
        assert counted(12, Text("x", one)) == Text("12 x", f"12 {many}")
    assert counted(0, Text("x", "error")).en == "0 errors"
