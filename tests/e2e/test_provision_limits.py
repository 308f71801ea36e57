"""Safety limits: how much one run, one agency and one week may change, and what --force needs and leaves behind."""

from __future__ import annotations

from typing import Any

from foundation import journal
from tests.support.province import SXD, VPUB, Answer, Loaded, Official, Province, load_people, officials


def run_records(province: Province) -> list[dict[str, Any]]:
    """The `run.started` records of the journal, public and private fields together."""
    with province.database() as database:
        records = database.read(lambda transaction: journal.read_records(transaction, 0, 100_000))
    return [
        {**record.public, **{name: private.value for name, private in record.private.items()}}
        for record in records
        if record.type == "run.started"
    ]


def exceeded(answer: Answer) -> set[str]:
    return {limit["name"] for limit in answer.json["limits"] if limit["exceeded"]}


def test_the_floor_lets_a_small_office_lose_three(loaded: Loaded) -> None:
    province = loaded.province
    three = province.plan(*loaded.again(loaded.people[:17]))
    assert three.code == 3
    assert three.limit("suspend") == {"name": "suspend", "value": 3, "limit": 3, "exceeded": False}
    four = province.plan(*loaded.again(loaded.people[:16]))
    assert four.code == 4
    assert exceeded(four) == {"suspend"}


def test_creates_are_never_limited_and_other_changes_have_a_floor_of_ten(loaded: Loaded) -> None:
    province = loaded.province
    many = province.plan(*loaded.again([*loaded.people, *officials(60, first=100)]))
    assert many.code == 3
    for count, code in ((10, 3), (11, 4)):
        people = [person.but(title="Thanh tra viên") for person in loaded.people[2 : 2 + count]]
        answer = province.plan(*loaded.again([*loaded.people[:2], *people, *loaded.people[2 + count :]]))
        assert answer.code == code
        assert answer.limit("update")["value"] == count


def test_percents_of_the_province_and_of_one_agency(province: Province) -> None:
    province.add("[lifecycle.limits]\nsuspend = { percent = 20, floor = 1 }\nlist = { percent = 100, floor = 0 }")
    loaded = load_people(province, officials(30))
    in_sxd = [person.id for person in loaded.people if person.agency == "SXD"][1:]
    in_vpub = [person.id for person in loaded.people if person.agency == "VPUB"][1:]
    assert province.plan(*loaded.again(loaded.without(*in_sxd[:3], *in_vpub[:3]))).code == 3
    seven = province.plan(*loaded.again(loaded.without(*in_sxd[:4], *in_vpub[:3])))
    assert exceeded(seven) == {"suspend", "suspend.agency:SXD"}
    four = province.plan(*loaded.again(loaded.without(*in_sxd[:4])))
    assert exceeded(four) == {"suspend.agency:SXD"}
    assert four.limit("suspend.agency:SXD") == {
        "name": "suspend.agency:SXD",
        "value": 4,
        "limit": 3,
        "exceeded": True,
    }
    roster = loaded.again(loaded.without(*in_sxd[:4]))
    wrong = province.sync(*roster, "--force", "suspend.agency:VPUB", "--reason", "nhầm")
    assert wrong.code in (2, 4)
    assert province.person(in_sxd[0])["congvuState"] == ["invited"]
    forced = province.synced(*roster, "--force", "suspend.agency:SXD", "--reason", "Sáp nhập phòng")
    assert forced.json["applied"] == {"suspend": 4}


def test_a_slow_bleed_is_seen_over_seven_days(loaded: Loaded) -> None:
    province = loaded.province
    assert province.synced(*loaded.again(loaded.people[:17])).json["applied"] == {"suspend": 3}
    province.set_clock("+6d")
    more = loaded.again(loaded.people[:16], "more.csv")
    week = province.sync(*more)
    assert week.code == 4
    assert exceeded(week) == {"suspend.week"}
    assert week.limit("suspend.week")["value"] == 4
    assert province.plan("--agencies", loaded.agencies, province.folder / "roster2.csv").code == 0, (
        "nothing to do is fine"
    )
    province.set_clock("+8d")
    assert province.synced(*more).json["applied"] == {"suspend": 1}


def test_the_window_can_be_switched_off(loaded: Loaded) -> None:
    province = loaded.province
    province.add("[lifecycle.limits]\nwindow_days = 0")
    province.synced(*loaded.again(loaded.people[:17]))
    assert province.synced(*loaded.again(loaded.people[:14], "more.csv")).json["applied"] == {"suspend": 3}


def test_force_needs_a_reason_a_known_name_and_the_right_name(loaded: Loaded) -> None:
    province = loaded.province
    before = province.everything()
    shorter = loaded.again(loaded.people[:15])
    without = province.sync(*shorter, "--force", "suspend")
    assert without.code == 2
    assert "--reason" in without.stderr
    blank = province.sync(*shorter, "--force", "suspend", "--reason", "  ")
    assert blank.code == 2
    unknown = province.sync(*shorter, "--force", "suspnd", "--reason", "thử")
    assert unknown.code == 2
    assert "suspnd" in unknown.stderr
    assert "suspend" in unknown.json["error"]["hint"]
    other = province.sync(*shorter, "--force", "rename", "--reason", "thử")
    assert other.code == 4
    assert province.everything() == before


def test_what_was_forced_and_why_stands_in_the_journal(loaded: Loaded) -> None:
    province = loaded.province
    shorter = loaded.again(loaded.people[:15])
    reason = "Quyết định số 15/QĐ-UBND ngày 01/11/2026"
    assert province.synced(*shorter, "--force", "suspend", "--reason", reason).json["applied"] == {"suspend": 5}
    first, second = run_records(province)
    assert (first["forced"], first["reason"]) == ([], "")
    assert (second["forced"], second["reason"]) == (["suspend"], reason)
    assert second["roster_rows"] == 15


def test_a_dry_run_says_what_a_sync_would_say_and_writes_nothing(loaded: Loaded) -> None:
    province = loaded.province
    before = province.everything()
    for people, code in ((loaded.people, 0), (loaded.people[:17], 3), (loaded.people[:10], 4)):
        assert province.run("sync", "--json", "--dry-run", *loaded.again(people)).code == code
    assert province.everything() == before
    assert len(run_records(province)) == 1


def test_a_roster_of_one_agency_touches_nobody_else(loaded: Loaded) -> None:
    province = loaded.province
    province.change('source = "hr"', 'source = "hr"\nscope = "agency:SXD"')
    only = [person for person in loaded.people if person.agency == "SXD"]
    answer = province.plan(*loaded.again(only))
    assert answer.code == 0, answer.json["changes"]
    fewer = province.synced(*loaded.again(only[:-1]))
    assert fewer.json["applied"] == {"suspend": 1}
    assert {
        person["congvuState"][0] for person in province.people().values() if person["departmentNumber"] == ["VPUB"]
    } == {"invited"}


def test_an_agency_that_vanishes_from_the_roster_is_seen_although_the_province_is_large(province: Province) -> None:
    small = ("PHUONG1", "Phường Một", "phuong1")
    people = officials(100)
    clerks = [
        Official(f"PX{number:03}", f"Trần Văn {given}", "PHUONG1")
        for number, given in enumerate(("An", "Bốn", "Cảnh", "Đạt"))
    ]
    agencies = province.agencies(SXD, VPUB, small)
    province.synced("--agencies", agencies, province.roster([*people, *clerks]))
    answer = province.plan("--agencies", agencies, province.roster(people, "later.csv"))
    assert answer.code == 4
    assert "suspend.agency:PHUONG1" in exceeded(answer)
    assert "suspend" not in exceeded(answer)
