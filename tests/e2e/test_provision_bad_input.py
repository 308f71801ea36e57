"""Bad rosters, bad servers, bad moments: each is refused or survived, says why, and nothing half-done stays.

Every test ends by looking at the directory: a refusal before the first write has changed nothing at all.
"""

from __future__ import annotations

import io
import os
import resource
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from congvu.servers.certificates import make_certificate
from foundation.key_files import file_of
from foundation.keys import KINDS, AddressRegisterKeys, parse_keyring
from foundation.vietnamese import encode_tcvn3
from tests.support.province import SXD, VPUB, Answer, Conversation, Loaded, Official, Province, load_people, officials
from tests.support.slapd_server import free_port
from tests.support.trouble import EditableSlapd

MEMORY_BYTES = 1 << 30
"""Address space in which a hostile file must be refused: a workbook that unpacks to more would need it all."""


def problems(answer: Answer, severity: str) -> list[dict[str, Any]]:
    return [problem for problem in answer.json["problems"] if problem["severity"] == severity]


def refused(province: Province, *arguments: str | Path) -> Answer:
    """Both `plan` and `sync` say 65 with a problem that stops and a hint, and nothing is written."""
    before = province.everything()
    planned = province.plan(*arguments)
    synced = province.sync(*arguments)
    assert (planned.code, synced.code) == (65, 65), planned.stderr + synced.stderr
    assert planned.json.get("changes", []) == synced.json.get("changes", [])
    assert "run" not in synced.json
    assert planned.json["problems"] == synced.json["problems"]
    stops = problems(planned, "error") + problems(planned, "question")
    assert stops
    assert all(problem["message"] and problem["hint"] for problem in stops), stops
    assert province.everything() == before
    return planned


# --- files --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [b"", b"\xef\xbb\xbf\r\n \r\n", "Mã CBCC,Họ và tên,Mã đơn vị,Chức vụ\r\n".encode()],
    ids=["empty", "blank", "only headers"],
)
def test_a_roster_without_people(loaded: Loaded, content: bytes) -> None:
    province = loaded.province
    refused(province, "--agencies", loaded.agencies, province.file("empty.csv", content))


def test_wrong_columns(province: Province) -> None:
    roster = province.file("wrong.csv", "Mã hàng,Tên hàng,Số lượng\n1,Bàn,3\n2,Ghế,4\n")
    answer = refused(province, "--agencies", province.agencies(SXD), roster)
    assert any("Mã CBCC" in problem["message"] + problem["hint"] for problem in answer.json["problems"])


def test_a_file_that_is_no_roster_and_one_that_is_not_there(province: Province) -> None:
    for name, content in (
        ("page.xls", b"<html><table>"),
        ("scan.pdf", b"%PDF-1.7"),
        ("binary", bytes(range(256)) * 20),
    ):
        refused(province, province.file(name, content))
    missing = province.plan(province.folder / "missing.csv")
    assert missing.code == 2
    assert "missing.csv" in missing.json["error"]["message"]
    assert province.plan(province.folder).code == 2


def test_one_id_with_two_names_and_every_other_problem_at_once(province: Province) -> None:
    roster = province.roster(
        [
            Official("CB00001", "Nguyễn Văn An"),
            Official("CB00002", "Trần Thị Bình", "SXDD"),
            Official("CB00001", "Lê Thị Cúc"),
            Official("CB00003", "Phạm Đức Dũng", hired="31/02/2020"),
            Official("", "Hoàng Minh Giang"),
            Official("CB00004", "Vũ Thanh Hà", status="Đang bay"),
        ]
    )
    answer = refused(province, "--agencies", province.agencies(SXD), roster)
    found = {problem["row"]: problem for problem in problems(answer, "error") + problems(answer, "question")}
    assert set(found) == {3, 4, 5, 6, 7}
    assert "Nguyễn Văn An" in found[4]["message"]
    assert "Lê Thị Cúc" in found[4]["value"]
    assert found[4]["column"] == "Mã CBCC"
    assert found[4]["file"] == "roster.csv"
    assert "SXD" in found[3]["hint"]
    assert found[7]["severity"] == "question"


