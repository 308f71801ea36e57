"""Many names are asked for in few searches, and only for what is needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from foundation.directory.entries import Entry
from foundation.directory.lookup import Scope
from meetings.people.lookup import People
from meetings.people.questions import VALUES_IN_A_FILTER
from tests.support.directory_entries import person_dn
from tests.support.fake_directory import FakeDirectory
from tests.support.meeting_people import DOMAINS, SUBTREES, agency, group, somebody


class Counting(FakeDirectory):
    """Counts what it is asked, and refuses a second search inside the first, as a connection does."""

    def __init__(self) -> None:
        super().__init__()
        self.searches = 0
        self.reads = 0
        self._searching = False

    def search(self, base: str, filter: str, attributes: Sequence[str], scope: Scope = "subtree") -> Iterator[Entry]:
        assert not self._searching, "one search runs at a time"
        self.searches += 1
        self._searching = True
        try:
            yield from super().search(base, filter, attributes, scope)
        finally:
            self._searching = False

    def read(self, dn: str, attributes: Sequence[str]) -> Entry | None:
        self.reads += 1
        return super().read(dn, attributes)


def filled(count: int) -> tuple[Counting, list[str]]:
    """A directory with one agency, so many people, and a list of all of them."""
    directory = Counting()
    uids = [f"can{number:04d}" for number in range(count)]
    for dn, attributes in (
        agency("SXD", "Sở Xây dựng", "sxd"),
        *(somebody(uid, f"Nguyễn Văn {uid}", "SXD") for uid in uids),
        group("tatca", *map(person_dn, uids)),
    ):
        directory.add(dn, attributes)
    return directory, uids


def test_a_list_of_many_is_read_in_batches() -> None:
    directory, uids = filled(3 * VALUES_IN_A_FILTER + 1)
    guests, problems = People(directory, SUBTREES, DOMAINS).expand(["tatca@tinh.test"])
    assert (len(guests), problems) == (len(uids), ())
    assert (directory.searches, directory.reads) == (1 + 3 + 4, 0), "agencies, the address thrice, four batches"


def test_many_addresses_are_asked_in_batches() -> None:
    directory, uids = filled(VALUES_IN_A_FILTER + 1)
    guests, problems = People(directory, SUBTREES, DOMAINS).expand([f"{uid}@tinh.test" for uid in uids])
    assert [guest.address for guest in guests] == [f"{uid}@tinh.test" for uid in uids]
    assert (directory.searches, problems) == (1 + 2, ()), "nobody is left to be an office or a list"


def test_no_names_ask_nothing() -> None:
    directory, _ = filled(1)
    assert People(directory, SUBTREES, DOMAINS).expand([]) == ((), ())
    assert directory.searches == 0
