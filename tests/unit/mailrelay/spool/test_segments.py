"""Segment files: appending, rolling over, giving space back, taking over what an earlier process left."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from mailrelay.spool import segments
from mailrelay.spool.segments import Segments, SyncFailed, WriteFailed, segment_numbers, segment_path

SIZE = 64 << 10


@pytest.fixture
def store(tmp_path: Path) -> Segments:
    return Segments(tmp_path, SIZE)


def blocks(path: Path) -> int:
    return path.stat().st_blocks


def test_bytes_stand_one_behind_the_other(store: Segments, tmp_path: Path) -> None:
    assert store.append(b"abc") == (1, 0, 3)
    assert store.append(b"defg") == (1, 3, 4)
    store.sync()
    assert segment_path(tmp_path, 1).read_bytes()[:8] == b"abcdefg\0"
    assert store.append(b"h") == (1, 7, 1)
    store.flush()
    assert segment_path(tmp_path, 1).read_bytes()[:9] == b"abcdefgh\0"
    store.close()


def test_what_does_not_fit_begins_another_file(store: Segments, tmp_path: Path) -> None:
    store.append(b"a" * (SIZE - 10))
    assert store.append(b"b" * 11) == (2, 0, 11)
    store.sync()
    assert segment_numbers(tmp_path) == [1, 2]
    assert segment_path(tmp_path, 1).stat().st_mode & 0o777 == 0o600
    assert segment_path(tmp_path, 1).read_bytes() == b"a" * (SIZE - 10) + bytes(10)
    store.close()


def test_a_segment_in_which_nothing_lives_is_deleted(store: Segments, tmp_path: Path) -> None:
    first, second = store.append(b"a" * 40_000), store.append(b"b" * 40_000)
    store.free([second])
    assert segment_numbers(tmp_path) == [1, 2]
    store.free([first])
    assert segment_numbers(tmp_path) == [2]
    store.close()


def test_the_current_segment_is_used_again_from_its_beginning(store: Segments) -> None:
    first = store.append(b"a" * 1000)
    store.sync()
    store.free([first])
    assert store.append(b"b") == (1, 0, 1)
    store.close()


def test_the_end_of_the_current_segment_is_used_again(store: Segments, tmp_path: Path) -> None:
    store.append(b"a" * 10)
    written = store.append(b"b" * 10)
    store.sync()
    taken = [store.append(b"c" * 10), store.append(b"d" * 10)]
    store.free([written, *taken])
    assert store.append(b"e" * 5) == (1, 10, 5)
    store.sync()
    assert segment_path(tmp_path, 1).read_bytes()[:15] == b"a" * 10 + b"e" * 5
    store.close()


def test_freed_runs_are_given_back(store: Segments, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "HOLES_AT_BYTES", 30_000)
    extents = [store.append(b"x" * 20_480) for _ in range(3)]
    store.append(b"y" * 20_480)
    store.sync()
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
    store.append(b"a" * 40_000)
    calls: list[str] = []
    allocate = os.posix_fallocate

    def full(descriptor: int, offset: int, length: int) -> None:
        calls.append("fallocate")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store, "reclaim", lambda: calls.append("reclaim"))
    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(OSError, match="No space"):
        store.append(b"b" * 40_000)
    assert calls == ["fallocate", "reclaim", "fallocate"]
    assert segment_numbers(tmp_path) == [1]
    monkeypatch.setattr(os, "posix_fallocate", allocate)
    assert store.append(b"b" * 40_000) == (2, 0, 40_000)
    store.close()


def test_numbers_go_on_after_a_restart(store: Segments, tmp_path: Path) -> None:
    store.append(b"a")
    store.sync()
    store.close()
    again = Segments(tmp_path, SIZE)
    assert again.append(b"b") == (2, 0, 1)
    again.close()


def test_what_an_earlier_process_left_is_taken_over(store: Segments, tmp_path: Path) -> None:
    (dead, lives, gap) = (store.append(letter * 20_480) for letter in (b"a", b"b", b"c"))
    store.append(b"d" * 40_000)
    store.sync()
    store.close()
    again = Segments(tmp_path, SIZE)
    assert again.adopt([[lives]]) == ["0000000002.segment"]
    assert segment_numbers(tmp_path) == [1]
    content = segment_path(tmp_path, 1).read_bytes()
    assert content[: dead[2]] == bytes(dead[2])
    assert content[lives[1] : gap[1]] == b"b" * lives[2]
    assert again.append(b"e")[0] == 3
    again.free([lives])
    assert segment_numbers(tmp_path) == [3]
    again.close()


def test_a_row_may_name_a_segment_that_is_gone(tmp_path: Path) -> None:
    store = Segments(tmp_path, SIZE)
    assert store.adopt([[(7, 0, 10)]]) == []
    assert store.append(b"a")[0] == 8
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

    store.append(b"a")
    monkeypatch.setattr(os, "fdatasync", fail)
    with pytest.raises(SyncFailed):
        store.sync()
    store.append(b"b")
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
    assert store.append(b"a" * 10_000) == (1, 0, 10_000)
    assert segment_path(tmp_path, 1).stat().st_size == 16_384
    assert store.append(b"b" * 10_000) == (2, 0, 10_000)
    store.close()
