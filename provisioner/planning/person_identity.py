"""Is it still the same person, and what does a roster not say about them? Pure.

A personnel id that comes back with a wholly different name may have been given to somebody else; that person must not
get the mailbox. A column that a roster lacks says nothing, which is not the same as an empty cell.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from foundation.directory import schema
from foundation.vietnamese import search_key
from provisioner import post_values
from provisioner.changes import Attributes
from provisioner.people import Person, Post
from provisioner.planning.attributes import first

SAID_BY_COLUMNS: Final = frozenset({"phone", "title", "rank", "decision", "effective_on"})
"""Fields that a roster may lack and that are kept in the directory; names and agencies it must have."""


def is_somebody_else(person: Person, live: Attributes) -> bool:
    """Whether the names of the roster and of an entry of ours share no syllable, marks aside."""
    old = first(live, "cn")
    if old == person.name.full or not live.get(schema.POST):
        return False
    return not set(search_key(old).split()) & set(search_key(person.name.full).split())


def with_what_is_not_said(person: Person, live: Attributes, silent: frozenset[str]) -> Person:
    """The person with what the entry holds in place of the columns that the roster lacks."""
    held = {(post["agency"], post["kind"]): post for post in map(post_values.as_json, live.get(schema.POST, ()))}
    posts = tuple(_filled(post, held.get((post.agency, post.kind)), silent) for post in person.posts)
    phone = first(live, "telephoneNumber") if "phone" in silent else person.phone
    return person._replace(posts=posts, phone=phone)


def _filled(post: Post, held: dict[str, str | None] | None, silent: frozenset[str]) -> Post:
    if held is None:
        return post
    start = held["from"]
    return post._replace(
        title=(held["title"] or "") if "title" in silent else post.title,
        rank=(held["rank"] or "") if "rank" in silent else post.rank,
        decision=(held["decision"] or "") if "decision" in silent else post.decision,
        effective_from=(date.fromisoformat(start) if start else None)
        if "effective_on" in silent
        else post.effective_from,
    )
