"""Bodies: what goes in comes out, nothing readable stays, a full disk fails one message, a failed one stops all."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from foundation.storage import DatabasePoisoned, TemporaryFailure
from mailrelay.spool import bodies as bodies_module
from mailrelay.spool.bodies import BodyReader, BodyStore, BodyWriter, StoredBody
from mailrelay.spool.body_reader import DamagedBody
from mailrelay.spool.segments import segment_numbers, segment_path

SEGMENT = 1 << 20


class Spool:
    """A body store with its loop, driven from a test; answers are awaited with a deadline."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.loop = asyncio.new_event_loop()
        self.store = BodyStore(folder, self.loop, segment_bytes=SEGMENT, free_disk_percent=0)
        self.poisons: list[Exception] = []
        self.store.on_poison = self.poisons.append

    def until(self, done: Callable[[], object]) -> None:
        async def wait() -> None:
            while not done():
                await asyncio.sleep(0.001)

        self.loop.run_until_complete(asyncio.wait_for(wait(), 30))

    def finished(self, writer: BodyWriter) -> tuple[StoredBody | None, Exception | None]:
        answers: list[tuple[StoredBody | None, Exception | None]] = []
        writer.finish(lambda body, error: answers.append((body, error)))
        self.until(lambda: answers)
        return answers[0]

    def stored(self, content: bytes, piece: int = 50_000) -> StoredBody:
        body, error = self.finished(self.written(content, piece))
        assert body is not None, error
        return body

    def written(self, content: bytes, piece: int = 50_000) -> BodyWriter:
        writer = self.store.open(len(content))
        for at in range(0, len(content), piece):
            writer.write(content[at : at + piece])
        return writer

    def read(self, reader: BodyReader, offset: int, length: int) -> bytes:
        answers: list[tuple[bytes | None, Exception | None]] = []
        reader.read(offset, length, lambda chunk, error: answers.append((chunk, error)))
        self.until(lambda: answers)
        chunk, error = answers[0]
        if error is not None:
            raise error
        assert chunk is not None
        return chunk

    def whole(self, body: StoredBody, piece: int = 70_001) -> bytes:
        reader = self.reader_on_disk(body)
        return b"".join(self.read(reader, at, piece) for at in range(0, body.size, piece))

    def reader_on_disk(self, body: StoredBody) -> BodyReader:
        reader = self.store.reader(body)
        reader.inline = body.inline
        return reader

    def close(self) -> None:
        self.store.close()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.close()


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool")
    yield opened
    opened.close()


