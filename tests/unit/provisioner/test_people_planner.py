"""What happens to a person's mailbox, one event of a working life at a time."""

from __future__ import annotations

from datetime import date

import pytest

from foundation.directory import schema
from provisioner.changes import Change, Plan
from provisioner.people import Agency, Name, Person
from tests.support.small_province import (
    AGENCIES,
    SUBTREES,
    Province,
    make_keys,
    only,
    person,
    post,
    shown,
)

AN = person("1", "Nguyễn Văn An")
AN_MARRIED = person("1", "Nguyễn Thị Bình")
OTHERS = [person("8", "Phạm Văn Tám"), person("9", "Lê Thị Chín", "STC")]


def _people(plan: Plan) -> list[Change]:
    return [change for change in plan.changes if change.kind == "person"]


def _actions(plan: Plan) -> list[tuple[str, str]]:
    return [(change.employee_id, change.action) for change in _people(plan)]


@pytest.fixture
def province() -> Province:
    """An and two others, loaded."""
    made = Province()
    made.sync([AN, *OTHERS])
    return made


# -- joining --------------------------------------------------------------------------------------------------------


def test_a_new_person_is_invited_and_receives() -> None:
    province = Province()
    change = only(province.sync([person("1", decision="12/QĐ-SNV")]))
    assert (change.action, change.address, change.why.en) == (
        "create",
        "annv.sxd@tinh.test",
        "new in the roster (12/QĐ-SNV)",
    )
    entry = province.person("1")
    assert entry.dn.endswith(f",{SUBTREES.people}")
    assert entry.first("uid").startswith("u")
    assert entry.attributes["mail"] == ("annv.sxd@tinh.test",)
    assert entry.attributes["mailLocalAddress"] == ("annv.sxd@tinh.test",)
    assert entry.first(schema.STATE) == "invited"
    assert entry.first(schema.PERSON_KEY) == "hr:1"
    assert entry.first(schema.ADDRESS_RECORD) == "primary 2026-11-22 - annv.sxd@tinh.test"
    assert entry.values(schema.ADDRESS_HASH) == (province.keys.digest("annv.sxd@tinh.test"),)
    assert (entry.first("cn"), entry.first("sn"), entry.first("givenName")) == ("Nguyễn Văn An", "Nguyễn", "An")


def test_nothing_to_do_is_nothing(province: Province) -> None:
    plan = province.plan([AN, *OTHERS])
    assert plan.changes == []
    assert plan.unchanged == 3
    province.later(400)
    assert province.plan([AN, *OTHERS]).changes == []


def test_a_name_of_one_word_needs_no_family_name() -> None:
    province = Province()
    province.sync([Person("1", Name("Yă", "", "", "Yă"), (post(),))])
    assert province.mail("1") == "ya.sxd@tinh.test"
    assert province.person("1").first("sn") == "Yă"


def test_homonyms_are_numbered_by_seniority_and_keep_their_numbers() -> None:
    province = Province()
    younger, elder = person("1", hired_on=date(2020, 1, 1)), person("2", hired_on=date(2001, 1, 1))
    province.sync([younger, elder])
    assert (province.mail("2"), province.mail("1")) == ("annv.sxd@tinh.test", "annv2.sxd@tinh.test")
    eldest = person("3", hired_on=date(1990, 1, 1))
    province.sync([younger, elder, eldest])
    assert province.mail("3") == "annv3.sxd@tinh.test"
    assert (province.mail("2"), province.mail("1")) == ("annv.sxd@tinh.test", "annv2.sxd@tinh.test")


def test_a_new_person_who_left_already_gets_nothing() -> None:
    province = Province()
    plan = province.plan([person("1", standing="left"), person("2", standing="suspended")])
    assert _people(plan) == []


def test_the_domain_of_the_agency_is_used() -> None:
    province = Province()
    province.sync([person("1", agency="X.AN")])
    assert province.mail("1") == "annv.xanbinh@xa.tinh.test"


