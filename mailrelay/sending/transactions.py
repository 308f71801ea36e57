"""What is handed to the sender and what comes back: a mail transaction, and one result for each of its recipients.

Promises: `done` is called exactly once for every transaction that was submitted, on the loop's thread and never from
within `submit`; its result holds as many recipients as the transaction, in the same order. Values only; nothing here
touches a socket.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from mailrelay.envelope import Recipient

Kind = Literal["sent", "temporary", "permanent", "unknown"]
"""`sent`: the peer answered 2xx to the final dot. `unknown`: the final dot went out and its answer never came, so the
peer may or may not have the message (RFC 1047)."""

Stage = Literal["route", "connect", "greeting", "hello", "tls", "check", "mail", "rcpt", "data", "body", "dot"]
"""Where a result came about. `check`: we refused without asking, because the peer offers too little (SIZE, 8BITMIME,
SMTPUTF8)."""

ReadDone = Callable[[bytes | None, Exception | None], None]


class Body(Protocol):
    """The message after its trace headers, as mailrelay/spool reads it. `inline` is the whole of it when it is in
    memory in one piece; `piece_at` gives what is in memory from there on, if anything, some hundred KB at a time.
    `read` calls `done` on the loop's thread, perhaps before it returns, with exactly `length` octets (fewer only at
    the end) or with an error; one read at a time. Read from the beginning to the end it must fail before the last
    octets when they are not those that were accepted (the final dot follows them)."""

    @property
    def size(self) -> int: ...
    @property
    def inline(self) -> bytes | None: ...
    def piece_at(self, offset: int) -> bytes | None: ...
    def read(self, offset: int, length: int, done: ReadDone) -> None: ...


class Reply(NamedTuple):
    """An SMTP reply. `enhanced` is its RFC 3463 status (`x.0.0` of the reply's class when the peer gave none); `text`
    is one line of printable text without code and status, at most 1000 characters. `ours`: we made it, no peer said
    it."""

    code: int
    enhanced: str
    text: str
    ours: bool = False

    def __str__(self) -> str:
        return f"{self.code} {self.enhanced} {self.text}".rstrip()


class RecipientResult(NamedTuple):
    """What became of one recipient: kind, the reply that decided it, and after which step."""

    kind: Kind
    reply: Reply
    stage: Stage


class Result(NamedTuple):
    """What became of a transaction. `host` is `name[address]:port`, or empty when no peer was reached; `tls` is
    protocol and cipher, or empty; `takes_dsn`: the peer offered DSN (RFC 3461 5.2.2: reports are its duty now);
    `unreachable`: no connection could be made, so that others to the same place would fail alike."""

    recipients: tuple[RecipientResult, ...]
    host: str = ""
    tls: str = ""
    takes_dsn: bool = False
    unreachable: bool = False


@dataclass(slots=True, eq=False)
class OutgoingTransaction:
    """One message on its way to one host for some recipients.

    `recipients` carry the addresses that go on the wire (RCPT TO); `prefix` is what we put in front of the accepted
    bytes (trace headers, DKIM), ending in CRLF; `size` counts prefix and body; `eight_bit` and `smtputf8` are what the
    client declared; `returned` is RET, `identifier` is ENVID. `on_local_mailbox`: the recipients are our own mailboxes
    by opaque uid, so that SMTPUTF8 is not needed whatever the headers hold.
    """

    sender: str
    recipients: tuple[Recipient, ...]
    prefix: bytes
    body: Body
    size: int
    eight_bit: bool
    smtputf8: bool
    returned: str
    identifier: str
    done: Callable[[Result], None]
    on_local_mailbox: bool = False
