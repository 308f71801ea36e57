"""The Merkle tree of RFC 6962 section 2.1: hashes, roots, proofs and their verification. Pure.

Callers give `read(level, start, stop)`, which answers the roots of the complete subtrees of 256**level leaves numbered
start to stop-1 (level 0: the leaf hashes themselves), never more than one tile of 256. Any tree size can then be
answered, also one in the past, with a few tiles: that is what the C2SP tlog-tiles layout is made for.

Verification follows RFC 9162 sections 2.1.3.2 and 2.1.4.2 and trusts nothing that it is given: a malformed proof is
False, never an exception.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

HASH_BYTES = 32
TILE_HEIGHT = 8  # C2SP tlog-tiles: each tile is a subtree of height 8 ...
TILE_WIDTH = 256  # ... so it holds 256 hashes
EMPTY_ROOT = hashlib.sha256(b"").digest()

ReadHashes = Callable[[int, int, int], Sequence[bytes]]


def leaf_hash(body: bytes) -> bytes:
    """The hash of one entry; the 0x00 keeps it apart from any node."""
    return hashlib.sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash above two hashes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root above these hashes, which all stand on one level (MTH of section 2.1)."""
    if not hashes:
        return EMPTY_ROOT
    row = list(hashes)
    while len(row) > 1:
        odd = row[-1:] if len(row) % 2 else []
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)] + odd
    return row[0]


def tree_root(size: int, read: ReadHashes) -> bytes:
    """The root of the first `size` leaves."""
    return _range_root(0, size, read) if size else EMPTY_ROOT


def inclusion_path(index: int, size: int, read: ReadHashes) -> list[bytes]:
    """The proof that leaf `index` is in the tree of `size` leaves (section 2.1.1), lowest hash first."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    path: list[bytes] = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            path.append(_range_root(middle, stop, read))
            stop = middle
        else:
            path.append(_range_root(start, middle, read))
            start = middle
    return path[::-1]


def consistency_path(old: int, size: int, read: ReadHashes) -> list[bytes]:
    """The proof that the tree of `size` leaves begins with that of `old` leaves (section 2.1.2); empty if equal."""
    if not 0 < old <= size:
        raise ValueError(f"no proof from a tree of {old} to one of {size}")
    path: list[bytes] = []
    start, stop = 0, size
    whole = True  # the old tree is still exactly the subtree we stand on, whose root the verifier has
    while stop != old:
        middle = start + _split(stop - start)
        if old <= middle:
            path.append(_range_root(middle, stop, read))
            stop = middle
        else:
            path.append(_range_root(start, middle, read))
            start, whole = middle, False
    if not whole:
        path.append(_range_root(start, stop, read))
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path leads from this leaf hash at `index` to the root of a tree of `size` leaves."""
    if not 0 <= index < size:
        return False
    node, last, computed = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if node % 2 or node == last:
            computed = node_hash(sibling, computed)
            while node % 2 == 0 and node:
                node, last = node >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and computed == root


def verify_consistency(old: int, size: int, path: Sequence[bytes], old_root: bytes, root: bytes) -> bool:
    """Whether the path shows that the tree (size, root) begins with the tree (old, old_root)."""
    if not 0 < old <= size:
        return False
    if old == size:
        return not path and old_root == root
    if not path:
        return False
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    node, last = old - 1, size - 1
    while node % 2:
        node, last = node >> 1, last >> 1
    old_computed = computed = steps[0]
    for sibling in steps[1:]:
        if last == 0:
            return False
        if node % 2 or node == last:
            old_computed = node_hash(sibling, old_computed)
            computed = node_hash(sibling, computed)
            while node % 2 == 0 and node:
                node, last = node >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and old_computed == old_root and computed == root


def _range_root(start: int, stop: int, read: ReadHashes) -> bytes:
    """The root of the leaves start to stop-1, a subtree of the recursion of section 2.1."""
    size = stop - start
    if size & (size - 1) == 0:
        return _complete_root(start, size, read)
    middle = start + _split(size)
    return node_hash(_complete_root(start, middle - start, read), _range_root(middle, stop, read))


def _complete_root(start: int, size: int, read: ReadHashes) -> bytes:
    """The root of a complete subtree, whose size is a power of two that divides `start`: it lies within one tile."""
    level, height = divmod(size.bit_length() - 1, TILE_HEIGHT)
    first = start >> (level * TILE_HEIGHT)
    return root_of(read(level, first, first + (1 << height)))


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)