@pytest.mark.parametrize("full", ["Nguyễn " + "Văn" * 30 + " An" * 1, "Nguyễn Văn " + "A" * 70])
def test_a_name_of_which_no_address_can_be_made_is_an_error_for_that_row(full: str) -> None:
    province = Province()
    long_given = Name(full, "Nguyễn", "", full.replace(" ", ""))
    plan = province.plan([Person("1", long_given, (post(),), row=7), person("2")])
    assert plan.stops
    (problem,) = [problem for problem in plan.problems if problem.stops]
    assert problem.row == 7
    assert problem.value.startswith("1 Nguyễn")
    assert [change.employee_id for change in _people(plan)] == ["2"]


def test_a_name_without_letters_is_an_error_not_a_crash() -> None:
    plan = Province().plan([Person("1", Name("…", "", "", "…"), (post(),), row=3)])
    assert plan.stops, shown(plan.problems)
    assert [problem.row for problem in plan.problems if problem.stops] == [3]


# -- names ----------------------------------------------------------------------------------------------------------


def test_a_new_name_gets_a_new_address_and_the_old_one_lives_on(province: Province) -> None:
    province.later()
    change = only(province.sync([AN_MARRIED, *OTHERS]))
    assert (change.action, change.address) == ("rename", "binhnt.sxd@tinh.test")
    assert province.addresses("1") == {"binhnt.sxd@tinh.test", "annv.sxd@tinh.test"}
    assert set(province.person("1").values(schema.ADDRESS_RECORD)) == {
        "primary 2026-11-23 - binhnt.sxd@tinh.test",
        "alias 2026-11-22 2027-05-22 annv.sxd@tinh.test",
    }
    assert len(province.person("1").values(schema.ADDRESS_HASH)) == 2
    assert province.plan([AN_MARRIED, *OTHERS]).changes == []


def test_an_alias_works_through_its_last_day_and_its_hash_stays(province: Province) -> None:
    province.sync([AN_MARRIED, *OTHERS])
    province.later(province.settings.alias_days)
    assert province.plan([AN_MARRIED, *OTHERS]).changes == []
    province.later()
    change = only(province.sync([AN_MARRIED, *OTHERS]))
    assert change.action == "update"
    assert province.addresses("1") == {"binhnt.sxd@tinh.test"}
    assert len(province.person("1").values(schema.ADDRESS_HASH)) == 2
    assert province.plan([AN_MARRIED, *OTHERS]).changes == []


@pytest.mark.parametrize("days", [0, 10, 180, 181, 182, 2000])
@pytest.mark.parametrize("seen_in_between", [True, False])
def test_an_old_name_brings_the_old_address_back(province: Province, days: int, seen_in_between: bool) -> None:
    """Before its last day, on the day it runs out, and long after, whether or not a sync took the alias away."""
    province.sync([AN_MARRIED, *OTHERS])
    province.later(days)
    if seen_in_between:
        province.sync([AN_MARRIED, *OTHERS])
    province.sync([AN, *OTHERS])
    assert province.mail("1") == "annv.sxd@tinh.test"
    assert "binhnt.sxd@tinh.test" in province.addresses("1")
    assert province.plan([AN, *OTHERS]).changes == []


def test_an_old_name_brings_the_old_number_back_even_beside_a_newcomer() -> None:
    province = Province()
    first, second = person("1"), person("2")
    province.sync([first, second])
    assert province.mail("2") == "annv2.sxd@tinh.test"
    province.sync([first, person("2", "Trần Hải Yến")])
    province.later(400)
    province.sync([first, person("2", "Trần Hải Yến")])
    senior = person("0", hired_on=date(1980, 1, 1))
    province.sync([senior, first, second])
    assert province.mail("2") == "annv2.sxd@tinh.test"
    assert province.mail("0") == "annv3.sxd@tinh.test"


def test_nobody_else_gets_an_address_whose_alias_ran_out(province: Province) -> None:
    province.sync([AN_MARRIED, *OTHERS])
    province.later(400)
    province.sync([AN_MARRIED, *OTHERS])
    province.issued.clear()  # the database is lost: the directory remembers
    province.sync([AN_MARRIED, *OTHERS, person("2")])
    assert province.mail("2") == "annv2.sxd@tinh.test"