def content_of(size: int) -> bytes:
    return os.urandom(1024) * (size // 1024) + b"z" * (size % 1024)


def test_a_small_body_needs_no_file_and_is_answered_at_once(spool: Spool) -> None:
    writer = spool.store.open()
    writer.write(b"Subject: x\r\n")
    writer.write(b"\r\nChao.\r\n")
    answers: list[object] = []
    writer.finish(lambda *answer: answers.append(answer))
    content = b"Subject: x\r\n\r\nChao.\r\n"
    assert answers == [(StoredBody(21, hashlib.sha256(content).digest(), content), None)]
    assert list(spool.folder.iterdir()) == []


@pytest.mark.parametrize("size", [0, 1, 32_768])
def test_up_to_the_limit_bodies_are_inline(spool: Spool, size: int) -> None:
    body = spool.stored(content_of(size))
    assert body.inline == content_of(size) or len(body.inline or b"") == size
    assert spool.read(spool.store.reader(body), 0, size) == body.inline


@pytest.mark.parametrize("size", [32_769, 100_000, 262_144, 262_145, 700_000, 3_000_001])
@pytest.mark.parametrize("piece", [9_999, 10_000_000])
def test_larger_bodies_come_back_from_the_disk(spool: Spool, size: int, piece: int) -> None:
    content = content_of(size)
    body = spool.stored(content, piece)
    assert (body.size, body.sha256, body.inline) == (size, hashlib.sha256(content).digest(), None)
    assert sum(length for _, _, length in body.extents) == size
    assert spool.whole(body) == content


def test_any_part_can_be_read(spool: Spool) -> None:
    content = content_of(2_500_000)
    body = spool.stored(content)
    reader = spool.reader_on_disk(body)
    for offset, length in [(0, 1), (15, 2), (16, 16), (1_048_570, 20), (2_499_999, 10), (7, 2_000_000), (99, 0)]:
        assert spool.read(reader, offset, length) == content[offset : offset + length]


def test_several_bodies_are_written_together(spool: Spool) -> None:
    contents = [content_of(size) for size in (400_000, 90_000, 1_200_000, 300_000)]
    writers = [spool.store.open() for _ in contents]
    for at in range(0, 1_200_000, 30_000):
        for writer, content in zip(writers, contents, strict=True):
            if content[at:]:
                writer.write(content[at : at + 30_000])
    answers: dict[int, StoredBody | None] = {}
    for index, writer in enumerate(writers):
        writer.finish(lambda body, _, index=index: answers.update({index: body}))  # type: ignore[misc]
    spool.until(lambda: len(answers) == 4)
    for index, content in enumerate(contents):
        body = answers[index]
        assert body is not None
        assert spool.whole(body) == content


def test_nothing_readable_is_on_the_disk(spool: Spool) -> None:
    marker = b"MAT: khong duoc de lai dau vet"
    body = spool.stored(marker * 10_000)
    on_disk = segment_path(spool.folder, body.extents[0][0]).read_bytes()
    assert marker not in on_disk
    assert body.key not in on_disk


def test_a_body_just_stored_is_at_hand(spool: Spool) -> None:
    content = content_of(100_000)
    body = spool.stored(content)
    reader = spool.store.reader(body)
    assert reader.inline == content
    spool.store.release(body)
    assert spool.store.reader(body).inline is None


def test_a_large_body_just_stored_is_at_hand_in_pieces(spool: Spool) -> None:
    content = content_of(2_000_000)
    body = spool.stored(content, 100_000)
    reader = spool.store.reader(body)
    assert reader.inline is None
    assert reader.piece_at(7) is None
    sent = b""
    while piece := reader.piece_at(len(sent)):
        sent += piece
    assert sent == content
    assert spool.read(reader, 5, 20) == content[5:25]  # any part can still be read
    spool.store.release(body)
    assert spool.store.reader(body).piece_at(0) is None


def test_what_is_too_large_to_be_kept_is_read(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.store._fresh.limit_bytes = 2_000_000
    content = content_of(600_000)
    body = spool.stored(content)
    assert spool.store.reader(body).piece_at(0) is None
    assert spool.store._fresh.used_bytes == 0
    assert spool.whole(body) == content
    spool.close()


def test_an_abandoned_body_takes_no_memory(spool: Spool) -> None:
    writer = spool.written(content_of(900_000))
    assert spool.store._fresh.used_bytes > 500_000
    writer.abandon()
    del writer
    spool.until(lambda: not spool.store._fresh.used_bytes)


def test_released_space_is_used_again(spool: Spool) -> None:
    for _ in range(20):
        spool.store.release(spool.stored(content_of(200_000)))
    spool.stored(content_of(40_000))
    assert len(segment_numbers(spool.folder)) <= 2


def test_an_abandoned_body_leaves_nothing(spool: Spool) -> None:
    writers = [spool.written(content_of(900_000)) for _ in range(4)]
    for writer in writers:
        writer.abandon()
        writer.abandon()
        assert writer.backlog_bytes == 0
    body = spool.stored(content_of(900_000))
    assert segment_numbers(spool.folder) == [body.extents[0][0]]


def test_the_backlog_is_told(spool: Spool) -> None:
    writer = spool.store.open()
    drained: list[int] = []
    writer.on_drain = lambda: drained.append(writer.backlog_bytes)
    writer.write(bytes(200_000))
    assert writer.backlog_bytes == 200_000
    for _ in range(5):
        writer.write(bytes(200_000))
    assert writer.backlog_bytes == writer.size == 1_200_000
    spool.until(lambda: writer.backlog_bytes <= bodies_module.BLOCK_BYTES)
    assert drained
    writer.abandon()


# ---------------------------------------------------------------- damage, full disks, failed disks


def test_damaged_bytes_are_never_given_to_the_end(spool: Spool) -> None:
    body = spool.stored(content_of(500_000))
    segment, offset, _ = body.extents[0]
    with segment_path(spool.folder, segment).open("r+b") as file:
        file.seek(offset + 1000)
        (byte,) = file.read(1)
        file.seek(offset + 1000)
        file.write(bytes([byte ^ 1]))
    reader = spool.reader_on_disk(body)
    assert len(spool.read(reader, 0, 250_000)) == 250_000
    with pytest.raises(DamagedBody):
        spool.read(reader, 250_000, 250_000)


def test_a_missing_or_short_segment_is_damage(spool: Spool) -> None:
    body = spool.stored(content_of(500_000))
    path = segment_path(spool.folder, body.extents[0][0])
    os.truncate(path, 1000)
    with pytest.raises(DamagedBody):
        spool.read(spool.reader_on_disk(body), 0, 10_000)
    path.unlink()
    with pytest.raises(DamagedBody):
        spool.read(spool.reader_on_disk(body), 0, 10)
    with pytest.raises(DamagedBody):
        spool.read(spool.reader_on_disk(StoredBody(5, b"", None, body.key, ())), 0, 5)


def test_a_small_body_from_the_database_is_verified(spool: Spool) -> None:
    good = hashlib.sha256(b"abc").digest()
    assert spool.store.reader(StoredBody(3, good, b"abc", verified=False)).inline == b"abc"
    bad = spool.store.reader(StoredBody(3, good, b"abd", verified=False))
    assert bad.inline is None
    with pytest.raises(DamagedBody):
        spool.read(bad, 0, 3)


def test_a_body_released_while_it_is_read_is_never_taken_for_whole(spool: Spool) -> None:
    body = spool.stored(content_of(500_000))
    reader = spool.reader_on_disk(body)
    spool.read(reader, 0, 250_000)
    spool.store.release(body)
    spool.stored(content_of(500_000))
    with pytest.raises(DamagedBody):
        spool.read(reader, 250_000, 250_000)


def test_a_disk_that_fills_up_fails_that_message_only(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    before = spool.stored(content_of(300_000))
    allocate = os.posix_fallocate

    def full(*_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    large = spool.written(content_of(3_000_000))
    spool.until(lambda: large.error)
    small = spool.stored(content_of(250_000))  # still fits into what is there
    body, error = spool.finished(large)
    assert body is None
    assert isinstance(error, TemporaryFailure)
    assert not spool.poisons
    monkeypatch.setattr(os, "posix_fallocate", allocate)
    after = spool.stored(content_of(3_000_000))
    for one in (before, small, after):
        assert hashlib.sha256(spool.whole(one)).digest() == one.sha256
    live = sum(one.size for one in (before, small, after))
    assert sum(spool.store._thread._segments._live_bytes.values()) == live


def test_a_write_that_finds_the_disk_full_fails_those_it_was_for(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    before = spool.stored(content_of(100_000))
    write = os.pwrite

    def full(*_: object) -> int:
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    monkeypatch.setattr(os, "pwrite", full)
    body, error = spool.finished(spool.written(content_of(100_000)))
    assert body is None
    assert isinstance(error, TemporaryFailure)
    monkeypatch.setattr(os, "pwrite", write)
    after = spool.stored(content_of(100_000))
    assert hashlib.sha256(spool.whole(after)).digest() == after.sha256
    assert hashlib.sha256(spool.whole(before)).digest() == before.sha256
    assert not spool.poisons


def test_a_failed_sync_poisons_the_store(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    spool.stored(content_of(100_000))
    streaming = spool.written(content_of(600_000))

    def fail(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", fail)
    _, error = spool.finished(spool.written(content_of(100_000)))
    assert isinstance(error, DatabasePoisoned)
    monkeypatch.undo()
    for writer in (streaming, spool.written(content_of(100_000))):
        body, error = spool.finished(writer)
        assert body is None
        assert isinstance(error, DatabasePoisoned)
    assert len(spool.poisons) == 1


# ---------------------------------------------------------------- restarts, room


def test_a_restart_keeps_what_rows_name_and_drops_the_rest(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    contents = [content_of(900_000) for _ in range(3)]
    kept, _, dropped = (spool.stored(content) for content in contents)
    spool.close()
    again = Spool(tmp_path)
    names = again.store.recover([kept, StoredBody(3, b"", b"abc")])
    assert segment_path(tmp_path, dropped.extents[0][0]).name in names
    assert again.whole(kept) == contents[0]
    fresh = again.stored(contents[1])
    assert fresh.extents[0][0] > dropped.extents[0][0]
    assert again.whole(kept) == contents[0]
    again.close()


def test_room_is_asked_of_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path)
    assert spool.store.has_room(1000)
    assert not spool.store.has_room(1 << 60)
    real = os.statvfs(tmp_path)

    def few_inodes(_: object) -> os.statvfs_result:
        values = list(real)
        values[7] = 0  # f_favail
        return os.statvfs_result(values)

    monkeypatch.setattr(os, "statvfs", few_inodes)
    spool.store._room_checked = float("-inf")
    assert real.f_files == 0 or not spool.store.has_room(1000)
    spool.close()


def test_the_reserve_of_the_disk_is_kept(tmp_path: Path) -> None:
    loop = asyncio.new_event_loop()
    store = BodyStore(tmp_path, loop, free_disk_percent=100)
    assert not store.has_room(1)
    store.close()
    loop.close()


def test_the_reserve_may_change_while_it_runs(tmp_path: Path) -> None:
    loop = asyncio.new_event_loop()
    store = BodyStore(tmp_path, loop, free_disk_percent=0)
    assert store.has_room(1)
    store.reload(memory_bytes=1, free_disk_percent=100)
    assert not store.has_room(1)
    store.close()
    loop.close()
