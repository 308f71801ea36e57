"""Who is invited: lists replace, single names come and go, nobody twice, the best role wins."""

from __future__ import annotations

from dataclasses import replace

import pytest

from meetings.form.drafting import Draft
from meetings.form.participants import Named, gather
from meetings.form.reading import read_form
from meetings.meeting import Guest
from tests.support.meeting_forms import CHAIR, HANH, STC, SXD, drafted, form, shown


@pytest.fixture
def before() -> Draft:
    result = drafted(form(optional=["hanh.sxd@tinh.test"]))
    assert result.draft is not None
    return result.draft


def test_the_chair_comes_first_and_once() -> None:
    result = drafted(
        form(required=["sxd", "hung.ubnd@tinh.test"], optional=["hung.ubnd@tinh.test", "hanh.sxd@tinh.test"])
    )
    assert list(result.guests.items()) == [
        (CHAIR.address, "CHAIR"),
        (SXD.address, "REQ-PARTICIPANT"),
        (HANH.address, "OPT-PARTICIPANT"),
    ]


def test_a_name_written_twice_is_told() -> None:
    result = drafted(form(required=["sxd", "stc", "SXD"], optional=["stc"]))
    assert result.errors() == ["required"], "the capitals are nobody here"
    assert result.about("optional").value == "stc"


def test_lists_replace_and_absent_ones_stay(before: Draft) -> None:
    result = drafted({"required": ["stc"]}, before)
    assert result.guests == {
        CHAIR.address: "CHAIR",
        STC.address: "REQ-PARTICIPANT",
        HANH.address: "OPT-PARTICIPANT",
    }


def test_people_are_added_and_taken_out(before: Draft) -> None:
    result = drafted({"remove": ["hanh.sxd@tinh.test", "stc"]}, before)
    assert set(result.guests) == {CHAIR.address, SXD.address}
    result = drafted({"remove": ["agency:SXD"], "add": ["hanh.sxd@tinh.test"]}, before)
    assert result.guests == {
        CHAIR.address: "CHAIR",
        STC.address: "REQ-PARTICIPANT",
        HANH.address: "REQ-PARTICIPANT",
    }, "everybody of the agency goes, and who is named again comes"


def test_adding_an_optional_guest_as_required_makes_them_required(before: Draft) -> None:
    assert drafted({"add": ["hanh.sxd@tinh.test"]}, before).guests[HANH.address] == "REQ-PARTICIPANT"
    assert drafted({"add_optional": ["sxd"]}, before).guests[SXD.address] == "REQ-PARTICIPANT", "the best role stays"


@pytest.mark.parametrize("word", ["hanh.sxd", "Đặng Thị Hạnh", "đặng thị hạnh", "CB000123", "HANHDT.SXD@tinh.test"])
def test_one_person_is_taken_out_by_any_name_of_theirs(before: Draft, word: str) -> None:
    assert HANH.address not in drafted({"remove": [word]}, before).guests


def test_a_name_of_several_who_are_invited_takes_out_nobody(before: Draft) -> None:
    other = replace(HANH, address="hanh.stc@tinh.test", aliases=())
    values = read_form({"remove": [HANH.name]}).values
    kept, (problem,) = gather(values, Named(), (HANH, other))
    assert len(kept) == 2
    assert problem.hint is not None
    assert (problem.column, HANH.address in problem.hint.vi) == ("remove", True)


def test_whoever_is_taken_out_does_not_come_back_with_a_list(before: Draft) -> None:
    listed = tuple(replace(guest, groups=("lanhdao@tinh.test", "lanhdao")) for guest in (HANH, SXD))
    for word in (HANH.address, "hanh.sxd", HANH.name):
        values = read_form({"add": ["lanhdao"], "remove": [word]}).values
        guests, problems = gather(values, Named(add=listed), before.guests)
        assert (HANH.address in {guest.address for guest in guests}, problems) == (False, ())
        guests, problems = gather(values, Named(add=listed), (CHAIR,))
        assert (HANH.address in {guest.address for guest in guests}, problems) == (False, ()), "nor comes at all"
    values = read_form({"add": ["lanhdao"], "remove": ["lanhdao"]}).values
    assert len(gather(values, Named(add=listed), (CHAIR, *listed))[0]) == 3


