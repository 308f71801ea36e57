"""A directory in memory that keeps the reading protocol: for unit tests that need answers, not a server.

It passes `tests/contract/test_directory_reader.py` like the real ones. It knows no schema, no access rights and no
uniqueness; values compare without regard to case, but for the two attributes of ours that are exact.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from foundation.directory.dialect import OPENLDAP, Dialect
from foundation.directory.entries import Entry
from foundation.directory.lookup import Scope
from foundation.directory.schema import ADDRESS_HASH, PERSON_KEY

Attributes = Mapping[str, Sequence[str]]
Matcher = Callable[[Attributes], bool]
_EXACT = {PERSON_KEY.lower(), ADDRESS_HASH.lower()}
_ESCAPE = re.compile(r"\\([0-9a-fA-F]{2})")


class FakeDirectory:
    """Entries by DN, asked like a server."""

    def __init__(self, dialect: Dialect = OPENLDAP) -> None:
        self._dialect = dialect
        self._entries: dict[str, dict[str, tuple[str, ...]]] = {}

    @property
    def dialect(self) -> Dialect:
        return self._dialect

    def add(self, dn: str, attributes: Attributes) -> None:
        """Put an entry there, or replace it."""
        self._entries[dn] = {name: tuple(values) for name, values in attributes.items() if values}

    def remove(self, dn: str) -> None:
        """Take an entry away."""
        del self._entries[dn]

    def search(self, base: str, filter: str, attributes: Sequence[str], scope: Scope = "subtree") -> Iterator[Entry]:
        matches = parse_filter(filter)
        for dn, held in list(self._entries.items()):
            if _in_scope(dn, base, scope) and matches(held):
                yield _selected(dn, held, attributes)

    def read(self, dn: str, attributes: Sequence[str]) -> Entry | None:
        found = next((each for each in self._entries if each.lower() == dn.lower()), None)
        return None if found is None else _selected(found, self._entries[found], attributes)

    def close(self) -> None:
        return


def parse_filter(text: str) -> Matcher:
    """A filter of RFC 4515 without extensible and approximate matching. Raises ValueError."""
    matcher, rest = _parse(text)
    if rest:
        raise ValueError(f"more than a filter: {rest!r}")
    return matcher


def _parse(text: str) -> tuple[Matcher, str]:
    if not text.startswith("("):
        raise ValueError(f"no filter: {text!r}")
    kind = text[1:2]
    if kind in ("&", "|", "!"):
        parts, rest = [], text[2:]
        while rest.startswith("("):
            part, rest = _parse(rest)
            parts.append(part)
        if not rest.startswith(")"):
            raise ValueError(f"an open filter: {text!r}")
        combined: dict[str, Matcher] = {
            "&": lambda held: all(part(held) for part in parts),
            "|": lambda held: any(part(held) for part in parts),
            "!": lambda held: not parts[0](held),
        }
        return combined[kind], rest[1:]
    inner, closed, rest = text[1:].partition(")")
    if not closed:
        raise ValueError(f"an open filter: {text!r}")
    return _comparison(inner), rest


def _comparison(text: str) -> Matcher:
    name, _, value = text.partition("=")
    operator = name[-1:] if name[-1:] in "<>" else "="
    name = name.rstrip("<>").lower()
    wanted = _pattern(value)
    folded = (lambda each: each) if name in _EXACT else str.lower
    limit = _unescaped(value)

    def matches(held: Attributes) -> bool:
        values = [each for key, found in held.items() if key.lower() == name for each in found]
        if operator == "<":
            return any(folded(each) <= folded(limit) for each in values)
        if operator == ">":
            return any(folded(each) >= folded(limit) for each in values)
        return any(re.fullmatch(folded(wanted), folded(each), re.DOTALL) for each in values)

    return matches


def _pattern(value: str) -> str:
    return ".*".join(re.escape(_unescaped(part)) for part in value.split("*"))


def _unescaped(value: str) -> str:
    """The value that an escaped one stands for: `\\XX` is one octet of UTF-8."""
    octets = bytearray()
    position = 0
    for match in _ESCAPE.finditer(value):
        octets += value[position : match.start()].encode() + bytes([int(match[1], 16)])
        position = match.end()
    return (octets + value[position:].encode()).decode()


def _in_scope(dn: str, base: str, scope: Scope) -> bool:
    dn, base = dn.lower(), base.lower()
    if scope == "base":
        return dn == base
    if not dn.endswith(f",{base}"):
        return scope == "subtree" and dn == base
    return scope == "subtree" or "," not in re.sub(r"\\.", "", dn.removesuffix(f",{base}"))


def _selected(dn: str, held: Mapping[str, tuple[str, ...]], attributes: Sequence[str]) -> Entry:
    return Entry(
        dn,
        {name: values for name in attributes for key, values in held.items() if key.lower() == name.lower()},
    )
