"""Existing accounts come under management: what is checked, what is written, what stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from foundation.directory import schema
from foundation.errors import UsageError
from foundation.vietnamese import encode_tcvn3
from provisioner.adoption import Adoption, Claim, read_claims
from provisioner.changes import Plan
from provisioner.roster.problem_list import ProblemList
from tests.support.small_province import SUBTREES, Province, make_keys, only, person, shown

NOW = datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)
DN = f"uid=an,{SUBTREES.people}"


def _account(province: Province, dn: str = DN, **attributes: str | tuple[str, ...]) -> None:
    province.directory.put(
        dn,
        **{
            "objectClass": ("top", "person", "inetOrgPerson"),
            "cn": "Nguyen Van An",
            "sn": "Nguyen",
            "mail": "an.nguyen@tinh.test",
            "userPassword": "{ARGON2}x",
            **attributes,
        },
    )


@pytest.fixture
def province() -> Province:
    """One account that we did not make."""
    made = Province()
    _account(made)
    return made


def _plan(province: Province, *claims: Claim) -> Plan:
    adoption = Adoption(province.directory, province.settings, province.keys, NOW, province.today)
    return adoption.plan(claims, ProblemList("adopt.csv"))


def _messages(plan: Plan) -> list[tuple[int | None, str]]:
    return [(problem.row, problem.message.en) for problem in plan.problems if problem.stops]


def test_an_adopted_account_gains_what_makes_it_ours_and_keeps_the_rest(province: Province) -> None:
    change = only(_plan(province, Claim(2, DN.upper().replace("UID=AN", "uid=An"), "1")))
    assert (change.action, change.dn, change.address) == ("adopt", DN, "an.nguyen@tinh.test")
    province.apply([change])
    entry = province.person("1")
    assert set(entry.values("objectClass")) == {
        "top",
        "person",
        "inetOrgPerson",
        "inetLocalMailRecipient",
        "congvuPerson",
    }
    assert entry.first("userPassword") == "{ARGON2}x"
    assert entry.first("cn") == "Nguyen Van An"
    assert entry.values("mail") == entry.values("mailLocalAddress") == ("an.nguyen@tinh.test",)
    assert entry.first(schema.ADDRESS_RECORD) == "primary 2026-11-22 - an.nguyen@tinh.test"
    assert entry.values(schema.ADDRESS_HASH) == (province.keys.digest("an.nguyen@tinh.test"),)
    assert entry.first(schema.STATE) == "active"
    assert entry.first(schema.ACTIVATED_SINCE) == "20261122010203Z"
    assert _plan(province, Claim(2, DN, "1")).changes == []


@pytest.mark.parametrize(
    "spelling",
    [
        f"UID=an, {SUBTREES.people.replace('ou=people', 'ou=People')}",
        f" uid = An ,{SUBTREES.people.replace(',', ' , ').replace('=', ' = ')}",
        rf"uid=\61n,{SUBTREES.people.upper()}",
    ],
)
def test_a_name_in_any_spelling_is_the_entry(province: Province, spelling: str) -> None:
    """The change names the entry as the directory does."""
    change = only(_plan(province, Claim(2, spelling, "1")))
    assert change.dn == DN
    twice = _plan(province, Claim(2, DN, "1"), Claim(3, spelling, "2"))
    assert [(problem.row, problem.value) for problem in twice.problems] == [(3, spelling)]


@pytest.mark.parametrize("named", ["", "Nguyễn Văn An", "NGUYEN VAN AN", "Nguyen  Văn Ân", "NguyenVanAn"])
def test_the_same_letters_are_the_same_person(province: Province, named: str) -> None:
    plan = _plan(province, Claim(2, DN, "1", named))
    assert plan.problems == []
    assert only(plan).action == "adopt"


@pytest.mark.parametrize("named", ["Nguyễn Thị Bình", "Văn An", "Nguyễn Văn Anh"])
def test_a_name_that_shares_a_syllable_is_a_warning(province: Province, named: str) -> None:
    plan = _plan(province, Claim(2, DN, "1", named))
    assert [(problem.severity, problem.row) for problem in plan.problems] == [("warning", 2)]
    assert f"the file says {named}, the entry Nguyen Van An" in shown(plan.problems)
    assert only(plan).action == "adopt"


def test_a_name_of_somebody_else_is_asked_about(province: Province) -> None:
    plan = _plan(province, Claim(2, DN, "1", "Trần Thị Bình"))
    assert [(problem.severity, problem.row, problem.value) for problem in plan.problems] == [("question", 2, DN)]
    assert "the file says Trần Thị Bình, the entry Nguyen Van An" in shown(plan.problems)
    assert plan.stops
    assert plan.changes == []


def test_any_name_of_the_entry_will_do(province: Province) -> None:
    province.directory.edit(DN, cn=("annv", "Nguyễn Văn An"))
    assert _plan(province, Claim(2, DN, "1", "Nguyễn Văn An")).problems == []


def test_an_entry_that_is_ours_is_not_asked_for_its_name_again(province: Province) -> None:
    """Its name is the roster's since, and may have changed."""
    province.apply(_plan(province, Claim(2, DN, "1", "Nguyễn Văn An")).changes)
    province.directory.edit(DN, cn="Lê Thị Bình")
    assert _plan(province, Claim(2, DN, "1", "Nguyễn Văn An")).problems == []


