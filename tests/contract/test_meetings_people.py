"""Who is meant by the names of a form: the same answers from slapd, from 389-DS and from the fake of the unit tests.

The real servers are asked as `cn=meetings`, with no more rights than it has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from foundation.directory.dialect import DS389, OPENLDAP, Dialect
from foundation.directory.lookup import Directory
from meetings.meeting import Guest
from meetings.people.lookup import People
from tests.support.directory_entries import Attributes
from tests.support.ds389_server import Ds389Server
from tests.support.fake_directory import FakeDirectory
from tests.support.meeting_people import DOMAINS, SUBTREES, group, province, somebody
from tests.support.slapd_server import SlapdServer

pytestmark = pytest.mark.server


def spelled(attributes: Attributes, dialect: Dialect) -> Attributes:
    """An entry as this server has it."""
    names = {OPENLDAP.alias_attribute: dialect.alias_attribute}
    classes = {OPENLDAP.alias_class: dialect.alias_class}
    return {
        names.get(name, name): [classes.get(value, value) for value in values] for name, values in attributes.items()
    }


@pytest.fixture(params=["fake", "slapd", "ds389"])
def directory(request: pytest.FixtureRequest) -> Iterator[Directory]:
    if request.param == "fake":
        fake = FakeDirectory()
        for dn, attributes in province().items():
            fake.add(dn, attributes)
        yield fake
        return
    server: SlapdServer | Ds389Server = request.getfixturevalue(request.param)
    dialect = OPENLDAP if request.param == "slapd" else DS389
    server.add_all({dn: spelled(attributes, dialect) for dn, attributes in province().items()})
    with server.directory("meetings") as found:
        yield found


@pytest.fixture
def people(directory: Directory) -> People:
    return People(directory, SUBTREES, DOMAINS)


def addresses(guests: Sequence[Guest]) -> list[str]:
    return [guest.address for guest in guests]


def test_people_offices_and_strangers_by_their_addresses(people: People) -> None:
    names = ["AN.cu@tinh.test", "stc@tinh.test", "Bà Lan <lan@ngoai.test>", "cuong+hop@tinh.test"]
    guests, problems = people.expand(names, "OPT-PARTICIPANT", "optional")
    assert problems == ()
    assert addresses(guests) == ["an@tinh.test", "stc@tinh.test", "lan@ngoai.test", "cuong@tinh.test"]
    assert guests[0] == Guest(
        "an@tinh.test",
        "Nguyễn Văn An",
        "OPT-PARTICIPANT",
        "Giám đốc",
        "SXD",
        "Sở Xây dựng",
        "+84 255 3822 000",
        ("an.cu@tinh.test",),
    )
    assert guests[1].name == "Sở Tài chính", "the mailbox of an agency is the agency"
    assert guests[1].aliases == ("em@tinh.test", "em.cu@tinh.test"), "its holder answers for it, the suspended one not"
    assert guests[2] == Guest("lan@ngoai.test", "Bà Lan", "OPT-PARTICIPANT")


def test_a_stranger_whose_domain_has_no_dot_is_a_mistake(people: People) -> None:
    guests, problems = people.expand(["an@gmail", "Bà Lan <lan@ngoai>"], column="required")
    assert guests == ()
    assert [(each.stops, each.column, each.value) for each in problems] == [
        (True, "required", "an@gmail"),
        (True, "required", "Bà Lan <lan@ngoai>"),
    ]


def test_an_agency_is_its_leaders_and_else_its_office(people: People) -> None:
    guests, problems = people.expand(["sxd", "agency:STC"], column="required")
    assert addresses(guests) == ["an@tinh.test", "binh@tinh.test", "stc@tinh.test"], "who is invited only receives too"
    assert set(guests[0].groups) == {"SXD", "sxd", "lanhdao@tinh.test"}
    assert [(each.severity, each.column, each.value) for each in problems] == [
        ("warning", "required", "dung@tinh.test")
    ]


def test_agencies_that_nobody_can_be_invited_by(people: People) -> None:
    guests, problems = people.expand(["vpubnd", "stnmt", "xyz", "xanbinh"], column="required")
    assert guests == ()
    assert [problem.value for problem in problems] == ["vpubnd", "stnmt", "xyz", "xanbinh"]
    assert all(problem.stops and problem.column == "required" for problem in problems)
    assert problems[1].hint is not None
    assert "SNNMT" in problems[1].hint.vi


def test_lists_in_lists_end_even_in_a_loop(people: People) -> None:
    guests, problems = people.expand(["long@tinh.test"])
    assert addresses(guests) == [
        "em@tinh.test",
        "an@tinh.test",
        "binh@tinh.test",
        "cuong@tinh.test",
        "vanthu.sxd@tinh.test",
    ]
    groups = {guest.address: set(guest.groups) for guest in guests}
    assert groups["an@tinh.test"] == {"long@tinh.test", "vong@tinh.test", "lanhdao@tinh.test"}
    assert groups["cuong@tinh.test"] == {"long@tinh.test", "vong@tinh.test"}
    assert [problem.value for problem in problems] == ["dung@tinh.test"]


def test_nobody_comes_twice(people: People) -> None:
    guests, _ = people.expand(["an@tinh.test", "lanhdao@tinh.test", "sxd", "an.cu@tinh.test"])
    assert addresses(guests) == ["an@tinh.test", "binh@tinh.test"]
    assert set(guests[0].groups) == {"lanhdao@tinh.test", "SXD", "sxd"}


def test_what_nobody_is(people: People) -> None:
    guests, problems = people.expand(["ai@tinh.test", "ai@xa.tinh.test", "Nguyễn, Văn An", "trong@tinh.test"])
    assert guests == ()
    assert [(problem.value, problem.severity) for problem in problems] == [
        ("Nguyễn, Văn An", "error"),
        ("ai@tinh.test", "error"),
        ("ai@xa.tinh.test", "error"),
        ("trong@tinh.test", "warning"),
    ]


def test_people_by_employee_id_and_by_full_name(people: People) -> None:
    guests, problems = people.expand(["CB-an", "cb-CUONG", "Hồ Thị Em"], column="required")
    assert problems == ()
    assert addresses(guests) == ["an@tinh.test", "cuong@tinh.test", "em@tinh.test"]
    assert guests[2].groups == ("Hồ Thị Em",), "a place may be for whoever was named so"


def test_lists_and_offices_by_their_short_names(people: People) -> None:
    guests, problems = people.expand(["lanhdao", "vanthu.sxd"], column="required")
    assert addresses(guests) == ["an@tinh.test", "binh@tinh.test", "vanthu.sxd@tinh.test"]
    assert set(guests[0].groups) == {"lanhdao@tinh.test", "lanhdao"}
    assert [problem.value for problem in problems] == ["dung@tinh.test"]


def test_nobody_is_guessed(people: People) -> None:
    guests, problems = people.expand(["Hoàng Không Có", "an", "agency:lanhdao"], column="required")
    assert guests == ()
    assert [(problem.severity, problem.value) for problem in problems] == [
        ("error", "Hoàng Không Có"),
        ("error", "an"),
        ("error", "lanhdao"),
    ]
    assert all(problem.hint is not None for problem in problems)


def test_of_several_of_one_name_the_addresses_are_told() -> None:
    fake = FakeDirectory()
    namesakes = (
        somebody("an2", "Nguyễn Văn An", "STC"),
        somebody("tram", "Lê Trạm", "STC", state="suspended"),
        somebody("tram2", "Lê Trạm", "SXD"),
        group("CB-em"),
    )
    for dn, attributes in {**province(), **dict(namesakes)}.items():
        fake.add(dn, attributes)
    people = People(fake, SUBTREES, DOMAINS)
    guests, problems = people.expand(["Nguyễn Văn An", "Lê Trạm", "CB-em"], column="required")
    assert addresses(guests) == ["tram2@tinh.test"], "who has left is not meant when somebody else has the name"
    assert [(problem.severity, problem.value) for problem in problems] == [
        ("question", "Nguyễn Văn An"),
        ("question", "CB-em"),
    ]
    told = [str(problem.hint) for problem in problems]
    assert "an2@tinh.test (Nguyễn Văn An, Chuyên viên, Sở Tài chính); an@tinh.test (Nguyễn Văn An" in told[0]
    assert "CB-em@tinh.test" in told[1] or "cb-em@tinh.test" in told[1]
    assert "em@tinh.test (Hồ Thị Em" in told[1]


def test_who_is_suspended_is_left_out_and_never_the_chair(people: People) -> None:
    guests, problems = people.expand(["dung@tinh.test", "an@tinh.test"], column="required")
    assert addresses(guests) == ["an@tinh.test"]
    assert [problem.severity for problem in problems] == ["warning"]
    guests, problems = people.expand(["dung@tinh.test"], "CHAIR", "chair")
    assert guests == ()
    assert [(problem.severity, problem.column) for problem in problems] == [("error", "chair")]


def test_signs_that_mean_something_in_a_filter_are_only_names(people: People) -> None:
    guests, problems = people.expand(["*@tinh.test", "a*b@tinh.test", "*", "s(x)d", "\\2a"])
    assert guests == ()
    assert len(problems) == 5


def test_finding_one(people: People) -> None:
    found = people.find("An.Cu@tinh.test")
    assert found is not None
    assert found.address == "an@tinh.test"
    office = people.find("stc@tinh.test")
    assert office is not None
    assert "em@tinh.test" in office.aliases
    for nobody in ("dung@tinh.test", "lanhdao@tinh.test", "ai@ngoai.test", "không phải địa chỉ", ""):
        assert people.find(nobody) is None


def test_who_cannot_be_reached_any_more(people: People) -> None:
    asked = ["an@tinh.test", "an.cu@tinh.test", "dung@tinh.test", "ai@xa.tinh.test", "lan@ngoai.test"]
    assert people.unreachable(asked) == {"dung@tinh.test", "ai@xa.tinh.test"}


def test_colleagues_are_sorted_as_vietnamese_lists_are(people: People) -> None:
    assert addresses(people.colleagues("sxd")) == ["an@tinh.test", "binh@tinh.test", "cuong@tinh.test"]
    assert addresses(people.colleagues("STC")) == ["em@tinh.test"]
    assert people.colleagues("khong-co") == ()


def test_there_is_a_most(directory: Directory) -> None:
    guests, problems = People(directory, SUBTREES, DOMAINS, most_guests=2).expand(["long@tinh.test"])
    assert guests == ()
    assert problems[-1].stops
