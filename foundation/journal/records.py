"""Writes records into the journal, in the caller's transaction, and reads them back.

A record is a body and its leaf, `SHA-256(0x00 || body)` (RFC 6962 section 2.1). The body is canonical JSON:

    {"digests":{FIELD:HEX},"fields":{FIELD:VALUE},"time":"2026-11-22T01:02:03.456789Z","type":NAME,"version":NUMBER}

`digests` stands for private fields: `SHA-256(salt || canonical JSON of the value)` with 16 random bytes of salt. The
value and its salt live in the table `private` and can be erased (`erase`); record, tree and proofs stay valid, and
without the salt nobody can find the value by trying likely ones.

Written are `record`, `unsequenced` (by which the sequencer finds it) and `private`, nothing else: no transaction waits
for another one here. The database gives the ids, so a record written after another one was committed has the larger id.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from foundation import clock
from foundation.journal.canonical import JSON, canonical_json
from foundation.journal.merkle import leaf_hash
from foundation.journal.vocabulary import Entry, RecordType
from foundation.storage import Row, Transaction
from foundation.storage.batches import insert_rows

SALT_BYTES = 16
BODY_LIMIT_BYTES = 65_535  # C2SP tlog-tiles: an entry's length travels in 16 bits
_ROWS_PER_STATEMENT = 256  # two parameters each: far below the limits of both databases, past the gain of more

_INSERT_UNSEQUENCED = "INSERT INTO unsequenced (id)"
_INSERT_PRIVATE = "INSERT INTO private (record_id, name, salt, value)"
_SELECT_RECORDS = "SELECT id, body, leaf FROM record WHERE id > ? ORDER BY id LIMIT ?"
_SELECT_PRIVATE = "SELECT record_id, name, salt, value FROM private WHERE record_id >= ? AND record_id <= ?"


class PrivateValue(NamedTuple):
    """A personal value in clear, with the salt of its digest."""

    value: JSON
    salt: bytes


@dataclass(frozen=True, slots=True)
class Record:
    """One record as read; `private` holds what has not been erased of the fields in `digests` (hex)."""

    id: int
    body: bytes
    leaf: bytes
    type: str
    version: int
    time: datetime
    public: Mapping[str, Any]
    digests: Mapping[str, str]
    private: Mapping[str, PrivateValue]


class _Prepared(NamedTuple):
    body: bytes
    leaf: bytes
    private: list[tuple[str, bytes, str]]  # name, salt, canonical JSON


def append(
    transaction: Transaction,
    record_type: RecordType,
    public: Mapping[str, JSON] | None = None,
    private: Mapping[str, JSON] | None = None,
    at: datetime | None = None,
) -> int:
    """Record one event; returns the record's id. Raises ValueError for fields that the type does not declare."""
    return append_many(transaction, [Entry(record_type, public or {}, private or {}, at)])[0]


def append_many(transaction: Transaction, entries: Iterable[Entry]) -> list[int]:
    """Record many events; returns their ids in the order of the entries."""
    ids: list[int] = []
    remaining = iter(entries)
    while batch := _prepare_all(list(islice(remaining, _ROWS_PER_STATEMENT))):
        ids += _insert(transaction, batch)
    return ids


def erase(transaction: Transaction, record_id: int, names: Sequence[str] | None = None) -> list[str]:
    """Delete the clear text of a record's private fields (all, or those named); returns the names erased.

    Copies may live on in backups, in SQLite's WAL until the next checkpoint, in PostgreSQL until the next VACUUM.
    """
    condition = "" if names is None else f" AND name IN ({', '.join('?' * len(names))})"
    statement = f"DELETE FROM private WHERE record_id = ?{condition} RETURNING name"  # noqa: S608 (placeholders only)
    return sorted(row[0] for row in transaction.execute(statement, (record_id, *(names or ()))))


def read_record(transaction: Transaction, record_id: int) -> Record | None:
    """One record by its id."""
    found = read_records(transaction, record_id - 1, 1)
    return found[0] if found and found[0].id == record_id else None


def read_records(transaction: Transaction, after: int = 0, limit: int = 1000) -> list[Record]:
    """The next records by id; the last one's id is the next call's `after`. Beware: id order is not tree order."""
    rows = transaction.execute(_SELECT_RECORDS, (after, limit))
    if not rows:
        return []
    private: dict[int, dict[str, PrivateValue]] = {}
    for record_id, name, salt, value in transaction.execute(_SELECT_PRIVATE, (rows[0][0], rows[-1][0])):
        private.setdefault(record_id, {})[name] = PrivateValue(json.loads(value), salt)
    return [_record(row, private.get(row[0], {})) for row in rows]