def test_the_next_sync_keeps_the_address(province: Province) -> None:
    province.apply(_plan(province, Claim(2, DN, "1")).changes)
    province.sync([person("1", agency="STC")])
    assert province.mail("1") == "an.nguyen@tinh.test"
    assert province.person("1").dn == DN
    assert province.plan([person("1", agency="STC")]).changes == []


def test_addresses_in_capitals_or_several_are_put_in_order(province: Province) -> None:
    """Our directory holds one primary address, in lower case, among all the addresses."""
    _account(province, mail=("An.Nguyen@Tinh.Test", "AN@tinh.test"), mailLocalAddress=("an@TINH.test", "a@tinh.test"))
    province.apply(_plan(province, Claim(2, DN, "1")).changes)
    assert province.mail("1") == "an.nguyen@tinh.test"
    assert province.person("1").values("mail") == ("an.nguyen@tinh.test",)
    assert province.addresses("1") == {"an.nguyen@tinh.test", "an@tinh.test", "a@tinh.test"}
    province.sync([person("1")])
    assert province.plan([person("1")]).changes == []
    assert province.addresses("1") == {"an.nguyen@tinh.test", "an@tinh.test", "a@tinh.test"}


def test_an_account_without_mail_gets_an_address_at_the_next_sync(province: Province) -> None:
    _account(province, mail=())
    plan = _plan(province, Claim(2, DN, "1"))
    assert not plan.stops
    assert [problem.severity for problem in plan.problems] == ["warning"]
    province.apply(plan.changes)
    province.sync([person("1")])
    assert province.mail("1") == "annv.sxd@tinh.test"


def test_hashes_of_an_earlier_life_stay(province: Province) -> None:
    old = province.keys.digest("cu@tinh.test")
    _account(province, congvuAddressHash=old)
    change = only(_plan(province, Claim(2, DN, "1")))
    assert set(change.after[schema.ADDRESS_HASH]) == {old, province.keys.digest("an.nguyen@tinh.test")}


def test_every_wrong_row_is_named_and_nothing_is_planned(province: Province) -> None:
    other = f"uid=other,{SUBTREES.people}"
    ours = f"uid=ours,{SUBTREES.people}"
    device = f"cn=printer,{SUBTREES.people}"
    _account(province, other, mail="o@tinh.test")
    _account(province, ours, mail="p@tinh.test", congvuPersonKey="hr:7")
    province.directory.put(device, objectClass=("device",), cn="printer")
    plan = _plan(
        province,
        Claim(2, f"uid=nobody,{SUBTREES.people}", "1"),
        Claim(3, "uid=x,ou=elsewhere,dc=tinh,dc=test", "2"),
        Claim(4, device, "3"),
        Claim(5, ours, "4"),
        Claim(6, other, "7"),
        Claim(7, DN, "5"),
        Claim(8, DN, "6"),
        Claim(9, ours.replace("ours", "other"), "5"),
    )
    assert plan.changes == []
    rows = [row for row, _ in _messages(plan)]
    assert set(rows) == {2, 3, 4, 5, 6, 8, 9}
    text = shown(plan.problems)
    for expected in (
        "no such entry",
        "outside ou=people",
        "not a person's",
        "already belongs to hr:7",
        f"already has an account: {ours}",
        "named in row 7 already",
    ):
        assert expected in text