@pytest.mark.parametrize(
    ("old", "new"),
    [("Nguyễn Văn Hòa", "Nguyễn Văn Hoà"), ("Nguyễn Văn Hoa", "Nguyễn Văn Hóa"), ("nguyễn văn hòa", "Nguyễn Văn Hòa")],
)
def test_a_spelling_that_gives_the_same_letters_keeps_the_address(old: str, new: str) -> None:
    province = Province()
    province.sync([person("1", old)])
    change = only(province.sync([person("1", new)]))
    assert change.action == "update"
    assert set(change.after) <= {"cn", "sn", "givenName"}
    assert province.mail("1") == "hoanv.sxd@tinh.test"


def test_a_spelling_correction_keeps_an_address_that_was_chosen_by_hand(province: Province) -> None:
    entry = province.person("1")
    chosen = "giamdoc.an@tinh.test"
    province.directory.edit(entry.dn, mail=chosen, mailLocalAddress=(chosen, "annv.sxd@tinh.test"))
    province.sync([AN, *OTHERS])
    assert province.mail("1") == chosen
    province.sync([person("1", "Nguyễn Văn Ân"), *OTHERS])
    assert province.mail("1") == chosen


def test_another_pattern_changes_nobodys_address(province: Province) -> None:
    province.with_settings(pattern="{family}.{given}")
    assert province.plan([AN, *OTHERS]).changes == []
    province.sync([AN, *OTHERS, person("2")])
    assert province.mail("2") == "nguyen.an@tinh.test"


def test_another_pattern_does_not_reach_people_through_a_change_of_title(province: Province) -> None:
    province.with_settings(pattern="{family}.{given}")
    change = only(province.sync([person("1", title="Phó trưởng phòng"), *OTHERS]))
    assert change.action == "update"
    assert province.mail("1") == "annv.sxd@tinh.test"


def test_another_label_of_the_agency_changes_nobodys_address(province: Province) -> None:
    agencies = {**AGENCIES, "SXD": Agency("SXD", "Sở Xây dựng", "xaydung")}
    assert not _people(province.sync([AN, *OTHERS], agencies))
    assert province.mail("1") == "annv.sxd@tinh.test"


# -- agencies -------------------------------------------------------------------------------------------------------


def test_a_move_gives_an_address_of_the_new_agency(province: Province) -> None:
    moved = person("1", agency="STC", decision="77/QĐ-UBND")
    change = only(province.sync([moved, *OTHERS]))
    assert (change.action, change.address) == ("move", "annv.stc@tinh.test")
    assert change.why.en == "moved from SXD to STC (77/QĐ-UBND)"
    assert change.agency == "SXD"
    assert province.addresses("1") == {"annv.stc@tinh.test", "annv.sxd@tinh.test"}


def test_a_move_back_gives_the_old_address_back(province: Province) -> None:
    province.sync([person("1", agency="STC"), *OTHERS])
    province.later(30)
    province.sync([AN, *OTHERS])
    assert province.mail("1") == "annv.sxd@tinh.test"
    assert province.addresses("1") == {"annv.stc@tinh.test", "annv.sxd@tinh.test"}


def test_a_move_to_an_agency_of_another_domain_changes_the_domain(province: Province) -> None:
    province.sync([person("1", agency="X.AN"), *OTHERS])
    assert province.mail("1") == "annv.xanbinh@xa.tinh.test"


def test_a_move_keeps_the_address_when_the_pattern_does_not_name_the_agency() -> None:
    province = Province()
    province.with_settings(pattern="{given}{initials}")
    province.sync([AN])
    change = only(province.sync([person("1", agency="STC")]))
    assert change.action == "move"
    assert "mail" not in change.after
    assert province.mail("1") == "annv@tinh.test"


def test_a_move_with_a_new_name_is_one_change(province: Province) -> None:
    change = only(province.sync([person("1", "Nguyễn Thị Bình", "STC"), *OTHERS]))
    assert (change.action, change.address) == ("move", "binhnt.stc@tinh.test")