def test_homonyms_in_one_agency_are_no_problem(province: Province) -> None:
    roster = province.roster([Official(f"CB{number:05}", "Nguyễn Văn An") for number in range(1, 4)])
    synced = province.synced("--agencies", province.agencies(SXD), roster)
    assert problems(synced, "error") == []
    assert {employee_id: person["mail"] for employee_id, person in province.people().items()} == {
        "CB00001": ["annv.sxd@tinh.test"],
        "CB00002": ["annv2.sxd@tinh.test"],
        "CB00003": ["annv3.sxd@tinh.test"],
    }


def test_a_tcvn3_name_without_a_telltale_letter_is_a_question_until_it_is_answered(province: Province) -> None:
    certain = ["Nguyễn Văn Dũng", "Trần Thị Hà", "Lê Đức Thọ", "Phạm Thị Nguyệt"]
    names = [*certain, *map(encode_tcvn3, certain), encode_tcvn3("Phan Dụng")]
    lines = ["Mã CBCC,Họ và tên,Mã đơn vị", *(f"CB{row:05},{name},SXD" for row, name in enumerate(names, 1))]
    content = b"\n".join(line.encode() if row < 6 else line.encode("latin-1") for row, line in enumerate(lines[1:], 2))
    roster = province.file("mixed.csv", lines[0].encode() + b"\n" + content + b"\n")
    agencies = province.agencies(SXD)

    answer = refused(province, "--agencies", agencies, roster)
    assert problems(answer, "error") == []
    (question,) = problems(answer, "question")
    assert question["row"] == 10
    assert question["value"] == "Phan Dông"
    assert "Phan Dụng" in question["hint"]
    assert "CB00009" in question["hint"]

    province.file("answers.csv", "employee_id,column,text\nCB00009,Họ và tên,Phan Dụng\n")
    province.change('source = "hr"', 'source = "hr"\nanswers = "answers.csv"')
    province.synced("--agencies", agencies, roster)
    people = province.people()
    assert people["CB00009"]["cn"] == ["Phan Dụng"]
    assert people["CB00006"]["cn"] == ["Trần Thị Hà"]


@pytest.mark.parametrize("length", [300, 5000])
def test_a_name_of_300_characters(province: Province, length: int) -> None:
    roster = province.roster([Official("CB00001", ("Nguyễn " * length)[:length].strip())])
    answer = refused(province, "--agencies", province.agencies(SXD), roster)
    assert problems(answer, "error")[0]["row"] == 2


def test_long_names_of_people_and_agencies_that_make_no_address(province: Province) -> None:
    name = "Công Tằng Tôn Nữ Thị Ngọc Khánh Huyền Trang Thùy Dương Bảo Châu"
    label = "vanphongdoandaibieuquochoivahdnd"
    agencies = province.agencies(("DAI", "Văn phòng", label))
    province.add('[addresses]\npattern = "{family}.{middle}.{given}.{agency}"')
    answer = refused(province, "--agencies", agencies, province.roster([Official("CB00001", name, "DAI")]))
    assert "64" in problems(answer, "error")[0]["message"]


@pytest.mark.parametrize(
    "cell", ['=HYPERLINK("http://evil.test","Nguyễn Văn An")', "@SUM(A1:A9)", "=cmd|' /C calc'!A0", "-2+3"]
)
def test_a_formula_in_a_csv_cell(province: Province, cell: str) -> None:
    agencies = province.agencies(SXD)
    for roster in (
        province.roster([Official("CB00001", cell)], "name.csv"),
        province.roster([Official("CB00001", "Nguyễn Văn An", title=cell)], "title.csv"),
    ):
        answer = refused(province, "--agencies", agencies, roster)
        assert "formula" in problems(answer, "error")[0]["message"]


