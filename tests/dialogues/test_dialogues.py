"""Plays every dialogue of this folder against the reception, under both event loops."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.dialogues import Dialogue, play, read_dialogue
from tests.support.reception_stage import LOOPS, Stage, stage

DIALOGUES = [read_dialogue(path) for path in sorted(Path(__file__).parent.glob("*.smtp"))]


@pytest.fixture(scope="module", params=LOOPS)
def reception(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    limits = {"message_bytes": 100_000, "recipients": 100}
    with stage(tmp_path_factory.mktemp("reception"), request.param, limits=limits) as played:
        yield played


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda dialogue: dialogue.name)
def test_the_server_says_what_the_dialogue_says(dialogue: Dialogue, reception: Stage) -> None:
    before = len(reception.rooms.ledger.messages)
    with reception.connect(dialogue.listener, greet=False) as client:
        play(dialogue, client, reception.client_context)
    reception.await_true(lambda: not reception.desk.sessions, "the session ended")
    assert len(reception.rooms.ledger.messages) - before == dialogue.kept
    assert reception.desk.memory_bytes == 0


def test_there_are_dialogues() -> None:
    assert len(DIALOGUES) > 30
    assert all(dialogue.title for dialogue in DIALOGUES)