def test_moving_in_where_a_namesake_sits_gets_the_next_number(province: Province) -> None:
    province.sync([AN, *OTHERS, person("2", agency="STC")])
    province.sync([person("1", agency="STC"), *OTHERS, person("2", agency="STC")])
    assert province.mail("1") == "annv2.stc@tinh.test"
    province.sync([AN, *OTHERS, person("2", agency="STC")])
    province.later(400)
    province.sync([AN, *OTHERS, person("2", agency="STC")])
    province.sync([person("1", agency="STC"), *OTHERS, person("2", agency="STC")])
    assert province.mail("1") == "annv2.stc@tinh.test"


# -- leaving and coming back ----------------------------------------------------------------------------------------


def test_a_leaver_is_suspended_and_keeps_the_addresses(province: Province) -> None:
    change = only(province.sync(OTHERS))
    assert (change.action, change.why.en) == ("suspend", "no longer in the roster")
    assert change.after == {schema.STATE: ("suspended",), schema.SUSPENDED_SINCE: ("20261122000000Z",)}
    assert province.addresses("1") == {"annv.sxd@tinh.test"}
    assert province.plan(OTHERS).changes == []


@pytest.mark.parametrize(
    ("standing", "why"),
    [("left", "left, by the roster's status"), ("suspended", "suspended from duty")],
)
def test_a_status_says_why(province: Province, standing: str, why: str) -> None:
    gone = person("1", standing=standing, decision="9/QĐ")  # type: ignore[arg-type]
    change = only(province.sync([gone, *OTHERS]))
    assert (change.action, change.why.en) == ("suspend", f"{why} (9/QĐ)")
    assert province.plan([gone, *OTHERS]).changes == []


def test_the_address_of_a_leaver_is_never_given_again(province: Province) -> None:
    province.sync(OTHERS)
    province.later(5000)
    province.sync([*OTHERS, person("2")])
    assert province.mail("2") == "annv2.sxd@tinh.test"
    assert province.addresses("1") == {"annv.sxd@tinh.test"}


def test_aliases_of_the_suspended_do_not_run_out(province: Province) -> None:
    province.sync([AN_MARRIED, *OTHERS])
    province.sync(OTHERS)
    province.later(400)
    assert province.plan(OTHERS).changes == []
    assert province.addresses("1") == {"binhnt.sxd@tinh.test", "annv.sxd@tinh.test"}


def test_who_never_activated_comes_back_invited(province: Province) -> None:
    province.sync(OTHERS)
    change = only(province.sync([AN, *OTHERS]))
    assert change.action == "restore"
    assert province.state("1") == "invited"
    assert not province.person("1").values(schema.SUSPENDED_SINCE)
    assert province.mail("1") == "annv.sxd@tinh.test"


def test_who_was_active_comes_back_active(province: Province) -> None:
    dn = province.person("1").dn
    province.directory.edit(dn, congvuState="active", congvuActivatedSince="20261130080000Z")
    assert province.plan([AN, *OTHERS]).changes == []
    province.sync(OTHERS)
    province.sync([AN, *OTHERS])
    assert province.state("1") == "active"
    assert province.person("1").first(schema.ACTIVATED_SINCE) == "20261130080000Z"


def test_coming_back_with_another_name_and_agency_is_one_change(province: Province) -> None:
    province.sync(OTHERS)
    change = only(province.sync([person("1", "Nguyễn Thị Bình", "STC"), *OTHERS]))
    assert (change.action, change.address) == ("restore", "binhnt.stc@tinh.test")
    assert province.addresses("1") == {"binhnt.stc@tinh.test", "annv.sxd@tinh.test"}


def test_a_person_whose_rows_lie_in_the_future_keeps_what_they_have(province: Province) -> None:
    plan = province.plan(OTHERS, waiting=["1"])
    assert plan.changes == []
    assert plan.unchanged == 3


def test_waiting_does_not_open_a_suspended_account(province: Province) -> None:
    province.sync(OTHERS)
    assert province.plan(OTHERS, waiting=["1"]).changes == []
    assert province.state("1") == "suspended"


# -- who it is ------------------------------------------------------------------------------------------------------


