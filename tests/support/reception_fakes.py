"""Stand-ins for what the reception asks: a policy of few words, bodies in memory, a ledger that does as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from mailrelay.envelope import Client, Delivery, Envelope, Recipient
from mailrelay.messages.headers import Headers
from mailrelay.policy.refusals import Refusal
from mailrelay.store.values import Accepted, NewMessage, StoredBody

NO_RELAY = Refusal(550, "5.7.1", "Relaying denied")
UNKNOWN = Refusal(550, "5.1.1", "No such mailbox here")
WRONG_FROM = Refusal(550, "5.7.1", "Not your From")
WRONG_LOGIN = Refusal(535, "5.7.8", "Authentication credentials invalid")
NO_LOGIN_NOW = Refusal(454, "4.7.0", "Temporary authentication failure")


class FakePolicy:
    """`tinh.test` is ours: everybody there exists but `nobody@`. Nobody is trusted unless `trusted_addresses` says so;
    foreign recipients are for accounts and trusted clients. `refusals` says no to a sender. A From of
    `chutich@tinh.test` is refused."""

    def __init__(self) -> None:
        self.trusted_addresses: set[str] = set()
        self.refused_addresses: dict[str, Refusal] = {}
        self.fail_at = ""
        self.seen_clients: list[Client] = []
        self.seen_headers: list[Headers] = []

    def trusted(self, client_ip: str) -> bool:
        return client_ip in self.trusted_addresses

    def connected(self, client_ip: str) -> Refusal | None:
        return self.refused_addresses.get(client_ip)

    def login_address(self, client: Client) -> str:
        return "an@tinh.test" if client.account == "uan" else ""

    def mail(self, client: Client, sender: str, declared_bytes: int) -> Refusal | None:
        self._fail("mail")
        self.seen_clients.append(client)
        return WRONG_FROM if sender == "refused@tinh.test" else None

    def rcpt(self, client: Client, sender: str, recipient: Recipient, count: int) -> Refusal | None:
        self._fail("rcpt")
        if recipient.address == "nobody@tinh.test":
            return UNKNOWN
        inside = bool(client.account) or client.trusted
        ours = recipient.address.endswith("@tinh.test") or recipient.address == "postmaster"
        return None if ours or inside else NO_RELAY

    def message(self, client: Client, envelope: Envelope, headers: Headers) -> Refusal | None:
        self._fail("message")
        self.seen_headers.append(headers)
        return WRONG_FROM if "chutich@tinh.test" in headers.from_addresses else None

    def _fail(self, step: str) -> None:
        if self.fail_at == step:
            raise ZeroDivisionError(f"a bug in {step}")


@dataclass(frozen=True)
class FakeLogin:
    """What a verified login is."""

    uid: str
    login: str


class FakeAuthenticator:
    """Knows `an@tinh.test` with the password `mật khẩu`. `down` is a directory that does not answer; with `hold` set,
    an answer waits for it."""

    def __init__(self) -> None:
        self.down = False
        self.hold: asyncio.Event | None = None
        self.asked: list[tuple[str, str, str]] = []

    async def verify(self, login: str, password: str, address: str) -> FakeLogin | Refusal:
        self.asked.append((login, password, address))
        if self.hold is not None:
            await self.hold.wait()
        if self.down:
            return NO_LOGIN_NOW
        right = login == "an@tinh.test" and password == "mật khẩu"
        return FakeLogin("uan", login) if right else WRONG_LOGIN


class FakeWriter:
    """Keeps what it is given; with `slow_disk` of the bodies set, its backlog stays until `drain`."""

    def __init__(self, bodies: FakeBodies) -> None:
        self._bodies = bodies
        self.pieces: list[bytes] = []
        self.size = 0
        self.backlog_bytes = 0
        self.on_drain: Callable[[], None] | None = None
        self.error: Exception | None = None
        self.abandoned = False
        self.finished = False

    def write(self, data: bytes) -> None:
        if self._bodies.write_error is not None:
            raise self._bodies.write_error
        self.pieces.append(data)
        self.size += len(data)
        if self._bodies.slow_disk:
            self.backlog_bytes += len(data)

    def drain(self) -> None:
        self.backlog_bytes = 0
        if self.on_drain is not None:
            self.on_drain()

    def finish(self, done: Callable[[StoredBody | None, Exception | None], None]) -> None:
        self.backlog_bytes = 0
        self.finished = True
        if self._bodies.finish_error is not None:
            done(None, self._bodies.finish_error)
        else:
            content = b"".join(self.pieces)
            done(StoredBody(self.size, sha256(content).digest(), content), None)

    def abandon(self) -> None:
        self.abandoned = True
        self.pieces = []


class FakeBodies:
    """Every writer that was opened, and how the next ones behave."""

    def __init__(self) -> None:
        self.writers: list[FakeWriter] = []
        self.room = True
        self.slow_disk = False
        self.write_error: Exception | None = None
        self.finish_error: Exception | None = None

    def open(self, declared_bytes: int = 0) -> FakeWriter:
        self.writers.append(FakeWriter(self))
        return self.writers[-1]

    def has_room(self, size_bytes: int) -> bool:
        return self.room


AcceptDone = Callable[[Accepted | None, Exception | None], None]


class FakeLedger:
    """Accepts at once (`at_once`), at the loop's next turn, or when told (`hold`, `release`); or fails with `error`."""

    def __init__(self) -> None:
        self.messages: list[NewMessage] = []
        self.at_once = False
        self.hold = False
        self.error: Exception | None = None
        self.repeats: int | None = None
        self.waiting: list[Callable[[], None]] = []

    def accept(self, message: NewMessage, done: AcceptDone) -> None:
        if self.hold:
            self.waiting.append(lambda: self._answer(message, done))
        elif self.at_once:
            self._answer(message, done)
        else:
            asyncio.get_running_loop().call_soon(self._answer, message, done)

    def release(self) -> None:
        waiting, self.waiting = self.waiting, []
        for answer in waiting:
            answer()

    def _answer(self, message: NewMessage, done: AcceptDone) -> None:
        if self.error is not None:
            done(None, self.error)
        elif self.repeats is not None:
            done(Accepted(self.repeats, True), None)
        else:
            self.messages.append(message)
            done(Accepted(message.number, False), None)


@dataclass
class Rooms:
    """All the stand-ins of one reception, and what it told the outside."""

    policy: FakePolicy = field(default_factory=FakePolicy)
    authenticator: FakeAuthenticator = field(default_factory=FakeAuthenticator)
    bodies: FakeBodies = field(default_factory=FakeBodies)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    promised: list[NewMessage] = field(default_factory=list)
    withdrawn: list[tuple[int, bool]] = field(default_factory=list)
    offered: list[NewMessage] = field(default_factory=list)
    unacknowledged: list[int] = field(default_factory=list)
    resolve_to_nobody: bool = False

    def withdraw(self, message: NewMessage, may_be_stored: bool) -> None:
        self.withdrawn.append((message.number, may_be_stored))

    def resolve(self, recipients: Sequence[Recipient]) -> tuple[Delivery, ...]:
        if self.resolve_to_nobody:
            return ()
        return tuple(Delivery(each.address, "local", "u" + each.address.partition("@")[0]) for each in recipients)
