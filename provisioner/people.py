"""People, posts and agencies as plain frozen values: what a roster says, before anybody asks a directory.

Nothing here reads or writes. A `Person` is keyed by (source, employee id), never by name or address: homonyms, even in
one agency, are normal. Birth dates are read for validation only and have no field here, so they cannot reach the
directory.

Names, posts and people are named tuples: a province has a hundred thousand of each, and a frozen dataclass takes three
times as long to make.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple

PostKind = Literal["main", "concurrent", "secondment"]
"""main = the post that decides the agency; concurrent = kiêm nhiệm; secondment = biệt phái."""

Standing = Literal["working", "suspended", "left"]
"""What the roster says of the person: working (leave and study included), suspended from duty, or gone."""

Channel = Literal["mail", "edxml", "both"]


class Name(NamedTuple):
    """A personal name in NFC, exactly as the decision of appointment writes it.

    `given` is the part people are addressed and sorted by; for names without a family part `family` is empty.
    """

    full: str
    family: str
    middle: str
    given: str


class Post(NamedTuple):
    """One post held in one agency; a person has one main post and any number of others."""

    agency: str
    title: str = ""
    rank: str = ""
    kind: PostKind = "main"
    effective_from: date | None = None
    decision: str = ""


class Person(NamedTuple):
    """One civil servant of one source; `posts[0]` is the main post. `row` is where the file names the person first."""

    employee_id: str
    name: Name
    posts: tuple[Post, ...]
    standing: Standing = "working"
    hired_on: date | None = None
    phone: str = ""
    decision: str = ""
    effective_on: date | None = None
    row: int = 0

    @property
    def agency(self) -> str:
        """The code of the agency of the main post."""
        return self.posts[0].agency

    @property
    def title(self) -> str:
        """The title of the main post."""
        return self.posts[0].title


@dataclass(frozen=True, slots=True)
class Agency:
    """One agency with the time in which it exists; levels and domains are data because both change by decree.

    `label` is the agency's part of mail addresses (ASCII, `[a-z0-9.-]`), by default the slug of the code.
    `domain` is empty when the organisation's own mail domain applies.
    """

    code: str
    name: str
    label: str
    level: str = ""
    parent: str = ""
    domain: str = ""
    channel: Channel = "mail"
    valid_from: date | None = None
    valid_to: date | None = None
    predecessors: tuple[str, ...] = ()
    successors: tuple[str, ...] = ()
    row: int = field(default=0, compare=False)

    def exists_on(self, day: date) -> bool:
        """Whether the agency exists on this day (both ends included)."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)
