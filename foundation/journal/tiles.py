"""The tree in the database: its leaves in order, and full tiles of 256 hashes (C2SP tlog-tiles).

`tree` has a row per leaf, numbered densely from 0. A tile (level, index) holds the roots of 256 complete subtrees of
256**level leaves; it is written when it is full and never changes. What is not in a full tile yet, the edge, is read
from the rows of the level below. Nothing but the sequencer calls `extend`.
"""

from __future__ import annotations

from collections.abc import Sequence

from foundation.journal.merkle import HASH_BYTES, TILE_WIDTH, consistency_path, inclusion_path, root_of, tree_root
from foundation.storage import Transaction

_SELECT_SIZE = "SELECT coalesce(max(tree_index) + 1, 0) FROM tree"
_SELECT_LEAVES = "SELECT leaf FROM tree WHERE tree_index >= ? AND tree_index < ? ORDER BY tree_index"
_SELECT_ROOTS = "SELECT root FROM tile WHERE level = ? AND tile_index >= ? AND tile_index < ? ORDER BY tile_index"
_SELECT_TILE = "SELECT hashes FROM tile WHERE level = ? AND tile_index = ?"
_INSERT_LEAF = "INSERT INTO tree (tree_index, record_id, leaf) VALUES (?, ?, ?)"
_INSERT_TILE = "INSERT INTO tile (level, tile_index, root, hashes) VALUES (?, ?, ?, ?)"


class StoredTree:
    """The tree as one transaction sees it; keep it no longer than that."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._tiles: dict[tuple[int, int], bytes] = {}
        self.size: int = transaction.execute(_SELECT_SIZE)[0][0]

    def root(self, size: int | None = None) -> bytes:
        """The RFC 6962 root hash, of the whole tree or of its first `size` leaves."""
        return tree_root(self._known(size), self.hashes)

    def inclusion_path(self, index: int, size: int | None = None) -> list[bytes]:
        """The proof that leaf `index` is in the tree of that size."""
        return inclusion_path(index, self._known(size), self.hashes)

    def consistency_path(self, old: int, size: int | None = None) -> list[bytes]:
        """The proof that the tree only grew since it had `old` leaves."""
        return consistency_path(old, self._known(size), self.hashes)

    def hashes(self, level: int, start: int, stop: int) -> list[bytes]:
        """The hashes start to stop-1 of a level, all of one tile, full or not (`merkle.ReadHashes`)."""
        tile = self._tile(level, start // TILE_WIDTH)
        if tile:
            first = start % TILE_WIDTH * HASH_BYTES
            found = _cut(tile[first : first + (stop - start) * HASH_BYTES])
        else:
            found = _below(self._transaction, level, start, stop)
        if len(found) != stop - start:
            raise ValueError(f"the tree lacks hashes {start} to {stop - 1} of level {level}")
        return found

    def _tile(self, level: int, index: int) -> bytes:
        if (level, index) not in self._tiles:
            rows = self._transaction.execute(_SELECT_TILE, (level, index))
            self._tiles[level, index] = rows[0][0] if rows else b""
        return self._tiles[level, index]

    def _known(self, size: int | None) -> int:
        if size is None:
            return self.size
        if not 0 <= size <= self.size:
            raise ValueError(f"the tree has {self.size} leaves, not {size}")
        return size


def extend(transaction: Transaction, leaves: Sequence[tuple[int, bytes]]) -> int:
    """Append (record id, leaf hash) pairs in this order, with the tiles that become full; returns the new size."""
    old: int = transaction.execute(_SELECT_SIZE)[0][0]
    size = old + len(leaves)
    transaction.execute_many(_INSERT_LEAF, [(old + at, record_id, leaf) for at, (record_id, leaf) in enumerate(leaves)])
    level, first, stop = 0, old // TILE_WIDTH, size // TILE_WIDTH
    while first < stop:
        for index in range(first, stop):
            hashes = _below(transaction, level, index * TILE_WIDTH, (index + 1) * TILE_WIDTH)
            transaction.execute(_INSERT_TILE, (level, index, root_of(hashes), b"".join(hashes)))
        level, first, stop = level + 1, first // TILE_WIDTH, stop // TILE_WIDTH
    return size


def _below(transaction: Transaction, level: int, start: int, stop: int) -> list[bytes]:
    """The hashes of a level from the rows that make them: leaves, or the roots of the full tiles one level down."""
    if level == 0:
        rows = transaction.execute(_SELECT_LEAVES, (start, stop))
    else:
        rows = transaction.execute(_SELECT_ROOTS, (level - 1, start, stop))
    return [row[0] for row in rows]


def _cut(hashes: bytes) -> list[bytes]:
    return [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
