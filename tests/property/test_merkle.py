"""The Merkle tree against the definitions of RFC 6962 section 2.1, written down naively."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.journal import merkle

sizes = st.one_of(st.integers(1, 40), st.integers(250, 265), st.integers(500, 1300))


def leaves(count: int) -> list[bytes]:
    return [merkle.leaf_hash(b"entry %d" % number) for number in range(count)]


ALL = leaves(1300)
_roots: dict[tuple[int, int], bytes] = {}


def naive_root(start: int, stop: int) -> bytes:
    """MTH(D[start:stop]) of section 2.1."""
    if start == stop:
        return hashlib.sha256(b"").digest()
    if stop - start == 1:
        return ALL[start]
    if (start, stop) not in _roots:
        middle = start + split(stop - start)
        left, right = naive_root(start, middle), naive_root(middle, stop)
        _roots[start, stop] = hashlib.sha256(b"\x01" + left + right).digest()
    return _roots[start, stop]


def split(size: int) -> int:
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def naive_path(index: int, start: int, stop: int) -> list[bytes]:
    """PATH(m, D[n]) of section 2.1.1."""
    if stop - start == 1:
        return []
    middle = start + split(stop - start)
    if index < middle:
        return [*naive_path(index, start, middle), naive_root(middle, stop)]
    return [*naive_path(index, middle, stop), naive_root(start, middle)]


def naive_proof(old: int, start: int, stop: int, whole: bool = True) -> list[bytes]:
    """SUBPROOF(m, D[n], b) of section 2.1.2; `old` counts from `start`."""
    if old == stop - start:
        return [] if whole else [naive_root(start, stop)]
    power = split(stop - start)
    if old <= power:
        return [*naive_proof(old, start, start + power, whole), naive_root(start + power, stop)]
    return [*naive_proof(old - power, start + power, stop, False), naive_root(start, start + power)]


def read(level: int, start: int, stop: int) -> Sequence[bytes]:
    """What the stored tiles answer, from the naive roots; refuses to cross a tile."""
    assert start // merkle.TILE_WIDTH == (stop - 1) // merkle.TILE_WIDTH
    width = merkle.TILE_WIDTH**level
    return [naive_root(index * width, (index + 1) * width) for index in range(start, stop)]


def test_the_published_hashes() -> None:
    """Vectors of the Certificate Transparency reference code."""
    entries = [bytes.fromhex(entry) for entry in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
    assert merkle.EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert merkle.leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    roots = [merkle.root_of([merkle.leaf_hash(entry) for entry in entries[:size]]).hex() for size in (1, 2, 3, 7)]
    assert roots == [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    ]


@given(sizes)
def test_the_root(size: int) -> None:
    assert merkle.tree_root(size, read) == merkle.root_of(ALL[:size]) == naive_root(0, size)


def test_the_root_of_nothing() -> None:
    assert merkle.tree_root(0, read) == merkle.root_of([]) == naive_root(0, 0)


@given(sizes, st.data())
def test_inclusion(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    path = merkle.inclusion_path(index, size, read)
    assert path == naive_path(index, 0, size)
    assert merkle.verify_inclusion(ALL[index], index, size, path, naive_root(0, size))


@given(sizes, st.data())
def test_consistency(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    path = merkle.consistency_path(old, size, read)
    assert path == naive_proof(old, 0, size)
    assert merkle.verify_consistency(old, size, path, naive_root(0, old), naive_root(0, size))


@given(sizes, st.data())
def test_a_changed_inclusion_proof_is_refused(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    path, root = merkle.inclusion_path(index, size, read), naive_root(0, size)
    forged = data.draw(st.sampled_from(forgeries(path)))
    assert not merkle.verify_inclusion(ALL[index], index, size, forged, root)
    assert not merkle.verify_inclusion(merkle.leaf_hash(b"another"), index, size, path, root)
    assert not merkle.verify_inclusion(ALL[index], size, size, path, root)
    assert not merkle.verify_inclusion(ALL[index], -1, size, path, root)
    if size > 1:
        other = data.draw(st.integers(0, size - 1).filter(lambda other: other != index))
        assert not merkle.verify_inclusion(ALL[index], other, size, path, root)


@given(sizes.filter(lambda size: size > 1), st.data())
def test_a_changed_consistency_proof_is_refused(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size - 1))
    path = merkle.consistency_path(old, size, read)
    forged = data.draw(st.sampled_from(forgeries(path)))
    old_root, root = naive_root(0, old), naive_root(0, size)
    assert not merkle.verify_consistency(old, size, forged, old_root, root)
    assert not merkle.verify_consistency(old, size, path, root, root)
    assert not merkle.verify_consistency(old, size, path, old_root, old_root)
    assert not merkle.verify_consistency(size + 1, size, path, old_root, root)
    assert not merkle.verify_consistency(0, size, [], merkle.EMPTY_ROOT, root)


@settings(max_examples=200)
@given(st.integers(-1, 12), st.integers(-1, 12), st.lists(st.sampled_from(ALL[:6]), max_size=6))
def test_rubbish_is_refused_without_an_exception(left: int, right: int, path: list[bytes]) -> None:
    verdicts = [
        merkle.verify_inclusion(ALL[0], left, right, path, b"no root"),
        merkle.verify_consistency(left, right, path, b"no root", b"none either"),
    ]
    assert verdicts == [False, False]


def forgeries(path: list[bytes]) -> list[list[bytes]]:
    """The same proof longer, shorter, in another order, with a flipped bit."""
    forged = [[*path, ALL[0]], [ALL[0], *path]]
    if path:
        flipped = bytes([path[0][0] ^ 1]) + path[0][1:]
        forged += [path[1:], path[:-1], [flipped, *path[1:]], [*path[:-1], flipped]]
    if len(path) > 1:
        forged.append(path[::-1])
    return forged