def verify_private(record: Record) -> list[str]:
    """The private fields whose clear text is not what the record attests; empty if all is well."""
    return sorted(
        name
        for name, (value, salt) in record.private.items()
        if record.digests.get(name) != _digest(salt, canonical_json(value))
    )


def is_attested(digest: object, salt: bytes, value: str) -> bool:
    """Whether a private value as the table has it (canonical JSON) is what this digest of its record attests."""
    return digest == _digest(salt, value.encode("utf-8", "surrogatepass"))


def is_leaf(leaf: bytes, body: bytes) -> bool:
    """Whether a record's body is the one that its leaf was made of."""
    return leaf == leaf_hash(body)


def _prepare_all(entries: Sequence[Entry]) -> list[_Prepared]:
    """One question to the kernel's dice for all salts: each one gives the interpreter lock away."""
    dice = secrets.token_bytes(SALT_BYTES * sum(len(entry.private) for entry in entries))
    salts = (dice[at : at + SALT_BYTES] for at in range(0, len(dice), SALT_BYTES))
    return [_prepare(entry, salts) for entry in entries]


def _prepare(entry: Entry, salts: Iterator[bytes]) -> _Prepared:
    """The body is put together from its parts, which stand in the order of canonical JSON: only they are encoded."""
    entry.type.check(entry.public, entry.private)
    private = [(name, next(salts), canonical_json(value)) for name, value in entry.private.items()]
    digests = [f'"{name}":"{_digest(salt, value)}"' for name, salt, value in private]
    body = b'{"digests":{%b},"fields":%b,"time":"%b",%b}' % (
        ",".join(digests if len(digests) < 2 else sorted(digests)).encode("ascii"),
        canonical_json(entry.public),
        _timestamp(entry.at or clock.now()).encode("ascii"),
        _type_and_version(entry.type),
    )
    if len(body) > BODY_LIMIT_BYTES:
        raise ValueError(f"a record of {entry.type.name} would have {len(body)} bytes, the limit is {BODY_LIMIT_BYTES}")
    return _Prepared(body, leaf_hash(body), [(name, salt, value.decode("utf-8")) for name, salt, value in private])


@lru_cache(maxsize=256)
def _type_and_version(record_type: RecordType) -> bytes:
    return canonical_json({"type": record_type.name, "version": record_type.version})[1:-1]


def _insert(transaction: Transaction, batch: Sequence[_Prepared]) -> list[int]:
    values = [value for prepared in batch for value in (prepared.body, prepared.leaf)]
    rows = transaction.execute(_insert_records(len(batch)), values)
    ids = _in_order(rows, batch)
    insert_rows(transaction, _INSERT_UNSEQUENCED, [(record_id,) for record_id in ids])
    private = [(record_id, *row) for record_id, prepared in zip(ids, batch, strict=True) for row in prepared.private]
    insert_rows(transaction, _INSERT_PRIVATE, private)
    return ids


@lru_cache(maxsize=_ROWS_PER_STATEMENT)
def _insert_records(count: int) -> str:
    return f"INSERT INTO record (body, leaf) VALUES {', '.join(['(?, ?)'] * count)} RETURNING id, leaf"  # noqa: S608


def _in_order(rows: list[Row], batch: Sequence[_Prepared]) -> list[int]:
    """The ids in the order of the batch. Neither database promises an order of RETURNING, so the leaf tells which id
    is whose; equal leaves are equal bodies, and it does not matter which is which."""
    by_leaf: dict[bytes, list[int]] = {}
    for record_id, leaf in sorted(rows, reverse=True):
        by_leaf.setdefault(leaf, []).append(record_id)
    return [by_leaf[prepared.leaf].pop() for prepared in batch]


def _record(row: Row, private: Mapping[str, PrivateValue]) -> Record:
    record_id, body, leaf = row
    parsed = json.loads(body)
    return Record(
        id=record_id,
        body=body,
        leaf=leaf,
        type=parsed["type"],
        version=parsed["version"],
        time=datetime.fromisoformat(parsed["time"]),
        public=parsed["fields"],
        digests=parsed["digests"],
        private=private,
    )


def _digest(salt: bytes, canonical_value: bytes) -> str:
    return hashlib.sha256(salt + canonical_value).hexdigest()


def _timestamp(instant: datetime) -> str:
    """RFC 3339 in UTC with microseconds, always of one length, so that text order is time order."""
    utc = instant if instant.tzinfo is UTC else instant.astimezone(UTC)
    return utc.isoformat(timespec="microseconds").replace("+00:00", "Z")
