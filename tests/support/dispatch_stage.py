"""A dispatcher on a real ledger and database, with a sender that answers as the test says; time is a file."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from foundation import clock, journal
from foundation.storage import Database, open_database
from mailrelay import queue_ids
from mailrelay.dispatch import refill
from mailrelay.dispatch.dispatcher import Dispatcher
from mailrelay.envelope import Client, Delivery, Envelope, Recipient
from mailrelay.messages.headers import Headers, scan
from mailrelay.sending.transactions import OutgoingTransaction, RecipientResult, Reply, Result
from mailrelay.settings import Directory, NextHop, RelaySettings, RetrySettings
from mailrelay.spool.bodies import BodyStore
from mailrelay.spool.ledger import Accepted, Ledger, NewMessage
from mailrelay.store.values import StoredBody

DEADLINE_SECONDS = 20
BODY = b"From: an@tinh.test\r\nTo: binh@tinh.test\r\nSubject: Xin chao\r\nMessage-ID: <1@tinh.test>\r\n\r\nChao.\r\n"
CLIENT = Client("submission", "127.0.0.1", "may.tinh.test")
DONE = Reply(250, "2.0.0", "Ok")
LATER = Reply(451, "4.3.0", "Try again later")
NEVER = Reply(550, "5.1.1", "No such mailbox")
NOBODY = Reply(451, "4.4.1", "Connection refused", ours=True)
CUT = Reply(451, "4.4.2", "Connection lost after the final dot", ours=True)

Answer = Callable[[OutgoingTransaction], Result]


def sent(transaction: OutgoingTransaction) -> Result:
    return _all(transaction, RecipientResult("sent", DONE, "dot"), host="mx.bo.test[127.0.0.1]:25")


def deferred(transaction: OutgoingTransaction) -> Result:
    return _all(transaction, RecipientResult("temporary", LATER, "rcpt"), host="mx.bo.test[127.0.0.1]:25")


def refused(transaction: OutgoingTransaction) -> Result:
    return _all(transaction, RecipientResult("permanent", NEVER, "rcpt"), host="mx.bo.test[127.0.0.1]:25")


def unreachable(transaction: OutgoingTransaction) -> Result:
    return _all(transaction, RecipientResult("temporary", NOBODY, "connect"), unreachable=True)


def cut(transaction: OutgoingTransaction) -> Result:
    return _all(transaction, RecipientResult("unknown", CUT, "dot"), host="mx.bo.test[127.0.0.1]:25")


def _all(transaction: OutgoingTransaction, answer: RecipientResult, **facts: Any) -> Result:
    return Result((answer,) * len(transaction.recipients), **facts)


def settings_for(folder: Path, **changes: Any) -> RelaySettings:
    base = "dc=tinh,dc=test"
    directory = Directory(base, *(f"ou={name},{base}" for name in ("people", "lists", "roles", "agencies", "mailcred")))
    settings = RelaySettings(
        hostname="mail.tinh.test",
        domains=("tinh.test",),
        language="vi",
        timezone="Asia/Ho_Chi_Minh",
        spool=folder,
        control_socket=folder / "control",
        directory=directory,
        local_delivery=NextHop("lmtp", "127.0.0.1", 24),
        smarthost=NextHop("smtp", "127.0.0.1", 25),
        organisation="UBND tỉnh",
        retry={
            "normal": RetrySettings(60, 2, 3600, 0, 5 * 86400, 4 * 3600),
            "urgent": RetrySettings(30, 2, 600, 0, 86400, 900),
        },
    )
    return replace(settings, **changes)


@dataclass
class ScriptedSender:
    """Answers with `answer` as soon as it may, or when the test says so (`hold`). `seen` has all that came."""

    answer: Answer = sent
    hold: Callable[[OutgoingTransaction], bool] = lambda _: False
    seen: list[tuple[NextHop, str, OutgoingTransaction]] = field(default_factory=list)
    held: list[OutgoingTransaction] = field(default_factory=list)

    def submit(self, hop: NextHop, domain: str, transaction: OutgoingTransaction) -> None:
        self.seen.append((hop, domain, transaction))
        if self.hold(transaction):
            self.held.append(transaction)
        else:
            asyncio.get_running_loop().call_soon(lambda: transaction.done(self.answer(transaction)))

    def let_go(self) -> None:
        held, self.held = self.held, []
        for transaction in held:
            transaction.done(self.answer(transaction))

    @property
    def recipients(self) -> list[str]:
        return [recipient.address for _, _, transaction in self.seen for recipient in transaction.recipients]


class Stage:
    """One running dispatcher and what stands around it."""

    def __init__(self, database: Database, folder: Path, sender: ScriptedSender, settings: RelaySettings) -> None:
        self.database = database
        self.sender = sender
        self.settings = settings
        loop = asyncio.get_running_loop()
        self.poisoned: list[Exception] = []
        self.bodies = BodyStore(folder / "bodies", loop)
        self.ledger = Ledger(database, loop, self.bodies, self.poisoned.append)
        self.woken = 0
        self.dispatcher = self.new_dispatcher()

    def new_dispatcher(self, **more: Any) -> Dispatcher:
        return Dispatcher(
            self.settings,
            self.ledger,
            self.bodies,
            self.sender,  # type: ignore[arg-type]
            wake_notices=self._wake,
            **more,
        )

    def _wake(self) -> None:
        self.woken += 1

    async def accept(self, message: NewMessage) -> Accepted:
        accepted: asyncio.Future[Accepted] = asyncio.get_running_loop().create_future()

        def done(value: Accepted | None, error: Exception | None) -> None:
            if value is None:
                accepted.set_exception(error or RuntimeError("no answer"))
            else:
                accepted.set_result(value)

        self.ledger.accept(message, done)
        return await accepted

    async def send(self, *deliveries: Delivery, **facts: Any) -> NewMessage:
        """Accept a message and offer it."""
        message = new_message(*deliveries, **facts)
        await self.accept(message)
        self.dispatcher.offer(message)
        return message

    def rows(self, columns: str = "state") -> list[Any]:
        rows = self.database.read(
            lambda transaction: transaction.execute(f"SELECT {columns} FROM recipient ORDER BY number, ordinal")  # noqa: S608
        )
        return [row[0] if len(row) == 1 else row for row in rows]

    def states(self) -> list[str]:
        return self.rows("state")

    def has_looked(self, since: int) -> bool:
        """Whether the dispatcher has looked for what is due since."""
        return self.dispatcher._refill._last_now >= since

    async def until(self, condition: Callable[[], bool]) -> None:
        deadline = clock.monotonic() + DEADLINE_SECONDS
        while not condition():
            if clock.monotonic() > deadline:
                pytest.fail(f"not in time: {self.rows('number, ordinal, state, last_reply')[:20]}")
            await asyncio.sleep(0.002)

    async def until_states(self, *states: str) -> None:
        await self.until(lambda: self.states() == list(states))


@asynccontextmanager
async def stage(
    tmp_path: Path, sender: ScriptedSender | None = None, *, start: bool = True, **changes: Any
) -> AsyncIterator[Stage]:
    """A stage on SQLite; everything is closed at the end."""
    database = open_database(f"sqlite://{tmp_path}/data", "mailrelay", [journal.MIGRATIONS, "mailrelay.migrations"])
    with database:
        one = Stage(database, tmp_path, sender or ScriptedSender(), settings_for(tmp_path, **changes))
        if start:
            await one.dispatcher.start()
        try:
            yield one
        finally:
            await one.dispatcher.stop(0.5)
            one.ledger.close()
            one.bodies.close()


def new_message(
    *deliveries: Delivery,
    sender: str = "an@tinh.test",
    body: bytes = BODY,
    client: Client = CLIENT,
    at: int | None = None,
    urgent: bool = False,
    **facts: Any,
) -> NewMessage:
    headers = scan(body)
    headers = headers._replace(message_id="", urgency="urgent" if urgent else "normal")
    if "headers" in facts:
        headers = facts.pop("headers")
    envelope = Envelope(sender, tuple(Recipient(each.address, each.notify) for each in deliveries))
    return NewMessage(
        number=queue_ids.new_number(),
        accepted_at=clock.now_microseconds() if at is None else at,
        client=client,
        envelope=facts.pop("envelope", envelope),
        headers=headers,
        received=b"Received: by mail.tinh.test\r\n",
        body=StoredBody(len(body), hashlib.sha256(body).digest(), body),
        deliveries=deliveries,
        **facts,
    )


def local(name: str, uid: str = "", via: str = "", **facts: Any) -> Delivery:
    return Delivery(f"{name}@tinh.test", "local", uid or f"u{name}", via, **facts)


def foreign(address: str, **facts: Any) -> Delivery:
    return Delivery(address, f"domain:{address.rpartition('@')[2]}", **facts)


class ClockFile:
    """The offset of every clock of this test."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def move(self, offset: str) -> None:
        self._path.write_text(offset, encoding="utf-8")


@pytest.fixture
def clock_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ClockFile:
    path = tmp_path / "clock"
    path.write_text("", encoding="utf-8")
    monkeypatch.setenv("CONGVU_CLOCK_FILE", str(path))
    monkeypatch.setattr(refill, "TICK_SECONDS", 0.05)
    return ClockFile(path)


def served(transactions: Sequence[tuple[NextHop, str, OutgoingTransaction]]) -> list[bytes]:
    """What each transaction would have put on the wire."""
    return [transaction.prefix + (transaction.body.inline or b"") for _, _, transaction in transactions]


def no_headers(**facts: Any) -> Headers:
    return Headers(**facts)
