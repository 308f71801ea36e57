"""What every order works with: settings, database, directory, links; and the three ways to run a unit of work.

`try_out` runs the very unit that would be stored and takes it back, so that a dry run cannot promise what the real one
would not do. The directory is asked in a thread, one question after the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NoReturn, TypeVar

from foundation import clock
from foundation.errors import Unreachable
from foundation.storage import Database, Transaction
from foundation.workdays import WorkCalendar
from meetings.desk.context import Context, Office
from meetings.form.participants import is_alone
from meetings.form.values import Rules
from meetings.links import Links
from meetings.meeting import Guest

if TYPE_CHECKING:
    from meetings.people.lookup import People
    from meetings.settings import MeetingsSettings

T = TypeVar("T")


class _TakenBack(Exception):
    """Ends a unit of work that was only tried."""

    def __init__(self, found: object) -> None:
        super().__init__("a dry run is never stored")
        self.found = found


@dataclass(slots=True)
class Workplace:
    """`people` opens the directory as long as it is entered. `template` is the version of the mail templates. `wake`
    tells the handover that mail was promised."""

    settings: Callable[[], MeetingsSettings]
    database: Database
    people: Callable[[], AbstractContextManager[People]]
    links: Callable[[], Links]
    template: Callable[[], str] = lambda: ""
    wake: Callable[[], None] = lambda: None
    calendar: WorkCalendar = field(default_factory=WorkCalendar)
    one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Two orders that look whether somebody is free and then take them must not look at once."""

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """What the work finds. Raises StorageError, and whatever the work raises."""
        return await asyncio.to_thread(self.database.read, work)

    async def run(self, work: Callable[[Transaction], T]) -> T:
        """What the work did, once it is durable; the handover is woken."""
        done = await asyncio.wrap_future(self.database.submit(work))
        self.wake()
        return done

    async def try_out(self, work: Callable[[Transaction], T]) -> T:
        """What the work would have done; nothing of it is stored."""
        try:
            await asyncio.wrap_future(self.database.submit(partial(_take_back, work)))
        except _TakenBack as end:
            return end.found  # type: ignore[return-value]  # it is what the work returned
        raise RuntimeError("a unit of work that was taken back is stored")

    def run_or_try(self, work: Callable[[Transaction], T], only_try: bool) -> Awaitable[T]:
        """`try_out` for a dry run, else `run`."""
        return self.try_out(work) if only_try else self.run(work)

    async def ask_people(self, question: Callable[[People], T]) -> T:
        """What the directory answers. Raises Unreachable, ConfigError."""

        def asked() -> T:
            with self.people() as people:
                return question(people)

        return await asyncio.to_thread(asked)

    async def address_of(self, who: str) -> str:
        """The address of the one whom an employee id, a full name or the short name of an office means in the
        directory; the text itself when it is an address, means nobody or several, or the directory is away."""
        if not who or "@" in who:
            return who
        try:
            guests, _ = await self.ask_people(lambda people: people.expand([who]))
        except Unreachable:
            return who
        return guests[0].address if len(guests) == 1 and is_alone(who, guests[0]) else who

    def context(
        self, operator: str, guests: Collection[Guest] = (), unreachable: frozenset[str] | None = None
    ) -> Context:
        """Who acts, now, and what the directory said beforehand."""
        return Context(
            at=clock.now_microseconds(),
            operator=operator,
            office=self.office(),
            template=self.template(),
            guests={guest.address: guest for guest in guests},
            unreachable=unreachable,
        )

    def office(self) -> Office:
        """In whose name invitations go out."""
        settings = self.settings()
        return Office(
            organiser=settings.organiser,
            organiser_name=settings.organiser_name,
            organisation=settings.organisation,
            domain=settings.domains[0],
            secretary=settings.secretary,
            timezone=settings.timezone,
            language=settings.language,
            own_domains=settings.domains,
            authserv_id=settings.authserv_id,
            letterhead=settings.letterhead,
        )

    def rules(self) -> Rules:
        """What the organisation demands of a meeting."""
        settings = self.settings()
        return Rules(
            organiser=settings.organiser,
            bounce_address=settings.bounce_address,
            secretary=settings.secretary,
            timezone=settings.timezone,
            calendar=self.calendar,
            working_days=settings.working_days,
            clash=settings.clash,
            has_room=settings.room.can_be_entered,
        )


def _take_back(work: Callable[[Transaction], T], transaction: Transaction) -> NoReturn:
    raise _TakenBack(work(transaction))