def test_a_person_is_known_by_key_alone(province: Province) -> None:
    """A namesake with another id is a newcomer; the other one has left."""
    plan = province.sync([person("2"), *OTHERS])
    assert _actions(plan) == [("1", "suspend"), ("2", "create")]
    assert province.mail("2") == "annv2.sxd@tinh.test"


def test_people_of_another_source_are_not_ours(province: Province) -> None:
    """Same ids, another register: neither compared nor suspended; their addresses are respected."""
    other = Province(directory=province.directory, keys=province.keys)
    other.with_settings(source="edu")
    other.sync([person("1", "Nguyễn Văn An")])
    assert other.mail("1") == "annv2.sxd@tinh.test"
    assert province.plan([AN, *OTHERS]).changes == []
    assert _people(province.plan([*OTHERS]))[0].dn == province.person("1").dn
    assert _people(other.plan([])) != []


def test_two_entries_with_one_key_stop_the_run(province: Province) -> None:
    entry = province.person("1")
    province.directory.put(f"uid=copy,{SUBTREES.people}", **dict(entry.attributes))
    plan = province.plan([AN, *OTHERS])
    assert plan.stops
    assert "hr:1" in shown(plan.problems)
    assert entry.dn in shown(plan.problems)
    assert f"uid=copy,{SUBTREES.people}" in shown(plan.problems)


def test_entries_that_are_not_ours_are_reported_and_respected() -> None:
    province = Province()
    dn = f"uid=old,{SUBTREES.people}"
    province.directory.put(dn, objectClass=("inetOrgPerson",), cn="An cũ", mail="AnNV.SXD@Tinh.Test")
    plan = province.sync([AN])
    assert province.mail("1") == "annv2.sxd@tinh.test"
    (problem,) = [problem for problem in plan.problems if dn in problem.value]
    assert problem.severity == "warning"
    assert all(change.dn != dn for change in plan.changes)


def test_a_hash_on_somebody_elses_entry_is_respected() -> None:
    """An address of the past of another source's person; only its hash stands there."""
    province = Province()
    province.directory.put(
        f"uid=x,{SUBTREES.people}",
        objectClass=("congvuPerson",),
        congvuPersonKey="edu:7",
        congvuState="suspended",
        congvuAddressHash=province.keys.digest("ANNV.sxd@tinh.test"),
    )
    province.sync([AN])
    assert province.mail("1") == "annv2.sxd@tinh.test"


def test_an_address_reserved_in_a_merged_province_is_never_given() -> None:
    theirs = make_keys(b"2" * 32)
    province = Province(keys=make_keys(imported=[b"2" * 32]))
    digest = theirs.digest("annv.sxd@tinh.test")
    dn = f"congvuAddressHash={digest},{SUBTREES.reservations}"
    province.directory.put(dn, objectClass=("congvuReservation",), congvuAddressHash=digest)
    province.sync([AN])
    assert province.mail("1") == "annv2.sxd@tinh.test"


def test_what_the_database_remembers_is_respected_too() -> None:
    """The entry of a leaver was deleted by hand: the directory has forgotten, the database has not."""
    province = Province()
    province.sync([AN])
    province.directory.remove(province.person("1").dn)
    province.sync([person("2")])
    assert province.mail("2") == "annv2.sxd@tinh.test"
    province.sync([AN, person("2")])
    assert province.mail("1") == "annv.sxd@tinh.test"


def test_a_hash_of_ones_own_past_does_not_open_an_address_that_somebody_holds_now(province: Province) -> None:
    """After the alias ran out, a hand gave the address to another entry: coming back does not make two owners."""
    province.sync([AN_MARRIED, *OTHERS])
    province.later(400)
    province.sync([AN_MARRIED, *OTHERS])
    province.directory.put(f"uid=hand,{SUBTREES.people}", objectClass=("inetOrgPerson",), mail="annv.sxd@tinh.test")
    province.sync([AN, *OTHERS])
    assert province.mail("1") == "annv2.sxd@tinh.test"


