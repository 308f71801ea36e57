"""What a running daemon consists of, what others are given of it, and what of it a reload changes.

The directory is asked when somebody needs it and may be away: invitations that are promised leave, and answers are
counted, without it. What a part cannot change while it runs stays as it was (`WAITS_FOR_RESTART`). In which order parts
are opened and closed is the business of `assembly`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from foundation import clock
from foundation.config.of_service import directory_connection
from foundation.daemon.asgi_server import AsgiServer
from foundation.daemon.reloading import kept_until_restart, sections_that_wait
from foundation.rendering import Renderer
from foundation.storage import Database
from meetings.configuration import settings_from
from meetings.control_orders.editions import Editions
from meetings.control_orders.workplace import Workplace
from meetings.desk.context import Context, Outcome
from meetings.desk.keeping import KeepingRules, keeping_rules
from meetings.desk.letters_of import Sources
from meetings.desk.reminding import ReminderRules
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

if TYPE_CHECKING:
    from foundation.config.sections import Configuration

READERS: Final = 2
"""Threads that read mails: one answer costs a few milliseconds, and the desk is one writer anyway."""
WAITS_FOR_RESTART: Final = ("lmtp", "web", "metrics", "control_socket", "control_group", "directory")


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
        with connect(directory_connection(self.configuration, SERVICE)) as directory:
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

    def pages(self) -> Any:
        """The web pages, with the settings of now."""
        from meetings.web.application import create_app
        from meetings.web.desk_access import DeskPages
        from meetings.web.week_pages import IssuedWeeks

        return create_app(
            DeskPages(self.place, Editions(self.place).accept_time),
            self.links,
            self.settings,
            self.renderer,
            IssuedWeeks(self.database, lambda: self.settings, lambda: self.renderer, self.place.calendar),
        )

    def taken(self, outcome: Outcome) -> None:
        """A mail was taken in: what follows from it may leave."""
        self.courier.wake()
        if outcome.forward or outcome.forward_to:
            self.passing_on.wake()

    # ---- reload -----------------------------------------------------------------------------------------------------

    async def use(self, configuration: Configuration) -> list[str]:
        """Use another configuration from now on; what waits for a restart. Raises ConfigError before anything has
        changed."""
        settings, waiting = kept_until_restart(self.settings, settings_from(configuration), WAITS_FOR_RESTART)
        waiting += sections_that_wait(self.configuration, configuration, SERVICE.section)
        links = await asyncio.to_thread(Links.load, configuration)
        renderer = Renderer(settings.templates)
        template = template_version(renderer)
        self.settings, self.links, self.renderer, self.template = settings, links, renderer, template
        self.making.reload(self.sources(), renderer)
        self.receiver.reload(self.reading_limits(), self.keeping_rules(), self.ours())
        self.lmtp.reload(settings)
        self.web.replace(self.pages())
        self.courier.wake()
        return waiting

    def reloaded(self, successful: bool) -> None:
        """Note how the last reload went."""
        self.last_reload_successful = successful
        if successful:
            self.reloaded_at = clock.now().timestamp()
