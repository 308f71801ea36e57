"""Who is behind an address: a copy of the directory's people, offices and lists in memory.

A lookup is one dictionary access and never waits. The book is told by `refreshing.Refresher`, in its own thread: new
spellings are put in before old ones are taken out, so that a lookup in between finds the old answer or the new one but
never nothing. A directory that fails changes nothing here; only `age_seconds` grows.

Every string is held once: the keys of the dictionaries are the strings inside `Known`. 100,000 people with two
addresses each take 52 MB, measured.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import Final, Literal

from foundation import clock
from mailrelay.policy.account_states import allowed

Kind = Literal["person", "role", "list"]

FRESH_SECONDS: Final = 300.0
"""Older than five minutes, the book no longer proves that an address does not exist: then 451, never 550. For a
directory that neither answers nor fails: one that is known to be down makes the book doubtful at once."""


@dataclass(frozen=True, slots=True)
class Known:
    """One entry of the directory that has addresses.

    `uid` is the opaque id of the mailbox; for a list, which has no mailbox, its normalised distinguished name.
    `addresses` are all of them, normalised, the primary one first. `members` are the uids of a list's members or of an
    office's owners (a nested list by its normalised name). `state` is congvuState; a list has none.
    """

    kind: Kind
    uid: str
    addresses: tuple[str, ...]
    state: str = ""
    members: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """The primary address."""
        return self.addresses[0]

    @property
    def receives(self) -> bool:
        """Whether mail for it is taken."""
        return self.kind == "list" or allowed(self.state).receives

    @property
    def sends(self) -> bool:
        """Whether mail may be sent as it. A list sends nothing."""
        return self.kind != "list" and allowed(self.state).sends

    @property
    def logs_in(self) -> bool:
        """Whether its person may log in. An office has no password: its owners log in as themselves."""
        return self.kind == "person" and allowed(self.state).logs_in

    @property
    def owners(self) -> tuple[str, ...]:
        """The uids of the people who hold an office; nobody for people and lists."""
        return self.members if self.kind == "role" else ()


class AddressBook:
    """The entries by address and by uid. Read from any thread; told by one."""

    def __init__(self, domains: Iterable[str]) -> None:
        self._configured = frozenset(domains)
        self._domains = self._configured
        self._by_address: dict[str, Known] = {}
        self._by_uid: dict[str, Known] = {}
        self._renamed: dict[str, str] = {}
        self._confirmed_at = -math.inf
        self._doubted = False
        self.complete = False
        """Whether a whole copy was ever loaded, from the directory or from the saved file."""

    @property
    def size(self) -> int:
        """How many entries there are."""
        return len(self._by_uid)

    # -- asking ---------------------------------------------------------------------------------------------------

    def lookup(self, address: str) -> Known | None:
        """The entry with this normalised address."""
        return self._by_address.get(address)

    def person(self, uid: str) -> Known | None:
        """The person (not an office, not a list) with this uid."""
        known = self._by_uid.get(uid)
        return known if known is not None and known.kind == "person" else None

    def member(self, name: str) -> Known | None:
        """The entry that a list or an office names as a member: a uid, or a normalised distinguished name."""
        return self._by_uid.get(name) or self._by_uid.get(self._renamed.get(name, ""))

    def is_local_domain(self, domain: str) -> bool:
        """Whether mail for this domain (lower case, A-labels) is ours: configured, or the domain of an agency."""
        return domain in self._domains

    @property
    def domains(self) -> frozenset[str]:
        """All domains that are ours."""
        return self._domains

    @property
    def age_seconds(self) -> float:
        """Seconds since the directory last confirmed this copy; infinite when it never did in this process."""
        return clock.monotonic() - self._confirmed_at

    @property
    def fresh(self) -> bool:
        """Whether "not in the book" means "does not exist"."""
        return self.complete and not self._doubted and self.age_seconds <= FRESH_SECONDS

    def entries(self) -> list[Known]:
        """All entries, for saving and comparing."""
        return list(self._by_uid.values())

    def holds(self, known: Known) -> bool:
        """Whether this is what the book says already."""
        return self._by_uid.get(known.uid) == known

    def missing(self, found: Set[str]) -> tuple[str, ...]:
        """The uids in the book that are not among these."""
        return tuple(uid for uid in self._by_uid if uid not in found)

    def shared(self, uid: str) -> str:
        """The string that the book holds for this uid already, or the same string back."""
        known = self._by_uid.get(uid)
        return known.uid if known is not None else uid

    # -- being told -----------------------------------------------------------------------------------------------

    def put(self, changed: Iterable[Known], gone: Iterable[str] = ()) -> None:
        """New and changed entries, and the uids of those that are no more.

        An address that moves from one entry to another is never nobody's: all new spellings first, then the old ones.
        """
        before = [self._put(known) for known in changed]
        before += [self._by_uid.pop(uid) for uid in gone if uid in self._by_uid]
        for known in before:
            if known is not None:
                self._forget(known)

    def confirm(self, at: float | None = None) -> None:
        """The copy is whole and true now (or at this monotonic time)."""
        self._confirmed_at = clock.monotonic() if at is None else at
        self._doubted = False
        self.complete = True

    def doubt(self) -> None:
        """The directory failed: until it confirms the copy again, that serves those it knows and denies nobody."""
        self._doubted = True

    def use_saved(self) -> None:
        """The copy is whole, but nobody has confirmed it: it serves those it knows and denies nobody."""
        self.complete = True

    def use_domains(self, configured: Iterable[str] | None = None, of_agencies: Iterable[str] | None = None) -> None:
        """Other domains of the configuration, or other domains of agencies; what is not given stays."""
        agencies = self.agency_domains if of_agencies is None else frozenset(of_agencies)
        if configured is not None:
            self._configured = frozenset(configured)
        self._domains = self._configured | agencies

    @property
    def agency_domains(self) -> frozenset[str]:
        """The domains that only the directory names."""
        return self._domains - self._configured

    def call(self, distinguished_name: str, uid: str) -> None:
        """A person or office whose normalised name does not show its uid, so that members are found by it."""
        self._renamed[distinguished_name] = uid

    @property
    def names(self) -> dict[str, str]:
        """{normalised distinguished name: uid} of all that were `call`ed."""
        return dict(self._renamed)

    def _put(self, known: Known) -> Known | None:
        """The entry that this one replaces, if it says something else."""
        before = self._by_uid.get(known.uid)
        if before == known:
            return None
        self._by_uid[known.uid] = known
        for address in known.addresses:
            self._by_address[address] = known
        return before

    def _forget(self, known: Known) -> None:
        """Take out the addresses that still lead to this entry; the others have found their new owner already."""
        for address in known.addresses:
            if self._by_address.get(address) is known:
                del self._by_address[address]
