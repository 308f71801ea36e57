"""The plan file: exactly what was looked at is applied, or nothing; a stale one can never be forced."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

from tests.support.province import SXD, VPUB, Answer, Loaded, Official, Province, load_people, officials
from tests.support.trouble import EditableSlapd


def changed_people(loaded: Loaded) -> list[Official]:
    """One leaver, one new name, one new title, one joiner."""
    people = [person.but(name="Phạm Thị Bích") if person.id == "CB00003" else person for person in loaded.people[:-1]]
    people[4] = people[4].but(title="Phó Giám đốc")
    return [*people, Official("CB00090", "Lê Văn Tám")]


@pytest.fixture
def planned(loaded: Loaded) -> Path:
    """A plan file for `changed_people`."""
    path = loaded.province.folder / "next.plan"
    assert loaded.province.plan("--out", path, *loaded.again(changed_people(loaded))).code == 3
    return path


def stale(province: Province, path: Path, *more: str) -> str:
    """The plan is refused with exit 4, forced or not, and nothing is written; returns the reason."""
    before = province.everything()
    answer = province.sync(path, *more)
    forced = province.sync(path, "--force", "suspend", "--reason", "vẫn muốn", *more)
    assert (answer.code, forced.code) == (4, 4), answer.stderr
    assert answer.json["error"]["hint"]
    assert province.everything() == before
    return str(answer.json["error"]["message"])


def test_exactly_the_plan_is_applied(loaded: Loaded, planned: Path) -> None:
    province = loaded.province
    shown = province.run("sync", "--json", "--dry-run", planned)
    assert shown.code == 3
    applied = province.synced(planned)
    assert applied.json["applied"] == {"create": 1, "rename": 1, "suspend": 1, "update": 1}
    assert applied.json["plan_id"] == json.loads(planned.read_text().splitlines()[0])["plan_id"]
    people = province.people()
    for change in shown.changes().values():
        assert people[change["employee_id"]].get("mail") == [change["address"]]
    assert province.plan(*loaded.again(changed_people(loaded))).json["changes"] == []
    again = province.synced(planned)
    assert again.json["applied"] == {}, "a plan that is done has nothing left to do"


def test_a_plan_file_is_private_and_holds_no_secret(loaded: Loaded, planned: Path) -> None:
    assert planned.stat().st_mode & 0o077 == 0
    assert loaded.province.slapd.service_password not in planned.read_text()


def test_passwords_logins_and_activations_leave_a_plan_valid(loaded: Loaded, planned: Path) -> None:
    province = loaded.province
    people = province.people()
    for employee_id in ("CB00003", "CB00010"):
        province.slapd.replace(
            people[employee_id]["dn"][0],
            {
                "userPassword": ["một mật khẩu dài và lạ"],
                "congvuState": ["active"],
                "congvuActivatedSince": ["20260101000000Z"],
            },
        )
    assert province.synced(planned).json["applied"] == {"create": 1, "rename": 1, "suspend": 1, "update": 1}
    assert province.person("CB00003")["congvuState"] == ["active"]


def test_a_person_who_is_to_be_suspended_was_activated_meanwhile(loaded: Loaded, planned: Path) -> None:
    province = loaded.province
    dn = province.person(loaded.people[-1].id)["dn"][0]
    province.slapd.replace(dn, {"congvuState": ["active"], "congvuActivatedSince": ["20260101000000Z"]})
    assert dn in stale(province, planned)


def test_a_plan_expires(loaded: Loaded, planned: Path) -> None:
    province = loaded.province
    province.set_clock("+71h")
    assert province.run("sync", "--dry-run", planned).code == 3
    province.set_clock("+73h")
    assert "expired" in stale(province, planned)


def test_a_damaged_plan_and_an_edited_one(loaded: Loaded, planned: Path) -> None:
    province = loaded.province
    whole = planned.read_bytes()
    lines = whole.splitlines(keepends=True)
    for content in (
        whole[:-30],
        b"".join(lines[:-1]),
        b"".join(lines[:2] + lines[3:]),
        lines[0],
        whole.replace(b"levt", b"evil").replace("Phó Giám đốc".encode(), "Giám đốc".encode()),
        whole.replace(b'"expires_at":"20', b'"expires_at":"30'),
        lines[0].replace(b'{"congvu_plan":1', b'{"congvu_plan":9') + b"".join(lines[1:]),
    ):
        planned.write_bytes(content)
        assert "damaged" in province_says(province, planned)


def province_says(province: Province, plan_file: Path) -> str:
    answer = province.sync(plan_file)
    assert answer.code == 4, answer.stderr
    return str(answer.json["error"]["message"])


def test_a_plan_for_another_directory_or_register(own_slapd: EditableSlapd, tmp_path: Path, planned: Path) -> None:
    other = Province(tmp_path / "other", own_slapd, source="khac")
    other.make()
    loaded = load_people(other, officials(3))
    assert "configuration says" in stale(other, planned)
    other.change('source = "khac"', 'source = "hr"')
    assert stale(other, planned)
    assert len(other.people()) == len(loaded.people)


def test_the_roster_changed_or_is_gone(loaded: Loaded, planned: Path) -> None:
    province = loaded.province
    roster, agencies = province.folder / "roster2.csv", loaded.agencies
    content = roster.read_bytes()
    roster.write_bytes(content + b"\r\n")
    assert "roster2.csv" in stale(province, planned)
    roster.unlink()
    assert "roster2.csv" in stale(province, planned)
    roster.write_bytes(content)
    kept = agencies.read_bytes()
    agencies.write_bytes(kept.replace("Sở".encode(), b"Ban"))
    assert "agencies.csv" in stale(province, planned)
    agencies.write_bytes(kept)
    assert province.run("sync", "--dry-run", planned).code == 3


def test_anything_else_that_moved_in_the_directory(loaded: Loaded, planned: Path) -> None:
    province = loaded.province
    dn = province.person("CB00010")["dn"][0]
    before = province.person("CB00010")["title"]
    province.slapd.replace(dn, {"title": ["Sửa tay"]})
    assert "directory changed" in stale(province, planned)
    province.slapd.replace(dn, {"title": before})
    assert province.run("sync", "--dry-run", planned).code == 3
    newcomer = f"uid=moi,ou=people,{province.slapd.base}"
    province.slapd.add(newcomer, {"objectClass": ["inetOrgPerson"], "cn": ["Mới"], "sn": ["Mới"], "mail": ["a@b.test"]})
    assert stale(province, planned)
    with province.slapd.admin_connection() as admin:
        assert admin.delete(newcomer)
        assert admin.delete(province.person("CB00003")["dn"][0])
    assert stale(province, planned)


def test_a_reservation_made_meanwhile_for_an_address_of_the_plan(loaded: Loaded, planned: Path) -> None:
    province = loaded.province
    create = next(
        change
        for change in province.run("sync", "--json", "--dry-run", planned).changes().values()
        if change["action"] == "create"
    )
    (digest,) = create["after"]["congvuAddressHash"]
    province.slapd.add(
        f"congvuAddressHash={digest},ou=reservations,{province.slapd.base}",
        {"objectClass": ["congvuReservation"], "congvuAddressHash": [digest]},
    )
    answer = province.sync(planned)
    assert answer.code in (1, 4), "promise 6: no address is ever given to a second person"
    assert "CB00090" not in province.people()


def test_limits_stand_in_the_way_of_a_plan_file_too(loaded: Loaded) -> None:
    province = loaded.province
    plan_file = province.folder / "big.plan"
    planned = province.plan("--out", plan_file, *loaded.again(loaded.people[:12]))
    assert planned.code == 4
    assert planned.limit("suspend")["exceeded"]
    refused = province.sync(plan_file)
    assert refused.code == 4
    assert refused.json["limits"] == planned.json["limits"], "measured alike"
    forced = ("--force", "suspend", "--force", "list", "--reason", "Giải thể phòng")
    assert province.synced(plan_file, *forced).json["applied"] == {"suspend": 8}


def test_problems_write_no_plan_file(loaded: Loaded, planned: Path) -> None:
    province = loaded.province
    before = planned.read_bytes()
    broken = [*loaded.people, Official("CB00001", "Người Khác Hẳn")]
    assert province.plan("--out", planned, *loaded.again(broken, "broken.csv")).code == 65
    assert planned.read_bytes() == before


def test_a_place_that_cannot_be_written(loaded: Loaded) -> None:
    province = loaded.province
    answer = province.plan("--out", "/proc/none/next.plan", *loaded.again(changed_people(loaded)))
    assert answer.code == 2
    assert "/proc/none" in answer.json["error"]["message"]


def test_a_plan_file_may_be_moved_and_read_from_another_folder(loaded: Loaded, planned: Path, tmp_path: Path) -> None:
    province = loaded.province
    moved = Path(shutil.move(planned, tmp_path / "tệp kế hoạch.plan"))
    answer: Answer = province.synced(moved)
    assert answer.json["applied"]["rename"] == 1


def test_a_first_load_from_a_plan_file(province: Province) -> None:
    plan_file = province.folder / "first.plan"
    arguments = ("--agencies", province.agencies(SXD, VPUB), province.roster(officials(20)))
    assert province.plan("--out", plan_file, *arguments).code == 3
    assert province.synced(plan_file).json["applied"] == {"create": 20}
    assert province.plan(*arguments).code == 0


def test_a_plan_overwrites_an_earlier_plan_and_nothing_else(loaded: Loaded, planned: Path) -> None:
    province = loaded.province
    roster = province.roster(changed_people(loaded), "changed.csv")
    link = province.folder / "link.plan"
    link.symlink_to(roster)
    other = province.file("notes.txt", "x")
    for out in (roster, link, loaded.agencies, province.config, other, province.folder):
        before = out.read_bytes() if out.is_file() else b""
        answer = province.plan("--out", out, "--agencies", loaded.agencies, roster)
        assert answer.code == 2, out
        assert answer.json["error"]["hint"], out
        assert (out.read_bytes() if out.is_file() else b"") == before, out
    assert link.is_symlink()
    assert province.plan("--out", planned, "--agencies", loaded.agencies, roster).code == 3


def test_a_plan_takes_no_agencies_and_a_pipe_is_no_file(loaded: Loaded, planned: Path) -> None:
    province = loaded.province
    before = province.everything()
    pipe = province.folder / "pipe"
    os.mkfifo(pipe)
    for arguments in (("--agencies", loaded.agencies, planned), (pipe,), (province.folder,)):
        answer = province.sync(*arguments)
        assert answer.code == 2, arguments
        assert answer.json["error"]["hint"], arguments
    assert province.everything() == before


def test_a_plan_written_by_hand_sets_no_password(loaded: Loaded, planned: Path) -> None:
    lines = [json.loads(line) for line in planned.read_text(encoding="utf-8").split("\n")[:-2]]
    next(line for line in lines if line.get("kind") == "person")["after"]["userPassword"] = ["x"]
    total, plan_id = hashlib.sha256(), hashlib.sha256()
    for change in lines[1:]:
        fields = [change[name] for name in ("kind", "action", "dn", "before", "after")]
        plan_id.update(json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    lines[0]["plan_id"] = plan_id.hexdigest()[:16]
    body = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
    total.update(body.encode())
    planned.write_text(body + json.dumps({"end": len(lines) - 1, "sha256": total.hexdigest()}) + "\n", encoding="utf-8")
    assert "userPassword" in stale(loaded.province, planned)