def test_a_formula_in_a_sheet_counts_as_its_value_and_an_error_value_is_refused(province: Province) -> None:
    import xlsxwriter

    agencies = province.agencies(SXD)
    for name, value in (("good.xlsx", "Nguyễn Văn An"), ("error.xlsx", "#REF!")):
        with xlsxwriter.Workbook(str(province.folder / name)) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, ["Mã CBCC", "Họ và tên", "Mã đơn vị"])
            sheet.write_row(1, 0, ["CB00001", "", "SXD"])
            sheet.write_formula(1, 1, '=CONCATENATE("Nguyễn"," Văn An")', None, value)
    planned = province.plan("--agencies", agencies, province.folder / "good.xlsx")
    assert planned.code == 3, planned.stderr
    assert planned.changes()["CB00001"]["after"]["cn"] == ["Nguyễn Văn An"]
    refused(province, "--agencies", agencies, province.folder / "error.xlsx")


def _one_endless_line() -> bytes:
    return b"x" * (4 << 20)


def _one_endless_quoted_record() -> bytes:
    return b'"' + b"CB00001,An,SXD\n" * 300_000


def _a_million_columns() -> bytes:
    return b"," * (1 << 19) + b"x\n"


def _a_zip_bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            for _ in range(600):
                part.write(b" " * (1 << 20))
    return packed.getvalue()


@pytest.mark.parametrize(
    "make",
    [_one_endless_line, _one_endless_quoted_record, _a_million_columns, _a_zip_bomb],
    ids=lambda make: make.__name__,
)
def test_a_bomb_is_refused_in_bounded_memory(province: Province, make: Callable[[], bytes]) -> None:
    header = b"" if make is _a_zip_bomb else "Mã CBCC,Họ và tên,Mã đơn vị\n".encode()
    roster = province.file("bomb", header + make())
    child = province.start(
        "plan",
        "--json",
        "--agencies",
        province.agencies(SXD),
        roster,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES)),
    )
    stdout, stderr = child.communicate(timeout=60)
    assert child.returncode == 65, stderr
    assert Answer(65, stdout, stderr).json["problems"]


# --- addresses ----------------------------------------------------------------------------------------------------


def test_an_address_reserved_by_a_retired_person_goes_to_nobody_else(province: Province) -> None:
    agencies, place = province.agencies(SXD), file_of(KINDS["address-register"], province.configuration)
    keys = AddressRegisterKeys(parse_keyring(place.read_text(), str(place)))
    digest = keys.digest("annv.sxd@tinh.test")
    province.slapd.add(
        f"congvuAddressHash={digest},ou=reservations,{province.slapd.base}",
        {"objectClass": ["congvuReservation"], "congvuAddressHash": [digest]},
    )
    synced = province.synced("--agencies", agencies, province.roster([Official("CB00001", "Nguyễn Văn An")]))
    assert synced.changes()["CB00001"]["address"] == "annv2.sxd@tinh.test"


def test_an_agency_whose_mailbox_address_a_person_had_is_refused(province: Province) -> None:
    agencies, place = province.agencies(SXD), file_of(KINDS["address-register"], province.configuration)
    keys = AddressRegisterKeys(parse_keyring(place.read_text(), str(place)))
    digest = keys.digest("vanthu.sxd@tinh.test")
    province.slapd.add(
        f"congvuAddressHash={digest},ou=reservations,{province.slapd.base}",
        {"objectClass": ["congvuReservation"], "congvuAddressHash": [digest]},
    )
    answer = refused(province, "--agencies", agencies, province.roster([Official("CB00001", "Nguyễn Văn An")]))
    assert problems(answer, "error")[0]["value"] == "vanthu.sxd@tinh.test"


def test_an_address_of_an_entry_that_is_not_ours_is_left_to_it(province: Province) -> None:
    dn = f"uid=oldaccount,ou=people,{province.slapd.base}"
    province.slapd.add(
        dn,
        {"objectClass": ["inetOrgPerson"], "cn": ["Người Khác"], "sn": ["Người"], "mail": ["annv.sxd@tinh.test"]},
    )
    before = province.entries()[dn]
    agencies = province.agencies(SXD)
    synced = province.synced("--agencies", agencies, province.roster([Official("CB00001", "Nguyễn Văn An")]))
    assert synced.changes()["CB00001"]["address"] == "annv2.sxd@tinh.test"
    assert any("adopt" in problem["hint"] for problem in problems(synced, "warning"))
    assert province.entries()[dn] == before


# --- a wrong roster -----------------------------------------------------------------------------------------------


