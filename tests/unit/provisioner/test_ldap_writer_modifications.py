"""Which deletes and adds turn the old values into the new ones: a compare-and-set, value by value."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from foundation.directory import schema
from provisioner.ldap_writer import modifications

VALUES = st.lists(st.text("abc", min_size=1, max_size=3), unique=True, max_size=40).map(tuple)


def _applied(held: tuple[str, ...], before: tuple[str, ...], after: tuple[str, ...], name: str) -> set[str]:
    """What an entry holds afterwards; a delete of an absent value or an add of a present one fails, as in LDAP."""
    values = set(held)
    for operation, attribute, listed in modifications({name: before}, {name: after}):
        assert attribute == name
        assert len(set(listed)) == len(listed) > 0
        if operation == "delete":
            assert set(listed) <= values
            values -= set(listed)
        else:
            assert operation == "add"
            assert not set(listed) & values
            values |= set(listed)
    return values


@given(VALUES, VALUES)
def test_the_entry_holds_the_new_values_afterwards(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    assert _applied(before, before, after, "title") == set(after)


@given(VALUES, VALUES)
def test_hashes_only_grow(before: tuple[str, ...], more: tuple[str, ...]) -> None:
    """deploy/openldap lets nobody take a hash away; the planner always keeps the old ones."""
    after = (*before, *(value for value in more if value not in before))
    operations = [
        operation for operation, _, _ in modifications({schema.ADDRESS_HASH: before}, {schema.ADDRESS_HASH: after})
    ]
    assert "delete" not in operations
    assert _applied(before, before, after, schema.ADDRESS_HASH) == set(after)


def test_a_few_old_values_are_deleted_by_name_so_that_a_change_in_between_fails() -> None:
    found = list(modifications({"mail": ("a@x.test",)}, {"mail": ("b@x.test",)}))
    assert found == [("delete", "mail", ["a@x.test"]), ("add", "mail", ["b@x.test"])]


def test_of_a_long_list_only_the_members_that_come_and_go_are_sent() -> None:
    old = tuple(f"uid={number}" for number in range(1000))
    found = list(modifications({"member": old}, {"member": (*old[1:], "uid=new")}))
    assert found == [("delete", "member", ["uid=0"]), ("add", "member", ["uid=new"])]


def test_an_attribute_goes_and_comes() -> None:
    assert list(modifications({"title": ("x",)}, {"title": ()})) == [("delete", "title", ["x"])]
    assert list(modifications({"title": ()}, {"title": ("x",)})) == [("add", "title", ["x"])]
