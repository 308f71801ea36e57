"""Turns the names of a form into guests: people, offices, lists, agencies' leaders, and addresses elsewhere.

`People` asks the directory and changes nothing. Each call sees the directory as it is then; nothing is remembered
between calls. The same person comes once, with every group through which they were named. Who is suspended is left out
with a warning. Whoever holds a `People` asks from one thread at a time, as a directory connection demands.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from foundation import clock
from foundation.directory import Directory
from foundation.errors import Problem
from meetings.meeting import Guest, Role
from meetings.names import read_name
from meetings.people.agencies import Agencies
from meetings.people.expansion import Expansion
from meetings.people.guests import Guests, order_of
from meetings.people.questions import Questions
from meetings.settings import Subtrees

MOST_GUESTS = 10_000
"""As [meetings.limits] attendees."""


class People:
    """Everybody whom a meeting may invite."""

    def __init__(
        self,
        directory: Directory,
        subtrees: Subtrees,
        domains: Sequence[str],
        leader_lists: Sequence[str] = ("lanhdao",),
        most_guests: int = MOST_GUESTS,
        timezone: str = "Asia/Ho_Chi_Minh",
    ) -> None:
        """`domains` are our own mail domains, the main one first; `leader_lists` the lists whose members lead their
        agencies, by address or by the part before @ of the main domain. In `timezone` it is today, for agencies that
        begin or end."""
        self._questions = Questions(directory, subtrees)
        self._domains = tuple(domain.lower() for domain in domains)
        self._leader_lists = tuple(
            name.lower() if "@" in name else f"{name.lower()}@{self._domains[0]}" for name in leader_lists
        )
        self._most_guests = most_guests
        self._timezone = timezone

    def expand(
        self, names: Sequence[str], role: Role = "REQ-PARTICIPANT", column: str = ""
    ) -> tuple[tuple[Guest, ...], tuple[Problem, ...]]:
        """Everybody whom these names mean, in the order of naming, each once, and what is wrong with which name.

        A list or agency gives its people sorted by agency and name. Problems carry `column`. For the chair a suspended
        person is an error, for others a warning. Raises Unreachable.
        """
        if not names:
            return (), ()
        expansion = Expansion(self._questions, self._agencies(), self._domains, self._leader_lists, role, column)
        return expansion.of([read_name(name) for name in names], self._most_guests)

    def find(self, address: str) -> Guest | None:
        """The person or office that has this address; None for nobody, a list, or somebody suspended."""
        return self.find_all([address]).get(address.strip().lower())

    def find_all(self, addresses: Collection[str]) -> dict[str, Guest]:
        """{address (lower case): the guest that has it}, for those that the directory knows and has not suspended."""
        wanted = {address.strip().lower() for address in addresses}
        found = self._questions.by_address(wanted)
        guests = Guests(self._questions, self._agencies(), found.offices)
        answer: dict[str, Guest] = {}
        for entry in (*found.offices, *found.people):
            if guests.is_live(entry):
                for address in wanted.intersection(self._questions.addresses(entry)):
                    answer[address] = guests.guest(entry, "REQ-PARTICIPANT", ())
        return answer

    def unreachable(self, addresses: Collection[str]) -> frozenset[str]:
        """Those of our own domains that the directory no longer has, or has suspended: nobody can be mailed there."""
        own = {*self._domains, *self._agencies().domains}
        ours = {address for address in addresses if address.rpartition("@")[2].lower() in own}
        known = self.find_all(ours) if ours else {}
        return frozenset(address for address in ours if address.strip().lower() not in known)

    def colleagues(self, agency: str) -> tuple[Guest, ...]:
        """Everybody of one agency who may stand in for another, sorted by name; nobody for an unknown agency."""
        agencies = self._agencies()
        found = agencies.find(agency)
        if found is None:
            return ()
        guests = Guests(self._questions, agencies, ())
        entries = [entry for entry in self._questions.people_of([found.code]) if guests.is_live(entry)]
        people = [guests.guest(entry, "REQ-PARTICIPANT", ()) for entry in sorted(entries, key=order_of)]
        return tuple(person for person in people[: self._most_guests] if person.address)

    def _agencies(self) -> Agencies:
        return Agencies(self._questions.agencies(), clock.today(self._timezone))
