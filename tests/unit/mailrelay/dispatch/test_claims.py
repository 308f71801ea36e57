"""What is read from the database for a destination, beside what is in memory already."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from foundation import clock
from mailrelay.dispatch import claims
from mailrelay.dispatch.claims import Claim
from tests.support.dispatch_stage import Stage, local, new_message, stage

HOUR = 3_600_000_000


def read(it: Stage, limit: int, in_memory: set[tuple[int, int]] = frozenset()) -> Claim:  # type: ignore[assignment]
    now = clock.now_microseconds()
    work = partial(claims.read, destination="local", now=now, limit=limit, in_memory=in_memory)
    return it.database.read(work)


def test_what_is_in_memory_is_left_out(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, start=False) as it:
            messages = [new_message(local(f"n{number}")) for number in range(5)]
            for message in messages:
                await it.accept(message)
            claim = read(it, 10, {(messages[1].number, 0)})
            assert [message.number for message, _ in claim.waiting] == [
                each.number for each in messages if each is not messages[1]
            ]
            assert claim.exhausted

    asyncio.run(story())


def test_what_is_cut_off_is_not_forgotten_when_some_in_memory_wait_no_more(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, start=False) as it:
            messages = [new_message(local(f"n{number}")) for number in range(6)]
            for message in messages:
                await it.accept(message)
            started = {(message.number, 0) for message in messages[:3]}
            it.database.run(
                lambda transaction: transaction.execute(
                    "UPDATE recipient SET state = 'delivering' WHERE number <= ?", (messages[2].number,)
                )
            )
            claim = read(it, 2, started)
            assert len(claim.waiting) == 2
            assert not claim.exhausted

    asyncio.run(story())


def test_what_shares_a_mailbox_comes_along(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, start=False) as it:
            await it.accept(new_message(*(local(f"n{number}", f"u{number % 2}") for number in range(10))))
            ((_, found),) = read(it, 1).waiting
            mailboxes = {each.mailbox for each in found}
            assert (len(found), len(mailboxes)) == (5, 1)

    asyncio.run(story())


def test_the_next_due_time_is_told_when_nothing_else_is_due(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, start=False) as it:
            later = clock.now_microseconds() + HOUR
            await it.accept(new_message(local("an")))
            await it.accept(new_message(local("binh"), at=later + 5))
            await it.accept(new_message(local("chi"), at=later, urgent=True))
            claim = read(it, 10)
            assert (len(claim.waiting), claim.exhausted, claim.next_due) == (1, True, later)

    asyncio.run(story())


def test_a_recipient_whose_message_has_lost_its_bytes_is_named(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, start=False) as it:
            message = new_message(local("an"))
            await it.accept(message)
            it.database.run(lambda transaction: transaction.execute("DELETE FROM inline_body"))
            assert read(it, 10).bodiless == [(message.number, 0)]
            await it.dispatcher.start()
            assert it.sender.seen == []

    asyncio.run(story())
