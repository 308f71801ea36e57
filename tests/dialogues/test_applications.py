"""Plays the dialogues of programs that log in by name, with the real policy and the real authenticator."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import pytest

from foundation.config.secrets import Secret
from foundation.errors import Unreachable
from foundation.language import Text
from mailrelay.policy.applications import Applications
from mailrelay.policy.authentication import Authenticator
from mailrelay.policy.rules import Policy
from mailrelay.settings import Application
from tests.support.dialogues import play, read_dialogue
from tests.support.reception_fakes import Rooms
from tests.support.reception_stage import Stage, stage
from tests.support.relay_book import relay_settings, small_book

DIALOGUE = read_dialogue(Path(__file__).parent / "applications" / "meetings.smtp")


class Away:
    """A directory that is down: no program notices."""

    def right(self, uid: str, password: bytes) -> bool:
        raise Unreachable(Text("thư mục nghỉ", "the directory is away"))


async def no_wait(_: float) -> None:
    return None


@pytest.fixture
def reception(tmp_path: Path) -> Iterator[Stage]:
    secret = tmp_path / "secret"
    secret.write_text("bí mật của máy\n", encoding="utf-8")
    secret.chmod(0o600)
    application = Application(("hop@tinh.test", "hop-bao-phat@tinh.test"), Secret("file", str(secret)), 3)
    settings, book = relay_settings(applications={"meetings": application}), small_book()
    applications = Applications(settings.applications)
    rooms = cast(Any, Rooms())
    with ThreadPoolExecutor(1) as pool:
        rooms.policy = Policy(settings, book, applications=applications)
        rooms.authenticator = Authenticator(book, Away(), pool, applications=applications, sleep=no_wait)
        with stage(tmp_path, rooms=rooms) as played:
            yield played


def test_a_program_sends_as_its_addresses_only_and_as_much_as_it_may(reception: Stage) -> None:
    with reception.connect(DIALOGUE.listener, greet=False) as client:
        play(DIALOGUE, client, reception.client_context)
    reception.await_true(lambda: not reception.desk.sessions, "the session ended")
    messages = reception.rooms.ledger.messages
    assert len(messages) == DIALOGUE.kept
    assert {message.client.account for message in messages} == {"application:meetings"}
