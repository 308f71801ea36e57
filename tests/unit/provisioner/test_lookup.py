"""Who is it? By address now or long ago, by id, by name with or without marks."""

from __future__ import annotations

import pytest

from provisioner.lookup import Finder
from provisioner.store import StoredChange
from tests.support.small_province import SUBTREES, Province, make_keys, person


@pytest.fixture
def province() -> Province:
    """An, who was called otherwise until the alias ran out; Hòa; and a namesake in another source."""
    made = Province()
    made.sync([person("1", "Nguyễn Văn Cũ"), person("2", "Trần Thị Hòa"), person("10", "Hoàng Hoa", "STC")])
    made.sync([person("1", "Nguyễn Văn An"), person("2", "Trần Thị Hòa"), person("10", "Hoàng Hoa", "STC")])
    made.later(400)
    made.sync([person("1", "Nguyễn Văn An"), person("2", "Trần Thị Hòa"), person("10", "Hoàng Hoa", "STC")])
    made.directory.put(
        f"uid=x,{SUBTREES.people}",
        objectClass=("congvuPerson",),
        cn="Ai Đó",
        employeeNumber="2",
        congvuPersonKey="edu:2",
        congvuState="active",
    )
    made.directory.put(
        f"uid=y,{SUBTREES.people}", objectClass=("inetOrgPerson",), cn="Không Phải Ta", mail="y@tinh.test"
    )
    return made


def _found(province: Province, query: str) -> list[str]:
    finder = Finder(province.directory, province.settings, province.keys)
    return [entry.first("congvuPersonKey") for entry in finder.find(query)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("annv.sxd@tinh.test", ["hr:1"]),
        (" ANNV.SXD@Tinh.Test ", ["hr:1"]),
        ("cunv.sxd@tinh.test", ["hr:1"]),
        ("1", ["hr:1"]),
        ("hr:1", ["hr:1"]),
        ("2", ["edu:2", "hr:2"]),
        ("edu:2", ["edu:2"]),
        ("Trần Thị Hòa", ["hr:2"]),
        ("Trần Thị Hoà", ["hr:2"]),
        ("trần thị hoà", ["hr:2"]),
        ("tran thi hoa", ["hr:2"]),
        ("hoa", ["hr:10", "hr:2"]),
        ("Trần Thị Hồ", []),
        ("y@tinh.test", []),
        ("Không Phải Ta", []),
        ("nobody@tinh.test", []),
        ("@", []),
        ("not an@address", []),
        ("*", []),
        ("*)(uid=*", []),
        ("\\2a", []),
        ("", []),
    ],
)
def test_a_question_finds_exactly_whom_it_names(province: Province, query: str, expected: list[str]) -> None:
    assert _found(province, query) == expected


def test_an_address_of_the_past_is_found_after_the_key_was_rotated(province: Province) -> None:
    province.keys = make_keys(b"1" * 32, b"2" * 32)
    assert _found(province, "cunv.sxd@tinh.test") == ["hr:1"]


def test_the_answer_has_the_shape_of_the_contract(province: Province) -> None:
    finder = Finder(province.directory, province.settings, province.keys)
    (entry,) = finder.find("1")
    past = StoredChange(
        run_id=4,
        position=0,
        kind="person",
        action="update",
        employee_id="1",
        agency="SXD",
        dn=entry.dn,
        address="annv.sxd@tinh.test",
        before={"congvuAddressRecord": ["alias 2026-11-22 2027-05-21 cunv.sxd@tinh.test"]},
        after={"congvuAddressRecord": []},
        why=("vì", "why"),
        outcome="done",
        detail="",
        planned_at=0,
        settled_at=1_000_000,
    )
    shown = finder.as_json(entry, [past])
    assert (shown["employee_id"], shown["source"], shown["dn"]) == ("1", "hr", entry.dn)
    assert shown["uid"] == entry.first("uid") != ""
    assert (shown["name"], shown["address"], shown["state"], shown["agency"]) == (
        "Nguyễn Văn An",
        "annv.sxd@tinh.test",
        "invited",
        "SXD",
    )
    assert shown["addresses"] == [
        {"address": "annv.sxd@tinh.test", "kind": "primary", "since": "2026-11-22", "until": None},
        {"address": "cunv.sxd@tinh.test", "kind": "expired", "since": "2026-11-22", "until": "2027-05-21"},
    ]
    assert [post["title"] for post in shown["posts"]] == ["Chuyên viên"]
    assert shown["history"][0]["run"] == 4
    assert shown["history"][0]["at"] == "1970-01-01T00:00:01+00:00"


def test_an_expired_address_keeps_the_day_on_which_it_ended(province: Province) -> None:
    """As a primary address it had no end; the record of its time as an alias has."""
    finder = Finder(province.directory, province.settings, province.keys)
    (entry,) = finder.find("1")
    past = [
        _event(0, ["primary 2026-11-22 - cunv.sxd@tinh.test"]),
        _event(1, ["alias 2026-11-22 2027-05-21 cunv.sxd@tinh.test"]),
        _event(2, ["alias 2027-06-01 2027-12-21 cunv.sxd@tinh.test"]),
        _event(3, ["primary 2027-06-01 - cunv.sxd@tinh.test"]),
    ]
    for history, until in ((past[:1], None), (past[:2], "2027-05-21"), (past, "2027-12-21")):
        shown = finder.as_json(entry, history)["addresses"]
        assert [(found["kind"], found["until"]) for found in shown] == [("primary", None), ("expired", until)]


def test_an_address_may_belong_to_a_list_or_a_role_mailbox(province: Province) -> None:
    finder = Finder(province.directory, province.settings, province.keys)
    (group,) = finder.find_groups(" Canbo.SXD@tinh.test ")
    shown = finder.group_as_json(group)
    assert (shown["kind"], shown["address"], shown["agency"]) == ("list", "canbo.sxd@tinh.test", "SXD")
    assert shown["dn"] == f"cn=agency.SXD,{SUBTREES.lists}"
    assert {finder.who(dn) for dn in shown["members"]} == {"1 Nguyễn Văn An", "2 Trần Thị Hòa"}
    (mailbox,) = finder.find_groups("vanthu.sxd@tinh.test")
    shown = finder.group_as_json(mailbox)
    assert (shown["kind"], shown["members"]) == ("role_mailbox", [])
    assert finder.who(f"uid=nobody,{SUBTREES.people}") == "uid=nobody"
    for question in ("annv.sxd@tinh.test", "canbo.sxd", "@", "*@*", ""):
        assert finder.find_groups(question) == []
    assert finder.find("canbo.sxd@tinh.test") == []


def test_an_empty_list_has_no_members(province: Province) -> None:
    province.sync([person("10", "Hoàng Hoa", "STC")])
    finder = Finder(province.directory, province.settings, province.keys)
    (group,) = finder.find_groups("canbo.sxd@tinh.test")
    assert finder.group_as_json(group)["members"] == []


def _event(position: int, records: list[str]) -> StoredChange:
    return StoredChange(
        run_id=position,
        position=0,
        kind="person",
        action="update",
        employee_id="1",
        agency="SXD",
        dn="",
        address="",
        before={"congvuAddressRecord": records},
        after={},
        why=("vì", "why"),
        outcome="done",
        detail="",
        planned_at=0,
        settled_at=1_000_000,
    )
