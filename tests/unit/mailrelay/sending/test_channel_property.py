"""Any peer that keeps to the protocol, whatever it refuses and wherever it stops: the results are what it did."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailrelay.sending.features import Features
from tests.support.channel_stage import ALL, MemoryBody, Stage, transaction

SINGLE = ALL._replace(pipelining=False)
_PATH = re.compile(rb"<([^>]*)>")


class Model:
    """A server that refuses at random, and remembers whom it took a message for. `told`: the recipients whose fate the
    client could know; `stopped`: it says nothing any more."""

    def __init__(self, dice: random.Random, lmtp: bool, rudeness: float) -> None:
        self.took: set[str] = set()
        self.refused: set[str] = set()
        self._dice = dice
        self._lmtp = lmtp
        self._rudeness = rudeness
        self._input = b""
        self._sender = False
        self._recipients: list[str] = []
        self._in_data = False

    def feed(self, data: bytes) -> bytes:
        """The replies to this piece."""
        self._input += data
        replies = b""
        while b"\r\n" in self._input:
            if self._in_data:
                end = (b"\r\n" + self._input).find(b"\r\n.\r\n")
                if end < 0:
                    break
                self._input = self._input[end + 3 :]
                replies += self._message()
            else:
                line, _, self._input = self._input.partition(b"\r\n")
                replies += self._command(line)
        return replies

    def _no(self) -> bytes:
        return self._dice.choice([b"451 4.3.0 later\r\n", b"550 5.7.1 no\r\n", b"550-5.1.1 no\r\n550 5.1.1 no\r\n"])

    def _rude(self) -> bool:
        return self._dice.random() < self._rudeness

    def _command(self, line: bytes) -> bytes:
        verb = line[:4]
        if verb == b"MAIL":
            assert not self._sender, "nested MAIL"
            if self._rude():
                return self._no()
            self._sender, self._recipients = True, []
            return b"250 2.1.0 Ok\r\n"
        if verb == b"RCPT":
            if not self._sender:
                return b"503 5.5.1 MAIL first\r\n"
            if self._rude():
                return self._no()
            match = _PATH.search(line)
            assert match
            self._recipients.append(match[1].decode())
            return b"250 2.1.5 Ok\r\n"
        if verb == b"DATA":
            if not self._sender:
                return b"503 5.5.1 MAIL first\r\n"
            if (not self._recipients and self._dice.random() < 0.5) or self._rude():
                return b"554 5.5.1 no\r\n"
            self._in_data = True
            return b"354 go\r\n"
        assert verb in (b"RSET", b"QUIT"), line
        self._sender = False
        return b"250 2.0.0 Ok\r\n" if verb == b"RSET" else b"221 2.0.0 bye\r\n"

    def _message(self) -> bytes:
        recipients, self._recipients = self._recipients, []
        self._sender = self._in_data = False
        if not recipients:
            return b"554 5.5.1 nobody\r\n"
        if not self._lmtp:
            if self._rude():
                return self._no()
            self.took.update(recipients)
            return b"250 2.0.0 taken\r\n"
        replies = b""
        for recipient in recipients:
            if self._rude():
                replies += self._no()
            else:
                self.took.add(recipient)
                replies += b"250 2.0.0 taken\r\n"
        return replies


def converse(seed: int, features: Features, lmtp: bool, rudeness: float, cut_after: int | None) -> None:
    """Twelve messages to a model; every piece of its replies is cut at random, perhaps the connection too."""
    dice = random.Random(seed)
    model = Model(dice, lmtp, rudeness)
    stage = Stage(features, lmtp=lmtp, messages=dice.choice([3, 1000]))
    work = []
    for number in range(12):
        body = b".\r\nx\r\n" * dice.choice([0, 1, 100_000])
        stored = MemoryBody(body, inline=dice.random() < 0.7)
        work.append(transaction(*(f"m{number}r{index}@xa.test" for index in range(dice.randint(1, 3))), body=stored))
    told: dict[int, list[tuple[str, str]]] = {}
    for number, each in enumerate(work):

        def done(result: object, number: int = number) -> None:
            assert number not in told, "told twice"
            told[number] = [(r.kind, r.stage) for r in result.recipients]  # type: ignore[attr-defined]

        each.done = done  # type: ignore[assignment]
    stage.give(*work)
    sent = 0
    pending = b""
    while not stage.transport.aborted:
        written, stage.transport.written = stage.transport.written, []
        pending += model.feed(b"".join(written))
        if not pending:
            break
        if cut_after is not None and sent >= cut_after:
            stage.channel.connection_lost(None)
            break
        size = dice.randint(1, len(pending))
        piece, pending = pending[:size], pending[size:]
        stage.channel.data_received(piece)
        sent += len(piece)
    _check(stage, work, told, model, cut=cut_after is not None)


def _check(stage: Stage, work: list, told: dict[int, list[tuple[str, str]]], model: Model, cut: bool) -> None:  # type: ignore[type-arg]
    back = {id(attempt.transaction) for attempt in stage.back}
    left = {id(attempt.transaction) for attempt in stage.work}
    for number, each in enumerate(work):
        ends = (number in told) + (id(each) in back) + (id(each) in left)
        assert ends == 1, f"message {number} ends {ends} times"
        for index, recipient in enumerate(each.recipients):
            took = recipient.address in model.took
            if number not in told:
                assert not took, "given back although the peer has it"
                continue
            kind, _ = told[number][index]
            assert (kind == "sent") <= took, "sent, but the peer has it not"
            assert took <= (kind in ("sent", "unknown")), f"the peer has it, but we say {kind}"
            if not cut:
                assert kind != "unknown"


@given(st.integers(0, 1 << 32), st.sampled_from([ALL, SINGLE]), st.booleans(), st.sampled_from([0.0, 0.2, 0.7]))
def test_a_peer_that_refuses_at_random(seed: int, features: Features, lmtp: bool, rudeness: float) -> None:
    converse(seed, features, lmtp, rudeness, None)


@given(st.integers(0, 1 << 32), st.sampled_from([ALL, SINGLE]), st.booleans(), st.integers(0, 600))
def test_a_connection_that_breaks_anywhere(seed: int, features: Features, lmtp: bool, cut_after: int) -> None:
    converse(seed, features, lmtp, 0.2, cut_after)


@pytest.mark.parametrize("features", [ALL, SINGLE])
@given(
    noise=st.lists(st.sampled_from([b"250 x\r\n", b"354 x\r\n", b"550 x\r\n", b"421 x\r\n", b"250-", b"x", b"\r\n"]))
)
def test_a_peer_that_says_anything(features: Features, noise: list[bytes]) -> None:
    stage = Stage(features).give(*(transaction("a@xa.test") for _ in range(3)))
    for piece in noise:
        if not stage.transport.aborted:
            stage.channel.data_received(piece)
    stage.channel.connection_lost(None)
    assert len(stage.results) + len(stage.back) + len(stage.work) == 3
