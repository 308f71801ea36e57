"""A merged province brings its register along: addresses given there are never given here, and stay unreadable."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.province import SXD, VPUB, Official, Province, load_people, officials
from tests.support.trouble import EditableSlapd

OTHER_GROUPS = """
[addresses.role_mailboxes]
agency = { address = "coquan.{agency}", titles = [] }
van_thu = { address = "vt.{agency}", titles = ["Văn thư"] }
[addresses.lists]
agency = "moinguoi.{agency}"
"""


@pytest.fixture
def other(own_slapd: EditableSlapd, tmp_path: Path) -> Province:
    """A second province with a directory and keys of its own."""
    made = Province(tmp_path / "other", own_slapd, source="khac")
    made.make()
    return made


def exported(province: Province) -> Path:
    """The register of a province whose Phạm Thị Bình became Phạm Thị Bích and whose CB00020 left."""
    loaded = load_people(province, officials(20))
    province.synced(*loaded.again(loaded.with_one_changed("CB00003", name="Phạm Thị Bích")[:-1]))
    file = province.folder / "register.txt"
    answer = province.run("reservations", "export", "--json", file)
    assert answer.code == 0, answer.stderr
    assert answer.json["digests"] == 20 + 1 + 6, "people, the former address, four role mailboxes and two lists"
    return file


def test_an_address_of_the_other_province_is_refused_here(province: Province, other: Province) -> None:
    register = exported(province)
    text = register.read_text()
    assert "binhpt" not in text
    assert "@" not in text
    assert register.stat().st_mode & 0o077 == 0

    keys = province.folder / "keys" / "address-register.keys"
    taken = other.run("keys", "import", "--from", "tinh-cu", "--yes", keys, program="congvu")
    assert taken.code == 0, taken.stderr
    shown = other.run("reservations", "import", "--json", "--dry-run", register)
    assert shown.code == 3
    imported = other.run("reservations", "import", "--json", "--yes", register)
    assert imported.code == 0, imported.stderr
    assert imported.json["applied_others"] == {"reservation": {"create": 27}}

    newcomers = [
        Official("X1", "Phạm Thị Bình", "VPUB"),
        Official("X2", "Phạm Thị Bích", "VPUB"),
        Official("X3", "Lê Ý", "VPUB"),
    ]
    agencies = other.agencies(("VPUB", "Văn phòng", "vpub"))
    refused = other.plan("--agencies", agencies, other.roster(newcomers))
    assert refused.code == 65, "vpub@tinh.test itself was an address of the other province"
    assert "vpub@tinh.test" in {problem["value"] for problem in refused.json["problems"]}

    other.add(OTHER_GROUPS)
    other.synced("--agencies", agencies, other.roster(newcomers))
    assert {employee_id: person["mail"] for employee_id, person in other.people().items()} == {
        "X1": ["binhpt2.vpub@tinh.test"],
        "X2": ["bichpt2.vpub@tinh.test"],
        "X3": ["yl.vpub@tinh.test"],
    }
    again = other.run("reservations", "import", "--json", "--yes", register)
    assert (again.code, again.json["applied_others"]) == (0, {})


def test_hashes_whose_key_is_missing_are_refused_before_anything_is_written(
    province: Province, other: Province
) -> None:
    register = exported(province)
    before = other.everything()
    for arguments in (("--yes",), ("--dry-run",)):
        imported = other.run("reservations", "import", *arguments, register)
        assert imported.code == 65
        assert "congvu keys import" in imported.stderr
    assert other.everything() == before
    roster = other.roster([Official("X1", "Phạm Thị Bình", "VPUB")])
    assert other.plan("--agencies", other.agencies(("VPUB", "Văn phòng", "vp2")), roster).code == 3


def test_a_file_that_is_no_register(province: Province) -> None:
    for name, content in (
        ("empty", ""),
        ("other", "dn;Mã\n"),
        ("edited", '{"format": "congvu-reservations 1", "organisation": "X"}\n01234567:zz\n'),
        ("readable", '{"format": "congvu-reservations 1", "organisation": "X"}\nannv.sxd@tinh.test\n'),
    ):
        answer = province.run("reservations", "import", "--json", "--yes", province.file(name, content))
        assert answer.code == 65, name
    assert province.run("reservations", "import", "--yes", "missing").code == 2
    assert province.entries("ou=reservations", "(objectClass=congvuReservation)") == {}


def test_the_register_of_the_province_itself_changes_nothing(province: Province) -> None:
    register = exported(province)
    answer = province.run("reservations", "import", "--json", "--yes", register)
    assert (answer.code, answer.json["applied_others"]) == (0, {})
    assert province.plan("--agencies", province.agencies(SXD, VPUB), province.folder / "roster2.csv").code == 0
