"""An attempt that begins with its message's acceptance: stored with it, given back when there is no message."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from mailrelay.envelope import Delivery
from mailrelay.settings import Concurrency, NextHop
from mailrelay.spool.ledger import NewMessage
from mailrelay.spool.recovery import recover
from tests.support.dispatch_stage import ScriptedSender, Stage, foreign, local, new_message, stage, unreachable


async def promised(it: Stage, *deliveries: Delivery, **facts: object) -> NewMessage:
    """What the reception does with a message, up to its commit."""
    message = new_message(*deliveries, **facts)  # type: ignore[arg-type]
    it.dispatcher.promise(message)
    await it.accept(message)
    return message


def test_one_commit_stores_the_message_and_the_start_of_its_attempt(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path) as it:
            message = await promised(it, local("binh"))
            assert message.attempt_host == it.settings.local_delivery.host
            columns = "state, attempts, attempt_started_at, attempt_host, next_attempt_at"
            assert it.rows(columns) == [("delivering", 1, message.accepted_at, message.attempt_host, None)]
            assert it.sender.seen == []
            it.dispatcher.offer(message)
            assert it.sender.recipients == ["ubinh"]
            await it.until_states("delivered")
            assert it.rows("attempts, possible_duplicate") == [(1, 0)]
            await it.until(lambda: it.dispatcher.statistics().recipients == 0)

    asyncio.run(story())


@pytest.mark.parametrize(
    ("deliveries", "facts", "changes"),
    [
        ((local("an"), local("binh")), {}, {}),
        ((local("an"),), {"held": True}, {}),
        ((Delivery("an@tinh.test", "refused"),), {}, {}),
        ((local("an"),), {}, {"filter": NextHop("smtp", "127.0.0.1", 10025)}),
        ((local("an"),), {}, {"concurrency": Concurrency(connections_per_destination=0)}),
    ],
)
def test_nothing_is_promised_that_could_not_begin_at_once(
    tmp_path: Path, deliveries: tuple[Delivery, ...], facts: dict[str, object], changes: dict[str, object]
) -> None:
    async def story() -> None:
        async with stage(tmp_path, **changes) as it:
            message = await promised(it, *deliveries, **facts)
            assert message.attempt_host is None
            assert "delivering" not in it.states()

    asyncio.run(story())


def test_a_destination_where_nobody_answers_gets_no_promises(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, ScriptedSender(unreachable)) as it:
            await it.send(foreign("cuc@bo.test"))
            await it.until_states("deferred")
            assert (await promised(it, foreign("vu@bo.test"))).attempt_host is None
            assert (await promised(it, local("an"))).attempt_host is not None

    asyncio.run(story())


def test_a_message_that_was_not_accepted_leaves_no_trace(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path) as it:
            message = new_message(local("binh"))
            it.dispatcher.promise(message)
            assert it.dispatcher.statistics().recipients == 1
            it.dispatcher.withdraw(message)
            assert it.dispatcher.statistics().recipients == 0
            it.dispatcher.withdraw(message)  # no promise: nothing to take back
            await it.send(local("an"))
            await it.until_states("delivered")
            assert it.sender.recipients == ["uan"]

    asyncio.run(story())


def test_what_may_be_stored_all_the_same_is_given_back_and_delivered(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path) as it:
            message = await promised(it, local("binh"))
            it.dispatcher.withdraw(message, may_be_stored=True)
            await it.until_states("delivered")
            assert it.rows("attempts, possible_duplicate") == [(2, 0)]

    asyncio.run(story())


def test_what_is_accepted_while_stopping_waits_for_the_next_start(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path) as it:
            message = await promised(it, local("binh"))
            stopping = asyncio.ensure_future(it.dispatcher.stop(5))
            await asyncio.sleep(0)
            it.dispatcher.offer(message)
            await stopping
            assert it.rows("state, attempts, possible_duplicate") == [("queued", 1, 0)]
            assert it.sender.seen == []

    asyncio.run(story())


def test_an_operators_change_waits_for_what_was_promised(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path) as it:
            message = await promised(it, local("binh"))
            change = asyncio.ensure_future(it.dispatcher.change_queue(lambda _: it.sender.recipients[:]))
            await asyncio.sleep(0.05)
            assert not change.done()
            assert (await promised(it, local("an"))).attempt_host is None
            it.dispatcher.offer(message)
            assert await change == ["ubinh"]

    asyncio.run(story())


def test_the_next_start_finds_it_as_any_other_attempt_without_end(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, start=False) as it:
            await promised(it, local("binh"))
            recover(it.database, it.bodies)
            assert it.rows("state, attempts, possible_duplicate") == [("queued", 1, 1)]

    asyncio.run(story())
