"""Many at once: what comes during a unit of work goes into the next one, and nobody is answered before theirs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from meetings.intake.gathering import GATHERED, Gathering


class Together:
    """Answers a batch when it is let."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.let = asyncio.Semaphore(0)
        self.fails: Exception | None = None

    async def __call__(self, items: Sequence[int]) -> list[int]:
        self.batches.append(list(items))
        await self.let.acquire()
        if self.fails is not None:
            raise self.fails
        return [item * 10 for item in items]


async def begun(gathering: Gathering[int, int], items: Sequence[int]) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(gathering.take(item)) for item in items]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


def test_what_comes_meanwhile_goes_together() -> None:
    async def main() -> None:
        together = Together()
        gathering = Gathering(together)
        first = await begun(gathering, [1])
        others = await begun(gathering, [2, 3, 4])
        together.let.release()
        assert await asyncio.gather(*first) == [10]
        assert not any(task.done() for task in others)
        together.let.release()
        assert await asyncio.gather(*others) == [20, 30, 40]
        assert together.batches == [[1], [2, 3, 4]]

    asyncio.run(main())


def test_a_batch_is_bounded() -> None:
    async def main() -> None:
        together = Together()
        tasks = await begun(Gathering(together), range(GATHERED + 1))
        for _ in range(2):
            together.let.release()
        assert await asyncio.gather(*tasks) == [item * 10 for item in range(GATHERED + 1)]
        assert [len(batch) for batch in together.batches] == [GATHERED, 1]

    asyncio.run(main())


def test_an_error_is_everybodys_of_that_batch_and_the_next_one_goes_on() -> None:
    async def main() -> None:
        together = Together()
        gathering = Gathering(together)
        together.fails = ZeroDivisionError("by design")
        failing = await begun(gathering, [1, 2])
        together.let.release()
        results = await asyncio.gather(*failing, return_exceptions=True)
        assert [type(each) for each in results] == [ZeroDivisionError, ZeroDivisionError]
        together.fails = None
        later = await begun(gathering, [3])
        together.let.release()
        assert await asyncio.gather(*later) == [30]

    asyncio.run(main())


@pytest.mark.parametrize("gone", [0, 1])
def test_whoever_hangs_up_harms_nobody(gone: int) -> None:
    async def main() -> None:
        together = Together()
        tasks = await begun(Gathering(together), [1, 2])
        tasks[gone].cancel()
        together.let.release()
        assert await tasks[1 - gone] == (2 - gone) * 10

    asyncio.run(main())