def test_a_new_register_key_does_not_make_old_addresses_free(province: Province) -> None:
    province.sync([AN_MARRIED, *OTHERS])
    province.later(400)
    province.sync([AN_MARRIED, *OTHERS])
    province.keys = make_keys(b"1" * 32, b"3" * 32)
    province.issued.clear()
    plan = province.sync([AN_MARRIED, *OTHERS, person("2")])
    assert province.mail("2") == "annv2.sxd@tinh.test"
    assert _actions(plan) == [("2", "create")]
    province.sync([AN, *OTHERS, person("2")])
    assert province.mail("1") == "annv.sxd@tinh.test"
    assert province.plan([AN, *OTHERS, person("2")]).changes == []


# -- hands ----------------------------------------------------------------------------------------------------------


def test_a_details_edit_by_hand_is_put_back(province: Province) -> None:
    province.directory.edit(province.person("1").dn, title="Giám đốc", telephoneNumber="0123")
    change = only(province.sync([AN, *OTHERS]))
    assert (change.action, change.why.en) == ("update", "changed: title, telephone")
    assert change.before == {"title": ("Giám đốc",), "telephoneNumber": ("0123",)}


def test_capitals_in_an_address_are_the_same_address(province: Province) -> None:
    province.directory.edit(province.person("1").dn, mail="AnNV.sxd@Tinh.Test")
    change = only(province.sync([AN, *OTHERS]))
    assert change.action == "update"
    assert province.addresses("1") == {"annv.sxd@tinh.test"}
    assert province.mail("1") == "annv.sxd@tinh.test"
    assert province.plan([AN, *OTHERS]).changes == []


def test_a_lost_primary_address_comes_back_from_the_aliases(province: Province) -> None:
    province.directory.edit(province.person("1").dn, mail=())
    province.sync([AN, *OTHERS])
    assert province.mail("1") == "annv.sxd@tinh.test"
    assert province.plan([AN, *OTHERS]).changes == []


def test_lost_records_and_hashes_are_written_anew(province: Province) -> None:
    dn = province.person("1").dn
    province.directory.edit(dn, congvuAddressRecord=("gibberish",), congvuAddressHash=())
    province.sync([AN, *OTHERS])
    entry = province.person("1")
    assert entry.values(schema.ADDRESS_RECORD) == ("primary 2026-11-22 - annv.sxd@tinh.test",)
    assert entry.values(schema.ADDRESS_HASH) == (province.keys.digest("annv.sxd@tinh.test"),)
    assert province.plan([AN, *OTHERS]).changes == []


def test_an_alias_that_a_hand_added_stays_open(province: Province) -> None:
    dn = province.person("1").dn
    province.directory.edit(dn, mailLocalAddress=("annv.sxd@tinh.test", "an@tinh.test"))
    province.sync([AN, *OTHERS])
    province.later(4000)
    assert province.plan([AN, *OTHERS]).changes == []
    assert province.addresses("1") == {"annv.sxd@tinh.test", "an@tinh.test"}
    province.sync([AN, *OTHERS, person("2", "An")])
    assert province.mail("2") != "an@tinh.test"


# -- posts ----------------------------------------------------------------------------------------------------------


def test_posts_that_differ_only_in_capitals_are_one_value() -> None:
    """congvuPost compares with caseIgnoreMatch: a server refuses both at once."""
    province = Province()
    both = person("1", "Nguyễn Văn An", "SXD", "Chuyên viên", post("STC", "Ủy viên", "concurrent"))
    twice = Person("1", both.name, (*both.posts, post("STC", "ỦY VIÊN", "concurrent")))
    province.sync([twice])
    assert len(province.person("1").values(schema.POST)) == 2
    assert province.plan([twice]).changes == []


# -- a roster of one agency -----------------------------------------------------------------------------------------


@pytest.fixture
def one_agency(province: Province) -> Province:
    """The same directory, looked at with the roster of SXD alone."""
    return _scoped(province, "SXD")


def _scoped(province: Province, code: str) -> Province:
    other = Province(directory=province.directory, keys=province.keys, issued=province.issued)
    other.with_settings(scope=f"agency:{code}")
    return other


def test_a_roster_of_one_agency_suspends_nobody_elsewhere(one_agency: Province) -> None:
    plan = one_agency.plan([OTHERS[0]])
    assert _actions(plan) == [("1", "suspend")]


