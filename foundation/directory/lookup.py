"""What anybody may ask the directory: the protocol that the LDAP adapter and the tests' fake both keep.

Reading only. One suite (`tests/contract/test_directory_reader.py`) runs on every implementation, so a fake that passes
it may stand for the real thing elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, Protocol

from foundation.directory.dialect import Dialect
from foundation.directory.entries import Entry

Scope = Literal["base", "onelevel", "subtree"]


class Directory(Protocol):
    """A directory that can be read."""

    @property
    def dialect(self) -> Dialect:
        """What is particular to this server."""
        ...

    def search(self, base: str, filter: str, attributes: Sequence[str], scope: Scope = "subtree") -> Iterator[Entry]:
        """Every entry at or under `base` that matches `filter` (RFC 4515), with these attributes and no others.

        Memory stays flat however many there are. One search runs at a time, but `read` may be asked in between, and
        breaking off early is allowed. A base that does not exist has no entries; what this server only refers to
        elsewhere is not its own and is not given. Raises Unreachable when the server goes away, refuses or would
        answer in part: an answer is complete or it is an error.
        """
        ...

    def read(self, dn: str, attributes: Sequence[str]) -> Entry | None:
        """This one entry with these attributes, or None when there is none (or none that we may see)."""
        ...

    def close(self) -> None:
        """Say goodbye to the server; afterwards nothing may be asked."""
        ...
