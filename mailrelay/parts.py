"""What a running daemon consists of, and what of it a reload changes.

A reload changes the settings of the parts; what a part cannot change while it runs stays as it was
(`WAITS_FOR_RESTART`). In which order parts are opened and closed is the business of `assembly`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from foundation import clock
from foundation.daemon.reloading import kept_until_restart, sections_that_wait
from foundation.storage import Database
from mailrelay.configuration import settings_from
from mailrelay.dispatch.dispatcher import Dispatcher
from mailrelay.dispatch.notices import Notices
from mailrelay.envelope import Delivery, Recipient
from mailrelay.messages.dkim import DkimSigner
from mailrelay.observation.counting import CountingLedger, Counts
from mailrelay.observation.metrics import Figures
from mailrelay.policy.addressbook import AddressBook
from mailrelay.policy.applications import Applications
from mailrelay.policy.authentication import Authenticator
from mailrelay.policy.refreshing import Refresher
from mailrelay.policy.resolution import resolve
from mailrelay.policy.rules import Policy
from mailrelay.reception.counters import Counters
from mailrelay.reception.listeners import Reception
from mailrelay.sending.pool import Sender
from mailrelay.service import SERVICE
from mailrelay.settings import RelaySettings
from mailrelay.spool.bodies import BodyStore
from mailrelay.store.values import NewMessage

if TYPE_CHECKING:
    from foundation.config.sections import Configuration

LOGIN_THREADS: Final = 8
"""slapd needs some 30 ms for one argon2id: eight at a time are 250 logins a second, more than a morning brings."""
WORK_THREADS: Final = 4
WAITS_FOR_RESTART: Final = (
    "spool",
    "control_socket",
    "control_group",
    "metrics_host",
    "metrics_port",
    "directory",
    "event_loop",
    "keep_body_seconds",
)


class Parts:
    """What a running daemon consists of."""

    def __init__(self, settings: RelaySettings, configuration: Configuration) -> None:
        self.settings = settings
        self.configuration = configuration
        self.counts = Counts()
        self.counters = Counters()
        self.book = AddressBook(settings.domains)
        self.applications = Applications(settings.applications)
        self.policy = Policy(settings, self.book, applications=self.applications)
        self.work = ThreadPoolExecutor(WORK_THREADS, "work")
        self.logins = ThreadPoolExecutor(LOGIN_THREADS, "login")
        self.figures: Figures
        self.database: Database
        self.bodies: BodyStore
        self.ledger: CountingLedger
        self.refresher: Refresher
        self.authenticator: Authenticator
        self.sender: Sender
        self.dispatcher: Dispatcher
        self.notices: Notices
        self.reception: Reception
        self.tasks: set[asyncio.Task[None]] = set()
        self.listening = False
        self.stopping = False

    @property
    def addresses(self) -> dict[str, list[tuple[str, int]]]:
        """Where each kind of listener really listens."""
        return {str(kind): list(places) for kind, places in self.reception.addresses.items()}

    def resolve(self, recipients: Iterable[Recipient]) -> tuple[Delivery, ...]:
        """Who is meant by these recipients, today."""
        return resolve(recipients, self.book, self.settings)

    def offer_own(self, message: NewMessage) -> None:
        """Count what no session brought, and deliver it."""
        self.counts.made(message.origin, message.body.size)
        self.dispatcher.offer(message)

    async def use(self, configuration: Configuration) -> list[str]:
        """Use another configuration from now on; what waits for a restart. Raises ConfigError before anything has
        changed."""
        settings, waiting = kept_until_restart(self.settings, settings_from(configuration), WAITS_FOR_RESTART)
        waiting += sections_that_wait(self.configuration, configuration, SERVICE.section)
        await self.reload(settings)
        return waiting

    async def reload(self, settings: RelaySettings) -> None:
        """Use other settings from now on. Raises ConfigError before anything has changed."""
        signer = await asyncio.to_thread(load_signer, settings)
        await self.reception.reload(settings)
        self.settings = settings
        self.bodies.reload(**room_of(settings))
        self.book.use_domains(configured=settings.domains)
        self.policy.reload(settings)
        self.sender.reload(settings)
        self.dispatcher.reload(settings, signer)
        self.notices.reload(settings)

    def reloaded(self, successful: bool) -> None:
        """Note how the last reload went."""
        self.figures.reload_successful = successful
        if successful:
            self.figures.reloaded_at = clock.now().timestamp()


def room_of(settings: RelaySettings) -> dict[str, int]:
    """What bodies may take of memory and disk; a quarter of the memory is left to the sessions."""
    limits = settings.limits
    return {"memory_bytes": limits.memory_bytes * 3 // 4, "free_disk_percent": limits.free_disk_percent}


def load_signer(settings: RelaySettings) -> DkimSigner | None:
    """The signer for our domains, if any is to be signed. Raises ConfigError."""
    if settings.dkim_key is None:
        return None
    return DkimSigner.load(settings.dkim_key, settings.dkim_selector, settings.dkim_domains)
