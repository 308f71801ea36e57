"""The meetings server is killed with SIGKILL while it sends and while it creates; nobody is forgotten, nobody gets two.

The loop itself, and a longer run of it, are in tests/support/meetings_kills.py (script/soak).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.directory_entries import one_of_each
from tests.support.meetings_house import MeetingsHouse, meetings_house
from tests.support.meetings_kills import create_loop, send_loop
from tests.support.slapd_server import SlapdServer

GUESTS = 500
pytestmark = pytest.mark.server


@pytest.fixture
def house(slapd: SlapdServer, tmp_path: Path) -> Iterator[MeetingsHouse]:
    slapd.add_all(one_of_each())
    with meetings_house(tmp_path / "house", slapd) as running:
        yield running


def test_everybody_gets_their_letter_once_however_often_it_is_killed(house: MeetingsHouse) -> None:
    seed = random.randrange(1 << 30)
    totals = send_loop(house, GUESTS, 4, random.Random(seed))
    assert (totals.promised, totals.handed_over) == (GUESTS + 1, GUESTS + 1), (seed, totals)
    assert (totals.delivered, totals.missing, totals.duplicates) == (GUESTS, 0, 0), (seed, totals)
    assert totals.kills > 0


def test_a_meeting_is_there_with_all_its_letters_or_not_at_all(house: MeetingsHouse) -> None:
    seed = random.randrange(1 << 30)
    totals = create_loop(house, 100, 4, random.Random(seed))
    assert (totals.halves, totals.missing, totals.duplicates) == (0, 0, 0), (seed, totals)
