"""Agencies against the directory: made, changed, never removed, never touched unless the file names them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from foundation.directory import schema
from foundation.directory.entries import Entry
from provisioner.people import Agency
from provisioner.planning.agencies_planner import plan_agencies
from provisioner.planning.attributes import agency_facts, agency_from
from tests.support.small_province import AGENCIES, SUBTREES, SXD, Province, only, person

FULL = Agency(
    "SXD",
    "Sở Xây dựng",
    "sxd",
    level="tỉnh",
    parent="UBND",
    domain="sxd.tinh.test",
    channel="both",
    valid_from=date(2025, 7, 1),
    valid_to=date(2099, 12, 31),
    predecessors=("SGTVT", "SXDCU"),
    successors=("SXD2",),
)


def _entry(agency: Agency) -> Entry:
    facts = {name: values for name, values in agency_facts(agency).items() if values}
    return Entry(f"ou={agency.code},{SUBTREES.agencies}", {"ou": (agency.code,), **facts})


def test_an_agency_survives_the_way_into_the_directory_and_back() -> None:
    assert agency_from(_entry(FULL).attributes) == FULL
    assert agency_from(_entry(SXD).attributes) == SXD


def test_a_new_agency_is_created_with_what_is_known() -> None:
    changes, unchanged = plan_agencies({"SXD": SXD}, {}, SUBTREES.agencies)
    assert unchanged == 0
    assert [(change.action, change.dn) for change in changes] == [("create", f"ou=SXD,{SUBTREES.agencies}")]
    assert changes[0].after == {
        "objectClass": ("top", "organizationalUnit", "congvuAgency"),
        "ou": ("SXD",),
        "displayName": ("Sở Xây dựng",),
        schema.CHANNEL: ("mail",),
        schema.MAIL_LABEL: ("sxd",),
    }


def test_the_same_agency_again_is_no_change_whatever_the_order_of_its_links() -> None:
    entry = _entry(replace(FULL, predecessors=("SXDCU", "SGTVT")))
    assert plan_agencies({"SXD": FULL}, {"SXD": entry}, SUBTREES.agencies) == ([], 1)


def test_a_change_names_what_differs_and_an_empty_cell_removes() -> None:
    changes, _ = plan_agencies({"SXD": replace(FULL, level="", name="Sở Mới")}, {"SXD": _entry(FULL)}, "x")
    assert changes[0].before == {"displayName": ("Sở Xây dựng",), schema.AGENCY_LEVEL: ("tỉnh",)}
    assert changes[0].after == {"displayName": ("Sở Mới",), schema.AGENCY_LEVEL: ()}


def test_an_agency_that_the_file_no_longer_names_stays() -> None:
    assert plan_agencies({}, {"SXD": _entry(FULL)}, SUBTREES.agencies) == ([], 0)


def test_an_agency_made_by_hand_stays_as_it_is_unless_the_file_names_it() -> None:
    """The roster may place people in it; what we read into its gaps (label, channel) is not written back."""
    province = Province()
    dn = f"ou=HAND,{SUBTREES.agencies}"
    province.directory.put(dn, objectClass=("organizationalUnit", "congvuAgency"), ou="HAND")
    hand = Agency("HAND", "HAND", "hand")
    from provisioner.planning.planner import Planner, Wanted

    planner = Planner(province.directory, province.settings, province.keys, province.today)
    live = planner.live_agencies()
    plan = planner.plan(Wanted([person("1", agency="HAND")], {**AGENCIES, "HAND": hand}, AGENCIES), live)
    assert dn not in {change.dn for change in plan.changes}
    assert only(plan).address == "annv.hand@tinh.test"
