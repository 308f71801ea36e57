"""The words of the journal: a closed set of record types, each field with a line of meaning. Pure.

The journal is read by auditors years later, so a record says only what its type declares. Each tool declares its own
types in one module, as constants in one `Vocabulary`. A type's fields never change: a different set of fields is a new
version of the type, declared beside the old one for as long as old records exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from foundation.journal.canonical import JSON

_TYPE_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+\Z")
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


@dataclass(frozen=True, eq=False)
class RecordType:
    """One kind of event.

    `name` is dotted, noun first: `account.created`. `public` and `private` map each field to its meaning; private ones
    are personal data (or replies, or before-images), of which the record itself holds only a salted digest. Fields in
    `optional` may be missing from a record, all others must be there.
    """

    name: str
    version: int
    meaning: str
    public: Mapping[str, str] = field(default_factory=dict)
    private: Mapping[str, str] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        every = {**self.public, **self.private}
        if not _TYPE_NAME.match(self.name) or self.version < 1 or not self.meaning:
            raise ValueError(f"not a record type: {self.name!r} version {self.version}")
        if not all(_FIELD_NAME.match(name) and meaning for name, meaning in every.items()):
            raise ValueError(f"every field of {self.name} needs a lower-case name and a meaning")
        if len(every) != len(self.public) + len(self.private) or not self.optional <= every.keys():
            raise ValueError(f"a field of {self.name} is both public and private, or optional but not declared")

    def check(self, public: Mapping[str, object], private: Mapping[str, object]) -> None:
        """Raise ValueError unless exactly the declared fields are given, optional ones as they please."""
        complaint = _complaint(self, tuple(public), tuple(private))
        if complaint:
            raise ValueError(complaint)


@lru_cache(maxsize=1024)
def _complaint(record_type: RecordType, public: tuple[str, ...], private: tuple[str, ...]) -> str:
    """What is wrong with these names of fields; cached, because nearly all records of a type have the same ones."""
    declared = record_type.public.keys() | record_type.private.keys()
    unknown = (set(public) - record_type.public.keys()) | (set(private) - record_type.private.keys())
    missing = declared - set(public) - set(private) - record_type.optional
    if unknown or missing:
        return f"{record_type.name}: unknown fields {sorted(unknown)}, missing fields {sorted(missing)}"
    return ""


class Entry(NamedTuple):
    """One event about to be recorded; `at` is its time if that is not now."""

    type: RecordType
    public: Mapping[str, JSON] = {}
    private: Mapping[str, JSON] = {}
    at: datetime | None = None


class Vocabulary:
    """All record types of one tool, in the order in which its manual lists them."""

    def __init__(self, *types: RecordType) -> None:
        self._types = {(type_.name, type_.version): type_ for type_ in types}
        if len(self._types) != len(types):
            raise ValueError("two record types have the same name and version")

    def __iter__(self) -> Iterator[RecordType]:
        return iter(self._types.values())

    def find(self, name: str, version: int) -> RecordType | None:
        """The type of a record read from the journal, if this program knows it."""
        return self._types.get((name, version))
