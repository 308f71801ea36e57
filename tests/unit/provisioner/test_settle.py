"""What the next run finds out about one that was killed: each open change, and the run itself in the journal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from foundation.journal import read_records
from foundation.storage import Database, open_database
from provisioner import records, store
from provisioner.apply import settle
from provisioner.store import RosterFacts, RunStart
from provisioner.workbench import database_migrations
from tests.support.small_province import Province, person

START = RunStart("abc", "sync", "hr", "full", RosterFacts("00", 2))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(f"sqlite://{tmp_path}", "provisioner", database_migrations()) as opened:
        yield opened


def test_a_killed_run_is_settled_change_by_change_and_ended_in_the_journal(database: Database) -> None:
    province = Province()
    changes = province.plan([person("1"), person("2", "Trần Thị Bình")]).changes
    run = database.run(lambda transaction: records.begin(transaction, START, 1))
    database.run(lambda transaction: store.add_intents(transaction, run, 0, changes, 2))
    written = [change for change in changes if change.kind != "list"]
    province.apply(written)  # and then the process was killed

    assert settle(database, province.directory) == len(changes)

    assert database.read(store.unsettled) == []
    found = database.read(lambda transaction: read_records(transaction))
    ended = [record.public for record in found if record.type == "run.finished"]
    assert [(one["run"], one["state"]) for one in ended] == [(run, "interrupted")]
    assert sum(ended[0]["applied"].values()) == len(written)
    assert [record.type for record in found].count("account.created") == 2


def test_settling_twice_adds_nothing(database: Database) -> None:
    province = Province()
    database.run(lambda transaction: records.begin(transaction, START, 1))
    settle(database, province.directory)
    before = len(database.read(lambda transaction: read_records(transaction)))
    assert settle(database, province.directory) == 0
    assert len(database.read(lambda transaction: read_records(transaction))) == before
