"""One plan from one roster and one directory: the order, the name, the binding, and what is never touched."""

from __future__ import annotations

import pytest

from foundation.directory.dialect import DS389
from provisioner.changes import KIND_ORDER, Change
from provisioner.planning.planner import plan_identity
from tests.support.memory_directory import MemoryDirectory, compile_filter
from tests.support.small_province import BASE, SUBTREES, Province, make_keys, person

PEOPLE = [person("1"), person("2", "Trần Thị Bình", "STC", "Văn thư"), person("3", "Lê Văn Ba")]


@pytest.fixture
def province() -> Province:
    return Province()


def test_agencies_come_before_people_before_mailboxes_before_lists(province: Province) -> None:
    plan = province.plan(PEOPLE)
    orders = [KIND_ORDER[change.kind] for change in plan.changes]
    assert orders == sorted(orders)
    assert set(orders) == {0, 1, 2, 3}


def test_counts_are_those_of_people_and_of_the_others(province: Province) -> None:
    province.sync(PEOPLE)
    plan = province.plan([*PEOPLE[:2], person("4", "Vũ Thị Tư")])
    assert plan.counts() == {
        "create": 1,
        "update": 0,
        "rename": 0,
        "move": 0,
        "suspend": 1,
        "restore": 0,
        "adopt": 0,
        "unchanged": 2,
    }
    assert plan.other_counts() == {"list": {"update": 1}}
    assert plan.unchanged_others == 3 + 6 + 1


def test_the_plan_has_a_name_for_exactly_these_changes(province: Province) -> None:
    plan = province.plan(PEOPLE)
    assert len(plan.plan_id) == 16
    assert plan.plan_id == province.plan(PEOPLE).plan_id == plan_identity(plan.changes)
    assert plan.plan_id != province.plan(PEOPLE[:2]).plan_id
    assert plan.plan_id != plan_identity(plan.changes[:-1])


def test_a_plan_for_a_file_binds_what_it_touches_and_the_rest(province: Province) -> None:
    province.sync(PEOPLE)
    plan = province.plan([person("1", title="Giám đốc"), *PEOPLE[1:]], bind=True)
    assert plan.bound.keys() == {change.dn for change in plan.changes}
    assert all(len(digest) == 64 for digest in plan.bound.values())
    assert len(plan.rest_digest) == 64
    assert province.plan(PEOPLE).bound == {}
    fresh = Province().plan(PEOPLE, bind=True)
    assert set(fresh.bound.values()) == {""}


def test_nothing_outside_our_subtrees_is_read_or_written(province: Province) -> None:
    asked: list[str] = []
    search = province.directory.search

    def watched(base: str, *arguments: object) -> object:
        asked.append(base)
        return search(base, *arguments)  # type: ignore[arg-type]

    province.directory.search = watched  # type: ignore[method-assign,assignment]
    province.directory.put(f"cn=printer,{BASE}", objectClass=("device",))
    plan = province.plan(PEOPLE)
    ours = (SUBTREES.people, SUBTREES.agencies, SUBTREES.lists, SUBTREES.roles, SUBTREES.reservations)
    assert set(asked) <= set(ours)
    assert all(change.dn.endswith(ours) for change in plan.changes)


def test_every_search_asks_for_named_attributes_only(province: Province) -> None:
    province.sync(PEOPLE)
    seen: set[str] = set()
    search = province.directory.search

    def watched(base: str, filter: str, attributes: tuple[str, ...], *rest: object) -> object:
        seen.update(attributes)
        return search(base, filter, attributes, *rest)  # type: ignore[arg-type]

    province.directory.search = watched  # type: ignore[method-assign,assignment]
    province.plan(PEOPLE, bind=True)
    assert not {"*", "+", "userPassword", "entryCSN", "modifyTimestamp"} & seen


def test_389_ds_has_its_own_attribute_for_all_addresses() -> None:
    province = Province(directory=MemoryDirectory(DS389))
    province.sync(PEOPLE)
    entry = province.person("1")
    assert entry.values("mailAlternateAddress") == ("annv.sxd@tinh.test",)
    assert "mailRecipient" in entry.values("objectClass")
    assert "mailLocalAddress" not in entry.attributes
    province.sync([person("1", "Nguyễn Thị Mới"), *PEOPLE[1:]])
    assert set(province.person("1").values("mailAlternateAddress")) == {"moint.sxd@tinh.test", "annv.sxd@tinh.test"}
    assert province.plan([person("1", "Nguyễn Thị Mới"), *PEOPLE[1:]]).changes == []


def test_no_change_touches_what_others_own(province: Province) -> None:
    """Passwords, quotas, activation and object classes of living entries are nobody's business here."""
    province.sync(PEOPLE)
    changes: list[Change] = [
        *province.plan([]).changes,
        *province.plan([person("1", "Nguyễn Thị Mới", "STC"), PEOPLE[2]]).changes,
    ]
    touched = {name for change in changes if change.action != "create" for name in change.after}
    assert not touched & {"objectClass", "uid", "userPassword", "congvuQuotaMebibytes", "congvuActivatedSince"}
    assert all(set(change.before) == set(change.after) for change in changes if change.action != "create")


# -- the directory in memory, on which all this rests ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ("(objectClass=*)", {"an", "binh"}),
        ("(cn=AN)", {"an"}),
        ("(CN=an)", {"an"}),
        ("(mail=*)", {"binh"}),
        ("(!(mail=*))", {"an"}),
        ("(|(cn=an)(mail=b@x.test))", {"an", "binh"}),
        ("(&(objectClass=person)(!(cn=an)))", {"binh"}),
        ("(cn=\\61n)", {"an"}),
        ("(congvuPersonKey=HR:1)", set()),
        ("(congvuPersonKey=hr:1)", {"an"}),
    ],
)
def test_filters_of_the_directory_in_memory(filter: str, found: set[str]) -> None:
    directory = MemoryDirectory()
    directory.put("uid=an,dc=test", objectClass=("person",), uid="an", cn="An", congvuPersonKey="hr:1")
    directory.put("uid=binh,dc=test", objectClass=("person",), uid="binh", cn="Binh", mail="b@x.test")
    assert {entry.first("uid") for entry in directory.search("dc=test", filter, ("uid",))} == found


@pytest.mark.parametrize("filter", ["", "cn=x", "(cn=x", "(&(cn=x)", "(cn=a*b)", "(cn=x))", "(cn)"])
def test_a_filter_that_it_does_not_know_is_an_error(filter: str) -> None:
    with pytest.raises(ValueError):
        compile_filter(filter)


def test_without_a_key_of_the_register_nothing_is_planned(province: Province) -> None:
    """With another key file every address of the past would look free."""
    province.sync(PEOPLE)
    province.keys = make_keys(b"other" + b"x" * 27)
    plan = province.plan([*PEOPLE, person("4", "Nguyễn Văn Mới")])
    assert plan.stops
    province.keys = make_keys(b"1" * 32, b"other" + b"x" * 27)
    assert not province.plan([*PEOPLE, person("4", "Nguyễn Văn Mới")]).stops
