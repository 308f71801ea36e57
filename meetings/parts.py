"""The parts of a running daemon, opened in the order in which they need each other, and closed in the reverse order.

What is promised goes desk -> courier -> relay; what comes back goes lmtp -> receiver -> desk. Commands come over the
control socket, people over the web pages. The directory is asked when somebody needs it and may be away: invitations
that are promised leave, and answers are counted, without it. A reload changes the settings of the parts; what a part
cannot change while it runs stays as it was (`kept_until_restart`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from foundation import clock
from foundation.control.server import ControlServer
from foundation.daemon.asgi_server import AsgiServer
from foundation.daemon.background import be_the_only_one, caught_up, run_beside, sequence
from foundation.daemon.health import Health
from foundation.daemon.web_server import Answer, WebServer
from foundation.journal import Sequencer
from foundation.rendering import Renderer
from foundation.storage import Database
from foundation.tables import open_to_work
from meetings import vital_signs
from meetings.configuration import directory_connection, journal_origin, settings_from
from meetings.control_orders.editions import Editions
from meetings.control_orders.orders import ControlOrders
from meetings.control_orders.workplace import Workplace
from meetings.desk.answers import take_in
from meetings.desk.context import Context, Outcome
from meetings.desk.keeping import KeepingRules, keeping_rules
from meetings.desk.letters_of import Sources
from meetings.desk.reminding import ReminderRules
from meetings.desk.reports import take_in_reports
from meetings.handover.courier import Courier
from meetings.handover.gate import Gate
from meetings.handover.making import Making
from meetings.handover.passing_on import PassingOn
from meetings.intake.lmtp import LmtpServer
from meetings.intake.receiving import Receiver
from meetings.invitations.mime import template_version
from meetings.links import Links
from meetings.meeting import Guest
from meetings.people.lookup import People
from meetings.replies.values import Limits, Ours
from meetings.service import SERVICE
from meetings.settings import MeetingsSettings
from meetings.timers.reminders import remind

if TYPE_CHECKING:
    from foundation.config.sections import Configuration

READERS: Final = 2
"""Threads that read mails: one answer costs a few milliseconds, and the desk is one writer anyway."""
_WAITS_FOR_RESTART: Final = ("lmtp", "web", "metrics", "control_socket", "control_group", "directory")


class Parts:
    """What a running daemon consists of."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self.settings = settings_from(configuration)
        self.renderer = Renderer(self.settings.templates)
        self.links = Links.load(configuration)
        self.template = template_version(self.renderer)
        self.work = ThreadPoolExecutor(READERS, "work")
        self.gate = Gate()
        self.started_at = self.reloaded_at = clock.now().timestamp()
        self.last_reload_successful = True
        self.listening = self.stopping = False
        self.database: Database
        self.place: Workplace
        self.making: Making
        self.courier: Courier
        self.passing_on: PassingOn
        self.receiver: Receiver
        self.lmtp: LmtpServer
        self.web: AsgiServer

    @property
    def addresses(self) -> dict[str, list[tuple[str, int]]]:
        """Where each door really is."""
        return {"lmtp": self.lmtp.addresses, "web": [self.web.address]}

    # ---- what others are given --------------------------------------------------------------------------------------

    @contextmanager
    def people(self) -> Iterator[People]:
        """The directory, for as long as it is entered. Raises Unreachable, ConfigError."""
        from foundation.directory.ldap import connect

        settings = self.settings
        with connect(directory_connection(self.configuration)) as directory:
            yield People(
                directory,
                settings.directory,
                settings.domains,
                settings.leader_lists,
                settings.limits.attendees,
                settings.timezone,
            )

    def look_up(self, addresses: Collection[str]) -> Mapping[str, Guest]:
        """{address: whom the directory knows by it}. Blocks. Raises Unreachable, ConfigError."""
        with self.people() as people:
            return people.find_all(addresses)

    def context(self, operator: str, guests: Mapping[str, Guest] | None = None) -> Context:
        """Who acts, now."""
        return replace(self.place.context(operator), guests=dict(guests or {}))

    def sources(self) -> Sources:
        """What letters are made from besides the tables."""
        room = self.settings.room
        return Sources(self.place.office(), self.links, room if room.can_be_entered else None)

    def reminder_rules(self) -> ReminderRules:
        """When people are reminded."""
        marks = self.settings.reminders
        return ReminderRules(marks.before_hours, marks.alarm_before_hours)

    def ours(self) -> Ours:
        """By what the reader of mails knows us."""
        settings = self.settings
        return Ours(settings.domains, settings.organiser, settings.authserv_id, settings.timezone)

    def reading_limits(self) -> Limits:
        """How much of a mail is read."""
        return Limits(mail_bytes=self.settings.limits.message_bytes)

    def keeping_rules(self) -> KeepingRules:
        """How much is kept of mails that came in."""
        return keeping_rules(self.settings.limits)

    def taken(self, outcome: Outcome) -> None:
        """A mail was taken in: what follows from it may leave."""
        self.courier.wake()
        if outcome.forward or outcome.forward_to:
            self.passing_on.wake()

    # ---- reload -----------------------------------------------------------------------------------------------------

    async def use(self, configuration: Configuration) -> list[str]:
        """Use another configuration from now on; what waits for a restart. Raises ConfigError before anything has
        changed."""
        settings, waiting = kept_until_restart(self.settings, settings_from(configuration))
        waiting += sections_that_wait(self.configuration, configuration)
        links = await asyncio.to_thread(Links.load, configuration)
        renderer = Renderer(settings.templates)
        template = template_version(renderer)
        self.settings, self.links, self.renderer, self.template = settings, links, renderer, template
        self.making.reload(self.sources(), renderer)
        self.receiver.reload(self.reading_limits(), self.keeping_rules(), self.ours())
        self.lmtp.reload(settings)
        self.web.replace(_pages(self))
        self.courier.wake()
        return waiting

    def reloaded(self, successful: bool) -> None:
        """Note how the last reload went."""
        self.last_reload_successful = successful
        if successful:
            self.reloaded_at = clock.now().timestamp()


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
    sequencer = Sequencer(parts.database, journal_origin(parts.configuration))
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
        pages: dict[str, Answer] = {
            "/livez": health.livez,
            "/readyz": health.readyz,
            "/healthz": health.readyz,
            "/metrics": partial(vital_signs.metrics, parts),
        }
        machines = WebServer(SERVICE, settings.metrics.host, settings.metrics.port, pages)
        await machines.start()
        stack.push_async_callback(machines.stop)


