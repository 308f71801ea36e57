"""The promises of the spool, checked on what is stored: after a crash in the tests, and by `congvu doctor`.

Reads everything it is asked about, so with `hashes` it takes as long as reading the spool. Safe beside a running
daemon, except `at_rest`, which also asks what a daemon may have on its way: segments that no row names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from foundation.storage import Transaction, Work
from foundation.storage.protocol import T
from mailrelay.queue_ids import spell
from mailrelay.spool.segments import segment_numbers, segment_path
from mailrelay.store import checks, queue
from mailrelay.store.values import Extent, StoredBody

_SLICE_BYTES = 1 << 20


class Readable(Protocol):
    """A database, or one that can only be read."""

    def read(self, work: Work[T]) -> T: ...


def check(
    database: Readable, bodies_folder: Path, *, hashes: bool = False, journal: bool = True, at_rest: bool = False
) -> list[str]:
    """Everything that is wrong, one sentence each; an empty list is what there should be. Raises StorageError."""

    def everything(transaction: Transaction) -> list[str]:
        faults = [*checks.broken_rules(transaction), *_segment_faults(transaction, bodies_folder, hashes, at_rest)]
        if hashes:
            faults += checks.damaged_inline_bodies(transaction)
        if journal:
            faults += checks.journal_faults(transaction)
        return faults

    return database.read(everything)


def _segment_faults(transaction: Transaction, folder: Path, hashes: bool, at_rest: bool) -> Iterator[str]:
    present = set(segment_numbers(folder)) if folder.is_dir() else set()
    named: set[int] = set()
    runs: list[tuple[Extent, int]] = []
    for number, body in queue.stored_bodies(transaction):
        named.update(segment for segment, _, _ in body.extents)
        runs += [(extent, number) for extent in body.extents]
        yield from _body_faults(number, body, folder, present, hashes)
    yield from _overlaps(runs)
    if at_rest:
        for segment in sorted(present - named):
            yield f"the segment {segment_path(folder, segment).name} belongs to no message"


def _body_faults(number: int, body: StoredBody, folder: Path, present: set[int], hashes: bool) -> Iterator[str]:
    if sum(length for _, _, length in body.extents) != body.size:
        yield f"{spell(number)} has a body whose parts do not add up to its size"
        return
    for segment, offset, length in body.extents:
        if segment not in present or segment_path(folder, segment).stat().st_size < offset + length:
            yield f"{spell(number)} has a part in segment {segment}, which is not there"
            return
    if hashes and _sha256_of(body, folder) != body.sha256:
        yield f"{spell(number)} has a body that is not the accepted one"


def _sha256_of(body: StoredBody, folder: Path) -> bytes:
    digest = hashlib.sha256()
    decryptor = Cipher(AES(body.key), CTR(bytes(16))).decryptor()
    for segment, offset, length in body.extents:
        with segment_path(folder, segment).open("rb") as file:
            file.seek(offset)
            while length > 0 and (data := file.read(min(length, _SLICE_BYTES))):
                digest.update(decryptor.update(data))
                length -= len(data)
    return digest.digest()


def _overlaps(runs: list[tuple[Extent, int]]) -> Iterator[str]:
    runs.sort()
    for (before, first), (after, second) in pairwise(runs):
        if before[0] == after[0] and before[1] + before[2] > after[1]:
            yield f"{spell(first)} and {spell(second)} have bodies in the same place"
