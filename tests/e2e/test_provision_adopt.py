"""Nobody starts on a green field: existing accounts come under management with their passwords and addresses."""

from __future__ import annotations

from pathlib import Path

import ldap3
import pytest

from tests.support.province import SXD, VPUB, Official, Province

PASSWORD = "mat khau cu cua toi"


def dn_of(province: Province, uid: str) -> str:
    return f"uid={uid},ou=people,{province.slapd.base}"


@pytest.fixture
def old_accounts(province: Province) -> Province:
    """Three accounts as a mail server of before left them, and one that is no person."""
    province.slapd.add_all(
        {
            dn_of(province, "nvan"): {
                "objectClass": ["inetOrgPerson"],
                "cn": ["Nguyễn Văn An"],
                "sn": ["Nguyễn"],
                "mail": ["nvan@tinh.test"],
                "userPassword": [PASSWORD],
                "description": ["tài khoản cũ"],
            },
            dn_of(province, "ttbinh"): {
                "objectClass": ["inetOrgPerson", "inetLocalMailRecipient"],
                "cn": ["Trần Thị Bình"],
                "sn": ["Trần"],
                "mail": ["binh@tinh.test"],
                "mailLocalAddress": ["binh@tinh.test", "ttbinh@tinh.test"],
            },
            dn_of(province, "khach"): {
                "objectClass": ["inetOrgPerson"],
                "cn": ["Khách"],
                "sn": ["Khách"],
                "mail": ["khach@tinh.test"],
            },
            f"ou=mayin,ou=people,{province.slapd.base}": {"objectClass": ["organizationalUnit"]},
        }
    )
    return province


def claims(province: Province, *rows: tuple[str, str]) -> Path:
    lines = ["dn;Mã CBCC", *(f"{dn};{employee_id}" for dn, employee_id in rows)]
    return province.file("claims.csv", "\n".join(lines) + "\n")


def good_claims(province: Province) -> Path:
    return claims(province, (dn_of(province, "nvan"), "CB00001"), (dn_of(province, "ttbinh").upper(), "CB00002"))


def can_log_in(province: Province, dn: str) -> bool:
    server = ldap3.Server(province.slapd.url, get_info=ldap3.NONE)
    connection = ldap3.Connection(server, dn, PASSWORD)
    bound = bool(connection.bind())
    connection.unbind()
    return bound


def test_adopted_accounts_keep_name_password_and_addresses(old_accounts: Province) -> None:
    province = old_accounts
    before = province.entries("ou=people")
    file = good_claims(province)
    shown = province.run("adopt", "--json", "--dry-run", file)
    assert shown.code == 3
    assert shown.json["counts"]["adopt"] == 2
    assert province.entries("ou=people") == before

    adopted = province.run("adopt", "--json", "--yes", file)
    assert adopted.code == 0, adopted.stderr
    assert adopted.json["applied"] == {"adopt": 2}
    person = province.person("CB00001")
    assert person["dn"] == [dn_of(province, "nvan")]
    assert person["mail"] == person["mailLocalAddress"] == ["nvan@tinh.test"]
    assert person["congvuPersonKey"] == ["hr:CB00001"]
    assert person["congvuState"] == ["active"]
    assert person["description"] == ["tài khoản cũ"]
    assert person["userPassword"] == before[dn_of(province, "nvan")]["userPassword"]
    assert can_log_in(province, dn_of(province, "nvan"))
    assert sorted(province.person("CB00002")["mailLocalAddress"]) == ["binh@tinh.test", "ttbinh@tinh.test"]
    assert province.entries("ou=people")[dn_of(province, "khach")] == before[dn_of(province, "khach")]

    again = province.run("adopt", "--json", "--yes", file)
    assert (again.code, again.json["applied"]) == (0, {})


def test_the_next_sync_compares_with_the_roster_and_creates_only_the_others(old_accounts: Province) -> None:
    province = old_accounts
    assert province.run("adopt", "--yes", good_claims(province)).code == 0
    roster = province.roster(
        [
            Official("CB00001", "Nguyễn Văn An"),
            Official("CB00002", "Trần Thị Bình"),
            Official("CB00003", "Khách Văn Mới"),
        ]
    )
    arguments = ("--agencies", province.agencies(SXD, VPUB), roster)
    synced = province.synced(*arguments)
    assert synced.json["applied"] == {"create": 1, "update": 2}
    person = province.person("CB00001")
    assert person["mail"] == ["nvan@tinh.test"], "an address in use does not change because our pattern is another"
    assert person["departmentNumber"] == ["SXD"]
    assert can_log_in(province, dn_of(province, "nvan"))
    assert province.plan(*arguments).code == 0
    assert province.run("audit", "--json").json["counts"]["drift"] == 0
    history = province.run("show", "--json", "CB00001").json["people"][0]["history"]
    assert [event["action"] for event in history] == ["adopt", "update"]


def test_an_adopted_person_who_leaves_is_suspended_and_cannot_log_in(old_accounts: Province) -> None:
    province = old_accounts
    assert province.run("adopt", "--yes", good_claims(province)).code == 0
    roster = province.roster([Official("CB00002", "Trần Thị Bình")])
    assert province.synced("--agencies", province.agencies(SXD), roster).json["counts"]["suspend"] == 1
    assert not can_log_in(province, dn_of(province, "nvan"))


def test_every_wrong_claim_is_listed_and_nothing_is_written(old_accounts: Province) -> None:
    province = old_accounts
    province.slapd.add(
        dn_of(province, "trung"),
        {"objectClass": ["inetOrgPerson"], "cn": ["Trùng"], "sn": ["Trùng"], "mail": ["nvan@tinh.test"]},
    )
    before = province.everything()
    file = claims(
        province,
        (dn_of(province, "nvan"), "CB00001"),
        (dn_of(province, "khongco"), "CB00003"),
        (f"cn=relay,ou=services,{province.slapd.base}", "CB00004"),
        (f"ou=mayin,ou=people,{province.slapd.base}", "CB00005"),
        (dn_of(province, "nvan"), "CB00006"),
        (dn_of(province, "ttbinh"), "CB00001"),
        (dn_of(province, "trung"), "CB00007"),
        (dn_of(province, "khach"), ""),
    )
    answer = province.run("adopt", "--json", "--yes", file)
    assert answer.code == 65
    found = {problem["row"] for problem in answer.json["problems"] if problem["severity"] == "error"}
    assert found >= {3, 4, 5, 6, 7, 9}
    assert found & {2, 8}, "two entries with one address: at least one of them cannot be adopted"
    assert province.everything() == before


def test_an_account_of_another_register_is_not_taken(old_accounts: Province, tmp_path: Path) -> None:
    province = old_accounts
    assert province.run("adopt", "--yes", good_claims(province)).code == 0
    province.change('source = "hr"', 'source = "khac"')
    answer = province.run("adopt", "--json", "--yes", good_claims(province))
    assert answer.code == 65
    assert "hr:CB00001" in answer.json["problems"][0]["message"]


def test_a_file_that_is_no_list_of_claims(province: Province) -> None:
    assert province.run("adopt", "--yes", province.file("empty.csv", b"")).code == 65
    assert province.run("adopt", "--yes", province.roster([Official("CB00001", "Nguyễn Văn An")])).code == 65
    assert province.run("adopt", "--yes", "missing.csv").code == 2
