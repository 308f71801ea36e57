"""What senders were told, held against what arrived: the books of a fault test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.recording_sender import RecordingSenders
from tests.support.recording_sink import RecordingSink


@contextmanager
def load(port: int, seed: int, threads: int = 4, largest_bytes: int = 200_000) -> Iterator[RecordingSenders]:
    """Senders that pour while the block runs."""
    senders = RecordingSenders(port, threads, seed, largest_bytes)
    senders.start()
    try:
        yield senders
    finally:
        senders.stop()


def settle(senders: RecordingSenders, sink: RecordingSink, seconds: float = 60) -> None:
    """Everything that was acknowledged has arrived, unchanged; nothing was refused for good."""
    assert sink.wait_for(set(senders.acknowledged), seconds) == set()
    for token, sha256 in senders.acknowledged.items():
        assert set(sink.copies[token]) == {sha256}
    assert [reply for reply in senders.refused if not reply.startswith(b"4")] == []
