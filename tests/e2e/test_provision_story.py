"""A year of one province as its administrator sees it: joiners, movers, new names, leavers, returns."""

from __future__ import annotations

import subprocess
from datetime import date, timedelta

from tests.support.postgres_server import PostgresServer
from tests.support.province import SXD, VPUB, Loaded, Official, Province, officials

BASE = "dc=tinh,dc=test"


def ldapsearch(province: Province, condition: str, *attributes: str) -> dict[str, list[str]]:
    """One entry as Debian's ldapsearch prints it, bound as the relay: {attribute: values}, name under `dn`."""
    slapd = province.slapd
    printed = subprocess.run(
        [
            *("ldapsearch", "-LLL", "-o", "ldif-wrap=no", "-x", "-H", slapd.url, "-b", f"ou=people,{BASE}"),
            *("-D", f"cn=relay,ou=services,{BASE}", "-w", slapd.password_of("relay"), condition, *attributes),
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    found: dict[str, list[str]] = {}
    for line in printed.splitlines():
        if line:
            name, _, value = line.partition(": ")
            found.setdefault(name, []).append(value)
    return {name: sorted(values) for name, values in found.items()}


def today() -> date:
    """The date in the province, as the commands see it without an offset."""
    from foundation import clock

    return clock.today("Asia/Ho_Chi_Minh")


def test_a_first_load_gives_everybody_one_mailbox(province: Province) -> None:
    agencies, roster = province.agencies(SXD, VPUB), province.roster(officials(20))
    planned = province.plan("--agencies", agencies, roster)
    assert planned.code == 3
    assert planned.json["counts"]["create"] == 20
    assert province.people() == {}, "a plan writes nothing"

    synced = province.synced("--agencies", agencies, roster)
    assert synced.json["plan_id"] == planned.json["plan_id"]
    assert synced.json["applied"] == {"create": 20}
    people = province.people()
    assert len(people) == 20
    person = people["CB00003"]
    assert person["cn"] == ["Phạm Thị Bình"]
    assert (person["sn"], person["givenName"]) == (["Phạm"], ["Bình"])
    assert person["mail"] == person["mailLocalAddress"] == ["binhpt.vpub@tinh.test"]
    assert person["congvuState"] == ["invited"]
    assert person["congvuPersonKey"] == ["hr:CB00003"]
    assert "userPassword" not in person
    addresses = [address for person in people.values() for address in person["mailLocalAddress"]]
    assert len(addresses) == len(set(addresses)) == 20

    roles = province.entries("ou=roles", "(objectClass=congvuRoleMailbox)")
    assert {values["mail"][0] for values in roles.values()} == {
        "sxd@tinh.test",
        "vpub@tinh.test",
        "vanthu.sxd@tinh.test",
        "vanthu.vpub@tinh.test",
    }
    van_thu = next(values for values in roles.values() if values["mail"] == ["vanthu.vpub@tinh.test"])
    assert van_thu["roleOccupant"] == people["CB00001"]["dn"]
    lists = province.entries("ou=lists", "(objectClass=congvuList)")
    everyone = next(values for values in lists.values() if values["mail"] == ["canbo.sxd@tinh.test"])
    assert sorted(everyone["member"]) == sorted(
        person["dn"][0] for person in people.values() if person["departmentNumber"] == ["SXD"]
    )


def test_a_second_sync_has_nothing_to_do_and_writes_nothing(loaded: Loaded) -> None:
    province = loaded.province
    before = province.everything()
    planned = province.plan("--agencies", loaded.agencies, loaded.roster)
    assert planned.code == 0
    assert planned.json["changes"] == []
    assert planned.json["counts"]["unchanged"] == 20
    again = province.synced("--agencies", loaded.agencies, loaded.roster)
    assert again.json["applied"] == {}
    assert province.everything() == before


def test_the_order_of_the_rows_and_the_agencies_in_the_directory_change_nothing(loaded: Loaded) -> None:
    province = loaded.province
    planned = province.plan(province.roster(reversed(loaded.people), "reversed.csv"))
    assert planned.code == 0
    assert planned.json["changes"] == []


def test_joiner_mover_and_leaver_in_one_roster(loaded: Loaded) -> None:
    province = loaded.province
    before = province.people()
    joiner = Official("CB00099", "Lê Thị Hằng Nga", "SXD", decision="12/QĐ-UBND")
    people = [person.but(agency="VPUB") if person.id == "CB00004" else person for person in loaded.without("CB00007")]
    planned = province.plan(*loaded.again([*people, joiner]))
    assert planned.code == 3
    changes = planned.changes()
    assert {change["action"] for change in changes.values()} == {"create", "move", "suspend"}
    assert "12/QĐ-UBND" in changes["CB00099"]["why"]

    province.synced(*loaded.again([*people, joiner]))
    after = province.people()
    assert after["CB00099"]["mail"] == ["ngalth.sxd@tinh.test"]
    mover = after["CB00004"]
    assert mover["dn"] == before["CB00004"]["dn"], "an entry never changes its name"
    assert mover["mail"] == ["chauht.vpub@tinh.test"]
    assert sorted(mover["mailLocalAddress"]) == ["chauht.sxd@tinh.test", "chauht.vpub@tinh.test"]
    leaver = after["CB00007"]
    assert leaver["congvuState"] == ["suspended"]
    assert leaver["mail"] == before["CB00007"]["mail"]
    assert leaver["congvuAddressHash"] == before["CB00007"]["congvuAddressHash"]
    lists = province.entries("ou=lists", "(objectClass=congvuList)")
    members = {values["mail"][0]: values["member"] for values in lists.values()}
    assert mover["dn"][0] in members["canbo.vpub@tinh.test"]
    assert mover["dn"][0] not in members["canbo.sxd@tinh.test"]
    assert all(leaver["dn"][0] not in found for found in members.values())
    assert province.plan(*loaded.again([*people, joiner])).code == 0


def test_a_new_name_gives_a_new_address_and_keeps_the_old_one_as_an_alias(loaded: Loaded) -> None:
    province = loaded.province
    shown = ("uid", "mail", "mailLocalAddress")
    before = ldapsearch(province, "(mail=binhpt.vpub@tinh.test)", *shown)
    assert before["mailLocalAddress"] == ["binhpt.vpub@tinh.test"]

    renamed = loaded.with_one_changed("CB00003", name="Phạm Thị Bích", decision="7/QĐ-SNV")
    synced = province.synced(*loaded.again(renamed))
    assert synced.json["applied"] == {"rename": 1}

    after = ldapsearch(province, "(mail=bichpt.vpub@tinh.test)", *shown)
    assert after == {
        "dn": before["dn"],
        "uid": before["uid"],
        "mail": ["bichpt.vpub@tinh.test"],
        "mailLocalAddress": ["bichpt.vpub@tinh.test", "binhpt.vpub@tinh.test"],
    }
    by_old_address = ldapsearch(province, "(mailLocalAddress=binhpt.vpub@tinh.test)", *shown)
    assert by_old_address == after, "letters to the old address still find the person"

    found = province.run("show", "--json", "binhpt.vpub@tinh.test").json["people"][0]
    until = (today() + timedelta(days=180)).isoformat()
    assert {(item["address"], item["kind"], item["until"]) for item in found["addresses"]} == {
        ("bichpt.vpub@tinh.test", "primary", None),
        ("binhpt.vpub@tinh.test", "alias", until),
    }
    assert [event["action"] for event in found["history"]] == ["create", "rename"]
    assert "7/QĐ-SNV" in found["history"][1]["why"]


def test_an_alias_runs_out_on_its_day_and_its_address_is_never_given_again(loaded: Loaded) -> None:
    province = loaded.province
    renamed = loaded.with_one_changed("CB00003", name="Phạm Thị Bích")
    province.synced(*loaded.again(renamed))
    province.set_clock("+180d")
    assert province.plan(*loaded.again(renamed)).code == 0, "the last day counts"
    province.set_clock("+181d")
    newcomer = Official("CB00050", "Phạm Thị Bình", "VPUB")
    province.synced(*loaded.again([*renamed, newcomer], "later.csv"))
    people = province.people()
    assert people["CB00003"]["mailLocalAddress"] == ["bichpt.vpub@tinh.test"]
    assert len(people["CB00003"]["congvuAddressHash"]) == 2
    assert people["CB00050"]["mail"] == ["binhpt2.vpub@tinh.test"]
    found = province.run("show", "--json", "binhpt.vpub@tinh.test").json["people"]
    assert [person["employee_id"] for person in found] == ["CB00003"]
    assert {"expired"} == {item["kind"] for item in found[0]["addresses"] if item["address"] == "binhpt.vpub@tinh.test"}


def test_whoever_goes_back_to_an_old_name_gets_the_old_address_back(loaded: Loaded) -> None:
    province = loaded.province
    province.synced(*loaded.again(loaded.with_one_changed("CB00003", name="Phạm Thị Bích")))
    province.synced(*loaded.again(loaded.people, "back.csv"), "--force", "roster_older", "--reason", "Đổi lại tên")
    person = province.person("CB00003")
    assert person["mail"] == ["binhpt.vpub@tinh.test"]
    assert sorted(person["mailLocalAddress"]) == ["bichpt.vpub@tinh.test", "binhpt.vpub@tinh.test"]


def test_a_leaver_who_returns_gets_the_same_mailbox(loaded: Loaded) -> None:
    province = loaded.province
    entry = province.person("CB00008")
    activated = {"congvuState": ["active"], "congvuActivatedSince": ["20250101000000Z"]}
    province.slapd.replace(entry["dn"][0], activated)
    first_leaves = [person.but(status="Nghỉ hưu") if person.id == "CB00008" else person for person in loaded.people]
    leaves = [person for person in first_leaves if person.id != "CB00010"]
    assert province.synced(*loaded.again(leaves)).json["applied"] == {"suspend": 2}
    assert province.person("CB00008")["congvuState"] == ["suspended"]

    returned = [*loaded.people, Official("CB00060", "Lê Văn Tám")]
    synced = province.synced(*loaded.again(returned, "returned.csv"))
    assert synced.json["applied"] == {"create": 1, "restore": 2}
    people = province.people()
    assert people["CB00008"]["congvuState"] == ["active"], "had been activated before"
    assert people["CB00010"]["congvuState"] == ["invited"], "was never activated"
    assert people["CB00008"]["mail"] == entry["mail"]
    assert people["CB00008"]["dn"] == entry["dn"]
    assert "congvuSuspendedSince" not in people["CB00008"]


def test_a_suspended_person_still_owns_the_address_when_a_homonym_joins(loaded: Loaded) -> None:
    province = loaded.province
    homonym = Official("CB00070", "Phạm Thị Bình", "VPUB", hired="01/01/1990")
    province.synced(*loaded.again([*loaded.without("CB00003"), homonym]))
    people = province.people()
    assert people["CB00003"]["mail"] == ["binhpt.vpub@tinh.test"]
    assert people["CB00070"]["mail"] == ["binhpt2.vpub@tinh.test"]


def test_several_posts_put_one_person_into_several_lists(loaded: Loaded) -> None:
    province = loaded.province
    second = Official("CB00003", "Phạm Thị Bình", "SXD", "Văn thư")
    planned = province.plan(*loaded.again([*loaded.people, second]))
    assert planned.changes()["CB00003"]["action"] == "update"
    province.synced(*loaded.again([*loaded.people, second]))
    entry = province.person("CB00003")
    assert entry["departmentNumber"] == ["VPUB"]
    assert len(entry["congvuPost"]) == 2
    roles = province.entries("ou=roles", "(mail=vanthu.sxd@tinh.test)")
    assert entry["dn"][0] in next(iter(roles.values()))["roleOccupant"]


def test_show_finds_by_id_address_and_name_with_and_without_marks(loaded: Loaded) -> None:
    province = loaded.province
    for who in ("CB00003", "BINHPT.VPUB@tinh.test", "Phạm Thị Bình", "pham thi binh"):
        found = province.run("show", "--json", who)
        assert found.code == 0, who
        assert "CB00003" in [person["employee_id"] for person in found.json["people"]], who
    nobody = province.run("show", "--json", "khong.co@tinh.test")
    assert nobody.code == 1
    assert nobody.json["people"] == []
    spoken = province.run("show", "CB00003")
    assert "Phạm Thị Bình" in spoken.stdout


def test_a_lost_database_costs_no_mailbox_and_says_what_it_costs(loaded: Loaded) -> None:
    province = loaded.province
    (province.folder / "data").rename(province.folder / "lost")
    planned = province.plan("--agencies", loaded.agencies, loaded.roster)
    assert planned.code == 0
    assert planned.json["changes"] == []
    assert any("afresh" in problem["message"] for problem in planned.json["problems"])
    leaver = province.synced(*loaded.again(loaded.without("CB00003")))
    assert leaver.json["applied"] == {"suspend": 1}
    assert len(province.people()) == 20


def test_the_same_story_on_postgresql(province: Province, postgres_server: PostgresServer) -> None:
    province.change('url = "sqlite:data"', f'url = "{postgres_server.url(postgres_server.create_database())}"')
    agencies, roster = province.agencies(SXD, VPUB), province.roster(officials(20))
    assert province.synced("--agencies", agencies, roster).json["applied"] == {"create": 20}
    assert province.synced("--agencies", agencies, roster).json["applied"] == {}
    leavers = province.roster(officials(17), "fewer.csv")
    assert province.synced("--agencies", agencies, leavers).json["applied"] == {"suspend": 3}
    more = province.plan("--agencies", agencies, province.roster(officials(16), "fewest.csv"))
    assert more.code == 4
    assert more.limit("suspend.week")["value"] == 4
    history = province.run("show", "--json", "CB00020").json["people"][0]["history"]
    assert [event["action"] for event in history] == ["create", "suspend"]
