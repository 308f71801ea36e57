"""When the database or a message gives trouble: nothing is lost, and one message keeps no other back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from foundation.language import Text
from foundation.storage import StatementRefused, TemporaryFailure
from mailrelay.dispatch import attempts
from mailrelay.dispatch.parcels import Errand
from mailrelay.dispatch.prefixes import prefix_of
from mailrelay.envelope import Client, Delivery
from mailrelay.messages.headers import Headers
from mailrelay.spool.ledger import AttemptStart, Ledger, Outcome
from tests.support.dispatch_stage import ScriptedSender, Stage, cut, foreign, local, sent, stage

FULL = TemporaryFailure(Text("đĩa đầy", "the disk is full"))
WRONG = StatementRefused(Text("sai", "wrong"))


class Stumbling:
    """Stands before a ledger and fails as often as it is told to."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.failures: dict[str, list[Exception]] = {"start": [], "finish": []}
        self.never: set[int] = set()

    def start_attempts(self, starts: Sequence[AttemptStart], done: Any) -> None:
        if self.failures["start"]:
            done(self.failures["start"].pop(0))
        else:
            self._ledger.start_attempts(starts, done)

    def finish(self, outcomes: Sequence[Outcome], done: Any) -> None:
        if self.failures["finish"]:
            done(self.failures["finish"].pop(0))
        elif self.never & {outcome.number for outcome in outcomes}:
            done(WRONG)
        else:
            self._ledger.finish(outcomes, done)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "RETRY_SECONDS", 0.01)


def stumble(it: Stage) -> Stumbling:
    ledger = Stumbling(it.ledger)
    it.ledger = ledger  # type: ignore[assignment]
    it.dispatcher = it.new_dispatcher()
    return ledger


def test_an_attempt_that_the_database_does_not_take_is_begun_later(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, start=False) as it:
            stumble(it).failures["start"] = [FULL, FULL]
            await it.send(local("binh"))
            await it.until_states("delivered")
            assert len(it.sender.seen) == 1

    asyncio.run(story())


def test_an_outcome_that_the_database_does_not_take_is_written_later(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, start=False) as it:
            stumble(it).failures["finish"] = [FULL, FULL, FULL]
            await it.send(local("binh"))
            await it.until_states("delivered")
            assert len(it.sender.seen) == 1

    asyncio.run(story())


def test_an_outcome_that_can_never_be_written_keeps_no_other_back(tmp_path: Path) -> None:
    async def story() -> None:
        sender = ScriptedSender(hold=lambda _: True)
        async with stage(tmp_path, sender, start=False) as it:
            ledger = stumble(it)
            messages = [await it.send(local(f"n{number}")) for number in range(5)]
            ledger.never = {messages[2].number}
            await it.until(lambda: len(sender.held) == 5)
            sender.let_go()
            await it.until(lambda: it.states() == ["delivered"] * 2 + ["delivering"] + ["delivered"] * 2)

    asyncio.run(story())


def test_a_message_that_cannot_be_put_together_keeps_no_other_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def prefix(errand: Errand) -> bytes:
        if errand.copy.original_to == ("hong@tinh.test",):
            raise UnicodeError("no such bytes")
        return prefix_of(errand)

    async def story() -> None:
        async with stage(tmp_path) as it:
            monkeypatch.setattr(attempts, "prefix_of", prefix)
            await it.send(local("hong"), local("binh"))
            await it.until_states("deferred", "delivered")

    asyncio.run(story())


def test_a_destination_without_a_way_fails(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path) as it:
            await it.send(Delivery("a@bo.test", "nowhere"))
            await it.until_states("failed")
            assert it.rows("last_status") == ["5.4.4"]

    asyncio.run(story())


def test_a_repeated_submission_is_delivered_to_new_recipients_only(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path) as it:
            facts: dict[str, Any] = {
                "client": Client("submission", "127.0.0.1", account="uan"),
                "headers": Headers(message_id="<1@tinh.test>"),
            }
            await it.send(local("binh"), local("chi"), **facts)
            await it.until_states("delivered", "delivered")
            await it.send(local("binh"), local("dung"), local("chi"), **facts)
            await it.until_states("delivered", "delivered", "delivered")
            assert sorted(it.sender.recipients) == ["ubinh", "uchi", "udung"]

    asyncio.run(story())


def test_a_flag_of_a_possible_duplicate_stays(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, ScriptedSender(cut)) as it:
            await it.send(foreign("a@bo.test"))
            await it.until_states("deferred")
            it.sender.answer = sent
            it.database.run(lambda transaction: transaction.execute("UPDATE recipient SET next_attempt_at = 0"))
            it.dispatcher.kick()
            await it.until_states("relayed")
            assert it.rows("possible_duplicate") == [1]

    asyncio.run(story())
