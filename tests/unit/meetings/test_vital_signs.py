"""The figures of the meetings server: all of them are in the administrators' manual, and none names a person."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from foundation.storage import Database, open_database
from meetings import vital_signs
from meetings.desk.keeping import KeepingRules
from meetings.handover.gate import Gate
from tests.support.meeting_book import MIGRATIONS, create
from tests.support.project import FOLDER


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(f"sqlite://{tmp_path}", "meetings", MIGRATIONS) as opened:
        yield opened


def parts(database: Database, **changes: Any) -> Any:
    values = {
        "database": database,
        "courier": SimpleNamespace(handed_over=2, in_hand=1),
        "making": SimpleNamespace(without_pdf=3),
        "gate": Gate(),
        "keeping_rules": KeepingRules,
        "receiver": SimpleNamespace(without_room=0),
        "lmtp": SimpleNamespace(talks={1}),
        "started_at": 1.0,
        "reloaded_at": 2.0,
        "last_reload_successful": True,
        "listening": True,
        "stopping": False,
    }
    return cast(Any, SimpleNamespace(**values | changes))


def test_every_figure_is_in_the_manual_and_names_nobody(database: Database) -> None:
    created = create(database)
    page = asyncio.run(vital_signs.metrics(parts(database))).body.decode()
    assert 'meetings_letters{delivery="queued",state="waiting"} 4.0' in page
    assert "meetings_letters_waiting 4.0" in page
    assert "meetings_letters_without_pdf_total 3.0" in page
    assert created.uid not in page
    assert "tinh.test" not in page
    manual = (FOLDER / "docs" / "operations.md").read_text(encoding="utf-8")
    names = set(re.findall(r"^(meetings_\w+)", page, re.MULTILINE))
    assert {name for name in names if name not in manual} == set()


def test_a_shut_door_is_a_figure(database: Database) -> None:
    gate = Gate()
    gate.failed("Connection refused")
    assert "meetings_relay_open 0.0" in asyncio.run(vital_signs.metrics(parts(database, gate=gate))).body.decode()


def test_ready_when_the_doors_are_open_and_the_database_answers(database: Database) -> None:
    assert asyncio.run(vital_signs.listeners(parts(database))) is None
    assert asyncio.run(vital_signs.database(parts(database))) is None
    assert asyncio.run(vital_signs.listeners(parts(database, listening=False))) == "the listeners are not open yet"
    assert asyncio.run(vital_signs.listeners(parts(database, stopping=True))) == "stopping"
