"""The journal: an append-only log of official events as an RFC 6962 tree, personal data erasable beside it.

    ACCOUNT_CREATED = RecordType("account.created", 1, "An account was created.", public={...}, private={...})
    VOCABULARY = Vocabulary(ACCOUNT_CREATED, ...)

    database.run(lambda transaction: append(transaction, ACCOUNT_CREATED, {"uid": "u1"}, {"name": "Nguyễn Văn An"}))
    Sequencer(database, "tinh.test/provisioner").catch_up()

`MIGRATIONS` belongs in front of the tool's own migrations. Callers import from here only.
"""

from __future__ import annotations

from foundation.journal.canonical import JSON, canonical_json
from foundation.journal.records import (
    PrivateValue,
    Record,
    append,
    append_many,
    erase,
    is_attested,
    is_leaf,
    read_record,
    read_records,
    verify_private,
)
from foundation.journal.sequencer import Sequencer
from foundation.journal.tiles import StoredTree
from foundation.journal.vocabulary import Entry, RecordType, Vocabulary

__all__ = [
    "JSON",
    "MIGRATIONS",
    "Entry",
    "PrivateValue",
    "Record",
    "RecordType",
    "Sequencer",
    "StoredTree",
    "Vocabulary",
    "append",
    "append_many",
    "canonical_json",
    "erase",
    "is_attested",
    "is_leaf",
    "read_record",
    "read_records",
    "verify_private",
]

MIGRATIONS = "foundation.journal.migrations"
