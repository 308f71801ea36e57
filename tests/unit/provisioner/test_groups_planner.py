"""Lists and role mailboxes: who is in them, whose address they hold, what stays when everybody has gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from foundation.directory import schema
from provisioner.changes import Change, Plan
from provisioner.people import Agency
from provisioner.settings import ListRules, RoleRule
from tests.support.small_province import (
    AGENCIES,
    STC,
    SUBTREES,
    SXD,
    TODAY,
    Province,
    only,
    person,
    post,
    shown,
)

AN = person("1", "Nguyễn Văn An")
BINH = person("2", "Trần Thị Bình", "STC")
CLERK = person("3", "Lê Thị Cúc", "SXD", "Văn thư")
POSITIONS = ListRules(
    positions={"lanhdao": ("Giám đốc", "Phó Giám đốc"), "vanthu": ("Văn thư",)},
    named={"bantin": ("1", "2", "404")},
)


def _groups(plan: Plan) -> list[Change]:
    return [change for change in plan.changes if change.kind in ("list", "role_mailbox")]


@pytest.fixture
def province() -> Province:
    made = Province()
    made.sync([AN, BINH, CLERK])
    return made


# -- what there is --------------------------------------------------------------------------------------------------


def test_every_agency_has_exactly_one_mailbox_of_each_role(province: Province) -> None:
    roles = [
        (entry.first("departmentNumber"), entry.first(schema.ROLE))
        for entry in province.directory.entries.values()
        if entry.first(schema.ROLE)
    ]
    assert sorted(roles) == sorted((code, role) for code in AGENCIES for role in ("agency", "van_thu"))
    clerk = province.role("van_thu.SXD")
    assert clerk.first("mail") == "vanthu.sxd@tinh.test"
    assert clerk.first("displayName") == "Văn thư Sở Xây dựng"
    assert clerk.first(schema.STATE) == "active"
    assert clerk.first("uid") == province.keys.opaque_id("role:van_thu.SXD")
    assert province.role("agency.X.AN").first("mail") == "xanbinh@xa.tinh.test"


def test_people_own_role_mailboxes_by_title(province: Province) -> None:
    assert province.owners("van_thu.SXD") == {"3"}
    assert province.owners("van_thu.STC") == set()


def test_a_list_of_nobody_is_not_made(province: Province) -> None:
    assert province.members("agency.SXD") == {"1", "3"}
    assert province.members("agency.STC") == {"2"}
    assert f"cn=agency.x.an,{SUBTREES.lists}" not in province.directory.entries


def test_posts_beside_the_main_one_count(province: Province) -> None:
    both = person("1", "Nguyễn Văn An", "SXD", "Giám đốc", post("STC", "Văn thư", "concurrent"))
    province.with_settings(lists=POSITIONS)
    province.sync([both, BINH, CLERK])
    assert province.members("agency.SXD") == {"1", "3"}
    assert province.members("agency.STC") == {"1", "2"}
    assert province.owners("van_thu.STC") == {"1"}
    assert province.members("position.lanhdao") == {"1"}
    assert province.members("position.vanthu") == {"1", "3"}
    assert province.plan([both, BINH, CLERK]).changes == []


@pytest.mark.parametrize(
    ("title", "is_leader"),
    [
        ("Giám đốc", True),
        ("GIÁM ĐỐC", True),
        ("giam doc", True),
        ("Giám đốc Sở", True),
        ("Phó Giám đốc phụ trách", True),
        ("Giám đốcx", False),
        ("Trợ lý Giám đốc", False),
        ("", False),
    ],
)
def test_titles_are_compared_word_by_word_from_the_beginning(title: str, is_leader: bool) -> None:
    province = Province()
    province.with_settings(lists=POSITIONS)
    province.sync([person("1", title=title), person("9", "Lê Văn Chín", title="Giám đốc")])
    assert ("1" in province.members("position.lanhdao")) is is_leader


def test_named_lists_take_ids_and_ignore_unknown_ones() -> None:
    province = Province()
    province.with_settings(lists=POSITIONS)
    province.sync([AN, BINH, CLERK])
    assert province.members("named.bantin") == {"1", "2"}
    assert province.list("named.bantin").first("mail") == "bantin@tinh.test"


def test_agencies_without_a_registry_clerk_are_said_in_one_warning(province: Province) -> None:
    warnings = [problem for problem in province.plan([AN, BINH, CLERK]).problems if "văn thư" in problem.message.vi]
    assert [problem.value for problem in warnings] == ["STC, X.AN"]


# -- comings and goings ---------------------------------------------------------------------------------------------


def test_a_mover_changes_lists(province: Province) -> None:
    plan = province.sync([AN._replace(posts=(post("STC"),)), BINH, CLERK])
    assert [(change.dn.split(",")[0], change.lost) for change in _groups(plan)] == [
        ("cn=agency.STC", 0),
        ("cn=agency.SXD", 0),
    ], "the move counts as a move already"
    assert province.members("agency.STC") == {"1", "2"}
    assert province.members("agency.SXD") == {"3"}


@pytest.mark.parametrize("how", ["left", "suspended", "absent"])
def test_who_is_suspended_is_in_no_list_and_owns_no_mailbox(province: Province, how: str) -> None:
    gone = [] if how == "absent" else [CLERK._replace(standing=how)]  # type: ignore[arg-type]
    province.sync([AN, BINH, *gone])
    assert province.members("agency.SXD") == {"1"}
    assert province.role("van_thu.SXD").values("roleOccupant") == ()
    assert province.plan([AN, BINH, *gone]).changes == []
    province.sync([AN, BINH, CLERK])
    assert province.owners("van_thu.SXD") == {"3"}


def test_an_emptied_list_keeps_its_entry_and_its_address(province: Province) -> None:
    """groupOfNames demands a member (RFC 4519 3.5); deleting the entry would free the address."""
    province.sync([AN, CLERK])
    emptied = province.list("agency.STC")
    assert emptied.values("member") == (SUBTREES.lists,)
    assert emptied.first("mail") == "canbo.stc@tinh.test"
    assert province.plan([AN, CLERK]).changes == []
    province.sync([AN, BINH, CLERK])
    assert province.members("agency.STC") == {"2"}
    assert SUBTREES.lists not in province.list("agency.STC").values("member")


def test_members_lost_to_another_limit_do_not_count_twice(province: Province) -> None:
    change = next(change for change in _groups(province.sync([AN, CLERK])) if "STC" in change.dn)
    assert change.lost == 0


def test_members_lost_without_leaving_count(province: Province) -> None:
    change = next(
        change for change in _groups(province.sync([AN, BINH, person("3", "Lê Thị Cúc")])) if "van_thu" in change.dn
    )
    assert change.lost == 1


def test_the_placeholder_is_nobody(province: Province) -> None:
    province.sync([AN, CLERK])
    plan = province.plan([AN, CLERK])
    assert plan.population.memberships == 2
    assert plan.population.occupancies == 2, "the clerk owns both mailboxes of SXD"


def test_people_whose_rows_lie_in_the_future_stay_in_their_lists(province: Province) -> None:
    both = person("1", "Nguyễn Văn An", "SXD", "Văn thư", post("STC", "Ủy viên", "concurrent"))
    province.sync([both, BINH, CLERK])
    assert province.plan([BINH, CLERK], waiting=["1"]).changes == []
    assert province.members("agency.STC") == {"1", "2"}


def test_members_of_another_source_are_kept(province: Province) -> None:
    dn = f"uid=teacher,{SUBTREES.people}"
    province.directory.put(dn, objectClass=("congvuPerson",), congvuPersonKey="edu:1", congvuState="active")
    entry = province.list("agency.SXD")
    province.directory.edit(entry.dn, member=(*entry.values("member"), dn.replace("uid=", "UID=")))
    assert province.plan([AN, BINH, CLERK]).changes == []
    province.sync([AN, BINH])
    assert len(province.list("agency.SXD").values("member")) == 2


def test_a_member_added_by_hand_goes_and_counts(province: Province) -> None:
    entry = province.list("agency.SXD")
    province.directory.edit(entry.dn, member=(*entry.values("member"), f"uid=stranger,{SUBTREES.people}"))
    change = only(province.plan([AN, BINH, CLERK]), "list")
    assert change.lost == 1
    assert change.after == {"member": tuple(sorted(entry.values("member")))}


def test_names_of_members_are_compared_without_regard_to_case(province: Province) -> None:
    entry = province.list("agency.SXD")
    province.directory.edit(entry.dn, member=[dn.upper() for dn in entry.values("member")])
    assert province.plan([AN, BINH, CLERK]).changes == []


def test_an_agencys_new_name_reaches_its_mailboxes_and_list(province: Province) -> None:
    agencies = {**AGENCIES, "SXD": replace(SXD, name="Sở Xây dựng và Giao thông")}
    plan = province.sync([AN, BINH, CLERK], agencies)
    assert [change.after for change in _groups(plan)] == [
        {"displayName": ("Hộp thư đơn vị Sở Xây dựng và Giao thông",)},
        {"displayName": ("Văn thư Sở Xây dựng và Giao thông",)},
        {"displayName": ("Cán bộ, công chức, viên chức Sở Xây dựng và Giao thông",)},
    ]
    assert province.plan([AN, BINH, CLERK], agencies).changes == []


def test_an_agencys_new_label_changes_no_address_of_its_mailboxes(province: Province) -> None:
    agencies = {**AGENCIES, "SXD": replace(SXD, label="xaydung")}
    assert _groups(province.sync([AN, BINH, CLERK], agencies)) == []
    assert province.role("agency.SXD").first("mail") == "sxd@tinh.test"


# -- agencies come and go -------------------------------------------------------------------------------------------


def test_an_agency_that_is_no_more_loses_its_people_and_keeps_its_addresses(province: Province) -> None:
    ended = {**AGENCIES, "STC": replace(STC, valid_to=TODAY - timedelta(days=1))}
    plan = province.sync([AN, BINH._replace(posts=(post("SXD"),)), CLERK], ended)
    assert {change.dn for change in _groups(plan)} == {
        province.list("agency.SXD").dn,
        province.list("agency.STC").dn,
    }
    assert province.list("agency.STC").values("member") == (SUBTREES.lists,)
    assert province.role("agency.STC").first("mail") == "stc@tinh.test"
    assert province.plan([AN, BINH._replace(posts=(post("SXD"),)), CLERK], ended).changes == []


def test_the_owners_of_an_ended_agency_go_too(province: Province) -> None:
    clerk = person("4", "Phạm Thị Dung", "STC", "Văn thư")
    province.sync([AN, BINH, CLERK, clerk])
    assert province.owners("van_thu.STC") == {"4"}
    ended = {**AGENCIES, "STC": replace(STC, valid_to=TODAY - timedelta(days=1))}
    moved = [one._replace(posts=(post("SXD", one.title),)) for one in (BINH, clerk)]
    plan = province.sync([AN, CLERK, *moved], ended)
    assert province.owners("van_thu.STC") == set()
    assert sum(change.lost for change in _groups(plan)) == 0


def test_a_successor_with_the_same_address_takes_the_entry_over(province: Province) -> None:
    """The address, the letters in the mailbox and the hash that nobody may use again stay in one place."""
    before = province.role("agency.STC")
    agencies = {
        "SXD": SXD,
        "STC": replace(STC, valid_to=TODAY - timedelta(days=1), successors=("STCM",)),
        "STCM": Agency("STCM", "Sở Tài chính mới", "stc", predecessors=("STC",)),
    }
    moved = BINH._replace(posts=(post("STCM"),))
    plan = province.sync([AN, moved, CLERK], agencies)
    assert {change.action for change in _groups(plan)} == {"update"}
    after = province.role("agency.STC")
    assert (after.dn, after.first("mail"), after.first("uid")) == (before.dn, "stc@tinh.test", before.first("uid"))
    assert after.first("departmentNumber") == "STCM"
    assert province.members("agency.STC") == {"2"}
    assert province.mail("2") == province.person("2").first("mail")
    assert province.plan([AN, moved, CLERK], agencies).changes == []


def test_an_agency_of_tomorrow_gets_its_mailboxes_tomorrow() -> None:
    province = Province()
    coming = {"SXD": SXD, "MOI": Agency("MOI", "Sở Mới", "moi", valid_from=TODAY + timedelta(days=1))}
    province.sync([AN], coming)
    assert f"cn=agency.moi,{SUBTREES.roles}" not in province.directory.entries
    province.later()
    plan = province.sync([AN], coming)
    assert [change.address for change in _groups(plan)] == ["moi@tinh.test", "vanthu.moi@tinh.test"]


def test_codes_with_special_letters_make_valid_names() -> None:
    province = Province()
    odd = {"A,B": Agency("A,B", "Đơn vị + khác", "ab")}
    province.sync([person("1", agency="A,B")], odd)
    assert province.role("agency.A\\,B").first("mail") == "ab@tinh.test"
    assert province.plan([person("1", agency="A,B")], odd).changes == []


# -- one address, one owner -----------------------------------------------------------------------------------------


def test_a_person_never_gets_the_address_of_a_group_of_the_same_plan() -> None:
    province = Province()
    province.with_settings(pattern="{given}", lists=ListRules(agency="", named={"an": ("1",)}))
    province.sync([AN])
    assert province.mail("1") == "an2@tinh.test"
    assert province.list("named.an").first("mail") == "an@tinh.test"


def test_a_group_never_takes_a_persons_address() -> None:
    province = Province()
    province.with_settings(pattern="{given}", lists=ListRules(agency=""))
    province.sync([AN])
    province.with_settings(lists=ListRules(agency="", named={"an": ("1",)}))
    plan = province.plan([AN])
    assert plan.stops
    assert "an@tinh.test" in shown(plan.problems)


def test_a_group_never_takes_the_address_of_someones_past() -> None:
    province = Province()
    province.with_settings(pattern="{given}", lists=ListRules(agency=""))
    province.sync([AN])
    province.sync([AN._replace(name=BINH.name)])
    province.later(400)
    province.sync([AN._replace(name=BINH.name)])
    assert province.addresses("1") == {"binh@tinh.test"}
    province.issued.clear()
    province.with_settings(lists=ListRules(agency="", named={"an": ("1",)}))
    assert province.plan([AN._replace(name=BINH.name)]).stops


def test_the_address_of_a_list_that_is_not_needed_yet_is_held_back() -> None:
    """The list has no member and so no entry; its address is still not for a person of the same plan."""
    province = Province()
    province.with_settings(pattern="{given}", lists=ListRules(agency="", named={"an": ("404",)}))
    province.sync([AN])
    assert province.mail("1") == "an2@tinh.test"


def test_two_agencies_with_one_label_are_an_error() -> None:
    province = Province()
    plan = province.plan([AN], {"SXD": SXD, "S2": Agency("S2", "Sở Hai", "sxd")})
    assert plan.stops
    assert "vanthu.sxd@tinh.test" in shown(plan.problems)


def test_two_rules_that_make_one_address_are_an_error() -> None:
    province = Province()
    province.with_settings(roles=(RoleRule("agency", "{agency}", ()), RoleRule("van_thu", "{agency}", ())))
    assert province.plan([AN]).stops


def test_a_group_deleted_by_hand_comes_back_with_its_address(province: Province) -> None:
    province.directory.remove(province.role("van_thu.SXD").dn)
    change = only(province.sync([AN, BINH, CLERK]), "role_mailbox")
    assert (change.action, change.address) == ("create", "vanthu.sxd@tinh.test")


# -- a roster of one agency -----------------------------------------------------------------------------------------


def test_a_roster_of_one_agency_touches_its_own_groups_only(province: Province) -> None:
    both = person("2", "Trần Thị Bình", "STC", "Kế toán", post("SXD", "Văn thư", "concurrent"))
    province.with_settings(lists=POSITIONS)
    province.sync([AN, both, CLERK])
    scoped = Province(directory=province.directory, keys=province.keys, issued=province.issued)
    scoped.with_settings(scope="agency:SXD", lists=POSITIONS)
    assert scoped.plan([AN, CLERK]).changes == []
    plan = scoped.sync([AN])
    assert {change.dn for change in _groups(plan)} == {
        province.list("agency.SXD").dn,
        province.role("agency.SXD").dn,
        province.role("van_thu.SXD").dn,
        province.list("position.vanthu").dn,  # the clerk is suspended, so she is in no list any more
    }
    assert province.members("agency.SXD") == {"1", "2"}
    assert province.owners("van_thu.SXD") == {"2"}


def test_a_suspended_person_elsewhere_is_in_no_list_of_ours(province: Province) -> None:
    both = person("2", "Trần Thị Bình", "STC", "Kế toán", post("SXD", "Văn thư", "concurrent"))
    province.sync([AN, both, CLERK])
    province.sync([AN, CLERK])
    scoped = Province(directory=province.directory, keys=province.keys, issued=province.issued)
    scoped.with_settings(scope="agency:SXD")
    assert scoped.plan([AN, CLERK]).changes == []
