"""Lists within lists: everything that some lists reach, each read once, loops and all.

A list in `closure` of another is reached from it; whoever is a member of a list counts for every list that reaches it.
Only distinguished names are compared here; what the members are is asked by `Questions`.
"""

from __future__ import annotations

from collections.abc import Iterable

from foundation.directory import Entry, schema
from meetings.people.questions import Questions, normalised_name


class Lists:
    """Lists by their normalised names, and the people and offices in them."""

    def __init__(self, questions: Questions, roots: Iterable[Entry]) -> None:
        """Reads all lists that the roots reach, level by level, and their members in one go. Raises Unreachable."""
        self._questions = questions
        self._members: dict[str, tuple[str, ...]] = {}
        self._addresses: dict[str, tuple[str, ...]] = {}
        self.people: dict[str, Entry] = {}
        self.offices: dict[str, Entry] = {}
        self._read({normalised_name(entry.dn): entry for entry in roots})

    def _read(self, level: dict[str, Entry]) -> None:
        asked: set[str] = set()
        while level:
            members: dict[str, str] = {}
            for name, entry in level.items():
                spelled = {normalised_name(member): member for member in entry.values(schema.MEMBER)}
                self._members[name] = tuple(spelled)
                self._addresses[name] = self._questions.addresses(entry)
                members |= spelled
            wanted = {
                name: member for name, member in members.items() if name not in self._members and name not in asked
            }
            asked |= set(wanted)
            found = self._questions.members(wanted.values())
            self.people |= _by_name(found.people)
            self.offices |= _by_name(found.offices)
            level = {name: entry for name, entry in _by_name(found.lists).items() if name not in self._members}

    def closure(self, root: str) -> dict[str, None]:
        """The list itself and every list that it reaches, in the order of reading."""
        reached: dict[str, None] = {}
        waiting = [root]
        while waiting:
            name = waiting.pop()
            if name in self._members and name not in reached:
                reached[name] = None
                waiting.extend(member for member in self._members[name] if member in self._members)
        return reached

    def members(self, root: Entry) -> dict[str, tuple[str, ...]]:
        """{normalised name of a member of this list: addresses of the lists through which it is one}."""
        groups: dict[str, dict[str, None]] = {}
        for name in self.closure(normalised_name(root.dn)):
            inside = self.closure(name)
            addresses = self._addresses[name]
            for reached in inside:
                for member in self._members[reached]:
                    if member not in self._members:
                        groups.setdefault(member, {}).update(dict.fromkeys(addresses))
        return {member: tuple(addresses) for member, addresses in groups.items()}


def _by_name(entries: Iterable[Entry]) -> dict[str, Entry]:
    return {normalised_name(entry.dn): entry for entry in entries}
