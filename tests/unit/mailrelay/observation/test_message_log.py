"""The lines of `mailrelay -v serve`: told only when asked for, and only of what is durable."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from foundation import logs
from mailrelay.observation import message_log
from mailrelay.observation.counting import CountingLedger, Counts
from mailrelay.observation.message_log import LoggingLedger
from mailrelay.queue_ids import spell
from mailrelay.spool.ledger import Accepted
from tests.support.relay_messages import message, outcome


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    target, ours = io.StringIO(), logging.getLogger("congvu")
    before = ours.level, ours.propagate
    logs.configure(2, target)
    yield target
    ours.handlers.clear()
    ours.setLevel(before[0])
    ours.propagate = before[1]


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> LoggingLedger:
    """One that stores nothing and says what the second word of a call is told to be."""

    def answer(_: Any, given: Any, done: Callable[..., None]) -> None:
        done(*((Accepted(given.number, False), None) if hasattr(given, "number") else (None,)))

    monkeypatch.setattr(CountingLedger.__mro__[1], "accept", answer)
    monkeypatch.setattr(CountingLedger.__mro__[1], "finish", answer)
    made = LoggingLedger.__new__(LoggingLedger)
    made.counts = Counts()
    return made


def test_a_message_and_its_end_are_a_line_each(ledger: LoggingLedger, stream: io.StringIO) -> None:
    new, heard = message("binh@tinh.test"), []
    ledger.accept(new, lambda *answer: heard.append(answer))
    ledger.finish([outcome(new, 0, "delivered", address="binh@tinh.test")], lambda error: heard.append((error,)))
    accepted, ended = stream.getvalue().splitlines()
    assert f"relay.messages: accepted queue_id={spell(new.number)} sender=an.nv@tinh.test recipients=1" in accepted
    assert f"relay.messages: delivered queue_id={spell(new.number)} recipient=binh@tinh.test" in ended
    assert len(heard) == 2


def test_nobody_pays_for_lines_that_nobody_asked_for(stream: io.StringIO) -> None:
    assert message_log.wanted()
    logs.configure(1, stream)
    assert not message_log.wanted()
