"""What a sync leaves to people: accounts closed by hand, and accounts that it compares for the first time."""

from __future__ import annotations

from foundation.directory import schema
from provisioner import limits
from provisioner.changes import Population
from provisioner.settings import Limits
from tests.support.small_province import SUBTREES, Province, only, person, shown

AN = person("1", "Nguyễn Văn An")


def test_an_account_suspended_by_hand_stays_suspended_and_is_named() -> None:
    province = Province()
    province.sync([AN])
    province.directory.edit(province.person("1").dn, **{schema.STATE: "suspended"})
    plan = province.plan([AN])
    assert plan.changes == []
    assert "suspended by hand" in shown(plan.problems)


def test_its_details_follow_the_roster_all_the_same() -> None:
    province = Province()
    province.sync([AN])
    province.directory.edit(province.person("1").dn, **{schema.STATE: "suspended"})
    change = only(province.sync([person("1", "Nguyễn Văn An", phone="0912345678")]))
    assert (change.action, set(change.after)) == ("update", {"telephoneNumber"})
    assert province.state("1") == "suspended"


def test_the_first_comparison_of_an_adopted_account_counts_against_no_limit() -> None:
    province = Province()
    province.directory.put(
        f"uid=an,{SUBTREES.people}",
        objectClass=("top", "person", "inetOrgPerson", "inetLocalMailRecipient", "congvuPerson"),
        uid="an",
        cn="Nguyễn Văn An",
        sn="Nguyễn",
        mail="an@tinh.test",
        mailLocalAddress="an@tinh.test",
        congvuPersonKey="hr:1",
        congvuState="active",
    )
    change = only(province.plan([AN]))
    assert change.action == "update"
    assert limits.limit_type(change) is None
    counted = {limit.name: limit.value for limit in limits.evaluate([change], Population(), Limits(), {})}
    assert counted["update"] == 0


def test_a_decision_that_the_entry_knows_already_is_not_cited_again() -> None:
    province = Province()
    province.sync([person("1", "Nguyễn Văn An", decision="12/QĐ")])
    entry = province.person("1")
    province.directory.edit(entry.dn, congvuPost="SXD$Chuyên viên$$main$$12/QĐ")
    old = only(province.plan([person("1", "Nguyễn Văn Bảo", decision="12/QĐ")]))
    assert "12/QĐ" not in old.why.en
    new = only(province.plan([person("1", "Nguyễn Văn Bảo", decision="34/QĐ")]))
    assert new.why.en.endswith("(34/QĐ)")