def test_a_roster_30_percent_shorter_is_refused_before_the_first_write(loaded: Loaded) -> None:
    province = loaded.province
    before = province.everything()
    shorter = loaded.again(loaded.people[:14])
    planned = province.plan(*shorter)
    assert planned.code == 4
    assert planned.limit("suspend") == {"name": "suspend", "value": 6, "limit": 3, "exceeded": True}
    synced = province.sync(*shorter)
    assert synced.code == 4
    assert "--force suspend" in synced.stderr
    assert province.everything() == before


def test_an_older_roster_again_is_refused(loaded: Loaded) -> None:
    province = loaded.province
    province.synced(*loaded.again([*loaded.people, Official("CB00080", "Lê Văn Tám")]))
    before = province.everything()
    again = province.sync("--agencies", loaded.agencies, loaded.roster)
    assert again.code == 4
    assert again.limit("roster_older")["exceeded"]
    assert province.everything() == before


def test_a_roster_that_states_an_earlier_day_is_refused(province: Province) -> None:
    agencies = province.agencies(SXD, VPUB)

    def dated(day: str, people: list[Official], name: str) -> Path:
        plain = province.roster(people, name).read_text()
        return province.file(name, f"DANH SÁCH CÁN BỘ\nTính đến ngày {day}\n{plain}")

    people = officials(20)
    province.synced("--agencies", agencies, dated("30/6/2026", people, "june.csv"))
    older = province.plan("--agencies", agencies, dated("31/5/2026", [*people, *officials(1, first=30)], "may.csv"))
    assert older.code == 4
    assert older.limit("roster_older")["exceeded"]
    newer = province.plan("--agencies", agencies, dated("31/7/2026", [*people, *officials(1, first=30)], "july.csv"))
    assert newer.code == 3


def test_a_roster_that_lost_a_column_is_refused(loaded: Loaded) -> None:
    province = loaded.province
    before = province.everything()
    roster = province.roster(loaded.people, "narrow.csv", without=("Điện thoại",))
    answer = province.sync("--agencies", loaded.agencies, roster)
    assert answer.code == 4
    assert answer.limit("roster_columns") == {"name": "roster_columns", "value": 1, "limit": 0, "exceeded": True}
    assert province.everything() == before


# --- servers in trouble -------------------------------------------------------------------------------------------


def unreachable(province: Province, *arguments: str | Path) -> str:
    """`plan`, `sync`, `show` and `audit` say 69 with a next step; returns what sync said."""
    for command in (("plan", *arguments), ("show", "CB00001"), ("audit",)):
        answer = province.run(*command, "--json")
        assert answer.code == 69, command
        assert answer.json["error"]["hint"], command
    synced = province.sync(*arguments)
    assert synced.code == 69
    assert synced.json["error"]["exit_code"] == 69
    return str(synced.json["error"]["message"])


def test_the_directory_is_down(loaded: Loaded) -> None:
    province = loaded.province
    province.change(province.slapd.url, f"ldap://127.0.0.1:{free_port()}")
    assert "refused" in unreachable(province, "--agencies", loaded.agencies, loaded.roster)


def test_the_directory_never_answers(loaded: Loaded, silent_listener: int) -> None:
    province = loaded.province
    province.change(province.slapd.url, f"ldap://127.0.0.1:{silent_listener}")
    province.change("receive_timeout_seconds = 60", "receive_timeout_seconds = 1")
    answer = province.sync("--agencies", loaded.agencies, loaded.roster)
    assert answer.code == 69
    assert "timeout" in answer.json["error"]["message"]


def test_the_certificate_is_wrong(loaded: Loaded) -> None:
    province = loaded.province
    (province.folder / "other-ca.pem").write_bytes(make_certificate().authority)
    province.change(province.slapd.url, province.slapd.ldaps_url)
    assert province.plan("--agencies", loaded.agencies, loaded.roster).code == 0
    province.change(str(province.slapd.ca_file), "other-ca.pem")
    assert "certificate" in unreachable(province, "--agencies", loaded.agencies, loaded.roster)


