"""Whatever happens to the people of a province: a plan applied leaves nothing to plan, and no address has two owners.

The machine lives through days of joining, leaving, marrying, moving, coming back and being suspended, with plans killed
after any number of their changes, databases lost and keys rotated in between. The directory refuses what slapd would.
"""

from __future__ import annotations

import random
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from foundation.directory import schema
from foundation.errors import InputError
from foundation.vietnamese import slug
from provisioner.changes import Plan
from provisioner.people import Person, Post
from provisioner.settings import ListRules
from tests.support.memory_directory import MemoryDirectory
from tests.support.small_province import AGENCIES, BASE, SUBTREES, Province, make_keys, name

NAMES = [
    "Nguyễn Văn An",
    "Nguyễn Vân An",
    "Nguyễn Viết Ân",
    "Trần Thị Bình",
    "Trần Thanh Bình",
    "Lê An",
    "Yă",
    "Sở Xây Dựng",
]
"""Few names and short ones, so that they meet: in slugs, in numbers, with agencies and their mailboxes."""
TITLES = ["Chuyên viên", "Văn thư", "Giám đốc", "GIÁM ĐỐC Sở", ""]
IDS = [str(number) for number in range(8)]
PATTERNS = ["{given}{initials}.{agency}", "{given}", "{agency}.{given}", "{given}{family}"]
LISTS = ListRules(positions={"lanhdao": ("Giám đốc",), "an": ("Văn thư",)}, named={"ya": ("1", "7", "404")})

posts = st.builds(Post, st.sampled_from(sorted(AGENCIES)), st.sampled_from(TITLES))
further_posts = st.lists(
    st.builds(Post, st.sampled_from(sorted(AGENCIES)), st.sampled_from(TITLES), kind=st.just("concurrent")), max_size=2
)
people = st.builds(
    lambda employee_id, full, main, others, standing, hired: Person(
        employee_id, name(full), (main, *others), standing, date(2000, 1, 1) + timedelta(days=hired) if hired else None
    ),
    st.sampled_from(IDS),
    st.sampled_from(NAMES),
    posts,
    further_posts,
    st.sampled_from(["working"] * 6 + ["left", "suspended"]),
    st.integers(0, 3),
)
rosters = st.lists(people, unique_by=lambda person: person.employee_id, max_size=len(IDS))
patterns = st.sampled_from(PATTERNS)


def _province(pattern: str) -> Province:
    made = Province(keys=make_keys(b"a" * 32))
    made.with_settings(pattern=pattern, lists=LISTS)
    return made


@settings(max_examples=60)
@given(rosters, patterns)
def test_a_plan_applied_leaves_nothing_to_plan(roster: list[Person], pattern: str) -> None:
    province = _province(pattern)
    province.sync(roster)
    assert province.plan(roster).changes == []


@settings(max_examples=60)
@given(rosters, rosters, patterns, st.integers(0, 400))
def test_any_roster_after_any_other_settles_in_one_run(
    first: list[Person], second: list[Person], pattern: str, days: int
) -> None:
    province = _province(pattern)
    province.sync(first)
    province.later(days)
    province.sync(second)
    assert province.plan(second).changes == []