async def _open_ways_in(parts: Parts, stack: AsyncExitStack, on_poison: Callable[[Exception], None]) -> None:
    """The pages and LMTP, last: from here on people and mail come."""
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
    await parts.web.start(_pages(parts), _web_options())
    stack.push_async_callback(parts.web.stop)
    await parts.lmtp.start()
    stack.push_async_callback(_close_ways_in, parts)
    parts.listening = True


def kept_until_restart(old: MeetingsSettings, new: MeetingsSettings) -> tuple[MeetingsSettings, list[str]]:
    """The new settings with what only a restart can change left as it is; and the names of what waits for one."""
    waiting = [name for name in _WAITS_FOR_RESTART if getattr(old, name) != getattr(new, name)]
    return replace(new, **{name: getattr(old, name) for name in waiting}), waiting


def sections_that_wait(old: Configuration, new: Configuration) -> list[str]:
    """Sections that are read once, at the start, and have changed: which database, which directory, as whom."""
    account = ("bind_dn", "bind_password")
    changed = [name for name in ("storage", "directory", "journal") if getattr(old, name) != getattr(new, name)]
    return changed + [
        f"meetings.{name}" for name in account if getattr(old.meetings, name) != getattr(new.meetings, name)
    ]


async def _close_ways_in(parts: Parts) -> None:
    parts.stopping = True
    await parts.lmtp.stop()


def _pages(parts: Parts) -> Any:
    """The web pages, with the settings of now."""
    from meetings.web.application import create_app
    from meetings.web.desk_access import DeskPages
    from meetings.web.week_pages import IssuedWeeks

    return create_app(
        DeskPages(parts.place, Editions(parts.place).accept_time),
        parts.links,
        parts.settings,
        parts.renderer,
        IssuedWeeks(parts.database, lambda: parts.settings, lambda: parts.renderer, parts.place.calendar),
    )


def _web_options() -> dict[str, Any]:
    from foundation.web.serving import server_options

    return server_options()
