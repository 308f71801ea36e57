"""The checks of the spool find what is missing, damaged, or nobody's."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from foundation.storage import Database, open_database
from mailrelay.spool.invariants import check
from mailrelay.spool.segments import Segments, segment_path
from mailrelay.store import acceptance
from mailrelay.store.values import StoredBody
from tests.support.relay_messages import MIGRATIONS, message

CONTENT = b"Chao.\r\n" * 10_000


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(f"sqlite://{tmp_path}/data", "mailrelay", MIGRATIONS) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bodies").mkdir()
    return tmp_path / "bodies"


@pytest.fixture
def body(folder: Path) -> StoredBody:
    key = b"k" * 32
    segments = Segments(folder, 1 << 20)
    extent, room = segments.place(len(CONTENT))
    Cipher(AES(key), CTR(bytes(16))).encryptor().update_into(CONTENT, room)
    segments.sync()
    segments.close()
    return StoredBody(len(CONTENT), hashlib.sha256(CONTENT).digest(), None, key, (extent,))


def accept(database: Database, *bodies: StoredBody | None) -> None:
    messages = [message(body=one) for one in bodies]
    database.run(lambda transaction: acceptance.accept(transaction, messages))


def test_a_sound_spool_has_no_faults(database: Database, folder: Path, body: StoredBody) -> None:
    accept(database, body, None)
    assert check(database, folder, hashes=True, at_rest=True) == []


def test_an_empty_spool_has_no_faults(database: Database, tmp_path: Path) -> None:
    assert check(database, tmp_path / "nowhere", hashes=True, at_rest=True) == []


def test_changed_bytes_are_found(database: Database, folder: Path, body: StoredBody) -> None:
    accept(database, body, None)
    with segment_path(folder, 1).open("r+b") as file:
        file.write(b"?")
    database.run(lambda transaction: transaction.execute("UPDATE inline_body SET content = ?", (b"?",)))
    assert check(database, folder) == []
    assert len([fault for fault in check(database, folder, hashes=True) if "not the accepted one" in fault]) == 2


def test_missing_and_nobody_s_segments_are_found(database: Database, folder: Path, body: StoredBody) -> None:
    assert [fault for fault in check(database, folder, at_rest=True) if "belongs to no message" in fault]
    accept(database, body)
    segment_path(folder, 1).unlink()
    assert "which is not there" in check(database, folder)[0]


def test_bodies_in_one_place_are_found(database: Database, folder: Path, body: StoredBody) -> None:
    accept(database, body, body)
    assert "in the same place" in check(database, folder)[0]


def test_parts_must_add_up(database: Database, folder: Path, body: StoredBody) -> None:
    accept(database, StoredBody(5, body.sha256, None, body.key, body.extents))
    assert "do not add up" in check(database, folder)[0]
