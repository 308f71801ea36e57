"""The invariants of a journal, read from its tables: what every test about writers and sequencers ends with."""

from __future__ import annotations

from foundation import journal
from foundation.journal import merkle
from foundation.storage import Database, Transaction


def check_journal(database: Database) -> list[int]:
    """Assert everything that must hold when the sequencer has caught up; returns the record ids in tree order."""
    return database.read(_check)


def _check(transaction: Transaction) -> list[int]:
    assert transaction.execute("SELECT count(*) FROM unsequenced") == [(0,)]
    rows = transaction.execute("SELECT tree_index, record_id, leaf FROM tree ORDER BY tree_index")
    records = {record.id: record for record in journal.read_records(transaction, 0, 1_000_000)}
    assert [row[0] for row in rows] == list(range(len(rows))), "the index is not dense"
    assert sorted(row[1] for row in rows) == sorted(records), "a record is missing or placed twice"
    place = {record_id: index for index, record_id, _ in rows}
    for record in records.values():
        assert record.leaf == merkle.leaf_hash(record.body)
        assert journal.verify_private(record) == []
        intent = record.public.get("intent")
        assert intent is None or place[intent] < place[record.id], "an outcome stands before its intent"
    leaves = [records[row[1]].leaf for row in rows]
    assert [row[2] for row in rows] == leaves
    _check_tiles(transaction, leaves)
    return [row[1] for row in rows]


def _check_tiles(transaction: Transaction, leaves: list[bytes]) -> None:
    tree = journal.StoredTree(transaction)
    assert tree.size == len(leaves)
    assert tree.root() == merkle.root_of(leaves)
    expected, row, level = {}, leaves, 0
    while len(row) >= merkle.TILE_WIDTH:
        tiles = [row[at : at + merkle.TILE_WIDTH] for at in range(0, len(row), merkle.TILE_WIDTH)]
        full = [tile for tile in tiles if len(tile) == merkle.TILE_WIDTH]
        expected.update({(level, index): (merkle.root_of(tile), b"".join(tile)) for index, tile in enumerate(full)})
        row, level = [merkle.root_of(tile) for tile in full], level + 1
    stored = transaction.execute("SELECT level, tile_index, root, hashes FROM tile")
    assert {(level, index): (root, hashes) for level, index, root, hashes in stored} == expected
    for index in range(0, tree.size, max(1, tree.size // 7)):
        path = tree.inclusion_path(index)
        assert merkle.verify_inclusion(leaves[index], index, tree.size, path, tree.root())
        proof = tree.consistency_path(index + 1)
        assert merkle.verify_consistency(index + 1, tree.size, proof, tree.root(index + 1), tree.root())