@settings(max_examples=60)
@given(rosters, rosters, patterns, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_no_plan(
    first: list[Person], second: list[Person], pattern: str, dice: random.Random
) -> None:
    province = _province(pattern)
    province.sync(first)
    plan = province.plan(second)
    shuffled = list(second)
    dice.shuffle(shuffled)
    again = province.plan(shuffled)
    assert [change.as_json() for change in again.changes] == [change.as_json() for change in plan.changes]
    assert (again.plan_id, again.unchanged) == (plan.plan_id, plan.unchanged)
    assert again.problems == plan.problems


@settings(max_examples=60)
@given(rosters, rosters, patterns, st.floats(0, 1), st.booleans())
def test_a_plan_killed_anywhere_converges_to_the_same_directory(
    first: list[Person], second: list[Person], pattern: str, share: float, memory_lost: bool
) -> None:
    whole, killed = _province(pattern), _province(pattern)
    for province in (whole, killed):
        province.sync(first)
    whole.sync(second)
    changes = killed.plan(second).changes
    killed.apply(changes[: int(share * len(changes))])
    if memory_lost:
        killed.issued.clear()
    killed.sync(second)
    assert killed.plan(second).changes == []
    assert _content(killed.directory) == _content(whole.directory)


def _content(directory: MemoryDirectory) -> dict[str, dict[str, list[str]]]:
    return {
        dn: {attribute: sorted(values) for attribute, values in entry.attributes.items()}
        for dn, entry in directory.entries.items()
    }


few_people = st.lists(
    st.builds(
        lambda employee_id, full: Person(employee_id, name(full), (Post("SXD"),)),
        st.sampled_from("123"),
        st.sampled_from(["Trần Thị Bình", "Trần Thanh Bình", "Lê An"]),
    ),
    unique_by=lambda person: person.employee_id,
    max_size=3,
)


@settings(max_examples=150)
@given(st.lists(few_people, min_size=3, max_size=6), st.sampled_from([1, 400]))
def test_what_somebody_ever_had_nobody_else_gets(years: list[list[Person]], days: int) -> None:
    """A few people exchange a few names over the years; our database is lost every time, the directory never."""
    province = _province(PATTERNS[0])
    ever: dict[str, str] = {}
    for roster in years:
        for _ in range(2):
            province.sync(roster)
            province.issued.clear()
            for person in roster:
                for address in province.addresses(person.employee_id):
                    assert ever.setdefault(address, person.employee_id) == person.employee_id
            province.later(days)


class WorkingLives(RuleBasedStateMachine):
    """Days in a province; the invariants are the promises."""

    @initialize(pattern=patterns, forgetful=st.booleans(), roster=rosters)
    def begin(self, pattern: str, forgetful: bool, roster: list[Person]) -> None:
        """A loaded province; a forgetful one loses its database after every run, the directory never."""
        self.province = _province(pattern)
        self.forgetful = forgetful
        self.roster = {person.employee_id: person for person in roster}
        self.ever: dict[str, str] = {}
        self.secrets = 1
        self.a_sync_ends()

    # -- what happens to people -------------------------------------------------------------------------------------

    @rule(person=people)
    def somebody_joins_or_changes(self, person: Person) -> None:
        self.roster[person.employee_id] = person

    @rule(employee_id=st.sampled_from(IDS), full=st.sampled_from(NAMES))
    def somebody_gets_another_name(self, employee_id: str, full: str) -> None:
        if employee_id in self.roster:
            self.roster[employee_id] = self.roster[employee_id]._replace(name=name(full))

    @rule(employee_id=st.sampled_from(IDS), post=posts)
    def somebody_moves(self, employee_id: str, post: Post) -> None:
        if employee_id in self.roster:
            self.roster[employee_id] = self.roster[employee_id]._replace(posts=(post,))

    @rule(employee_id=st.sampled_from(IDS))
    def somebody_leaves(self, employee_id: str) -> None:
        self.roster.pop(employee_id, None)

    @rule(employee_id=st.sampled_from(IDS), standing=st.sampled_from(["working", "suspended", "left"]))
    def somebodys_status_changes(self, employee_id: str, standing: str) -> None:
        if employee_id in self.roster:
            self.roster[employee_id] = self.roster[employee_id]._replace(standing=standing)  # type: ignore[arg-type]

    @rule(employee_id=st.sampled_from(IDS))
    def somebody_activates(self, employee_id: str) -> None:
        for entry in list(self.province.directory.entries.values()):
            if entry.first(schema.PERSON_KEY) == f"hr:{employee_id}" and entry.first(schema.STATE) == "invited":
                self.province.directory.edit(entry.dn, congvuState="active", congvuActivatedSince="20261123080000Z")

    # -- what happens to us -----------------------------------------------------------------------------------------

    @rule(days=st.sampled_from([1, 30, 180, 181, 400]))
    def time_passes(self, days: int) -> None:
        self.province.later(days)

    @rule(one=st.sampled_from(IDS), other=st.sampled_from(IDS), full=st.sampled_from(NAMES), post=posts)
    def one_takes_a_name_and_the_other_has_it_years_later(self, one: str, other: str, full: str, post: Post) -> None:
        """An alias runs out, then somebody else fits the address."""
        for employee_id, called in ((one, full), (one, NAMES[0]), (other, full)):
            self.roster[employee_id] = Person(employee_id, name(called), (post,))
            self.a_sync_ends()
            self.province.later(400)
            self.a_sync_ends()

    @rule()
    def the_database_is_lost(self) -> None:
        self.province.issued.clear()

    @rule()
    def the_register_key_is_rotated(self) -> None:
        if self.secrets < 3:
            self.secrets += 1
            self.province.keys = make_keys(*[bytes([ord("a") + number]) * 32 for number in range(self.secrets)])

    @rule(pattern=patterns)
    def the_pattern_changes(self, pattern: str) -> None:
        self.province.with_settings(pattern=pattern)

    @rule(full=st.sampled_from(NAMES), number=st.integers(0, 2))
    def somebody_makes_an_account_by_hand(self, full: str, number: int) -> None:
        """Another administrator takes an address that nobody holds now and nobody of ours ever held."""
        address = f"{slug(name(full).given)}{slug(name(full).family)[:1]}{number or ''}.sxd@tinh.test"
        if address not in self.ever:
            dn = f"uid=hand{len(self.province.directory.entries)},{SUBTREES.people}"
            self.province.directory.put(dn, objectClass=("inetOrgPerson",), cn=full, mail=address.upper())
            self._remember()

    @rule(share=st.floats(0, 1))
    def a_sync_is_killed(self, share: float) -> None:
        plan = self._plan()
        if plan is not None:
            self.province.apply(plan.changes[: int(share * len(plan.changes))])
            self._remember()

    @rule()
    def a_sync_ends(self) -> None:
        plan = self._plan()
        if plan is None:
            return
        self.province.apply(plan.changes)
        if self.forgetful:
            self.province.issued.clear()
        self._remember()
        again = self._plan()
        assert again is not None
        assert again.changes == []
        self._everybody_is_as_the_roster_says()

    def _plan(self) -> Plan | None:
        """The plan, or None when an account made by hand has a mailbox's address: a person must decide that."""
        plan = self.province.plan(self.roster.values())
        if plan.stops:
            assert all("belongs to somebody else" in problem.message.en for problem in plan.problems if problem.stops)
            return None
        return plan

    # -- promises ---------------------------------------------------------------------------------------------------

    def _remember(self) -> None:
        for entry in self.province.directory.entries.values():
            for address in {*entry.values("mail"), *entry.values("mailLocalAddress")}:
                owner = self.ever.setdefault(address.lower(), entry.dn)
                assert owner == entry.dn, f"{address} was given to {owner} and to {entry.dn}"

    def _everybody_is_as_the_roster_says(self) -> None:
        working = {person.employee_id: person for person in self.roster.values() if person.standing == "working"}
        found = {}
        for entry in self.province.directory.entries.values():
            key = entry.first(schema.PERSON_KEY)
            if not key:
                continue
            employee_id = key.removeprefix("hr:")
            assert employee_id not in found, "one mailbox per person"
            found[employee_id] = entry
            person = working.get(employee_id)
            assert (entry.first(schema.STATE) == "suspended") is (person is None)
            assert entry.values("mail") != ()
            if person is not None:
                assert entry.first("cn") == person.name.full
                assert entry.first("departmentNumber") == person.agency
        assert found.keys() >= working.keys(), "no lost mailbox"

    @invariant()
    def every_address_held_is_in_the_register(self) -> None:
        for entry in self.province.directory.entries.values():
            if not entry.values(schema.ADDRESS_HASH):
                continue
            for address in entry.values("mailLocalAddress"):
                digests = set(self.province.keys.digests(address))
                assert digests & set(entry.values(schema.ADDRESS_HASH))

    @invariant()
    def no_address_has_two_owners(self) -> None:
        seen: dict[str, str] = {}
        for entry in self.province.directory.entries.values():
            for address in {value.lower() for value in (*entry.values("mail"), *entry.values("mailLocalAddress"))}:
                assert seen.setdefault(address, entry.dn) == entry.dn

    @invariant()
    def nothing_outside_our_subtrees_appears(self) -> None:
        assert all(dn.endswith(BASE) for dn in self.province.directory.entries)


WorkingLives.TestCase.settings = settings(max_examples=60, stateful_step_count=25)
TestWorkingLives = WorkingLives.TestCase


@settings(max_examples=100)
@given(st.text(max_size=40))
def test_the_register_knows_an_address_in_any_capitals(text: str) -> None:
    keys = make_keys()
    try:
        digest = keys.digest(f"{text}@tinh.test")
    except InputError:
        return
    assert keys.digest(f"{text.lower()}@TINH.test") == digest
