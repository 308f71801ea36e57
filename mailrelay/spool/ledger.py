"""The ledger: makes acceptance, the start of attempts and their outcomes durable, gathered into groups."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from foundation.storage import Database, Work
from foundation.storage.protocol import T
from mailrelay.spool.bodies import BodyStore
from mailrelay.store.values import (
    Accepted,
    AttemptStart,
    NewMessage,
    NoticeKind,
    Outcome,
    RepeatedIdentifier,
)

__all__ = ["Accepted", "AttemptStart", "Ledger", "NewMessage", "NoticeKind", "Outcome", "RepeatedIdentifier"]

AcceptDone = Callable[[Accepted | None, Exception | None], None]
Done = Callable[[Exception | None], None]


class Ledger:
    """Every method is called on the loop's thread, which also gets every `done`."""

    def __init__(
        self,
        database: Database,
        loop: asyncio.AbstractEventLoop,
        bodies: BodyStore,
        on_poison: Callable[[Exception], None],
        *,
        keep_body_seconds: float = 0,
    ) -> None:
        raise NotImplementedError

    def accept(self, message: NewMessage, done: AcceptDone) -> None:
        raise NotImplementedError

    def start_attempts(self, starts: Sequence[AttemptStart], done: Done) -> None:
        raise NotImplementedError

    def finish(self, outcomes: Sequence[Outcome], done: Done) -> None:
        raise NotImplementedError

    async def run(self, work: Work[T]) -> T:
        raise NotImplementedError

    async def read(self, work: Work[T]) -> T:
        raise NotImplementedError
