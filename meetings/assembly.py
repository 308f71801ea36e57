"""Opens the parts of a daemon in the order in which they need each other; they are closed in the reverse order.

What is promised goes desk -> courier -> relay; what comes back goes lmtp -> receiver -> desk. Commands come over the
control socket, people over the web pages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING

from foundation.config.of_service import journal_origin
from foundation.control.server import ControlServer
from foundation.daemon.asgi_server import AsgiServer
from foundation.daemon.background import be_the_only_one, caught_up, run_beside, sequence
from foundation.daemon.health import Health
from foundation.daemon.web_server import WebServer
from foundation.journal import Sequencer
from foundation.tables import open_to_work
from meetings import vital_signs
from meetings.control_orders.orders import ControlOrders
from meetings.control_orders.workplace import Workplace
from meetings.desk.answers import take_in
from meetings.desk.reports import take_in_reports
from meetings.handover.courier import Courier
from meetings.handover.making import Making
from meetings.handover.passing_on import PassingOn
from meetings.intake.lmtp import LmtpServer
from meetings.intake.receiving import Receiver
from meetings.parts import Parts
from meetings.service import SERVICE
from meetings.timers.reminders import remind

if TYPE_CHECKING:
    from foundation.config.sections import Configuration


async def open_parts(
    configuration: Configuration, stack: AsyncExitStack, on_poison: Callable[[Exception], None]
) -> Parts:
    """Open everything; the stack closes it. Raises ConfigError, Busy, StorageError, Unreachable."""
    parts = await asyncio.to_thread(Parts, configuration)
    stack.callback(parts.work.shutdown, wait=False, cancel_futures=True)
    await _open_storage(parts, stack, on_poison)
    await _open_way_out(parts, stack, on_poison)
    await _open_windows(parts, stack)
    await _open_ways_in(parts, stack, on_poison)
    return parts


async def _open_storage(parts: Parts, stack: AsyncExitStack, on_poison: Callable[[Exception], None]) -> None:
    """The database, ours alone; the journal's tree; who acts in it."""
    parts.database = await asyncio.to_thread(open_to_work, parts.configuration.storage, SERVICE.name)
    stack.push_async_callback(asyncio.to_thread, parts.database.close)
    be_the_only_one(SERVICE, parts.database, stack, on_poison)
    sequencer = Sequencer(parts.database, journal_origin(parts.configuration, SERVICE))
    stack.push_async_callback(caught_up, sequencer)
    run_beside(stack, sequence(SERVICE, sequencer))
    parts.place = Workplace(
        lambda: parts.settings,
        parts.database,
        parts.people,
        lambda: parts.links,
        lambda: parts.template,
        lambda: parts.courier.wake(),
    )


async def _open_way_out(parts: Parts, stack: AsyncExitStack, on_poison: Callable[[Exception], None]) -> None:
    """Letters to the relay, mail that goes on, and reminders."""
    parts.making = Making(parts.sources(), parts.renderer)
    parts.courier = Courier(
        parts.database, lambda: parts.settings, lambda *asked: parts.making.prepare(*asked), on_poison, gate=parts.gate
    )
    parts.passing_on = PassingOn(parts.database, lambda: parts.settings, lambda: parts.renderer, parts.gate, on_poison)
    await asyncio.to_thread(parts.courier.start)
    stack.push_async_callback(asyncio.to_thread, parts.courier.stop)
    parts.passing_on.start()
    stack.push_async_callback(asyncio.to_thread, parts.passing_on.stop)
    run_beside(
        stack,
        remind(
            parts.database,
            lambda: parts.context("timer"),
            parts.reminder_rules,
            lambda: parts.courier.wake(),
            lambda: bool(parts.gate.why_shut),
        ),
    )


async def _open_windows(parts: Parts, stack: AsyncExitStack) -> None:
    """How commands and machines see us: control socket, health, metrics."""
    settings = parts.settings
    orders = ControlOrders(parts.place)
    control = ControlServer(SERVICE, settings.control_socket, settings.control_group, orders.handlers())
    await control.start()
    stack.push_async_callback(control.stop)
    health = Health(
        {"listeners": partial(vital_signs.listeners, parts), "database": partial(vital_signs.database, parts)}
    )
    if settings.metrics.host:
        pages = health.pages(partial(vital_signs.metrics, parts))
        machines = WebServer(SERVICE, settings.metrics.host, settings.metrics.port, pages)
        await machines.start()
        stack.push_async_callback(machines.stop)


async def _open_ways_in(parts: Parts, stack: AsyncExitStack, on_poison: Callable[[Exception], None]) -> None:
    """The pages and LMTP, last: from here on people and mail come."""
    from foundation.web.serving import server_options

    settings = parts.settings
    parts.receiver = Receiver(
        parts.database,
        take_in,
        parts.work,
        take_in_reports=take_in_reports,
        context=lambda guests: parts.context("mail", guests),
        look_up=parts.look_up,
        limits=parts.reading_limits(),
        keeping=parts.keeping_rules(),
        ours=parts.ours(),
        on_taken=parts.taken,
        on_poison=on_poison,
    )
    parts.lmtp = LmtpServer(settings, parts.receiver.receive)
    parts.web = AsgiServer(SERVICE, "web_listen", settings.web.host, settings.web.port)
    await parts.web.start(parts.pages(), server_options())
    stack.push_async_callback(parts.web.stop)
    await parts.lmtp.start()
    stack.push_async_callback(_close_ways_in, parts)
    parts.listening = True


async def _close_ways_in(parts: Parts) -> None:
    parts.stopping = True
    await parts.lmtp.stop()
