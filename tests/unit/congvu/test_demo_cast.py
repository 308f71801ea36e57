"""The cast of the demo: whatever uids chance gives, whoever stands in is not invited by their agency's code."""

from __future__ import annotations

from random import Random

import pytest

from congvu.demo.cast import choose_cast
from congvu.demo.stage import StoryBroken
from foundation.directory import Entry, schema

CODES = ("SXD", "STC", "SNV", "X.AN")


def agency_list(code: str, members: list[str]) -> Entry:
    attributes = {schema.LIST_KIND: ("agency",), schema.DEPARTMENT_NUMBER: (code,), schema.MEMBER: tuple(members)}
    return Entry(f"cn=agency.{code},ou=lists", attributes)


def province(dice: Random, plain: int = 2) -> tuple[list[Entry], list[Entry], list[Entry]]:
    """Each agency: two leaders, the holder of its registry, somebody suspended, one of elsewhere, plain members."""
    lists, offices, people, leaders = [], [], [], []
    for code in CODES:
        roles = ["leader", "leader", "holder", "suspended", "elsewhere", *["plain"] * plain]
        names = []
        for role in roles:
            dn = f"uid={dice.randbytes(8).hex()},ou=people"
            names.append(dn)
            state = "suspended" if role == "suspended" else "invited"
            people.append(
                Entry(
                    dn,
                    {
                        schema.EMPLOYEE_NUMBER: (role,),
                        schema.MAIL: (f"{dn[4:20]}@tinh.test",),
                        schema.STATE: (state,),
                        schema.DEPARTMENT_NUMBER: ("SYT" if role == "elsewhere" else code,),
                    },
                )
            )
            if role == "leader":
                leaders.append(dn)
            if role == "holder":
                offices.append(Entry(f"cn=van_thu.{code},ou=roles", {schema.ROLE_OCCUPANT: (dn,)}))
        lists.append(agency_list(code, dice.sample(names, len(names))))
    lists.append(
        Entry("cn=position.lanhdao,ou=lists", {schema.LIST_KIND: ("position",), schema.MEMBER: tuple(leaders)})
    )
    return lists, offices, people


@pytest.mark.parametrize("seed", range(25))
def test_nobody_of_the_cast_leads_an_agency_or_holds_an_office_whatever_the_uids(seed: int) -> None:
    cast = choose_cast(*province(Random(seed)))
    assert {one.employee_id for one in (cast.chair, cast.declines, cast.sends, cast.deputy)} == {"plain"}
    assert len({one.address for one in (cast.chair, cast.declines, cast.sends, cast.deputy)}) == 4
    assert len(cast.agencies) == 3
    assert "X.AN" not in cast.agencies


def test_an_agency_of_leaders_alone_is_passed_over() -> None:
    with pytest.raises(StoryBroken):
        choose_cast(*province(Random(1), plain=1))
