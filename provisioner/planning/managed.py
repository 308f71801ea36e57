"""A digest of the managed values of the directory, so that a plan file notices that something moved.

Only what a plan reads counts (never entryCSN, never a password), and invited and active count as one: a person who
activates an account on Saturday must not void Friday's plan. The digest does not depend on the order in which the
server answers: one SHA-256 per entry, sorted, hashed again. Pure.
"""

from __future__ import annotations

import hashlib
import json

from foundation.directory import schema
from foundation.directory.entries import Entry
from provisioner.planning.attributes import NOT_MANAGED

_STATE = schema.STATE.lower()


_STATE = schema.STATE.lower()
_OPEN = ([schema.STATE_INVITED], [schema.STATE_ACTIVE])
"""The portal activates accounts every day; that must not void a plan."""


def entry_digest(entry: Entry) -> bytes:
    """SHA-256 of the entry's name and managed values, order of values aside."""
    values = {
        name.lower(): sorted(found) for name, found in entry.attributes.items() if found and name not in NOT_MANAGED
    }
    if values.get(_STATE) in _OPEN:
        values[_STATE] = ["open"]
    if values.get(_STATE) == [schema.STATE_ACTIVE]:
        values[_STATE] = [schema.STATE_INVITED]
    text = json.dumps([entry.dn.lower(), values], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


class ManagedDigest:
    """Collects entries; `rest` digests those that a plan does not touch."""

    def __init__(self) -> None:
        self._found: dict[str, bytes] = {}

    def add(self, entry: Entry) -> None:
        self._found[entry.dn.lower()] = entry_digest(entry)

    def of(self, dn: str) -> str:
        """Hex digest of one entry, empty for a name that we have not met."""
        return self._found.get(dn.lower(), b"").hex()

    def rest(self, touched: set[str]) -> str:
        """Hex digest of every entry whose lower-case name is not in `touched`."""
        total = hashlib.sha256()
        for digest in sorted(digest for dn, digest in self._found.items() if dn not in touched):
            total.update(digest)
        return total.hexdigest()
