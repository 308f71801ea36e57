"""Segment files: appending, rolling over, giving space back, taking over what an earlier process left."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from mailrelay.spool import segments
from mailrelay.spool.segments import Segments, SyncFailed, WriteFailed, segment_numbers, segment_path
from mailrelay.store.values import Extent

SIZE = 64 << 10


@pytest.fixture
def store(tmp_path: Path) -> Segments:
    return Segments(tmp_path, SIZE)


def put(store: Segments, data: bytes) -> Extent:
    extent, room = store.place(len(data))
    room[:] = data
    return extent


def blocks(path: Path) -> int:
    return path.stat().st_blocks


def test_bytes_stand_one_behind_the_other(store: Segments, tmp_path: Path) -> None:
    assert put(store, b"abc") == (1, 0, 3)
    assert put(store, b"defg") == (1, 3, 4)
    store.sync()
    assert segment_path(tmp_path, 1).read_bytes()[:8] == b"abcdefg\0"
    assert put(store, b"h") == (1, 7, 1)
    store.flush()
    assert segment_path(tmp_path, 1).read_bytes()[:9] == b"abcdefgh\0"
    store.close()


def test_what_does_not_fit_begins_another_file(store: Segments, tmp_path: Path) -> None:
    put(store, b"a" * (SIZE - 10))
    assert put(store, b"b" * 11) == (2, 0, 11)
    store.sync()
    assert segment_numbers(tmp_path) == [1, 2]
    assert segment_path(tmp_path, 1).stat().st_mode & 0o777 == 0o600
    assert segment_path(tmp_path, 1).read_bytes() == b"a" * (SIZE - 10) + bytes(10)
    store.close()


def test_a_segment_in_which_nothing_lives_is_gone(store: Segments, tmp_path: Path) -> None:
    first, second = put(store, b"a" * 40_000), put(store, b"b" * 40_000)
    store.free([second])
    assert segment_numbers(tmp_path) == [1, 2]
    store.free([first])
    assert segment_numbers(tmp_path) == [2]
    store.close()


def test_a_dead_segment_becomes_a_later_one(store: Segments, tmp_path: Path) -> None:
    dead = put(store, b"a" * SIZE)
    put(store, b"b" * SIZE)
    inode = segment_path(tmp_path, 1).stat().st_ino
    store.free([dead])
    assert segment_numbers(tmp_path) == [2]
    assert put(store, b"c" * 10) == (3, 0, 10)
    store.sync()
    assert segment_path(tmp_path, 3).stat().st_ino == inode
    assert segment_path(tmp_path, 3).read_bytes() == b"c" * 10 + b"a" * (SIZE - 10)
    assert not list(tmp_path.glob("*.spare"))
    store.close()


def test_few_spares_are_kept_and_none_is_left_behind(store: Segments, tmp_path: Path) -> None:
    bodies = [put(store, b"a" * SIZE) for _ in range(5)]
    store.free(bodies[:4])
    assert len(list(tmp_path.glob("*.spare"))) == segments.SPARES
    store.reclaim()
    assert segment_numbers(tmp_path) == [5]
    assert not list(tmp_path.glob("*.spare"))
    put(store, b"b" * SIZE)
    store.free(bodies[4:])
    assert len(list(tmp_path.glob("*.spare"))) == 1
    store.close()
    assert not list(tmp_path.glob("*.spare"))


def test_spares_of_an_earlier_process_are_removed(tmp_path: Path) -> None:
    (tmp_path / "0000000009.spare").write_bytes(b"x")
    store = Segments(tmp_path, SIZE)
    assert store.adopt([]) == []
    assert not list(tmp_path.iterdir())
    store.close()


def test_a_spare_never_replaces_what_is_there(store: Segments, tmp_path: Path) -> None:
    store.free([put(store, b"a" * SIZE), put(store, b"b" * SIZE)][:1])
    segment_path(tmp_path, 3).write_bytes(b"somebody's")
    with pytest.raises(FileExistsError):
        put(store, b"c")
    assert segment_path(tmp_path, 3).read_bytes() == b"somebody's"
    store.close()


def test_a_segment_with_holes_is_no_spare(store: Segments, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "HOLES_AT_BYTES", 30_000)
    first, second = put(store, b"a" * 40_000), put(store, b"b" * 20_000)
    put(store, b"c" * SIZE)
    store.free([first])
    full = blocks(segment_path(tmp_path, 1))
    put(store, b"d" * SIZE)  # the segment that is not the last but one any more gets its holes
    assert blocks(segment_path(tmp_path, 1)) < full
    store.free([second])
    assert not list(tmp_path.glob("*.spare"))
    assert segment_numbers(tmp_path) == [2, 3]
    store.close()


def test_what_is_gathered_never_outgrows_its_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "STAGING_BYTES", 1000)
    store = Segments(tmp_path, SIZE)
    content = bytes(range(250)) * 16
    extents = [put(store, content[at : at + 400]) for at in range(0, 4000, 400)]
    assert extents[-1] == (1, 3600, 400)
    store.sync()
    assert segment_path(tmp_path, 1).read_bytes()[:4000] == content
    store.close()


def test_the_current_segment_is_used_again_from_its_beginning(store: Segments) -> None:
    first = put(store, b"a" * 1000)
    store.sync()
    store.free([first])
    assert put(store, b"b") == (1, 0, 1)
    store.close()


def test_the_end_of_the_current_segment_is_used_again(store: Segments, tmp_path: Path) -> None:
    put(store, b"a" * 10)
    written = put(store, b"b" * 10)
    store.sync()
    taken = [put(store, b"c" * 10), put(store, b"d" * 10)]
    store.free([written, *taken])
    assert put(store, b"e" * 5) == (1, 10, 5)
    store.sync()
    assert segment_path(tmp_path, 1).read_bytes()[:15] == b"a" * 10 + b"e" * 5
    store.close()


def test_freed_runs_are_given_back(store: Segments, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "HOLES_AT_BYTES", 30_000)
    extents = [put(store, b"x" * 20_480) for _ in range(3)]
    for _ in range(4):
        put(store, b"y" * 20_480)
    store.sync()
    assert segment_numbers(tmp_path) == [1, 2, 3]
    full = blocks(segment_path(tmp_path, 1))
    store.free(extents[:1])
    assert blocks(segment_path(tmp_path, 1)) == full
    store.free(extents[1:2])
    assert blocks(segment_path(tmp_path, 1)) < full
    assert segment_path(tmp_path, 1).read_bytes()[40_960:61_440] == b"x" * 20_480
    store.close()


def test_a_full_disk_reclaims_before_it_gives_up(
    store: Segments, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, b"a" * 40_000)
    calls: list[str] = []
    allocate = os.posix_fallocate

    def full(descriptor: int, offset: int, length: int) -> None:
        calls.append("fallocate")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store, "reclaim", lambda: calls.append("reclaim"))
    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(OSError, match="No space"):
        put(store, b"b" * 40_000)
    assert calls == ["fallocate", "reclaim", "fallocate"]
    assert segment_numbers(tmp_path) == [1]
    monkeypatch.setattr(os, "posix_fallocate", allocate)
    assert put(store, b"b" * 40_000) == (2, 0, 40_000)
    store.close()


def test_numbers_go_on_after_a_restart(store: Segments, tmp_path: Path) -> None:
    put(store, b"a")
    store.sync()
    store.close()
    again = Segments(tmp_path, SIZE)
    assert put(again, b"b") == (2, 0, 1)
    again.close()


def test_what_an_earlier_process_left_is_taken_over(store: Segments, tmp_path: Path) -> None:
    (dead, lives, gap) = (put(store, letter * 20_480) for letter in (b"a", b"b", b"c"))
    put(store, b"d" * 40_000)
    store.sync()
    store.close()
    again = Segments(tmp_path, SIZE)
    assert again.adopt([[lives]]) == ["0000000002.segment"]
    assert segment_numbers(tmp_path) == [1]
    content = segment_path(tmp_path, 1).read_bytes()
    assert content[: dead[2]] == bytes(dead[2])
    assert content[lives[1] : gap[1]] == b"b" * lives[2]
    assert put(again, b"e")[0] == 3
    again.free([lives])
    assert segment_numbers(tmp_path) == [3]
    again.close()


def test_a_row_may_name_a_segment_that_is_gone(tmp_path: Path) -> None:
    store = Segments(tmp_path, SIZE)
    assert store.adopt([[(7, 0, 10)]]) == []
    assert put(store, b"a")[0] == 8
    store.close()


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "README").write_text("not a segment")
    store = Segments(tmp_path, SIZE)
    assert store.adopt([]) == []
    assert (tmp_path / "README").exists()
    store.close()


def test_failures_say_what_is_in_doubt(store: Segments, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise OSError(errno.EIO, "Input/output error")

    put(store, b"a")
    monkeypatch.setattr(os, "fdatasync", fail)
    with pytest.raises(SyncFailed):
        store.sync()
    put(store, b"b")
    monkeypatch.setattr(os, "pwrite", fail)
    with pytest.raises(WriteFailed):
        store.flush()
    store.close()


def test_a_nearly_full_disk_gets_a_smaller_segment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "SMALLEST_BYTES", 4096)
    store = Segments(tmp_path, SIZE)
    allocate = os.posix_fallocate

    def nearly_full(descriptor: int, offset: int, length: int) -> None:
        if length > 20_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        allocate(descriptor, offset, length)

    monkeypatch.setattr(os, "posix_fallocate", nearly_full)
    assert put(store, b"a" * 10_000) == (1, 0, 10_000)
    assert segment_path(tmp_path, 1).stat().st_size == 16_384
    assert put(store, b"b" * 10_000) == (2, 0, 10_000)
    store.close()
