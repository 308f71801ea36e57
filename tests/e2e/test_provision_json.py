"""What scripts rely on: every key of the JSON answers and every exit code of DESIGN section 2."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from tests.support.province import Conversation, Loaded, Official, Province, officials

COUNTS = {"create", "update", "rename", "move", "suspend", "restore", "unchanged"}
CHANGE = {"kind", "action", "employee_id", "dn", "address", "before", "after", "why"}
PROBLEM = {"severity", "file", "row", "column", "value", "message", "hint"}
PLAN = {"schema_version", "plan_id", "counts", "changes", "problems", "limits"}
SHOWN = {
    *("employee_id", "source", "uid", "dn", "name", "address", "addresses", "state", "agency", "posts", "history"),
}


def next_roster(loaded: Loaded) -> tuple[Any, ...]:
    """A joiner, a leaver, a mover, a new name, and a problem that is only a warning."""
    people = [person.but(agency="SXD") if person.id == "CB00003" else person for person in loaded.without("CB00020")]
    people[5] = people[5].but(name="Đặng Đức Duy")
    people[7] = people[7].but(phone="số cũ")
    return loaded.again([*people, Official("CB00050", "Lê Văn Tám")])


def check_plan(answer: dict[str, Any]) -> None:
    assert answer["schema_version"] == 1
    assert set(answer) >= PLAN
    assert set(answer["counts"]) >= COUNTS
    assert all(isinstance(count, int) for count in answer["counts"].values())
    for change in answer["changes"]:
        assert set(change) >= CHANGE
        assert change["kind"] in ("person", "agency", "list", "role_mailbox")
        for side in (change["before"], change["after"]):
            assert all(isinstance(values, list) for values in side.values())
    for problem in answer["problems"]:
        assert set(problem) == PROBLEM
        assert problem["severity"] in ("error", "question", "warning")
    for limit in answer["limits"]:
        assert set(limit) == {"name", "value", "limit", "exceeded"}
        assert limit["exceeded"] == (limit["value"] > limit["limit"])


def test_plan_and_sync(loaded: Loaded) -> None:
    province = loaded.province
    arguments = next_roster(loaded)
    planned = province.plan(*arguments)
    assert planned.code == 3
    check_plan(planned.json)
    warning = next(problem for problem in planned.json["problems"] if problem["column"] == "Điện thoại")
    assert (warning["severity"], warning["file"], warning["row"]) == ("warning", "roster2.csv", 9)
    changes = planned.changes()
    move = changes["CB00003"]
    assert move["before"]["departmentNumber"] == ["VPUB"]
    assert move["after"]["departmentNumber"] == ["SXD"]
    assert changes["CB00050"]["before"] == {}
    assert changes["CB00020"]["after"]["congvuState"] == ["suspended"]

    synced = province.sync(*arguments)
    check_plan(synced.json)
    assert set(synced.json) >= {"run", "applied", "failed"}
    assert isinstance(synced.json["run"], int)
    assert synced.json["applied"] == {"create": 1, "move": 1, "rename": 1, "suspend": 1}
    assert synced.json["plan_id"] == planned.json["plan_id"]
    assert synced.json["changes"] == planned.json["changes"]

    people = province.people()
    for employee_id, change in changes.items():
        for name, values in change["after"].items():
            assert sorted(people[employee_id].get(name, [])) == sorted(values), (employee_id, name)


def test_show(loaded: Loaded) -> None:
    province = loaded.province
    province.synced(*next_roster(loaded))
    answer = province.run("show", "--json", "CB00003").json
    assert set(answer) >= {"schema_version", "took_ms", "people"}
    assert answer["took_ms"] > 0
    (person,) = answer["people"]
    assert set(person) >= SHOWN
    assert person["source"] == "hr"
    assert person["dn"].startswith(f"uid={person['uid']},")
    for address in person["addresses"]:
        assert set(address) == {"address", "kind", "since", "until"}
    assert {post["agency"] for post in person["posts"]} == {"SXD"}
    assert [event["action"] for event in person["history"]] == ["create", "move"]


def test_show_of_a_list_and_of_a_role_mailbox(loaded: Loaded) -> None:
    province = loaded.province
    for address, kind in (("canbo.sxd@tinh.test", "list"), ("vanthu.sxd@tinh.test", "role_mailbox")):
        answer = province.run("show", "--json", address)
        assert answer.code == 0
        assert answer.json["people"] == []
        (group,) = answer.json["groups"]
        assert set(group) == {"kind", "dn", "name", "address", "agency", "members"}
        assert (group["kind"], group["address"], group["agency"]) == (kind, address, "SXD")
        spoken = province.run("show", address)
        assert spoken.code == 0
        assert group["dn"] in spoken.stdout
    assert province.run("show", "--json", "CB00003").json["groups"] == []


def test_an_export_goes_where_one_may_go_and_generate_has_a_place(loaded: Loaded) -> None:
    province = loaded.province
    for place in ("/nonexistent/folder/register.txt", loaded.roster, province.folder):
        answer = province.run("reservations", "export", "--json", place)
        assert answer.code == 2, place
        assert answer.json["error"]["hint"], place
    register = province.folder / "register.txt"
    for _ in range(2):
        assert province.run("reservations", "export", register).code == 0
    answer = province.run("generate", "--json", "--people", "5")
    assert answer.code == 2
    assert answer.json["error"]["hint"]


def test_a_failed_item_says_which_and_why(loaded: Loaded) -> None:
    province = loaded.province
    talk = Conversation(province, "sync", "--json", *next_roster(loaded))
    province.slapd.replace(province.person("CB00020")["dn"][0], {"congvuState": ["active"]})
    answer = talk.answer("y")
    assert answer.code == 1
    (failed,) = answer.json["failed"]
    assert failed["employee_id"] == "CB00020"
    assert failed["dn"] == province.person("CB00020")["dn"][0]
    assert failed["detail"]


def test_json_is_one_document_with_everything_else_on_stderr(loaded: Loaded) -> None:
    province = loaded.province
    broken = loaded.again([*loaded.people, Official("CB00001", "Người Khác Hẳn")])
    for arguments in (
        ("plan", *broken),
        ("sync", "--yes", *broken),
        ("sync", "--yes", *loaded.again(loaded.people[:3])),
        ("sync", *next_roster(loaded)),
        ("show", "CB00001"),
        ("show", "khong co ai ten nay"),
        ("audit",),
        ("plan",),
        ("sync", "--no-such-option"),
        ("plan", "/no/such/file"),
    ):
        answer = province.run(*arguments, "--json")
        assert answer.stdout, arguments
        document = json.loads(answer.stdout)
        assert document["schema_version"] == 1, arguments
        if answer.code not in (0, 1, 3) and "changes" not in document:
            assert document["error"]["exit_code"] == answer.code, arguments
            assert document["error"]["message"], arguments


def test_the_language_of_messages_follows_the_option(loaded: Loaded) -> None:
    province = loaded.province
    roster = loaded.again(loaded.people[:3])
    vietnamese = province.run("--lang", "vi", "plan", *roster)
    english = province.run("plan", "--lang", "en", *roster)
    assert "giới hạn" in vietnamese.stdout + vietnamese.stderr
    assert "limit" in english.stdout + english.stderr
    assert vietnamese.code == english.code == 4


# --- exit codes ---------------------------------------------------------------------------------------------------


def test_0_and_3(loaded: Loaded) -> None:
    province = loaded.province
    assert province.run("plan", "--agencies", loaded.agencies, loaded.roster).code == 0
    assert province.run("plan", *next_roster(loaded)).code == 3
    assert province.run("sync", "--dry-run", *next_roster(loaded)).code == 3


def test_1_when_show_finds_nobody(loaded: Loaded) -> None:
    assert loaded.province.run("show", "CB99999").code == 1


@pytest.mark.parametrize(
    "arguments", [("plan",), ("plan", "missing.csv"), ("sync", "."), ("nonsense",), ("plan", "--wrong", "x")]
)
def test_2_usage(province: Province, arguments: tuple[str, ...]) -> None:
    assert province.run(*arguments).code == 2


def test_4_65_75_are_in_the_bad_input_stories_and_69_when_there_is_no_directory(province: Province) -> None:
    province.change(province.slapd.url, "ldaps://nobody.invalid:636")
    answer = province.plan(province.roster(officials(3)))
    assert answer.code == 69
    assert "nobody.invalid" in answer.json["error"]["message"]


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("[organisation]", "[organisatoin]\nx = 1\n[organisation]", "organisation"),
        ('domain = "tinh.test"', 'domain = "tinh test"', "domain"),
        ('source = "hr"', 'source = "hr"\npattern = "x"', "pattern"),
        ('url = "sqlite:data"', 'url = "mysql://x"', "storage.url"),
        ("[roster]", '[addresses]\npattern = "{given.__class__}"\n[roster]', "pattern"),
        ("[roster]", '[addresses]\npattern = "congchuc"\n[roster]', "pattern"),
        ("[organisation]", "[organisation", "config.toml"),
        ('bind_password = { file = "provision.password" }', "", "bind_password"),
        ('{ file = "provision.password" }', '{ file = "missing.password" }', "missing.password"),
        ('directory = "keys"', 'directory = "nokeys"', "address-register"),
        ('clock_file = "clock"', 'clock_file = "config.toml"', "clock"),
    ],
)
def test_78_bad_configuration(province: Province, old: str, new: str, named: str) -> None:
    roster, agencies = province.roster(officials(3)), province.agencies(("SXD", "Sở", "sxd"), ("VPUB", "VP", "vpub"))
    province.change(old, new)
    answer = province.plan("--agencies", agencies, roster)
    assert answer.code == 78, answer.stdout + answer.stderr
    document = answer.json
    assert named in json.dumps(document, ensure_ascii=False), document
    assert document["error"]["hint"] or all(problem["hint"] for problem in document["problems"])


def test_78_without_a_configuration(province: Province) -> None:
    province.config.rename(province.folder / "elsewhere.toml")
    assert province.run("plan", "x.csv").code in (2, 78)


def test_a_closed_pipe_is_no_bug(loaded: Loaded) -> None:
    province = loaded.province
    child = province.start("plan", "--json", *loaded.again(officials(400)))
    assert child.stdout is not None
    assert child.stderr is not None
    os.close(os.dup(child.stdout.fileno()))
    child.stdout.close()
    said = child.stderr.read()
    assert child.wait(60) == 141
    child.stderr.close()
    assert "Traceback" not in said
