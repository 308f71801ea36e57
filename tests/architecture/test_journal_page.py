"""The page for auditors lists exactly the record types and fields that the tools can write."""

from __future__ import annotations

import pytest

from foundation.journal import RecordType, Vocabulary
from mailrelay import records as mailrelay_records
from meetings import records as meetings_records
from provisioner import records as provisioner_records
from tests.support.project import FOLDER

VOCABULARIES = (provisioner_records.VOCABULARY, mailrelay_records.VOCABULARY, meetings_records.VOCABULARY)


def fields(declared: dict[str, str], optional: frozenset[str]) -> str:
    return "; ".join(f"`{name}`{'*' * (name in optional)} {meaning}" for name, meaning in declared.items()) or "—"


def row(kind: RecordType) -> str:
    public, private = fields(dict(kind.public), kind.optional), fields(dict(kind.private), kind.optional)
    return f"| `{kind.name}` {kind.version} | {kind.meaning} | {public} | {private} |"


@pytest.mark.parametrize("vocabulary", VOCABULARIES, ids=("provisioner", "mailrelay", "meetings"))
def test_every_record_type_stands_on_the_page(vocabulary: Vocabulary) -> None:
    page = (FOLDER / "docs" / "journal.md").read_text(encoding="utf-8").splitlines()
    assert [row(kind) for kind in vocabulary if row(kind) not in page] == []


def test_no_record_type_stands_there_that_nobody_writes() -> None:
    page = (FOLDER / "docs" / "journal.md").read_text(encoding="utf-8").splitlines()
    known = {row(kind) for vocabulary in VOCABULARIES for kind in vocabulary}
    assert [line for line in page if line.startswith("| `") and line not in known] == []
