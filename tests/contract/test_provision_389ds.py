"""The provisioner on 389-DS, which lacks the assertion control and names addresses otherwise: the same promises.

One run of schema, sync, no-op, rename and stale plan; what the commands promise in detail is tested on slapd.
"""

from __future__ import annotations

from pathlib import Path

import ldap3
import pytest

from tests.support.ds389_server import Ds389Server
from tests.support.province import Conversation, Loaded, Official, Province, load_people, officials


@pytest.fixture
def loaded(tmp_path: Path, ds389: Ds389Server) -> Loaded:
    """A province of twenty people on 389-DS."""
    province = Province(tmp_path / "province", ds389)
    province.make()
    return load_people(province, officials(20))


def by_hand(server: Ds389Server, dn: str, name: str, value: str) -> None:
    with server.admin_connection() as admin:
        assert admin.modify(dn, {name: [(ldap3.MODIFY_REPLACE, [value])]}), admin.result


def test_load_no_op_rename_and_leaver(loaded: Loaded) -> None:
    province = loaded.province
    person = province.person("CB00003")
    assert {"congvuPerson", "mailRecipient"} <= set(person["objectClass"])
    assert person["mail"] == person["mailAlternateAddress"] == ["binhpt.vpub@tinh.test"]
    assert province.plan("--agencies", loaded.agencies, loaded.roster).json["changes"] == []
    assert province.synced("--agencies", loaded.agencies, loaded.roster).json["applied"] == {}

    changed = [
        *loaded.with_one_changed("CB00003", name="Phạm Thị Bích")[:-1],
        Official("CB00050", "Phạm Thị Bình", "VPUB"),
    ]
    applied = province.synced(*loaded.again(changed)).json["applied"]
    assert applied == {"create": 1, "rename": 1, "suspend": 1}
    people = province.people()
    assert people["CB00003"]["mail"] == ["bichpt.vpub@tinh.test"]
    assert sorted(people["CB00003"]["mailAlternateAddress"]) == ["bichpt.vpub@tinh.test", "binhpt.vpub@tinh.test"]
    assert people["CB00050"]["mail"] == ["binhpt2.vpub@tinh.test"]
    assert people["CB00020"]["congvuState"] == ["suspended"]
    assert province.plan(*loaded.again(changed)).code == 0
    found = province.run("show", "--json", "binhpt.vpub@tinh.test").json["people"]
    assert [found_person["employee_id"] for found_person in found] == ["CB00003"]
    assert province.run("audit", "--json").json["findings"] == []


def test_a_stale_plan_is_refused(loaded: Loaded) -> None:
    province = loaded.province
    plan_file = province.folder / "next.plan"
    roster = loaded.again(loaded.with_one_changed("CB00003", title="Phó Giám đốc"))
    assert province.plan("--out", plan_file, *roster).code == 3
    dn = province.person("CB00003")["dn"][0]
    by_hand(province.slapd, dn, "title", "Sửa tay")
    answer = province.sync(plan_file)
    assert answer.code == 4
    assert dn in answer.json["error"]["message"]
    assert province.person("CB00003")["title"] == ["Sửa tay"]


@pytest.mark.parametrize(("attribute", "value"), [("title", "Sửa tay"), ("departmentNumber", "SXD")])
def test_an_entry_edited_between_reading_and_writing_is_not_overwritten(
    loaded: Loaded, attribute: str, value: str
) -> None:
    province = loaded.province
    changed = loaded.with_one_changed("CB00003", title="Phó Giám đốc", name="Phạm Thị Bích")
    if attribute == "departmentNumber":
        changed = loaded.with_one_changed("CB00003", agency="SXD")
    talk = Conversation(province, "sync", "--json", *loaded.again(changed))
    by_hand(province.slapd, province.person("CB00003")["dn"][0], attribute, value)
    answer = talk.answer("y")
    assert answer.code == 1, answer.stderr
    assert ("CB00003", "moved") in [(failed["employee_id"], failed["status"]) for failed in answer.json["failed"]]
    person = province.person("CB00003")
    assert person[attribute] == [value]
    assert person["mail"] == ["binhpt.vpub@tinh.test"]
    province.synced(*loaded.again(changed))
    assert province.plan(*loaded.again(changed)).code == 0


def test_an_address_that_somebody_took_meanwhile_is_given_once(loaded: Loaded) -> None:
    province = loaded.province
    joined = loaded.again([*loaded.people, Official("CB00050", "Lê Văn Tám")])
    talk = Conversation(province, "sync", "--json", *joined)
    province.slapd.add_all(
        {
            f"uid=rival,ou=people,{province.slapd.base}": {
                "objectClass": ["inetOrgPerson", "mailRecipient"],
                "cn": ["Người Khác"],
                "sn": ["Người"],
                "mailAlternateAddress": ["tamlv.sxd@tinh.test"],
            }
        }
    )
    answer = talk.answer("y")
    assert answer.code == 1, answer.stderr
    assert "CB00050" in [failed["employee_id"] for failed in answer.json["failed"]]
    province.synced(*joined)
    assert province.person("CB00050")["mail"] == ["tamlv2.sxd@tinh.test"]
