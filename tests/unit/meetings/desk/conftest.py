"""A meetings database in a folder of the test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from foundation.storage import Database, open_database
from tests.support.meeting_book import MIGRATIONS


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(f"sqlite://{tmp_path}/data", "meetings", MIGRATIONS) as opened:
        yield opened