def test_whoever_is_taken_out_and_named_again_comes_with_another_role(before: Draft) -> None:
    values = read_form({"add_optional": ["hanh.sxd@tinh.test"], "remove": ["Đặng Thị Hạnh"]}).values
    coming = replace(HANH, role="OPT-PARTICIPANT")
    guests, _ = gather(values, Named(add_optional=(coming,)), (CHAIR, replace(HANH, role="REQ-PARTICIPANT")))
    assert {guest.address: guest.role for guest in guests}[HANH.address] == "OPT-PARTICIPANT"


def test_a_place_and_the_secretary_are_named_as_people_are(before: Draft) -> None:
    place = "Phòng họp số 2;for=CB000123,Đặng Thị Hạnh"
    result = drafted({"places": ["Hội trường", place], "secretary": "CB000123"}, before)
    assert result.meeting.places[1].groups == (HANH.address,)
    assert result.meeting.secretary == HANH.address
    assert drafted({"secretary": "Không Có Ai"}, before).errors() == ["secretary"]


def test_who_is_not_there_cannot_be_taken_out(before: Draft) -> None:
    result = drafted({"remove": ["ai@tinh.test"]}, before)
    assert result.errors() == ["remove"]
    assert drafted({"remove": [CHAIR.address]}, before).errors() == ["remove"]


def test_a_new_chair_takes_the_place_of_the_old_one(before: Draft) -> None:
    result = drafted({"chair": "hanh.sxd@tinh.test"}, before)
    assert result.guests[HANH.address] == "CHAIR"
    assert CHAIR.address not in result.guests
    assert result.meeting.chair == HANH.address
    assert result.meeting.chair_name == HANH.name


def test_the_chair_is_one_person() -> None:
    values = read_form(form(chair="lanhdao@tinh.test")).values
    guests, problems = gather(values, Named(chair=(CHAIR, HANH), required=(SXD,)))
    assert [problem.column for problem in problems] == ["chair"]
    assert [guest.address for guest in guests] == [SXD.address]


def test_a_chair_whom_nobody_knows_is_told_once() -> None:
    assert drafted(form(chair="ai@tinh.test")).errors() == ["chair"]


def test_whoever_got_a_new_address_keeps_the_one_of_the_invitation() -> None:
    moved = replace(HANH, address="hanh.stc@tinh.test", aliases=("hanh.sxd@tinh.test",), agency="STC")
    values = read_form({"add": ["hanh.stc@tinh.test"]}).values
    guests, _ = gather(values, Named(add=(moved,)), (CHAIR, HANH))
    assert [guest.address for guest in guests] == [CHAIR.address, HANH.address]
    assert "hanh.stc@tinh.test" in guests[1].aliases


def test_an_office_is_not_its_holder() -> None:
    office = Guest("sxd@tinh.test", "Sở Xây dựng", aliases=(HANH.address,))
    values = read_form({"required": ["sxd", "hanh.sxd@tinh.test"]}).values
    guests, _ = gather(values, Named(required=(office, HANH)), (HANH,))
    assert {guest.address for guest in guests} == {office.address, HANH.address}
    kept, problems = gather(read_form({"remove": [HANH.address]}).values, Named(), (office, HANH))
    assert ([guest.address for guest in kept], problems) == ([office.address], ()), shown(problems)


def test_groups_of_both_ways_are_kept() -> None:
    by_list = replace(SXD, groups=("lanhdao@tinh.test",))
    values = read_form({"required": ["sxd", "lanhdao@tinh.test"]}).values
    guests, _ = gather(values, Named(required=(SXD, by_list)))
    assert guests[0].groups == ("SXD", "lanhdao@tinh.test")
