"""The clock: what comes due, what becomes too old, and what a clock that jumps does."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from foundation import clock
from mailrelay.settings import Concurrency
from tests.support.dispatch_stage import (
    ClockFile,
    ScriptedSender,
    Stage,
    clock_file,
    deferred,
    foreign,
    local,
    new_message,
    sent,
    stage,
    unreachable,
)

__all__ = ["clock_file"]

SECOND = 1_000_000
HOUR = 3600 * SECOND


def test_a_clock_that_is_moved_makes_deferred_mail_due(tmp_path: Path, clock_file: ClockFile) -> None:
    async def story() -> None:
        async with stage(tmp_path, ScriptedSender(deferred)) as it:
            await it.send(local("binh"))
            await it.until_states("deferred")
            it.sender.answer = sent
            clock_file.move("+2m")
            await it.until_states("delivered")
            assert it.rows("attempts") == [2]

    asyncio.run(story())


def test_a_dead_destination_is_tried_by_one_transaction_when_its_time_has_come(
    tmp_path: Path, clock_file: ClockFile
) -> None:
    async def story() -> None:
        async with stage(tmp_path, ScriptedSender(unreachable)) as it:
            await it.send(foreign("a@chet.test"))
            await it.until_states("deferred")
            for number in range(20):
                await it.send(foreign(f"a{number}@chet.test"))
            for minutes, tried in ((2, 2), (5, 3), (10, 4)):
                clock_file.move(f"+{minutes}m")
                await it.until(partial(_tried, it, tried))
            assert sum(it.rows("attempts")) == 4

    asyncio.run(story())


def _tried(it: Stage, times: int) -> bool:
    return len(it.sender.seen) == times and "delivering" not in it.states() and bool(it.dispatcher.statistics().closed)


def test_a_destination_that_answers_again_is_drained_at_full_speed(tmp_path: Path, clock_file: ClockFile) -> None:
    async def story() -> None:
        async with stage(tmp_path, ScriptedSender(unreachable)) as it:
            await it.send(foreign("a@chet.test"))
            await it.until_states("deferred")
            for number in range(500):
                await it.send(foreign(f"a{number}@chet.test"))
            it.sender.answer = sent
            clock_file.move("+2m")
            await it.until(lambda: it.states() == ["relayed"] * 501)

    asyncio.run(story())


def test_what_became_too_old_at_a_dead_destination_is_given_up_untried(tmp_path: Path, clock_file: ClockFile) -> None:
    async def story() -> None:
        async with stage(tmp_path, ScriptedSender(unreachable)) as it:
            await it.send(foreign("a@chet.test"))
            await it.until_states("deferred")
            for number in range(300):
                await it.send(foreign(f"a{number}@chet.test"))
            clock_file.move("+6d")
            await it.until(lambda: it.states() == ["expired"] * 301)
            assert sum(it.rows("attempts")) <= 10
            assert set(it.rows("last_status")) == {"5.4.7"}
            assert it.woken > 0

    asyncio.run(story())


def test_only_what_is_too_old_is_given_up(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, ScriptedSender(unreachable)) as it:
            now = clock.now_microseconds()
            await it.accept(new_message(foreign("moi@chet.test")))
            await it.accept(new_message(foreign("cu@chet.test"), at=now - 5 * 24 * HOUR))
            await it.accept(new_message(foreign("khan@chet.test"), at=now - 25 * HOUR, urgent=True))
            await it.accept(new_message(foreign("thuong@chet.test"), at=now - 25 * HOUR))
            it.dispatcher.kick()
            await it.until(lambda: it.states()[1:3] == ["expired", "expired"])
            assert it.states()[0] in ("queued", "deferred")
            assert it.states()[3] in ("queued", "deferred")

    asyncio.run(story())


def test_the_sender_hears_of_mail_that_waits_for_a_dead_destination(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, ScriptedSender(unreachable)) as it:
            before = clock.now_microseconds() - 5 * HOUR
            for number in range(3):
                await it.accept(new_message(foreign(f"a{number}@chet.test"), at=before))
            await it.accept(new_message(foreign("b@chet.test", notify=("NEVER",)), at=before))
            await it.accept(new_message(foreign("c@chet.test"), at=before, sender=""))
            it.dispatcher.kick()
            await it.until(lambda: len(owed(it)) == 3)
            assert {kind for _, kind in owed(it)} == {"delayed"}

    def owed(it: Stage) -> list[tuple[int, str]]:
        return it.database.read(lambda transaction: transaction.execute("SELECT number, kind FROM notice"))

    asyncio.run(story())


def test_after_a_clock_that_jumped_back_nothing_waits_longer_than_any_schedule(
    tmp_path: Path, clock_file: ClockFile
) -> None:
    async def story() -> None:
        clock_file.move("+30d")
        async with stage(tmp_path, ScriptedSender(deferred)) as it:
            for number in range(50):
                await it.send(local(f"n{number}"))
            await it.until(lambda: it.states() == ["deferred"] * 50)
            attempts = len(it.sender.seen)
            clock_file.move("0")
            longest = clock.now_microseconds() + HOUR
            await it.until(lambda: all(due <= longest + 5 * SECOND for due in it.rows("next_attempt_at")))
            assert len(set(it.rows("next_attempt_at"))) > 40
            assert len(it.sender.seen) - attempts < 50

    asyncio.run(story())


def test_a_start_after_the_clock_went_back_bounds_the_waits_too(tmp_path: Path, clock_file: ClockFile) -> None:
    async def story() -> None:
        async with stage(tmp_path, start=False) as it:
            for number in range(50):
                await it.accept(new_message(local(f"n{number}"), at=clock.now_microseconds() + 24 * HOUR))
            await it.dispatcher.start()
            assert all(due <= clock.now_microseconds() + HOUR for due in it.rows("next_attempt_at"))
            clock_file.move("+61m")
            await it.until(lambda: it.states() == ["delivered"] * 50)

    asyncio.run(story())


def test_a_destination_closed_by_another_clock_opens(tmp_path: Path, clock_file: ClockFile) -> None:
    async def story() -> None:
        clock_file.move("+30d")
        async with stage(tmp_path, ScriptedSender(unreachable), concurrency=Concurrency(in_flight=50)) as it:
            await it.send(foreign("a@chet.test"))
            await it.until(lambda: bool(it.dispatcher.statistics().closed))
            clock_file.move("0")
            await it.until(lambda: not it.dispatcher.statistics().closed)

    asyncio.run(story())