def test_the_bind_is_refused(loaded: Loaded) -> None:
    province = loaded.province
    (province.folder / "provision.password").write_text("mật khẩu cũ")
    message = unreachable(province, "--agencies", loaded.agencies, loaded.roster)
    assert "bind is refused" in message
    assert "mật khẩu cũ" not in message


def test_the_directory_is_read_only(own_slapd: EditableSlapd, tmp_path: Path) -> None:
    province = Province(tmp_path / "province", own_slapd)
    province.make()
    loaded = load_people(province, officials(20))
    before = province.everything()
    own_slapd.edit("maxsize ", "readonly on\nmaxsize ")
    more = loaded.again([*loaded.people, *officials(3, first=50)])
    answer = province.sync(*more)
    assert answer.code == 69
    assert "read-only" in answer.json["error"]["hint"]
    assert province.everything() == before
    assert province.plan(*more).code == 3, "reading still works"
    own_slapd.edit("readonly on\n", "")
    assert province.synced(*more).json["applied"] == {"create": 3}


def test_the_directory_is_full(own_slapd: EditableSlapd, tmp_path: Path) -> None:
    own_slapd.edit("maxsize    4294967296", "maxsize    1048576")
    province = Province(tmp_path / "province", own_slapd)
    province.make()
    people = officials(600)
    arguments = ("--agencies", province.agencies(SXD, VPUB), province.roster(people))
    answer = province.sync(*arguments)
    assert answer.code == 69
    assert "full" in answer.json["error"]["hint"]
    assert 0 < len(province.people()) < 600
    own_slapd.edit("maxsize    1048576", "maxsize    4294967296")
    province.synced(*arguments)
    assert len(province.people()) == 600
    assert province.plan(*arguments).code == 0


# --- bad moments --------------------------------------------------------------------------------------------------


def test_an_entry_edited_by_hand_between_plan_and_sync(loaded: Loaded) -> None:
    province = loaded.province
    plan_file = province.folder / "next.plan"
    roster = loaded.again(loaded.with_one_changed("CB00003", title="Phó Giám đốc"))
    assert province.plan("--out", plan_file, *roster).code == 3
    dn = province.person("CB00003")["dn"][0]
    province.slapd.replace(dn, {"title": ["Sửa tay"]})
    before = province.everything()
    answer = province.sync(plan_file)
    assert answer.code == 4
    assert dn in answer.json["error"]["message"]
    forced = province.sync(plan_file, "--force", "update", "--reason", "vẫn muốn")
    assert forced.code == 4, "a stale plan can never be forced"
    assert province.everything() == before


@pytest.mark.parametrize("attribute", ["title", "congvuAddressRecord"])
def test_an_entry_edited_by_hand_between_reading_and_writing(loaded: Loaded, attribute: str) -> None:
    province = loaded.province
    changed = loaded.with_one_changed("CB00003", name="Phạm Thị Bích", title="Phó Giám đốc")
    changed = [person.but(title="Trưởng phòng") if person.id == "CB00005" else person for person in changed]
    talk = Conversation(province, "sync", "--json", *loaded.again(changed))
    dn = province.person("CB00003")["dn"][0]
    by_hand = {"title": "Sửa tay", "congvuAddressRecord": "primary 2020-01-01 - binhpt.vpub@tinh.test"}[attribute]
    province.slapd.replace(dn, {attribute: [by_hand]})
    answer = talk.answer("y")
    assert answer.code == 1, answer.stderr
    (failed,) = answer.json["failed"]
    assert (failed["employee_id"], failed["status"]) == ("CB00003", "moved"), failed["detail"]
    person = province.person("CB00003")
    assert person[attribute] == [by_hand]
    assert person["mail"] == ["binhpt.vpub@tinh.test"], "all of a change or nothing of it"
    assert province.person("CB00005")["title"] == ["Trưởng phòng"], "the others are written"
    assert province.synced(*loaded.again(changed)).json["counts"]["unchanged"] == 19
    assert province.person("CB00003")["mail"] == ["bichpt.vpub@tinh.test"]


