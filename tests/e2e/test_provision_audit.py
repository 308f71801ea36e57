"""The survey of the directory as it is: what is double, orphaned, unused, or changed by hand."""

from __future__ import annotations

from typing import Any

from tests.support.province import SXD, VPUB, Loaded, Official, Province, officials


def findings(province: Province, *arguments: Any) -> tuple[int, dict[str, list[dict[str, Any]]]]:
    """The exit code, and the findings by kind."""
    answer = province.run("audit", "--json", *arguments)
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for finding in answer.json["findings"]:
        by_kind.setdefault(finding["kind"], []).append(finding)
    assert {kind: len(found) for kind, found in by_kind.items()} == {
        kind: count for kind, count in answer.json["counts"].items() if count
    }
    return answer.code, by_kind


def test_nothing_to_find_after_a_sync(loaded: Loaded) -> None:
    province = loaded.province
    before = province.everything()
    assert findings(province) == (0, {})
    assert findings(province, "--roster", loaded.roster, "--agencies", loaded.agencies) == (0, {})
    assert "nothing out of order" in province.run("audit").stdout
    assert province.everything() == before


def test_changes_by_hand_are_shown_value_by_value_and_the_next_sync_mends_them(loaded: Loaded) -> None:
    province = loaded.province
    entry = province.person("CB00003")
    province.slapd.replace(entry["dn"][0], {"title": ["Giám đốc"]})
    everyone = next(iter(province.entries("ou=lists", "(mail=canbo.sxd@tinh.test)")))
    members = province.entries("ou=lists")[everyone]["member"]
    province.slapd.replace(everyone, {"member": members[1:]})
    code, found = findings(province)
    assert code == 1
    assert set(found) == {"drift"}
    by_dn = {finding["dn"]: finding for finding in found["drift"]}
    assert by_dn[entry["dn"][0]]["before"] == {"title": ["Chuyên viên"]}
    assert by_dn[entry["dn"][0]]["after"] == {"title": ["Giám đốc"]}
    assert everyone in by_dn
    assert "Giám đốc" in province.run("audit").stdout
    province.synced("--agencies", loaded.agencies, loaded.roster)
    assert findings(province) == (0, {})


def test_an_activation_by_the_portal_is_no_drift_and_a_suspension_by_hand_is(loaded: Loaded) -> None:
    province = loaded.province
    people = province.people()
    activated = {"congvuState": ["active"], "congvuActivatedSince": ["20260101000000Z"]}
    province.slapd.replace(people["CB00003"]["dn"][0], activated)
    assert findings(province) == (0, {})
    province.slapd.replace(people["CB00004"]["dn"][0], {"congvuState": ["suspended"]})
    code, found = findings(province)
    assert code == 1
    assert [finding["employee_id"] for finding in found["drift"]] == ["CB00004"]


def test_an_entry_deleted_by_hand(loaded: Loaded) -> None:
    province = loaded.province
    dn = province.person("CB00003")["dn"][0]
    with province.slapd.admin_connection() as admin:
        assert admin.delete(dn)
    code, found = findings(province)
    assert code == 1
    assert [(finding["dn"].lower(), finding["employee_id"]) for finding in found["vanished"]] == [
        (dn.lower(), "CB00003")
    ]
    province.synced("--agencies", loaded.agencies, loaded.roster)
    assert findings(province)[1].get("vanished") is None


def test_accounts_that_are_not_ours_and_an_address_on_two_entries(loaded: Loaded) -> None:
    province = loaded.province
    province.slapd.add(
        f"uid=rieng,ou=people,{province.slapd.base}",
        {"objectClass": ["inetOrgPerson"], "cn": ["Riêng"], "sn": ["Riêng"], "mail": ["binhpt.vpub@tinh.test"]},
    )
    code, found = findings(province)
    assert code == 1
    assert set(found) == {"unmanaged_account", "duplicate_address"}
    assert "binhpt.vpub@tinh.test" in found["duplicate_address"][0]["value"]


def test_against_a_roster(loaded: Loaded) -> None:
    province = loaded.province
    roster = province.roster([*loaded.people[1:], Official("CB00077", "Lê Văn Tám")], "other.csv")
    code, found = findings(province, "--roster", roster, "--agencies", loaded.agencies)
    assert code == 0, "a difference to the roster is what the next sync is for"
    assert [finding["employee_id"] for finding in found["account_without_person"]] == ["CB00001"]
    assert [finding["employee_id"] for finding in found["person_without_account"]] == ["CB00077"]


def test_accounts_that_nobody_used_for_a_month(loaded: Loaded) -> None:
    province = loaded.province
    province.set_clock("+20d")
    assert findings(province) == (0, {})
    province.set_clock("+40d")
    code, found = findings(province)
    assert code == 0
    assert len(found["never_used"]) == 20


def test_an_agency_without_a_clerk(province: Province) -> None:
    people = [person.but(title="Chuyên viên") for person in officials(4)]
    arguments = ("--agencies", province.agencies(SXD, VPUB), province.roster(people))
    synced = province.synced(*arguments)
    assert any("văn thư" in problem["message"] for problem in synced.json["problems"])
    code, found = findings(province)
    assert code == 0
    assert sorted(finding["value"] for finding in found["agency_without_van_thu"]) == ["SXD", "VPUB"]


def test_the_auditor_may_run_it_and_may_not_sync(loaded: Loaded) -> None:
    province = loaded.province
    province.change(province.slapd.service_dn, f"cn=auditor,ou=services,{province.slapd.base}")
    (province.folder / "provision.password").write_text(province.slapd.password_of("auditor"))
    assert findings(province) == (0, {})
    before = province.everything()
    answer = province.sync(*loaded.again([*loaded.people, Official("CB00077", "Lê Văn Tám")]))
    assert answer.code == 69
    assert "insufficient rights" in answer.json["error"]["message"]
    assert province.everything() == before
