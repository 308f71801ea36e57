"""One transaction on its way through one connection: which recipients stand, which fell, and why.

It gathers what the peer says and makes the result; it knows nothing of sockets. A transaction that was announced ahead
on a connection that then broke is given back and tried on another one, at most `RESUBMITS` times: nothing of it left
us but its envelope, so that is never a duplicate.
"""

from __future__ import annotations

from typing import Final

from mailrelay.sending.commands import Envelope
from mailrelay.sending.replies import parse_reply
from mailrelay.sending.transactions import Kind, OutgoingTransaction, RecipientResult, Reply, Result, Stage

RESUBMITS: Final = 2
"""A peer that closes after every message still takes one message per connection; two failures running are no chance."""

_KINDS: Final[dict[int, Kind]] = {0x32: "sent", 0x34: "temporary", 0x35: "permanent"}  # "2", "4", "5"


class Attempt:
    """The state of one transaction. `accepted` are the recipients the peer took at RCPT, in order; `offered` those it
    was asked about; `answered`: it replied to MAIL; `dot_written`: the final dot is on its way."""

    __slots__ = ("accepted", "answered", "dot_written", "mail_refused", "resubmits", "results", "transaction")

    def __init__(self, transaction: OutgoingTransaction) -> None:
        self.transaction = transaction
        self.resubmits = 0
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget what a connection said before it broke."""
        self.results: dict[int, RecipientResult] = {}
        self.accepted: list[int] = []
        self.mail_refused: RecipientResult | None = None
        self.answered = False
        self.dot_written = False

    def offer(self, envelope: Envelope) -> None:
        """The envelope goes out; what it leaves out is decided."""
        if envelope.refused:
            self.results.update(envelope.refused)

    def refuse(self, index: int, raw: bytes, stage: Stage) -> None:
        """The peer's reply decides one recipient."""
        self.results[index] = peer_result(raw, stage)

    def settle(self, result: RecipientResult) -> None:
        """All recipients that nothing was said about end like this."""
        for index in range(len(self.transaction.recipients)):
            self.results.setdefault(index, result)

    def outcome(self, host: str, tls: str, takes_dsn: bool) -> Result:
        """The result of the transaction; every recipient must be settled."""
        results = self.results
        return Result(tuple([results[index] for index in range(len(results))]), host, tls, takes_dsn)


def peer_result(raw: bytes, stage: Stage) -> RecipientResult:
    """What a reply that ends a recipient or a transaction means.

    Temporary although their code says otherwise: 503, which speaks of the order of commands and not of this mail; 552
    at RCPT for too many recipients (RFC 5321 4.5.3.1.10), which Dovecot also uses, with 5.2.2, for a full mailbox.
    """
    reply = parse_reply(raw)
    kind = _KINDS.get(raw[0], "temporary")
    if reply.code == 503 or (reply.code == 552 and stage == "rcpt" and reply.enhanced in ("5.5.3", "5.0.0")):
        kind = "temporary"
    return RecipientResult(kind, reply, stage)


def lost(reply: Reply, dot_written: bool, stage: Stage) -> RecipientResult:
    """What a broken connection means for a transaction that was under way on it."""
    return RecipientResult("unknown", reply, "dot") if dot_written else RecipientResult("temporary", reply, stage)
