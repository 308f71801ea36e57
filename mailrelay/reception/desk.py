"""What all sessions of one daemon share: settings, the rooms they ask, the receive buffer, counters, memory in use.

The rooms are known here by what is asked of them (protocols), so that tests put their own in their place. Everything
belongs to the loop's thread.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, Protocol

from foundation import clock
from mailrelay.envelope import Client, Delivery, Envelope, Recipient
from mailrelay.policy.refusals import Refusal
from mailrelay.reception.admission import Admission
from mailrelay.reception.counters import Counters
from mailrelay.reception.logins_remembered import RememberedLogins
from mailrelay.settings import RelaySettings
from mailrelay.store.values import Accepted, NewMessage, StoredBody

if TYPE_CHECKING:
    from mailrelay.messages.headers import Headers
    from mailrelay.reception.session import Session

RECEIVE_BUFFER_BYTES: Final = 256 * 1024
"""One for all connections: bytes are copied out before anybody else can receive (measured best for large messages)."""


class PolicyProtocol(Protocol):
    """What the sessions ask of `policy.rules.Policy`; each refusal is None for yes."""

    def trusted(self, client_ip: str) -> bool: ...

    def connected(self, client_ip: str) -> Refusal | None: ...

    def login_address(self, client: Client) -> str: ...

    def mail(self, client: Client, sender: str, declared_bytes: int) -> Refusal | None: ...

    def rcpt(self, client: Client, sender: str, recipient: Recipient, count: int) -> Refusal | None: ...

    def message(self, client: Client, envelope: Envelope, headers: Headers) -> Refusal | None: ...


class LoginProtocol(Protocol):
    """Who logged in: the opaque uid and the name that was typed."""

    @property
    def uid(self) -> str: ...

    @property
    def login(self) -> str: ...


class AuthenticatorProtocol(Protocol):
    """What AUTH asks of `policy.authentication.Authenticator`."""

    async def verify(self, login: str, password: str, address: str) -> LoginProtocol | Refusal: ...


class WriterProtocol(Protocol):
    """Takes one message's bytes (`spool.bodies.BodyWriter`). `error`: it is known already that `finish` will fail."""

    size: int
    backlog_bytes: int
    on_drain: Callable[[], None] | None
    error: Exception | None

    def write(self, data: bytes) -> None: ...

    def finish(self, done: Callable[[StoredBody | None, Exception | None], None]) -> None: ...

    def abandon(self) -> None: ...


class BodiesProtocol(Protocol):
    """Where the bytes go (`spool.bodies.BodyStore`)."""

    def open(self, declared_bytes: int = 0) -> WriterProtocol: ...

    def has_room(self, size_bytes: int) -> bool: ...


class LedgerProtocol(Protocol):
    """What makes a message ours (`spool.ledger.Ledger`)."""

    def accept(self, message: NewMessage, done: Callable[[Accepted | None, Exception | None], None]) -> None: ...


Resolve = Callable[[Sequence[Recipient]], tuple[Delivery, ...]]
Offer = Callable[[NewMessage], None]
Withdraw = Callable[[NewMessage, bool], None]
"""Gets a message that was offered for a promise and not accepted; the flag: it may be stored all the same."""
Unacknowledged = Callable[[int], None]
"""Gets the number of a message that is ours although its client never heard our 250."""


class Desk:
    """Shared by the sessions. `now` is the monotonic time, set once a second by the watch: no session asks a clock."""

    def __init__(
        self,
        settings: RelaySettings,
        *,
        loop: asyncio.AbstractEventLoop,
        policy: PolicyProtocol,
        authenticator: AuthenticatorProtocol,
        bodies: BodiesProtocol,
        ledger: LedgerProtocol,
        resolve: Resolve,
        offer: Offer,
        unacknowledged: Unacknowledged,
        counters: Counters | None = None,
        promise: Offer = lambda message: None,
        withdraw: Withdraw = lambda message, may_be_stored: None,
    ) -> None:
        self.settings = settings
        self.loop = loop
        self.policy = policy
        self.authenticator = authenticator
        self.bodies = bodies
        self.ledger = ledger
        self.resolve = resolve
        self.offer = offer
        self.promise = promise
        self.withdraw = withdraw
        self.unacknowledged = unacknowledged
        self.counters = counters or Counters()
        self.admission = Admission()
        self.logins = RememberedLogins()
        self.sessions: set[Session] = set()
        self.commits = 0
        self.full_logged_at = float("-inf")
        self.memory_bytes = 0
        self.tls: ssl.SSLContext | None = None
        self.draining = False
        self.buffer = memoryview(bytearray(RECEIVE_BUFFER_BYTES))
        self.now = clock.monotonic()

    @property
    def crowded(self) -> bool:
        """Whether what all sessions hold in memory has used up its budget."""
        return self.memory_bytes > self.settings.limits.memory_bytes
