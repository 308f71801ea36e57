"""A plan file against the world as it is now: everything it assumes still holds, or it is stale."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from foundation.directory import schema
from foundation.errors import StalePlan
from provisioner.changes import Plan
from provisioner.plan_file import FileBinding, Header, StoredPlan
from provisioner.stored_plan import check_files, check_owner, compare
from tests.support.small_province import BASE, SETTINGS, SUBTREES, Province, make_keys, person

BEFORE = [person("1"), person("3", "Lê Văn Ba"), person("4", "Hồ Thị Tư", "STC", "Văn thư")]
AFTER = [person("1", "Nguyễn Thị Bình"), person("2", "Trần Văn Hai"), person("4", "Hồ Thị Tư", "STC", "Văn thư")]


def _stored(plan: Plan, files: list[FileBinding] | None = None) -> StoredPlan:
    header = Header("id", "", "", "hr", "full", BASE, "sync", files or [], plan.rest_digest, plan.unchanged)
    return StoredPlan(header, plan.changes, plan.bound)


@pytest.fixture
def province() -> Province:
    made = Province()
    made.sync(BEFORE)
    return made


@pytest.fixture
def stored(province: Province) -> StoredPlan:
    """A rename, a create, a suspension, and what follows in the lists."""
    plan = province.plan(AFTER, bind=True)
    assert {change.action for change in plan.changes if change.kind == "person"} == {"rename", "create", "suspend"}
    return _stored(plan)


def _compared(province: Province, stored: StoredPlan, begun: bool = False) -> Plan:
    return compare(stored, province.directory, province.settings, begun)


def test_in_an_unchanged_world_the_whole_plan_is_left(province: Province, stored: StoredPlan) -> None:
    plan = _compared(province, stored)
    assert plan.changes == stored.changes
    fresh = province.plan(AFTER)
    assert plan.population == fresh.population


def test_a_password_or_an_activation_is_no_change(province: Province, stored: StoredPlan) -> None:
    province.directory.edit(province.person("1").dn, userPassword="{ARGON2}x", congvuActivatedSince="20261123000000Z")
    assert _compared(province, stored).changes == stored.changes


def _touched(province: Province) -> None:
    province.directory.edit(province.person("1").dn, title="Giám đốc")


def _untouched(province: Province) -> None:
    province.directory.edit(province.person("4").dn, telephoneNumber="0123")


def _gone(province: Province) -> None:
    province.directory.remove(province.person("3").dn)


def _new_entry(province: Province) -> None:
    province.directory.put(f"uid=x,{SUBTREES.people}", objectClass=("inetOrgPerson",), mail="x@tinh.test")


def _in_the_way(province: Province) -> None:
    key = province.settings.person_key("2")
    province.directory.put(f"uid={province.keys.opaque_id(key)},{SUBTREES.people}", cn="somebody")


def _list_edited(province: Province) -> None:
    province.directory.edit(province.list("agency.STC").dn, displayName="x")


def _agency_edited(province: Province) -> None:
    province.directory.edit(f"ou=SXD,{SUBTREES.agencies}", displayName="x")


def _reservation(province: Province) -> None:
    """Another province's register came in: an address of the plan may belong to somebody now."""
    digest = make_keys(b"9" * 32).digest("hai@tinh.test")
    province.directory.put(
        f"{schema.ADDRESS_HASH}={digest},{SUBTREES.reservations}",
        objectClass=("top", "congvuReservation"),
        congvuAddressHash=digest,
    )


@pytest.mark.parametrize(
    "happened",
    [_touched, _untouched, _gone, _new_entry, _in_the_way, _list_edited, _agency_edited, _reservation],
)
def test_whatever_moved_makes_the_plan_stale(
    province: Province, stored: StoredPlan, happened: Callable[[Province], None]
) -> None:
    happened(province)
    for begun in (False, True):
        with pytest.raises(StalePlan) as caught:
            _compared(province, stored, begun)
        assert caught.value.exit_code == 4


def test_the_refusal_names_the_entry(province: Province, stored: StoredPlan) -> None:
    _touched(province)
    with pytest.raises(StalePlan) as caught:
        _compared(province, stored)
    assert province.person("1").dn in caught.value.message.en


def test_a_plan_begun_before_goes_on_where_it_stopped(province: Province, stored: StoredPlan) -> None:
    for done in range(len(stored.changes) + 1):
        world = Province()
        world.sync(BEFORE)
        world.apply(stored.changes[:done])
        left = compare(stored, world.directory, world.settings, begun=True)
        assert left.changes == stored.changes[done:]
        world.apply(left.changes)
        assert world.plan(AFTER).changes == []


def test_half_done_by_somebody_else_is_stale(province: Province, stored: StoredPlan) -> None:
    """Without a run of ours that began it, entries that already hold the new values have moved."""
    province.apply(stored.changes[:2])
    with pytest.raises(StalePlan):
        _compared(province, stored, begun=False)


@pytest.mark.parametrize("change", [{"source": "edu"}, {"scope": "agency:SXD"}])
def test_a_plan_for_somebody_else_is_not_ours(stored: StoredPlan, change: dict[str, str]) -> None:
    check_owner(stored, SETTINGS)
    with pytest.raises(StalePlan):
        check_owner(stored, replace(SETTINGS, **change))  # type: ignore[arg-type]
    with pytest.raises(StalePlan):
        check_owner(stored, replace(SETTINGS, subtrees=replace(SUBTREES, base="dc=khac,dc=test")))


@pytest.mark.parametrize(
    "dn",
    [
        "cn=provision,ou=services,dc=tinh,dc=test",
        "ou=people,dc=tinh,dc=test",
        ",ou=people,dc=tinh,dc=test",
        "uid=x,ou=people,dc=khac,dc=test",
        "uid=x\\,ou=people,dc=tinh,dc=test",
        "uid=x,ou=lists,dc=tinh,dc=test",
        "",
    ],
)
def test_a_plan_that_leaves_our_subtrees_is_refused(stored: StoredPlan, dn: str) -> None:
    person_change = next(change for change in stored.changes if change.kind == "person")
    person_change.dn = "UID=x\\,y, ou=People,dc=tinh, dc=test"
    check_owner(stored, SETTINGS)
    person_change.dn = dn
    with pytest.raises(StalePlan) as caught:
        check_owner(stored, SETTINGS)
    assert dn in caught.value.message.en


def test_a_pipe_in_place_of_the_roster_is_stale_and_nobody_waits(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "roster.csv")
    with pytest.raises(StalePlan):
        check_files([FileBinding(str(tmp_path / "roster.csv"), "0" * 64)])


def test_the_files_must_have_the_same_bytes(tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_bytes(b"a")
    binding = FileBinding(str(roster), hashlib.sha256(b"a").hexdigest())
    check_files([binding])
    roster.write_bytes(b"b")
    with pytest.raises(StalePlan):
        check_files([binding])
    roster.unlink()
    with pytest.raises(StalePlan) as caught:
        check_files([binding])
    assert "roster.csv" in caught.value.message.en