def test_an_address_on_two_entries_stops_the_adoption(province: Province) -> None:
    other = f"uid=zz,{SUBTREES.people}"
    _account(province, other, mail="AN.nguyen@tinh.test")
    plan = _plan(province, Claim(2, other, "1"))
    assert plan.changes == []
    assert f"the address an.nguyen@tinh.test belongs to {DN}" in shown(plan.problems)


def _by_a_leaver(province: Province) -> None:
    """Binh had this address, it ran out, the hash stayed."""
    province.sync([person("9", "Trần Thị Bình")])
    dn = province.person("9").dn
    digest = province.keys.digest("an.nguyen@tinh.test")
    province.directory.edit(dn, congvuAddressHash=(*province.person("9").values(schema.ADDRESS_HASH), digest))


def _by_a_merged_province(province: Province) -> None:
    province.keys = make_keys(imported=[b"9" * 32])
    digest = make_keys(b"9" * 32).digest("an.nguyen@tinh.test")
    province.directory.put(
        f"congvuAddressHash={digest},{SUBTREES.reservations}",
        objectClass=("congvuReservation",),
        congvuAddressHash=digest,
    )


def _by_a_mailbox(province: Province) -> None:
    province.directory.put(
        f"cn=agency.AN,{SUBTREES.roles}",
        objectClass=("congvuRoleMailbox",),
        mail="an.nguyen@tinh.test",
        congvuAddressHash=province.keys.digest("an.nguyen@tinh.test"),
    )


def test_an_address_of_a_merged_province_is_asked_about(province: Province) -> None:
    """Whose it was there, no hash can tell; people of a merged province are taken over with their addresses."""
    _by_a_merged_province(province)
    plan = _plan(province, Claim(2, DN, "1"))
    assert only(plan).action == "adopt"
    assert [problem.message.en for problem in plan.problems] == [
        "the address an.nguyen@tinh.test was given in a merged province: is it the same person?"
    ]


@pytest.mark.parametrize("held", [_by_a_leaver, _by_a_mailbox])
def test_an_address_that_somebody_else_ever_had_is_not_taken_over(
    province: Province, held: Callable[[Province], None]
) -> None:
    held(province)
    plan = _plan(province, Claim(2, DN, "1"))
    assert plan.changes == []
    assert "the address an.nguyen@tinh.test belongs to" in shown(plan.problems)


def test_what_is_no_address_is_named(province: Province) -> None:
    _account(province, mail="nguyen van an")
    plan = _plan(province, Claim(2, DN, "1"))
    assert _messages(plan) == [(2, "not a mail address")]


# -- the file -------------------------------------------------------------------------------------------------------


def test_a_file_of_claims_is_read(tmp_path: Path) -> None:
    path = tmp_path / "adopt.csv"
    path.write_text(f'dn,Mã CBCC,Họ và tên\n"{DN}",001,An\n\n"{DN}2",,\n,5,\n', encoding="utf-8")
    claims, problems = read_claims(path)
    assert claims == [Claim(2, DN, "001", "An")]
    assert [problem.row for problem in problems.sorted()] == [4, 5]


def test_names_in_an_old_encoding_are_read(tmp_path: Path) -> None:
    path = tmp_path / "adopt.csv"
    names = ("Nguyễn Văn Cảnh", "Trần Thị Bưởi", "Đặng Hữu Phước")
    rows = [f'"{DN}{number}",00{number},{encode_tcvn3(name)}' for number, name in enumerate(names)]
    path.write_text("\n".join(["dn,Mã CBCC,Họ và tên", *rows]), encoding="utf-8")
    claims, _ = read_claims(path)
    assert tuple(claim.full_name for claim in claims) == names


def test_a_file_without_its_columns_is_named(tmp_path: Path) -> None:
    path = tmp_path / "adopt.csv"
    path.write_text("tên,địa chỉ\nAn,x\n", encoding="utf-8")
    claims, problems = read_claims(path)
    assert claims == []
    assert problems.error_count


def test_a_missing_file_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        read_claims(tmp_path / "none.csv")