def test_a_roster_of_one_agency_takes_a_mover_in(one_agency: Province) -> None:
    plan = one_agency.sync([AN, OTHERS[0], person("9", "Lê Thị Chín", "SXD")])
    assert _actions(plan) == [("9", "move")]


def test_who_moved_away_long_ago_is_not_suspended_by_the_agency_left_behind(province: Province) -> None:
    """SXD still lists An as gone (chuyển công tác); STC took An over: STC's word counts."""
    _scoped(province, "STC").sync([person("1", agency="STC"), OTHERS[1]])
    plan = _scoped(province, "SXD").plan([person("1", standing="left"), OTHERS[0]])
    assert _actions(plan) == []
    assert province.state("1") == "invited"


def test_who_leaves_the_agency_by_its_own_roster_is_suspended(one_agency: Province) -> None:
    plan = one_agency.plan([person("1", standing="left"), OTHERS[0]])
    assert _actions(plan) == [("1", "suspend")]


# -- accounts taken over --------------------------------------------------------------------------------------------


def _adopted(**attributes: str) -> Province:
    province = Province()
    address = "an.nguyen@tinh.test"
    held = {
        "objectClass": ("inetOrgPerson", "inetLocalMailRecipient", "congvuPerson"),
        "cn": "Nguyen Van An",
        "sn": "An",
        "mail": address,
        "mailLocalAddress": address,
        "congvuPersonKey": "hr:1",
        "congvuState": "active",
        "employeeNumber": "1",
        "congvuAddressRecord": f"primary 2026-11-22 - {address}",
        "congvuAddressHash": province.keys.digest(address),
        **attributes,
    }
    province.directory.put(f"uid=an,{SUBTREES.people}", **held)
    return province


@pytest.mark.parametrize("department", ["", "SXD", "Phòng Tổ chức - Sở Xây dựng", "STC"])
def test_an_adopted_account_keeps_its_address_whatever_stood_in_it(department: str) -> None:
    """Department and name of an account that others made say nothing about a change in the person's life."""
    province = _adopted(**({"departmentNumber": department} if department else {}))
    change = only(province.sync([AN]))
    assert change.action == "update"
    assert province.mail("1") == "an.nguyen@tinh.test"
    assert province.person("1").dn == f"uid=an,{SUBTREES.people}"
    assert province.plan([AN]).changes == []


def test_an_adopted_account_is_renamed_like_any_other_later() -> None:
    province = _adopted()
    province.sync([AN])
    change = only(province.sync([AN_MARRIED]))
    assert (change.action, change.address) == ("rename", "binhnt.sxd@tinh.test")
    assert province.addresses("1") == {"binhnt.sxd@tinh.test", "an.nguyen@tinh.test"}


def test_an_adopted_account_without_an_address_gets_one() -> None:
    province = _adopted()
    province.directory.edit(
        f"uid=an,{SUBTREES.people}", mail=(), mailLocalAddress=(), congvuAddressRecord=(), congvuAddressHash=()
    )
    province.sync([AN])
    assert province.mail("1") == "annv.sxd@tinh.test"


# -- what the limits are measured against ---------------------------------------------------------------------------


def test_the_population_counts_people_of_ours_in_good_standing(province: Province) -> None:
    province.sync([AN, *OTHERS, person("2")])
    province.sync([AN, *OTHERS])
    province.directory.put(
        f"uid=x,{SUBTREES.people}", objectClass=("congvuPerson",), congvuPersonKey="edu:7", congvuState="active"
    )
    population = province.plan([AN]).population
    assert population.people == 3
    assert population.by_agency == {"SXD": 2, "STC": 1}


def test_the_row_order_changes_no_plan(province: Province) -> None:
    people = [person(str(number), name_) for number, name_ in enumerate(["Nguyễn Văn An", "Trần Thị Bình"] * 3, 20)]
    one, other = province.plan([AN, *people]), province.plan([*reversed(people), AN])
    assert one.plan_id == other.plan_id
    assert [change.as_json() for change in one.changes] == [change.as_json() for change in other.changes]
