"""The survey: what is double, orphaned, unused, changed by hand or gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from foundation.directory import schema
from provisioner.audit import KIND_NAMES, SERIOUS, Audit, Finding
from provisioner.changes import Change
from provisioner.people import Person
from provisioner.reservations import plan_import
from tests.support.small_province import SUBTREES, Province, person

AN = person("1", "Nguyễn Văn An", "SXD", "Văn thư")
BINH = person("2", "Trần Thị Bình", "STC", "Văn thư")
CUC = person("3", "Lê Thị Cúc", "X.AN", "Văn thư")


class Surveyed(Province):
    """A province that remembers what was written to each entry, as the database does."""

    def apply(self, changes: Iterable[Change]) -> None:
        changes = list(changes)
        super().apply(changes)
        for change in changes:
            self.written.setdefault(change.dn, {}).update({name: tuple(found) for name, found in change.after.items()})

    @property
    def written(self) -> dict[str, dict[str, tuple[str, ...]]]:
        return self.__dict__.setdefault("_written", {})

    def audit(self, people: Iterable[Person] | None = None, waiting: Iterable[str] = ()) -> list[Finding]:
        written: Mapping[str, Mapping[str, tuple[str, ...]]] = self.written
        return Audit(self.directory, self.settings, self.today).run(written.items(), people, waiting)


@pytest.fixture
def province() -> Surveyed:
    """Three agencies with a registry clerk each: nothing is out of order."""
    made = Surveyed()
    made.sync([AN, BINH, CUC])
    return made


def _kinds(findings: list[Finding]) -> list[str]:
    return [finding.kind for finding in findings]


def test_a_directory_that_we_alone_wrote_has_no_findings(province: Surveyed) -> None:
    assert province.audit([AN, BINH, CUC]) == []
    province.sync([AN, BINH])
    province.sync([AN, BINH, person("3", "Lê Thị Mai", "X.AN", "Văn thư")])
    assert province.audit() == []


def test_every_kind_of_finding_has_a_name() -> None:
    assert set(KIND_NAMES) >= SERIOUS


def test_an_activation_is_no_drift(province: Surveyed) -> None:
    province.directory.edit(province.person("1").dn, congvuState="active", congvuActivatedSince="20261123000000Z")
    assert province.audit() == []


def test_a_suspended_account_that_a_hand_opened_is_drift(province: Surveyed) -> None:
    """Only a sync opens a suspended account."""
    province.sync([BINH, CUC])
    province.directory.edit(province.person("1").dn, congvuState="active")
    (finding,) = [finding for finding in province.audit() if finding.kind == "drift"]
    assert (finding.employee_id, finding.value) == ("1", schema.STATE)
    assert finding.as_json()["before"] == {schema.STATE: ["suspended"]}
    assert finding.as_json()["after"] == {schema.STATE: ["active"]}


def test_a_value_changed_by_hand_is_drift(province: Surveyed) -> None:
    dn = province.person("1").dn
    province.directory.edit(dn, title="Giám đốc", telephoneNumber="09")
    (finding,) = province.audit()
    assert (finding.kind, finding.dn, finding.value) == ("drift", dn, "title")
    assert finding.before == {"title": ("Văn thư",)}
    assert finding.after == {"title": ("Giám đốc",)}


def test_an_entry_that_is_gone_has_vanished(province: Surveyed) -> None:
    entry = province.person("1")
    province.directory.remove(entry.dn)
    (finding,) = province.audit()
    assert (finding.kind, finding.dn, finding.employee_id) == ("vanished", entry.dn.lower(), "1")


def test_reservations_are_surveyed_and_have_not_vanished(province: Surveyed) -> None:
    from foundation import clock

    own = province.person("1").first(schema.ADDRESS_HASH)
    fresh = "0123abcd:" + "0" * 32
    province.apply(plan_import([fresh], set(), province.settings, clock.now(), {"0123abcd"}))
    assert province.audit() == []
    province.directory.put(
        f"{schema.ADDRESS_HASH}={own},{SUBTREES.reservations}",
        objectClass=("congvuReservation",),
        congvuAddressHash=own,
    )
    assert _kinds(province.audit()) == ["address_given_twice"]


def test_one_address_on_two_entries_is_found_in_any_capitals(province: Surveyed) -> None:
    dn = f"uid=zz,{SUBTREES.people}"
    province.directory.put(dn, objectClass=("inetOrgPerson",), mail="VANTHU.sxd@Tinh.Test")
    findings = province.audit()
    assert _kinds(findings) == ["duplicate_address", "unmanaged_account"]
    assert "vanthu.sxd@tinh.test" in findings[0].value


def test_an_address_of_ones_past_on_another_entry_is_given_twice(province: Surveyed) -> None:
    first, second = province.person("1"), province.person("2")
    digest = first.first(schema.ADDRESS_HASH)
    province.directory.edit(second.dn, congvuAddressHash=(*second.values(schema.ADDRESS_HASH), digest))
    assert set(_kinds(province.audit())) == {"address_given_twice", "drift"}


def test_one_key_on_two_entries(province: Surveyed) -> None:
    province.directory.put(
        f"uid=zz,{SUBTREES.people}", objectClass=("congvuPerson",), congvuPersonKey="hr:1", congvuState="active"
    )
    assert "duplicate_key" in _kinds(province.audit())


def test_an_agency_without_a_registry_clerk(province: Surveyed) -> None:
    province.sync([AN, BINH])
    findings = [finding for finding in province.audit() if finding.kind == "agency_without_van_thu"]
    assert [finding.value for finding in findings] == ["X.AN"]


# -- against a roster -----------------------------------------------------------------------------------------------


def test_people_and_accounts_that_have_no_counterpart(province: Surveyed) -> None:
    findings = province.audit([AN, person("9", "Hồ Văn Chín")])
    assert sorted((finding.kind, finding.employee_id) for finding in findings) == [
        ("account_without_person", "2"),
        ("account_without_person", "3"),
        ("person_without_account", "9"),
    ]


def test_leavers_and_people_of_the_future_are_in_order(province: Surveyed) -> None:
    province.sync([AN, BINH])
    assert not [finding for finding in province.audit([AN], waiting=["2"]) if "account" in finding.kind]
    gone = person("9", "Hồ Văn Chín", standing="left")
    assert not [finding for finding in province.audit([AN, BINH, gone]) if "account" in finding.kind]


def test_a_suspended_account_is_an_account(province: Surveyed) -> None:
    province.sync([AN, BINH])
    assert "person_without_account" not in _kinds(province.audit([AN, BINH, CUC]))


def test_a_roster_of_one_agency_says_nothing_of_the_others(province: Surveyed) -> None:
    province.with_settings(scope="agency:SXD")
    assert province.audit([AN]) == []
    assert _kinds(province.audit([])) == ["account_without_person"]


def test_another_source_is_not_compared_with_our_roster(province: Surveyed) -> None:
    province.with_settings(source="edu")
    assert province.audit([]) == []


# -- never used -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("created", "login", "state", "unused"),
    [
        ("20261001000000Z", "", "invited", True),
        ("20261001000000Z", "", "active", True),
        ("20261001000000Z", "20261002000000.123456Z", "active", False),
        ("20261001000000Z", "", "suspended", False),
        ("20261023000000Z", "", "invited", False),
        ("20261022000000Z", "", "invited", True),
        ("", "", "invited", False),
    ],
)
def test_an_account_nobody_used_for_a_month(
    province: Surveyed, created: str, login: str, state: str, unused: bool
) -> None:
    dn = province.person("1").dn
    values = {"createTimestamp": created, "authTimestamp": login}
    province.directory.edit(
        dn, congvuState=state, **{name: (found,) if found else () for name, found in values.items()}
    )
    findings = [finding for finding in province.audit() if finding.kind == "never_used"]
    assert [(finding.dn, finding.value) for finding in findings] == ([(dn, state)] if unused else [])


def test_states_are_counted(province: Surveyed) -> None:
    province.sync([AN, BINH])
    survey = Audit(province.directory, province.settings, province.today)
    survey.run((), None)
    assert survey.by_state == {"invited": 2, "suspended": 1}