def test_an_entry_deleted_by_hand_between_reading_and_writing(loaded: Loaded) -> None:
    province = loaded.province
    changed = loaded.with_one_changed("CB00003", title="Phó Giám đốc")
    talk = Conversation(province, "sync", "--json", *loaded.again(changed))
    dn = province.person("CB00003")["dn"][0]
    with province.slapd.admin_connection() as admin:
        assert admin.delete(dn)
    answer = talk.answer("y")
    assert answer.code == 1
    assert [failed["status"] for failed in answer.json["failed"]] == ["moved"]
    province.synced(*loaded.again(changed))
    assert province.person("CB00003")["mail"] == ["binhpt.vpub@tinh.test"], "the own address, given again to its owner"


def test_somebody_takes_the_address_between_reading_and_writing(province: Province) -> None:
    arguments = ("--agencies", province.agencies(SXD), province.roster(officials(3, ["SXD"])))
    address = province.plan(*arguments).changes()["CB00002"]["address"]
    talk = Conversation(province, "sync", "--json", *arguments)
    province.slapd.add(
        f"uid=rival,ou=people,{province.slapd.base}",
        {
            "objectClass": ["inetOrgPerson", "inetLocalMailRecipient"],
            "cn": ["Người Khác"],
            "sn": ["Người"],
            "mailLocalAddress": [address],
        },
    )
    answer = talk.answer("y")
    assert answer.code == 1
    assert "CB00002" in [failed["employee_id"] for failed in answer.json["failed"]]
    province.synced(*arguments)
    people = province.people()
    assert people["CB00002"]["mail"] != [address]
    assert people["CB00001"]["congvuState"] == ["invited"]


def test_two_syncs_at_once(loaded: Loaded) -> None:
    province = loaded.province
    more = loaded.again([*loaded.people, *officials(2, first=50)])
    talk = Conversation(province, "sync", "--json", *more)
    second = province.sync(*more)
    assert second.code == 75
    assert second.json["error"]["hint"]
    assert province.plan(*more).code == 3, "a plan needs no lock"
    assert talk.answer("y").code == 0
    assert province.synced(*more).json["applied"] == {}


def test_a_no_at_the_terminal_and_nobody_at_the_terminal(loaded: Loaded) -> None:
    province = loaded.province
    before = province.everything()
    more = loaded.again([*loaded.people, *officials(2, first=50)])
    assert Conversation(province, "sync", *more).answer("k").code == 2
    silent = province.run("sync", *more)
    assert silent.code == 2
    assert "--yes" in silent.stderr
    assert province.everything() == before


# --- places -------------------------------------------------------------------------------------------------------


def test_everything_in_a_folder_that_only_its_owner_can_enter(province: Province) -> None:
    province.folder.chmod(0o700)
    arguments = ("--agencies", province.agencies(SXD), province.roster(officials(3, ["SXD"])))
    province.synced(*arguments)
    assert (province.folder / "data").stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in (province.folder / "data").iterdir())


def test_everything_in_a_folder_with_a_path_longer_than_a_socket_may_have(tmp_path: Path, loaded: Loaded) -> None:
    deep = tmp_path / "một thư mục có tên rất dài" / ("x" * 100) / ("y" * 100)
    deep.mkdir(parents=True)
    province = Province(deep / "province", loaded.province.slapd)
    province.make(keys=False)
    shutil.copytree(loaded.province.folder / "keys", province.folder / "keys")
    province.synced(*Loaded(province, loaded.people, province.agencies(SXD, VPUB), Path()).again(loaded.people))
    assert province.run("audit").code == 0
    province.change(province.slapd.url, f"ldapi://{str(deep / 'socket').replace('/', '%2F')}")
    answer = province.plan("--agencies", province.agencies(SXD), province.roster(loaded.people))
    assert answer.code in (69, 78)
    assert answer.json["error"]["hint"]


def test_a_folder_that_cannot_be_written(loaded: Loaded) -> None:
    province = loaded.province
    province.change('url = "sqlite:data"', 'url = "sqlite:///proc/congvu"')
    answer = province.sync("--agencies", loaded.agencies, loaded.roster)
    assert answer.code == 69
    assert "/proc/congvu" in answer.json["error"]["message"]
    assert os.access(loaded.roster, os.R_OK)
