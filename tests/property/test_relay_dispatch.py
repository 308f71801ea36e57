"""Retry times and copies for all inputs; and a dispatcher that meets every kind of answer, by chance."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation import clock
from mailrelay.dispatch.copies import RECIPIENTS_PER_TRANSACTION, Copy, for_filter, for_mailboxes, for_next_host
from mailrelay.dispatch.placing import Fresh
from mailrelay.dispatch.retry import next_attempt, wait_microseconds
from mailrelay.envelope import Delivery, Notify
from mailrelay.lifecycle import ENDS
from mailrelay.sending.transactions import OutgoingTransaction, Result
from mailrelay.settings import Concurrency, RetrySettings
from tests.support.dispatch_stage import (
    ClockFile,
    ScriptedSender,
    Stage,
    clock_file,
    cut,
    deferred,
    foreign,
    local,
    refused,
    sent,
    stage,
    unreachable,
)

__all__ = ["clock_file"]

SETTINGS = st.builds(
    RetrySettings,
    first_seconds=st.floats(0.1, 1000),
    factor=st.floats(1, 10),
    longest_seconds=st.floats(1, 100_000),
    jitter=st.floats(0, 1),
    expire_seconds=st.floats(1, 1e7),
)
INSTANTS = st.integers(0, 1 << 52)
NOTIFY = st.sampled_from([(), ("NEVER",), ("SUCCESS",), ("FAILURE", "DELAY"), ("DELAY",)])


@given(st.integers(1, 10_000), INSTANTS, INSTANTS, SETTINGS, st.floats(0, 1, exclude_max=True))
def test_a_next_attempt_lies_between_now_and_the_longest_wait(
    attempts: int, accepted_at: int, now: int, settings: RetrySettings, chance: float
) -> None:
    again = next_attempt(attempts, accepted_at, now, settings, lambda: chance)
    if again is None:
        assert now >= accepted_at + settings.expire_seconds * 1_000_000 - 1
    else:
        assert now <= again <= now + settings.longest_seconds * (1 + settings.jitter) * 1_000_000 + 1


@given(st.integers(1, 200), SETTINGS)
def test_waits_never_shrink_without_jitter(failures: int, settings: RetrySettings) -> None:
    waits = [wait_microseconds(each, settings, lambda: 0.5) for each in (failures, failures + 1)]
    assert waits[0] <= waits[1]


RECIPIENTS = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from(["", "tatca@tinh.test", "vp@tinh.test"]), NOTIFY), max_size=250
)


@given(RECIPIENTS)
def test_every_recipient_is_in_exactly_one_copy(recipients: list[tuple[int, str, tuple[Notify, ...]]]) -> None:
    waiting = [
        Fresh(ordinal, Delivery(f"a{who}@tinh.test", "local", f"u{who}", via, notify))
        for ordinal, (who, via, notify) in enumerate(recipients)
    ]
    for make in (for_mailboxes, for_next_host, for_filter):
        copies = make(waiting) if waiting else []
        assert sorted(each.ordinal for copy in copies for each in copy.everyone()) == list(range(len(waiting)))
        wire = [recipient.address for copy in copies for recipient in copy.recipients]
        assert len(wire) == len(set(wire))
        for copy in copies:
            _check(copy)


def _check(copy: Copy) -> None:
    assert 0 < len(copy.recipients) == len(copy.served) <= RECIPIENTS_PER_TRANSACTION
    for recipient in copy.recipients:
        assert set(recipient.notify) <= set(get_args(Notify))
        assert "NEVER" not in recipient.notify or recipient.notify == ("NEVER",)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_hosts_answer_everybody_ends_and_gets_one_copy(clock_file: ClockFile, seed: int) -> None:
    chance = random.Random(seed)
    copies: Counter[tuple[str, bytes]] = Counter()

    def answer(transaction: OutgoingTransaction) -> Result:
        kind = chance.choices((sent, deferred, refused, unreachable, cut), (50, 20, 5, 15, 10))[0]
        if kind is sent:
            copies.update((each.address, transaction.body.inline or b"") for each in transaction.recipients)
        return kind(transaction)

    async def story(folder: Path) -> None:
        sender = ScriptedSender(answer)
        async with stage(folder, sender, concurrency=Concurrency(in_flight=60, connections_per_destination=2)) as it:
            for number in range(120):
                await it.send(*_deliveries(chance), body=f"Subject: {number}\r\n\r\n".encode(), urgent=number % 7 == 0)
            minutes = 0
            while not all(state in ENDS for state in it.states()):
                minutes += 60
                clock_file.move(f"+{minutes}m")
                await it.until(partial(_is_quiet, it, clock.now_microseconds()))
            assert set(it.states()) <= ENDS
            assert max(copies.values()) == 1
            assert not it.poisoned

    with TemporaryDirectory() as folder:
        asyncio.run(story(Path(folder)))


def _deliveries(chance: random.Random) -> list[Delivery]:
    wanted = [
        *(local(f"n{who}", f"u{who % 5}", via=chance.choice(["", "tatca@tinh.test"])) for who in range(8)),
        *(foreign(f"a{who}@bo{who % 3}.test") for who in range(6)),
        Delivery("nghi@tinh.test", "refused"),
    ]
    return chance.sample(wanted, chance.randint(1, 6))


def _is_quiet(it: Stage, since: int) -> bool:
    """Whether the dispatcher has looked at the clock since and nothing is under way."""
    return it.has_looked(since) and it.dispatcher.statistics().recipients == 0 and "delivering" not in it.states()
