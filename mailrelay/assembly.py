"""Opens the parts of a daemon in the order in which they need each other; they are closed in the reverse order.

What arrives goes reception -> ledger -> dispatcher -> sender; everything beside that path (address book, control
socket, metrics, sequencer) may fail without stopping it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, Final, cast

from foundation import clock, logs
from foundation.config.of_service import directory_connection, journal_origin
from foundation.control.server import ControlServer
from foundation.daemon.background import be_the_only_one, caught_up, run_beside, sequence
from foundation.daemon.health import Health
from foundation.daemon.web_server import WebServer
from foundation.errors import StorageError
from foundation.journal import Sequencer
from foundation.storage import Database
from foundation.tables import open_to_work
from mailrelay import vital_signs
from mailrelay.configuration import settings_from
from mailrelay.control.issuing import Issuing
from mailrelay.control.queue_orders import QueueOrders
from mailrelay.dispatch.dispatcher import Dispatcher
from mailrelay.dispatch.notices import Notices
from mailrelay.dispatch.returned_reports import ReturnedReports
from mailrelay.observation import message_log
from mailrelay.observation.counting import CountingLedger, TimedDatabase
from mailrelay.observation.message_log import LoggingLedger
from mailrelay.observation.metrics import Figures, Metrics
from mailrelay.parts import Parts, load_signer, room_of
from mailrelay.policy.authentication import Authenticator
from mailrelay.policy.book_copy import BookCopy
from mailrelay.policy.credentials import CredentialChecker
from mailrelay.policy.refreshing import Refresher, opener
from mailrelay.queue_ids import spell
from mailrelay.reception.listeners import Reception
from mailrelay.sending.pool import Sender
from mailrelay.service import SERVICE
from mailrelay.spool.bodies import BodyStore
from mailrelay.spool.recovery import recover
from mailrelay.store.notices import unacknowledged

if TYPE_CHECKING:
    from foundation.config.sections import Configuration

AREA: Final = "mailrelay"
DRAIN_SECONDS: Final = 10.0
WIRE_SECONDS: Final = 15.0
"""Together with the rest under the half minute that a stop may take."""
FIRST_BOOK_SECONDS: Final = 5.0
"""How long a start waits for the directory: without any address book every recipient of ours would be put off."""


async def open_parts(
    configuration: Configuration, stack: AsyncExitStack, on_poison: Callable[[Exception], None]
) -> Parts:
    """Open everything; the stack closes it. Raises ConfigError, Busy, StorageError, Unreachable."""
    parts = Parts(settings_from(configuration), configuration)
    stack.callback(parts.work.shutdown, wait=False, cancel_futures=True)
    stack.callback(parts.logins.shutdown, wait=False, cancel_futures=True)
    await _open_storage(parts, stack, on_poison)
    await _open_address_book(parts, stack)
    await _open_way_out(parts, stack)
    await _open_windows(parts, stack)
    await _open_way_in(parts, stack)
    return parts


async def _open_storage(parts: Parts, stack: AsyncExitStack, on_poison: Callable[[Exception], None]) -> None:
    """Database, bodies, ledger; and whatever a crash left is put in order before anything new comes."""
    settings, loop = parts.settings, asyncio.get_running_loop()
    settings.spool.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = await asyncio.to_thread(open_to_work, parts.configuration.storage, SERVICE.name)
    stack.push_async_callback(asyncio.to_thread, database.close)
    be_the_only_one(SERVICE, database, stack, on_poison)
    parts.database = cast(Database, TimedDatabase(database, parts.counts.commit_seconds))
    parts.bodies = BodyStore(
        settings.spool,
        loop,
        **room_of(settings),
    )
    stack.push_async_callback(asyncio.to_thread, parts.bodies.close)
    found = await asyncio.to_thread(recover, database, parts.bodies)
    logs.event(
        logging.INFO,
        AREA,
        "recovered",
        unknown_attempts=found.unknown_attempts,
        deleted_segments=len(found.deleted_segments),
        seconds=round(found.took_seconds, 3),
    )
    parts.ledger = (LoggingLedger if message_log.wanted() else CountingLedger)(
        parts.database, loop, parts.bodies, on_poison, keep_body_seconds=settings.keep_body_seconds
    )
    parts.ledger.counts = parts.counts
    sequencer = Sequencer(database, journal_origin(parts.configuration, SERVICE))
    stack.push_async_callback(caught_up, sequencer)
    run_beside(stack, sequence(SERVICE, sequencer))


async def _open_address_book(parts: Parts, stack: AsyncExitStack) -> None:
    """The copy of the directory; mail is taken as soon as there is one, old or new."""
    connection = directory_connection(parts.configuration, SERVICE)
    directory = parts.settings.directory
    parts.refresher = Refresher(parts.book, directory, opener(connection), BookCopy(parts.settings.spool))
    parts.refresher.start()
    stack.push_async_callback(asyncio.to_thread, parts.refresher.stop)
    parts.authenticator = Authenticator(
        parts.book,
        CredentialChecker(connection, directory),
        parts.logins,
        applications=parts.applications,
        on_unsure=parts.refresher.hurry,
    )
    deadline = clock.monotonic() + FIRST_BOOK_SECONDS
    while not parts.book.complete and clock.monotonic() < deadline:
        await asyncio.sleep(0.01)


async def _open_way_out(parts: Parts, stack: AsyncExitStack) -> None:
    """Sender, dispatcher, and the reports that are owed."""
    settings = parts.settings
    signer = await asyncio.to_thread(load_signer, settings)
    parts.sender = Sender(settings, asyncio.get_running_loop())
    stack.push_async_callback(parts.sender.close)
    returned = ReturnedReports(parts.ledger, parts.bodies)
    stack.push_async_callback(returned.finish)
    parts.dispatcher = Dispatcher(
        settings,
        parts.ledger,
        parts.bodies,
        parts.sender,
        executor=parts.work,
        signer=signer,
        wake_notices=lambda: parts.notices.wake(),
        consider_report=returned.consider,
    )
    parts.notices = Notices(settings, parts.ledger, parts.bodies, resolve=parts.resolve, offer=parts.offer_own)
    stack.push_async_callback(parts.dispatcher.stop, WIRE_SECONDS)
    await parts.dispatcher.start()
    parts.notices.start()
    stack.push_async_callback(parts.notices.stop)


async def _open_windows(parts: Parts, stack: AsyncExitStack) -> None:
    """How commands and machines see us: control socket, health, metrics."""
    settings = parts.settings
    issuing = Issuing(
        lambda: parts.settings,
        parts.policy,
        parts.book,
        parts.bodies,
        parts.ledger,
        parts.resolve,
        parts.offer_own,
    )
    orders = QueueOrders(parts.dispatcher, parts.ledger, parts.bodies)
    control = ControlServer(
        SERVICE, settings.control_socket, settings.control_group, {**issuing.handlers(), **orders.handlers()}
    )
    await control.start()
    stack.push_async_callback(control.stop)
    parts.figures = Figures(
        parts.counters, parts.counts, partial(vital_signs.queue_figures, parts), partial(vital_signs.levels, parts)
    )
    health = Health(
        {
            "listeners": partial(vital_signs.listeners, parts),
            "queue": partial(vital_signs.queue_answers, parts),
            "disk": partial(vital_signs.disk, parts),
            "addresses": partial(vital_signs.addresses, parts),
        }
    )
    if settings.metrics_host:
        pages = health.pages(Metrics(parts.figures).page)
        web = WebServer(SERVICE, settings.metrics_host, settings.metrics_port, pages)
        await web.start()
        stack.push_async_callback(web.stop)


async def _open_way_in(parts: Parts, stack: AsyncExitStack) -> None:
    """The listeners, last: from here on mail comes."""
    parts.reception = Reception(
        parts.settings,
        policy=parts.policy,
        authenticator=parts.authenticator,
        bodies=parts.bodies,
        ledger=parts.ledger,
        resolve=parts.resolve,
        promise=parts.dispatcher.promise,
        withdraw=parts.dispatcher.withdraw,
        offer=parts.dispatcher.offer,
        unacknowledged=partial(_unacknowledged, parts),
        counters=parts.counters,
    )
    await parts.reception.start()
    parts.listening = True
    stack.push_async_callback(_close_way_in, parts)


def _unacknowledged(parts: Parts, number: int) -> None:
    """A client was gone before our 250: recorded, beside everything else."""

    async def record() -> None:
        try:
            await parts.ledger.run(lambda transaction: unacknowledged(transaction, number, at))
        except StorageError as error:
            logs.event(logging.WARNING, AREA, "not recorded as unacknowledged", queue_id=spell(number), reason=error)

    at = clock.now_microseconds()
    task = asyncio.get_running_loop().create_task(record())
    parts.tasks.add(task)
    task.add_done_callback(parts.tasks.discard)


async def _close_way_in(parts: Parts) -> None:
    parts.stopping = True
    await parts.reception.drain(DRAIN_SECONDS)
